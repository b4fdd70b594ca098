#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash source=lib.sh
# Chaos: hundreds of tasks that do everything, CPUs that go off and on, and a loader that is ended and
# started again all the while. Nobody may be lost, stuck or found wrong. Prints TAP.
# usage: 49-chaos.sh ARM SEED SECONDS: ARM: full (audited), off (without the module), or fair (without
# the scheduler, to see what the kernel's log says then). The time while a loader loads does not count.
. /selftests/lib.sh

arm=$1 seed=$2 seconds=$3
[ "$arm" = fair ] || [ "$arm" = full ] || [ "$arm" = off ] || exit 2
: >"$tmp/all.out"
: >"$tmp/all.err"
attaches=0 termed=0 killed=0 unasked=0 late=0 lives=0 staying=0 moved=0
log_clean >/dev/null

# draw BELOW: a number below it in $drawn; every one follows from the seed
state=$seed
draw()
{
	state=$(((state * 6364136223846793005 + 1442695040888963407) & 0x7fffffffffffffff))
	drawn=$(((state >> 33) % $1))
}

# tell TEXT: beside the time
tell()
{
	echo "# $(cut -d . -f 1 /proc/uptime) s: $*"
}

alive()
{
	kill -0 "$1" 2>/dev/null
}

# either COMMAND...: COMMAND, or the loader has ended by itself, or the load is over
either()
{
	"$@" || ! alive "$ledger" || ! alive "$load"
}

# remain SECONDS: by the clock, for rounds of wait_for() take twice as long on a debug kernel
remain()
{
	local end=$(($(now) + $1 * 100))

	until either [ "$(now)" -ge "$end" ]; do
		sleep 0.1
	done
}

# How it ended; what it printed is kept
ended()
{
	wait "$ledger" 2>/dev/null
	ledger_status=$?
	cat "$tmp/out" >>"$tmp/all.out"
	cat "$tmp/err" >>"$tmp/all.err"
	if [ "$ledger_status" != "$1" ]; then
		unasked=$((unasked + 1))
		echo "# the loader ended with status $ledger_status, not $1"
		tail -n 40 "$tmp/err" | cut -c 1-200 | sed 's/^/# /'
	fi
	wait_for 30 detached || late=$((late + 1))
	if stays; then
		staying=$((staying + 1))
		! restarted 1 || moved=$((moved + 1))
	fi
	tell "the loader ended with status $ledger_status, $(grep -c 'restarted,' "$tmp/err") restarts"
}

restarted()
{
	[ "$(grep -c 'restarted,' "$tmp/err")" -ge "$1" ]
}

# It needs no restart when CPUs go and come
stays()
{
	grep -q 'found:.* hotplug' "$tmp/err"
}

# One life of the loader, ended by SIGKILL and SIGTERM in turn: while it loads, or some time after it
# attached; every other one after a restart or two, which it is told to make if the kernel needs none
life()
{
	local stay=

	lives=$((lives + 1))
	[ $((lives % 2)) = 1 ] || stay=--no-hotplug
	# shellcheck disable=SC2086
	scx_ledger --audit "$mode" --stats 1 --json $stay >"$tmp/out" 2>"$tmp/err" &
	ledger=$!
	draw 8
	if [ "$drawn" = 0 ]; then
		draw 30
		sleep "$((drawn / 10)).$((drawn % 10))"
	else
		wait_for 120 either attached
		if attached; then
			attaches=$((attaches + 1))
			tell 'attached'
		fi
		draw 2
		# Two would take all the time of a short run, and there would be no other life.
		[ "$seconds" -ge 100 ] || drawn=0
		stays || wait_for 60 either restarted $((drawn + 1))
		# Not less than some seconds, for it takes twenty to load. Nor more than that of one that
		# only restarts, which takes as long as what is between two of them.
		draw $((seconds / 4 + 1))
		drawn=$((drawn + 8))
		[ -z "$stay" ] || [ "$drawn" -le 15 ] || drawn=15
		remain "$drawn"
	fi
	if ! alive "$ledger"; then
		ended 'none, it was not told to end'
	elif [ "$termed" -lt "$killed" ]; then
		termed=$((termed + 1))
		kill -TERM "$ledger"
		ended 0
	else
		killed=$((killed + 1))
		kill -KILL "$ledger"
		ended 137
	fi
}

