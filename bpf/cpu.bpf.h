/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A CPU's timeline: its lock, and every change of it, with its counter and its event. The other
 * rooms change timelines through here only.
 */
#ifndef LEDGER_CPU_BPF_H
#define LEDGER_CPU_BPF_H

#include "cgroup.bpf.h"
#include "hrtick.bpf.h"
#include "measure.bpf.h"

/*
 * Taken in every callback that holds a runqueue lock. Nobody takes two but the thief, who only
 * tries.
 */
static __always_inline bool cpu_trylock(cpu_ptr c)
{
	return !c->lock && lock_try(&c->lock);
}

__noinline bool cpu_lock_slow(struct ledger_cpu __arena *c __arg_arena)
{
	if (lock_wait_long(&c->lock))
		return true;
	count(c->cpu, LEDGER_STAT_Z_LOCK);
	scx_error("timeline %llu: lock not released for two seconds", (u64)c->cpu);
	return false;
}

static __always_inline bool cpu_lock(cpu_ptr c)
{
	return lock_try(&c->lock) || cpu_lock_slow(c);
}

static __always_inline void cpu_unlock(cpu_ptr c)
{
	lock_drop(&c->lock);
}

/* A task may leave for another timeline while somebody waits for the lock of the one it is on. */
#define LOCK_OF_TRIES 3

/* The timeline that a task is on, locked; NULL: it is on none. */
static __always_inline cpu_ptr cpu_lock_of(task_ptr t)
{
	int i;

#pragma clang loop unroll(disable)
	for (i = 0; i < LOCK_OF_TRIES; i++) {
		s32 cpu = t->cpu;
		cpu_ptr c;

		if (cpu < 0)
			break;
		c = cpu_of(cpu);
		if (!cpu_lock(c))
			break;
		/* A thief may have been here in between, or its CPU has gone off. */
		if (t->cpu == cpu)
			return c;
		cpu_unlock(c);
	}
	return NULL;
}

/* A task has been handed to the kernel's local queue, or has come back or run. */
static __always_inline void cpu_dispatched(cpu_ptr c, task_ptr t, bool dispatched)
{
	if (t->dispatched == dispatched)
		return;
	t->dispatched = dispatched;
	c->nr_dispatched += dispatched ? 1 : -1;
}

/* What the walks of a timeline and its products found. */
static __always_inline void cpu_check_bounds(cpu_ptr c)
{
	if (c->tl.broken_walks || c->tl.key_overflows) {
		stats[c->cpu].v[LEDGER_STAT_Z_KEY] += c->tl.key_overflows;
		stats[c->cpu].v[LEDGER_STAT_Z_TREE] = c->tl.broken_walks;
		c->tl.key_overflows = 0;
		if (c->tl.broken_walks)
			scx_error("timeline %llu: a walk of the tree did not end", (u64)c->cpu);
	}
}

/* What must hold for every timeline after it lost an entity. */
static __always_inline void cpu_check_empty(cpu_ptr c)
{
	if (!eevdf_empty_is_plain(&c->tl))
		count(c->cpu, LEDGER_STAT_Z_SUM);
	cpu_check_bounds(c);
}

/* Of service that an entity had, gave on or gave up, so much was credit. */
static __always_inline void cpu_use_credit(cpu_ptr c, task_ptr t, u64 vdelta,
					   enum ledger_stat stat)
{
	if (t->e.credit)
		stats[c->cpu].v[stat] += eevdf_use_credit(&t->e, vdelta * t->e.weight);
}

/**
 * cpu_transfer() - what a task gives up goes to another of the timeline (credit.h)
 * @c: locked
 * @from: the donor, charged
 * @to: the target, not a ghost
 *
 * Return: false if there was nothing to give, or no room for it.
 */
