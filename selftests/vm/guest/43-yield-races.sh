#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash source=lib.sh
# Yields to whatever task there is while tasks exit, change their CPUs and their nice values, and CPUs
# come and go, on four CPUs with real interleavings, audited in full. Prints TAP.
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
	local mode pids

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
		shove $! &
		pids="$pids $!"
		hotplug &
		pids="$pids $!"
		stress-ng --cpu 2 --fork 2 --affinity 2 -q --timeout "$((seconds / 4))" || true
		# shellcheck disable=SC2086
		kill -KILL $pids
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
check "$seconds s of yields to anybody, exits, affinity, hotplug: no stall, no violation" all_modes
check 'and they moved something' [ "$(counter events_grant)" -gt 100 ]
check 'the kernel log is clean' log_clean
the_end
