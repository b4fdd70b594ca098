#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# eevdf-audit in a guest, with and without the module.
# Beside others: nothing is timed.
set -uo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../../.." || exit 1

exec vm/run --quiet --again --cpus 2 --timeout 240 -- sh /selftests/25-audit.sh
