#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The corruption of zero_vruntime is told ahead of the crash in ten boots of ten, on a kernel that has
# it; see Documentation/fair-audit.md.
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." || exit 1

exec selftests/matrix/20-fair-audit.t 240 6.12 6.12 6.12 6.12 6.12 6.12 6.12 6.12 6.12 6.12
