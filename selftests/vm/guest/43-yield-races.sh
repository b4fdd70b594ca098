#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash source=lib.sh
# Yields to whatever task there is, and between the virtual CPUs of two machines, while tasks exit and
# change their CPUs and their control groups, and CPUs come and go, on four CPUs with real interleavings,
# audited in full. Prints TAP.
# usage: 43-yield-races.sh [SECONDS]
. /selftests/lib.sh

seconds=${1:-30}
log_clean >/dev/null

# Yields to every task in turn, kernel threads, sleepers and itself too; most are refused.
storm()
{
	local task

	while :; do
		for task in /proc/[0-9]*; do
			echo "${task#/proc/}" >"$audit/yield_to"
		done
	done 2>/dev/null
}

# The threads of a process move from CPU to CPU, also while they yield or are yielded to.
shove()
{
	local task mask

	while :; do
		for mask in 1 f 2 c; do
			for task in "/proc/$1/task"/*; do
				taskset -p "$mask" "${task##*/}"
			done
			sleep 0.05
		done
	done >/dev/null 2>&1
}

# A process moves between nested control groups, whose weights change.
groups()
{
	local top=/sys/fs/cgroup/races weight=1

	mkdir -p "$top/in/deep" "$top/in/deeper"
	echo +cpu >/sys/fs/cgroup/cgroup.subtree_control
	echo +cpu >"$top/cgroup.subtree_control"
	echo +cpu >"$top/in/cgroup.subtree_control"
	while :; do
		for leaf in deep deeper; do
			echo "$1" >"$top/in/$leaf/cgroup.procs"
			weight=$((weight % 1000 + 111))
			echo "$weight" >"$top/in/$leaf/cpu.weight"
			sleep 0.1
		done
		echo "$1" >/sys/fs/cgroup/cgroup.procs
	done 2>/dev/null
}

# Two machines with three virtual CPUs each, which wait for each other on any CPU.
machines()
{
	local mode

	[ -e /dev/kvm ] || return 0
	while :; do
		for mode in hand-off lock ipi; do
			vcpu_handoff --vms 2 --vcpus 3 --cpus 4 --spread --mode "$mode" --seconds 1
		done
	done >>"$tmp/machines" 2>&1
}

# Once: each change of a CPU loads the scheduler anew, which takes seconds on an emulated CPU.
hotplug()
{
	sleep $((seconds / 8))
	echo 0 >/sys/devices/system/cpu/cpu3/online
	sleep 0.5
	echo 1 >/sys/devices/system/cpu/cpu3/online
}

# all_modes: stress and storms in each; the scheduler must be there after it
all_modes()
{
	local mode pids pair

	for mode in transfer margin hint off; do
		attach --audit require --stats 1 --json --yield "$mode" || return 1
		pids=
		for _ in 1 2; do
			storm &
			pids="$pids $!"
		done
		for _ in 1 2; do
			yield-pair --tasks 4 --hogs 2 --seconds 3600 &
			pids="$pids $!"
		done
		pair=$!
		shove "$pair" &
		pids="$pids $!"
		groups "$pair" &
		pids="$pids $!"
		machines &
		pids="$pids $!"
		hotplug &
		pids="$pids $!"
		stress-ng --cpu 2 --fork 2 --affinity 2 -q --timeout "$((seconds / 4))" || true
		# shellcheck disable=SC2086
		kill -KILL $pids 2>/dev/null
		# shellcheck disable=SC2086
		wait $pids 2>/dev/null
		echo 1 >/sys/devices/system/cpu/cpu3/online
		wait_for 60 attached && books_clean || return 1
		detach
		[ "$ledger_status" = 0 ] || return 1
		tail -n 1 "$tmp/out" | grep -o '"yield_tos":.*"expired":[0-9]*' | sed "s/^/# $mode: /"
	done
}

echo TAP version 13
modprobe eevdf_audit
modprobe kvm-amd 2>/dev/null || modprobe kvm-intel 2>/dev/null || true
check "$seconds s of yields to anybody, exits, affinity, hotplug: no stall, no violation" all_modes
machines_ran()
{
	[ ! -e /dev/kvm ] || awk '$1 == "rounds" && $2 > 0 { n++ } END {
		printf "# %d runs of two machines\n", n
		exit !n }' "$tmp/machines"
}
check 'virtual CPUs of two machines got on' machines_ran
check 'and they moved something' [ "$(counter events_grant)" -gt 100 ]
check 'the kernel log is clean' log_clean
the_end
