#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# include/eevdf against the fair class of Linux 7.3, on four emulated CPUs.
set -uo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../../.." || exit 1

exec vm/run --quiet --again --kernel 7.3 --cpus 4 --timeout 600 -- sh /selftests/50-fair.sh
