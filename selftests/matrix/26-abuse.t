#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The files of the module under abuse, for a minute.
# Beside others: one of its CPUs does nearly all, and nothing is timed.
set -uo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." || exit 1

exec vm/run --quiet --again --cpus 2 --timeout 900 -- sh /selftests/26-abuse.sh 60
