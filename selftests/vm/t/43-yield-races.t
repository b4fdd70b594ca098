#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Directed yields while targets exit and move and CPUs come and go.
set -uo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../../.." || exit 1

exec vm/run --quiet --again --cpus 4 --timeout 900 -- sh /selftests/43-yield-races.sh
