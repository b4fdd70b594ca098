/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A CPU that would idle takes a task from another timeline, and one whose task has named another in
 * a yield pulls that. Here a timeline is touched without its CPU's runqueue lock: the reason why
 * timelines have locks.
 */
#ifndef LEDGER_BALANCE_BPF_H
#define LEDGER_BALANCE_BPF_H

#include "enqueue.bpf.h"

/* So many tasks of a timeline are looked at in a first round, and in a second. */
#define STEAL_TASKS 8
#define STEAL_DEEP 1024

static __always_inline bool affine_to(const struct task_struct *p, u32 cpu)
{
	return bpf_cpumask_test_cpu(cpu, p->cpus_ptr);
}

/*
 * A task that is still being switched out counts as one that may not move: the callbacks that its
 * CPU makes meanwhile disable migration for whom they take for current, which is it. 7.0 was seen
 * to look at such a moment, and ends the scheduler for it.
 */
static __always_inline bool may_run_on(const struct task_struct *p, u32 cpu)
{
	return !task_on_cpu(p) && !p->migration_disabled && affine_to(p, cpu);
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
 * A waiting task of the locked timeline @victim goes to the local queue @dsq, in ops.dispatch(). It
 * is inserted while it is still linked, so that whoever takes it away must wait for the lock.
 */
static __always_inline bool hand_over(cpu_ptr victim, task_ptr t, struct task_struct *p, u64 dsq,
				      u64 how, s64 owed)
{
	if (!dsq_insert(p, dsq, eevdf_left(&t->e), 0))
		return false;
	cpu_leave_as(victim, t, how, owed);
	return true;
}

/* What a search has come to. */
enum steal {
	STEAL_NOBODY,	/* nobody may come */
	STEAL_FOUND,
	STEAL_UNSEEN,	/* somebody might soon: not looked at, being switched out, limited */
};

/*
 * From one locked timeline, the one that waits longest and may come. Verified on its own, because
 * it is called in a loop.
 */
__noinline u32 steal_from(struct ledger_cpu __arena *victim __arg_arena, u32 cpu, u32 tasks)
{
	entity_ptr e = victim->tl.oldest;
	bool unseen = false;
	u32 i;

	for (i = 0; e && i < tasks && can_loop(); i++, e = e->newer) {
		task_ptr t = entity_task(e);
		struct task_struct *p;

		if (t->dispatched)
			continue;
		p = task_struct_of(t);
		if (!p || !affine_to(p, cpu))
			continue;
		/* First: until it is switched out migration_disabled is not its own, see above. */
		if (!task_on_cpu(p)) {
			if (p->migration_disabled)
				continue;
			if (!limit_of(t) && hand_over(victim, t, p, DSQ_LOCAL, 0, 0))
				return STEAL_FOUND;
		}
		unseen = true;
	}
	return e || unseen ? STEAL_UNSEEN : STEAL_NOBODY;
}

/* One of them, for the module: why was it not taken? */
__noinline int steal_passed(struct ledger_cpu __arena *victim __arg_arena,
			    struct eevdf_entity __arena *e __arg_arena)
{
	task_ptr t = entity_task(e);
	struct task_struct *p = task_struct_of(t);
	bool bound = !p || t->dispatched;

	audit_send(victim, t, EVENT(PASSED, bound ? LEDGER_F_BOUND : 0), 0);
	return 0;
}

/* Nobody came from a locked timeline: the module is told who waits there. */
__noinline int steal_tell(struct ledger_cpu __arena *victim __arg_arena, u32 cpu)
{
	entity_ptr e = victim->tl.leftmost;
	u32 left;

	if (!audited(LEDGER_TELL_ALL))
		return 0;
	victim->peer = cpu;
	for (left = victim->tl.nr_tree; e && cpu_again(victim, left); left--) {
		steal_passed(victim, e);
		e = (entity_ptr)audit_next(e);
	}
	audit_send(victim, NULL, EVENT(PASSED, 0), 0);
	victim->peer = NO_SLOT;
	return 0;
}

/**
 * steal_round() - a CPU that has nobody looks at all others
 * @cpu: in its ops.dispatch(), with no timeline locked
 * @again: nobody was found, though somebody might have: wait for each lock and look deeper
 *
 * Return: enum steal
 */
__noinline u32 steal_round(u32 cpu, bool again)
{
	const struct ledger_near *near = bpf_map_lookup_elem(&near_cpus, &cpu);
	u32 i, found, all = STEAL_NOBODY;

	for (i = 0; near && i < nr_others() && can_loop(); i++) {
		cpu_ptr victim = cpu_of(other_cpu(near, cpu, i));

		/* Audited, this guess is to be a guess that is looked at. */
		if (!somebody_waits(victim) && !audited(LEDGER_TELL_ALL))
			continue;
		if (!(again ? cpu_lock(victim) : cpu_trylock(victim))) {
			all = STEAL_UNSEEN;
			continue;
		}
		found = STEAL_NOBODY;
		if (somebody_waits(victim))
			found = steal_from(victim, cpu, again ? STEAL_DEEP : STEAL_TASKS);
		if (found == STEAL_NOBODY)
			steal_tell(victim, cpu);
		cpu_unlock(victim);
		if (found == STEAL_FOUND)
			return STEAL_FOUND;
		if (found == STEAL_UNSEEN)
			all = STEAL_UNSEEN;
	}
	return all;
}

static __always_inline void steal(u32 cpu)
{
	u32 found = steal_round(cpu, false);

	if (found == STEAL_UNSEEN)
		found = steal_round(cpu, true);
	count(cpu, found == STEAL_FOUND	 ? LEDGER_STAT_STEALS :
		   found == STEAL_UNSEEN ? LEDGER_STAT_STEAL_UNSEEN :
					   LEDGER_STAT_STEAL_MISSES);
}

/*
 * A CPU idles from now on. Who began to wait while it looked around saw no idle CPU, and whoever
 * comes later will: so it looks once more. Not one that goes off: its last task gives way to the
 * idle task with interrupts off for good, and a kick would be on its way until the kernel waits for
 * it in vain.
 */
void OPS(ledger_update_idle, s32 cpu, bool idle)
{
	struct rq *rq = cpu_rq(cpu);
	u32 i;

	if (!idle || !rq || !rq->online)
		return;
	for (i = 0; i < conf.nr_cpus && can_loop(); i++) {
		if (somebody_waits(cpu_of(i))) {
			kick_cpu(cpu, 0);
			return;
		}
	}
}

/**
 * pull() - the task that the running one has named comes from another timeline to this CPU's
 * @victim: that other timeline, locked; unlocked on return
 * @t: on it, waiting; may run on @cpu. The runqueue that the kernel has it on is locked
 * @cpu: this one, in ops.yield()
 *
 * It leaves at once, so nobody else picks it, and brings its lag. It joins when the yielder is
 * charged, a moment later (cpu_join_pulled()), and waits here then like everybody: if what it is
 * given makes it eligible it runs next, and the kernel moves it with the dispatch.
 *
 * Return: false if another one is on its way already, or the yielder's CPU goes off.
 */
static __always_inline bool pull(cpu_ptr victim, task_ptr t, u32 cpu)
{
	cpu_ptr c = cpu_of(cpu);

	if (c->pulled || c->offline) {
		cpu_unlock(victim);
		return false;
	}
	cpu_leave(victim, t, 0);
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
