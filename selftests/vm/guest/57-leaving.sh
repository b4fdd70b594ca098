#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash source=lib.sh
# A CPU goes off while tasks that may run nowhere else wait there, some of them preempted in the midst of
# an RCU read side. The kernel waits for these, and before 7.3 asks nobody for them meanwhile: if the
# scheduler keeps them, the CPU never goes. Prints TAP.
# usage: 57-leaving.sh ROUNDS
. /selftests/lib.sh

rounds=$1
[ "$rounds" -gt 0 ] || exit 2
log_clean >/dev/null
online=/sys/devices/system/cpu/cpu1/online

echo TAP version 13
attach --stats 1 --json || exit 1

longest=0 went=0
# Whoever waits on CPU 1 when it goes is let go everywhere by the kernel, so each round has its own.
round()
{
	local begin took load

	# A name is looked up in an RCU read side.
	load=
	for _ in $(seq 30); do
		taskset -c 1 sh -c 'while [ -e /sys/kernel/mm/transparent_hugepage/enabled ]; do :; done' &
		load="$load $!"
	done
	sleep 1
	begin=$(now)
	timeout 60 sh -c "echo 0 >$online" && went=$((went + 1))
	took=$((($(now) - begin) * 10))
	[ $took -le $longest ] || longest=$took
	# shellcheck disable=SC2086
	kill $load
	# shellcheck disable=SC2086
	wait $load 2>/dev/null
	echo 1 >$online
	# Before 7.3 it is loaded anew.
	wait_for 60 attached
}
while [ $((rounds -= 1)) -ge 0 ] && kill -0 "$ledger"; do
	round || break
done
echo "# a CPU went $went times, in $longest ms at most"
check 'the CPU went each time' [ "$went" = "$1" ]
detach
check 'the scheduler ended only when it was told to' [ "$ledger_status" = 0 ]
check 'what must stay zero did' books_clean
check 'the kernel log is clean' log_clean
the_end
