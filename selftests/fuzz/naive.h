/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A timeline on the oracle's side: a list, 128 bits, everything summed up anew whenever it is asked
 * for. Written from the specification (what fair.c does when) on top of kmod/oracle.c, and never
 * from include/eevdf. Where the zero point is follows from who moves it: what asks for V moves it
 * there, before each insertion and removal it is at V, and it goes to a newcomer that outweighs the
 * rest.
 */
#ifndef NAIVE_H
#define NAIVE_H

#include "oracle.h"

#include <ledger/rules.h>

#define NAIVE_WEIGHT_MIN 2ULL
#define NAIVE_WEIGHT_MAX (1ULL << 28)

enum naive_policy {
	NAIVE_NORMAL,
	NAIVE_BATCH,
	NAIVE_IDLE,
};

/**
 * struct naive_se - a task on the oracle's side
 * @se: what the oracle knows of it
 * @custom: its own slice, ns; 0 = none
 * @order: count of the insertion that put it into the tree; of equal deadlines the lower is first
 * @entered: count of when it began to wait; 0 = it does not wait, or is a ghost
 * @since: the same as a time, ns
 * @cpu: its timeline, -1 = none
 * @policy: enum naive_policy
 */
struct naive_se {
	struct oracle_se se;
	u64 custom;
	u64 order;
	u64 entered;
	u64 since;
	int cpu;
	u8 policy;
};

struct naive_rq {
	struct oracle_rq rq;
	u64 zero;
	u64 base_slice;
	u64 tick;
	u64 orders;
	u64 entries;
	u64 now;
	u32 rules;
	u32 nr_delayed;
	u32 key_overflows;
	int cpu;
};

/* What a wakeup leads to (wakeup_preempt_fair). */
enum naive_wake {
	NAIVE_NOTHING,
	NAIVE_UPDATE,
	NAIVE_PREEMPT,
	NAIVE_PREEMPT_SHORT,
};

/* What update_curr() finds. */
enum naive_charge {
	NAIVE_RENEWED = 1,
	NAIVE_RESCHED = 2,
};

static inline struct naive_se *naive_of(struct oracle_se *se)
{
	return container_of(se, struct naive_se, se);
}

static inline u32 naive_nr(const struct naive_rq *q)
{
	return q->rq.nr_tree + !!q->rq.curr;
}

static inline s64 naive_floor(s128 n, u64 w)
{
	s128 d = w, quotient = n / d;

	return n % d < 0 ? quotient - 1 : quotient;
}

/* Towards zero, as C divides. */
static inline s64 naive_scale(s64 x, u64 num, u64 den)
{
	return (s128)x * (s128)num / (s128)den;
}

/* V. An empty timeline keeps the one it had (avg_vruntime). */
static inline u64 naive_v(const struct naive_rq *q)
{
	struct oracle_sum sum;

	oracle_sum(&q->rq, true, &sum);
	return sum.w ? sum.ref + naive_floor(sum.n, sum.w) : q->zero;
}

static inline u64 naive_move(struct naive_rq *q)
{
	q->zero = naive_v(q);
	return q->zero;
}

static inline u64 naive_request(const struct naive_rq *q, const struct naive_se *t)
{
	return t->custom && (q->rules & LEDGER_RULE_CUSTOM_SLICE) ? t->custom : q->base_slice;
}

static inline void naive_insert(struct naive_rq *q, struct naive_se *t)
{
	if (!oracle_key_fits(&t->se, q->zero))
		q->key_overflows++;
	list_add_tail(&t->se.node, &q->rq.tree);
	q->rq.nr_tree++;
	t->order = ++q->orders;
}

static inline void naive_remove(struct naive_rq *q, struct naive_se *t)
{
	list_del_init(&t->se.node);
	q->rq.nr_tree--;
}

static inline void naive_wait(struct naive_rq *q, struct naive_se *t)
{
	t->entered = ++q->entries;
	t->since = q->now;
}

/* set_protect_slice(), @t is the running entity. */
static inline void naive_protect(struct naive_rq *q, struct naive_se *t)
{
	u64 shortest = q->rules & LEDGER_RULE_RUN_TO_PARITY ? oracle_min_slice(&q->rq) :
							      ORACLE_SHORT_PROTECT;
	struct oracle_sum others;
	u64 end;

	oracle_set_protect(&q->rq, &t->se, q->zero, q->rules);
	if (shortest >= t->se.slice || !(q->rules & LEDGER_RULE_PREEMPT_SHORT))
		return;
	/* In the kernel the oracle has no 128-bit division; here it is exact beyond 64 bits too. */
	oracle_sum(&q->rq, false, &others);
	if (others.n <= S64_MAX && others.n >= S64_MIN)
		return;
	end = others.ref + naive_floor(others.n, others.w) + 1;
	t->se.vprot = oracle_before(end, t->se.deadline) ? end : t->se.deadline;
}

