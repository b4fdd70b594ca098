#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash source=lib.sh
# Tasks that sleep as ghosts are moved between two light groups: they may not wake with the weight that the
# group gave them which they have left. Prints TAP.
# usage: 47-ghosts.sh [SECONDS]
. /selftests/lib.sh

seconds=${1:-30}
top=/sys/fs/cgroup/ghosts
log_clean >/dev/null

echo TAP version 13
modprobe eevdf_audit
attach --audit require --stats 5 --json || exit 1
mkdir -p $top/one $top/other
echo +cpu >$top/cgroup.subtree_control
echo 200 >$top/cpu.weight
stress-ng --cpu 3 -q --timeout 3600 &
tasks=$!
sleepers=
for _ in $(seq 12); do
	sh -c 'while :; do i=0; while [ $i -lt 600 ]; do i=$((i + 1)); done; sleep 0.004; done' &
	sleepers="$sleepers $!"
done
mover()
{
	local group pid

	while :; do
		for group in one other; do
			for pid in $sleepers; do
				echo "$pid" >$top/$group/cgroup.procs
			done
		done
	done
}
for _ in 1 2 3; do
	mover &
	tasks="$tasks $!"
done
sleep "$seconds"
# shellcheck disable=SC2086
kill $tasks $sleepers
tail -n 1 "$tmp/out" | grep -o '"delays":.*"ghost_wakes":[0-9]*' | sed 's/^/# /'
check 'ghosts woke' [ "$(tail -n 1 "$tmp/out" | sed 's/.*"ghost_wakes":\([0-9]*\).*/\1/')" -ge 10 ]
check 'no violation' books_clean
detach
check 'the kernel log is clean' log_clean
the_end
