/* SPDX-License-Identifier: GPL-2.0 */
/*
 * scx_ledger: EEVDF for sched_ext, with books that are kept exactly.
 *
 * Every CPU has a timeline: a tree of accounts in the order of their deadlines, and the account of
 * the task that runs. An account says how much service its task has had (vruntime) and when its
 * request should be complete (deadline). The weighted average of all vruntimes is V; lag = V -
 * vruntime is what a task is owed. A task is eligible when its lag is not negative, and the
 * eligible task with the earliest deadline runs. That is what Linux's fair class does;
 * include/eevdf follows it rule by rule.
 *
 * A wakeup: select_cpu() chooses a CPU and nothing else. enqueue(), under that CPU's runqueue lock,
 * charges the running task, places the newcomer by the lag it left with, inserts it and decides
 * whether it interrupts. dispatch() charges, picks, and hands the choice to the kernel's local
 * queue; it stays in the tree until running() takes it out, so that at no moment an account is
 * missing from V. A task that sleeps leaves in quiescent() and takes its lag along; if it is ahead
 * of V, it stays as a ghost until it would be picked.
 *
 * Time comes from p->se.sum_exec_runtime and rq->clock_task, which the kernel itself charges with.
 *
 * No dispatch queue is used for order, and no list is walked: a pick costs O(log n). The kernel's
 * runqueue lock serialises nearly all of this; a timeline has a lock of its own because a CPU that
 * would idle takes tasks from others (balance.bpf.h).
 *
 * CPUs go off and come back while it runs (hotplug.bpf.h).
 *
 * A task in a cgroup weighs what its group's weight leaves for it (cgroup.bpf.h); timelines know of
 * tasks only. A group that has used up its cpu.max has none on any (limit.bpf.h, release.bpf.h).
 *
 * What it does not do, and what it does unlike the fair class: Documentation/limits.md.
 *
 * The rooms are included into one program: calls across objects would cost a per cent.
 */
#include "dump.bpf.h"
#include "hotplug.bpf.h"

char _license[] SEC("license") = "GPL";

#define PAGES(bytes) (((bytes) + PAGE_SIZE - 1) / PAGE_SIZE)

/* Zeroed memory in place of @old: what it was when this program was attached before, or NULL. */
static __always_inline void __arena *alloc_array(void __arena *old, u32 nr, u32 size)
{
	if (old)
		bpf_arena_free_pages(&arena, old, PAGES(nr * size));
	return bpf_arena_alloc_pages(&arena, NULL, PAGES(nr * size), NUMA_NO_NODE, 0);
}

static __always_inline void find_features(void)
{
	if (HAS_CUSTODY)
		state.features |= 1 << LEDGER_FEATURE_CUSTODY;
	if (ENQ_IMMED)
		state.features |= 1 << LEDGER_FEATURE_IMMED;
	if (bpf_ksym_exists(scx_bpf_dsq_insert___v2___compat))
		state.features |= 1 << LEDGER_FEATURE_INSERT_BOOL;
	if (bpf_ksym_exists(scx_bpf_kick_cpu) && bpf_ksym_exists(scx_bpf_pick_idle_cpu))
		state.features |= 1 << LEDGER_FEATURE_KICK;
	if (bpf_core_field_exists(struct rq, ext_server))
		state.features |= 1 << LEDGER_FEATURE_EXT_SERVER;
}

s32 OPS_SLEEPABLE(ledger_init)
{
	u32 i;

	cpus = alloc_array(cpus, conf.nr_cpus, sizeof(struct ledger_cpu));
	stats = alloc_array(stats, conf.nr_cpus, sizeof(struct ledger_stats));
	task_chains = alloc_array(task_chains, conf.nr_slots, sizeof(*task_chains));
	if (!cpus || !stats || !task_chains)
		return -ENOMEM;
	for (i = 0; i < conf.nr_cpus && can_loop(); i++) {
		cpu_ptr c = cpus + i;

		c->cpu = i;
		c->peer = NO_SLOT;
		c->tl.rules = conf.rules;
		c->tl.base_slice = conf.base_slice;
		c->tl.tick = conf.tick;
		/* As fair.c does: a wrap of the virtual clock comes early, not after decades. */
		c->tl.zero_vruntime = -(1ULL << 20);
	}
	state.stats = (u64)stats;
	find_features();
	groups_init();
	limits_init();
	audit_attach();
	hrtick_attach();
	return 0;
}

void OPS(ledger_exit, struct scx_exit_info *ei)
{
	hrtick_detach();
	audit_detach();
	bpf_probe_read_kernel_str(exit_record.reason, sizeof(exit_record.reason), ei->reason);
	bpf_probe_read_kernel_str(exit_record.msg, sizeof(exit_record.msg), ei->msg);
	bpf_probe_read_kernel_str(exit_dump, exit_dump_len, ei->dump);
	exit_record.exit_code = ei->exit_code;
	/* The loader takes a kind for the sign that the rest is there. */
	__sync_lock_test_and_set(&exit_record.kind, ei->kind);
}

SEC(".struct_ops.link")
struct sched_ext_ops ledger_ops = {
	.select_cpu = (void *)ledger_select_cpu,
	.enqueue = (void *)ledger_enqueue,
	.dequeue = (void *)ledger_dequeue,
	.dispatch = (void *)ledger_dispatch,
	.tick = (void *)ledger_tick,
	.running = (void *)ledger_running,
	.stopping = (void *)ledger_stopping,
	.quiescent = (void *)ledger_quiescent,
	.yield = (void *)ledger_yield,
	.update_idle = (void *)ledger_update_idle,
	.init_task = (void *)ledger_init_task,
	.exit_task = (void *)ledger_exit_task,
	.enable = (void *)ledger_enable,
	.disable = (void *)ledger_disable,
	.cgroup_init = (void *)ledger_cgroup_init,
	.cgroup_exit = (void *)ledger_cgroup_exit,
	.cgroup_move = (void *)ledger_cgroup_move,
	.cgroup_set_weight = (void *)ledger_cgroup_set_weight,
	.cgroup_set_idle = (void *)ledger_cgroup_set_idle,
	.cgroup_set_bandwidth = (void *)ledger_cgroup_set_bandwidth,
	.cpu_online = (void *)ledger_cpu_online,
	.cpu_offline = (void *)ledger_cpu_offline,
	.dump = (void *)ledger_dump,
	.dump_cpu = (void *)ledger_dump_cpu,
	.dump_task = (void *)ledger_dump_task,
	.init = (void *)ledger_init,
	.exit = (void *)ledger_exit,
	.name = "ledger",
};
