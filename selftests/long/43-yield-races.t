#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Directed yields in races for ten minutes.
set -uo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." || exit 1

exec vm/run --quiet --again --cpus 4 --svm --timeout 7200 -- sh /selftests/43-yield-races.sh 600
