#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A million hand-offs of virtual CPUs.
set -uo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." || exit 1

exec vm/run --quiet --icount --svm --settle 2 --timeout 7200 -- sh /selftests/42-handoff.sh 1000000
