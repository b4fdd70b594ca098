#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash source=lib.sh
# A target that waits on another CPU is pulled to the yielder's: two CPUs in exact guest time (icount).
# Prints TAP.
# usage: 43-yield-cross.sh [SECONDS]
. /selftests/lib.sh
# shellcheck source=measure.sh
. /selftests/measure.sh

seconds=${1:-5}
log_clean >/dev/null

pair()
{
	yield-pair --cross --hogs 4 --seconds "$seconds" >"$tmp/pair" || status=$?
	echo "# $(tr '\n' ' ' <"$tmp/pair")"
}

# Of the calls that were answered with yes, so many led to a pull with nobody in between.
next()
{
	awk -v percent="$1" '{ v[$1] = $2 } END {
		exit !(v["helped"] >= 100 && v["after_other"] * 100 >= v["helped"] * percent) }' "$tmp/pair"
}

echo TAP version 13
modprobe eevdf_audit
attach --audit require --stats 1 --json || exit 1
pair
check 'a target on another CPU is pulled' next 75
# Between the yield and the yielder's next pick the target may be picked where it is.
check_todo 'its own CPU may pick it first' \
	'a target on another CPU is the next to run, 99 % of the calls' next 99
check 'no violation, and what must stay zero did' books_clean
detach
check 'detached' [ "$ledger_status" = 0 ]
attach --audit require --stats 1 --json --no-pull || exit 1
pair
not_pulled()
{
	! next 99
}
check 'and not so without the pull' not_pulled
detach
check 'all runs ended well' [ "$status" = 0 ]
check 'the kernel log is clean' log_clean
the_end
