#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# CPUs set apart by cpuset partitions and nohz_full=.
set -uo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." || exit 1

exec vm/run --quiet --icount --cpus 3 --settle 2 --timeout 600 --append nohz_full=2 -- \
	sh /selftests/55-isolated.sh
