#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm/run itself: without it no other VM test means anything.
# Beside others: one boot after the other, and the only time is one in which a guest must have booted.
set -uo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../../.." || exit 1

tmp=$(mktemp -d)
trap 'rm -rf -- "$tmp"' EXIT
count=0

# check NAME COMMAND...: COMMAND succeeds
check()
{
	local name=$1

	shift
	count=$((count + 1))
	if "$@"; then
		echo "ok $count - $name"
	else
		echo "not ok $count - $name"
		echo "# status $status"
		sed 's/^/# out: /' "$tmp/out" | head -n 20
		sed 's/^/# err: /' "$tmp/err" | head -n 20
	fi
}

# run ARG...: vm/run, its output and status kept
run()
{
	status=0
	vm/run "$@" >"$tmp/out" 2>"$tmp/err" </dev/null || status=$?
}

# refused PATTERN: status 2, one line on stderr that matches, nothing on stdout
refused()
{
	(( status == 2 )) && grep -qE -- "$1" "$tmp/err" && [[ $(wc -l <"$tmp/err") == 1 && ! -s $tmp/out ]]
}

echo TAP version 13

# --- without a boot ------------------------------------------------------------------------------

run --no-such-option -- true
check 'an unknown option is refused' refused "unknown option '--no-such-option'"
run --kernel 5.10 -- true
check 'an unknown kernel is refused' refused "no kernel series '5.10'"
run --kernel '7.2 7.3' -- true
check 'two kernels in one word are refused' refused 'no kernel series'
for bad in 0 -1 65 2x 08 '' 99999999999999999999 '1;id'; do
	run --cpus "$bad" -- true
	check "--cpus '$bad' is refused" refused "--cpus wants a number from 1 to 64, not"
done
run --mem 1 -- true
check '--mem 1 is refused' refused '--mem wants a number'
run --timeout
check 'a missing value is refused' refused '--timeout wants a value'
run --accel fast -- true
check 'an unknown accelerator is refused' refused "--accel wants auto, kvm or tcg, not 'fast'"
run --icount --accel kvm -- true
check '--icount with KVM is refused' refused 'need TCG'
run --share "$tmp/none" -- true
check 'a missing folder to share is refused' refused 'there is no folder'
run --console "$tmp/none/console" -- true
check 'a console that cannot be written is refused' refused 'cannot write to'
run --append $'quiet\ninit=/bin/sh' -- true
check 'a line end in --append is refused' refused 'printable'
run --cpus 1
check 'no command is refused' refused 'which command'

# --- a breakpoint that the emulator made up ------------------------------------------------------

# console LINE...: a console with these messages
console()
{
	{
		echo 'Linux version 7.3.4+deb13-cloud-amd64'
		echo '[    0.046666] calibrate_delay_direct() failed to get a good estimate'
		printf '[    2.364127] %s\r\n' "$@"
	} >"$tmp/console"
	: >"$tmp/out" 2>"$tmp/err"
	status=0
	(. vm/lib.sh && emulator_fault "$tmp/console") || status=$?
}

oops='Oops: int3: 0000 [#1] SMP NOPTI'
cpu='CPU: 2 UID: 0 PID: 0 Comm: swapper/2 Not tainted 7.3.4+deb13-cloud-amd64 #1 PREEMPT(lazy)'
rip='RIP: 0010:set_next_task_fair+0x609/0x780'
none='Code: c2 eb 6d 0f <1f> 44 00 00 48 8b 3c 24 4c 89 f6 e8 17 ea fe ff e9 48 fd ff ff 48'
real='Code: c2 eb 6d cc <1f> 44 00 00 48 8b 3c 24 4c 89 f6 e8 17 ea fe ff e9 48 fd ff ff 48'
panic='Kernel panic - not syncing: Fatal exception in interrupt'
console "$oops" "$cpu" "$rip" "$none" 'Call Trace:' "$panic"
check 'an int3 without a cc is the emulator' test "$status" = 0
console "$oops" "$cpu" "$rip" "$real" 'Call Trace:' "$panic"
check 'an int3 with its cc is real' test "$status" = 1
console "$oops" "$cpu" "$rip" "$real" "$oops" "$cpu" "$rip" "$none"
check 'the first one counts' test "$status" = 1
console 'WARNING: kernel/sched/fair.c:1 at place_entity+0x1/0x2' "$oops" "$rip" "$none"
check 'trouble before it is real' test "$status" = 1
console "$oops" "$cpu" "$rip" 'Code: Unable to access opcode bytes at 0xffffffff81000000.' "$none"
check 'an int3 whose bytes are not known is real' test "$status" = 1
console "$oops" "$cpu" "$rip" "${none%1f*}"
check 'a line that has only begun tells nothing' test "$status" = 1
console "${oops/int3/invalid opcode}" "$cpu" "$rip" "$none"
check 'another oops is real' test "$status" = 1
console 'BUG: kernel NULL pointer dereference, address: 0000000000000000' "${oops/int3/0002}" \
	"$rip" "$none" "$panic"
