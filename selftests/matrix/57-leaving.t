#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A CPU goes off whose tasks may run nowhere else, on each kernel series.
# Beside others: nothing is measured.
set -uo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." || exit 1
. selftests/matrix/series.sh

leaving()
{
	local status=0

	vm/run --quiet --again --kernel "$1" --cpus 2 --timeout 300 -- sh /selftests/57-leaving.sh 3 ||
		status=$?
	# shellcheck disable=SC2034
	series_note=": $(sed -n "s,^# \(a CPU went\),\1,p" "$series_out")"
	return "$status"
}
each_series 30 leaving
