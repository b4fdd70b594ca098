# SPDX-License-Identifier: GPL-2.0
# In the guest: messaging under scx_ledger --audit $1; fails unless it was scheduled by it.
# shellcheck shell=dash source=../vm/guest/lib.sh
. /selftests/lib.sh

attach --audit "$1" --stats 1 || exit 1
cat "$tmp/err"
perf bench sched messaging -g 2 -l 50 || exit 1
attached || { say 'the scheduler went away'; cat "$tmp/err" >&2; exit 1; }
wait_for 20 grep -q '^stats' "$tmp/out" || { say 'no stats line came'; exit 1; }
grep '^stats' "$tmp/out" | grep -v 'zero:ok' && { say 'a counter that must stay zero did not'; exit 1; }
if [ "$1" = require ]; then
	[ "$(counter checks)" -gt 0 ] || { say 'the module checked nothing'; exit 1; }
	[ "$(counter violations)" -eq 0 ] || { say 'violations'; cat "$audit/violations" >&2; exit 1; }
fi
detach || { say 'it did not detach'; exit 1; }
[ "$ledger_status" -eq 0 ] || { say "it exited with $ledger_status"; exit 1; }
