#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The table of mutants in Documentation/invariants.md is the one that the tests use. To renew it:
# selftests/lint/31-mutant-table.t --write
set -uo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." || exit 1

doc=Documentation/invariants.md
table()
{
	LC_ALL=C selftests/mutants/apply --markdown selftests/mutants/*.mutants
}

if [[ ${1:-} == --write ]]; then
	new=$(mktemp) && table >"$new" &&
		sed -i -e "/^<!-- mutants -->/,/^<!-- .mutants -->/{/^<!-- .mutants -->/r $new" -e 'd}' "$doc"
	rm -f "$new"
	exit
fi

echo TAP version 13
echo 1..2
if found=$(diff <(sed -n '/^<!-- mutants -->/,/^<!-- .mutants -->/p' "$doc") <(table) 2>&1); then
	echo "ok 1 - the table in $doc"
else
	echo "not ok 1 - the table in $doc; $0 --write renews it"
	printf '# %s\n' "${found//$'\n'/$'\n# '}"
fi
n=$(table | grep -c '^| [a-z0-9-]* | .* | .* |$')
if (( n > 41 )); then
	echo "ok 2 - $((n - 1)) mutants, at least 40"
else
	echo "not ok 2 - $((n - 1)) mutants, fewer than 40"
fi