/* What placement subtracts from V, in full width; 0 if there is nobody else. */
static inline s128 naive_placed_lag(const struct naive_rq *q, const struct naive_se *t)
{
	s128 lag = t->se.vlag;
	struct oracle_sum others;

	oracle_sum(&q->rq, true, &others);
	if (!(q->rules & LEDGER_RULE_PLACE_LAG) || !others.w)
		return 0;
	return lag + lag * (s128)t->se.weight / (s128)others.w;
}

static inline void naive_place(struct naive_rq *q, struct naive_se *t, bool initial)
{
	u64 v = naive_move(q);
	struct oracle_sum others;

	oracle_sum(&q->rq, true, &others);
	oracle_place(&q->rq, &t->se, v, naive_request(q, t), q->rules, initial);
	if ((q->rules & LEDGER_RULE_PLACE_LAG) && t->se.vlag && others.w &&
	    t->se.weight > others.w)
		q->zero = t->se.vruntime;
}

/* enqueue_task_fair() of one that is on no timeline; @running: set_curr_task() at once. */
static inline void naive_join(struct naive_rq *q, struct naive_se *t, bool initial, bool running)
{
	naive_place(q, t, initial);
	t->cpu = q->cpu;
	if (running) {
		q->rq.curr = &t->se;
		naive_protect(q, t);
		return;
	}
	naive_insert(q, t);
	naive_wait(q, t);
}

/* dequeue_task_fair() that is not delayed. */
static inline void naive_leave(struct naive_rq *q, struct naive_se *t, bool sleep)
{
	oracle_leave(&q->rq, &t->se, naive_move(q), q->tick, q->rules, sleep);
	if (t->se.delayed) {
		t->se.delayed = false;
		q->nr_delayed--;
	}
	if (q->rq.buddy == &t->se)
		q->rq.buddy = NULL;
	if (q->rq.curr == &t->se)
		q->rq.curr = NULL;
	else
		naive_remove(q, t);
	t->entered = 0;
	t->cpu = -1;
}

/* The running entity sleeps (__dequeue_task); false if it has left. */
static inline bool naive_sleep(struct naive_rq *q, bool special)
{
	struct naive_se *t = naive_of(q->rq.curr);
	u64 v = naive_move(q);
	struct oracle_sum sum;

	oracle_sum(&q->rq, true, &sum);
	if (!(q->rules & LEDGER_RULE_DELAY_DEQUEUE) || special ||
	    oracle_eligible(&sum, t->se.vruntime)) {
		naive_leave(q, t, true);
		return false;
	}
	t->se.vlag = oracle_stored_lag(&q->rq, &t->se, v, q->tick, q->rules);
	if (q->rq.buddy == &t->se)
		q->rq.buddy = NULL;
	t->se.delayed = true;
	q->nr_delayed++;
	q->rq.curr = NULL;
	naive_insert(q, t);
	return true;
}

/* A ghost wakes up (requeue_delayed_entity). */
static inline void naive_requeue(struct naive_rq *q, struct naive_se *t)
{
	u64 v = naive_move(q);

	t->se.vlag = oracle_stored_lag(&q->rq, &t->se, v, q->tick, q->rules);
	if (v - (u64)t->se.vlag != t->se.vruntime) {
		naive_remove(q, t);
		naive_place(q, t, false);
		naive_insert(q, t);
	}
	t->se.delayed = false;
	q->nr_delayed--;
	naive_wait(q, t);
}

static inline bool naive_protected(const struct oracle_se *se)
{
	return oracle_before(se->vruntime, se->vprot);
}

/* update_curr() */
static inline u32 naive_charge(struct naive_rq *q, u64 ns)
{
	struct oracle_se *c = q->rq.curr;
	u64 deadline = c->deadline;
	u32 found = 0;

	if (!ns)
		return 0;
	oracle_charge(c, ns, naive_request(q, naive_of(c)));
	if (!oracle_before(c->vruntime, deadline)) {
		found = NAIVE_RENEWED;
		naive_move(q);
	}
	if (naive_nr(q) == 1)
		return found;
	if (found || !naive_protected(c)) {
		if (q->rq.buddy == c)
			q->rq.buddy = NULL;
		found |= NAIVE_RESCHED;
	}
	return found;
}

/* yield_task_fair(); true if it gave something up. */
static inline bool naive_yield(struct naive_rq *q)
{
	struct oracle_se *c = q->rq.curr;
	struct oracle_sum sum;

	if (naive_nr(q) == 1)
		return false;
	if (q->rq.buddy == c)
		q->rq.buddy = NULL;
	oracle_sum(&q->rq, true, &sum);
	if (!(q->rules & LEDGER_RULE_YIELD_FORFEIT) || !oracle_eligible(&sum, c->vruntime))
		return false;
	oracle_yield(&q->rq, c, naive_request(q, naive_of(c)), q->rules);
	naive_move(q);
	return true;
}

