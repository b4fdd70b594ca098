// SPDX-License-Identifier: GPL-2.0
/*
 * Idle gaps: time for which a task waits and a CPU that it may use idles. Whatever class schedules.
 *
 * Looked at when a wait ends: of each CPU that the task may use and that idles, or has just ended
 * to idle for this task, how long did it idle while the task waited? A CPU that idled and took up
 * somebody else meanwhile is not seen.
 *
 * Not looked at: real-time tasks, tasks that may not move, and tasks below a cpu.max, which may
 * wait though everybody idles.
 */
#include "compat.bpf.h"
#include "idle_gaps.h"

char LICENSE[] SEC("license") = "GPL";

/* cpu.max of a group without a limit (RUNTIME_INF). */
#define NO_QUOTA (~0ULL)
/* Groups of deeper nesting do not come here. */
#define DEPTH_MAX 16

const volatile __u32 nr_cpus = 1;
const volatile __u64 limit = 1000000;

struct idle_gaps totals;

/* Since when each CPU idles, ns; 0 = it does not. */
static u64 idle_since[IDLE_GAPS_CPUS];

/* Since when the task waits, ns; 0 = it does not. */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, u64);
} waits_since SEC(".maps");

static __always_inline int wait_begins(struct task_struct *p)
{
	u64 *since = bpf_task_storage_get(&waits_since, p, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (since && !*since)
		*since = bpf_ktime_get_ns();
	return 0;
}

static __always_inline bool limited(struct task_struct *p)
{
	struct task_group *tg = BPF_CORE_READ(p, sched_task_group);
	int i;

	for (i = 0; tg && i < DEPTH_MAX; i++) {
		if (BPF_CORE_READ(tg, cfs_bandwidth.quota) != NO_QUOTA)
			return true;
		tg = BPF_CORE_READ(tg, parent);
	}
	return false;
}

static __always_inline bool looked_at(struct task_struct *p)
{
	return (!p->policy || p->policy == SCHED_BATCH_POLICY || p->policy == SCHED_IDLE_POLICY ||
		p->policy == SCHED_EXT_POLICY) &&
	       p->nr_cpus_allowed > 1 && !p->migration_disabled && !limited(p);
}

static __always_inline void wait_ends(struct task_struct *p, u64 now)
{
	u64 *since = bpf_task_storage_get(&waits_since, p, NULL, 0), from, idle, gap = 0;
	struct rq *rq;
	u32 i;

	if (!since || !*since)
		return;
	from = *since;
	*since = 0;
	if (!looked_at(p))
		return;
	for (i = 0; i < nr_cpus && i < IDLE_GAPS_CPUS; i++) {
		idle = idle_since[i];
		if (!idle || !bpf_cpumask_test_cpu(i, p->cpus_ptr))
			continue;
		/* One that is off idles as well. */
		rq = cpu_rq(i);
		if (!rq || !rq->online)
			continue;
		idle = now - (idle > from ? idle : from);
		if ((s64)idle > (s64)gap)
			gap = idle;
	}
	__sync_fetch_and_add(&totals.waits, 1);
	if (gap <= limit)
		return;
	__sync_fetch_and_add(&totals.gaps, 1);
	/* Two at once may lose one of two that are about as long. */
	if (gap > totals.longest) {
		totals.longest = gap;
		bpf_probe_read_kernel_str(totals.worst, sizeof(totals.worst), p->comm);
	}
}

SEC("tp_btf/sched_wakeup")
int BPF_PROG(woken, struct task_struct *p)
{
	return wait_begins(p);
}

SEC("tp_btf/sched_wakeup_new")
int BPF_PROG(forked, struct task_struct *p)
{
	return wait_begins(p);
}

SEC("tp_btf/sched_switch")
int BPF_PROG(switched, bool preempt, struct task_struct *prev, struct task_struct *next, u32 state)
{
	u32 cpu = bpf_get_smp_processor_id();
	u64 now = bpf_ktime_get_ns();

	if (cpu >= IDLE_GAPS_CPUS)
		return 0;
	if (next->pid)
		wait_ends(next, now);
	idle_since[cpu] = next->pid ? 0 : now;
	if (prev->pid && (preempt || !state))
		wait_begins(prev);
	return 0;
}
