// SPDX-License-Identifier: GPL-2.0
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit.h"
#include "btf_enum.h"
#include "exit.h"
#include "kvm_wait.h"
#include "loader.h"
#include "near.h"
#include "plan.h"
#include "slices.h"
#include "util.h"

/* The skeleton repeats the names of the program's types, also for what only the program touches. */
typedef __u32 u32;
typedef void *cpu_ptr;
typedef void *task_ptr;
#include "ledger.skel.h"

/* Flags of the ops that are set where the kernel has them, and what happens where it does not. */
static const struct {
	const char *name;
	const char *flag;
	const char *without;
} ops_flags[] = {
	{ "enq-exiting", "SCX_OPS_ENQ_EXITING", "exiting tasks run first-come, not by EEVDF" },
	{ "enq-migration-disabled", "SCX_OPS_ENQ_MIGRATION_DISABLED",
	  "tasks that must not migrate run first-come, not by EEVDF" },
	{ "queued-wakeup", "SCX_OPS_ALLOW_QUEUED_WAKEUP",
	  "a wakeup for another CPU takes that CPU's lock instead of queueing" },
};

static const struct {
	const char *name;
	const char *without;
} features[LEDGER_FEATURE_NR] = {
#define FEATURE(id, text, there, missing) [LEDGER_FEATURE_##id] = { text, missing },
	LEDGER_FEATURES(FEATURE)
#undef FEATURE
};

static const char *const slice_ends[LEDGER_SLICE_NR] = {
#define SLICE_END(id, text) [LEDGER_SLICE_##id] = text,
	LEDGER_SLICE_ENDS(SLICE_END)
#undef SLICE_END
};

volatile sig_atomic_t loader_loading;

/* The end of what libbpf complained about; shown if loading fails. */
static char complaints[4096];
static bool log_everything;

static int log_libbpf(enum libbpf_print_level level, const char *fmt, va_list args)
{
	char text[sizeof(complaints) / 2];
	size_t len, have = strlen(complaints);

	if (log_everything)
		return vfprintf(stderr, fmt, args);
	if (level != LIBBPF_WARN)
		return 0;
	vsnprintf(text, sizeof(text), fmt, args);
	len = strlen(text);
	if (have + len >= sizeof(complaints)) {
		size_t drop = have + len + 1 - sizeof(complaints);

		memmove(complaints, complaints + drop, have + 1 - drop);
		have -= drop;
	}
	memcpy(complaints + have, text, len + 1);
	return 0;
}

/**
 * loader_log() - what becomes of libbpf's messages
 * @verbose: show all; otherwise warnings are kept for the case that loading fails
 */
void loader_log(bool verbose)
{
	log_everything = verbose;
	libbpf_set_print(log_libbpf);
}

static void show_complaints(void)
{
	clean_text(complaints, true);
	if (*complaints)
		fprintf(stderr, "%s", complaints);
	*complaints = '\0';
}

/**
 * loader_read_kernel() - flag values of the running kernel
 * @kernel: filled
 * @why: filled if it could not be read
 * Return: true = refused
 */
bool loader_read_kernel(struct ledger_kernel *kernel, struct ledger_refusal *why)
{
	struct btf *btf = btf__load_vmlinux_btf();
	uint64_t value;
	bool can_kick;
	size_t i;

	memset(kernel, 0, sizeof(*kernel));
	if (!btf) {
		refuse(why, LEDGER_STATUS_CANNOT,
		       "the type information of this kernel in /sys/kernel/btf/vmlinux cannot be "
		       "read (%s); boot a kernel with CONFIG_DEBUG_INFO_BTF=y", strerror(errno));
		return true;
	}
	for (i = 0; i < ARRAY_SIZE(ops_flags); i++) {
		if (btf_enum_value(btf, "scx_ops_flags", ops_flags[i].flag, &value))
			kernel->ops_flags |= value;
		else
			kernel->missing |= 1U << i;
	}
	kernel->cgroup_set_idle = btf_has_member(btf, "sched_ext_ops", "cgroup_set_idle");
	can_kick = btf_function_args(btf, "scx_bpf_kick_cpu") == 2;
	if (can_kick)
		btf_enum_value(btf, "scx_ops_flags", "SCX_OPS_KEEP_BUILTIN_IDLE",
			       &kernel->keep_idle);
	/* Another novelty of the release that does so (7.3), and one that the types show. */
	kernel->drains_cpus = btf_enum_value(btf, "scx_enq_flags", "SCX_ENQ_RESCUE", &value);
	/* Who is parked must be put off a CPU that has nobody else. */
	if (can_kick && btf_has_member(btf, "sched_ext_ops", "cgroup_set_bandwidth"))
		btf_enum_value(btf, "scx_ops_flags", "SCX_OPS_ENQ_LAST", &kernel->enq_last);
	btf_enum_value(btf, "scx_exit_code", "SCX_ECODE_ACT_RESTART", &kernel->act_restart);
	btf__free(btf);
	return false;
}

