#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Shares of the whole machine: more loops than CPUs, equal and not, on four.
set -uo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../../.." || exit 1

exec vm/run --quiet --icount --cpus 4 --settle 2 --timeout 600 -- sh /selftests/48-machine.sh
