#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# As many tasks as the kernel allows: the next fork fails with the kernel's error, and nobody is lost.
# Thousands that can run: each of them gets on, and the scheduler goes, and comes, beside them.
# usage: 51-many.sh TASKS once|twice [LIMIT]
# twice: attached beside them, too; LIMIT: of threads, instead of the kernel's own
# shellcheck shell=dash source=lib.sh
# Prints TAP. Seconds are the guest's.
. /selftests/lib.sh

tasks=$1 times=$2 limit=${3:-}
group=/sys/fs/cgroup/ledger
# A task's memory beyond the kernel's own, bytes
bound=512

# class rt|other: of this shell, and of what it begins. Among the loops an ordinary task waits for
# seconds whenever it wakes up, and a shell does that all the time.
class()
{
	case $1 in
	rt) chrt -f -p 2 $$ ;;
	other) chrt -o -p 0 $$ ;;
	esac
}

# seconds COMMAND...: says how long it took
seconds()
{
	local start end status

	read -r start end </proc/uptime
	"$@"
	status=$?
	read -r end _ </proc/uptime
	echo "# $* took $(echo "$start $end" | awk '{ printf "%.1f", $2 - $1 }') s"
	return "$status"
}

# begin FILE ARG...: many-loops ARG..., its answer in $began, $pid and $error. This shell does not fork
# meanwhile.
begin()
{
	local file=$1

	shift
	many-loops "$@" >"$file" || return 1
	read -r _ began _ pid error <"$file"
	echo "# $began began${error:+, the next: $error}"
}

rounds()
{
	grep -c '^round' "$tmp/loops"
}

# beyond N: they have run N times
beyond()
{
	[ "$(rounds)" -ge "$1" ]
}

# run_on: all of them run, and run again. The round under way began before.
run_on()
{
	local before

	before=$(rounds)
	wait_for 120 beyond $((before + 3))
	status=$?
	echo "# rounds, s:" "$(sed -n 's/^round [0-9]* //p' "$tmp/loops" | tail -n +$((before + 1)) |
		tr '\n' ' ')"
	return "$status"
}

gone()
{
	! kill -0 "$1" 2>/dev/null
}

ended()
{
	kill -KILL "$1"
	wait_for 120 gone "$1"
}

more_lines()
{
	[ "$(wc -l <"$tmp/out")" -gt "$1" ]
}

# Tasks that the scheduler knows of as of its next line, beside what there is: the tools of this
# check come and go meanwhile.
none_lost()
{
	local lines known there

	lines=$(wc -l <"$tmp/out")
	wait_for 20 more_lines "$lines"
	there=$(find /proc/[0-9]*/task -mindepth 1 -maxdepth 1 2>/dev/null | wc -l)
	known=$(tail -n 1 "$tmp/out" | grep -o '"tasks":[0-9]*' | cut -d : -f 2)
	echo "# $known tasks known, $there there"
	[ "$known" -ge $((there - 4)) ] && [ "$known" -le $((there + 4)) ]
}

# Bytes that the kernel has charged to the loader for what it and its program hold. It adds up small
# changes every two seconds only, and a worker thread does that.
charged()
{
	sleep 5
	awk '$1 == "kernel" { print $2 }' $group/memory.stat
}

# memory_bounded BEFORE AFTER: and a slot and a place in the table, which are there from the start for
# each task that there can be
memory_bounded()
{
	local each=$((($2 - $1) / began + 8 + 16))

	echo "# $each bytes a task"
	[ "$each" -gt 100 ] && [ "$each" -lt "$bound" ]
}

# attached_as CLASS: in a group of its own. Full mode, also with all tasks on one timeline
attached_as()
{
	class "$1"
	echo 0 >"$group/cgroup.procs"
	attach --audit require --stats 2 --json
	status=$?
	echo 0 >/sys/fs/cgroup/cgroup.procs
	class rt
	return "$status"
}

left()
{
	detach
	[ "$ledger_status" = 0 ]
}

# compared N: at least N picks, with their timelines in full; hardly any event was not compared
compared()
{
	echo "# picks compared: $(counter checks_pick_eligible), by the guard: $(counter checks_guard);" \
		"not checked: $(counter not_checked) of $(counter events) events"
	[ "$(counter checks_pick_eligible)" -ge "$1" ] && [ "$(counter truncated)" = 0 ] &&
		[ $(($(counter not_checked) * 1000)) -le "$(counter events)" ]
}

# get_on: what holds while all loops are this scheduler's
get_on()
{
	check 'each of them runs, and runs again' run_on
	check 'all of them are known' none_lost
	check 'the books were compared' compared "$tasks"
	check 'no violation, and what must stay zero did' books_clean
}

echo TAP version 13
log_clean >/dev/null
class rt
[ -z "$limit" ] || echo "$limit" >/proc/sys/kernel/threads-max
limit=$(cat /proc/sys/kernel/threads-max)
mkdir $group
modprobe eevdf_audit max_walk=65536

check 'attached, as an ordinary task' attached_as other
before=$(charged)
check "as many as $limit threads allow" begin "$tmp/sleepers" "$limit" asleep
check 'the next fork fails with its error' [ "$error" = EAGAIN ]
check 'all others are known' none_lost
check "a task takes less than $bound bytes" memory_bounded "$before" "$(charged)"
check 'they end' ended "$pid"
check 'and are forgotten' none_lost

check "$tasks loops begin" begin "$tmp/loops" "$tasks"
check 'as many as were asked for' [ "$began" = "$tasks" ]
get_on
check 'the scheduler is still there' attached
check 'detached beside the loops' seconds left
check 'they run on in the fair class' run_on

if [ "$times" = twice ]; then
	echo 1 >$audit/reset
	check 'attached beside them, as SCHED_FIFO' seconds attached_as rt
	get_on
	check 'detached beside them' seconds left
fi
check 'the loops end' ended "$pid"
check 'the kernel log is clean' log_clean
the_end