/* Which CPUs are near which. Returns 0 or a negative errno. */
static int tell_near(const struct bpf_map *map, __u32 nr_cpus)
{
	struct ledger_near *near = calloc(nr_cpus, sizeof(*near));
	int err = near && near_fill("", nr_cpus, near) ? 0 : -ENOMEM;
	__u32 cpu;

	for (cpu = 0; !err && cpu < nr_cpus; cpu++)
		err = bpf_map__update_elem(map, &cpu, sizeof(cpu), &near[cpu], sizeof(*near),
					   BPF_ANY);
	free(near);
	return err;
}

/* A callback that the kernel does not know, or that is not wanted. */
static void leave_out(struct bpf_program **member, struct bpf_program *prog)
{
	*member = NULL;
	bpf_program__set_autoload(prog, false);
}

/* Everything that the program must know before it is loaded. Returns 0 or a positive errno. */
static int configure(struct ledger_loader *loader, const struct ledger_options *opts,
		     const struct ledger_kernel *kernel)
{
	struct ledger_bpf *skel = loader->skel;
	struct ledger_bpf__ledger_ops__sched_ext_ops *ops = skel->struct_ops.ledger_ops;
	uint64_t hotplug_seq = 0;
	int err;

	loader->hotplug = kernel->drains_cpus && !opts->no_hotplug;
	/* Before CPUs are counted: if one comes in between, the kernel tells when we attach. */
	if (!loader->hotplug)
		read_number("", LEDGER_SCX_DIR "/hotplug_seq", &hotplug_seq);
	if (!plan_config("", opts, &loader->config, &loader->online))
		return EINVAL;
	skel->rodata->conf = loader->config;
	skel->rodata->exit_dump_len = opts->dump_len;
	ops->flags |= kernel->ops_flags;
	ops->timeout_ms = opts->watchdog_ms;
	ops->exit_dump_len = opts->dump_len;
	ops->hotplug_seq = hotplug_seq;
	if (loader->config.cgroups && kernel->enq_last && kernel->drains_cpus) {
		skel->rodata->conf.limits = 1;
		ops->flags |= kernel->enq_last;
	} else {
		leave_out(&ops->cgroup_set_bandwidth, skel->progs.ledger_cgroup_set_bandwidth);
	}
	if (loader->config.nr_cpus > 1 && kernel->keep_idle)
		ops->flags |= kernel->keep_idle;
	else
		leave_out(&ops->update_idle, skel->progs.ledger_update_idle);
	if (!loader->hotplug) {
		leave_out(&ops->cpu_online, skel->progs.ledger_cpu_online);
		leave_out(&ops->cpu_offline, skel->progs.ledger_cpu_offline);
	}
	if (!kernel->drains_cpus) {
		skel->rodata->conf.leaving = 1;
		bpf_program__set_autoload(skel->progs.leaving_begins, true);
		bpf_program__set_autoload(skel->progs.leaving_ends, true);
	}
	if (!kernel->cgroup_set_idle)
		leave_out(&ops->cgroup_set_idle, skel->progs.ledger_cgroup_set_idle);

	err = bpf_map__set_max_entries(skel->maps.arena, arena_pages(loader->config.nr_cpus,
								      loader->config.nr_slots));
	if (!err)
		err = bpf_map__set_max_entries(skel->maps.slots, loader->config.nr_slots);
	if (!err)
		err = bpf_map__set_max_entries(skel->maps.slice_timers, loader->config.nr_cpus);
	if (!err)
		err = bpf_map__set_max_entries(skel->maps.near_cpus, loader->config.nr_cpus);
	if (!err && opts->dump_len != LEDGER_DUMP_LEN)
		err = bpf_map__set_value_size(skel->maps.data_dump, opts->dump_len);
	return -err;
}

