#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash source=lib.sh
# The files of the module under abuse: garbage, long writes, readers and writers at once, while a
# scheduler attaches and detaches, while the mode changes, and while the module is taken away and comes
# back. Nothing but errors that say what is wrong may come of it. Prints TAP.
# usage: 26-abuse.sh [SECONDS]
. /selftests/lib.sh

seconds=${1:-20}
log_clean >/dev/null
echo TAP version 13

# refuses ERRNO FILE COMMAND...: what COMMAND prints, as one write
refuses()
{
	local errno=$1 file=$2

	shift 2
	"$@" >"$tmp/garbage"
	status=0
	file-abuse write "$audit/$file" "$tmp/garbage" >"$tmp/out" 2>&1 || status=$?
	grep -q "^$errno$" "$tmp/out"
}
modprobe eevdf_audit || exit 1
mode=$(cat $audit/mode)
for garbage in '' 'fu' 'fulll' 'FULL' 'sample' 'sample ' 'sample 0' 'sample -1' 'sample 1048577' \
	'sample 99999999999999999999' 'sample 1 1' 'sample 0x' 'identities' 'identities 0' 'full full' \
	' full' '%s%s%n'; do
	check "mode refuses '$garbage': EINVAL" refuses EINVAL mode printf %s "$garbage"
done
check 'a long line' refuses EINVAL mode head -c 65536 /dev/zero
check 'a good word with a zero byte in it' refuses EINVAL mode printf 'full\0\n'
check 'random bytes' refuses EINVAL mode head -c 31 /dev/urandom
check 'an address that is none: EFAULT' \
	eval 'file-abuse fault $audit/mode >"$tmp/out"; grep -q "^EFAULT$" "$tmp/out"'
for garbage in '' 0 -1 x 1x 99999999999 ' 1'; do
	check "yield_to refuses '$garbage'" \
		refuses 'E[A-Z]*' yield_to printf %s "$garbage"
done
check 'yield_to of nobody: ESRCH' refuses ESRCH yield_to printf 4194303
check 'a read of what is for writing: an error' eval '! cat $audit/reset >/dev/null 2>&1'
check 'a write of what is for reading: an error' \
	eval '! (: >$audit/counters && echo 1 >$audit/counters) 2>/dev/null'
check 'the mode is as it was' [ "$(cat $audit/mode)" = "$mode" ]
rmmod eevdf_audit

# Everything at once

# memory: what the kernel has of its own that could leak, KiB: slabs, module and vmalloc areas, per CPU
memory()
{
	sync
	echo 3 >/proc/sys/vm/drop_caches
	awk '/^(Slab|VmallocUsed|Percpu):/ { sum += $2 } END { print sum }' /proc/meminfo
}

# once SECONDS: that long
once()
{
	local end=$(($(date +%s) + $1)) writers

	: >"$tmp/go"
	modprobe eevdf_audit
	nice -n 10 file-abuse storm "$audit" "$tmp/go" >"$tmp/storm" 2>&1 &
	writers=$!
	rounds=0
	unloads=0
	while [ "$(date +%s)" -lt "$end" ]; do
		rounds=$((rounds + 1))
		scx_ledger --audit auto --stats 5 --json >"$tmp/out" 2>"$tmp/err" &
		ledger=$!
		wait_for 60 attached || { say 'it did not attach'; return 1; }
		sleep 1
		detach
		# While a file is open it can not go, so it is tried until all are closed
		for _ in 1 2 3; do
			wait_for 30 quiet rmmod eevdf_audit || { say 'the module stays'; return 1; }
			unloads=$((unloads + 1))
			sleep 0.1
			modprobe eevdf_audit || return 1
			sleep 0.3
		done
	done
	rm "$tmp/go"
	wait "$writers" || return 1
	sed 's/^/# /' "$tmp/storm"
	rmmod eevdf_audit
}

# The kernel gives maps and programs back when it comes to it; what is lost never comes back
is_back()
{
	after=$(memory)
	[ $((after - before)) -lt 2048 ]
}

# Slabs grow and shrink by themselves, what is lost is lost in each round: the module alone has 7 MiB
nothing_lost()
{
	local left=3

	until wait_for 10 is_back; do
		echo "# kernel memory before $before KiB, after $after KiB"
		left=$((left - 1))
		[ "$left" -gt 0 ] || return 1
		before=$after
		once "$seconds" || return 1
	done
	echo "# kernel memory before $before KiB, after $after KiB"
}

check 'a first round' once 1
sleep 2
before=$(memory)
check "abuse for $seconds s" once "$seconds"
echo "# $rounds times attached and detached, $unloads times unloaded and loaded"
check 'nothing is lost: less than 2 MiB more' nothing_lost
check 'nothing of it is left' eval '[ ! -e $audit ] && ! grep -q eevdf_audit /proc/modules /proc/vmallocinfo'
modprobe eevdf_audit
attach --audit require --stats 5 --json || exit 1
sleep 1
check 'and it works after all that' eval '[ "$(counter checks)" -gt 0 ] && books_clean'
detach
check 'the kernel log is clean' log_clean
the_end
