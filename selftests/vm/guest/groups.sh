# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash source=lib.sh disable=SC2154 # variables are of lib.sh and the test
# For tests of cgroups, after lib.sh and measure.sh: groups with tasks in them, and what they get beside
# what is due. Wants $seconds and $windows of group-time, and $settle.

top=/sys/fs/cgroup

# enter GROUP: what follows in this process is of that group
enter()
{
	echo 0 >"$top/$1/cgroup.procs"
}

# computes GROUP N: so many loops
computes()
{
	local left=$2

	while [ "$left" -gt 0 ]; do
		(enter "$1" && exec spin) &
		left=$((left - 1))
	done
}

# messages GROUP: 40 threads that sleep and wake, ever anew
messages()
{
	(enter "$1" && while :; do quiet perf bench sched messaging -t -g 1 -l 200; done) &
}

# make GROUP WEIGHT...
make()
{
	while [ $# -gt 0 ]; do
		mkdir -p "$top/$1"
		echo "$2" >"$top/$1/cpu.weight"
		shift 2
	done
}

# end GROUP...: all their tasks, and the groups
end()
{
	local group

	for group in "$@"; do
		echo 1 >"$top/$group/cgroup.kill"
	done
	for group in "$@"; do
		wait_for 10 quiet rmdir "$top/$group"
	done
}

# measure NAME GROUP... -- COMMAND...: COMMAND starts the tasks; lines of group-time in $tmp/NAME
measure()
{
	local name=$1 groups=

	shift
	while [ "$1" != -- ]; do
		groups="$groups $1"
		shift
	done
	shift
	# shellcheck disable=SC2086
	group-time --settle "$settle" --seconds "$seconds" --windows "$windows" $groups >"$tmp/$name" &
	watch=$!
	wait_for 20 grep -q watching "$tmp/$name"
	"$@"
	wait "$watch" || return 1
	sed -n "s/^window/# $name:/p" "$tmp/$name"
}

# off_by NAME: the farthest of all groups and windows, in points
off_by()
{
	awk '$1 == "window" { off = $NF < 0 ? -$NF : $NF; if (off > worst) worst = off; n++ }
	     END { if (n) print worst + 0 }' "$tmp/$1"
}

# mean_off NAME: how far group a is off its due over all windows together, in points
mean_off()
{
	awk '$1 == "window" && $4 == "a" { off += $NF; n++ }
	     END { if (n) print (off < 0 ? -off : off) / n }' "$tmp/$1"
}
