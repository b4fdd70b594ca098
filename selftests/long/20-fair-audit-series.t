#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The audit of the kernel's own fair class for a minute on each kernel that does not crash.
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." || exit 1

exec selftests/matrix/20-fair-audit.t 60 6.16 6.17 6.18 6.19 7.0 7.1 7.2 7.3
