#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# What the kernel's own fair class decides, decided again by include/eevdf from the same state. Under
# load of every kind that its rules tell apart. Prints TAP.
# usage: 50-fair.sh [PICKS [PLACEMENTS [REWEIGHTS [SECONDS]]]]: how many to compare, in what time at most
# shellcheck shell=dash source=lib.sh
. /selftests/lib.sh

picks=${1:-100000}
placements=${2:-20000}
reweights=${3:-2000}
seconds=${4:-120}
log_clean >/dev/null
echo TAP version 13

# --- loads ----------------------------------------------------------------------------------------

cgroups=/sys/fs/cgroup

# in_group NAME COMMAND...: in a group of its own
in_group()
{
	# shellcheck disable=SC2016 # the inner shell's own
	sh -c 'echo $$ >"$1/cgroup.procs"; shift 2; exec "$@"' sh "$cgroups/$1" "$@"
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
		for w in 100 200 400; do
			echo $w >$cgroups/a/cpu.weight
			echo $((500 - w)) >$cgroups/a/b/cpu.weight
			for pid in $(head -n 6 $cgroups/a/b/cgroup.procs); do
				quiet renice -n $((pid % 7 * 5 - 15)) -p "$pid"
			done
			sleep 0.05
		done
	done
}

# Tasks that begin at the same V with the same deadline: a real-time shell forks them, so that nobody
# of the fair class runs there meanwhile, and in the root group, so that their weights are equal.
ties()
{
	while [ ! -e "$tmp/loads_end" ]; do
		chrt -R -f 1 taskset -c 1 sh -c '
			busy() { for i in $(seq 300); do :; done; }
			for i in 1 2 3; do busy & busy & busy & busy & wait; done'
		sleep 0.3
	done
}

loads_begin()
{
	rm -f "$tmp/loads_end"
	mkdir -p $cgroups/a
	echo +cpu >$cgroups/a/cgroup.subtree_control
	mkdir -p $cgroups/a/b $cgroups/a/c
	# Busy, with long, short and usual requests; two of three in one group, so that shares change
	in_group a/b chrt -o -T 20000000 0 stress-ng -q --cpu 2 --timeout 3600 &
	in_group a/c nice -n 5 stress-ng -q --cpu 2 --timeout 3600 &
	setsid nice -n -5 chrt -o -T 3000000 0 stress-ng -q --cpu 2 --timeout 3600 &
	# Sleepers with short requests: they preempt and become the buddy; one pair where the ties are
	forever taskset -c 1 chrt -o -T 100000 0 perf bench sched pipe -l 2000 &
	forever in_group a/c chrt -o -T 200000 0 perf bench sched pipe -l 2000 &
	# Bursts that end in a short sleep: who sleeps ahead of V stays queued, and is woken there
	setsid stress-ng -q --cpu 4 --cpu-load 75 --cpu-load-slice 2 --timeout 3600 &
	# Sleeps and wakeups in numbers, forks, yields, moves
	forever taskset -c 2 perf bench sched messaging -g 1 -l 100 &
	# Not in a group: forty threads on one share starve for so long that RCU reports a stall
	forever perf bench sched messaging -t -g 1 -l 100 &
	setsid stress-ng -q --fork 1 --yield 1 --affinity 1 --affinity-delay 500000 --timeout 3600 &
	reweigh &
	echo 0 >/proc/sys/kernel/sched_autogroup_enabled
	ties &
}

loads_end()
{
	: >"$tmp/loads_end"
	quiet killall stress-ng perf
	# It says of each how it ended
	wait 2>/dev/null
	echo 1 >/proc/sys/kernel/sched_autogroup_enabled
}

# --- the comparison -------------------------------------------------------------------------------

stat()
{
	awk -v name="$1" '$1 == name { print $2; found = 1 } END { if (!found) print 0 }' "$tmp/out"
}

# compare OPTION...: under all loads; its exit status in $status. It attaches before they begin, for that
# takes grace periods, which a loaded machine has few of.
compare()
{
	rm -f "$tmp/err"
	fair-compare "$@" >"$tmp/out" 2>"$tmp/err" &
	compare=$!
	wait_for 60 grep -qs watching "$tmp/err"
	loads_begin
	wait $compare
	status=$?
	loads_end
	sed 's/^\([^#]\)/# \1/' "$tmp/out"
}

compare --mutants --seconds "$seconds" \
	--quota picks="$picks" --quota placements="$placements" --quota reweights="$reweights" \
	--quota requeues="$((picks / 5000))" --quota picks_with_buddy=1000 \
	--quota picks_with_protection=1000 --quota picks_with_ineligible_curr=1000 \
	--quota mutants_caught=13
sed -n "/^mutant_.* caught$/p" "$tmp/out" >"$tmp/caught"
check 'nothing differs' [ "$(stat mismatches)" = 0 ]
check "at least $picks picks, $placements placements, $reweights reweights, and of every kind" \
	[ "$status" = 0 ]
check 'half of the picks are among three or more' \
	[ "$(($(stat picks_of_three) * 2))" -ge "$(stat picks)" ]
unseen()
{
	[ "$(awk '/_(lost|too_long) / { n += $2 } END { print n }' "$tmp/out")" -le "$((picks / 100))" ]
}
check 'less than a hundredth as many could not be compared' unseen
check 'no exit without its entry, no record that makes no sense' \
	[ "$(awk '/_unpaired |malformed / { n += $2 } END { print n }' "$tmp/out")" = 0 ]

# --- the same with rules switched off on both sides ------------------------------------------------

features=/sys/kernel/debug/sched/features
switchable='PLACE_LAG PLACE_DEADLINE_INITIAL PLACE_REL_DEADLINE PICK_BUDDY DELAY_ZERO'
for f in $switchable; do
	echo "NO_$f" >$features
done
compare --mutants --seconds "$seconds" --quota picks=10000 --quota placements=5000 \
	--quota requeues=10 --quota mutants_caught=9
check "and with these features off: $switchable" [ "$status" = 0 ]
for f in $switchable; do
	echo "$f" >$features
done

# Equal deadlines are rare but without lag, so some errors may show here only; others only above.
all_caught()
{
	sed -n '/^mutant_.* missed$/s/ .*//p' "$tmp/out" | while read -r m; do
		grep -q "^$m " "$tmp/caught" || echo "# not seen: $m"
	done >"$tmp/unseen"
	cat "$tmp/unseen"
	[ ! -s "$tmp/unseen" ] && grep -q '^mutant_' "$tmp/out"
}
check 'each error on our side is seen' all_caught

# --- it fails when it must ------------------------------------------------------------------------

mutant()
{
	fair-compare --mutate strict --show 1 --seconds 30 --quota mismatches=1 >"$tmp/out" 2>"$tmp/err"
	[ $? = 1 ] && grep -q '^# mismatch: pick_eevdf' "$tmp/out" && grep -q '^# T se(' "$tmp/out"
}
rm -f "$tmp/loads_end"
forever perf bench sched messaging -g 1 -l 100 &
check 'a mismatch ends with a status and is printed' mutant
loads_end
check 'the kernel log is clean' log_clean
the_end
