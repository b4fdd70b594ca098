/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cpu.max (include/eevdf/limit.h): what a task runs is taken from its group's budget and from those
 * above, and a task whose group, or one above, has used its own up is parked: it leaves its
 * timeline with its lag, and waits in that group's queue, first come first.
 *
 * Not at once, for it may hold locks in the kernel that everybody waits for: it runs on to where it
 * returns to user space, as in fair.c since 6.18 (task_throttle_setup_work). There a task_work says
 * so, and makes it schedule. Who wakes up or waits runs to that point as well.
 *
 * From 7.3 on: before, a kernel takes nobody of ours from a CPU that goes off. It would wait for
 * the parked ones, and they for that, for they may hold what it needs.
 *
 * All budgets grow in one timer (release.bpf.h), so nothing here looks at a clock. While no group
 * has a limit all of this is one load.
 *
 * A queue of parked tasks belongs to its group and its lock; that of arriving ones to a timeline.
 */
#ifndef LEDGER_LIMIT_BPF_H
#define LEDGER_LIMIT_BPF_H

#include "cgroup.bpf.h"

/* No limit ends a turn earlier: somebody who was excused should get on, ns. */
#define LIMIT_TURN_MIN 100000ULL

static __always_inline void queue_add(struct ledger_queue __arena *q, task_ptr t)
{
	t->queue_next = NULL;
	t->queue_prev = q->tail;
	if (q->tail)
		q->tail->queue_next = t;
	else
		q->head = t;
	q->tail = t;
}

static __always_inline void queue_remove(struct ledger_queue __arena *q, task_ptr t)
{
	if (t->queue_prev)
		t->queue_prev->queue_next = t->queue_next;
	else
		q->head = t->queue_next;
	if (t->queue_next)
		t->queue_next->queue_prev = t->queue_prev;
	else
		q->tail = t->queue_prev;
}

extern int bpf_task_work_schedule_resume(struct task_struct *task, struct bpf_task_work *tw,
					 void *map,
					 bpf_task_work_callback_t callback) __ksym __weak;

extern void eevdf_end_turn_at_user(void) __ksym __weak;

/*
 * The task itself, with no lock, on its way to user space. With the module its turn ends there, and
 * it is parked.
 *
 * Without, it can only be preempted here, where migration is disabled; for that the kernel takes a
 * task that it switches out off and puts it back as running (migrate_disable_switch), which
 * @at_user survives. The kick takes effect as soon as interrupts are on: not within it, where it is
 * in an RCU read side, which a parked task would hold up for everybody.
 */
static int limit_at_user(struct bpf_map *map, void *key, void *value)
{
	task_ptr t = task_of(bpf_get_current_task_btf());
	unsigned long flags;

	if (!t)
		return 0;
	bpf_local_irq_save(&flags);
	t->at_user = 1;
	if (bpf_ksym_exists(eevdf_end_turn_at_user))
		eevdf_end_turn_at_user();
	else
		kick_cpu(bpf_get_smp_processor_id(), KICK_PREEMPT);
	bpf_local_irq_restore(&flags);
	return 0;
}

/*
 * May a task that is switched out be parked? @at_user is over if not: if it was preempted where
 * migration is disabled, which with the module is an interrupt's doing, and without it only matters
 * if somebody has taken this CPU from its affinity: it must get on. For if the last CPU that it may
 * use goes off before it does, migrate_enable() fails, @cpus_ptr stays as it is, and the first BPF
 * program that the task then runs under its runqueue's lock takes that lock again: the CPU hangs.
 * Seen with 7.3; goes when migrate_enable() does not fail.
 */
static __always_inline bool limit_may_park(task_ptr t, const struct task_struct *p)
{
	if (t->at_user && (u64)p->cpus_ptr != (u64)&p->cpus_mask &&
	    (bpf_ksym_exists(eevdf_end_turn_at_user) ||
	     !bpf_cpumask_test_cpu(task_cpu(p), (const struct cpumask *)&p->cpus_mask)))
		t->at_user = 0;
	return t->at_user;
}

