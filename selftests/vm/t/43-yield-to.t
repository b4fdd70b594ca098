#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Directed yields by the module's file, beside eight neighbours for ten seconds of guest time.
set -uo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../../.." || exit 1

exec vm/run --quiet --icount --settle 2 --timeout 900 -- sh /selftests/43-yield-to.sh 10
