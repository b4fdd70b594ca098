#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# No injected mistake, nor a place for one, in what is released: sources, object, program. The same
# search finds them in the program of selftests/mutants, so it can fail.
set -uo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." || exit 1

build=${BUILD:-build}
n=0
check()
{
	local name=$1

	shift
	n=$((n + 1))
	if "$@"; then
		echo "ok $n - $name"
	else
		echo "not ok $n - $name"
	fi
}

# What names the mechanism, and a mutant
trace='inject|INJECT|pick-eligibility-ignored'

traces()
{
	grep -rlE -- "$trace" "$@" | sed 's/^/# /' | grep .
}
none()
{
	! traces "$@"
}
found()
{
	traces "$@" >/dev/null
}

echo TAP version 13
check 'no source of the scheduler, the module or the loader names it' none include bpf kmod userspace
if [[ -e $build/bin/ledger-mutants ]]; then
	check 'nor does the object' none "$build/ledger.bpf.o"
	check 'nor does the program' none "$build/bin/scx_ledger"
	check 'the object with mutants does' found "$build/mutants/ledger.bpf.o"
	check 'the program with mutants does' found "$build/bin/ledger-mutants"
else
	n=$((n + 1))
	echo "ok $n # SKIP nothing is built in $build"
fi
check 'make install does not install it' none Makefile
echo "1..$n"
