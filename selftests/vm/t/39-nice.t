#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Two busy loops of different nice, in exact guest time: six pairs.
set -uo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../../.." || exit 1

exec vm/run --quiet --icount --timeout 900 -- sh /selftests/39-nice.sh
