#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# usage: 38-latency.sh [WAKEUPS]
# shellcheck shell=dash source=lib.sh
# How late a task with a slice of 100 us wakes beside 32 busy loops, in exact guest time (icount), under
# the fair class and under this scheduler in the same boot. Prints TAP.
. /selftests/lib.sh
# shellcheck source=measure.sh
. /selftests/measure.sh

wakeups=${1:-10000}

# figures LINE
figures()
{
	local name

	for name in p50 p90 p99 p999 max; do
		printf '%s %s us  ' $name "$(value ${name}_ns "$1" | awk '{ print $1 / 1000 }')"
	done
	echo
}

echo TAP version 13
fair=$(wake-latency --slice 100000 32 "$wakeups") || exit 1
echo "# fair class:    $(figures "$fair")"
attach_timed --audit off || exit 1
ours=$(wake-latency --slice 100000 32 "$wakeups") || exit 1
echo "# scx_ledger:    $(figures "$ours")"
echo "# without a slice of its own:"
echo "# scx_ledger:    $(figures "$(wake-latency 32 1000)")"
check_todo 'the way from the timer to the task is 2 us longer' \
	'the 99th percentile is at most that of the fair class' \
	at_most "$(value p99_ns "$ours")" "$(value p99_ns "$fair")"
check_todo 'the task needs its whole share, so it is not always eligible when it wakes' \
	'the maximum is at most half of that of the fair class' \
	at_most "$(value max_ns "$ours")" $(($(value max_ns "$fair") / 2))
detach
check 'detached' [ "$ledger_status" = 0 ]
echo "# fair class, without a slice of its own: $(figures "$(wake-latency 32 1000)")"
the_end
