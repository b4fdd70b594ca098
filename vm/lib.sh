# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Shared by the scripts in vm/: names, places, messages. To be sourced.

me=vm/$(basename -- "$0")
tree=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)

# Oldest first. 6.12 is here because it is what Debian stable boots: no sched_ext in it, so it is
# the kernel on which the programs must refuse with a sentence.
all_series='6.12 6.16 6.17 6.18 6.19 7.0 7.1 7.2 7.3'
# shellcheck disable=SC2034
newest_series=7.3

# Where sentences go. A script whose stderr goes into a log keeps its caller's here.
msg_fd=2

die()
{
	printf '%s: %s\n' "$me" "$*" >&"$msg_fd"
	exit 1
}

usage_error()
{
	printf '%s: %s; %s --help tells more\n' "$me" "$*" "$me" >&2
	exit 2
}

note()
{
	printf '%s: %s\n' "$me" "$*" >&"$msg_fd"
}

# number NAME VALUE LOW HIGH: VALUE must be decimal, without sign, within the bounds
number()
{
	[[ $2 =~ ^(0|[1-9][0-9]{0,8})$ ]] && (( $2 >= $3 && $2 <= $4 )) ||
		usage_error "$1 wants a number from $3 to $4, not '$2'"
}

is_series()
{
	[[ " $all_series " == *" $1 "* && $1 != *' '* ]]
}

# A series, or the kernel of our own that vm/debug-kernel builds
is_kernel()
{
	is_series "$1" || [[ $1 == debug ]]
}

# What is wrong with a kernel that kernel_is_here does not find
not_here()
{
	if [[ $1 == debug ]]; then
		echo "kernel debug has not been built; do so with 'vm/debug-kernel'"
	else
		echo "kernel $1 has not been fetched; do so with 'vm/root --kernels $1'"
	fi
}

set_cache()
{
	cache=${SCX_LEDGER_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/scx_ledger}
	[[ $cache == /* ]] || cache=$PWD/$cache
	[[ $cache != *$'\n'* && $cache != *:* ]] ||
		die "the cache folder '$cache' has a colon or a line end in its name; set SCX_LEDGER_CACHE"
	case $cache/ in
	"$tree"/*)
		die "the cache folder $cache is inside the source tree; set SCX_LEDGER_CACHE" ;;
	esac
	root=$cache/root
}

inside_root()
{
	[[ -e /.scx_ledger_root ]]
}

# The identity of the root: anything that changes what vm/root would make.
root_identity()
{
	{
		echo 'format 1'
		grep -v -e '^#' -e '^$' "$tree/vm/packages"
	} | sha256sum | cut -c1-16
}

root_is_current()
{
	[[ -e $root/.scx_ledger_root && $(cat "$root/.scx_ledger_root") == "$(root_identity)" ]]
}

# Flags for unshare that make us root over the cache folder in a mount namespace of our own.
# Ordinary users keep their identity as root, their subordinate ids become the other ids.
unshare_flags()
{
	if (( EUID == 0 )); then
		echo --mount --propagation private
	else
		echo --map-root-user "$@" --mount --propagation private
	fi
}

# The release, config and so on of a fetched kernel: kernel_fact SERIES FACT
kernel_fact()
{
	cat "$cache/kernels/$1/$2" 2>/dev/null
}

# Where a module for this kernel is built, inside the root
kernel_headers()
{
	if [[ $1 == debug ]]; then
		echo "$cache/kernels/debug/linux"
	else
		echo "/usr/src/linux-headers-$(kernel_fact "$1" release)"
	fi
}

# fetched PACKAGE: the file of it that vm/root --fetch has stored
fetched()
{
	printf '%s\n' "$cache/fetched/$1"_*.deb | sort -V | tail -n 1
}

kernel_is_here()
{
	local headers=$root

	[[ -e $cache/kernels/$1/vmlinuz && -e $cache/kernels/$1/sched_ext ]] || return 1
	kernel_fact "$1" release >/dev/null || return 1
	[[ $1 != debug ]] || headers=''
	headers+=$(kernel_headers "$1")
	[[ ! -e $cache/kernels/$1/headers || -e $headers/Makefile ]]
}

# trouble FILE: the first kernel messages in a console that mean something broke, at the start of a
# message or after its subsystem's name. The spectre one is about the bare machine's configuration,
# not about a bug.
trouble()
{
	local start='^\[ *[0-9]+\.[0-9]+\](\[[^]]*\])? ([a-z_ -]+: )*'
	local kinds='BUG:|WARNING:|Oops|kernel BUG|Kernel panic|Call Trace:|KASAN:|UBSAN:|KCSAN:'

	kinds+='|refcount_t:|general protection|INFO: task .* blocked for more than'
	kinds+='|INFO: rcu.*(stall|detected)|.*rcu.*detected stalls|.*(soft|hard) (lockup|LOCKUP)'
	kinds+='|.*possible recursive locking|.*suspicious RCU'
	# Of debug kernels; lockdep that has given up reports nothing from then on.
	kinds+='|\[ BUG:|INFO: trying to register non-static key|ODEBUG:'
	kinds+='|turning off the locking correctness validator|INFO: lockdep is turned off'
	tr -d '\r' <"$1" | grep -aE "$start($kinds)" |
		grep -av 'Spectre V2 : WARNING: Unprivileged eBPF' | head -n 20 || true
}

# emulator_fault FILE: the first trouble in a console is a breakpoint that is not in memory. After a
# real int3 the byte before the marked one in the Code: line is cc; an emulated CPU that runs code
# while another one patches it (text_poke) may trap on a breakpoint that is gone already.
emulator_fault()
{
	local first

	grep -qa 'Oops: int3: ' "$1" || return 1
	first=$(trouble "$1")
	[[ ${first%%$'\n'*} == *' Oops: int3: '* ]] || return 1
	awk '
		BEGIN { status = 1 }
		/ Oops: int3: / { oops = 1; next }
		oops && / Code: / {
			if (match($0, /[0-9a-f][0-9a-f] <[0-9a-f][0-9a-f]>/))
				status = substr($0, RSTART, 2) == "cc"
			exit
		}
		END { exit status }' "$1"
}
