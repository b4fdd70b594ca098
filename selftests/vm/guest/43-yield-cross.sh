#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash source=lib.sh
# A target that waits on another CPU is pulled to the yielder's: two CPUs in exact guest time (icount).
# Prints TAP.
# usage: 43-yield-cross.sh [SECONDS]
. /selftests/lib.sh
# shellcheck source=measure.sh
. /selftests/measure.sh

seconds=${1:-6}
log_clean >/dev/null

# pair SECONDS
pair()
{
	yield-pair --cross --hogs 4 --seconds "$1" >"$tmp/pair" || status=$?
	echo "# $(tr '\n' ' ' <"$tmp/pair")"
}

# total NAME: of the scheduler's last line
total()
{
	tail -n 1 "$tmp/out" | tr '{' , | tr , '\n' | awk -F : -v name="\"$1\"" '$1 == name { print $2 }'
}

# val NAME
val()
{
	awk -v name="$1" '$1 == name { print $2 }' "$tmp/pair"
}

# The target was the next task of this class on the yielder's CPU after 99 % of the gifts that made it
# eligible, and the pulled thread saw that, if nothing interrupted it first.
next()
{
	local due=$(($(total grants) - $(total grants_short)))

	echo "# pulls $(total pulls), gifts $(total grants), too small $(total grants_short)," \
		"nothing to give $(total refused_empty), its affinity forbids it $(total refused_mask)," \
		"about to run $(total refused_away); of $due the next $((due - $(total grants_passed)))," \
		"seen $(val after_other)"
	[ "$due" -ge 100 ] && [ $((100 * $(total grants_passed))) -le "$due" ] &&
		[ $((100 * $(val after_other))) -ge $((95 * due)) ]
}

# No more than that, or it would have run before its turn. It may be eligible without a gift.
not_more()
{
	[ "$(val after_other)" -le \
		$(($(total grants) - $(total grants_short) + $(total refused_empty))) ]
}

echo TAP version 13
modprobe eevdf_audit
attach --audit require --stats 1 --json || exit 1
pair "$seconds"
check 'no violation, and what must stay zero did' books_clean
detach
check 'detached' [ "$ledger_status" = 0 ]
check 'a target that waits on another CPU is pulled, and the next to run: 99 % of the gifts' next
check 'but not if the gift is too small' not_more
attach --audit require --stats 1 --json --no-pull || exit 1
pair 1
detach
not_pulled()
{
	[ "$(total pulls) $(total grants)" = '0 0' ] &&
		[ $((20 * $(val after_other))) -le "$(val helped)" ]
}
check 'without the pull it stays there' not_pulled
check 'all runs ended well' [ "$status" = 0 ]
check 'the kernel log is clean' log_clean
the_end
