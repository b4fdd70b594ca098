#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# How far busy loops are off their share, and true lag, in exact guest time.
set -uo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../../.." || exit 1

exec vm/run --quiet --icount --timeout 1200 -- sh /selftests/37-lag.sh
