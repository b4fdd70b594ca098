#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Chaos on each kernel series, with the module where there are headers to build it with.
# usage: 49-chaos.t [SECONDS]: 45 if not given, 40 at least
set -uo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." || exit 1
. selftests/matrix/series.sh

chaos()
{
	local status=0

	selftests/vm/chaos --kernel "$2" --seed 1 --seconds "$1" || status=$?
	# shellcheck disable=SC2034
	series_note=": $(sed -n '/none is lost/s/.* - //p' "$series_out")"
	return "$status"
}
each_series 60 chaos "${1:-45}"
