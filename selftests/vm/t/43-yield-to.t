#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Directed yields by the module's file: who runs next, what it costs, what neighbours lose.
set -uo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../../.." || exit 1

exec vm/run --quiet --icount --settle 2 --timeout 900 -- sh /selftests/43-yield-to.sh
