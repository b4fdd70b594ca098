#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash source=lib.sh
# Storms, one after the other, with the module checking every pick and every step in between: nobody
# may be found wrong. Each goes on until its share of the picks has been checked. Prints TAP.
# usage: 41-storms.sh [PICKS]
. /selftests/lib.sh

picks=${1:-100000}
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
# storm PERCENT NAME COMMAND...: PERCENT of the picks; one that ends too early begins again
storm()
{
	local share=$((picks * $1 / 100)) name=$2 start load n began

	shift 2
	start=$(checked)
	began=$(date +%s)
	# In a session of its own, so that all of it can be ended
	setsid sh -c 'while :; do "$@"; done' - "$@" >"$tmp/load" 2>&1 &
	load=$!
	wait_for $((share / 500 + 60)) past $((start + share))
	kill -KILL -$load
	wait $load 2>/dev/null
	n=$(($(checked) - start))
	check "$name: $n picks in $(($(date +%s) - began)) s, at least $share" [ "$n" -ge "$share" ]
	check "$name: no violation" books_clean
}
storm 15 'messages' perf bench sched messaging -p -t -l 200 -g 8
storm 30 'pipes' perf bench sched pipe -l 100000
storm 25 'yields' stress-ng --yield 16 --yield-ops 1000000
storm 5 'nice values' stir 600 nice
storm 5 'slices' stir 600 slice
storm 5 'forks' stress-ng --fork 16 --timeout 600
storm 5 '2 that sleep and wake' stress-ng --sleep 1 --sleep-max 2 --timeout 600
storm 5 '2000 that sleep and wake' stress-ng --sleep 1 --sleep-max 2000 --timeout 600
storm 5 'everything' stir 600
check 'no stall: the scheduler is still there' attached
total=$(checked)
check "$total picks were checked, at least $picks" [ "$total" -ge "$picks" ]
echo "# $(grep -E '^(checks|not_checked|violations|checks_.*) ' $audit/counters | tr '\n' ' ')"
detach
check 'detached' [ "$ledger_status" = 0 ]
check 'the kernel log is clean' log_clean
the_end
