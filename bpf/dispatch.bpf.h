/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The choice, and the moments at which the running task begins, is looked at and ends.
 */
#ifndef LEDGER_DISPATCH_BPF_H
#define LEDGER_DISPATCH_BPF_H

#include "global.bpf.h"
#include "leaving.bpf.h"

/* What a starving task gets, ns: enough to get on, too little to matter. */
#define GUARD_SLICE 100000ULL

/* Who has waited for too long, if a tick has seen somebody. */
static __always_inline entity_ptr dispatch_starving(cpu_ptr c)
{
	entity_ptr e;

	if (!c->starving)
		return NULL;
	c->starving = 0;
	e = eevdf_starving(&c->tl, bpf_jiffies64(), conf.guard_ticks);
	return e && !entity_task(e)->dispatched ? e : NULL;
}

/*
 * A wait is timed as the kernel's watchdog times it, in ticks from p->scx.runnable_at on: whoever
 * takes a waiting task out to change it, or to another CPU, does not begin it anew.
 */
__noinline bool dispatch_watch(struct ledger_cpu __arena *c __arg_arena)
{
	return eevdf_watch(&c->tl, bpf_jiffies64(), conf.guard_ticks);
}

__noinline int dispatch_gone(struct ledger_cpu __arena *c __arg_arena,
			     struct ledger_task __arena *t __arg_arena)
{
	count(c->cpu, LEDGER_STAT_REENQS);
	cpu_leave(c, t, 0);
	return 0;
}

/*
 * The kernel asks with an empty local queue only. A task that was put there and has not run is on
 * its way to another CPU: the kernel took it off without a word, and ops.enqueue() will say where
 * it is. If it were inserted again at the moment at which that begins, the kernel would take this
 * for a choice that was made after the move, and ends the scheduler for a CPU that it may not use.
 */
__noinline u64 dispatch_present(struct ledger_cpu __arena *c __arg_arena)
{
	u32 left;

	for (left = c->tl.nr_tree + 1; cpu_again(c, left); left--) {
		entity_ptr e = (entity_ptr)cpu_pick_no_ghost(c, true);

		if (!e || e == c->tl.curr)
			return (u64)e;
		if (!entity_task(e)->dispatched)
			return (u64)e;
		dispatch_gone(c, entity_task(e));
	}
	return 0;
}

/* Picks, with the timeline locked. Returns false if there is nobody. */
static __always_inline bool dispatch_pick(cpu_ptr c, struct task_struct *prev)
{
	struct eevdf_timeline __arena *tl = &c->tl;
	entity_ptr curr = tl->curr, e = dispatch_starving(c);
	u64 flags = LEDGER_F_AVG | LEDGER_F_PROTECT, slice;
	struct task_struct *p;

	if (e) {
		c->avg = eevdf_avg(tl);
		flags = LEDGER_F_AVG | LEDGER_F_GUARD;
		slice = GUARD_SLICE;
		count(c->cpu, LEDGER_STAT_GUARDS);
	} else {
		e = cpu_pick(c, true);
		if (e && e != curr && entity_task(e)->dispatched)
			e = (entity_ptr)dispatch_present(c);
		if (!e && !eevdf_nr(tl))
			return false;
		if (!e) {
			count(c->cpu, LEDGER_STAT_Z_EMPTY);
			cpu_check_bounds(c);
			e = tl->leftmost;
			if (!e || e->delayed)
				return false;
		}
		slice = eevdf_left(e);
	}
	count(c->cpu, LEDGER_STAT_PICKS);
	audit_pick(c, entity_task(e), flags);

	/* Whoever runs is prev: see ledger_dispatch(). */
	if (prev && e == curr) {
		/* With time left the kernel keeps it and asks nobody else. */
		prev->scx.slice = slice;
		hrtick_update(c, slice);
		measure_turn(c, entity_task(e));
		count(c->cpu, LEDGER_STAT_KEPT);
		return true;
	}
	p = task_struct_of(entity_task(e));
	if (p && dsq_insert(p, DSQ_LOCAL, slice, 0))
		cpu_dispatched(c, entity_task(e), true);
	return true;
}

