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

# load CPUS: two loops on each, of low weight, so that the verifier gets on beside them
load()
{
	loops=''
	for cpu in $1; do
		for _ in 1 2; do
			nice -n 10 taskset -c "$cpu" spin &
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

# One that has just fired is armed again when the next turn begins: at an instant it can be missing.
number()
{
	[ "$(timers)" = "$1" ]
}

load '0 1'
rounds()
{
	for _ in 1 2; do
		attach --audit require --stats 1 --json || return 1
		wait_for 10 number 2
		status=$?
		detach
		[ "$status$ledger_status" = 00 ] && number 0 && books_clean || return 1
	done
}
check 'twice under load: a timer on each CPU, and none after detaching' rounds
gone()
{
	rmmod eevdf_audit 2>/dev/null
}
check 'the module unloads under load' wait_for 20 gone
unload

# --- wakeups by another CPU ---------------------------------------------------------------------

# Each end of the pipe wakes the other one up, on the other CPU, where loops compete.
modprobe eevdf_audit
attach --audit require --stats 1 --json || exit 1
load '0 1'
fired()
{
	[ "$(counter hrtick_fired)" -ge 1000 ]
}
check 'turns end on both CPUs' wait_for 30 fired
unload
load '0'
chat()
{
	quiet perf bench sched pipe -l 3000
	[ "$(counter hrtick_remote)" -ge 1 ]
}
check 'a wakeup from the other CPU arms a timer' wait_for 10 chat
unload
check 'no violation, and what must stay zero did' books_clean

# --- a CPU goes and comes -----------------------------------------------------------------------

# Not pinned: the kernel would warn that it breaks that.
load '0,1 0,1'
online=/sys/devices/system/cpu/cpu1/online
hotplug()
{
	wait_for 30 number 2 || return 1
	echo 0 >"$online"
	[ "$(timers)" -le 1 ] || return 1
	wait_for 90 attached && wait_for 30 number 1 || return 1
	echo 1 >"$online"
	wait_for 90 attached && wait_for 30 number 2
}
check 'a CPU goes offline with its timer armed, comes back and has one' hotplug
unload
check 'no violation, and what must stay zero did' books_clean
detach
check 'detached' [ "$ledger_status" = 0 ]
check 'no timer is left' number 0
check 'the module unloads' wait_for 20 gone
check 'the kernel log is clean' log_clean
the_end