echo TAP version 13
echo "# seed $seed, $seconds s, $arm, $(nproc) CPUs"
mode=off
if [ "$arm" = full ]; then
	mode=require
	modprobe eevdf_audit || exit 1
fi
# Among hundreds who renice each other, the administrator's shell
renice -n -20 $$ >/dev/null
ext=
lone=
before_7_3=
unlimited=
[ "$arm" = fair ] || ext=--ext
# Since then scx_enable() leaves no callbacks of a run queue behind, see chaos-actor.h.
grep -q ' sched_change_begin$' /proc/kallsyms || lone=--lone
# Since then the scheduler may set SCX_OPS_ENQ_LAST, see chaos-actor.h, and stays when a CPU goes. One
# that took longer to come back than it then had would be there for a third of the time. And the kernel
# itself does not come to a standstill, see cgroup_hold().
if ! grep -q SCX_ENQ_RESCUE /sys/kernel/btf/vmlinux; then
	before_7_3='--settled --restarts --apart'
fi
# Since then whoever sleeps in a throttled group is blocked, see do_cgroup_max() there.
grep -q ' throttle_cfs_rq_work$' /proc/kallsyms || unlimited=--unlimited
# shellcheck disable=SC2086
nice -n 20 chaos --seed "$seed" --seconds "$seconds" --patience "$slow" \
	$ext $lone $before_7_3 $unlimited >"$tmp/chaos" 2>"$tmp/chaos.err" &
load=$!
while [ "$arm" != fair ] && alive "$load"; do
	life
done
wait "$load"
status=$?
sed 's/^/# /' "$tmp/chaos.err"
[ "$status" = 0 ] || tail -n 1 "$tmp/all.out" | sed 's/^/# /'

value()
{
	awk -v name="$1" '$1 == name { print $2 }' "$tmp/chaos"
}
echo "# $(grep -vE '_refused|^seed' "$tmp/chaos" | tr '\n' ' ')"
echo "# refused: $(grep -E '_refused [1-9]' "$tmp/chaos" | sed 's/_refused//' | tr '\n' ' ')"
check "$(value steps) steps of $(value actors) actors: none is lost or stuck" [ "$status" = 0 ]
each_kind()
{
	! grep -E ' 0$' "$tmp/chaos" | grep -vE "^(.*_refused|unanswered|stayed|lost|seed|$never) " |
		sed 's/^/# never: /' | grep .
}
never=none
[ "$arm" = full ] || never=yield_to
[ -z "$lone" ] || never="$never|deadline"
[ -z "$unlimited" ] || never="$never|cgroup_max"
check 'each kind of action was done' each_kind
if [ "$arm" != fair ]; then
	busy=$(($(value busy_ms) / 1000))
	check "$busy s of it under the scheduler, at least $seconds" [ "$busy" -ge "$seconds" ]
	restarts=$(grep -c 'restarted,' "$tmp/all.err")
	echo "# attached $attaches times, ended by SIGTERM $termed, by SIGKILL $killed; $restarts restarts"
	check 'the loader was ended both ways' [ "$termed" -gt 0 -a "$killed" -gt 0 ]
	check 'it restarted when CPUs went and came' [ "$restarts" -gt 0 ]
	check "and $staying times it could stay, and did" [ "$moved" = 0 ]
	check 'it ended only when it was told to' [ "$unasked" = 0 ]
	check 'the fair class took over each time' [ "$late" = 0 ]
	mv "$tmp/all.out" "$tmp/out"
	check 'no violation, and what must stay zero did' books_clean
fi
if [ "$arm" = full ]; then
	echo "# $(grep -E '^(attaches|checks|not_checked|violations|truncated|resyncs) ' $audit/counters |
		tr '\n' ' ')"
	check 'at least 1000 checks a second' [ "$(counter checks)" -ge $((1000 * seconds)) ]
fi
check 'the kernel log is clean' log_clean
the_end
