#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The scheduler and the module on emulated CPUs with real interleavings; on four in selftests/long.
# Beside others: nothing is timed.
set -uo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../../.." || exit 1

exec vm/run --quiet --again --cpus 2 --timeout 900 -- sh /selftests/30-sched.sh 4 20