__noinline bool cpu_transfer(struct ledger_cpu __arena *c __arg_arena,
			     struct ledger_task __arena *from __arg_arena,
			     struct ledger_task __arena *to __arg_arena)
{
	struct task_struct *p = task_struct_of(to);
	u64 avg = eevdf_avg(&c->tl);
	struct eevdf_gift gift = eevdf_transfer(&c->tl, &from->e, &to->e);

	if (!gift.gain)
		return false;
	count(c->cpu, LEDGER_STAT_GRANTS);
	/* V is where it was. */
	c->favoured = NULL;
	if (eevdf_eligible(to->e.vruntime, avg))
		c->favoured = to;
	else
		count(c->cpu, LEDGER_STAT_GRANTS_SHORT);
	stats[c->cpu].v[LEDGER_STAT_GRANTED] += gift.gain * to->e.weight;
	stats[c->cpu].v[LEDGER_STAT_CONSUMED] += gift.used;
	from->heir = to;
	from->heir_pid = p ? p->pid : 0;
	c->peer = from->slot;
	audit(c, to, EVENT(GRANT, LEDGER_F_AVG), avg);
	c->peer = to->slot;
	audit(c, from, EVENT(PAID, 0), 0);
	c->peer = NO_SLOT;
	return true;
}

static __always_inline u64 task_weight(const struct task_struct *p)
{
	return eevdf_weight(p->static_prio, p->policy == SCHED_IDLE_POLICY);
}

static __always_inline u64 task_slice(const struct task_struct *p)
{
	return p->se.custom_slice ? p->se.slice : 0;
}

static __always_inline u32 task_policy(const struct task_struct *p)
{
	u32 policy = p->policy;

	return policy == SCHED_IDLE_POLICY ? EEVDF_IDLE :
	       policy == SCHED_BATCH_POLICY ? EEVDF_BATCH : EEVDF_NORMAL;
}

/*
 * The weight, policy and slice of a task that joins a timeline; may have changed since last time.
 */
static __always_inline void task_refresh(task_ptr t, const struct task_struct *p)
{
	t->e.policy = task_policy(p);
	t->e.custom_slice = task_slice(p);
	t->own = task_weight(p);
	group_enter(t);
	eevdf_rescale(&t->e, t->counted ? group_task_weight(t) : t->own);
}

/* Something of that is different from what it joined its timeline with. */
static __always_inline bool task_changed(task_ptr t, const struct task_struct *p)
{
	return t->e.policy != task_policy(p) || t->e.custom_slice != task_slice(p) ||
	       t->own != task_weight(p);
}

/* See cpu_join(). */
__noinline int cpu_place(struct ledger_cpu __arena *c __arg_arena,
			 struct ledger_task __arena *t __arg_arena, bool running)
{
	bool initial = t->initial;
	u64 avg;

	t->initial = 0;
	t->yielded = 0;
	t->target = NULL;
	t->cpu = c->cpu;
	avg = eevdf_join(&c->tl, &t->e, initial, running);
	if (conf.global_lag)
		eevdf_join_level(&c->tl, &t->e, machine_level);
	if (running) {
		measure_turn(c, t);
	} else {
		measure_join(t);
		eevdf_wait_begin(&c->tl, &t->e, t->e.since);
	}
	audit(c, t, EVENT(JOIN, LEDGER_F_AVG | (running ? LEDGER_F_CURR : 0) |
				(initial ? LEDGER_F_INITIAL : 0)), avg);
	return 0;
}

/**
 * cpu_join() - a task joins a timeline
 * @c: locked
 * @t: on no timeline
 * @p: the same
 * @running: it runs already; otherwise it goes into the tree
 */
static __always_inline void cpu_join(cpu_ptr c, task_ptr t, const struct task_struct *p,
				     bool running)
{
	task_refresh(t, p);
	t->exec = p->se.sum_exec_runtime;
	t->e.since = p->scx.runnable_at;
	cpu_place(c, t, running);
}

/* See cpu_reweight(). */
__noinline int cpu_reweight_member(struct ledger_cpu __arena *c __arg_arena,
				   struct ledger_task __arena *t __arg_arena)
{
	u64 avg, weight = group_task_weight(t);

