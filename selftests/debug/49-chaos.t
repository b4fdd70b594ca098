#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# On the debug kernel: chaos for a minute.
set -uo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." || exit 1

exec selftests/vm/chaos --kernel debug --cpus 2 --seed 1 --seconds 60
