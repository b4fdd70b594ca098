#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The audit of the kernel's own fair class: nothing to find on a sound kernel, each check fails when
# it should, and what is found is in the kernel's log. Prints TAP.
# usage: 27-fair-audit.sh [CHECKS [SECONDS [CHECK...]]]: how many are enough, in what time at most; which
# checks shall be seen to fail: all without any
# shellcheck shell=dash source=lib.sh
. /selftests/lib.sh

enough=${1:-100000}
seconds=${2:-20}
[ $# -lt 2 ] || shift 2
[ $# != 0 ] || set -- sum_w_vruntime sum_weight eligible order min_vruntime min_slice max_slice foreign \
	pick unlocked zero_point charge deadline lag
dump=/proc/sys/kernel/ftrace_dump_on_oops
log_clean >/dev/null
echo TAP version 13

# run OPTION...: eevdf-audit fair; its status in $status. It loads for some seconds of its own time, which
# beside that load are a minute
run()
{
	status=0
	nice -n -20 eevdf-audit fair "$@" >"$tmp/out" 2>"$tmp/err" || status=$?
}

# json FILTER: of the last line that is no finding
json()
{
	grep '^{"final"' "$tmp/out" | tail -n 1 | jq -e "$1" >/dev/null
}

load_begin()
{
	nice -n 19 stress-ng -q --yield 4 --timeout 3600 &
	load=$!
	while [ ! -e "$tmp/load_end" ]; do
		quiet perf bench sched messaging -p -t -l 100 -g 2 || sleep 0.1
	done &
	messaging=$!
	# The reader that breaks the kernels whose debug file calls avg_vruntime() without the lock
	while [ ! -e "$tmp/load_end" ]; do
		cat /sys/kernel/debug/sched/debug >/dev/null
		sleep 0.2
	done &
	reader=$!
}

load_end()
{
	: >"$tmp/load_end"
	kill $load
	quiet killall perf stress-ng
	wait $load $messaging $reader 2>/dev/null
}

load_begin
before=$(cat $dump)
run --duration "$seconds" --interval 5 --json
grep '^{"final"' "$tmp/out" | tail -n 1 |
	jq -r '"# without the module: \(.checks) checks, \(.violations) violations"'
check 'without the module: nothing found, status 0' [ "$status" = 0 ]
check "$enough checks at least" json ".checks >= $enough and .violations == 0"
check 'all that this kernel has was checked' \
	json '[.invariants[] | select(.available) | .checks > 0] | all'
dump_restored()
{
	grep -q 'a crash of the kernel prints that' "$tmp/err" && [ "$(cat "$dump")" = "$before" ]
}
check 'the trace buffer was to be dumped, and is not any more' dump_restored
run --duration 3 --sample 100 --hooks pick --json
check 'sampled, one hook: fewer checks, what was left out is counted' \
	json '.checks > 0 and .sampled_out > .walks and .violations == 0 and
		.invariants.charge.available == false'

modprobe eevdf_audit
# mutant CHECK: a wrong expectation ends it with 3, told by the tool and in the kernel's log
mutant()
{
	dmesg -c >/dev/null
	run --record --until-violation --duration 20 --mutate "$1"
	[ "$status" = 3 ] && grep -q "^fair: $1: " "$tmp/out" &&
		dmesg | grep -q "eevdf_audit: fair: $1: "
}
for m; do
	check "it is seen to fail: $m" mutant "$m"
	[ "$m" != sum_w_vruntime ] || dmesg >"$tmp/sum"
done
tail -n 40 "$tmp/sum" | cut -c 1-160 | sed 's/^/# /'
queue_in_log()
{
	grep -qE 'cfs_rq\([0-9]+:[0-9a-f]+\): sum_w_vruntime\(-?[0-9]+\) sum_weight\([0-9]+\)' \
		"$tmp/sum" &&
		grep -qE 'T[ <][ =][ >] se\([0-9a-f]+\): vruntime\([0-9]+(, E)?\) deadline\(' \
			"$tmp/sum" &&
		grep -qE '__enqueue_entity: cfs_rq' "$tmp/sum"
}
check 'with the queue and the last events' queue_in_log
refused()
{
	run "$@"
	[ "$status" = 2 ]
}
check 'a sample of 0 is refused' refused --sample 0
load_end
# A kernel whose struct has another field: the type information that the tool reads says so
unknown_layout()
{
	LC_ALL=C sed "s/$1/$2/g" /sys/kernel/btf/vmlinux >"$tmp/btf" &&
		! cmp -s "$tmp/btf" /sys/kernel/btf/vmlinux || return 1
	mount --bind "$tmp/btf" /sys/kernel/btf/vmlinux || return 1
	run --duration 1
	umount /sys/kernel/btf/vmlinux
	rm "$tmp/btf"
	[ "$status" = 1 ] && [ "$(wc -l <"$tmp/err")" = 1 ] &&
		grep -q "this kernel's struct .* has no field $1: .*; watch a kernel from" "$tmp/err"
}
check 'a layout that it does not know is refused with a sentence' \
	unknown_layout sum_w_vruntime sum_x_vruntime
check 'another one' unknown_layout zero_vruntime xero_vruntime
not_root()
{
	status=0
	setpriv --reuid 65534 --regid 65534 --clear-groups eevdf-audit fair --duration 1 \
		>"$tmp/out" 2>"$tmp/err" || status=$?
	[ "$status" = 1 ] && grep -q root "$tmp/err"
}
check 'not root: a sentence' not_root
gone()
{
	wait_for 10 quiet rmmod eevdf_audit
}
check 'nothing holds the module any more' gone
the_end
