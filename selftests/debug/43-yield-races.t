#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# On the debug kernel: yields to anybody, between virtual CPUs too, while everything changes.
set -uo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." || exit 1

exec vm/run --quiet --again --kernel debug --cpus 4 --svm --timeout 2400 -- sh /selftests/43-yield-races.sh 40
