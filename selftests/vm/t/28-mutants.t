#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Injected mistakes in the scheduler, on two emulated CPUs: who notices first? A dozen of all rooms here;
# selftests/matrix/28-mutants.t runs all.
set -uo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../../.." || exit 1

exec vm/run --quiet --icount --cpus 2 --settle 2 --timeout 600 -- sh /selftests/28-mutants.sh \
	sum-sub-lost zero-foreign tree-stale-rotation weight-after-renice lag-sign lag-clamp-missing \
	place-at-v deadline-not-renewed pick-eligibility-ignored protect-forgotten \
	exec-sleep-free ghost-not-removed gift-not-paid credit-never-expires \
	wakeup-lost
