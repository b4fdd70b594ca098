/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CPUs that go off and come back, from 7.3 on without a restart: there the kernel itself takes the
 * tasks of a CPU that goes out of our custody, one by one through ops.dequeue(), and moves them.
 *
 * What it does not know of are tasks that wait on a timeline while another CPU's runqueue has them
 * (balance.bpf.h: pull()). They go back there as arrivals. Ghosts stay until their tasks wake up.
 *
 * The base slice stays as it was when the program was loaded.
 */
#ifndef LEDGER_HOTPLUG_BPF_H
#define LEDGER_HOTPLUG_BPF_H

#include "global.bpf.h"

/* The first on a locked timeline that another CPU's runqueue has; NULL: nobody. */
__noinline u64 hotplug_left_over(struct ledger_cpu __arena *c __arg_arena)
{
	entity_ptr e = c->tl.oldest;
	struct task_struct *p;

	if (c->pulled)
		return (u64)c->pulled;
	for (; e && can_loop(); e = e->newer) {
		p = task_struct_of(entity_task(e));
		if (p && task_cpu(p) != c->cpu)
			return (u64)e;
	}
	return 0;
}

/*
 * It goes to the timeline of the CPU whose runqueue has it. IRQs are off.
 *
 * Return: false if there is nobody left.
 */
__noinline bool hotplug_send_one(struct ledger_cpu __arena *c __arg_arena)
{
	struct task_struct *p;
	bool first = false;
	cpu_ptr to = NULL;
	task_ptr t;

	if (!cpu_lock(c))
		return false;
	t = (task_ptr)hotplug_left_over(c);
	p = t ? task_struct_of(t) : NULL;
	if (p && task_cpu(p) < conf.nr_cpus)
		to = cpu_of(task_cpu(p));
	/* Who holds that one does not wait for this one: it is only tried, and anew. */
	if (to && cpu_trylock(to)) {
		cpu_leave(c, t, 0);
		first = arrive(to, t);
		cpu_unlock(to);
	}
	cpu_unlock(c);
	if (first)
		kick_cpu(to->cpu, KICK_PREEMPT);
	return to;
}

void OPS(ledger_cpu_offline, s32 cpu)
{
	cpu_ptr c = cpu_of(cpu);
	unsigned long flags;

	bpf_local_irq_save(&flags);
	if (cpu_lock(c)) {
		if (!c->offline)
			__sync_fetch_and_add(&nr_online, -1);
		c->offline = 1;
		c->runnable = 0;
		c->behind = 0;
		c->due = 0;
		cpu_unlock(c);
	}
	while (can_loop() && hotplug_send_one(c))
		;
	bpf_local_irq_restore(&flags);
}

/* In a thread of that CPU. */
void OPS(ledger_cpu_online, s32 cpu)
{
	cpu_ptr c = cpu_of(cpu);

	if (c->offline)
		__sync_fetch_and_add(&nr_online, 1);
	c->offline = 0;
	if (state.slice_end == LEDGER_SLICE_BPF_TIMER)
		slice_timer_begin(cpu);
}

#endif /* LEDGER_HOTPLUG_BPF_H */
