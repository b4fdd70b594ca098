#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash source=lib.sh
# The load that broke the fair class of several kernels: tasks of nice 19 that do nothing but yield,
# beside threads that do nothing but wake each other, audited in full. Prints TAP.
# usage: 40-yield.sh [SECONDS]: of guest time
. /selftests/lib.sh

seconds=${1:-60}
log_clean >/dev/null

echo TAP version 13
modprobe eevdf_audit
attach --audit require --stats 5 --json || exit 1
nice -n 19 stress-ng --yield 32 --timeout "$((seconds + 2))" --metrics-brief >"$tmp/stress" 2>&1 &
stress=$!

# It takes longer than that on an emulated CPU, and is ended then.
messaging()
{
	local status=0

	timeout "$seconds" perf bench sched messaging -p -t -l 100000 -g 16 >/dev/null 2>&1 || status=$?
	[ "$status" = 0 ] || [ "$status" = 124 ]
}
check "$seconds s beside messaging -p -t -g 16" messaging
wait $stress
yielded()
{
	awk '/metrc/ && $4 == "yield" { n = $5 } END { exit !(n > 0) }' "$tmp/stress"
}
check 'the yielders got on' yielded
check 'no stall: the scheduler is still there' attached
check 'no violation, and what must stay zero did' books_clean
enough()
{
	[ "$(counter checks)" -ge 1000000 ] && [ "$(counter checks_yield)" -ge 10000 ] &&
		[ "$(counter checks_pick_earliest)" -ge 10000 ]
}
check 'a million checks, 10000 of yields, 10000 of picks' enough
echo "# $(grep -E '^(checks|not_checked|checks_yield|checks_pick_earliest|checks_guard) ' $audit/counters |
	tr '\n' ' ')"
detach
check 'detached' [ "$ledger_status" = 0 ]
check 'the kernel log is clean' log_clean
the_end
