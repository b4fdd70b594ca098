#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# usage: 48-machine.sh [SECONDS]
# shellcheck shell=dash source=lib.sh
# Busy loops that may run anywhere, more of them than CPUs and not a multiple: how far each is off its
# share of the whole machine in any second, under the fair class and under this scheduler in the same
# boot, also with different weights; without balance by lag too, which must be seen to miss. Prints TAP.
. /selftests/lib.sh
# shellcheck source=measure.sh
. /selftests/measure.sh

# 2 % of what the lightest loop is due in this time is more than the 10 ms of a single second.
seconds=${1:-8}
cpus=$(nproc)

# zeros N: as many nice values
zeros()
{
	awk -v n="$1" 'BEGIN { while (n--) printf "0 " }'
}

# each COMMAND: for each mix, COMMAND NAME NICE...
each()
{
	# shellcheck disable=SC2046
	"$1" "$((cpus + 1)) equal" $(zeros $((cpus + 1)))
	# shellcheck disable=SC2046
	[ "$cpus" = 2 ] || "$1" "$((2 * cpus - 1)) equal" $(zeros $((2 * cpus - 1)))
	# The last one weighs more than a CPU's worth, and has one to itself.
	[ "$cpus" != 4 ] || "$1" "7 weighted" 10 5 0 0 0 0 -3
	[ "$seconds" -gt 8 ] || return 0
	# shellcheck disable=SC2046
	"$1" "$((8 * cpus + 1)) equal" $(zeros $((8 * cpus + 1)))
	"$1" "11 weighted" 0 1 2 3 4 5 6 7 8 9 10
}

balanced()
{
	sleep 1.5
	grep -o '"balanced":[0-9]*' "$tmp/out" | tail -n 1 | cut -d : -f 2
}

by_fair()
{
	local name=$1

	shift
	echo "$name: $(machine-share "$seconds" "$@")" >>"$tmp/fair" || exit 1
}

by_ledger()
{
	local name=$1 before line moves

	shift
	before=$(balanced)
	line=$(machine-share "$seconds" "$@") || exit 1
	moves=$((($(balanced) - before) / (seconds + 1)))
	echo "# $name: fair class $(sed -n "s/^$name: //p" "$tmp/fair")"
	echo "# $name: scx_ledger $line, $moves moves a second"
	check "$name: in each second within 10 ms of its share" \
		at_most "$(value worst_us "$line")" 10000
	check "$name: over all of it within 2 %" at_most "$(value all_percent "$line")" 2
	check "$name: at most $((50 * cpus)) moves a second" at_most "$moves" $((50 * cpus))
}

echo TAP version 13
each by_fair

attach --audit off --no-global-lag || exit 1
# shellcheck disable=SC2046
line=$(machine-share "$seconds" $(zeros $((cpus + 1)))) || exit 1
echo "# without balance by lag: $line"
check 'without balance by lag somebody is off by more than 100 ms' \
	[ "$(value worst_us "$line")" -gt 100000 ]
detach

attach --audit off --stats 1 --json || exit 1
each by_ledger
check 'what must stay zero did' books_clean
detach
check 'detached' [ "$ledger_status" = 0 ]
the_end
