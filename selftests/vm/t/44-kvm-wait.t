#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A yield goes to the virtual CPU that has the yielder's interrupt, in exact guest time.
set -uo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../../.." || exit 1

exec vm/run --quiet --icount --svm --settle 2 --timeout 900 -- sh /selftests/44-kvm-wait.sh
