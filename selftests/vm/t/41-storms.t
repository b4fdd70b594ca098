#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Storms of messages, yields, nice values, slices, forks and sleepers, with every pick checked.
# Beside others: one of its CPUs does nearly all, and nothing is timed.
set -uo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../../.." || exit 1

exec vm/run --quiet --again --timeout 300 -- sh /selftests/41-storms.sh
