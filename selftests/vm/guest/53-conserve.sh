#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash source=lib.sh
# No CPU idles while a task waits that could run there. Chaos with the same seed under the fair class
# and under the scheduler: how often did a task wait for more than a millisecond beside an idle CPU? And
# with the module each search that finds nobody is checked there and then. Prints TAP.
# usage: 53-conserve.sh [SECONDS [SEED]]
. /selftests/lib.sh

seconds=${1:-4}
seed=${2:-1}
log_clean >/dev/null

# with NAME: the load, and what was counted in $tmp/NAME
with()
{
	idle-gaps 1000 chaos --no-hotplug --seed "$seed" --seconds "$seconds" >"$tmp/$1" 2>&1
	status=$?
	grep ' gaps of ' "$tmp/$1" | sed "s/^/# $1: /"
	return "$status"
}

# gaps NAME
gaps()
{
	sed -n 's/.* us: \([0-9]*\) gaps of .*/\1/p' "$tmp/$1"
}

# last_stat NAME: the scheduler's own counter
last_stat()
{
	tail -n 1 "$tmp/out" | sed -n "s/.*\"$1\":\([0-9]*\).*/\1/p"
}

echo TAP version 13
modprobe eevdf_audit
check 'chaos under the fair class' with fair
attach --audit require --stats 1 --json || exit 1
check 'chaos under the scheduler' with ledger
sleep 1
check 'gaps of more than a millisecond are not more than under the fair class' \
	[ "$(gaps ledger)" -le "$(gaps fair)" ]
echo "# $(last_stat steals) tasks taken, $(last_stat steal_misses) searches found none," \
	"$(last_stat steal_unseen) of a task that could not be taken yet"
searched()
{
	[ "$(counter checks_conservation)" -ge $((seconds * 100)) ]
}
check "$(counter checks_conservation) times who was left was looked at" searched
check 'each time nobody could have run' [ "$(counter violations_conservation)" = 0 ]
check 'no violation, and what must stay zero did' books_clean
detach
check 'detached' [ "$ledger_status" = 0 ]
check 'the kernel log is clean' log_clean
the_end
