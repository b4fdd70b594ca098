#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A directed yield to a task that waits on another CPU.
set -uo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../../.." || exit 1

exec vm/run --quiet --icount --cpus 2 --settle 2 --timeout 900 -- sh /selftests/43-yield-cross.sh
