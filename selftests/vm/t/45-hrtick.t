#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Slices end on time, in exact guest time on one CPU.
set -uo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../../.." || exit 1

exec vm/run --quiet --icount --settle 2 --timeout 600 -- sh /selftests/45-hrtick.sh
