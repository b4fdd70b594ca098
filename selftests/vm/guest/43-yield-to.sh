#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash source=lib.sh
# Two threads that yield to each other by the module's file yield_to, on one CPU, in exact guest time
# (icount): the file, what a call costs, what neighbours lose, the four modes. Prints TAP.
# usage: 43-yield-to.sh [SECONDS]: beside eight neighbours
. /selftests/lib.sh

seconds=${1:-10}
file=$audit/yield_to
log_clean >/dev/null

# pair NAME OPTION...: its lines in $tmp/NAME
pair()
{
	local name=$1

	shift
	yield-pair "$@" >"$tmp/$name" || status=$?
	echo "# $name: $(tr '\n' ' ' <"$tmp/$name")"
}

# val FILE NAME
val()
{
	awk -v name="$2" '$1 == name { print $2 }' "$tmp/$1"
}

# total NAME: of the scheduler's last line
total()
{
	tail -n 1 "$tmp/out" | sed 's/[,{]/\n/g' | sed -n "s/^\"$1\":\\([0-9]*\\)\$/\\1/p" | head -n 1
}

stop()
{
	detach
	[ "$ledger_status" = 0 ]
}

echo TAP version 13

# --- the file -----------------------------------------------------------------------------------

check 'without the module the program says so, with status 77' \
	sh -c 'yield-pair 2>/dev/null; [ $? = 77 ]'
modprobe eevdf_audit
check 'root only' [ "$(stat -c %a "$file")" = 600 ]
hostile()
{
	local bad

	for bad in 0 -1 a 1x ' 1' 99999999 99999999999999 '1 2' '12345678901234567890'; do
		if (printf '%s' "$bad" >"$file") 2>/dev/null; then
			echo "# '$bad' was taken"
			return 1
		fi
	done
	! (printf '1\0' >"$file") 2>/dev/null
}
check 'no text but the pid of a task is taken' hostile
answer()
{
	# Everybody else sleeps: there is nobody to yield to.
	echo 1 >"$file" && [ "$(cat "$file")" = "$(printf 'result 0\nerrno 3')" ]
}
check 'a task that sleeps: ESRCH, to be read from the file' answer

# --- what a call costs --------------------------------------------------------------------------

attach --audit off --stats 1 --json || exit 1
pair plain --plain
pair directed
cost()
{
	[ "$(val directed took_mean_ns)" -le $(($(val plain took_mean_ns) * 3 / 2)) ]
}
check 'from the call to the target: at most 1.5 switches of sched_yield' cost
pair bare --hogs 8 --seconds 2
often()
{
	[ "$(val bare calls)" -ge 40000 ]
}
check 'beside eight neighbours, not audited: 20000 a second' often
check 'detached' stop

# --- eight neighbours ---------------------------------------------------------------------------

attach --audit require --stats 1 --json || exit 1
pair eight --hogs 8 --seconds "$seconds"
check 'beside eight neighbours, audited: 5000 a second' \
	[ "$(val eight calls)" -ge $((seconds * 5000)) ]
# Ten that want a CPU; due is a tenth of what they have together. One request is 0.7 ms.
neighbours()
{
	awk -v slice=700000 '{ v[$1] = $2 } END {
		due = (v["task_ns"] + v["hog_ns"]) / 10
		for (i = 0; i < 8; i++)
			if (due - v["hog_ns_" i] > worst)
				worst = due - v["hog_ns_" i]
		printf "# due %.3f ms, the worst lost %.3f ms\n", due / 1e6, worst / 1e6
		exit worst > slice
	}' "$tmp/eight"
}
check 'none loses more than one request' neighbours
check 'no violation, and what must stay zero did' books_clean
check 'detached' stop
even()
{
	[ "$(total granted)" -gt 0 ] &&
		[ $(($(total granted) - $(total consumed) - $(total returned) - $(total expired))) = 0 ]
}
check 'granted = consumed + returned + expired' even
# A call after which a loop or the caller itself ran is one that gave nothing, or too little.
all_next()
{
	local other allowed

	other=$(($(val eight after_hog) + $(val eight after_self)))
	echo "# after $other calls somebody else ran; $(total grants) gifts," \
		"$(total grants_short) too small, $(total refused_empty) empty"
	echo "# of those that were not, $(total grants_passed) were passed over"
	allowed=$(($(total grants_short) + $(total refused_empty) + $(val eight calls) / 100))
	[ $(($(total grants_passed) * 100)) -le $(($(total grants) - $(total grants_short))) ] &&
		[ "$other" -le "$allowed" ] &&
		[ "$(total grants)" -ge $((seconds * 5000 / 2)) ]
}
check 'a target that a gift made eligible is the next to run' all_next

# --- modes --------------------------------------------------------------------------------------

off_does_nothing()
{
	[ "$(val off helped)" = 0 ] && [ "$(total grants)" = 0 ] && [ "$(total hints)" = 0 ] &&
		[ "$(total margins)" = 0 ] && [ "$(total yield_tos)" -gt 100 ]
}
hint_hints()
{
	[ "$(total grants)" = 0 ] && [ "$(total margins)" = 0 ] && [ "$(total hints)" -gt 100 ]
}
margin_lifts()
{
	[ "$(total grants)" = 0 ] && [ "$(total margins)" -gt 100 ]
}
for mode in off hint margin; do
	# The guard, because nobody else runs for long beside a pair that lifts each other
	attach --audit require --stats 1 --json --yield "$mode" --guard-ms 1000 || exit 1
	pair $mode --hogs 1
	check "$mode: no violation, and what must stay zero did" books_clean
	check 'detached' stop
	case $mode in
	off) check 'off: no call is answered with yes, nobody is moved' off_does_nothing ;;
	hint) check 'hint: the target becomes the buddy, and no more' hint_hints ;;
	margin) check 'margin: the target is lifted' margin_lifts ;;
	esac
done
checked()
{
	[ "$(counter checks_transfer_sum)" -gt 1000 ] && [ "$(counter events_margin)" -gt 100 ] &&
		[ "$(counter checks_buddy)" -gt 1000 ]
}
check 'the module has checked gifts, margins and buddies' checked
check 'all runs ended well' [ "$status" = 0 ]
check 'the kernel log is clean' log_clean
the_end
