#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Two busy loops of different nice, in exact guest time.
set -uo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../../.." || exit 1

exec vm/run --quiet --icount --timeout 1200 -- sh /selftests/39-nice.sh
