#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# What the kernel's own fair class decides, decided again by include/eevdf from the same state. Under
# load of every kind that its rules tell apart. Prints TAP.
# usage: 50-fair.sh [PICKS [PLACEMENTS [SECONDS]]]: how many to compare, and in what time at most
# shellcheck shell=dash source=lib.sh
. /selftests/lib.sh

picks=${1:-100000}
placements=${2:-20000}
seconds=${3:-90}
log_clean >/dev/null
echo TAP version 13

# --- loads ----------------------------------------------------------------------------------------

cgroups=/sys/fs/cgroup

# in_group NAME COMMAND...: in a group of its own
in_group()
{
	sh -c 'echo $$ >"$1/cgroup.procs"; shift; exec "$@"' sh "$cgroups/$@"
}

# forever COMMAND...: again and again, until the loads end
forever()
{
	while [ ! -e "$tmp/loads_end" ]; do
		quiet "$@" || sleep 0.1
	done
}

# Weights of groups, nice values: what is queued and what runs is reweighted
reweigh()
{
	while [ ! -e "$tmp/loads_end" ]; do
		for w in 30 100 400; do
			echo $w >$cgroups/a/cpu.weight
			echo $((500 - w)) >$cgroups/a/b/cpu.weight
			for pid in $(head -n 6 $cgroups/a/b/cgroup.procs); do
				quiet renice -n $((pid % 7 * 5 - 15)) -p "$pid"
			done
			sleep 0.05
		done
	done
}

loads_begin()
{
	mkdir -p $cgroups/a
	echo +cpu >$cgroups/a/cgroup.subtree_control
	mkdir -p $cgroups/a/b $cgroups/a/c
	rm -f "$tmp/loads_end"
	# Busy, with long, short and usual requests; under one group, so that shares change all the time
	in_group a/b chrt -o -T 20000000 0 stress-ng -q --cpu 3 --timeout 3600 &
	in_group a/c nice -n 5 stress-ng -q --cpu 3 --timeout 3600 &
	setsid nice -n -5 chrt -o -T 3000000 0 stress-ng -q --cpu 2 --timeout 3600 &
	# Sleepers with short requests: they preempt and become the buddy
	setsid chrt -o -T 100000 0 stress-ng -q --nanosleep 1 --timeout 3600 &
	forever chrt -o -T 200000 0 perf bench sched pipe -l 2000 &
	# Sleep and wake while owing, forks, yields, moves
	forever perf bench sched messaging -g 1 -l 100 &
	forever perf bench sched messaging -t -g 1 -l 100 &
	setsid stress-ng -q --fork 1 --yield 1 --affinity 1 --timeout 3600 &
	chrt -i 0 stress-ng -q --cpu 1 --timeout 3600 &
	reweigh &
}

loads_end()
{
	: >"$tmp/loads_end"
	quiet killall stress-ng perf
	wait
}

# --- the comparison -------------------------------------------------------------------------------

stat()
{
	awk -v name="$1" '$1 == name { print $2; found = 1 } END { if (!found) print 0 }' "$tmp/out"
}

loads_begin
fair-compare --seconds "$seconds" --quota picks="$picks" --quota placements="$placements" \
	--quota picks_with_buddy=1000 --quota picks_with_protection=1000 \
	--quota picks_with_ineligible_curr=1000 >"$tmp/out" 2>"$tmp/err"
status=$?
sed 's/^\([^#]\)/# \1/' "$tmp/out"
check 'every pick and placement is equal' [ "$(stat mismatches)" = 0 ]
check "at least $picks picks, with all they must have; enough placements" [ "$status" = 0 ]
check 'half of the picks are among three or more' \
	[ "$(($(stat picks_of_three) * 2))" -ge "$(stat picks)" ]
unseen()
{
	[ "$(($(stat picks_lost) + $(stat picks_too_long)))" -le "$(($(stat picks) / 100))" ]
}
check 'at most 1 % of the picks could not be compared' unseen
check 'no exit without its entry' [ "$(stat placements_unpaired)" = 0 ]

# --- it can fail ----------------------------------------------------------------------------------

mutant()
{
	fair-compare --mutate "$1" --show 1 --seconds 30 --quota mismatches=1 >"$tmp/out" 2>"$tmp/err"
	status=$?
	[ $status = 1 ] && [ "$(stat mismatches)" -gt 0 ]
}
for m in no-vprot strict no-curr no-buddy stale-zero no-place-lag no-place-initial \
	no-place-rel-deadline no-custom-slice lifo curr-first; do
	check "a mismatch is seen: $m" mutant $m
done

loads_end
check 'the kernel log is clean' log_clean
the_end
