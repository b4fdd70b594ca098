#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The scheduler under load, for long: a hundred starts, a quarter of an hour of stressors.
set -uo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." || exit 1

exec vm/run --quiet --cpus 4 --timeout 2700 -- sh /selftests/30-sched.sh 100 900
