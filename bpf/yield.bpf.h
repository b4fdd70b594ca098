/* SPDX-License-Identifier: GPL-2.0 */
/*
 * sched_yield() and yield_to().
 */
#ifndef LEDGER_YIELD_BPF_H
#define LEDGER_YIELD_BPF_H

#include "dispatch.bpf.h"

/*
 * What fair.c does for a target: it becomes the buddy of its timeline, no more. yield_to() holds
 * both runqueue locks and makes the target's CPU schedule; without time left its running task lets
 * it pick.
 */
static __always_inline bool yield_hint(struct task_struct *to)
{
	task_ptr t = task_of(to);
	cpu_ptr c = t ? cpu_lock_of(t) : NULL;
	struct task_struct *curr;
	bool set = false;

	if (!c)
		return false;
	if (t->e.on_tree && !t->e.delayed && t->e.policy != EEVDF_IDLE) {
		c->tl.next = &t->e;
		audit(c, t, to, EVENT(BUDDY, 0), 0);
		curr = c->tl.curr ? task_struct_of(entity_task(c->tl.curr)) : NULL;
		if (curr)
			curr->scx.slice = 0;
		set = true;
	}
	cpu_unlock(c);
	return set;
}

bool OPS(ledger_yield, struct task_struct *from, struct task_struct *to)
{
	task_ptr t = task_of(from);
	u32 cpu = task_cpu(from);

	if (!t)
		return false;
	if (to) {
		count(cpu, LEDGER_STAT_YIELD_TOS);
		if (!yield_hint(to))
			return false;
	} else {
		count(cpu, LEDGER_STAT_YIELDS);
	}
	/* Settled with the next charge, which schedule() brings at once: see cpu_charge(). */
	t->yielded = 1;
	from->scx.slice = 0;
	return to != NULL;
}

#endif /* LEDGER_YIELD_BPF_H */
