/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Into a timeline and out of it: waking up, being put back, being taken away.
 */
#ifndef LEDGER_ENQUEUE_BPF_H
#define LEDGER_ENQUEUE_BPF_H

#include "task.bpf.h"

/*
 * Who wakes up and has to wait does so where less waits, of its CPU and the nearest other one
 * (wake_affine_weight() compares with the waker's). Whoever sleeps again before the balance of a
 * tick gets nothing of that, and of a CPU that weighs twice as much it gets half.
 */
static __always_inline s32 lighter_cpu(const struct task_struct *p, task_ptr t, u32 cpu)
{
	const struct ledger_near *near = bpf_map_lookup_elem(&near_cpus, &cpu);
	cpu_ptr here = cpu_of(cpu), there;
	s64 more;

	if (!near)
		return cpu;
	there = cpu_of(near->cpus[0]);
	more = eevdf_total_weight(&here->tl) - eevdf_total_weight(&there->tl);
	/* A ghost weighs where it is. */
	if (t->cpu == (s32)cpu)
		more -= t->e.weight;
	else if (t->cpu == (s32)there->cpu)
		more += t->e.weight;
	if (more <= (s64)t->e.weight || there->offline ||
	    !bpf_cpumask_test_cpu(there->cpu, p->cpus_ptr))
		return cpu;
	count(cpu, LEDGER_STAT_LIGHTER);
	return there->cpu;
}

/*
 * Chooses the CPU and nothing else: no runqueue lock is held, so neither V nor the running entity
 * of any timeline stand still.
 */
s32 OPS(ledger_select_cpu, struct task_struct *p, s32 prev_cpu, u64 wake_flags)
{
	bool idle = false;
	task_ptr t = task_of(p);

	/* fair.c does not ask where a task should run that has not left (ttwu_runnable). */
	if (conf.strict && t && t->e.delayed)
		return prev_cpu;
	prev_cpu = scx_bpf_select_cpu_dfl(p, prev_cpu, wake_flags, &idle);
	return idle || !t || !conf.global_lag ? prev_cpu : lighter_cpu(p, t, prev_cpu);
}

/* Hand a linked task to the local queue of its CPU; it leaves the tree when it runs. */
static __always_inline void dispatch_local(cpu_ptr c, task_ptr t, struct task_struct *p,
					   u64 enq_flags)
{
	if (dsq_insert(p, DSQ_LOCAL, eevdf_left(&t->e), enq_flags))
		cpu_dispatched(c, t, true);
}

/* End the running task's turn at the next chance to schedule. */
static __always_inline void end_turn(cpu_ptr c)
{
	struct task_struct *curr = task_struct_of(entity_task(c->tl.curr));

	measure_turn_over(c, entity_task(c->tl.curr));
	if (curr)
		curr->scx.slice = 0;
	if (bpf_ksym_exists(scx_bpf_kick_cpu))
		kick_cpu(c->cpu, KICK_PREEMPT);
	else
		hrtick_update(c, 0);
}

/* A task has come into the tree beside a running one (check_preempt). */
static __noinline void enqueue_preempt(cpu_ptr c, task_ptr t, struct task_struct *p, bool forked)
{
	struct eevdf_timeline __arena *tl = &c->tl;
	enum eevdf_wakeup verdict = eevdf_wakeup(tl, &t->e, forked);
	entity_ptr first;
	u64 avg;

	if (verdict == EEVDF_WAKE_ASK || verdict == EEVDF_WAKE_ASK_SHORT) {
		first = cpu_pick(c, verdict == EEVDF_WAKE_ASK);
		verdict = eevdf_wakeup_picked(verdict, &t->e, first, c->avg);
	}
	switch (verdict) {
	case EEVDF_WAKE_SHORTEN:
		if (tl->rules & LEDGER_RULE_RUN_TO_PARITY) {
			avg = eevdf_shorten_protection(tl);
			measure_turn(c, entity_task(tl->curr));
			audit(c, entity_task(tl->curr), EVENT(PROTECT, LEDGER_F_AVG), avg);
		}
		hrtick_update(c, eevdf_left(tl->curr));
		return;
	case EEVDF_WAKE_PREEMPT_SHORT:
		if (eevdf_set_buddy(tl, &t->e))
			audit(c, t, EVENT(BUDDY, 0), 0);
		break;
	case EEVDF_WAKE_PREEMPT:
		break;
	default:
		hrtick_update(c, eevdf_left(tl->curr));
		return;
	}
	eevdf_cancel_protection(tl->curr);
	measure_turn_over(c, entity_task(tl->curr));
	audit(c, entity_task(tl->curr), EVENT(CANCEL, 0), 0);
	count(c->cpu, LEDGER_STAT_PREEMPTS);

	/*
	 * Usually it is the next pick, and can be made so here and now, which saves the round
	 * through ops.dispatch(). Not if somebody is on the local queue already: they would stack
	 * up there.
	 */
	first = cpu_pick(c, true);
	if (first != &t->e || c->nr_dispatched) {
		end_turn(c);
		return;
	}
	count(c->cpu, LEDGER_STAT_PICKS);
	audit_pick(c, t, LEDGER_F_AVG | LEDGER_F_PROTECT);
	dispatch_local(c, t, p, ENQ_PREEMPT | ENQ_IMMED);
}

