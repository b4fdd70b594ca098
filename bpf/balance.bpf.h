/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A CPU that would idle takes a task from another timeline, and one whose task has named another in
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

/* A waiting task that is not on the way to a CPU, and may run. */
static __always_inline bool may_leave(task_ptr t)
{
	return !t->dispatched && !limit_of(t);
}

/* Somebody who is not on the way to a CPU already. A guess while @c is not locked. */
static __always_inline bool somebody_waits(cpu_ptr c)
{
	return c->tl.nr_tree - c->tl.nr_delayed > c->nr_dispatched;
}

/*
 * A waiting task of the locked timeline @victim goes to the local queue of the CPU that dispatches.
 * It is inserted while it is still linked, so that whoever takes it away must wait for the lock.
 */
static __always_inline bool hand_over(cpu_ptr victim, task_ptr t, struct task_struct *p, u64 how,
				      s64 owed)
{
	if (!dsq_insert(p, DSQ_LOCAL, eevdf_left(&t->e), 0))
		return false;
	cpu_leave_as(victim, t, p, how, owed);
	return true;
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

		if (!may_leave(t))
			continue;
		p = task_struct_of(t);
		if (p && may_run_on(p, cpu) && hand_over(victim, t, p, 0, 0))
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
		if (!somebody_waits(victim) || !cpu_trylock(victim))
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
 * pull() - the task that the running one has named comes from another timeline to this CPU's
 * @victim: that other timeline, locked; unlocked on return
 * @t: on it, waiting
 * @p: the same; may run on @cpu. The runqueue that the kernel has it on is locked
 * @cpu: this one, in ops.yield()
 *
 * It leaves at once, so nobody else picks it, and brings its lag. It joins when the yielder is
 * charged, a moment later (cpu_join_pulled()), and waits here then like everybody: if what it is
 * given makes it eligible it runs next, and the kernel moves it with the dispatch.
 *
 * Return: false if another one is on its way already.
 */
static __always_inline bool pull(cpu_ptr victim, task_ptr t, struct task_struct *p, u32 cpu)
{
	cpu_ptr c = cpu_of(cpu);

	if (c->pulled) {
		cpu_unlock(victim);
		return false;
	}
	cpu_leave(victim, t, p, 0);
	cpu_unlock(victim);
	if (!cpu_lock(c))
		return false;
	t->cpu = cpu;
	c->pulled = t;
	count(cpu, LEDGER_STAT_PULLS);
	cpu_unlock(c);
	return true;
}

#endif /* LEDGER_BALANCE_BPF_H */
