#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Five minutes of chaos on each kernel series that was fetched.
set -uo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." || exit 1

exec selftests/matrix/49-chaos.t 300
