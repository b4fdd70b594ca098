#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Guest instructions of a one-way switch of perf bench sched pipe: under icount a guest nanosecond is a
# guest instruction. Every arm in the same boot, the fair class first and last.
# usage: bench-pipe.sh LOOPS [MODULE]: with the module's arms if MODULE is not 0
# shellcheck shell=dash source=lib.sh
. /selftests/lib.sh

loops=${1:-20000}

# arm NAME: two runs, ns a one-way switch
arm()
{
	local a b

	a=$(perf bench sched pipe -l "$loops" | awk '/usecs\/op/ { print $1 * 500 }')
	b=$(perf bench sched pipe -l "$loops" | awk '/usecs\/op/ { print $1 * 500 }')
	echo "$1 $a $b"
}

arm fair
attach --audit off || exit 1
arm ledger
detach
if [ "${2:-0}" != 0 ]; then
	modprobe eevdf_audit
	attach --audit require || exit 1
	for mode in off "identities 100" "sample 100" full; do
		echo "$mode" >$audit/mode
		arm "ledger+$(echo "$mode" | tr ' ' '-')"
	done
	[ "$(counter violations)" = 0 ] || echo "violations $(counter violations)"
	detach
fi
arm fair
