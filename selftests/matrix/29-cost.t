#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What the audit costs, in exact guest instructions.
set -uo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." || exit 1

exec vm/run --quiet --again --icount --timeout 900 -- sh /selftests/29-cost.sh
