#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The timers that end slices, on several CPUs: wakeups from elsewhere, CPUs that go and come, detaching.
set -uo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../../.." || exit 1

exec vm/run --quiet --again --cpus 2 --timeout 600 -- sh /selftests/46-hrtick-cpus.sh
