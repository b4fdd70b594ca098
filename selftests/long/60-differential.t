#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# include/eevdf against the oracle over a hundred million steps, every figure after each.
set -uo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." || exit 1

seeds=(11 12 13 14 15 16 17 18 19 20)
steps=10000000
test=${BUILD:-build}/unit/t_differential

echo 'TAP version 13'
echo "1..${#seeds[@]}"
failed=0
for i in "${!seeds[@]}"; do
	# Which histories is told for a failure only
	if out=$("$test" "${seeds[i]}" "$steps" 2>&1); then
		echo "ok $(( i + 1 )) - seed ${seeds[i]}: $steps steps"
	else
		echo "not ok $(( i + 1 )) - seed ${seeds[i]}: $steps steps"
		failed=1
	fi
	grep -v -e '^TAP' -e '^1\.\.' <<<"$out" | sed 's/^#* */# /'
done
exit "$failed"
