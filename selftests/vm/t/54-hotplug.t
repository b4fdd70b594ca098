#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# CPUs that go off and come back while the scheduler runs.
set -uo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../../.." || exit 1

exec vm/run --quiet --icount --cpus 3 --settle 2 --timeout 900 -- sh /selftests/54-hotplug.sh
