#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Ten thousand tasks that can run, and as many as the kernel allows.
set -uo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." || exit 1

exec vm/run --quiet --icount --cpus 2 --settle 2 --timeout 1800 -- sh /selftests/51-many.sh 10000 twice
