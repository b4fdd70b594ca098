#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash source=lib.sh
# The scheduler with one injected mistake after the other, beside a load in which everything happens:
# each must be noticed within a second, as the table of selftests/mutants says. Before and after them
# the scheduler as it should be: nobody may notice anything. Prints TAP.
# usage: 28-mutants.sh NAME...: mutants, or none for all
. /selftests/lib.sh

echo TAP version 13
modprobe eevdf_audit
stir 3000 &
stir=$!

# with KIND OPTION...: the mutants of a kind, or those of $names that are of it; the numbers go on
offset=0
names="$*"
with()
{
	local kind=$1 chosen name

	shift
	if [ -z "$names" ]; then
		set -- --needs "$kind" -- "$@"
	else
		chosen=
		for name in $names; do
			! ledger-mutants --list | grep -q "^$name	$kind	" || chosen=$chosen,$name
		done
		[ -n "$chosen" ] || return 0
		set -- --inject "${chosen#,}" -- "$@"
	fi
	ledger-mutants "$@" >"$tmp/mutants" 2>"$tmp/err"
	status=$?
	awk -v offset="$offset" '/^(not )?ok / { n = $1 == "not" ? 3 : 2; $n += offset } !/^1\.\./' \
		"$tmp/mutants"
	count=$(grep -cE '^(not )?ok ' "$tmp/mutants")
	offset=$((offset + count))
	[ "$status" = 0 ] || failed=1
	[ "$status" -lt 2 ] || cat "$tmp/err" >&2
}
with nothing --audit require
with margin --audit require --yield margin
with watchdog --audit require --watchdog-ms 500
# Its tasks' weights change with each of them that comes or goes
group=/sys/fs/cgroup/mutants
echo +cpu >/sys/fs/cgroup/cgroup.subtree_control
mkdir $group
for pid in $(pidof stir); do
	echo "$pid" 2>/dev/null >$group/cgroup.procs
done
with group --audit require
# It wants more
echo '100000 100000' >$group/cpu.max
with limit --audit require --watchdog-ms 500

count=$offset
kill $stir
wait $stir 2>/dev/null
check 'the load went on' [ $? = 143 ]
oopsed()
{
	dmesg | grep -E 'BUG:|WARNING:|Oops' | sed 's/^/# kernel: /' | grep .
}
not()
{
	! "$@"
}
check 'the kernel has no complaint' not oopsed
the_end
