# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034 # what it sets is for others
# For the scripts of this folder: the scheduler on and off, waiting with a bound, counters.

scx=/sys/kernel/sched_ext
audit=/sys/kernel/debug/eevdf_audit
tmp=$(mktemp -d)

say()
{
	echo "$*" >&2
}

quiet()
{
	"$@" >/dev/null 2>&1
}

# A debug kernel verifies a program for a minute and more on an emulated CPU.
slow=1
[ ! -e /proc/lockdep_stats ] || slow=5

# wait_for SECONDS COMMAND...: until COMMAND succeeds; $slow times as long
wait_for()
{
	local left=$(($1 * 10 * slow))

	shift
	until "$@"; do
		left=$((left - 1))
		[ $left -gt 0 ] || return 1
		sleep 0.1
	done
}

# now: centiseconds since boot
now()
{
	cut -d ' ' -f 1 /proc/uptime | tr -d .
}

attached()
{
	[ "$(cat $scx/root/ops 2>/dev/null)" = ledger ] && [ "$(cat $scx/state)" = enabled ]
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
		# Else it attaches later, in the midst of what comes next.
		detach
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

# TAP: check NAME COMMAND..., and the_end when all is said. A check that fails shows what was printed
# last, and $status if the test keeps one.
count=0
status=0
failed=0
check()
{
	local name=$1

	shift
	count=$((count + 1))
	if "$@"; then
		echo "ok $count - $name"
		return
	fi
	failed=1
	echo "not ok $count - $name"
	echo "# status $status"
	for file in "$tmp/out" "$tmp/err"; do
		[ ! -e "$file" ] || tail -n 4 "$file" | cut -c 1-400 | sed 's/^/# /'
	done
}

the_end()
{
	echo "1..$count"
	# A failure leaves with a status, so that the console is kept.
	exit $failed
}

# log_clean: the kernel has said nothing of level warning or above since the last call, but for what
# kmsg.allow gives a reason for, and a debug kernel's lockdep, which stops with its first report or when
# its tables are full, still looks
log_clean()
{
	if [ -e /proc/lockdep_stats ] && ! grep -qE 'debug_locks: +1$' /proc/lockdep_stats; then
		echo '# lockdep has stopped'
		return 1
	fi
	dmesg -r | awk -F '[<>]' '$2 % 8 <= 4' | sed 's/^<[0-9]*>\[[^]]*\] //' >"$tmp/kmsg"
	tail -n +"$((log_seen + 1))" "$tmp/kmsg" >"$tmp/kmsg.new"
	log_seen=$(wc -l <"$tmp/kmsg")
	grep -v '^#' /selftests/kmsg.allow | grep . >"$tmp/kmsg.allow"
	! grep -vEf "$tmp/kmsg.allow" "$tmp/kmsg.new" | sed 's/^/# kernel: /' | grep .
}
log_seen=0

# violations of the module and the scheduler's own counters that must stay zero: none
books_clean()
{
	if [ "$(counter violations)" != 0 ]; then
		sed 's/^/# /' $audit/violations | head -n 40
		return 1
	fi
	! grep '"zero_ok":false' "$tmp/out" | tail -n 1 | grep -o '"z_[a-z_]*":[1-9][0-9]*' |
		sed 's/^/# /' | grep .
}
