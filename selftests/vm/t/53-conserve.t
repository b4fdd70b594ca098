#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Work conservation on four CPUs, beside the fair class in the same boot.
set -uo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../../.." || exit 1

exec vm/run --quiet --icount --cpus 4 --settle 2 --timeout 900 -- sh /selftests/53-conserve.sh 3 1
