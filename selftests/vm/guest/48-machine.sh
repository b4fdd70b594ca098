#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# usage: 48-machine.sh [SECONDS]
# shellcheck shell=dash source=lib.sh
# Busy loops that may run anywhere, more of them than CPUs and not a multiple: how far each is off its
# share of the whole machine in any second, under the fair class and under this scheduler in the same
# boot; without balance by lag too, which must be seen to miss. Prints TAP.
. /selftests/lib.sh
# shellcheck source=measure.sh
. /selftests/measure.sh

seconds=${1:-4}

# zeros N: as many nice values
zeros()
{
	awk -v n="$1" 'BEGIN { while (n--) printf "0 " }'
}

balanced()
{
	sleep 1.5
	grep -o '"balanced":[0-9]*' "$tmp/out" | tail -n 1 | cut -d : -f 2
}

# mix NAME MOVES_A_SECOND NICE...
mix()
{
	local name=$1 most=$2 fair line before moves

	shift 2
	fair=$(grep "^$name:" "$tmp/fair")
	before=$(balanced)
	line=$(machine-share "$seconds" "$@") || exit 1
	moves=$((($(balanced) - before) / (seconds + 1)))
	echo "# $name: fair class ${fair#*: }"
	echo "# $name: scx_ledger $line, $moves moves a second"
	check "$name: in each second nearer to its share than a quarter of what the fair class is off" \
		at_most "$(value worst_us "$line")" $(($(value worst_us "$fair") / 4))
	check_todo 'the level of a CPU is looked at with each tick only' "$name: within 10 ms" \
		at_most "$(value worst_us "$line")" 10000
	check "$name: at most $most moves a second" at_most "$moves" "$most"
}

echo TAP version 13
cpus=$(nproc)
for n in $((cpus + 1)) $((2 * cpus - 1)); do
	# shellcheck disable=SC2046
	echo "$n on $cpus: $(machine-share "$seconds" $(zeros "$n"))" >>"$tmp/fair" || exit 1
done

attach --audit off --no-global-lag || exit 1
# shellcheck disable=SC2046
line=$(machine-share "$seconds" $(zeros $((cpus + 1)))) || exit 1
echo "# without balance by lag: $line"
check 'without balance by lag somebody is off by more than 100 ms' \
	[ "$(value worst_us "$line")" -gt 100000 ]
detach

attach --audit off --stats 1 --json || exit 1
for n in $((cpus + 1)) $((2 * cpus - 1)); do
	# shellcheck disable=SC2046
	mix "$n on $cpus" $((100 * cpus)) $(zeros "$n")
done
check 'what must stay zero did' books_clean
detach
check 'detached' [ "$ledger_status" = 0 ]
the_end
