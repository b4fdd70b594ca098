#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash source=lib.sh
# CPUs go off and come back under load, and the scheduler stays: nobody is lost, the books are right, and
# a CPU that is back schedules as before. On kernels before 7.3 it is loaded anew instead: 20-loader and
# chaos look at that. Prints TAP.
. /selftests/lib.sh

log_clean >/dev/null
cpus=/sys/devices/system/cpu

echo TAP version 13
modprobe eevdf_audit
attach --audit require --stats 1 --json || exit 1
seq=$(cat "$scx/enable_seq")
stays()
{
	attached && [ "$(cat "$scx/enable_seq")" = "$seq" ]
}

# --- under load -----------------------------------------------------------------------------------

stir 3000 &
load=$!
yield-pair --tasks 4 --hogs 2 --seconds 3000 >/dev/null 2>&1 &
pair=$!
rounds()
{
	local round

	for round in 1 2 3; do
		echo 0 >"$cpus/cpu$((1 + round % 2))/online" || return 1
		sleep 0.2
		[ $((round % 3)) != 0 ] || echo 0 >"$cpus/cpu$((2 - round % 2))/online" || return 1
		sleep 0.1
		echo 1 >"$cpus/cpu1/online" 2>/dev/null
		echo 1 >"$cpus/cpu2/online" 2>/dev/null
		sleep 0.2
		stays || return 1
	done
}
check 'CPUs go off and come back, three times: the scheduler stays' rounds
alive()
{
	kill -0 "$load" && kill -0 "$pair"
}
check 'the load goes on' alive
# runs CPU: a task that may run nowhere else gets on
runs()
{
	# shellcheck disable=SC2016
	taskset -c "$1" sh -c 'i=0; while [ $i -lt 1000 ]; do i=$((i + 1)); done'
}
check 'a task of a CPU that is back runs' wait_for 10 runs 1
check 'and of another' wait_for 10 runs 2
kill "$load" "$pair"
wait "$load" "$pair" 2>/dev/null
pulls()
{
	[ "$(tail -n 1 "$tmp/out" | sed -n 's/.*"pulls":\([0-9]*\).*/\1/p')" -gt 0 ]
}
check 'targets of yields were taken to other CPUs meanwhile' pulls
check 'no violation, and what must stay zero did' books_clean
detach
check 'detached, and it was never loaded anew' \
	eval '[ "$ledger_status" = 0 ] && tail -n 1 "$tmp/out" | grep -q "\"restarts\":0"'

# --- without the module its timers are the scheduler's --------------------------------------------

check 'the module unloads' wait_for 20 quiet rmmod eevdf_audit
echo 0 >"$cpus/cpu2/online"
attach --slice-us 700 --audit off || exit 1
check 'a timer of BPF ends slices' grep -q 'ended by bpf-timer' "$tmp/err"
late()
{
	turns 1 "$1" 0:0 0:0 >"$tmp/turns" || return 1
	sed "s/^/# CPU $1: nice, turns, ends, of several, longest, overrun, p95, service: /" "$tmp/turns"
	# A tick is 4 ms
	awk '$5 > 3000000 { exit 1 }' "$tmp/turns"
}
check 'on a CPU that was there' late 1
echo 1 >"$cpus/cpu2/online"
echo 0 >"$cpus/cpu1/online"
echo 1 >"$cpus/cpu1/online"
check 'on one that came meanwhile for the first time' late 2
check 'on one that went and came' late 1
detach
check 'detached again' [ "$ledger_status" = 0 ]
check 'the kernel log is clean' log_clean
the_end
