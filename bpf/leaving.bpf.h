/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A CPU that is about to go off, before 7.3.
 *
 * sched_cpu_deactivate() takes the mark "active" from the CPU, waits for an RCU grace period, and
 * then takes its tasks out of our custody. From the first of these moments on the kernel puts
 * whoever is enqueued there into its own queue, and calls ops.dispatch() there no more. So who
 * waited on the timeline already waits until the third, and if it was preempted in an RCU read side
 * the second never ends: the watchdog ejects the scheduler for it.
 *
 * 7.3 calls ops.dispatch() there until the third moment. On older kernels the other CPUs do it for
 * the one that goes: each, when it dispatches, hands over whom it finds waiting there.
 *
 * Goes with 7.2.
 */
#ifndef LEDGER_LEAVING_BPF_H
#define LEDGER_LEAVING_BPF_H

#include "balance.bpf.h"

/* So many at a time, for half of the kernel's buffer for a dispatch. */
#define LEAVING_TASKS 16

/* The CPU that is in sched_cpu_deactivate(), plus 1; 0: none. The kernel lets one go at a time. */
u32 leaving;

static __always_inline bool is_leaving(int step)
{
	return step == (int)bpf_core_enum_value(enum cpuhp_state, CPUHP_AP_ACTIVE);
}

/* Just before a step of a CPU's way up or down. sched_cpu_deactivate() is the first one down. */
SEC("?tp_btf/cpuhp_enter")
int BPF_PROG(leaving_begins, unsigned int cpu, int target, int step)
{
	if (is_leaving(step) && target < step)
		leaving = cpu + 1;
	return 0;
}

/* Just after it, also if the CPU must stay. */
SEC("?tp_btf/cpuhp_exit")
int BPF_PROG(leaving_ends, unsigned int cpu, int state, int step)
{
	if (is_leaving(step))
		leaving = 0;
	return 0;
}

/* Who waits on a locked timeline goes to the local queue of the CPU where the kernel has it. */
__noinline int leaving_hand_over(struct ledger_cpu __arena *c __arg_arena)
{
	entity_ptr e, newer;
	u32 left = LEAVING_TASKS;

	for (e = c->tl.oldest; e && left && can_loop(); e = newer) {
		task_ptr t = entity_task(e);
		struct task_struct *p = task_struct_of(t);

		newer = e->newer;
		if (!p || t->dispatched)
			continue;
		hand_over(c, t, p, DSQ_LOCAL_ON | task_cpu(p), 0, 0);
		left--;
	}
	return 0;
}

/**
 * leaving_help() - hand over whom the CPU that is about to go off has waiting
 * @cpu: in its ops.dispatch(), with no timeline locked
 */
static __always_inline void leaving_help(u32 cpu)
{
	u32 goes = *(volatile u32 *)&leaving - 1;
	cpu_ptr c;

	if (goes >= conf.nr_cpus || goes == cpu)
		return;
	c = cpu_of(goes);
	if (!cpu_lock(c))
		return;
	if (c->pulled)
		cpu_join_pulled(c);
	leaving_hand_over(c);
	cpu_unlock(c);
}

#endif /* LEDGER_LEAVING_BPF_H */