	if (weight == t->e.weight)
		return 0;
	if (conf.global_lag)
		eevdf_reweight_level(&c->tl, &t->e, weight);
	avg = eevdf_reweight(&c->tl, &t->e, weight);
	count(c->cpu, LEDGER_STAT_REWEIGHTS);
	audit(c, t, EVENT(REWEIGHT, LEDGER_F_AVG), avg);
	return 0;
}

/* What a task weighs changes with what others of its group do (reweight_eevdf). */
static __always_inline void cpu_reweight(cpu_ptr c, task_ptr t)
{
	if (t->counted)
		cpu_reweight_member(c, t);
}

/*
 * Who has waited longest has the oldest weight, too. One a round: eight bring a group's share
 * nearer to what it should be by less than a point, and cost eight times as much.
 */
static __always_inline void cpu_reweight_oldest(cpu_ptr c)
{
	if (c->tl.oldest)
		cpu_reweight(c, entity_task(c->tl.oldest));
}

/* The task that was pulled joins: whoever runs is charged, so V is that of this moment. */
static __noinline void cpu_join_pulled(cpu_ptr c)
{
	task_ptr t = c->pulled;
	struct task_struct *p = task_struct_of(t);

	c->pulled = NULL;
	if (!p) {
		t->cpu = NO_CPU;
		return;
	}
	/*
	 * Its runqueue is not locked. Who holds that one, to change something of the task, must
	 * find it here all the time, and wait.
	 */
	cpu_join(c, t, p, false);
	t->pulled = 1;
}

/* A task is on its way to the locked timeline: counted as there, and not in it. */
static __always_inline bool cpu_expects(cpu_ptr c, task_ptr t)
{
	return c->pulled == t || t->arriving;
}

/* It comes from no timeline to the locked one. True if it is the first on its way there. */
static __always_inline bool arrive(cpu_ptr c, task_ptr t)
{
	bool first = !c->arrivals.head;

	t->cpu = c->cpu;
	t->arriving = 1;
	queue_add(&c->arrivals, t);
	return first;
}

/* Not any more. */
static __always_inline void cpu_forget(cpu_ptr c, task_ptr t)
{
	if (c->pulled == t)
		c->pulled = NULL;
	if (t->arriving)
		queue_remove(&c->arrivals, t);
	t->arriving = 0;
}

/* It goes next if it is eligible, unless it is SCHED_IDLE. False if it was the buddy already. */
static __always_inline bool cpu_set_buddy(cpu_ptr c, task_ptr t)
{
	if (t->e.policy == EEVDF_IDLE || c->tl.next == &t->e)
		return false;
	c->tl.next = &t->e;
	audit(c, t, EVENT(BUDDY, 0), 0);
	return true;
}

/*
 * A yield is settled with the first charge from the kernel's own figures and not in ops.yield(),
 * where the kernel's clock is as old as its last tick: what ran since would be charged on top of
 * what was given up.
 */
static __always_inline void cpu_settle_yield(cpu_ptr c, task_ptr t)
{
	task_ptr to = t->target;
	u64 avg, was = t->e.vruntime;
	bool pulled = false;

	t->yielded = 0;
	t->target = NULL;
	if (to) {
		if (c->pulled == to) {
			cpu_join_pulled(c);
			cpu_set_buddy(c, to);
			pulled = true;
		}
		if (to->cpu == (s32)c->cpu && to->e.on_tree && !to->e.delayed &&
		    task_is(to, t->target_pid) && !cpu_transfer(c, t, to) && pulled)
			count(c->cpu, LEDGER_STAT_REFUSED_EMPTY);
		return;
	}
	if (!c->tl.nr_tree)
		return;
	avg = eevdf_avg(&c->tl);
	eevdf_yield(&c->tl);
	cpu_use_credit(c, t, t->e.vruntime - was, LEDGER_STAT_EXPIRED);
	audit(c, t, EVENT(YIELD, LEDGER_F_AVG), avg);
}