/* It becomes runnable here: from no timeline, or as this one's ghost. */
static __always_inline void enqueue_join(cpu_ptr c, task_ptr t, struct task_struct *p,
					 const struct rq *rq, u64 enq_flags)
{
	bool forked = t->initial;
	u32 found = 0;

	if (c->tl.curr) {
		if (cpu_is_true(c, rq))
			found = cpu_charge_now(c, rq);
		else
			cpu_displace(c);
	}
	if (!t->e.delayed || !cpu_requeue(c, t, p))
		cpu_join(c, t, p, false);
	count(c->cpu, forked ? LEDGER_STAT_FORKS :
		      enq_flags & ENQ_WAKEUP ? LEDGER_STAT_WAKEUPS :
					       LEDGER_STAT_MOVES);
	if (c->tl.curr) {
		enqueue_preempt(c, t, p, forked);
		/* Nothing will tell again: with the next request everything looks fine. */
		if (found & EEVDF_RESCHED)
			end_turn(c);
	} else if (c->tl.nr_tree == 1 && rq->curr == rq->idle) {
		/* Nobody to choose from. */
		count(c->cpu, LEDGER_STAT_DIRECT);
		dispatch_local(c, t, p, enq_flags);
	}
}

void OPS(ledger_enqueue, struct task_struct *p, u64 enq_flags)
{
	task_ptr t = task_of(p);
	u32 cpu = task_cpu(p);
	struct rq *rq = cpu_rq(cpu);
	bool waits;
	cpu_ptr c = cpu_of(cpu);

	if (!t || !rq) {
		scx_error("pid %llu is enqueued without an account", (u64)p->pid);
		return;
	}
	limit_unpark(t);
	/*
	 * On a local queue it is in nobody's custody, and the kernel moves it without a word. Or it
	 * is another timeline's ghost.
	 */
	cpu_leave_others(t, p, cpu, LEDGER_STAT_DISPLACED);
	if (!cpu_lock(c))
		return;
	if (cpu_expects(c, t))
		cpu_leave(c, t, 0);
	if (c->tl.curr == &t->e)
		cpu_charge(c, p->se.sum_exec_runtime, LEDGER_F_FRESH);
	if (cpu_park(c, t, p)) {
		cpu_unlock(c);
		return;
	}
	if (t->cpu == NO_CPU || t->e.delayed) {
		enqueue_join(c, t, p, rq, enq_flags);
	} else if (c->tl.curr == &t->e) {
		cpu_put(c, t, p);
	} else {
		/* It was on the local queue and could not run: it waits like everybody again. */
		cpu_dispatched(c, t, false);
		count(cpu, LEDGER_STAT_REENQS);
	}
	/* The kernel has nobody else here, and would idle. */
	if (enq_flags & ENQ_LAST && !t->dispatched) {
		dispatch_local(c, t, p, 0);
		kick_cpu(cpu, 0);
	}
	waits = !t->dispatched;
	cpu_unlock(c);

	/* Also for one that woke up: a CPU that began to idle since has not seen it. */
	if (waits && conf.nr_cpus > 1 && p->nr_cpus_allowed > 1) {
		s32 idle = pick_idle_cpu(p->cpus_ptr);

		if (idle >= 0) {
			count(cpu, LEDGER_STAT_IDLE_KICKS);
			kick_cpu(idle, KICK_IDLE);
		}
	}
}

/*
 * A waiting task is taken away. Without flags it only went to the local queue, which ends the
 * kernel's custody from 7.1 on; it stays linked until it runs.
 */
void OPS(ledger_dequeue, struct task_struct *p, u64 deq_flags)
{
	task_ptr t = task_of(p);
	cpu_ptr c;

	if (!t || (HAS_CUSTODY && !deq_flags))
		return;
	limit_unpark(t);
	c = cpu_lock_of(t);
	if (!c)
		return;
	if (c->tl.curr != &t->e)
		cpu_leave(c, t, 0);
	cpu_unlock(c);
}

#endif /* LEDGER_ENQUEUE_BPF_H */
