# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154 # what it does not set are variables of vm/run
# What the guest is made of. To be sourced by vm/run, inside the root, with its options in variables.

# Programs copied with the libraries they need. busybox does the rest.
guest_programs()
{
	cat <<-'END'
		bash bpftool chrt dash env jq kmod nice perf prlimit setpriv setsid stdbuf stress-ng
		taskset timeout
	END
}

pack()
{
	# One owner, one time: the same input makes the same archive. Not compressed: an emulated CPU
	# takes seconds to undo that.
	(cd "$1" && find . -exec touch -hd @0 {} + && find . -mindepth 1 -print0 | LC_ALL=C sort -z |
		cpio --quiet --null -o -H newc -R 0:0 --reproducible)
}

make_base()
{
	local dir=$work/base name path lib

	mkdir -p "$dir"/{dev,proc,sys,tmp,run,root,etc,lib,share,selftests,vm}
	mkdir -p "$dir"/usr/{bin,sbin,lib,local/bin,local/lib} "$dir/var/log"
	ln -s usr/bin "$dir/bin"
	ln -s usr/sbin "$dir/sbin"
	ln -s usr/lib64 "$dir/lib64"
	rmdir "$dir/lib"
	ln -s usr/lib "$dir/lib"
	mkdir -p "$dir/usr/lib64"
	cp /usr/bin/busybox "$dir/usr/bin/"
	busybox --list | grep -vx busybox | while read -r name; do
		ln -s busybox "$dir/usr/bin/$name"
	done
	for name in $(guest_programs); do
		path=$(command -v "$name")
		rm -f "$dir/usr/bin/$name"
		cp -L "$path" "$dir/usr/bin/$name"
		ldd "$path" 2>/dev/null | grep -oE '/[^ ]+' || true
	done | sort -u | while read -r lib; do
		mkdir -p "$dir/$(dirname "$lib")"
		cp -L "$lib" "$dir/$lib"
	done
	# Not busybox for scripts: its shell prefers its own applets to the programs above
	ln -sf dash "$dir/usr/bin/sh"
	for name in modprobe insmod rmmod lsmod modinfo depmod; do
		ln -sf kmod "$dir/usr/bin/$name"
	done
	echo 'root:x:0:0:root:/root:/bin/sh' >"$dir/etc/passwd"
	echo 'nobody:x:65534:65534:nobody:/:/bin/false' >>"$dir/etc/passwd"
	printf 'root:x:0:\nnogroup:x:65534:\n' >"$dir/etc/group"
	echo '127.0.0.1 localhost ledger' >"$dir/etc/hosts"
	pack "$dir"
	rm -rf "$dir"
}