/**
 * cpu_charge() - charge the running entity
 * @c: a locked timeline with a running entity
 * @exec: its run time so far, ns
 * @fresh: %LEDGER_F_FRESH if that is p->se.sum_exec_runtime, else 0
 *
 * Return: enum eevdf_charge bits.
 */
__noinline u32 cpu_charge(struct ledger_cpu __arena *c __arg_arena, u64 exec, u64 fresh)
{
	task_ptr t = entity_task(c->tl.curr);
	s64 delta = exec - t->exec;
	u32 found = 0;

	if (delta < 0) {
		/*
		 * To move a task the kernel lets go of the runqueue, and then may ask for the next
		 * one with the figures of before. Who woke up here in between charged by the clock.
		 */
		struct rq *rq = cpu_rq(c->cpu);

		if (!rq || (s64)(rq->clock_task - c->clock_base - t->exec) < 0)
			count(c->cpu, LEDGER_STAT_Z_CLOCK);
		return 0;
	}
	if (delta) {
		u64 was = t->e.vruntime;

		t->exec = exec;
		found = eevdf_charge(&c->tl, delta);
		cpu_use_credit(c, t, t->e.vruntime - was, LEDGER_STAT_CONSUMED);
		if (found & EEVDF_RENEWED)
			count(c->cpu, LEDGER_STAT_RENEWALS);
		measure_charge(c, t);
		limit_charge(t, delta);
		group_had(t, delta);
		audit(c, t, EVENT(UPDATE, fresh), 0);
	}
	if (t->yielded && fresh)
		cpu_settle_yield(c, t);
	cpu_reweight(c, t);
	return found;
}

/* Is the timeline's running task the one that runs? */
static __always_inline bool cpu_is_true(cpu_ptr c, const struct rq *rq)
{
	return rq->curr->scx.dsq_vtime == (u64)c->tl.curr;
}

/* The running entity, charged as update_curr() would do it at this moment; see cpu_charge(). */
static __always_inline u32 cpu_charge_now(cpu_ptr c, const struct rq *rq)
{
	u64 exec = rq->clock_task - c->clock_base;

	/* The clock of an interrupted update may be behind what was charged last. */
	if ((s64)(exec - entity_task(c->tl.curr)->exec) <= 0)
		return 0;
	return cpu_charge(c, exec, 0);
}

/**
 * cpu_leave_as() - a task leaves its timeline
 * @c: that timeline, locked; its running entity, if @t is that, is charged
 * @t: on it
 * @how: %LEDGER_F_SLEEP if it sleeps, %LEDGER_F_OWED if it waits and takes @owed along as its lag,
 *	0 if it moves otherwise or changes
 * @owed: of eevdf_owed()
 */
__noinline int cpu_leave_as(struct ledger_cpu __arena *c __arg_arena,
			    struct ledger_task __arena *t __arg_arena, u64 how, s64 owed)
{
	u64 avg;

	if (cpu_expects(c, t)) {
		/* It has left where it was, and has not joined here. */
		cpu_forget(c, t);
		t->cpu = NO_CPU;
		return 0;
	}
	/* A ghost waits for nothing, and has slept whatever the reason is now. */
	if (t->e.delayed)
		how = LEDGER_F_SLEEP;
	else if (c->tl.curr != &t->e)
		eevdf_wait_end(&c->tl, &t->e);
	if (conf.global_lag)
		eevdf_leave_level(&c->tl, &t->e, how != LEDGER_F_SLEEP);
	avg = eevdf_leave(&c->tl, &t->e, how == LEDGER_F_SLEEP);
	if (how == LEDGER_F_OWED)
		t->e.vlag = owed;
	else if (t->e.vlag != (s64)(avg - t->e.vruntime))
		count(c->cpu, LEDGER_STAT_CLAMPS);
	stats[c->cpu].v[LEDGER_STAT_EXPIRED] += t->e.credit;
	t->e.credit = 0;
	t->pulled = 0;
	if (c->favoured == t)
		c->favoured = NULL;
	cpu_dispatched(c, t, false);
	audit(c, t, EVENT(LEAVE, LEDGER_F_AVG | how), avg);
	t->cpu = NO_CPU;
	group_leave(t);
	count(c->cpu, LEDGER_STAT_LEAVES);
	cpu_check_empty(c);
	return 0;
}

