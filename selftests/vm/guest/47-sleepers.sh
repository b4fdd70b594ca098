#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# usage: 47-sleepers.sh [SECONDS [WINDOWS [long]]]
# shellcheck shell=dash source=lib.sh
# Two CPUs, a group that sleeps and wakes all the time beside one that computes: each is to get what a
# fluid schedule would have given it. Equal weights, two to one both ways round, and one level deeper.
# long: all of these, and the first two under the fair class and scx_flatcg as well, in the same boot.
# Prints TAP.
. /selftests/lib.sh
# shellcheck source=measure.sh
. /selftests/measure.sh
# shellcheck source=groups.sh
. /selftests/groups.sh

seconds=${1:-2}
windows=${2:-2}
long=${3:-}
settle=2
log_clean >/dev/null

sleepers()
{
	messages a
	computes b 4
}
inner_sleepers()
{
	messages a/x
	computes a/y 4
	computes b 4
}
inner_loops()
{
	computes a/x 4
	messages a/y
	computes b 4
}

# pair NAME WEIGHT WEIGHT: of the group that sleeps, and of the one that computes
pair()
{
	make a "$2" b "$3"
	measure "$1" a b -- sleepers
	end a b
}

# nested NAME COMMAND: 300:100 of 200:100
nested()
{
	make a 200 b 100
	echo +cpu >$top/a/cgroup.subtree_control
	make a/x 300 a/y 100
	measure "$1" a/x a/y b -- "$2"
	end a/x a/y b
	end a
}

# pairs NAME: both alike, and two to one, as NAME-...
pairs()
{
	pair "$1-equal" 100 100
	pair "$1-200" 200 100
}

# within NAME
within()
{
	at_most "$(off_by "$1")" 1
}

echo TAP version 13
echo +cpu >$top/cgroup.subtree_control
if [ -n "$long" ]; then
	# Its averages take seconds to settle.
	settle=5
	pairs fair
	settle=2
	/share/scx_flatcg >"$tmp/flatcg" 2>&1 &
	flatcg=$!
	wait_for 60 grep -q enabled $scx/state || exit 1
	pairs flatcg
	kill -INT $flatcg
	wait $flatcg
	wait_for 10 detached || exit 1
	log_clean >/dev/null
fi

modprobe eevdf_audit
attach --audit require --stats 1 --json || exit 1
pairs ledger
check 'equal: within a point of what is due' within ledger-equal
check '200:100: within a point' within ledger-200
if [ -n "$long" ]; then
	pair ledger-50 100 200
	check '100:200: within a point' within ledger-50
	nested ledger-inner inner_sleepers
	check '300:100 of 200:100: within a point' within ledger-inner
	nested ledger-inner-loops inner_loops
	check 'the same, and the 100 sleep: within a point' within ledger-inner-loops
	for case in equal 200; do
		echo "# $case: off by, points: the fair class $(off_by fair-$case), scx_flatcg" \
			"$(off_by flatcg-$case), scx_ledger $(off_by ledger-$case)"
		check "$case: nearer than the fair class" \
			at_most "$(off_by ledger-$case)" "$(off_by fair-$case)"
	done
fi
# told COUNTER: what the last line of statistics has
told()
{
	tail -n 1 "$tmp/out" | grep -o "\"$1\":[0-9]*" | cut -d : -f 2
}
check 'those that woke went to the lighter CPU' [ "$(told lighter)" -gt 100 ]
check 'weights were put right' [ "$(told reweights)" -gt 1000 ]
check 'no violation, and what must stay zero did' books_clean
detach
check 'detached' [ "$ledger_status" = 0 ]
check 'the kernel log is clean' log_clean
the_end
