#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Yielders of nice 19 beside messaging, on four emulated CPUs.
set -uo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../../.." || exit 1

exec vm/run --quiet --again --cpus 4 --timeout 300 -- sh /selftests/40-yield.sh 30
