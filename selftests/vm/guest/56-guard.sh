#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash source=lib.sh
# A task so light that EEVDF would let it wait for minutes is run by the anti-stall guard, also while
# somebody keeps changing it: each change takes it out of its timeline and puts it in again, and each
# move to the other CPU as well. Prints TAP.
# usage: 56-guard.sh [SECONDS]: for each kind of change
. /selftests/lib.sh

seconds=${1:-4}
log_clean >/dev/null

# turns: how often the light task has run
turns()
{
	cut -d ' ' -f 3 "/proc/$light/schedstat"
}

# change KIND: by another task, while the light one waits
change()
{
	case $1 in
	nothing) ;;
	nice) renice -n $((round % 20)) "$light" >/dev/null ;;
	cgroup) echo "$light" >/sys/fs/cgroup/$((round % 2))/cgroup.procs ;;
	cpu) taskset -p "$((1 + round % 2))" "$light" >/dev/null ;;
	esac
}

# while_changed KIND: looked at after each change; a turn is due after a second, and is then some
# ticks and one such look late
while_changed()
{
	local round=0 had seen guarded start time longest=0

	had=$(turns)
	guarded=$(counter checks_guard)
	start=$(now)
	seen=$start
	time=$start
	while [ $((time - start)) -lt $((seconds * 100)) ]; do
		change "$1" || return 1
		round=$((round + 1))
		sleep 0.05
		time=$(now)
		if [ "$(turns)" != "$had" ]; then
			had=$(turns)
			seen=$time
		elif [ $((time - seen)) -gt "$longest" ]; then
			longest=$((time - seen))
		fi
	done
	guarded=$(($(counter checks_guard) - guarded))
	echo "# $1: $round times, $guarded picks by the guard, longest without a turn $longest cs"
	[ "$round" -ge $((seconds * 4)) ] && [ "$longest" -le 130 ]
}

echo TAP version 13
modprobe eevdf_audit
attach --audit require --stats 1 --json --guard-ms 1000 || exit 1
renice -n -20 $$ >/dev/null
for _ in 1 2 3 4 5 6; do
	nice -n -20 spin &
	loops="$loops $!"
done
chrt -i 0 spin &
light=$!
mkdir /sys/fs/cgroup/0 /sys/fs/cgroup/1
for kind in nothing nice cgroup cpu; do
	check "$kind: the light task runs each second" while_changed "$kind"
done
# shellcheck disable=SC2086
kill $loops "$light"
check "$(counter checks_guard) picks of the guard were looked at" \
	[ "$(counter checks_guard)" -ge $((seconds * 2)) ]
check 'no violation, and what must stay zero did' books_clean
detach
check 'detached' [ "$ledger_status" = 0 ]
check 'the kernel log is clean' log_clean
the_end