static __always_inline void cpu_leave(cpu_ptr c, task_ptr t, u64 sleep)
{
	cpu_leave_as(c, t, sleep, 0);
}

/* Because of cpu.max: what it is behind the machine meanwhile it is not owed. */
static __always_inline void cpu_leave_limited(cpu_ptr c, task_ptr t)
{
	cpu_leave(c, t, 0);
	t->e.has_level = 0;
}

/*
 * A task of the locked timeline, or of none, is parked. False if it may run, or cannot be parked
 * here.
 */
static __always_inline bool cpu_park(cpu_ptr c, task_ptr t, const struct task_struct *p)
{
	group_ptr g = limit_of(t);

	if (!g || !limit_may_park(t, p) || !limit_park(g, t))
		return false;
	count(c->cpu, LEDGER_STAT_PARKS);
	if (t->cpu != NO_CPU)
		cpu_leave_limited(c, t);
	return true;
}

/*
 * The timeline's running task does not run any more: while the kernel bypasses us it takes the CPU
 * from a task without handing it back. Such a task leaves; it joins again where it next runs or
 * waits.
 */
static __always_inline void cpu_displace(cpu_ptr c)
{
	task_ptr t = entity_task(c->tl.curr);
	struct task_struct *p;

	if (!c->tl.curr)
		return;
	p = task_struct_of(t);
	count(c->cpu, LEDGER_STAT_DISPLACED);
	measure_no_turn(c);
	if (p)
		cpu_charge(c, p->se.sum_exec_runtime, LEDGER_F_FRESH);
	cpu_leave(c, t, 0);
}

/*
 * A task that comes to @cpu leaves whatever other timeline it is on; @stat counts those. If it is
 * still taken for running there, the kernel moved it while it bypassed us.
 */
static __always_inline void cpu_leave_others(task_ptr t, struct task_struct *p, u32 cpu,
					     enum ledger_stat stat)
{
	cpu_ptr c;

	if (t->cpu == NO_CPU || t->cpu == (s32)cpu)
		return;
	c = cpu_lock_of(t);
	if (!c)
		return;
	if (c->tl.curr == &t->e) {
		stat = LEDGER_STAT_DISPLACED;
		measure_no_turn(c);
		cpu_charge(c, p->se.sum_exec_runtime, LEDGER_F_FRESH);
	}
	/* The kernel does not move a task to a CPU that goes offline: any other may run it then. */
	if (t->pulled)
		stat = LEDGER_STAT_DISPLACED;
	if (t->e.delayed)
		stat = LEDGER_STAT_GHOST_WAKES;
	count(c->cpu, stat);
	cpu_leave(c, t, 0);
	cpu_unlock(c);
}

/* The running entity goes back into the tree. */
static __always_inline void cpu_put(cpu_ptr c, task_ptr t, const struct task_struct *p)
{
	eevdf_put(&c->tl);
	eevdf_wait_begin(&c->tl, &t->e, p->scx.runnable_at);
	count(c->cpu, LEDGER_STAT_REQUEUES);
	audit(c, t, EVENT(PUT, 0), 0);
}

/* An entity of the tree becomes the running one. */
static __always_inline void cpu_set(cpu_ptr c, task_ptr t)
{
	measure_wait(c, t);
	eevdf_wait_end(&c->tl, &t->e);
	eevdf_set(&c->tl, &t->e);
	measure_turn(c, t);
	t->pulled = 0;
	cpu_dispatched(c, t, false);
	audit(c, t, EVENT(SET, 0), 0);
	cpu_reweight(c, t);
	cpu_check_empty(c);
}

