# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154 # what it does not set are variables of vm/run
# Guests that do not boot. One that has booted is frozen as soon as it is up, and whoever wants the
# same again starts from there: an emulated CPU takes ten seconds and more to boot, and less than two
# to be thawed. To be sourced by vm/run, inside the root.
#
# What is frozen holds all but the command, and its first process (vm/init) waits for that. It comes by
# fw_cfg: QEMU's own files, of which the guest gets a new list when it loads the driver again. Nothing
# comes by a channel with a timing of its own, so a guest with --icount goes the same way each time that
# it is thawed.

# So many are kept, some 300 MB each.
frozen_most=8
# The driver reads bytes, and all that are before them each time: for so much it takes a second.
frozen_command_max=500000

# Pages of zeros, which most are, are neither written nor read.
frozen_flags=(-global migration.mapped-ram=on)

# Where the state of the guest that ${qemu[@]} boots is, or will be
frozen_place()
{
	local key

	key=$({
		qemu-system-x86_64 --version
		sha256sum <"$cache/kernels/$series/vmlinuz"
		cat "$work/programs.cpio" "$tree/vm/frozen.sh"
		printf '%s\n' "${base_cpio##*/}" "${modules_cpio##*/}" "${qemu[@]//"$work"/}"
	} | sha256sum | cut -c1-16)
	printf '%s\n' "$cache/frozen/$key"
}

# KVM boots at once. Without the driver nothing reaches the guest.
can_freeze()
{
	local driver

	[[ $accel == tcg ]] && (( $(stat -c %s "$work/command.cpio") <= frozen_command_max )) || return 1
	driver=$(find "$cache/kernels/$series/modules" -name 'qemu_fw_cfg.ko*' -print -quit 2>/dev/null)
	[[ -n $driver ]]
}

# qemu_ends_by SECOND: waits; false if it lives on
qemu_ends_by()
{
	while kill -0 "$qemu_pid" 2>/dev/null; do
		(( SECONDS < $1 )) || return 1
		sleep 0.1
	done
}

# freeze_into FILE: boots ${qemu[@]}; FILE is its state, its console in FILE.console. False if it did not
# come up.
freeze_into()
{
	local status=0 by=$((begin + timeout))

	: >"$work/ctl"
	: >/proc/self/fd/7
	rm -f -- "$work/monitor" "$work/state"
	mkfifo -- "$work/monitor"
	exec 6<>"$work/monitor"
	setpriv --pdeathsig KILL -- "${qemu[@]}" "${frozen_flags[@]}" -monitor stdio <&6 >"$work/qemu" 2>&1 &
	qemu_pid=$!
	until grep -qx up "$work/ctl"; do
		kill -0 "$qemu_pid" 2>/dev/null && (( SECONDS < by )) || break
		sleep 0.1
	done
	# The guest runs on meanwhile: frozen while it stands still, it would stand still when thawed.
	cat >&6 <<-END
		migrate_set_parameter max-bandwidth 100G
		migrate file:$work/state
		info migrate
		quit
	END
	qemu_ends_by "$by" || kill -KILL "$qemu_pid" 2>/dev/null || true
	wait "$qemu_pid" 2>/dev/null || status=$?
	qemu_pid=''
	exec 6>&-
	(( status == 0 )) && grep -qx up "$work/ctl" && grep -q 'Status:.*completed' "$work/qemu" &&
		[[ -z $(trouble /proc/self/fd/7) ]] || return 1
	cat /proc/self/fd/7 >"$1.console"
	mv -- "$work/state" "$1.new"
	mv -- "$1.new" "$1"
}

# freeze FILE: as freeze_into, unless somebody else has done it meanwhile
freeze()
{
	local status=0

	mkdir -p -- "${1%/*}"
	exec 5>"$1.lock"
	flock 5
	if [[ ! -e $1 ]]; then
		forget "${1%/*}"
		freeze_into "$1" || freeze_into "$1" || status=1
	fi
	exec 5>&-
	return "$status"
}

# forget FOLDER: those of yesterday, and the oldest ones if another one would be too many
forget()
{
	local name

	find "$1" -type f -mtime +1 -delete
	find "$1" -type f ! -name '*.*' -printf '%T@ %f\n' | sort -rn | tail -n +"$frozen_most" |
		while read -r _ name; do
			rm -f -- "$1/$name" "$1/$name.console" "$1/$name.lock"
		done
}

# ${qemu[@]} will go on from FILE
set_thawed()
{
	# See forget()
	touch -c -- "$1" "$1.console"
	ln -sfn -- "$1" "$work/state"
	qemu+=("${frozen_flags[@]}" -incoming "file:$work/state"
		-fw_cfg "name=opt/scx_ledger,file=$work/command.cpio")
}
