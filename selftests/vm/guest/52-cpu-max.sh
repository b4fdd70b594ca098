#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# cpu.max on two CPUs: what groups with a limit get in each period and over ten, beside what they may,
# and what is left for others; limits above limits, limits that change, tasks that move away, end or wait
# for very long while they are parked. The fair class does the first of it in the same boot. Prints TAP.
# usage: 52-cpu-max.sh [short | long]
# shellcheck shell=dash source=lib.sh
. /selftests/lib.sh
# shellcheck source=measure.sh
. /selftests/measure.sh

# short leaves out limits that are lifted, and waits of ten seconds and more
extent=${1:-short}
top=/sys/fs/cgroup
period=100000
online=/sys/devices/system/cpu/cpu1/online
log_clean >/dev/null

# make GROUP QUOTA WEIGHT: quota in us a period, or max
make()
{
	mkdir -p "$top/$1"
	echo "$2 $period" >"$top/$1/cpu.max"
	echo "$3" >"$top/$1/cpu.weight"
}

# loops GROUP N: their pids are in $pids
loops()
{
	local left=$2

	pids=
	while [ "$left" -gt 0 ]; do
		(echo 0 >"$top/$1/cgroup.procs" && exec spin) &
		pids="$pids $!"
		left=$((left - 1))
	done
}

# end GROUP...: its tasks and itself
end()
{
	local group

	for group in "$@"; do
		echo 1 >"$top/$group/cgroup.kill"
		wait_for 10 quiet rmdir "$top/$group" || return 1
	done
}

# idle: hundredths of a second that CPUs have idled since boot
idle()
{
	awk '$1 == "cpu" { print $5 }' /proc/stat
}

# one_limit NAME PERCENT: of a CPU, beside a loop that takes what is left of two; lines in $tmp/NAME.*,
# and what was idle in $idled
one_limit()
{
	make limited $(($2 * period / 100)) 10000
	make rest max 1
	loops limited 3
	loops rest 2
	sleep 1
	idled=$(idle)
	limit-watch $top/rest $((period / 1000)) 10 >"$tmp/$1.rest" &
	other=$!
	limit-watch $top/limited $((period / 1000)) 10 >"$tmp/$1.limited"
	wait "$other"
	idled=$(($(idle) - idled))
	end limited rest
	sed "s/^/# $1: limited, /" "$tmp/$1.limited"
	sed "s/^/# $1: the rest, /" "$tmp/$1.rest"
}

# total NAME: us
total()
{
	sed 's/.*: \([0-9]*\) us.*/\1/' "$tmp/$1"
}

# near NAME PERCENT: over ten periods it had so much of a CPU, within 1 %
near()
{
	awk -v had="$(total "$1")" -v due=$(($2 * period / 10)) 'BEGIN {
		off = (had - due) / due * 100
		exit !(off <= 1 && off >= -1) }'
}

# within NAME PERCENT: in no period it had more than that and a slice a CPU
within()
{
	awk -v had="$(sed 's/.* to //' "$tmp/$1")" -v due=$(($2 * period / 100)) -v slice="$slice_us" \
		'BEGIN { exit !(had <= due + 2 * slice) }'
}

# used GROUP SECONDS: us of CPU time meanwhile
used()
{
	local before

	before=$(awk '$1 == "usage_usec" { print $2 }' "$top/$1/cpu.stat")
	sleep "$2"
	awk -v before="$before" '$1 == "usage_usec" { print $2 - before }' "$top/$1/cpu.stat"
}

# gets GROUP PERCENT: of a CPU, over ten periods, within 1 %
gets()
{
	limit-watch "$top/$1" $((period / 1000)) 10 >"$tmp/gets"
	sed "s|^|# $1: |" "$tmp/gets"
	near gets "$2"
}

