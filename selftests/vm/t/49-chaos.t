#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Chaos on four emulated CPUs, a minute.
set -uo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../../.." || exit 1

exec selftests/vm/chaos --seed 1 --seconds 60
