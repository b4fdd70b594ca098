#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash source=lib.sh
# CPUs that are set apart: by nohz_full= (of the kernel's command line) and by cpuset partitions, made
# before the scheduler is there and while it runs. Who may not run on a CPU never does, whatever idles
# there, and who is bound to it gets all of it. Wants three CPUs, the last one nohz_full. Prints TAP.
. /selftests/lib.sh

top=/sys/fs/cgroup
log_clean >/dev/null

# part NAME CPUS KIND: a partition
part()
{
	mkdir -p "$top/$1"
	echo "$2" >"$top/$1/cpuset.cpus"
	echo "$3" >"$top/$1/cpuset.cpus.partition"
	grep -qx "$3" "$top/$1/cpuset.cpus.partition"
}

# loops NAME N: so many, in a group; empty: outside of the partitions
loops()
{
	local left=$2

	while [ "$left" -gt 0 ]; do
		(
			[ -z "$1" ] || echo 0 >"$top/$1/cgroup.procs"
			exec spin
		) &
		echo $! >>"$tmp/loops.${1:-outside}"
		left=$((left - 1))
	done
}

# where NAME: the CPUs that its loops were seen on in half a second
where()
{
	local i=0 files

	files=$(sed 's|.*|/proc/&/stat|' "$tmp/loops.$1")
	while [ "$i" -lt 10 ]; do
		# shellcheck disable=SC2086
		awk '{ print $39 }' $files
		sleep 0.05
		i=$((i + 1))
	done | sort -u | tr '\n' ' '
}

# seen NAME CPUS
seen()
{
	found=$(where "$1")
	echo "# $1: on CPUs $found"
	[ "$found" = "$2 " ]
}

# ran NAME: ns that its loops have run
ran()
{
	while read -r pid; do
		cut -d ' ' -f 1 "/proc/$pid/schedstat"
	done <"$tmp/loops.$1" | awk '{ sum += $1 } END { print sum }'
}

# all_of NAME: one CPU's time, but for a twentieth
all_of()
{
	local before

	before=$(ran "$1")
	sleep 1
	took=$((($(ran "$1") - before) / 1000000))
	echo "# $1: $took ms in a second"
	[ "$took" -ge 950 ]
}

ended()
{
	# shellcheck disable=SC2046
	kill -KILL $(cat "$tmp"/loops.*)
	rm -f "$tmp"/loops.*
}

echo TAP version 13
echo +cpuset >$top/cgroup.subtree_control
modprobe eevdf_audit
check 'a partition is made, isolated' part apart 2 isolated
attach --audit require --stats 1 --json || exit 1
check 'it says that the tick goes on where nohz_full= stops it' grep -q 'CPUs 2.*nohz_full' "$tmp/err"
loops '' 6
sleep 1
check 'nobody from outside runs on the CPU of the partition, though it idles' seen outside '0 1'
loops apart 2
check 'who is in the partition runs there' seen apart 2
check 'and has all of it' all_of apart
check 'the others stay outside' seen outside '0 1'

check 'the partition is dissolved' part apart 2 member
sleep 1
check 'its CPU is for everybody again' seen outside '0 1 2'
check 'another is made under load' part other 1 root
loops other 1
sleep 1
check 'who was there has left' seen outside '0 2'
check 'who is in it has all of it' all_of other
ended
check 'no violation, and what must stay zero did' books_clean
detach
check 'detached' [ "$ledger_status" = 0 ]
check 'the kernel log is clean' log_clean
the_end
