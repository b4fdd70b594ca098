#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The lag of busy loops over a million switches a mix.
set -uo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." || exit 1

exec vm/run --quiet --icount --timeout 14400 -- sh /selftests/37-lag.sh 720 6000000
