#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The loader of scx_ledger in a guest with two CPUs and the module; prints TAP. One boot for all, since
# a boot costs more than most of the tests.
# shellcheck disable=SC2016 # what eval gets is expanded when it runs
# shellcheck source-path=SCRIPTDIR
. "$(dirname -- "$0")/lib.sh"

# run COMMAND...: to its end; output and status are kept
run()
{
	status=0
	"$@" >"$tmp/out" 2>"$tmp/err" || status=$?
}

# refused STATUS PATTERN: that status, one sentence on stderr that matches, nothing on stdout, and
# nobody was attached by it
refused()
{
	[[ $status == "$1" && $(wc -l <"$tmp/err") == 1 && ! -s $tmp/out ]] &&
		grep -qE -- "^scx_ledger: .*$2" "$tmp/err" && detached
}

# ended STATUS PATTERN: that status and an EXIT line that matches; the fair class schedules
ended()
{
	[[ $status == "$1" ]] && grep -qE -- "^EXIT: $2" "$tmp/err" && detached
}

# masked SCRIPT ARG...: in a mount namespace that SCRIPT changes, scx_ledger ARG...
masked()
{
	# shellcheck disable=SC2016
	run unshare -m sh -c 'eval "$1" && shift && exec scx_ledger "$@"' sh "$@"
}

# The same while a scheduler runs whose output is being kept
run_beside()
{
	status=0
	"$@" >"$tmp/beside.out" 2>"$tmp/beside.err" || status=$?
}

finish()
{
	detach
	status=$ledger_status
	ledger=
}

json()
{
	jq -se "$1" "$tmp/out" >/dev/null
}

echo TAP version 13

# --- refusals ------------------------------------------------------------------------------------

run scx_ledger --no-such-option
check 'an unknown option is refused' refused 2 "'--no-such-option'.*--help"
run scx_ledger --duration 5x
check 'a bad number is refused' refused 2 "--duration wants a whole number from 1 to .*'5x'"
run scx_ledger --guard-ms 20000
check 'a guard that the watchdog would forestall is refused' refused 2 'half of --watchdog-ms'
run setpriv --reuid 1000 --regid 1000 --clear-groups --inh-caps=-all scx_ledger
check 'an ordinary user is refused' refused 6 'CAP_SYS_ADMIN.*as root'
masked 'mount -t tmpfs none /sys'
check 'no sysfs' refused 3 'mount -t sysfs'
masked 'mount -t tmpfs none /sys/kernel'
check 'a kernel without sched_ext' refused 3 'CONFIG_SCHED_CLASS_EXT'
scx_dir='mount -t tmpfs none /sys/kernel; mkdir /sys/kernel/sched_ext
	echo disabled >/sys/kernel/sched_ext/state'
masked "$scx_dir"
check 'a kernel without BTF' refused 3 'CONFIG_DEBUG_INFO_BTF'
masked "$scx_dir; mkdir /sys/kernel/btf; : >/sys/kernel/btf/vmlinux; echo 1 >/sys/kernel/realtime"
check 'a PREEMPT_RT kernel' refused 3 'PREEMPT_RT'
masked "$scx_dir; mkdir /sys/kernel/btf; : >/sys/kernel/btf/vmlinux"
check 'BTF that cannot be read' refused 3 'type information.*cannot be read'
no_modules='mount -t tmpfs none /lib/modules'
masked "$no_modules" --audit require
check 'a required module that is not installed' refused 5 'eevdf_audit is not installed'
mkdir -p /etc/modprobe.d
echo 'blacklist eevdf_audit' >/etc/modprobe.d/test.conf
run scx_ledger --audit require --duration 1
check 'a required module that is blacklisted' refused 5 'blacklisted'
rm /etc/modprobe.d/test.conf
run sh -c 'scx_ledger --help >/dev/full'
check 'help that cannot be printed is a failure' refused 1 'No space left'
run scx_ledger --status
check '--status: nobody' test "$status:$(cat "$tmp/out")" = '1:no sched_ext scheduler is attached'

# --- without the module --------------------------------------------------------------------------

masked "$no_modules" --duration 2 --stats 1 --no-buddy
check '--duration ends it with status 0' ended 0 'unregistered from user space$'
check 'it says that it runs without the module' \
	grep -q 'runs without the module: .* is not installed' "$tmp/err"
check 'the start line has version, kernel, CPUs and the rule that is off' \
	grep -qzE "version [0-9.]+ attached, Linux $(uname -r), 2 of 2 CPUs.*rules off: buddy
.*without module: nothing is audited" "$tmp/err"
period='stats t=[0-9.]+ dt=[0-9.]+ tasks=[0-9]+( [a-z_]+=[0-9]+){8} zero:ok no module'
check 'a line of text each period' grep -qxE "$period" "$tmp/out"
check 'the totals come last' \
	test "$(grep -vxE "$period" "$tmp/out" | cut -d' ' -f1,14-)" = 'total no module'

# --- with it, and with all that can happen to a scheduler that runs -------------------------------

cpu1=/sys/devices/system/cpu/cpu1/online
attach --stats 1 --json --audit require --no-hotplug
check 'it says that it loaded the module' \
	wait_for 10 grep -q 'loaded the module eevdf_audit' "$tmp/err"
run_beside scx_ledger --status
check '--status: ours' test "$status:$(cat "$tmp/beside.out")" = '0:ledger is attached'
run_beside scx_ledger --duration 1
check 'a second scheduler is refused and told the name of the first' eval \
	'[[ $status == 4 ]] && grep -qx "scx_ledger: .*'"'ledger'"' is attached.*" "$tmp/beside.err"'