/* If it may not run on it leaves, and is parked when the kernel hands it back. */
static __always_inline void dispatch_charge(cpu_ptr c, task_ptr t, struct task_struct *prev)
{
	cpu_charge(c, prev->se.sum_exec_runtime, LEDGER_F_FRESH);
	if (!limit_of(t)) {
		t->at_user = 0;
		return;
	}
	if (!limit_may_park(t, prev)) {
		limit_ask(t, prev);
		return;
	}
	measure_no_turn(c);
	cpu_leave_limited(c, t);
	prev->scx.slice = 0;
}

void OPS(ledger_dispatch, s32 cpu, struct task_struct *prev)
{
	task_ptr t = prev ? task_of(prev) : NULL;
	cpu_ptr c = cpu_of(cpu);
	bool found;

	if (conf.leaving && leaving)
		leaving_help(cpu);
	if (!cpu_lock(c))
		return;
	/* A task that sleeps has left by now. */
	if (t && c->tl.curr == &t->e)
		dispatch_charge(c, t, prev);
	else
		cpu_displace(c);
	if (c->pulled)
		cpu_join_pulled(c);
	cpu_join_arrivals(c);
	cpu_reweight_oldest(c);
	if (c->behind) {
		cpu_unlock(c);
		if (take_behind(c))
			return;
		if (!cpu_lock(c))
			return;
	}
	found = dispatch_pick(c, prev);
	if (!found)
		c->runnable = 0;
	cpu_unlock(c);
	if (!found && conf.nr_cpus > 1)
		steal(cpu);
}

void OPS(ledger_running, struct task_struct *p)
{
	task_ptr t = task_of(p);
	u32 cpu = task_cpu(p);
	cpu_ptr c = cpu_of(cpu);

	if (!t)
		return;
	limit_unpark(t);
	cpu_leave_others(t, p, cpu, LEDGER_STAT_Z_STRAY);
	if (!cpu_lock(c))
		return;
	if (c->tl.curr != &t->e)
		cpu_displace(c);
	c->clock_base = p->se.exec_start - p->se.sum_exec_runtime;
	/* It woke up, or was moved, while the kernel bypassed us. */
	if (t->e.delayed || cpu_expects(c, t))
		cpu_leave(c, t, 0);
	if (t->e.on_tree)
		cpu_set(c, t);
	else if (!c->tl.curr)
		cpu_join(c, t, p, true);
	if (c->favoured) {
		if (c->favoured != t)
			count(cpu, LEDGER_STAT_GRANTS_PASSED);
		c->favoured = NULL;
	}
	/* Ours and not what the kernel may have filled in. */
	p->scx.slice = eevdf_left(&t->e);
	hrtick_update(c, p->scx.slice);
	if (limit_of(t)) {
		if (t->at_user)
			p->scx.slice = 0;
		else
			limit_ask(t, p);
	}
	t->excused = 0;
	count(cpu, LEDGER_STAT_SWITCHES);
	cpu_unlock(c);
}

/*
 * With time left the kernel would keep a task that a higher class interrupts at the head of the
 * local queue, and run it next however late others are. Without, it comes to ops.enqueue(), where
 * it is charged and put back.
 */
void OPS(ledger_stopping, struct task_struct *p, bool runnable)
{
	if (runnable)
		p->scx.slice = 0;
}

void OPS(ledger_tick, struct task_struct *p)
{
	task_ptr t = task_of(p);
	u32 cpu = task_cpu(p), found;
	cpu_ptr c = cpu_of(cpu);

	if (!t || !cpu_lock(c))
		return;
	if (c->tl.curr == &t->e) {
		count(cpu, LEDGER_STAT_TICKS);
		found = cpu_charge(c, p->se.sum_exec_runtime, LEDGER_F_FRESH);
		group_tick(t);
		if (dispatch_watch(c))
			c->starving = 1;
		if ((conf.global_lag && global_tick(c)) || found & EEVDF_RESCHED || c->starving ||
		    c->arrivals.head || limit_of(t)) {
			p->scx.slice = 0;
			count(cpu, LEDGER_STAT_SLICE_ENDS);
		} else {
			p->scx.slice = eevdf_left(&t->e);
			hrtick_update(c, p->scx.slice);
		}
	}
	cpu_unlock(c);
}

#endif /* LEDGER_DISPATCH_BPF_H */
