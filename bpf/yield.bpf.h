/* SPDX-License-Identifier: GPL-2.0 */
/*
 * sched_yield() and yield_to().
 *
 * yield_to() comes with both runqueue locks held, but only says that somebody yields: it is
 * settled when the yielder is charged, in the schedule() that follows at once (cpu_settle_yield).
 * True makes KVM stop its search for a target and schedule; false lets it try the next one, and
 * leaves the yielder its slice.
 */
#ifndef LEDGER_YIELD_BPF_H
#define LEDGER_YIELD_BPF_H

#include "wait.bpf.h"

/* Forced preemption for a margin, which is at everybody's expense: once in this time a CPU, ns. */
#define MARGIN_PERIOD 6000000ULL

/* The target's CPU picks again: its running task has no time left, and yield_to() kicks it. */
static __always_inline void yield_end_slice(cpu_ptr c)
{
	struct task_struct *curr = c->tl.curr ? task_struct_of(entity_task(c->tl.curr)) : NULL;

	if (curr)
		curr->scx.slice = 0;
}

static __always_inline bool yield_margin(cpu_ptr c, task_ptr t)
{
	u64 avg = eevdf_avg(&c->tl);

	if (!eevdf_margin(&c->tl, &t->e))
		return false;
	count(c->cpu, LEDGER_STAT_MARGINS);
	audit(c, t, EVENT(MARGIN, LEDGER_F_AVG), avg);
	return true;
}

/* Both on one timeline. Charged roughly, which is enough to tell if there is something to give. */
static __always_inline bool yield_here(cpu_ptr c, task_ptr from, task_ptr to,
				       struct task_struct *p)
{
	bool buddy = cpu_set_buddy(c, to);
	u64 avg = eevdf_avg(&c->tl);

	if (c->tl.curr == &from->e && eevdf_giveable(&c->tl, &from->e, &to->e, avg)) {
		from->target = to;
		from->target_pid = p->pid;
		return true;
	}
	count(c->cpu, LEDGER_STAT_REFUSED_EMPTY);
	/* Nothing is given up then: the target goes first if it may, and that is all. */
	if (!buddy || !eevdf_eligible(to->e.vruntime, avg))
		return false;
	from->target = to;
	from->target_pid = p->pid;
	return true;
}

/* The answer to a directed yield. */
enum yield_answer {
	YIELD_NO,	/* nothing was done */
	YIELD_MOVED,	/* the target was lifted, the yielder keeps its slice */
	YIELD_GIVE_WAY,
};

static __always_inline enum yield_answer yield_directed(task_ptr from, u32 cpu,
							struct task_struct *p)
{
	enum yield_answer answer = YIELD_GIVE_WAY;
	task_ptr to = task_of(p);
	cpu_ptr c = to ? cpu_lock_of(to) : NULL;
	bool here;

	if (!c || !to->e.on_tree || to->e.delayed || to->dispatched) {
		count(cpu, LEDGER_STAT_REFUSED_AWAY);
		if (c)
			cpu_unlock(c);
		return YIELD_NO;
	}
	here = c->cpu == cpu;
	if (conf.yield == LEDGER_YIELD_TRANSFER && here) {
		if (!yield_here(c, from, to, p))
			answer = YIELD_NO;
		cpu_unlock(c);
		return answer;
	}
	if (conf.yield == LEDGER_YIELD_TRANSFER && conf.pull) {
		if (may_run_on(p, cpu)) {
			if (!pull(c, to, cpu)) {
				count(cpu, LEDGER_STAT_REFUSED_AWAY);
				return YIELD_NO;
			}
			from->target = to;
			from->target_pid = p->pid;
			return YIELD_GIVE_WAY;
		}
		count(cpu, LEDGER_STAT_REFUSED_MASK);
	}
	if (conf.yield == LEDGER_YIELD_MARGIN) {
		u64 now = bpf_ktime_get_ns();

		yield_margin(c, to);
		if (now - c->forced < MARGIN_PERIOD)
			answer = YIELD_MOVED;
		else
			c->forced = now;
	}
	cpu_set_buddy(c, to);
	count(cpu, LEDGER_STAT_HINTS);
	/* A task that was pulled waits on a timeline whose CPU's runqueue is not the one locked. */
	if (!here && answer == YIELD_GIVE_WAY && task_cpu(p) == c->cpu)
		yield_end_slice(c);
	cpu_unlock(c);
	return answer;
}

bool OPS(ledger_yield, struct task_struct *from, struct task_struct *to)
{
	task_ptr t = task_of(from);
	u32 cpu = task_cpu(from);

	if (!t)
		return false;
	t->target = NULL;
	if (to) {
		struct task_struct *receiver;
		enum yield_answer answer;

		count(cpu, LEDGER_STAT_YIELD_TOS);
		receiver = conf.kvm_wait ? wait_receiver(from, to, cpu) : NULL;
		if (receiver)
			to = receiver;
		answer = conf.yield == LEDGER_YIELD_OFF ? YIELD_NO : yield_directed(t, cpu, to);
		if (answer != YIELD_GIVE_WAY)
			return answer == YIELD_MOVED;
	} else {
		count(cpu, LEDGER_STAT_YIELDS);
	}
	/* Settled with the next charge, which schedule() brings at once: see cpu_settle_yield(). */
	t->yielded = 1;
	from->scx.slice = 0;
	return to != NULL;
}

#endif /* LEDGER_YIELD_BPF_H */