/*
 * The running task sleeps, charged. Returns true if it stays as a ghost: still on its timeline,
 * with nothing of it to be run.
 */
static __always_inline bool cpu_delay(cpu_ptr c, task_ptr t)
{
	if (!eevdf_delay(&c->tl))
		return false;
	cpu_dispatched(c, t, false);
	count(c->cpu, LEDGER_STAT_DELAYS);
	group_leave(t);
	audit(c, t, EVENT(DELAY, LEDGER_F_AVG), c->tl.zero_vruntime);
	return true;
}

/*
 * A ghost's task woke up. Returns true if it waits again as it is; otherwise it has left and must
 * join: its lag met a bound, or it is not the task any more that went to sleep.
 */
static __always_inline bool cpu_requeue(cpu_ptr c, task_ptr t, const struct task_struct *p)
{
	count(c->cpu, LEDGER_STAT_GHOST_WAKES);
	if (!task_changed(t, p) && eevdf_requeue(&c->tl, &t->e)) {
		measure_join(t);
		eevdf_wait_begin(&c->tl, &t->e, p->scx.runnable_at);
		audit(c, t, EVENT(REQUEUE, LEDGER_F_AVG), c->tl.zero_vruntime);
		group_enter(t);
		cpu_reweight(c, t);
		return true;
	}
	cpu_leave(c, t, 0);
	return false;
}

/* eevdf_pick(), as a number because it is verified on its own. @c->avg is V at the pick. */
__noinline u64 cpu_pick_once(struct ledger_cpu __arena *c __arg_arena, bool protect)
{
	u64 avg = eevdf_avg(&c->tl);

	c->avg = avg;
	return (u64)eevdf_pick(&c->tl, avg, protect);
}

/* A ghost that was picked has paid, and leaves. */
__noinline int cpu_drain(struct ledger_cpu __arena *c __arg_arena,
			 struct ledger_task __arena *t __arg_arena, bool protect)
{
	u64 flags = LEDGER_F_AVG | (protect ? LEDGER_F_PROTECT : 0);

	audit(c, t, EVENT(PICK, flags), c->avg);
	count(c->cpu, LEDGER_STAT_DRAINS);
	cpu_leave(c, t, 0);
	return 0;
}

/*
 * Should @left more rounds be made? A budget is of a function and not of those that it calls: where
 * the tree is broken each round would use up one.
 */
static __always_inline bool cpu_again(cpu_ptr c, u32 left)
{
	return left && !c->tl.broken_walks && can_loop();
}

/*
 * Picks until it is no ghost. Enters nothing that is verified in place: 6.18 to 7.0 lose count of
 * their registers in such a loop ("verifier bug: backtracking") and refuse the program.
 */
__noinline u64 cpu_pick_no_ghost(struct ledger_cpu __arena *c __arg_arena, bool protect)
{
	u32 left;

	for (left = c->tl.nr_delayed + 1; cpu_again(c, left); left--) {
		entity_ptr e = (entity_ptr)cpu_pick_once(c, protect);

		if (!e || !e->delayed)
			return (u64)e;
		cpu_drain(c, entity_task(e), protect);
	}
	return 0;
}

/**
 * cpu_pick() - eevdf_pick(), and ghosts that come up on the way leave
 * @c: locked
 * @protect: honour the buddy and the running entity's protection
 *
 * Return: the entity; NULL for an empty timeline. @c->avg is V at the pick.
 */
static __always_inline entity_ptr cpu_pick(cpu_ptr c, bool protect)
{
	entity_ptr e = (entity_ptr)cpu_pick_once(c, protect);

	if (e && e->delayed)
		e = (entity_ptr)cpu_pick_no_ghost(c, protect);
	return e;
}

#endif /* LEDGER_CPU_BPF_H */
