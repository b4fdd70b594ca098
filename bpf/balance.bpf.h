/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A CPU that would idle pulls a task from another timeline, and one whose task has named another in
 * a yield pulls that. Here a timeline is touched without its CPU's runqueue lock: the reason why
 * timelines have locks.
 */
#ifndef LEDGER_BALANCE_BPF_H
#define LEDGER_BALANCE_BPF_H

#include "enqueue.bpf.h"

/* How far a search goes before the CPU idles after all. */
#define STEAL_CPUS 64
#define STEAL_TASKS 8

/*
 * A task that is still being switched out counts as one that may not move: the callbacks that its
 * CPU makes meanwhile disable migration for whom they take for current, which is it. 7.0 was seen
 * to look at such a moment, and ends the scheduler for it.
 */
static __always_inline bool may_run_on(const struct task_struct *p, u32 cpu)
{
	return !task_on_cpu(p) && p->nr_cpus_allowed > 1 && !p->migration_disabled &&
	       bpf_cpumask_test_cpu(cpu, p->cpus_ptr);
}

/*
 * From one locked timeline, the one that waits longest and may come. Verified on its own, because
 * it is called in a loop.
 */
__noinline bool steal_from(struct ledger_cpu __arena *victim __arg_arena, u32 cpu)
{
	entity_ptr e = victim->tl.oldest;
	int i;

	for (i = 0; e && i < STEAL_TASKS && can_loop(); i++, e = e->newer) {
		task_ptr t = entity_task(e);
		struct task_struct *p;

		if (t->dispatched)
			continue;
		p = task_struct_of(t);
		if (!p || !may_run_on(p, cpu))
			continue;
		/*
		 * While it is still linked, so that whoever takes it away must wait for the lock.
		 */
		if (!dsq_insert(p, DSQ_LOCAL, eevdf_left(&t->e), 0))
			continue;
		cpu_leave(victim, t, p, 0);
		return true;
	}
	return false;
}

/* In ops.dispatch() of @cpu, with no timeline locked. */
static __noinline bool steal(u32 cpu)
{
	u32 i, v = cpu;

	for (i = 1; i < conf.nr_cpus && i <= STEAL_CPUS && can_loop(); i++) {
		bool found = false;
		cpu_ptr victim;

		v++;
		if (v >= conf.nr_cpus)
			v = 0;
		victim = cpu_of(v);
		if (victim->tl.nr_tree - victim->tl.nr_delayed <= victim->nr_dispatched ||
		    !cpu_trylock(victim))
			continue;
		found = steal_from(victim, cpu);
		cpu_unlock(victim);
		if (found) {
			count(cpu, LEDGER_STAT_STEALS);
			return true;
		}
	}
	count(cpu, LEDGER_STAT_STEAL_MISSES);
	return false;
}

/**
 * pull_wanted() - take the task that the running one has named, from its timeline to this CPU's
 * @c: this CPU's timeline, not locked; in ops.dispatch()
 * @from: who named it
 *
 * It brings its lag along and gets its credit when it runs here, see pull_settle(). If it may no
 * longer come, or runs or sleeps by now, it stays where it is and nothing is given.
 *
 * Return: true if it is on this CPU's local queue.
 */
__noinline bool pull_wanted(struct ledger_cpu __arena *c __arg_arena,
			    struct ledger_task __arena *from __arg_arena)
{
	task_ptr to = c->wanted;
	struct task_struct *p;
	bool pulled = false;
	cpu_ptr victim;

	c->wanted = NULL;
	victim = to ? cpu_lock_of(to) : NULL;
	if (!victim)
		return false;
	p = task_struct_of(to);
	if (p && p->pid == c->wanted_pid && to->e.on_tree && !to->e.delayed && !to->dispatched &&
	    may_run_on(p, c->cpu) && dsq_insert(p, DSQ_LOCAL, eevdf_left(&to->e), 0)) {
		cpu_leave(victim, to, p, 0);
		c->pulled = to;
		c->donor = from;
		count(c->cpu, LEDGER_STAT_PULLS);
		pulled = true;
	} else {
		count(c->cpu, LEDGER_STAT_REFUSED_MASK);
	}
	cpu_unlock(victim);
	return pulled;
}

/* A task begins to run: if it is the one that was pulled, it gets what its donor has to give. */
static __always_inline void pull_settle(cpu_ptr c, task_ptr t)
{
	task_ptr from = c->donor;

	if (!c->pulled)
		return;
	if (c->pulled == t && from && from->cpu == (s32)c->cpu && from->e.on_tree)
		cpu_transfer(c, from, t);
	c->pulled = NULL;
	c->donor = NULL;
}

#endif /* LEDGER_BALANCE_BPF_H */
