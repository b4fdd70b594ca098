#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Limits of cgroups on two CPUs, with those that are lifted and tasks that wait for very long.
set -uo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." || exit 1

exec vm/run --quiet --icount --cpus 2 --settle 2 --timeout 900 -- sh /selftests/52-cpu-max.sh long
