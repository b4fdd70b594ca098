#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Chaos on each kernel series, with the module where there are headers to build it with.
# usage: 49-chaos.t [SECONDS]: 60 if not given, 40 at least
set -uo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." || exit 1

seconds=${1:-60}
fetched=$(vm/kernels --list)
tmp=$(mktemp -d)
trap 'rm -rf -- "$tmp"' EXIT
n=0

echo TAP version 13
for s in 6.16 6.17 6.18 6.19 7.0 7.1 7.2 7.3; do
	n=$((n + 1))
	if ! grep -qxF "$s" <<<"$fetched"; then
		echo "not ok $n - $s: not fetched; vm/root --kernels $s does so"
		continue
	fi
	status=0
	selftests/vm/chaos --kernel "$s" --seed 1 --seconds "$seconds" >"$tmp/out" 2>&1 </dev/null ||
		status=$?
	if (( status == 0 )); then
		echo "ok $n - $(vm/kernels --version "$s"): $(sed -n '/none is lost/s/.* - //p' "$tmp/out")"
	else
		echo "not ok $n - $(vm/kernels --version "$s") (status $status)"
		tail -n 60 "$tmp/out" | sed 's/^/# /'
	fi
done
echo "1..$n"
