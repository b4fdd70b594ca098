// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "refuse.h"
#include "util.h"

/* Bits of CapEff, out of linux/capability.h. */
#define CAPABILITY(bit) (1ULL << (bit))
#define CAPABILITY_SYS_ADMIN CAPABILITY(21)
#define CAPABILITY_PERFMON CAPABILITY(38)
#define CAPABILITY_BPF CAPABILITY(39)

#define SETTLE_TRIES 50
#define SETTLE_NS (100 * NSEC_PER_MSEC)

/**
 * refuse() - note a reason
 * @why: receives it
 * @status: exit status
 * @fmt: printf format of the sentence
 */
void refuse(struct ledger_refusal *why, enum ledger_status status, const char *fmt, ...)
{
	va_list args;

	why->status = status;
	va_start(args, fmt);
	vsnprintf(why->text, sizeof(why->text), fmt, args);
	va_end(args);
}

/* True from "major.minor..." upwards. */
static bool kernel_at_least(const struct utsname *kernel, int major, int minor)
{
	int have_major, have_minor;

	if (sscanf(kernel->release, "%d.%d", &have_major, &have_minor) != 2)
		return true;
	return have_major > major || (have_major == major && have_minor >= minor);
}

/**
 * refuse_machine() - whether this kernel can run a sched_ext scheduler
 * @root: put before paths
 * @kernel: of uname()
 * @why: filled if not
 * Return: true = refused
 */
bool refuse_machine(const char *root, const struct utsname *kernel, struct ledger_refusal *why)
{
	char text[16];

	if (!file_exists(root, "/sys/kernel"))
		refuse(why, LEDGER_STATUS_CANNOT,
		       "sysfs is not mounted, so nothing is known of this kernel; "
		       "mount -t sysfs sysfs /sys");
	else if (!file_exists(root, LEDGER_SCX_DIR) && !kernel_at_least(kernel, 6, 12))
		refuse(why, LEDGER_STATUS_CANNOT,
		       "Linux %s is too old for sched_ext; boot 6.16 or newer", kernel->release);
	else if (!file_exists(root, LEDGER_SCX_DIR))
		refuse(why, LEDGER_STATUS_CANNOT,
		       "Linux %s was built without sched_ext (there is no " LEDGER_SCX_DIR
		       "); boot a kernel with CONFIG_SCHED_CLASS_EXT=y, 6.16 or newer",
		       kernel->release);
	else if (!file_exists(root, "/sys/kernel/btf/vmlinux"))
		refuse(why, LEDGER_STATUS_CANNOT,
		       "Linux %s was built without type information (there is no "
		       "/sys/kernel/btf/vmlinux); boot a kernel with CONFIG_DEBUG_INFO_BTF=y",
		       kernel->release);
	else if ((read_text(root, "/sys/kernel/realtime", text, sizeof(text)) > 0 &&
		  !strcmp(text, "1")) || strstr(kernel->version, "PREEMPT_RT"))
		refuse(why, LEDGER_STATUS_CANNOT,
		       "Linux %s is a PREEMPT_RT kernel; this scheduler is not made for it and its "
		       "locks would spoil the latencies. Boot one without PREEMPT_RT",
		       kernel->release);
	else
		return false;
	return true;
}

/**
 * refuse_caller() - whether the caller may load a scheduler
 * @root: put before paths
 * @why: filled if not
 * Return: true = refused
 */
bool refuse_caller(const char *root, struct ledger_refusal *why)
{
	const unsigned long long small = CAPABILITY_BPF | CAPABILITY_PERFMON;
	unsigned long long caps;
	char text[4096];
	const char *line;

	/* No /proc: the kernel itself will tell. */
	if (read_text(root, "/proc/self/status", text, sizeof(text)) < 0)
		return false;
	line = strstr(text, "\nCapEff:");
	if (!line || sscanf(line, "\nCapEff: %llx", &caps) != 1)
		return false;
	if (caps & CAPABILITY_SYS_ADMIN || (caps & small) == small)
		return false;
	refuse(why, LEDGER_STATUS_PRIVILEGE,
	       "loading a scheduler needs the capability CAP_SYS_ADMIN (or CAP_BPF and "
	       "CAP_PERFMON); run it as root, with sudo for instance");
	return true;
}

/**
 * scx_attached() - which sched_ext scheduler runs
 * @root: put before paths
 * @name: receives its name, made printable
 * @size: of @name
 * Return: whether one runs, or is just coming or going
 */
bool scx_attached(const char *root, char *name, size_t size)
{
	char state[32];

	*name = '\0';
	if (read_text(root, LEDGER_SCX_DIR "/state", state, sizeof(state)) <= 0 ||
	    !strcmp(state, "disabled"))
		return false;
	if (read_text(root, LEDGER_SCX_DIR "/root/ops", name, size) <= 0)
		snprintf(name, size, "unknown");
	clean_text(name, false);
	return true;
}

