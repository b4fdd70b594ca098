# SPDX-License-Identifier: GPL-2.0
# In the guest: the load that breaks the kernels whose debug file shifts zero_vruntime without the
# queue's lock, under eevdf-audit fair. usage: fair.sh MODULE SECONDS; MODULE: yes or no. Says
# "crash-test over" if the guest survives; the tool's last line and its status then tell the rest.
# shellcheck shell=dash source=../vm/guest/lib.sh
. /selftests/lib.sh

[ "$1" = no ] || modprobe eevdf_audit || exit 1
eevdf-audit fair --record --json --duration "$2" >"$tmp/out" 2>"$tmp/err" &
tool=$!
if ! wait_for 60 grep -q 'checked:' "$tmp/err"; then
	cat "$tmp/err" >&2
	exit 1
fi
cat "$tmp/err"
nice -n 19 stress-ng -q --yield 8 --timeout 3600 &
while :; do
	quiet perf bench sched messaging -p -t -l 200 -g 4
done &
# A while without the reader: nothing may be found
sleep $(($2 / 4))
echo 'the readers begin' >/dev/kmsg
for _ in 1 2 3 4; do
	while :; do
		cat /sys/kernel/debug/sched/debug >/dev/null
	done &
done
status=0
wait $tool || status=$?
grep '^{"finding":' "$tmp/out" | cut -c 1-4000
grep '^{"final":true' "$tmp/out"
grep '^eevdf-audit: [0-9]* violations' "$tmp/err"
echo "crash-test over, status $status"
