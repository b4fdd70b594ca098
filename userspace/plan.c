// SPDX-License-Identifier: GPL-2.0
#include <string.h>
#include <time.h>

#include "plan.h"
#include "util.h"

#define ARENA_PAGE 4096
/* What the program allocates for a task, for a CPU, for a group, and beside them. */
#define ARENA_SLOT 512
#define ARENA_CPU 8192
#define ARENA_GROUP 512
/* The kernel says how many tasks and CPUs there can be, but not how many groups. */
#define GROUPS 16384
#define ARENA_SLACK (64 + GROUPS * ARENA_GROUP / ARENA_PAGE)
/* An arena ends at 4 GiB: this many slots leave room for 8192 CPUs. */
#define SLOTS_MAX (7 << 20)
/* Tasks that are dead for the limits of the kernel, and not yet for the scheduler. */
#define SLOTS_EXTRA 256
#define CPUS_MAX 8192

/**
 * plan_base_slice() - the fair class's default length of a request
 * @online: CPUs
 * Return: ns
 */
__u64 plan_base_slice(__u32 online)
{
	__u32 factor = 1, cpus = online < 8 ? online : 8;

	for (; cpus > 1; cpus /= 2)
		factor++;
	return 700000ULL * factor;
}

/**
 * plan_slots() - how many tasks can exist at once
 * @pid_max: limit of process ids
 * @threads_max: limit of threads
 */
__u32 plan_slots(__u64 pid_max, __u64 threads_max)
{
	__u64 slots = pid_max < threads_max ? pid_max : threads_max;

	return slots < SLOTS_MAX - SLOTS_EXTRA ? slots + SLOTS_EXTRA : SLOTS_MAX;
}

/**
 * arena_pages() - size of the arena
 * @nr_cpus: CPUs
 * @nr_slots: tasks
 * Return: pages of 4096 bytes; they take memory when they are used, not before
 */
__u32 arena_pages(__u32 nr_cpus, __u32 nr_slots)
{
	__u64 bytes = (__u64)nr_slots * ARENA_SLOT + (__u64)nr_cpus * ARENA_CPU;

	return (bytes + ARENA_PAGE - 1) / ARENA_PAGE + ARENA_SLACK;
}

/* Where timers fire with the tick they end no slice any sooner. */
static bool fine_timers(void)
{
	struct timespec step;

	return !clock_getres(CLOCK_MONOTONIC, &step) && !step.tv_sec && step.tv_nsec <= 1000;
}

/**
 * kvm_loaded() - is there anything for kvm_wait.bpf.c to watch?
 * @root: put before paths
 */
bool kvm_loaded(const char *root)
{
	return file_exists(root, "/sys/module/kvm");
}

/**
 * plan_config() - what the program is told before it is loaded
 * @root: put before paths
 * @opts: command line
 * @config: filled
 * @online: CPUs that run now
 * Return: whether the machine could be understood
 */
bool plan_config(const char *root, const struct ledger_options *opts, struct ledger_config *config,
		 __u32 *online)
{
	uint64_t pid_max = 32768, threads_max = 32768;
	__u32 possible, end, online_end;
	struct timespec tick;
	char text[4096];

	memset(config, 0, sizeof(*config));
	if (read_text(root, "/sys/devices/system/cpu/possible", text, sizeof(text)) <= 0 ||
	    !parse_cpulist(text, &possible, &end) || !end || end > CPUS_MAX) {
		say("cannot tell which CPUs this machine has from "
		    "/sys/devices/system/cpu/possible; is sysfs mounted?");
		return false;
	}
	if (read_text(root, "/sys/devices/system/cpu/online", text, sizeof(text)) <= 0 ||
	    !parse_cpulist(text, online, &online_end) || !*online)
		*online = possible;
	read_number(root, "/proc/sys/kernel/pid_max", &pid_max);
	read_number(root, "/proc/sys/kernel/threads-max", &threads_max);
	/* The coarse clock advances once a tick. */
	if (clock_getres(CLOCK_MONOTONIC_COARSE, &tick)) {
		say("cannot tell the length of a tick; is this Linux?");
		return false;
	}

	config->nr_cpus = end;
	config->nr_slots = plan_slots(pid_max, threads_max);
	config->rules = opts->rules;
	if (opts->strict)
		config->rules &= ~(__u32)LEDGER_RULE_PROTECT_ENDS;
	config->audit = opts->audit != LEDGER_AUDIT_OFF;
	config->measure = opts->measure;
	config->base_slice = opts->slice_us ? opts->slice_us * 1000ULL : plan_base_slice(*online);
	config->tick = tick.tv_sec * NSEC_PER_SEC + tick.tv_nsec;
	config->guard = opts->guard_ms * NSEC_PER_MSEC;
	config->guard_ticks = (config->guard + config->tick - 1) / config->tick;
	config->yield = opts->strict ? LEDGER_YIELD_HINT : opts->yield;
	config->pull = !opts->no_pull && !opts->strict;
	config->global_lag = !opts->no_global_lag && !opts->strict && end > 1;
	config->cgroups = !opts->no_cgroups;
	config->strict = opts->strict;
	config->kvm_wait = !opts->no_kvm_wait && !opts->strict &&
			   opts->yield != LEDGER_YIELD_OFF && kvm_loaded(root);
	config->hrtick = !opts->no_hrtick && fine_timers();
	return true;
}