/**
 * scx_settle() - wait while a scheduler is just coming or going, for a few seconds
 * @root: put before paths
 */
void scx_settle(const char *root)
{
	struct timespec pause = { .tv_nsec = SETTLE_NS };
	char state[32];
	int i;

	for (i = 0; i < SETTLE_TRIES; i++) {
		if (read_text(root, LEDGER_SCX_DIR "/state", state, sizeof(state)) <= 0 ||
		    (strcmp(state, "enabling") && strcmp(state, "disabling")))
			return;
		clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
	}
}

/**
 * refuse_other() - whether another scheduler is attached
 * @root: put before paths
 * @why: filled if so
 * Return: true = refused
 */
bool refuse_other(const char *root, struct ledger_refusal *why)
{
	char name[128];

	if (!scx_attached(root, name, sizeof(name)))
		return false;
	refuse(why, LEDGER_STATUS_OTHER,
	       "the sched_ext scheduler '%s' is attached and there can be only one; stop it first",
	       name);
	return true;
}

/**
 * module_locked() - whether the kernel takes signed modules only
 * @root: put before paths
 * @why: receives the reason
 * @size: of @why
 */
bool module_locked(const char *root, char *why, size_t size)
{
	char text[64];
	static const char efi[] = "/sys/firmware/efi/efivars/"
				  "SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";

	if (read_text(root, "/sys/kernel/security/lockdown", text, sizeof(text)) > 0 &&
	    (strstr(text, "[integrity]") || strstr(text, "[confidentiality]"))) {
		snprintf(why, size, "kernel lockdown is on");
		return true;
	}
	/* Four bytes of attributes, then the value. */
	if (read_text(root, efi, text, sizeof(text)) == 5 && text[4] == 1) {
		snprintf(why, size, "Secure Boot is on");
		return true;
	}
	if (read_text(root, "/sys/module/module/parameters/sig_enforce", text, sizeof(text)) > 0 &&
	    *text == 'Y') {
		snprintf(why, size, "this kernel takes signed modules only");
		return true;
	}
	return false;
}

/**
 * refuse_load() - turn the error of loading the program into a sentence
 * @root: put before paths
 * @error: positive errno
 * @why: filled
 * Return: whether the reason is known; otherwise libbpf's messages are worth showing
 */
bool refuse_load(const char *root, int error, struct ledger_refusal *why)
{
	char text[64];

	/* Before errors are told apart: kernels answer this one with several. */
	if (error != ENOMEM &&
	    read_text(root, "/sys/kernel/security/lockdown", text, sizeof(text)) > 0 &&
	    strstr(text, "[confidentiality]")) {
		refuse(why, LEDGER_STATUS_CANNOT,
		       "kernel lockdown in confidentiality mode does not let BPF programs read "
		       "kernel memory; boot with lockdown=integrity or without");
		return true;
	}
	if (error == EPERM)
		refuse(why, LEDGER_STATUS_PRIVILEGE,
		       "the kernel does not let this process load BPF programs (%s); run it as "
		       "root outside of containers", strerror(error));
	else if (error == ENOMEM)
		refuse(why, LEDGER_STATUS_FAILED,
		       "there is not enough memory for the scheduler's maps; free some, or raise "
		       "the memory limit of this cgroup");
	else
		refuse(why, LEDGER_STATUS_CANNOT,
		       "this kernel does not take the program (%s); it needs Linux 6.16 or newer. "
		       "--verbose shows why, please report it with that output", strerror(error));
	return error == EPERM || error == ENOMEM;
}

/**
 * refuse_attach() - turn the error of attaching the program into a sentence
 * @root: put before paths
 * @error: positive errno
 * @why: filled
 */
void refuse_attach(const char *root, int error, struct ledger_refusal *why)
{
	char text[128];

	if (error == EBUSY && refuse_other(root, why))
		return;
	/* isolcpus=domain hides CPUs from the scheduler in a way that sched_ext refuses. */
	if (error == EINVAL && read_text(root, "/sys/devices/system/cpu/isolated", text,
					 sizeof(text)) > 0) {
		clean_text(text, false);
		refuse(why, LEDGER_STATUS_CANNOT,
		       "sched_ext does not work with the CPUs %s isolated by isolcpus=; boot "
		       "without it, and isolate CPUs by cpuset partitions", text);
		return;
	}
	if (error == EBUSY)
		refuse(why, LEDGER_STATUS_OTHER,
		       "another sched_ext scheduler was just attached or detached; try again");
	else if (error == ENOMEM)
		refuse(why, LEDGER_STATUS_FAILED,
		       "there is not enough memory to attach the scheduler; free some");
	else
		refuse(why, LEDGER_STATUS_CANNOT,
		       "the kernel does not let the scheduler be attached (%s); the kernel log "
		       "says more (dmesg)", strerror(error));
}
