#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Two busy loops at every pair of nine nice levels.
set -uo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." || exit 1

exec vm/run --quiet --icount --timeout 7200 -- sh /selftests/39-nice.sh all
