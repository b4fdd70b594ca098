#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# usage: 36-growth.sh
# shellcheck shell=dash source=lib.sh
# Guest instructions of one decision among 2 to 2048 tasks of one CPU (icount): a yield, the pick, the
# switch. With trees that are walked from the root to a leaf each doubling adds the same. Prints TAP.
. /selftests/lib.sh
# shellcheck source=measure.sh
. /selftests/measure.sh

sizes='2 8 32 128 512 2048'

# arm: a line a size
arm()
{
	for n in $sizes; do
		echo "$n $(yield-n "$n" 400)"
	done
}

echo TAP version 13
arm >"$tmp/fair" || exit 1
attach --audit off --stats 5 --json || exit 1
arm >"$tmp/ours" || exit 1
awk 'NR == FNR { fair[$1] = $2; next }
     { printf "# %4d tasks: fair class %6d, scx_ledger %6d instructions a yield\n", $1, fair[$1], $2 }' \
	"$tmp/fair" "$tmp/ours"
check 'scx_ledger was attached all the time' attached

# growth FILE: instructions a doubling from the first to the last, the largest of one step; a size is
# four times the one before
growth()
{
	awk 'NR > 1 { d = ($2 - last) / 2; if (d > worst) worst = d }
	     NR == 1 { first = $2 }
	     { last = $2 }
	     END { printf "%.0f %.0f\n", (last - first) / 2 / (NR - 1), worst }' "$1"
}
echo "# a doubling of the tasks adds, on average and at most: fair class $(growth "$tmp/fair")," \
	"scx_ledger $(growth "$tmp/ours")"
read -r mean worst <<END
$(growth "$tmp/ours")
END
check 'all sizes were measured' [ "$(awk '$2 > 0' "$tmp/ours" | wc -l)" = 6 ]
check 'a doubling adds at most 150 instructions on average' [ "$mean" -le 150 ]
check_todo 'the first tasks make a tree of one entity a tree' \
	'and between any two sizes' [ "$worst" -le 150 ]
detach
check 'what must stay zero did' books_clean
the_end