/* Before the scheduler is attached: no CPU goes off unseen. Returns 0 or a positive errno. */
static int watch_leaving(struct ledger_bpf *skel)
{
	if (!skel->rodata->conf.leaving)
		return 0;
	skel->links.leaving_begins = bpf_program__attach(skel->progs.leaving_begins);
	if (skel->links.leaving_begins)
		skel->links.leaving_ends = bpf_program__attach(skel->progs.leaving_ends);
	return skel->links.leaving_ends ? 0 : errno;
}

static void start_timers(const struct ledger_loader *loader)
{
	struct ledger_bpf *skel = loader->skel;
	__u32 started;

	if (skel->bss->state.slice_end != LEDGER_SLICE_BPF_TIMER)
		return;
	started = slices_start_timers(bpf_program__fd(skel->progs.ledger_slice_timer),
				      loader->config.nr_cpus);
	if (started < loader->online)
		say("only %u of %u CPUs have a timer that ends slices; on the others the tick does",
		    started, loader->online);
}

/**
 * loader_start() - load the program and attach it
 * @loader: filled
 * @opts: command line
 * @kernel: of loader_read_kernel()
 * @why: filled if it did not work
 *
 * The program may have been ejected already when this returns, see loader_exit().
 * Return: true = refused, @loader is empty
 */
bool loader_start(struct ledger_loader *loader, const struct ledger_options *opts,
		  const struct ledger_kernel *kernel, struct ledger_refusal *why)
{
	const struct ledger_state *state;
	int err;

	memset(loader, 0, sizeof(*loader));
	scx_settle("");
	if (refuse_other("", why))
		return true;
	loader->skel = ledger_bpf__open();
	err = loader->skel ? configure(loader, opts, kernel) : errno;
	loader_loading = true;
	if (!err)
		loader->skel->bss->nr_online = loader->online;
	if (!err)
		err = -ledger_bpf__load(loader->skel);
	loader_loading = false;
	if (!err)
		err = -tell_near(loader->skel->maps.near_cpus, loader->config.nr_cpus);
	if (!err)
		err = watch_leaving(loader->skel);
	if (err) {
		if (!refuse_load("", err, why))
			show_complaints();
		loader_free(loader);
		return true;
	}
	/* Before: who sees the scheduler attached can rely on it. */
	if (loader->config.kvm_wait)
		loader->kvm_wait = kvm_wait_start(bpf_map__fd(loader->skel->maps.kvm_waits));
	loader->link = bpf_map__attach_struct_ops(loader->skel->maps.ledger_ops);
	if (!loader->link) {
		refuse_attach("", errno, why);
		if (why->status != LEDGER_STATUS_OTHER)
			show_complaints();
		loader_free(loader);
		return true;
	}
	if (exit_kind(loader_exit(loader)))
		return false;
	state = &loader->skel->bss->state;
	if (audit_attached(opts->audit, state, why)) {
		loader_free(loader);
		return true;
	}
	loader->audited = __atomic_load_n(&state->audited, __ATOMIC_RELAXED);
	start_timers(loader);
	return false;
}

/* The kernel's file is empty, or has a word in parentheses, if there are none. */
static void tell_ticks(const char *root)
{
	char cpus[128];

	if (read_text(root, "/sys/devices/system/cpu/nohz_full", cpus, sizeof(cpus)) <= 0)
		return;
	clean_text(cpus, false);
	if (*cpus >= '0' && *cpus <= '9')
		say("CPUs %s are nohz_full, but the tick goes on while a task of this class runs "
		    "there: accounts are kept with it", cpus);
}

/**
 * loader_announce() - the start line
 * @loader: attached
 * @opts: command line
 * @kernel: of loader_read_kernel()
 * @uts: of uname()
 */
