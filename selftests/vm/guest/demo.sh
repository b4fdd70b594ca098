#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# make demo, in the guest: the same work under the fair class and under scx_ledger, with the module's
# second set of books in full mode. Fails unless all of it was seen to happen.
# shellcheck shell=dash source=lib.sh
. /selftests/lib.sh

# CHECKS: what the module must have checked at least, of each kind below
least=100000
kinds='sum_w_vruntime sum_weight pick_empty pick_earliest'

fail()
{
	say "demo: $*"
	exit 1
}

switches()
{
	awk '$1 == "ctxt" { print $2 }' /proc/stat
}

# bench NAME: sets NAME_time and NAME_switches
fair_time='' ledger_time='' fair_switches=0 ledger_switches=0
# shellcheck disable=SC2034 # eval reads it
bench()
{
	local before

	before=$(switches)
	eval "$1_time=\$(perf bench -f simple sched messaging -g 5 -l 100)" || fail "perf bench failed"
	eval "$1_switches=\$((\$(switches) - before))"
}

echo "== Linux $(uname -r), $(nproc) CPUs; the module that audits"
modprobe eevdf_audit || fail 'the module does not load'
dmesg | grep 'eevdf_audit: version' || fail 'the module does not say that it is there'

echo
echo '== perf bench sched messaging -g 5 -l 100 under the fair class'
bench fair
echo "$fair_time s"

echo
echo '== the same under scx_ledger --audit require --stats 1'
attach --audit require --stats 1 || exit 1
cat "$tmp/err"
bench ledger
# One more period, so that the stream holds all of it.
sleep 1.2
grep '^stats' "$tmp/out" || fail 'no stats line came'
echo "$ledger_time s"

echo
echo "== $audit/counters, where they are not zero"
awk '$2 != 0' $audit/counters
for kind in $kinds; do
	[ "$(counter "checks_$kind")" -gt 0 ] || fail "the module never checked $kind"
done
checks=$(counter checks)
violations=$(counter violations)

detach || fail 'the scheduler did not detach'
echo
tail -n 1 "$tmp/err"
[ $ledger_status = 0 ] || fail "scx_ledger ended with status $ledger_status"
total=$(tail -n 1 "$tmp/out")
value()
{
	echo "$total" | tr ' ' '\n' | sed -n "s/^$1=//p"
}
wait_for 10 rmmod eevdf_audit 2>"$tmp/rmmod" || fail "the module does not unload: $(cat "$tmp/rmmod")"

echo
printf '%-22s %12s %12s\n' '' fair scx_ledger
printf '%-22s %12s %12s\n' 'messaging, s' "$fair_time" "$ledger_time"
printf '%-22s %12s %12s\n' 'context switches' "$fair_switches" "$ledger_switches"
printf '%-22s %12s %12s\n' 'picks' - "$(value picks)"
printf '%-22s %12s %12s\n' 'wakeups' - "$(value wakeups)"
printf '%-22s %12s %12s\n' 'checks (full mode)' - "$checks"
printf '%-22s %12s %12s\n' 'violations' - "$violations"

[ "$violations" = 0 ] || fail "$violations violations"
[ "$checks" -ge $least ] || fail "only $checks checks, $least are wanted"
case $total in
*zero:ok*) ;;
*) fail "a counter that must stay zero did not: $total" ;;
esac
