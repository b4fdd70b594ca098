#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Yielders of nice 19 beside messaging for twenty minutes of guest time.
set -uo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." || exit 1

exec vm/run --quiet --cpus 4 --timeout 2400 -- sh /selftests/40-yield.sh 1200
