#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Slices of busy loops end on time: by the module, by bpf_timer, by the tick and in the fair class. In
# exact guest time (icount) on one CPU. Prints TAP.
# shellcheck shell=dash source=lib.sh
. /selftests/lib.sh
# shellcheck source=measure.sh
. /selftests/measure.sh

# measure NAME LOOP...: two seconds of turns into $tmp/NAME
measure()
{
	local name=$1

	shift
	turns 2 0 "$@" >"$tmp/$name" || return 1
	awk -v name="$name" '{
		printf "# %s: nice %d, %d turns, %d ends on time, ", name, $1, $2, $3
		printf "%d of several requests, ", $4
		printf "longest %.3f ms, latest %.1f us, p95 %.1f us\n", $5 / 1e6, $6 / 1e3, $7 / 1e3
	}' "$tmp/$name"
}

# on_time NAME US [LINES]: the first LINES loops of NAME end 95 of 100 requests at most US late. One turn
# in five may end elsewhere: a kernel thread woke up. For all of them see hrtick_late_max_ns.
on_time()
{
	head -n "${3:-100}" "$tmp/$1" | awk -v most="$2" '
		$2 < 100 || $3 < 0.8 * $2 || $7 > most * 1e3 { bad = 1 }
		END { exit bad || !NR }'
}

# shorter NAME MS: no turn of NAME is longer
shorter()
{
	awk -v most="$2" '$5 > most * 1e6 { bad = 1 } END { exit bad || !NR }' "$tmp/$1"
}

# At least a hundred turns of several requests, of the first loop of NAME
several()
{
	head -n 1 "$tmp/$1" | awk '{ exit $4 < 100 }'
}

# timer events so far, of any kind
events()
{
	awk '/^hrtick_(armed|moved|fired|none|missed) / { sum += $2 } END { print sum }' $audit/counters
}

# at_most MOST COMMAND...: timer events during COMMAND. A kernel thread that wakes up beside a lone loop
# competes with it for some microseconds, about 30 times a second: that arms a timer, and it may fire.
at_most()
{
	local most=$1 seen

	shift
	seen=$(events)
	"$@" >/dev/null
	seen=$(($(events) - seen))
	echo "# $seen timer events"
	[ "$seen" -le "$most" ]
}

echo TAP version 13
measure fair 0:0 0:0

# --- the module ---------------------------------------------------------------------------------

modprobe eevdf_audit
attach --audit require --slice-us 700 --stats 1 --json || exit 1
says()
{
	grep -q "slice 700 us ended by $1," "$tmp/err"
}
check 'the start line says that the module ends slices' says module
check 'the module knows' [ "$(counter hrtick_enabled)" = 1 ]
check 'nobody runs: no timer to speak of' at_most 100 sleep 2
check 'a lone loop: no timer to speak of' at_most 300 turns 2 0 0:0
measure two 0:0 0:0
check 'two loops: requests end at most 20 us late' on_time two 20
check 'and turns are short' shorter two 1.6
measure weighted 0:0 10:0
check 'the same task picked again: its timer is armed again' on_time weighted 20
check 'which happened' several weighted
measure custom 0:200 0:0
check 'a slice of 200 us of its own ends on time' on_time custom 20 1
measure eight 0:0 0:0 0:0 0:0 0:0 0:0 0:0 0:0
# The loop is alone until the other one wakes up: its turn must end from then on.
soon()
{
	turns 2 0 0:0 wake | awk -v most="$1" '
		$1 == "wake" {
			printf "# %d wakeups, delayed by %.3f ms at most\n", $2, $3 / 1e6
			ok = $2 > 100 && $3 < most * 1e6
		}
		END { exit !ok }'
}
check 'a competitor for a lone loop waits for a request at most' soon 0.8
check 'eight loops too' on_time eight 20
check_todo 'the kernel has interrupts off for longer, seldom' \
	'no timer was more than 50 us late' [ "$(counter hrtick_late_max_ns)" -le 50000 ]
check 'they fired' [ "$(counter hrtick_fired)" -ge 5000 ]
check 'no violation, and what must stay zero did' books_clean

echo off >$audit/mode
measure unaudited 0:0 0:0
check 'with auditing off as well' on_time unaudited 20
echo full >$audit/mode

# --- detaching under load -----------------------------------------------------------------------

timers()
{
	grep -c hrtick_fires /proc/timer_list
}
for _ in 1 2 3; do
	spin &
	loops="$loops $!"
done
sleep 1
check 'under load there is a timer' [ "$(timers)" = 1 ]
detach
check 'after detaching there is none' [ "$(timers)" = 0 ]
before=$(events)
sleep 1
check 'and nothing happens' [ "$(events)" = "$before" ]
gone()
{
	rmmod eevdf_audit 2>/dev/null
}
check 'the module unloads' wait_for 20 gone
modprobe eevdf_audit
attach --audit require --no-hrtick --slice-us 700 --stats 1 --json || exit 1
sleep 1
check '--no-hrtick: no timer under load' [ "$(events)" = 0 ]
check 'the start line says that the tick ends slices' says tick
# shellcheck disable=SC2086
kill -KILL $loops

# --- without the module -------------------------------------------------------------------------

measure tick 0:0 0:0
late_as_the_tick()
{
	! on_time tick 50 && ! shorter tick 3.5
}
not_soon()
{
	! soon 0.8
}
check 'with the tick a competitor waits for longer' not_soon
check 'with the tick slices end late: the figures above mean something' late_as_the_tick
detach
wait_for 20 gone
attach --audit off --slice-us 700 --stats 1 --json || exit 1
check 'without the module a bpf_timer ends slices' says bpf-timer
measure bpf-timer 0:0 0:0
check 'at most 50 us late' on_time bpf-timer 50
check 'and turns are short' shorter bpf-timer 3
check 'what must stay zero did' books_clean
detach
check 'detached' [ "$ledger_status" = 0 ]
check 'the kernel log is clean' log_clean
the_end
