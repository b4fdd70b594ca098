#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The scheduler at work, audited in full mode: attached and detached under load, benchmarks,
# stressors, a killed loader, a module that comes and goes. Prints TAP.
# usage: 30-sched.sh [ROUNDS [SECONDS]]: of attaching under load, and of the stressors
# shellcheck shell=dash source=lib.sh
. /selftests/lib.sh

rounds=${1:-8}
seconds=${2:-60}
log_clean >/dev/null

echo TAP version 13
modprobe eevdf_audit
check 'the module loads' [ "$(cat $audit/mode)" = full ]

# --- attached and detached under load -----------------------------------------------------------

load()
{
	nice -n 10 stress-ng --cpu 2 --switch 2 --fork 1 -q --timeout 900 &
	load=$!
}

unload()
{
	kill "$load"
	wait "$load"
}

all_rounds()
{
	for _ in $(seq "$rounds"); do
		attach --audit require --stats 1 --json || return 1
		sleep 0.3
		detach && [ "$ledger_status" = 0 ] && books_clean || return 1
	done
}
load
check "$rounds times attached and detached under load" all_rounds
check 'the module counted each' [ "$(counter attaches)" = "$rounds" ]
unload
check 'the kernel log is clean' log_clean

# --- benchmarks and stressors -------------------------------------------------------------------

attach --audit require --stats 5 --json || exit 1
check 'perf bench sched messaging, processes' quiet perf bench sched messaging -g 4 -l 100
check 'perf bench sched messaging, threads' quiet perf bench sched messaging -t -g 4 -l 100
check 'perf bench sched pipe' quiet perf bench sched pipe -l 3000

# Guest time; nothing may starve, so each stressor must get on.
stressors()
{
	stress-ng --yield 4 --fork 2 --cpu 2 --affinity 2 --timeout "$seconds" --metrics-brief \
		>"$tmp/stress" 2>&1 &&
		awk '/metrc/ && $4 ~ /^(yield|fork|cpu|affinity)$/ { n++; if ($5 == 0) bad = 1 }
		     END { exit bad || n != 4 }' "$tmp/stress"
}
check "$seconds s of yield, fork, cpu and affinity: all get on" stressors
check 'no violation, and what must stay zero did' books_clean
check 'at least 100000 checks' [ "$(counter checks)" -ge 100000 ]
unchecked()
{
	[ "$(($(counter not_checked) + $(counter truncated) + $(counter resyncs)))" -le \
	  "$(($(counter checks) / 100))" ]
}
check 'less than 1 % was not checked' unchecked
detach
check 'detached by SIGTERM' [ "$ledger_status" = 0 ]
check 'the kernel log is clean' log_clean

# --- a killed loader ----------------------------------------------------------------------------

load
attach --audit require --stats 1 --json
kill -KILL "$ledger"
wait "$ledger" 2>/dev/null
check 'kill -9 of the loader: the fair class takes over' wait_for 20 detached
attach --audit require --stats 1 --json
check 'and the next start works' attached
check 'which the module audits' [ "$(counter attached)" = 1 ]

# --- the module while a scheduler uses it -------------------------------------------------------

busy()
{
	! rmmod eevdf_audit 2>"$tmp/rmmod" && grep -q 'in use' "$tmp/rmmod"
}
check 'the module does not unload while it is used' busy
detach
unload
check 'no violation in any of this' books_clean
gone()
{
	rmmod eevdf_audit 2>/dev/null
}
check 'but afterwards' wait_for 20 gone
check 'and leaves nothing in debugfs' [ ! -e $audit ]

cycles()
{
	for _ in 1 2 3 4 5; do
		modprobe eevdf_audit && rmmod eevdf_audit || return 1
	done
}
check 'loads and unloads five times' cycles

attach --audit off --stats 1 --json
check 'the scheduler runs without the module' attached
check 'and says so' grep -q 'without module' "$tmp/err"
check 'with work to do' quiet perf bench sched messaging -g 2 -l 50
modprobe eevdf_audit
check 'a module that comes later is not called' [ "$(counter events)" = 0 ]
detach
check 'detached' [ "$ledger_status" = 0 ]
check 'the kernel log is clean' log_clean
the_end
