#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# On the debug kernel: the scheduler under load, attached and detached, killed, without the module.
set -uo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." || exit 1

exec vm/run --quiet --again --kernel debug --cpus 2 --timeout 2400 -- sh /selftests/30-sched.sh 5 20
