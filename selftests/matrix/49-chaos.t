#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Chaos on each kernel series, with the module where there are headers to build it with.
# usage: 49-chaos.t [SECONDS]: so long on four CPUs, 40 at least. If not given, on 7.3 what make check
# does, and elsewhere 45 s on two CPUs, which two cores emulate at twice the speed.
set -uo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." || exit 1
. selftests/matrix/series.sh

chaos()
{
	local how=(--cpus 2 --seconds 45) status=0

	if (( $# > 1 )); then
		how=(--seconds "$1")
		shift
	elif [[ $1 == 7.3 ]]; then
		how=(--seconds 60)
	fi
	selftests/vm/chaos --kernel "$1" --seed 1 "${how[@]}" || status=$?
	# shellcheck disable=SC2034
	series_note=": $(sed -n '/none is lost/s/.* - //p' "$series_out")"
	return "$status"
}
each_series 60 chaos "$@"
