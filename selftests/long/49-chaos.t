#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Chaos on four emulated CPUs, half an hour, another one each time. The seed is printed.
set -uo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." || exit 1

exec selftests/vm/chaos --seconds 1800