# apart NAME: six loops of one group: by how many per cent of their average the one that had most is ahead
# of the one that had least; in $apart
apart()
{
	make limited 20000 100
	loops limited 6
	sleep 4
	for pid in $pids; do
		cut -d ' ' -f 1 "/proc/$pid/schedstat"
	done >"$tmp/served"
	end limited
	apart=$(awk '{ sum += $1; if ($1 > most) most = $1; if (NR == 1 || $1 < least) least = $1 }
		     END { printf "%d\n", 100 * (most - least) * NR / sum }' "$tmp/served")
	echo "# six in one group, $1: $apart % apart"
}

# stat NAME: of the last statistics
stat()
{
	sleep 1.2
	grep -o "\"$1\":[0-9]*" "$tmp/out" | tail -n 1 | cut -d : -f 2
}

# send CPUS: $pids are to run there
send()
{
	for pid in $pids; do
		taskset -pc "$1" "$pid" >/dev/null
	done
}

# wait_on CPU: they have run there since they came, and wait again
wait_on()
{
	send "$1"
	sleep 3
}

# Two that get a hundredth of a CPU between them are where they should be before their period ends.
parked_go()
{
	local begin took

	make limited max 100
	echo "10000 1000000" >$top/limited/cpu.max
	loops limited 2
	wait_on 1
	send 0,1
	begin=$(now)
	echo 0 >$online
	took=$((($(now) - begin) * 10))
	check "a CPU where they wait goes at once: $took ms" [ $took -lt 500 ]
	echo 1 >$online
	wait_on 0
	begin=$(now)
	for cpu in 1 0 1 0 1; do
		send $cpu
	done
	took=$((($(now) - begin) * 10))
	check "who is sent to another CPU goes at once: $took ms for ten" [ $took -lt 500 ]
	end limited
}

echo TAP version 13
echo +cpu >$top/cgroup.subtree_control
for percent in 20 50 150; do
	one_limit fair-$percent $percent
done
apart 'fair class'
fair_apart=$apart

modprobe eevdf_audit
attach --audit require --stats 1 --json --no-cgroups || exit 1
make limited 20000 100
loops limited 1
check 'without groups a limit is not kept' [ "$(used limited 1)" -gt 900000 ]
end limited
detach

attach --audit require --stats 1 --json || exit 1
check 'the kernel tells of limits' grep -q 'found:.* cpu-max' "$tmp/err"
# What the loading left to do
sleep 3
slice_us=$(sed -n 's/.*: slice \([0-9]*\) us.*/\1/p' "$tmp/err")
for percent in 20 50 150; do
	one_limit $percent $percent
	check "$percent % of a CPU: within 1 % over ten periods" near $percent.limited $percent
	check "and in none more than a slice a CPU beyond" within $percent.limited $percent
	check 'the rest is left for others: less than 1 % of the CPUs idle meanwhile' [ "$idled" -le 2 ]
done
check 'tasks were parked and released' [ "$(stat releases)" -gt 100 ]

apart scx_ledger
check 'six in one group are at most 20 % apart, or no more than under the fair class' \
	[ "$apart" -le $((fair_apart > 20 ? fair_apart : 20)) ]

# --- above each other ----------------------------------------------------------------------------

make up 50000 100
echo +cpu >$top/up/cgroup.subtree_control
make up/a 20000 100
make up/b max 100
loops up/a 2
loops up/b 2
sleep 1
check '20 % within 50 %' gets up/a 20
check 'the 50 %, with a group that has no limit itself' gets up 50
echo "30000 $period" >$top/up/cpu.max
sleep 0.5
check 'less for all, while they run' gets up 30
if [ "$extent" = long ]; then
	echo max >$top/up/cpu.max
	sleep 0.5
	check 'the limit above is gone, that within is not' gets up/a 20
	echo max >$top/up/a/cpu.max
	sleep 0.5
	check 'nor that any more' [ "$(used up/a 1)" -gt 800000 ]
fi
end up/a up/b
end up

# --- while they are parked -----------------------------------------------------------------------

make limited 1000 100
loops limited 2
sleep 1
for pid in $pids; do
	echo "$pid" >$top/cgroup.procs
done
make free max 100
for pid in $pids; do
	echo "$pid" >$top/free/cgroup.procs
done
check 'who moves away runs at once' [ "$(used free 0.3)" -gt 400000 ]
check 'and its group can go' end limited
end free

parked_go
make limited 1000 100
loops limited 4
sleep 1
echo max >$top/limited/cpu.max
check 'a limit that is lifted' [ "$(used limited 1)" -gt 1800000 ]
echo "1000 $period" >$top/limited/cpu.max
check 'who is killed ends' end limited

if [ "$extent" = long ]; then
	# One in the queue gets a turn a second, thirty wait for longer than the kernel lets any task wait.
	make limited max 100
	echo "1000 1000000" >$top/limited/cpu.max
	loops limited 60
	sleep 45
	check 'nobody waits for ever' [ "$(stat excused)" -gt 60 ]
	check 'the scheduler is still there' attached
	check 'and keeps the limit nearly' [ "$(used limited 5)" -lt 100000 ]
	sleep 0.1
	check 'they end' end limited

	# Each of them runs for long in the kernel, where nobody is parked, once it is excused.
	make limited max 100
	echo "1000 1000000" >$top/limited/cpu.max
	for _ in $(seq 30); do
		(echo 0 >$top/limited/cgroup.procs &&
			exec dd if=/dev/urandom of=/dev/null bs=4M status=none) &
	done
	sleep 30
	echo "# 30 that stay in the kernel used $(used limited 10) us where 10000 are due"
	echo 1 >$top/limited/cgroup.kill
	loops limited 1
	sleep 12
	limit-watch $top/limited 1000 10 >"$tmp/gets"
	sed 's/^/# afterwards: /' "$tmp/gets"
	check 'what they owe is not waited for longer than the guard lets anybody wait' \
		[ "$(total gets)" -gt 8000 ]
	check 'this one ends' end limited
fi

check 'no violation, and what must stay zero did' books_clean
detach
check 'detached' [ "$ledger_status" = 0 ]

# --- without the module they wait in another place ------------------------------------------------

wait_for 20 quiet rmmod eevdf_audit
attach --audit off --stats 1 --json || exit 1
parked_go
check 'what must stay zero did' books_clean
detach
check 'detached' [ "$ledger_status" = 0 ]
check 'the kernel log is clean' log_clean
the_end
