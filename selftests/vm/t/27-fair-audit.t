#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The audit of the kernel's own fair class on Linux 7.3, and a check of each kind seen to fail;
# selftests/matrix/27-fair-audit.t sees each one.
set -uo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../../.." || exit 1

exec vm/run --quiet --again --kernel 7.3 --cpus 2 --timeout 300 -- sh /selftests/27-fair-audit.sh \
	50000 8 sum_w_vruntime pick unlocked charge
