#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# libFuzzer writes histories for the differential test, ten minutes long.
set -uo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." || exit 1

seconds=600
fuzzer=${BUILD:-build}/fuzz/fuzz_history

echo 'TAP version 13'
echo '1..2'
work=$(mktemp -d) || exit 1
trap 'rm -rf -- "$work"' EXIT
mkdir "$work/corpus"
HISTORY_CASES=$work "$fuzzer" -max_len=3000 -max_total_time="$seconds" -print_final_stats=1 \
	-artifact_prefix="$work/" "$work/corpus" >"$work/log" 2>&1
status=$?
failed=0
if (( status == 0 )); then
	echo "ok 1 - $seconds seconds without a difference, sanitizers on"
else
	echo "not ok 1 - the fuzzer found something, or did not run: exit status $status"
	grep -vE '^#[0-9]' "$work/log" | tail -60 | sed 's/^/# /'
	failed=1
fi
runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$work/log")
# A run that dies at once, or waits for something, must not pass
if (( ${runs:-0} >= 20 * seconds )); then
	echo "ok 2 - $runs histories"
else
	echo "not ok 2 - only ${runs:-0} histories"
	failed=1
fi
grep -E '^#[0-9]+.*(INITED|DONE)|^INFO: Seed' "$work/log" | sed 's/^#*/# /'
exit "$failed"
