#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# How late a task with a short slice wakes beside busy loops, in exact guest time.
set -uo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../../.." || exit 1

exec vm/run --quiet --icount --timeout 1200 -- sh /selftests/38-latency.sh
