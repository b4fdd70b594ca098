/* SPDX-License-Identifier: GPL-2.0 */
/*
 * True lag and overruns, from inside (--measure). Without it the verifier removes all of this.
 *
 * Lag is V - vruntime, unbounded and in ns of service: w * (V - vruntime) / 2^20. While nobody
 * joins or leaves V only grows, by the service given over the sum of the weights. So the lag of one
 * that waits grows until it is set, and that of the running one falls until it is charged for the
 * last time: the extremes of all lags at all times are met at those two moments, at O(1) each
 * (selftests/unit/t_measure.c compares with looking at everybody all the time). A joiner with
 * positive lag moves V back, so a lag that was larger just before is missed; by less than the
 * joiner's lag, which is a few microseconds of a kernel thread where loops are measured.
 *
 * A task that wakes up brings the lag along that it left with, and may be owed more each time that
 * it works for less than it waits, up to the bound of stored lag. So only those are measured as
 * waiting that came back into the tree from running.
 */
#ifndef LEDGER_MEASURE_BPF_H
#define LEDGER_MEASURE_BPF_H

#include "ledger.bpf.h"

/* No turn whose end could be missed: the kernel runs tasks without asking us. */
#define TURN_NONE 0ULL

static __always_inline void measure_max(cpu_ptr c, enum ledger_stat stat, u64 value)
{
	if (stats[c->cpu].v[stat] < value)
		stats[c->cpu].v[stat] = value;
}

/* In two steps: the product of a lag and a weight may not fit. */
static __always_inline u64 measure_service(u64 lag, u64 weight)
{
	return (lag >> 20) * weight + ((lag & (EEVDF_NICE_0 - 1)) * weight >> 20);
}

/**
 * measure_turn() - the running task's turn begins, or its end has moved
 * @c: locked
 * @t: the running task, charged
 */
static __always_inline void measure_turn(cpu_ptr c, task_ptr t)
{
	if (conf.measure)
		c->turn_end = t->exec + eevdf_left(&t->e);
}

/**
 * measure_turn_over() - the running task's turn ends here and now
 * @c: locked
 * @t: the running task, charged
 */
static __always_inline void measure_turn_over(cpu_ptr c, task_ptr t)
{
	if (conf.measure)
		c->turn_end = t->exec;
}

/**
 * measure_no_turn() - what the running task ran last was not decided here
 * @c: locked
 */
static __always_inline void measure_no_turn(cpu_ptr c)
{
	if (conf.measure)
		c->turn_end = TURN_NONE;
}

/**
 * measure_join() - a task joins a timeline, or wakes up as its ghost
 * @t: the task
 */
static __always_inline void measure_join(task_ptr t)
{
	if (conf.measure)
		t->rejoined = 1;
}

/**
 * measure_wait() - the most that a waiting task is owed
 * @c: locked, without a running task
 * @t: in its tree, about to become the running one
 */
static __always_inline void measure_wait(cpu_ptr c, task_ptr t)
{
	s64 lag;

	if (!conf.measure)
		return;
	if (t->rejoined) {
		t->rejoined = 0;
		return;
	}
	lag = eevdf_avg(&c->tl) - t->e.vruntime;
	if (lag > 0)
		measure_max(c, LEDGER_STAT_LAG_MAX, measure_service(lag, t->e.weight));
}

/**
 * measure_charge() - the most that a running task has had beyond its share and its turn
 * @c: locked
 * @t: the running task, just charged
 */
static __always_inline void measure_charge(cpu_ptr c, task_ptr t)
{
	s64 lag, over;

	if (!conf.measure || c->turn_end == TURN_NONE)
		return;
	/* Alone, or with ghosts, it may run on and on. */
	if (c->tl.nr_tree == c->tl.nr_delayed) {
		measure_turn(c, t);
		return;
	}
	lag = eevdf_avg(&c->tl) - t->e.vruntime;
	if (lag < 0)
		measure_max(c, LEDGER_STAT_LAG_MIN, measure_service(-lag, t->e.weight));
	over = t->exec - c->turn_end;
	if (over > 0)
		measure_max(c, LEDGER_STAT_OVERRUN_MAX, over);
}

#endif /* LEDGER_MEASURE_BPF_H */
