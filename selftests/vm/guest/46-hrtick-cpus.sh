#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The timers that end slices, on two CPUs: a competitor that another CPU wakes up, a CPU that goes
# offline while its timer is armed, detaching under load. Prints TAP.
# shellcheck shell=dash source=lib.sh
. /selftests/lib.sh

log_clean >/dev/null

timers()
{
	grep -c hrtick_fires /proc/timer_list
}

# load: three loops on each CPU
load()
{
	loops=''
	for _ in 1 2 3; do
		for cpu in 0 1; do
			taskset -c $cpu sh -c 'while :; do :; done' &
			loops="$loops $!"
		done
	done
}

unload()
{
	# shellcheck disable=SC2086
	kill -KILL $loops
	# shellcheck disable=SC2086
	wait $loops 2>/dev/null
}

echo TAP version 13
modprobe eevdf_audit

# --- detaching under load -----------------------------------------------------------------------

load
rounds()
{
	for _ in 1 2 3 4 5; do
		attach --audit require --stats 1 --json || return 1
		sleep 1
		[ "$(timers)" = 2 ] || return 1
		detach
		[ "$ledger_status" = 0 ] && [ "$(timers)" = 0 ] && books_clean || return 1
	done
}
check 'five times under load: a timer on each CPU, and none after detaching' rounds
gone()
{
	rmmod eevdf_audit 2>/dev/null
}
check 'the module unloads under load' wait_for 20 gone
unload

# --- wakeups by another CPU ---------------------------------------------------------------------

# Each CPU has a loop, and a task that another CPU wakes up has to compete with it.
modprobe eevdf_audit
attach --audit require --stats 1 --json || exit 1
load
taskset -c 1 sh -c 'while :; do echo; sleep 0.002; done' | taskset -c 0 sh -c 'while read -r _; do :; done' &
pipe=$!
remote()
{
	[ "$(counter hrtick_fired)" -ge 1000 ]
}
check 'turns end on both CPUs' wait_for 30 remote
kill -KILL "$pipe"
unload
quiet perf bench sched messaging -g 2 -l 50
check 'no violation, and what must stay zero did' books_clean

# --- a CPU goes and comes -----------------------------------------------------------------------

load
sleep 1
online=/sys/devices/system/cpu/cpu1/online
hotplug()
{
	for _ in 1 2 3; do
		wait_for 30 attached && [ "$(counter hrtick_enabled)" = 1 ] || return 1
		echo 0 >$online && [ "$(timers)" -le 1 ] || return 1
		wait_for 30 attached || return 1
		sleep 0.5
		[ "$(timers)" = 1 ] || return 1
		echo 1 >$online && wait_for 30 attached || return 1
		sleep 0.5
	done
}
check 'a CPU goes offline with its timer armed and comes back, three times' hotplug
# Its loops were moved away and may stay there.
for pid in $loops; do
	taskset -p -c $((pid % 2)) "$pid" >/dev/null
done
both()
{
	[ "$(timers)" = 2 ]
}
check 'it has a timer again' wait_for 20 both
unload
check 'no violation, and what must stay zero did' books_clean
detach
check 'detached' [ "$ledger_status" = 0 ]
check 'no timer is left' [ "$(timers)" = 0 ]
check 'the module unloads' wait_for 20 gone
check 'the kernel log is clean' log_clean
the_end
