# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# The same on each kernel series that the scheduler runs on. To be sourced, at the top of the tree.

# each_series LINES COMMAND...: a TAP line for each. COMMAND gets the series as its last argument. What it
# prints goes to the file $series_out; the last LINES of it are told if it fails. It may set $series_note.
each_series()
{
	local lines=$1 fetched series status n=0

	shift
	fetched=$(vm/kernels --list)
	series_out=$(mktemp)
	trap 'rm -f -- "$series_out"' EXIT
	echo TAP version 13
	for series in 6.16 6.17 6.18 6.19 7.0 7.1 7.2 7.3; do
		n=$((n + 1))
		if ! grep -qxF "$series" <<<"$fetched"; then
			echo "not ok $n - $series: not fetched; vm/root --kernels $series does so"
			continue
		fi
		status=0
		series_note=
		"$@" "$series" >"$series_out" 2>&1 </dev/null || status=$?
		if (( status == 0 )); then
			echo "ok $n - $(vm/kernels --version "$series")$series_note"
		else
			echo "not ok $n - $(vm/kernels --version "$series")$series_note (status $status)"
			tail -n "$lines" "$series_out" | sed 's/^/# /'
		fi
	done
	echo "1..$n"
}
