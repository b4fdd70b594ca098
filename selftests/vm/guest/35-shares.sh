#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash source=lib.sh
# CPU time by weight: loops of nice -5, 0, 0, 5 and 19 on one CPU for ten seconds of exact guest time
# (icount). Prints TAP. The clock of the check is the kernel's, not ours: /proc/PID/schedstat.
. /selftests/lib.sh

# sched_prio_to_weight of those nice levels
nices='-5 0 0 5 19'
weights='3121 1024 1024 335 15'

# measure: "ns ns ns ns ns", what each loop ran in ten seconds after one to settle
measure()
{
	local pids='' files='' before after n

	for n in $nices; do
		nice -n "$n" spin &
		pids="$pids $!"
		files="$files /proc/$!/schedstat"
	done
	sleep 1
	# All of them by one process, within microseconds.
	# shellcheck disable=SC2086
	before=$(cut -d ' ' -f 1 $files)
	sleep 10
	# shellcheck disable=SC2086
	after=$(cut -d ' ' -f 1 $files)
	# shellcheck disable=SC2086
	kill -KILL $pids
	# shellcheck disable=SC2086
	echo $before $after |
		awk '{ for (i = 1; i <= NF / 2; i++) printf "%.0f ", $(i + NF / 2) - $i }'
}

# shares FIGURES: each within a tick and a half of a percent of what its weight is due
shares()
{
	echo "$1 $weights" | awk '{
		n = NF / 2
		for (i = 1; i <= n; i++) { sum += $i; weight += $(i + n) }
		for (i = 1; i <= n; i++) {
			due = sum * $(i + n) / weight
			off = $i - due
			printf "# ran %8.3f ms, due %8.3f ms\n", $i / 1e6, due / 1e6
			if (off < 0)
				off = -off
			if (off > 4e6 + due * 0.005)
				bad = 1
		}
		exit bad
	}'
}

echo TAP version 13
fair=$(measure)
modprobe eevdf_audit
attach --audit require --stats 5 --json || exit 1
ours=$(measure)
check 'each loop runs what its weight is due' shares "$ours"
echo '# the fair class in the same boot:'
shares "$fair" || echo '# outside of these bounds'
check 'no violation, and what must stay zero did' books_clean
detach
check 'detached' [ "$ledger_status" = 0 ]
the_end
