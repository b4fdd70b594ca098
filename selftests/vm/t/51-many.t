#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Two thousand tasks that can run, and as many as a small limit allows.
set -uo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../../.." || exit 1

exec vm/run --quiet --icount --cpus 2 --settle 2 --timeout 600 -- sh /selftests/51-many.sh 2000 once 4000
