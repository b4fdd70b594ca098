# SPDX-License-Identifier: GPL-2.0
# For the scripts of this folder: the scheduler on and off, waiting with a bound, counters.

scx=/sys/kernel/sched_ext
audit=/sys/kernel/debug/eevdf_audit
tmp=$(mktemp -d)

say()
{
	echo "$*" >&2
}

# wait_for SECONDS COMMAND...: until COMMAND succeeds
wait_for()
{
	local left=$(($1 * 10))

	shift
	until "$@"; do
		left=$((left - 1))
		[ $left -gt 0 ] || return 1
		sleep 0.1
	done
}

attached()
{
	[ "$(cat $scx/root/ops 2>/dev/null)" = ledger ]
}

detached()
{
	[ "$(cat $scx/state)" = disabled ]
}

# attach OPTION...: scx_ledger in the background, its output in $tmp/out and $tmp/err. The verifier
# alone takes seconds on an emulated CPU.
attach()
{
	scx_ledger "$@" >"$tmp/out" 2>"$tmp/err" &
	ledger=$!
	if ! wait_for 60 attached; then
		say "the scheduler did not attach:"
		cat "$tmp/err" >&2
		return 1
	fi
}

# Ends what attach() began; its exit status in $ledger_status
detach()
{
	kill -TERM "$ledger" 2>/dev/null
	wait "$ledger"
	ledger_status=$?
	wait_for 10 detached
}

# counter NAME: of the module; 0 without it
counter()
{
	awk -v name="$1" '$1 == name { print $2; found = 1 } END { if (!found) print 0 }' \
		$audit/counters 2>/dev/null || echo 0
}

# stat_total NAME: the scheduler's own, from the last line of a stream with --json
stat_total()
{
	tail -n 1 "$tmp/out" | jq -r ".$1 // empty"
}
