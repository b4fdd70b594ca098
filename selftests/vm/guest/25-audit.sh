#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# eevdf-audit: show and ledger without the module, without a scheduler, with both, and while the module
# is taken away. Prints TAP.
# shellcheck shell=dash source=lib.sh
. /selftests/lib.sh

log_clean >/dev/null
echo TAP version 13

# run COMMAND...: to its end; output and status are kept
run()
{
	status=0
	"$@" >"$tmp/out" 2>"$tmp/err" || status=$?
}

# refused STATUS PATTERN: that status, one sentence on stderr that matches
refused()
{
	[ "$status" = "$1" ] && [ "$(wc -l <"$tmp/err")" = 1 ] &&
		grep -qE -- "^eevdf-audit: .*$2" "$tmp/err"
}

# json FILTER: over all lines of the last output
json()
{
	jq -es "$1" "$tmp/out" >/dev/null
}

run eevdf-audit show
check 'show without the module: status 1, a sentence' refused 1 'is not loaded.*modprobe'
check 'and nothing else' [ ! -s "$tmp/out" ]
run eevdf-audit ledger --duration 1
check 'ledger without the module: the same' refused 1 'is not loaded.*modprobe'

modprobe eevdf_audit
run eevdf-audit ledger --duration 1
check 'ledger without a scheduler: nothing was checked, so it is not clean' \
	refused 1 'nothing was checked'
run eevdf-audit show
check 'show with nothing to show: status 0' [ "$status" = 0 ]
check 'says so' grep -q '^no violation is recorded$' "$tmp/out"
umount /sys/kernel/debug
run eevdf-audit show
check 'without debugfs: what to do' refused 1 'mount -t debugfs'
mount -t debugfs none /sys/kernel/debug

attach --audit require
stress-ng --cpu 2 --switch 2 -q --timeout 120 &
load=$!
run eevdf-audit ledger --duration 3
check 'ledger --duration 3: status 0' [ "$status" = 0 ]
check 'three tables or so, on something that is no terminal' \
	eval '[ "$(grep -c "^eevdf_audit: t=" "$tmp/out")" -ge 2 ] && ! grep -q "$(printf "\033")" "$tmp/out"'
sed -n '/^eevdf_audit: t=/,/^$/p' "$tmp/out" | tail -n 40 | sed 's/^/# /'
checks()
{
	awk '$1 == "checks" { if ($2 <= last) bad = 1; last = $2; n++ } END { exit bad || !n || !last }' \
		"$tmp/out"
}
check 'with checks that grow' checks
check 'and no violation' eval '! awk "\$1 == \"violations\" && \$2 != 0" "$tmp/out" | grep .'
run eevdf-audit ledger --duration 3 --interval 1 --json --until-violation
check 'ledger --json --until-violation: status 0 without one' [ "$status" = 0 ]
check 'an object a line' json 'length >= 2 and all(type == "object")'
check 'with the counts beside the checks' json 'all(.checks > 0 and .violations == 0 and
	has("not_checked") and has("truncated") and has("resyncs") and .attached and .mode == "full")'
check 'the invariants, and the longest queue' \
	json '.[-1] | .longest_queue >= 1 and .invariants.sum_weight.checks > 0'
run eevdf-audit show
check 'show: status 0, the timelines' \
	eval '[ "$status" = 0 ] && grep -qE "^  cpu 1 live entities" "$tmp/out"'

interrupted()
{
	eevdf-audit ledger >"$tmp/out" 2>"$tmp/err" &
	watch=$!
	sleep 2
	kill -TERM "$watch"
	status=0
	wait "$watch" || status=$?
	[ "$status" = 0 ] && grep -q '^eevdf_audit: t=' "$tmp/out"
}
check 'SIGTERM ends it as --duration does' interrupted

# The parameters: each says what it is; freeze and log_level
described()
{
	modinfo -F parm eevdf_audit >"$tmp/out"
	for param in /sys/module/eevdf_audit/parameters/*; do
		grep -qE "^${param##*/}:.{30}" "$tmp/out" || return 1
	done
	[ "$(wc -l <"$tmp/out")" -ge 5 ]
}
check 'every parameter is described by modinfo' described
selftest()
{
	cp "$audit/selftest" "$tmp/out"
	! grep '^not ok' "$tmp/out" && [ "$(grep -c '^ok ' "$tmp/out")" -ge 20 ] &&
		[ "$(tail -n 1 "$tmp/out")" = "1..$(grep -c '^ok ' "$tmp/out")" ]
}
check 'the self-tests pass, in TAP' selftest

# Nobody but root; su is not in the guest, setpriv is
other_user()
{
	setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
}
run other_user eevdf-audit show
check 'not root: what to do' refused 1 'for root only'

kill "$load"
wait "$load" 2>/dev/null
detach

# mistaken FREEZE LEVEL: runs the scheduler with a lost sum; what the kernel log has of it to $tmp/lines
mistaken()
{
	echo full >$audit/mode
	echo "$1" >/sys/module/eevdf_audit/parameters/freeze
	echo "$2" >/sys/module/eevdf_audit/parameters/log_level
	dmesg -c >/dev/null
	ledger-mutants --inject sum-sub-lost -- --audit require >"$tmp/out" 2>"$tmp/err"
	sleep 1
	dmesg -r -c | grep 'eevdf_audit: violation' >"$tmp/lines"
	echo 0 >/sys/module/eevdf_audit/parameters/freeze
	echo 4 >/sys/module/eevdf_audit/parameters/log_level
}
stress-ng --cpu 2 --switch 2 -q --timeout 120 &
load=$!
mistaken N 8
check 'no violation is told in the kernel log with log_level 8' [ ! -s "$tmp/lines" ]
frozen()
{
	[ "$(counter freezes)" = 1 ] && [ "$(cat "$audit/mode")" = off ] && grep -q '^<2>' "$tmp/lines" &&
		[ "$(wc -l <"$tmp/lines")" = 1 ]
}
mistaken Y 2
sed 's/^/# /' "$tmp/lines"
check 'with freeze the first violation is the last, told with log_level 2' frozen
echo full >$audit/mode
kill "$load"
wait "$load" 2>/dev/null
log_seen=0
eevdf-audit ledger --duration 60 >"$tmp/out" 2>"$tmp/err" &
watch=$!
sleep 2
wait_for 20 quiet rmmod eevdf_audit
status=0
wait "$watch" || status=$?
check 'a module that goes away ends it: status 1, a sentence' refused 1 'is not loaded'
check 'the kernel log is clean' log_clean
the_end
