#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash source=lib.sh
# A virtual CPU interrupts two others in turn and waits for the answer, but names the wrong one when
# it yields, as KVM does: with and without --no-kvm-wait, all on one CPU. Prints TAP.
# usage: 44-kvm-wait.sh [ROUNDS]
. /selftests/lib.sh

rounds=${1:-500}
log_clean >/dev/null

echo TAP version 13
# Without kvm: it says so, and schedules.
attach --audit off || exit 1
check 'without kvm: loaded, and said to be off' \
	grep -q 'without kvm-wait: .* kvm was not loaded' "$tmp/err"
check 'and not among what was found' grep -q '^scx_ledger: without kvm-wait:' "$tmp/err"
detach
check 'detached' [ "$ledger_status" = 0 ]

modprobe kvm-amd 2>/dev/null || modprobe kvm-intel 2>/dev/null || true
if [ ! -e /dev/kvm ]; then
	echo "ok $((count + 1)) - with kvm # SKIP no KVM in this guest"
	count=$((count + 1))
	the_end
fi
modprobe eevdf_audit

# total NAME: of the scheduler's last line
total()
{
	tail -n 1 "$tmp/out" | tr '{' , | tr , '\n' | awk -F : -v name="\"$1\"" '$1 == name { print $2 }'
}

# val FILE NAME
val()
{
	awk -v name="$2" '$1 == name { print $2 }' "$tmp/$1"
}

# run NAME OPTION...: the interrupts, as $ipi says, under the scheduler with these options
run()
{
	local name=$1

	shift
	attach --audit require --stats 60 --json "$@" || exit 1
	cp "$tmp/err" "$tmp/start"
	vcpu_handoff --mode ipi "$ipi" --vcpus 3 --count "$rounds" >"$tmp/$name" || status=$?
	check "$name: no violation, and what must stay zero did" books_clean
	detach
	check "$name: detached" [ "$ledger_status" = 0 ]
	for stat in yield_tos grants redirects wait_expired kvm_waits confirmed refused_empty \
		refused_away; do
		echo "$stat $(total $stat)" >>"$tmp/$name"
	done
	tr '\n' ' ' <"$tmp/$name" | sed 's/^/# /'
	echo
}

# at_least NAME WHAT OF: WHAT is 99 % of OF or more
at_least()
{
	[ "$(val "$1" "$3")" -gt 0 ] && [ $((100 * $(val "$1" "$2"))) -ge $((99 * $(val "$1" "$3"))) ]
}

ipi=--wrong
run on
check 'on: found' grep -q '^scx_ledger: found:.* kvm-wait' "$tmp/start"
run off --no-kvm-wait
check 'off: not found' grep -q '^scx_ledger: without kvm-wait:' "$tmp/start"
ipi=--all
run several

check 'all runs ended well' [ "$status" = 0 ]
check 'on: each interrupt was noted' at_least on kvm_waits rounds
# These two count the warm-up as well.
check 'on: 99 % of the yields that KVM makes go to the receiver' \
	at_least on redirects directed_yield_attempted
check 'on: which is credited' at_least on grants redirects
check 'on: and the receiver runs next' at_least on answered_next rounds
check 'on: and answers' at_least on confirmed rounds
nobody_watched()
{
	[ "$(val "$1" kvm_waits) $(val "$1" redirects) $(val "$1" confirmed)" = '0 0 0' ]
}
check 'off: nothing is noted' nobody_watched off
check 'several receivers: nothing either' nobody_watched several
named_one_runs()
{
	[ $((100 * $(val off answered_next))) -le $((5 * $(val off rounds))) ]
}
check 'off: the one that is named runs next, not the receiver' named_one_runs

check 'kvm can be unloaded' quiet modprobe -r kvm-amd kvm
check 'the kernel log is clean' log_clean
echo "ok $((count + 1)) - PAUSE exits # SKIP needs hardware"
count=$((count + 1))
the_end