void loader_announce(const struct ledger_loader *loader, const struct ledger_options *opts,
		     const struct ledger_kernel *kernel, const struct utsname *uts)
{
	const struct ledger_config *config = &loader->config;
	__u32 found = loader->skel->bss->state.features;
	__u32 slice_end = loader->skel->bss->state.slice_end;
	char text[1024], guard[32] = "off";
	size_t i, len = 0;

	if (!loader->audited)
		found &= ~(1U << LEDGER_FEATURE_MODULE);
	if (loader->hotplug)
		found |= 1U << LEDGER_FEATURE_HOTPLUG;
	if (loader->kvm_wait)
		found |= 1U << LEDGER_FEATURE_KVM_WAIT;
	if (config->guard)
		snprintf(guard, sizeof(guard), "%llu ms", config->guard / NSEC_PER_MSEC);
	options_describe(opts, text, sizeof(text));
	say("version " LEDGER_VERSION " attached, Linux %s, %u of %u CPUs online, %u task slots",
	    uts->release, loader->online, config->nr_cpus, config->nr_slots);
	say("slice %llu us ended by %s, tick %llu us, guard %s, %s", config->base_slice / 1000,
	    slice_end < LEDGER_SLICE_NR ? slice_ends[slice_end] : "?", config->tick / 1000, guard,
	    text);

	*text = '\0';
	for (i = 0; i < LEDGER_FEATURE_NR; i++)
		if (found & 1U << i)
			len += snprintf(text + len, sizeof(text) - len, " %s", features[i].name);
	for (i = 0; i < ARRAY_SIZE(ops_flags); i++)
		if (!(kernel->missing & 1U << i))
			len += snprintf(text + len, sizeof(text) - len, " %s", ops_flags[i].name);
	say("found:%s", *text ? text : " nothing beyond the least");
	for (i = 0; i < LEDGER_FEATURE_NR; i++)
		if (!(found & 1U << i))
			say("without %s: %s", features[i].name, features[i].without);
	for (i = 0; i < ARRAY_SIZE(ops_flags); i++)
		if (kernel->missing & 1U << i)
			say("without %s: %s", ops_flags[i].name, ops_flags[i].without);
	if (!kernel->cgroup_set_idle)
		say("without cgroup-idle: cpu.idle counts from when a group is made, or the "
		    "scheduler is loaded");
	tell_ticks("");
}

/**
 * loader_detach() - give all tasks back to the fair class
 * @loader: attached or not; its maps can still be read afterwards
 *
 * Returns when the kernel is done and the exit record is complete.
 */
void loader_detach(struct ledger_loader *loader)
{
	kvm_wait_detach(loader->kvm_wait);
	bpf_link__destroy(loader->link);
	loader->link = NULL;
}

/**
 * loader_free() - let go of everything
 * @loader: in any state; empty afterwards
 */
void loader_free(struct ledger_loader *loader)
{
	loader_detach(loader);
	kvm_wait_free(loader->kvm_wait);
	loader->kvm_wait = NULL;
	ledger_bpf__destroy(loader->skel);
	loader->skel = NULL;
}

/**
 * loader_exit() - the program's exit record
 * @loader: loaded
 */
const struct ledger_exit *loader_exit(const struct ledger_loader *loader)
{
	return &loader->skel->bss->exit_record;
}

/**
 * loader_dump() - the kernel's debug dump
 * @loader: loaded
 * @len: bytes there, perhaps without a NUL at the end
 */
const char *loader_dump(const struct ledger_loader *loader, size_t *len)
{
	/* The skeleton's own pointer does not follow a change of the size. */
	return bpf_map__initial_value(loader->skel->maps.data_dump, len);
}

/**
 * loader_stats() - the program's counters of all CPUs; largest values are taken away
 * @loader: loaded, attached or not any more
 * @sum: overwritten; zeros if there are none
 */
void loader_stats(const struct ledger_loader *loader, struct ledger_totals *sum)
{
	__u64 address = __atomic_load_n(&loader->skel->bss->state.stats, __ATOMIC_RELAXED);
	__u64 pages = bpf_map__max_entries(loader->skel->maps.arena), arena;
	__u64 need = (__u64)loader->config.nr_cpus * sizeof(struct ledger_stats);
	size_t size;

	memset(sum, 0, sizeof(*sum));
	arena = (unsigned long)bpf_map__initial_value(loader->skel->maps.arena, &size);
	if (!address || address < arena || address + need > arena + pages * 4096)
		return;
	stats_sum((struct ledger_stats *)(unsigned long)address, loader->config.nr_cpus, sum);
	kvm_wait_stats(loader->kvm_wait, sum);
}

/**
 * loader_tasks() - tasks that hold a slot
 * @loader: loaded
 */
__u32 loader_tasks(const struct ledger_loader *loader)
{
	return __atomic_load_n(&loader->skel->bss->state.tasks, __ATOMIC_RELAXED);
}
