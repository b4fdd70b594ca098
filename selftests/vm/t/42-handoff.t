#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Virtual CPUs that hand a flag to each other beside busy loops, in exact guest time.
set -uo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../../.." || exit 1

exec vm/run --quiet --icount --svm --settle 2 --timeout 900 -- sh /selftests/42-handoff.sh 72000