sleep 2
echo 0 >$cpu1
check '--no-hotplug: a CPU that goes restarts it' wait_for 60 grep -q 'restarted, 1 of 2 CPUs' "$tmp/err"
echo 1 >$cpu1
check 'a CPU that comes restarts it' wait_for 60 grep -q 'restarted, 2 of 2 CPUs' "$tmp/err"
check 'it tells for how long fair scheduled' \
	grep -qE 'the fair class scheduled for [0-9]+\.[0-9]{2} s' "$tmp/err"
sed -n 's/.*the fair class/# the fair class/p' "$tmp/err"
finish
check 'SIGTERM ends it with status 0' ended 0 unregistered
check 'the module stays loaded' test -e /sys/module/eevdf_audit
check 'every line is a JSON object' json 'length >= 3 and all(type == "object")'
check 'the last one is the final one, no other' \
	json '.[-1].final and ([.[] | select(.final)] | length == 1)'
check 'counters only grow, over restarts too' \
	json '([.[].switches] | . == sort and .[-1] > 0) and .[-1].restarts == 2'
check 'what must be zero is zero' \
	json 'all(.zero_ok and all(to_entries[] | select(.key | startswith("z_")); .value == 0))'
check 'a line a period' json '.[:2] | all(.interval > 0.9 and .interval < 2)'
check 'the module checked something, and found nothing' \
	json '.[-1].module | .mode == "full" and .checks > 0 and .violations == 0 and
		has("not_checked")'
jq -r 'keys_unsorted[]' "$tmp/out" | sort -u >"$tmp/keys"
run scx_ledger --help-stats
awk '/^  [^ ]|^ +[a-z]/ { print $1; print $2; print $3 }' "$tmp/out" >"$tmp/words"
check '--help-stats explains every word of the JSON lines' \
	eval '[[ $(wc -l <"$tmp/keys") -gt 20 ]] && ! grep -vxFf "$tmp/words" "$tmp/keys" >&2'

attach
kill -KILL "$ledger"
wait "$ledger" 2>/dev/null
ledger=
check 'kill -9 gives all tasks back' wait_for 10 detached

# Two signals at once: it ends as with one, or the second one cut it short
attach
kill -INT "$ledger"
kill -INT "$ledger"
wait "$ledger"
status=$?
ledger=
check 'it starts again; a second signal leaves nothing behind' \
	eval '[[ $status == 0 || $status == 130 ]] && wait_for 10 detached'

# The kernel verifies for a second at least
scx_ledger --audit off >"$tmp/out" 2>"$tmp/err" &
ledger=$!
sleep 1
kill -TERM "$ledger"
wait "$ledger"
status=$?
ledger=
check 'a signal while it is loaded ends it too' eval '[[ $status == 0 ]] && detached &&
	grep -qE "stopped before it was attached|^EXIT: unregistered" "$tmp/err"'

run bash -c 'scx_ledger --stats 1 | head -n 1 >/dev/null; exit ${PIPESTATUS[0]}'
check 'a reader that leaves ends it with status 0' ended 0 unregistered
check 'it says why' grep -q 'nobody reads standard output' "$tmp/err"
run sh -c 'scx_ledger --audit off --duration 3 --stats 1 >/dev/full'
check 'a full disk does not end it, but is a failure' ended 1 unregistered
check 'it says so once' test "$(grep -c 'No space left' "$tmp/err")" = 1
check '--audit off: the module that is there is not called' \
	grep -q 'without module: nothing is audited' "$tmp/err"

attach
echo S >/proc/sysrq-trigger
wait "$ledger"
status=$?
ledger=
check 'SysRq-S ends it with status 0' ended 0 '.*sysrq'
check 'the totals are on stderr without --stats' \
	grep -q '^total .* zero:ok module:full checks=' "$tmp/err"

# Ten hogs with turns of 100 ms on two CPUs: each waits for longer than the watchdog allows.
attach --watchdog-ms 100 --slice-us 100000 --strict --dump-len 65536 --audit off
hogs=()
for _ in 1 2 3 4 5 6 7 8 9 10; do
	timeout 60 spin &
	hogs+=($!)
done
wait "$ledger"
status=$?
ledger=
kill "${hogs[@]}"
wait
check 'a stall ends it with status 1' ended 1 'runnable task stall'
check 'the dump comes first' eval 'sed -n "/^DEBUG DUMP$/,/^EXIT: /p" "$tmp/err" |
	grep -q "timeline: nr_tree"'

# --- a locked kernel; it stays locked ------------------------------------------------------------

# BPF programs are freed late, and hold it until then.
check 'the module unloads' wait_for 20 quiet rmmod eevdf_audit
if ! grep -qw securityfs /proc/filesystems; then
	count=$((count + 1))
	echo "ok $count - lockdown # SKIP this kernel has none"
	the_end
fi
mount -t securityfs none /sys/kernel/security
echo integrity >/sys/kernel/security/lockdown
run scx_ledger --audit require --duration 1
check 'lockdown: a required module that the kernel refuses' \
	refused 5 'lockdown is on.*eevdf_audit.*sign it'
echo confidentiality >/sys/kernel/security/lockdown
run scx_ledger --audit off --duration 1
check 'lockdown that forbids BPF to read is named' refused 3 'lockdown in confidentiality mode'

the_end
