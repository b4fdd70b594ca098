#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A group that sleeps and wakes beside one that computes: three windows of ten seconds, more pairs of
# weights, and beside the fair class and the kernel's own scx_flatcg.
# Beside others: a guest with exact time.
set -uo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." || exit 1

share=$(vm/flatcg) || exit 1
vm/run --quiet --icount --cpus 2 --settle 2 --timeout 7200 --share "$share" -- \
	sh /selftests/47-sleepers.sh 10 3 long
