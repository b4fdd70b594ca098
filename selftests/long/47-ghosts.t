#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Tasks are moved between cgroups while they sleep as ghosts, for two minutes.
set -uo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." || exit 1

exec vm/run --quiet --again --cpus 2 --timeout 600 -- sh /selftests/47-ghosts.sh 120
