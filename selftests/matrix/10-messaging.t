#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The same program on every kernel series that Debian still has: loads, schedules perf bench sched
# messaging, detaches; with the module where there are headers to build it with.
# Beside others: nothing is measured.
set -uo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
cd -- "$here/../.." || exit 1
. selftests/matrix/series.sh

messaging()
{
	local mode=off

	vm/kernels --headers "$1" >/dev/null 2>&1 && mode=require
	# shellcheck disable=SC2034
	series_note=", audit $mode"
	vm/run --quiet --again --kernel "$1" --share "$here" -- sh /share/messaging.sh "$mode"
}
each_series 30 messaging
