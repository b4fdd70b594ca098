#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The anti-stall guard, and tasks that are changed while they wait.
set -uo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../../.." || exit 1

exec vm/run --quiet --icount --cpus 2 --settle 2 --timeout 600 -- sh /selftests/56-guard.sh
