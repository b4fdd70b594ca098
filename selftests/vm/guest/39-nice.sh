#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# usage: 39-nice.sh [all]
# shellcheck shell=dash source=lib.sh
# Two busy loops of different nice on one CPU for ten seconds of exact guest time (icount): what each got
# is at no moment further from what its weight was due than a slice and the largest overrun. Six pairs,
# or every pair of the nine levels; the fair class, in the same boot, beside them. Prints TAP.
. /selftests/lib.sh
# shellcheck source=measure.sh
. /selftests/measure.sh

pairs()
{
	local a b

	if [ "${1:-}" != all ]; then
		printf '%s\n' '-20 19' '-20 -15' '-10 5' '0 0' '0 19' '15 19'
		return
	fi
	for a in -20 -15 -10 -5 0 5 10 15 19; do
		for b in -20 -15 -10 -5 0 5 10 15 19; do
			[ $a -gt $b ] || echo "$a $b"
		done
	done
}

# arm PAIRS: "NICE NICE: figures of lag-loops", a line a pair
arm()
{
	local a b

	while read -r a b; do
		echo "$a $b: $(lag-loops --slice $slice 10 "$a" "$b")"
	done <"$1"
}

# table FILE: the worst moments, the ends
table()
{
	local name line

	while IFS=: read -r name line; do
		printf '# nice %-8s at most %8.0f ns off, %8.0f at the end; longest run %8.0f ns\n' "$name" \
			"$(value farthest_ns "$line")" "$(value final_ns "$line")" "$(value longest_ns "$line")"
	done <"$1"
}

echo TAP version 13
lone
pairs "$@" >"$tmp/pairs"
arm "$tmp/pairs" >"$tmp/fair" || exit 1
echo '# fair class:'
table "$tmp/fair"
attach_timed --audit off --measure --stats 1 --json || exit 1
arm "$tmp/pairs" >"$tmp/ours" || exit 1
echo '# scx_ledger:'
table "$tmp/ours"

overrun=0
while IFS=: read -r name line; do
	# shellcheck disable=SC2046
	set -- $(gauges "$(value from "$line")" "$(value to "$line")")
	echo "# nice $name: true lag +$1 -$2 ns, largest overrun $3 ns, $4 switches"
	[ "$3" -le "$overrun" ] || overrun=$3
done <"$tmp/ours"
check 'the overrun was measured' [ "$overrun" -gt 0 ]
check "the largest overrun, $overrun ns, is at most $overrun_bound ns" [ "$overrun" -le $overrun_bound ]
while IFS=: read -r name line; do
	check "nice $name: service is within a slice and the overrun of the ideal" \
		at_most "$(value farthest_ns "$line")" $((slice + overrun))
done <"$tmp/ours"
check 'what must stay zero did' books_clean
detach
check 'detached' [ "$ledger_status" = 0 ]
the_end
