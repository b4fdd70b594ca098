#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash source=lib.sh
# Storms, one after the other, with the module checking every pick and every step in between: nobody
# may be found wrong. Each goes on until its share of the picks has been checked. Prints TAP.
# usage: 41-storms.sh [PICKS]
. /selftests/lib.sh

picks=${1:-100000}
share=$((picks / 9))
log_clean >/dev/null

echo TAP version 13
modprobe eevdf_audit
attach --audit require --stats 5 --json || exit 1

checked()
{
	counter checks_pick_earliest
}
past()
{
	[ "$(checked)" -ge "$1" ] || ! attached
}
# storm NAME COMMAND...: one that ends too early begins again
storm()
{
	local name=$1 start load n

	shift
	start=$(checked)
	# In a session of its own, so that all of it can be ended
	setsid sh -c 'while :; do "$@"; done' - "$@" >"$tmp/load" 2>&1 &
	load=$!
	wait_for $((share / 500 + 60)) past $((start + share))
	kill -KILL -$load
	wait $load 2>/dev/null
	n=$(($(checked) - start))
	check "$name: $n picks, at least $share" [ "$n" -ge "$share" ]
	check "$name: no violation" books_clean
}
storm 'messages' perf bench sched messaging -p -t -l 200 -g 8
storm 'pipes' perf bench sched pipe -l 100000
storm 'yields' stress-ng --yield 16 --yield-ops 1000000
storm 'nice values' stir 600 nice
storm 'slices' stir 600 slice
storm 'forks' stress-ng --fork 16 --timeout 600
storm '2 that sleep and wake' stress-ng --sleep 1 --sleep-max 2 --timeout 600
storm '2000 that sleep and wake' stress-ng --sleep 1 --sleep-max 2000 --timeout 600
storm 'everything' stir 600
check 'no stall: the scheduler is still there' attached
total=$(checked)
check "$total picks were checked, at least $picks" [ "$total" -ge "$picks" ]
echo "# $(grep -E '^(checks|not_checked|violations|checks_.*) ' $audit/counters | tr '\n' ' ')"
detach
check 'detached' [ "$ledger_status" = 0 ]
check 'the kernel log is clean' log_clean
the_end