check 'a page fault is real' test "$status" = 1
console 'Run /init as init process'
check 'no trouble is no trouble' test "$status" = 1

# --- one boot for all that can be seen from a single command ------------------------------------

dir="$tmp/a b's"
mkdir -p "$dir/sub"
head -c 300000 /dev/urandom >"$dir/sub/data"
cat >"$dir/look" <<'END'
#!/bin/sh
printf '%s\n' "$@" >/tmp/args
sha256sum </tmp/args
cat /share/sub/data >&2
for f in /sys/fs/cgroup/cgroup.controllers /sys/kernel/debug/sched /sys/kernel/tracing/events \
	/sys/fs/bpf; do
	[ -e $f ] && echo "have $f"
done
grep -c ' /sys/fs/bpf bpf ' /proc/mounts
nproc
uname -r
exit 77
END
chmod +x "$dir/look"
# shellcheck disable=SC1003,SC2016
odd=('' 'two words' "it's" 'a"b' '$HOME `id` \' '*' $'line\nend' $'tab\there' '--' '-n' 'ä€')
run --quiet --cpus 3 --share "$dir" --console "$tmp/con sole" -- /share/look "${odd[@]}"
check 'the exit status comes back' test "$status" = 77
check 'arguments arrive exactly' \
	grep -qxF "$(printf '%s\n' "${odd[@]}" | sha256sum)" "$tmp/out"
check 'stderr is stderr, byte by byte' cmp -s "$dir/sub/data" "$tmp/err"
for f in /sys/fs/cgroup/cgroup.controllers /sys/kernel/debug/sched /sys/kernel/tracing/events; do
	check "$f is there" grep -qxF "have $f" "$tmp/out"
done
check 'bpffs is mounted' grep -qxF 1 "$tmp/out"
check '--cpus counts' grep -qxF 3 "$tmp/out"
check 'it is the kernel that was asked for' grep -qxF "$(vm/kernels --version newest)" "$tmp/out"
check 'the console has the kernel messages' grep -q 'Linux version' "$tmp/con sole"
check 'the console has nothing else' test "$(grep -c 'have /sys' "$tmp/con sole")" = 0

# --- frozen guests -------------------------------------------------------------------------------

# thawed: the last guest says that it had not booted
thawed()
{
	grep -qxF '/sys/firmware/qemu_fw_cfg/by_name/opt/scx_ledger' "$tmp/out"
}

# shellcheck disable=SC2016
look='ls -d /sys/firmware/qemu_fw_cfg/by_name/opt/*; date +%s
	sed -n "s/^now at \([0-9]*\) nsecs/\1/p" /proc/timer_list; dmesg'
for try in 1 2; do
	run --quiet --icount --cpus 2 --console "$tmp/console" -- sh -c "$look"
	mv "$tmp/out" "$tmp/out-$try"
	check "a guest is there, $try" test "$status" = 0
done
cp "$tmp/out-2" "$tmp/out"
check 'it was thawed' thawed
check 'its console has its boot' grep -q 'Linux version' "$tmp/console"
clock=$(($(sed -n 2p "$tmp/out-2") - $(date +%s)))
check "its clock is right: $clock s" test "$clock" -gt -100 -a "$clock" -lt 100
check 'the same is thawed twice' cmp -s <(sed 2,3d "$tmp/out-1") <(sed 2,3d "$tmp/out-2")
# Its random numbers are the host's.
apart=$(($(sed -n 3p "$tmp/out-1") - $(sed -n 3p "$tmp/out-2")))
check "and is as far after minutes: $apart ns" test "${apart#-}" -lt 1000000
run --quiet --icount --cpus 2 --boot --console "$tmp/console" -- sh -c "$look"
check '--boot boots' test "$status" = 0
check 'so it was not thawed' eval '! thawed'

# By its console, for others may be at work there
frozen=$(vm/enter -- printenv SCX_LEDGER_CACHE)/frozen
run --quiet --cpus 1 --append "broken=$$" --console "$tmp/console" -- true
state=$(grep -l " broken=$$" "$frozen"/*.console)
state=${state%.console}
check 'a guest is frozen' test -s "$state"
truncate -s 100000 "$state"
run --quiet --cpus 1 --append "broken=$$" --console "$tmp/console" -- echo said
check 'one that cannot be thawed is booted' test "$status" = 0 -a "$(cat "$tmp/out")" = said
check 'it is said' grep -q 'could not be thawed' "$tmp/err"
check 'and it is gone' test ! -e "$state"
rm -f -- "$state".*

# --- trouble -------------------------------------------------------------------------------------

run --quiet --console "$tmp/console" -- sh -c 'echo before
	echo "<4>WARNING: CPU: 0 PID: 1 at kernel/sched/fake.c:1" >/dev/kmsg; exit 0'
check 'a WARNING in the console is a failure' test "$status" = 125
check 'the line is shown' grep -q 'WARNING: CPU: 0 PID: 1' "$tmp/err"
check 'the console is named' grep -qF "$tmp/console" "$tmp/err"
check 'the output came before that' grep -qxF before "$tmp/out"

run --quiet --allow-oops --console "$tmp/console" -- sh -c '
	echo "<0>BUG: fake" >/dev/kmsg; exit 5'
check '--allow-oops lets it pass' test "$status" = 5

run --quiet --console "$tmp/console" -- sh -c '
	echo "<6>debug: no warning: about a bug" >/dev/kmsg; kill -TERM $$'
check 'a signal is 128 + its number, harmless words are harmless' test "$status" = 143
check 'and nothing was added to stderr' test ! -s "$tmp/err"

run --quiet --timeout 40 --console "$tmp/console" -- sh -c 'echo partial; sleep 1000'
check 'a timeout is 124' test "$status" = 124
check 'a timeout says so' grep -q 'timeout of 40 s passed' "$tmp/err"
check 'output before the timeout is kept' grep -qxF partial "$tmp/out"

run --quiet --allow-oops --console "$tmp/console" -- sh -c 'echo c >/proc/sysrq-trigger; sleep 99'
check 'a panic is 125, even with --allow-oops' test "$status" = 125
check 'a panic says that the guest ended' grep -q 'the guest ended before' "$tmp/err"

fake="echo spoken; for line in '$oops' '$rip' '$none'; do echo \"<0>\$line\" >/dev/kmsg; done"
run --quiet --accel tcg --console "$tmp/console" -- sh -c "$fake; sleep 99"
check "the emulator's fault while COMMAND runs is 125" test "$status" = 125
check 'it is said whose fault it is' \
	grep -q 'the emulator raised a breakpoint that is not in memory while COMMAND ran' "$tmp/err"
check 'it ends the guest at once, and what it printed is there' grep -qxF spoken "$tmp/out"

run --quiet --accel tcg --again --console "$tmp/console" -- sh -c "$fake"
check 'with --again it is repeated' \
	test "$(grep -c 'not in memory; booting again$' "$tmp/err")" = 2
check 'three times at most' test "$status" = 125
check "only the last time's output is shown" test "$(cat "$tmp/out")" = spoken

run --quiet -- /no/such/program
check 'a command that is not there is 127' test "$status" = 127

echo "1..$count"
