#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# On the debug kernel: the loader, its restarts and refusals.
set -uo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." || exit 1

exec vm/run --quiet --again --kernel debug --cpus 2 --timeout 1200 -- /selftests/20-loader.sh
