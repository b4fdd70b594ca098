#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# More busy loops than CPUs, for longer, on 4 CPUs.
set -uo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." || exit 1

exec vm/run --quiet --icount --cpus 4 --settle 2 --timeout 3600 -- sh /selftests/48-machine.sh 10
