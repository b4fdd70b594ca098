#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The same program on every kernel series that Debian still has: loads, schedules perf bench sched
# messaging, detaches; with the module where there are headers to build it with.
set -uo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
cd -- "$here/../.." || exit 1

series=$(vm/kernels --list | grep -vx '6\.12')
tmp=$(mktemp -d)
trap 'rm -rf -- "$tmp"' EXIT
n=0

echo TAP version 13
for s in 6.16 6.17 6.18 6.19 7.0 7.1 7.2 7.3; do
	n=$((n + 1))
	if ! grep -qxF "$s" <<<"$series"; then
		echo "not ok $n - $s: not fetched; vm/root --kernels $s does so"
		continue
	fi
	mode=off
	vm/kernels --headers "$s" >/dev/null 2>&1 && mode=require
	status=0
	vm/run --quiet --again --kernel "$s" --share "$here" -- sh /share/messaging.sh "$mode" \
		>"$tmp/out" 2>&1 </dev/null || status=$?
	if (( status == 0 )); then
		echo "ok $n - $(vm/kernels --version "$s"), audit $mode"
	else
		echo "not ok $n - $(vm/kernels --version "$s"), audit $mode (status $status)"
		tail -n 30 "$tmp/out" | sed 's/^/# /'
	fi
done
echo "1..$n"
