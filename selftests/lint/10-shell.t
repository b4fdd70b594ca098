#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Every shell script through shellcheck. A script for /bin/sh runs in dash in the guest, and says so with
# a directive; settings are in .shellcheckrc.
set -uo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." || exit 1

# Scripts have the ending .sh or .t, or no ending and a shell in their first line.
scripts()
{
	local file first

	find vm .ci userspace selftests -type f | LC_ALL=C sort | while read -r file; do
		first=
		IFS= read -r first <"$file" 2>/dev/null
		case ${file##*/} in
		*.sh) ;;
		*.*) [[ $file == *.t && $first == '#!'*sh ]] || continue ;;
		*) [[ $first == '#!'*sh ]] || continue ;;
		esac
		echo "$file"
	done
}

mapfile -t files < <(scripts)
echo TAP version 13
if ! command -v shellcheck >/dev/null; then
	echo '1..0 # SKIP there is no shellcheck'
	exit
fi
echo "1..${#files[@]}"
n=0
for file in "${files[@]}"; do
	n=$((n + 1))
	if [[ $file == *.t && ! -x $file ]]; then
		echo "not ok $n - $file"
		echo '# nobody may execute it'
	elif found=$(shellcheck -f gcc -- "$file" 2>&1) && [[ -z $found ]]; then
		echo "ok $n - $file"
	else
		echo "not ok $n - $file"
		printf '# %s\n' "${found//$'\n'/$'\n# '}"
	fi
done
