#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A minute of chaos on Linux 7.3; selftests/matrix/49-chaos.t does it on each series.
set -uo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../../.." || exit 1

exec selftests/vm/chaos --seed 1 --seconds 60
