#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A group that sleeps and wakes all the time beside one that computes, on two CPUs.
set -uo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../../.." || exit 1

exec vm/run --quiet --icount --cpus 2 --settle 2 --timeout 900 -- sh /selftests/47-sleepers.sh 2 2
