#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# How the cost of a decision grows with the number of tasks.
set -uo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../../.." || exit 1

exec vm/run --quiet --icount --timeout 600 -- sh /selftests/36-growth.sh