static inline u64 naive_clamp(u64 weight)
{
	if (weight < NAIVE_WEIGHT_MIN)
		return NAIVE_WEIGHT_MIN;
	return weight > NAIVE_WEIGHT_MAX ? NAIVE_WEIGHT_MAX : weight;
}

/* reweight_eevdf() of one on its timeline */
static inline void naive_reweight(struct naive_rq *q, struct naive_se *t, u64 weight)
{
	struct oracle_se *se = &t->se;
	bool running = q->rq.curr == se, protect = running && naive_protected(se);
	u64 old = se->weight, v;

	weight = naive_clamp(weight);
	if (weight == old)
		return;
	v = naive_move(q);
	se->vlag = naive_scale(oracle_lag(&q->rq, se, v, q->tick, q->rules), old, weight);
	if (!running)
		naive_remove(q, t);
	se->deadline = v + naive_scale(se->deadline - v, old, weight);
	if (protect)
		se->vprot = v + (s64)((se->vprot - v) * old) / (s64)weight;
	se->vruntime = v - se->vlag;
	if (running && !protect && (q->rules & LEDGER_RULE_PROTECT_ENDS) && naive_protected(se))
		se->vprot = se->vruntime;
	se->weight = weight;
	if (!running)
		naive_insert(q, t);
}

/* The same for one on no timeline (rescale_entity). */
static inline void naive_rescale(struct naive_se *t, u64 weight)
{
	oracle_reweight(&t->se, naive_clamp(weight));
}

/* pick_task_fair(): ghosts that come up leave. */
static inline struct naive_se *naive_pick(struct naive_rq *q, bool protect)
{
	struct oracle_se *se;
	enum oracle_why why;

	for (;;) {
		se = oracle_pick(&q->rq, q->rules, protect, &why);
		if (!se || !se->delayed)
			return se ? naive_of(se) : NULL;
		naive_leave(q, naive_of(se), true);
	}
}

/* set_short_buddy() */
static inline bool naive_set_buddy(struct naive_rq *q, struct naive_se *t)
{
	if (q->rq.buddy && q->rq.buddy->slice < t->se.slice)
		return false;
	q->rq.buddy = &t->se;
	return true;
}

/* wakeup_preempt_fair(); all of it, what follows from the decision included. */
static inline enum naive_wake naive_wakeup(struct naive_rq *q, struct naive_se *t, bool forked)
{
	struct naive_se *c = naive_of(q->rq.curr), *first;
	bool shorter = (q->rules & LEDGER_RULE_PREEMPT_SHORT) && t->se.slice < c->se.slice;
	struct oracle_sum sum;

	if (!(q->rules & LEDGER_RULE_WAKEUP_PREEMPTION))
		return NAIVE_NOTHING;
	if (c->policy == NAIVE_IDLE && t->policy != NAIVE_IDLE) {
		oracle_cancel_protect(&c->se);
		return NAIVE_PREEMPT;
	}
	if (t->policy == NAIVE_NORMAL && (shorter || !forked)) {
		first = naive_pick(q, !shorter);
		oracle_sum(&q->rq, true, &sum);
		if (first == t || (shorter && oracle_eligible(&sum, t->se.vruntime))) {
			oracle_cancel_protect(&c->se);
			if (shorter)
				naive_set_buddy(q, t);
			return shorter ? NAIVE_PREEMPT_SHORT : NAIVE_PREEMPT;
		}
	}
	if (q->rules & LEDGER_RULE_RUN_TO_PARITY)
		oracle_update_protect(&q->rq, &c->se, naive_move(q));
	return NAIVE_UPDATE;
}

/* put_prev_task_fair(); the zero point is at V before every insertion. */
static inline void naive_put(struct naive_rq *q)
{
	struct naive_se *t = naive_of(q->rq.curr);

	naive_move(q);
	q->rq.curr = NULL;
	naive_insert(q, t);
	naive_wait(q, t);
}

/* set_next_task_fair(), the same before every removal. */
static inline void naive_set(struct naive_rq *q, struct naive_se *t)
{
	if (q->rq.buddy == &t->se)
		q->rq.buddy = NULL;
	naive_move(q);
	naive_remove(q, t);
	t->entered = 0;
	q->rq.curr = &t->se;
	naive_protect(q, t);
}

/* Who has waited longest; NULL if nobody waits. */
static inline struct naive_se *naive_oldest(const struct naive_rq *q)
{
	struct naive_se *oldest = NULL, *t;
	struct oracle_se *se;

	list_for_each_entry(se, &q->rq.tree, node) {
		t = naive_of(se);
		if (t->entered && (!oldest || t->entered < oldest->entered))
			oldest = t;
	}
	return oldest;
}

#endif /* NAIVE_H */
