#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# CPU time by weight on one CPU, in exact guest time.
set -uo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../../.." || exit 1

exec vm/run --quiet --icount --settle 2 --timeout 300 -- sh /selftests/35-shares.sh
