#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# All injected mistakes in the scheduler, on two emulated CPUs: who notices first?
set -uo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." || exit 1

exec vm/run --quiet --icount --cpus 2 --settle 2 --timeout 2400 -- sh /selftests/28-mutants.sh