# The few modules that are needed: KVM for --svm, fw_cfg for guests that are frozen
make_modules()
{
	local dir=$work/modules modules=$cache/kernels/$series/modules name file

	mkdir -p "$dir/lib/modules/$release"
	if [[ -d $modules ]]; then
		for name in kvm-amd kvm-intel qemu_fw_cfg; do
			modprobe -d "$modules" -S "$release" --show-depends "$name" 2>/dev/null |
				awk '$1 == "insmod" { print $2 }'
		done | sort -u | while read -r file; do
			file=${file#"$modules"}
			mkdir -p "$dir/$(dirname "$file")"
			cp "$modules/$file" "$dir/$file"
		done
	fi
	depmod -b "$dir" "$release" 2>/dev/null
	# usr-merged in the guest: ./lib is a link there
	mkdir -p "$dir/usr"
	mv "$dir/lib" "$dir/usr/lib"
	pack "$dir"
	rm -rf "$dir"
}

# cached NAME COMMAND...: the file $cache/initramfs/NAME, made by COMMAND if it is not there
cached()
{
	local name=$1 file=$cache/initramfs/$1

	shift
	[[ -e $file ]] && return
	mkdir -p "$cache/initramfs"
	(
		flock 9
		[[ -e $file ]] && exit
		# Not at once: another source tree may be about to read its own
		find "$cache/initramfs" -name '*_*' -mtime +1 -delete
		"$@" >"$file.new"
		mv "$file.new" "$file"
	) 9>"$cache/initramfs/lock" ||
		fail "cannot make the initramfs in $cache (disk full?); free some space and start again"
}

quoted()
{
	local arg

	for arg; do
		printf " '%s'" "${arg//\'/\'\\\'\'}"
	done
}

# What starts, and what is the same as long as nothing is built. To nap is how many seconds vm/init sleeps
# between two looks for its other files if they come later: with --icount sleep costs nothing, a look does.
make_programs()
{
	local dir=$work/programs f

	mkdir -p "$dir"/{vm,selftests} "$dir/usr/local/bin" "$dir/usr/lib/modules/$release/extra"
	cp "$tree/vm/init" "$dir/init"
	chmod 755 "$dir/init"
	if (( icount )); then
		echo 60
	else
		echo 0.1
	fi >"$dir/vm/nap"
	[[ ! -d $build/bin ]] ||
		find "$build/bin" -maxdepth 1 -type f -executable -exec cp -t "$dir/usr/local/bin" {} +
	if [[ -e $build/kmod/$release/eevdf_audit.ko ]]; then
		cp "$build/kmod/$release/eevdf_audit.ko" "$dir/usr/lib/modules/$release/extra/"
		ln -s "modules/$release/extra/eevdf_audit.ko" "$dir/usr/lib/eevdf_audit.ko"
		# depmod reads all modules: show it those of the other archive as well
		(cd "$dir" && cpio --quiet -idmu <"$modules_cpio")
		ln -s usr/lib "$dir/lib"
		depmod -b "$dir" "$release" 2>/dev/null
		rm "$dir/lib"
	fi
	[[ ! -d $tree/selftests/vm/guest ]] || cp -a "$tree/selftests/vm/guest/." "$dir/selftests/"
	# shared libraries that our own programs need and the base may lack
	{ ldd "$dir"/usr/local/bin/* 2>/dev/null || true; } | awk '/ => \//{ print $3 } /^\t\//{ print $1 }' |
		sort -u | while read -r f; do
		f=$(realpath "$(dirname "$f")")/${f##*/}
		mkdir -p "$dir/$(dirname "$f")"
		cp -L "$f" "$dir/$f"
	done
	pack "$dir"
	rm -rf "$dir"
}

# make_command COMMAND [ARG...]: what belongs to this run alone
make_command()
{
	local dir=$work/command

	mkdir -p "$dir"/{vm,share}
	printf '%s\n' "settle=$settle" "clock=$(date +%s)" >"$dir/vm/settings"
	! races || echo 'heal=1' >>"$dir/vm/settings"
	printf 'exec%s\n' "$(quoted "$@")" >"$dir/vm/command"
	[[ -z $share ]] || cp -a /proc/self/fd/8/. "$dir/share/"
	pack "$dir"
	rm -rf "$dir"
}

make_parts()
{
	base_cpio=$cache/initramfs/base_$(sha256sum /.scx_ledger_root "$tree/vm/initramfs.sh" |
		sha256sum | cut -c1-16)
	modules_cpio=$cache/initramfs/modules-${release}_$(sha256sum "$tree/vm/initramfs.sh" | cut -c1-16)
	cached "${base_cpio##*/}" make_base
	cached "${modules_cpio##*/}" make_modules
	make_programs >"$work/programs.cpio" && make_command "${command[@]}" >"$work/command.cpio" ||
		fail "cannot pack the guest's files (is the disk of /tmp full?)"
}

# make_initrd FILE...: of all but the command, and FILEs
make_initrd()
{
	cat "$base_cpio" "$modules_cpio" "$work/programs.cpio" "$@" >"$work/initrd" ||
		fail "cannot make the guest's initramfs (is the disk of /tmp full?)"
}
