#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# usage: 47-cgroups.sh [SECONDS [WINDOWS]]
# shellcheck shell=dash source=lib.sh
# What groups of loops get of two CPUs beside what their weights say they are due (group-time), and that
# groups may be made, moved, weighed anew and removed under load. Prints TAP.
. /selftests/lib.sh
# shellcheck source=measure.sh
. /selftests/measure.sh
# shellcheck source=groups.sh
. /selftests/groups.sh

seconds=${1:-3}
windows=${2:-1}
settle=1
log_clean >/dev/null

two_loops()
{
	computes a 4
	computes b 4
}
nested()
{
	computes a/x 3
	computes a/y 3
	computes b 3
}

echo TAP version 13
echo +cpu >$top/cgroup.subtree_control
modprobe eevdf_audit
attach --audit require --no-cgroups || exit 1
make a 200 b 100
measure without a b -- two_loops
check 'without groups 200:100 is missed' [ "$(off_by without | cut -d . -f 1)" -ge 10 ]
end a b
detach

attach --audit require --stats 1 --json || exit 1
make a 200 b 100
measure loops a b -- two_loops
check 'loops, 200:100: within a point' at_most "$(off_by loops)" 1
echo 1 >$top/a/cpu.idle
measure idle a b -- true
check 'one of them idle: within a point' at_most "$(off_by idle)" 1
echo 0 >$top/a/cpu.idle
echo 50 >$top/a/cpu.weight
measure lighter a b -- true
check 'under load it weighs 50: within a point' at_most "$(off_by lighter)" 1
end a b

make a 200 b 100
echo +cpu >$top/a/cgroup.subtree_control
make a/x 300 a/y 100
measure nested a/x a/y b -- nested
check 'loops, 300:100 of 200:100: within a point' at_most "$(off_by nested)" 1
move()
{
	local pid

	while read -r pid; do
		echo "$pid" >"$top/a/y/cgroup.procs" || return 1
	done <"$top/b/cgroup.procs"
}
check 'the tasks of one group move to another' move
end b
check 'which is removed, and the others run on' [ ! -d $top/b ]
end a/x a/y
end a

deep()
{
	local path=d i=1

	while :; do
		make "$path" $((100 * i))
		[ "$i" -lt 8 ] || break
		echo +cpu >"$top/$path/cgroup.subtree_control"
		path=$path/d
		i=$((i + 1))
	done
	computes "$path" 3
	make e 100
	computes e 3
	sleep 1
	end "$path" e
	while [ "$path" != d ]; do
		path=${path%/*}
		end "$path"
	done
}
check 'groups eight deep' deep

check 'no violation, and what must stay zero did' books_clean
detach
check 'detached' [ "$ledger_status" = 0 ]
check 'the kernel log is clean' log_clean
the_end
