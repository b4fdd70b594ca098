#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The audit of the kernel's own fair class on Linux 7.3: each check is seen to fail.
set -uo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." || exit 1

exec vm/run --quiet --again --kernel 7.3 --cpus 4 --timeout 400 -- sh /selftests/27-fair-audit.sh
