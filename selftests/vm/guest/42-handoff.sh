#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash source=lib.sh
# Two virtual CPUs of a real KVM guest on one CPU hand a flag to each other and yield while they wait,
# beside 0, 1 and 4 busy loops, in exact guest time (icount). Prints TAP.
# usage: 42-handoff.sh [ROUNDS]: hand-offs a run; 140000 are 2 s of guest time beside one loop, 72000
# beside four
#
# Measured without the books, which triple what a hand-off costs; then a run of a tenth with them.
#
# The pair is entitled to 2/(2+h) of the CPU, so what takes T of CPU time is due after T * (2+h)/2.
. /selftests/lib.sh
# shellcheck source=measure.sh
. /selftests/measure.sh

rounds=${1:-140000}
log_clean >/dev/null

echo TAP version 13
modprobe kvm-amd 2>/dev/null || modprobe kvm-intel 2>/dev/null || true
if [ ! -e /dev/kvm ]; then
	echo '1..0 # SKIP no KVM in this guest'
	exit 0
fi
modprobe eevdf_audit

# handoff NAME OPTION...: its lines in $tmp/NAME
handoff()
{
	local name=$1

	shift
	vcpu_handoff --mode hand-off "$@" >"$tmp/$name" || status=$?
}

# val FILE NAME
val()
{
	awk -v name="$2" '$1 == name { print $2 }' "$tmp/$1"
}

# behind NAME ALONE: how many times what is due after it the hand-offs took
behind()
{
	awk -v t="$(val "$1" time_ns)" -v n="$(val "$1" rounds)" -v h="$(val "$1" hogs)" \
	    -v alone="$(val "$2" vcpu_ns)" -v m="$(val "$2" rounds)" \
	    'BEGIN { printf "%.3f\n", t / (alone / m * n * (2 + h) / 2) }'
}

# about NAME ALONE
about()
{
	awk -v name="$1" -v behind="$(behind "$1" "$2")" '{ v[$1] = $2 } END {
		printf "# %s: %d rounds beside %d loops: %.3f ms, %s times what is due;", name,
		       v["rounds"], v["hogs"], v["time_ns"] / 1e6, behind
		printf " pair %.3f ms, loops %.3f ms; of %d waits", v["vcpu_ns"] / 1e6,
		       v["hog_ns"] / 1e6, v["waits"]
		printf " the other ran next after %d, a loop after %d\n", v["after_other"],
		       v["after_hog"] }' "$tmp/$1"
}

in_time()
{
	awk -v x="$(behind "$1" ours0)" 'BEGIN { exit !(x <= 1.10) }'
}

# The pair has at most its share and one request; each loop its own within 1 % or one request.
fairly()
{
	awk -v slice=700000 '{ v[$1] = $2 } END {
		n = 2 + v["hogs"]
		due = v["time_ns"] / n
		if (v["vcpu_ns"] > 2 * due + slice)
			bad = 1
		room = due / 100 > slice ? due / 100 : slice
		for (i = 0; i < v["hogs"]; i++) {
			off = v["hog_ns_" i] - due
			printf "# loop %d: %.3f ms, due %.3f\n", i, v["hog_ns_" i] / 1e6, due / 1e6
			if (off > room || off < -room)
				bad = 1
		}
		exit bad
	}' "$tmp/$1"
}

# The other virtual CPU ran next after at least 95 % of all waits.
directed()
{
	awk '{ v[$1] = $2 } END { exit !(v["waits"] && v["after_other"] >= 0.95 * v["waits"]) }' \
		"$tmp/$1"
}

for h in 0 1 4; do
	handoff fair$h --hogs $h --count 400
done
attach --audit off --stats 1 --json || exit 1
for h in 0 1 4; do
	handoff ours$h --hogs $h --count "$rounds"
done
detach
attach --audit require --stats 1 --json || exit 1
for h in 0 4; do
	handoff audited$h --hogs $h --count $((rounds / 10))
done
check 'all runs ended well' [ "$status" = 0 ]

for h in 0 1 4; do
	about fair$h fair0
	about ours$h ours0
done
about audited4 audited0
for h in 0 1 4; do
	check "beside $h loops: within 1.10 of what is due" in_time ours$h
	check "beside $h loops: the pair and each loop have their share" fairly ours$h
	check "beside $h loops: the other one runs next, 95 % of the waits" directed ours$h
done
check 'no violation, and what must stay zero did' books_clean
enough()
{
	[ "$(counter checks_transfer_sum)" -ge $((rounds / 5)) ] &&
		[ "$(counter checks_credit)" -ge $((rounds / 5)) ]
}
check 'each transfer was checked' enough
detach
check 'detached' [ "$ledger_status" = 0 ]
# The last line: with all tasks gone nothing is outstanding.
ledger_even()
{
	tail -n 1 "$tmp/out" | sed 's/[,{]/\n/g' | awk -F : '{ gsub(/"/, "", $1); v[$1] = $2 } END {
		printf "# granted %s consumed %s returned %s expired %s\n",
		       v["granted"], v["consumed"], v["returned"], v["expired"] }' >"$tmp/ledger"
	cat "$tmp/ledger"
	# 64-bit sums: the shell has them exactly, awk has not.
	read -r _ _ granted _ consumed _ returned _ expired <"$tmp/ledger"
	[ "$granted" -gt 0 ] && [ $((granted - consumed - returned - expired)) = 0 ]
}
check 'granted = consumed + returned + expired' ledger_even
check 'the kernel log is clean' log_clean
the_end
