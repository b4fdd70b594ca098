#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Directed yields beside eight neighbours for two minutes of guest time.
set -uo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." || exit 1

exec vm/run --quiet --icount --settle 2 --timeout 7200 -- sh /selftests/43-yield-to.sh 120