/* A running task should be parked when it can be. Asking again does nothing. */
static __always_inline void limit_ask(task_ptr t, struct task_struct *p)
{
	u32 slot = t->slot;
	struct task_slot *s = bpf_map_lookup_elem(&slots, &slot);

	if (s && bpf_ksym_exists(bpf_task_work_schedule_resume))
		bpf_task_work_schedule_resume(p, &s->to_user, &slots, limit_at_user);
}

static __always_inline bool limit_spent(group_ptr g)
{
	return g->limit.quota && *(volatile s64 __arena *)&g->limit.budget <= 0;
}

static __always_inline bool limit_possible(task_ptr t)
{
	return *(volatile u32 *)&nr_limited && t->group;
}

__noinline int limit_charge_groups(struct ledger_task __arena *t __arg_arena, u64 delta)
{
	group_ptr g;

	for (g = group_of(t); g && can_loop(); g = (group_ptr)g->g.parent)
		if (g->limit.quota)
			__sync_fetch_and_add(&g->limit.budget, -delta);
	return 0;
}

/* A task has run for @delta ns. */
static __always_inline void limit_charge(task_ptr t, u64 delta)
{
	if (limit_possible(t))
		limit_charge_groups(t, delta);
}

__noinline u64 limit_spent_above(struct ledger_task __arena *t __arg_arena)
{
	group_ptr g;

	for (g = group_of(t); g && can_loop(); g = (group_ptr)g->g.parent)
		if (limit_spent(g))
			return (u64)g;
	return 0;
}

/* The group whose limit does not let the task run now; NULL: it may. */
static __always_inline group_ptr limit_of(task_ptr t)
{
	return limit_possible(t) && !t->excused ? (group_ptr)limit_spent_above(t) : NULL;
}

__noinline u64 limit_turn_above(struct ledger_task __arena *t __arg_arena)
{
	s64 least = EEVDF_LIMIT_MAX;
	group_ptr g;

	for (g = group_of(t); g && can_loop(); g = (group_ptr)g->g.parent)
		if (g->limit.quota && g->limit.budget < least)
			least = g->limit.budget;
	return least < (s64)LIMIT_TURN_MIN ? LIMIT_TURN_MIN : least;
}

/* For how long a task may run, if nobody else of its groups does, ns. */
static __always_inline u64 limit_turn(task_ptr t)
{
	return limit_possible(t) ? limit_turn_above(t) : EEVDF_LIMIT_MAX;
}

/**
 * limit_park() - a task waits for the next period
 * @g: of limit_of()
 * @t: that task; if it is on a timeline, that is locked, and it is to leave
 *
 * Return: false if the next period has begun.
 */
__noinline bool limit_park(struct ledger_group __arena *g __arg_arena,
			   struct ledger_task __arena *t __arg_arena)
{
	bool spent;

	if (!group_lock(g))
		return false;
	spent = limit_spent(g);
	if (spent) {
		queue_add(&g->parked, t);
		t->parked = g;
		t->parked_since = bpf_ktime_get_ns();
	}
	group_unlock(g);
	return spent;
}

__noinline int limit_unpark_from(struct ledger_group __arena *g __arg_arena,
				 struct ledger_task __arena *t __arg_arena)
{
	if (!group_lock(g))
		return 0;
	if (t->parked == g) {
		queue_remove(&g->parked, t);
		t->parked = NULL;
	}
	group_unlock(g);
	return 0;
}

/*
 * The kernel does something with a task, which may be parked. Its runqueue is locked: nobody parks
 * it meanwhile; it may be released, and is on its CPU's timeline then.
 */
static __always_inline void limit_unpark(task_ptr t)
{
	group_ptr g = t->parked;

	if (g)
		limit_unpark_from(g, t);
}

#endif /* LEDGER_LIMIT_BPF_H */
