#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The audit of the kernel's own fair class, on each kernel: the corruption is told where there is one,
# ahead of the crash, and nothing where there is none. A boot a kernel.
# usage: 20-fair-audit.t [SECONDS [SERIES...]]; SERIES-bare: without the module, though there is one.
# If not given, a minute where something is to be found, and less where nothing may be: a million
# checks take a second or two.
set -uo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
cd -- "$here/../.." || exit 1

seconds=${1:-}
(( ! $# )) || shift
(( $# )) || set -- 6.12 6.12-bare 6.16 6.17 6.18 6.19 7.0 7.1 7.2 7.3

fair_tmp=$(mktemp -d)
trap 'rm -rf -- "$fair_tmp"' EXIT
n=0

# Kernels whose avg_vruntime() writes while its debug file calls it without the lock: which they are
# is known by their behaviour, they crash.
fair_is_affected()
{
	[[ $1 == 6.12 ]]
}

# Kernels whose debug file calls it without the lock too, but where it only reads.
fair_only_reads()
{
	[[ " 6.16 6.17 6.18 " == *" $1 "* ]]
}

# Kernels that do not set max_slice when they enqueue: it is stale in a leaf whose slice has changed since.
fair_keeps_stale_max_slice()
{
	[[ " 6.19 7.0 7.1 " == *" $1 "* ]]
}

# fair_in_console PATTERN: in what the console of the guest holds, before the line of the crash if there is
# one. From a file: in a pipe a grep that has seen enough ends who writes, and that counts as a failure.
fair_in_console()
{
	tr -d '\r' <"$fair_tmp/console" |
		sed '/BUG: kernel NULL pointer dereference/q' >"$fair_tmp/before"
	grep -qE -- "$1" "$fair_tmp/before"
}

# The record: what is wrong, and the queue in order.
fair_told()
{
	fair_in_console 'eevdf_audit: fair: (sum_w_vruntime|zero_point|eligible|foreign): cpu' &&
		fair_in_console 'eevdf_audit: cfs_rq\([0-9]+:[0-9a-f]+\): sum_w_vruntime' &&
		fair_in_console 'eevdf_audit: [T@][ <][ =][ >] se\('
}

# Without the module: the trace buffer, which a kernel dumps when it crashes.
fair_dumped()
{
	local text

	text=$(tr -d '\r' <"$fair_tmp/console" | sed -n '/Dumping ftrace buffer/,/Kernel panic/p')
	grep -qE 'eevdf_audit: fair: check [0-9]+ failed on cpu' <<<"$text" &&
		grep -qE 'eevdf_audit: kept -?[0-9]+ recomputed -?[0-9]+ difference -?[1-9]' <<<"$text" &&
		grep -qE 'eevdf_audit: cfs_rq\([0-9]+:[0-9a-f]+\): sum_w_vruntime' <<<"$text" &&
		grep -qE 'eevdf_audit: [T@][ <][ =][ >] se\(' <<<"$text"
}

# fair_result NAME: a figure of the last object; its first of that name is the total
fair_result()
{
	local line

	line=$(grep '^{"final":true' "$fair_tmp/out" | tail -n 1)
	[[ $line =~ \"$1\":([0-9]+) ]] && echo "${BASH_REMATCH[1]}"
}

# fair_judge SERIES MODULE: prints what is amiss; nothing: all well
fair_judge()
{
	if fair_is_affected "$1" && [[ $2 == no ]]; then
		fair_dumped || echo 'the corruption was not in what a crash dumps'
		return
	fi
	if fair_is_affected "$1"; then
		fair_in_console 'eevdf_audit: fair: unlocked: .* by cat:' ||
			echo 'the unlocked call was not told'
		fair_told || echo 'the corruption was not told in the console ahead of a crash'
		return
	fi
	grep -q '^crash-test over' "$fair_tmp/out" || { echo 'the guest died'; return; }
	[[ $(fair_result checks) -ge 1000000 ]] || echo "only $(fair_result checks) checks"
	if fair_only_reads "$1"; then
		! grep -o '"finding":"[a-z_]*"' "$fair_tmp/out" | grep -vE '"(unlocked|stale_min_slice)"' ||
			echo 'more than the unlocked readers was found'
	elif fair_keeps_stale_max_slice "$1"; then
		! grep -o '"finding":"[a-z_]*"' "$fair_tmp/out" | grep -v '"max_slice"' ||
			echo 'more than a stale max_slice was found'
	else
		[[ $(fair_result violations) == 0 ]] || echo 'violations'
	fi
}

# fair_row SERIES[-bare] SECONDS: a line of TAP
fair_row()
{
	local series=${1%-bare} module=no amiss checks crashed='survived'

	n=$((n + 1))
	if ! vm/kernels --version "$series" >/dev/null 2>&1; then
		echo "not ok $n - $series: not fetched; vm/root --kernels $series does so"
		return
	fi
	[[ $1 == *-bare ]] || ! vm/kernels --headers "$series" >/dev/null 2>&1 || module=yes
	: >"$fair_tmp/console"
	# A kernel that is booted once is not worth to be frozen.
	vm/run --quiet --boot --kernel "$series" --cpus 4 --timeout 900 --allow-oops \
		--console "$fair_tmp/console" \
		--append 'oops=panic tsc=reliable no_timer_check' --share "$here" -- \
		sh /share/fair.sh "$module" "$2" >"$fair_tmp/out" 2>&1 </dev/null
	amiss=$(fair_judge "$series" "$module")
	! grep -q 'BUG: kernel NULL pointer' "$fair_tmp/console" || crashed='crashed'
	if [[ -z $amiss ]]; then
		checks=$(fair_result checks)
		[[ -z $checks ]] || checks=", $checks checks, $(fair_result violations) violations"
		echo "ok $n - $(vm/kernels --version "$series"), module $module, $crashed$checks"
	else
		echo "not ok $n - $(vm/kernels --version "$series"), module $module, $crashed:" \
			"${amiss//$'\n'/; }"
		tail -n 12 "$fair_tmp/out" | cut -c 1-300 | sed 's/^/# /'
		grep -a eevdf_audit "$fair_tmp/console" | tail -n 60 | sed 's/^/# /'
	fi
}

echo TAP version 13
for s; do
	if fair_is_affected "${s%-bare}"; then
		fair_row "$s" "${seconds:-60}"
	else
		fair_row "$s" "${seconds:-24}"
	fi
done
echo "1..$n"
