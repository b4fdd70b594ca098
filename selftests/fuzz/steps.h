/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What happens in a step, in both worlds. Part of history.h.
 */
#ifndef STEPS_H
#define STEPS_H

static inline void hist_charge(struct hist *h, int cpu, u64 ns)
{
	struct naive_rq *q = &h->q[cpu];

	while (ns && !hist_charge_fits(q, ns))
		ns >>= 8;
	hist_say(h, "[%llu ns] ", ns);
	hist_same(h, "what a charge found", cpu, hist_id(h, h->tl[cpu].curr),
		  eevdf_charge(&h->tl[cpu], ns), naive_charge(q, ns));
	h->now += ns;
}

/* Time passes for the running entity, if there is one. */
static inline void hist_settle(struct hist *h, int cpu, u8 a, u8 b)
{
	if (h->q[cpu].rq.curr)
		hist_charge(h, cpu, hist_time(&h->q[cpu], a, b));
	h->q[cpu].now = h->now;
}

static inline void hist_join(struct hist *h, int cpu, struct hist_task *t, bool initial,
			     bool running)
{
	struct naive_rq *q = &h->q[cpu];
	s128 lag = naive_placed_lag(q, &t->b);

	/* More than placement can carry: it comes without a past. */
	if (lag <= -HIST_FAR / 2 || lag >= HIST_FAR / 2)
		t->a.vlag = t->b.se.vlag = 0;
	q->now = h->now;
	hist_same(h, "V at a join", cpu, hist_id(h, t),
		  eevdf_join(&h->tl[cpu], &t->a, initial, running), naive_v(q));
	if (!running)
		eevdf_wait_begin(&h->tl[cpu], &t->a, h->now);
	naive_join(q, &t->b, initial, running);
}

static inline void hist_a_leave(struct eevdf_timeline *tl, struct eevdf_entity *e, bool sleep)
{
	if (tl->curr != e && !e->delayed)
		eevdf_wait_end(tl, e);
	eevdf_leave(tl, e, sleep);
}

static inline void hist_leave(struct hist *h, struct hist_task *t, bool sleep)
{
	int cpu = t->b.cpu;

	/* The rest of its deadline would be more than a change of weight could carry. */
	if (!hist_near(t->b.se.deadline, t->b.se.vruntime, t->b.se.weight))
		sleep = true;
	hist_a_leave(&h->tl[cpu], &t->a, sleep);
	naive_leave(&h->q[cpu], &t->b, sleep);
}

static inline struct hist_task *hist_pick(struct hist *h, int cpu, bool protect, u64 *avg)
{
	struct eevdf_timeline *tl = &h->tl[cpu];
	struct eevdf_entity *e;
	struct naive_se *b;

	for (;;) {
		*avg = eevdf_avg(tl);
		e = eevdf_pick(tl, *avg, protect);
		if (!e || !e->delayed)
			break;
		hist_a_leave(tl, e, true);
	}
	b = naive_pick(&h->q[cpu], protect);
	hist_same(h, "who is picked", cpu, -1, hist_id(h, e),
		  hist_id(h, b ? hist_task_of_b(b) : NULL));
	return h->failed || !e ? NULL : hist_task_of(e);
}

static inline void hist_put(struct hist *h, int cpu)
{
	struct eevdf_entity *e = h->tl[cpu].curr;

	eevdf_put(&h->tl[cpu]);
	eevdf_wait_begin(&h->tl[cpu], e, h->now);
	h->q[cpu].now = h->now;
	naive_put(&h->q[cpu]);
}

static inline void hist_set(struct hist *h, int cpu, struct hist_task *t)
{
	if (h->tl[cpu].curr == &t->a)
		return;
	if (h->tl[cpu].curr)
		hist_put(h, cpu);
	hist_say(h, "task %d runs; ", hist_id(h, t));
	eevdf_wait_end(&h->tl[cpu], &t->a);
	eevdf_set(&h->tl[cpu], &t->a);
	naive_set(&h->q[cpu], &t->b);
}

static inline void hist_dispatch(struct hist *h, int cpu)
{
	struct hist_task *t;
	u64 avg;

	t = hist_pick(h, cpu, true, &avg);
	if (t)
		hist_set(h, cpu, t);
}

/* May the wakee on the same timeline interrupt? */
static inline void hist_preempt(struct hist *h, int cpu, struct hist_task *t, bool forked)
{
	struct eevdf_timeline *tl = &h->tl[cpu];
	struct eevdf_entity *e = NULL;
	enum eevdf_wakeup means;
	int got = NAIVE_UPDATE;
	u64 avg;

	means = eevdf_wakeup(tl, &t->a, forked);
	if (means == EEVDF_WAKE_ASK || means == EEVDF_WAKE_ASK_SHORT) {
		for (;;) {
			avg = eevdf_avg(tl);
			e = eevdf_pick(tl, avg, means == EEVDF_WAKE_ASK);
			if (!e || !e->delayed)
				break;
			hist_a_leave(tl, e, true);
		}
		means = eevdf_wakeup_picked(means, &t->a, e, avg);
	}
	if (means == EEVDF_WAKE_NOTHING)
		got = NAIVE_NOTHING;
	else if (means == EEVDF_WAKE_PREEMPT)
		got = NAIVE_PREEMPT;
	else if (means == EEVDF_WAKE_PREEMPT_SHORT)
		got = NAIVE_PREEMPT_SHORT;
	if (got == NAIVE_PREEMPT || got == NAIVE_PREEMPT_SHORT)
		eevdf_cancel_protection(tl->curr);
	if (got == NAIVE_PREEMPT_SHORT)
		eevdf_set_buddy(tl, &t->a);
	if (got == NAIVE_UPDATE && (tl->rules & LEDGER_RULE_RUN_TO_PARITY))
		eevdf_shorten_protection(tl);
	hist_same(h, "what a wakeup means", cpu, hist_id(h, t), got,
		  naive_wakeup(&h->q[cpu], &t->b, forked));
}

static inline void hist_wake(struct hist *h, int cpu, struct hist_task *t, u8 a, u8 b)
{
	bool forked = (a & 1) && t->b.cpu < 0;

	if (t->b.cpu >= 0 && (a & 6)) {
		/* Where it sleeps; otherwise it wakes up somewhere else. */
		cpu = t->b.cpu;
	}
	hist_say(h, "on cpu %d ", cpu);
	hist_settle(h, cpu, 14, b);
	h->q[cpu].now = h->now;
	if (t->b.cpu == cpu) {
		if (eevdf_requeue(&h->tl[cpu], &t->a)) {
			eevdf_wait_begin(&h->tl[cpu], &t->a, h->now);
		} else {
			eevdf_leave(&h->tl[cpu], &t->a, true);
			eevdf_join(&h->tl[cpu], &t->a, false, false);
			eevdf_wait_begin(&h->tl[cpu], &t->a, h->now);
		}
		naive_requeue(&h->q[cpu], &t->b);
	} else {
		if (t->b.cpu >= 0)
			hist_leave(h, t, true);
		hist_join(h, cpu, t, forked, false);
	}
	if (h->tl[cpu].curr && !h->failed)
		hist_preempt(h, cpu, t, forked);
}

static inline void hist_sleep(struct hist *h, int cpu, bool special)
{
	struct eevdf_timeline *tl = &h->tl[cpu];
	struct eevdf_entity *e = tl->curr;
	bool ghost = !special && eevdf_delay(tl);

	if (!ghost)
		hist_a_leave(tl, e, true);
	hist_say(h, "task %d%s ", hist_id(h, e), ghost ? ", a ghost" : "");
	hist_same(h, "is the sleeper a ghost", cpu, hist_id(h, e), ghost,
		  naive_sleep(&h->q[cpu], special));
}

static inline void hist_new_task(struct hist_task *t)
{
	*t = (struct hist_task){ .b.cpu = -1 };
	INIT_LIST_HEAD(&t->b.se.node);
	eevdf_rescale(&t->a, ORACLE_NICE_0);
	t->b.se.weight = ORACLE_NICE_0;
}

static inline void hist_rescale(struct hist_task *t, u64 weight)
{
	eevdf_rescale(&t->a, weight);
	naive_rescale(&t->b, weight);
}

static inline void hist_reweight(struct hist *h, struct hist_task *t, u64 weight)
{
	int cpu = t->b.cpu;

	hist_say(h, "%llu ", weight);
	if (cpu < 0) {
		hist_rescale(t, weight);
	} else if (hist_reweight_fits(&h->q[cpu], &t->b)) {
		eevdf_reweight(&h->tl[cpu], &t->a, weight);
		naive_reweight(&h->q[cpu], &t->b, weight);
	}
}

/* nice, policy or slice of a task on a timeline (sched_change): it leaves and comes back. */
static inline void hist_change(struct hist *h, struct hist_task *t, u8 a, u8 b)
{
	int cpu = t->b.cpu;
	bool running = h->q[cpu].rq.curr == &t->b.se;

	hist_leave(h, t, false);
	hist_say(h, "to weight %llu ", hist_weight(a, b));
	hist_rescale(t, hist_weight(a, b));
	if (a & 16)
		t->a.custom_slice = t->b.custom = hist_slice(a >> 5, b);
	if (a & 8)
		t->a.policy = t->b.policy = b % 3;
	hist_join(h, cpu, t, false, running);
}

enum hist_where {
	HIST_OFF,	/* on no timeline */
	HIST_QUEUED,	/* in a tree, and no ghost */
	HIST_GHOST,
	HIST_RUNNING,
};

static inline enum hist_where hist_where(const struct hist *h, const struct hist_task *t)
{
	if (t->b.cpu < 0)
		return HIST_OFF;
	if (h->q[t->b.cpu].rq.curr == &t->b.se)
		return HIST_RUNNING;
	return t->b.se.delayed ? HIST_GHOST : HIST_QUEUED;
}

/* The first of a few tasks that is in one of these places. */
static inline struct hist_task *hist_find(struct hist *h, u32 from, u32 places)
{
	u32 i;

	for (i = 0; i < 64 && i < h->nr_tasks; i++) {
		struct hist_task *t = &h->task[(from + i) % h->nr_tasks];

		if (places & (1U << hist_where(h, t)))
			return t;
	}
	return NULL;
}

/* Where a step finds its task. */
static const u8 hist_places[HIST_NR_OPS] = {
	[HIST_JOIN] = 1 << HIST_OFF,
	[HIST_WAKE] = 1 << HIST_OFF | 1 << HIST_GHOST,
	[HIST_MOVE] = 1 << HIST_QUEUED | 1 << HIST_GHOST,
	[HIST_WEIGHT] = 15,
	[HIST_SLICE] = 15,
	[HIST_POLICY] = 15,
	[HIST_CHANGE] = 1 << HIST_QUEUED | 1 << HIST_RUNNING,
	[HIST_BUDDY] = 1 << HIST_QUEUED | 1 << HIST_RUNNING,
	[HIST_SET] = 1 << HIST_QUEUED,
	[HIST_LEAVE] = 1 << HIST_QUEUED | 1 << HIST_GHOST | 1 << HIST_RUNNING,
	[HIST_NEW] = 1 << HIST_OFF,
	[HIST_GIVE] = 1 << HIST_QUEUED | 1 << HIST_RUNNING,
	[HIST_MARGIN] = 1 << HIST_QUEUED,
	[HIST_RETURN] = 1 << HIST_QUEUED | 1 << HIST_RUNNING,
};

/* A step about a task. */
static inline void hist_task_step(struct hist *h, enum hist_op op, struct hist_task *t, int cpu,
				  u8 a, u8 b)
{
	int its = t->b.cpu;

	switch (op) {
	case HIST_JOIN:
		hist_join(h, cpu, t, a & 1, (a & 2) && !h->tl[cpu].curr);
		break;
	case HIST_WAKE:
		hist_wake(h, cpu, t, a, b);
		break;
	case HIST_MOVE:
		if (t->b.se.delayed) {
			hist_leave(h, t, true);
			break;
		}
		hist_leave(h, t, false);
		hist_join(h, cpu, t, false, (a & 2) && !h->tl[cpu].curr);
		break;
	case HIST_WEIGHT:
		hist_reweight(h, t, hist_weight(a, b));
		break;
	case HIST_SLICE:
		t->a.custom_slice = t->b.custom = hist_slice(a, b);
		hist_say(h, "%llu ", t->b.custom);
		break;
	case HIST_POLICY:
		t->a.policy = t->b.policy = b % 3;
		hist_say(h, "%u ", t->b.policy);
		break;
	case HIST_CHANGE:
		hist_change(h, t, a, b);
		break;
	case HIST_BUDDY:
		/* yield_to() sets it, a preemption by a shorter request looks first. */
		if (a & 1) {
			h->tl[its].next = &t->a;
			h->q[its].rq.buddy = &t->b.se;
		} else {
			hist_same(h, "is it the buddy", its, hist_id(h, t),
				  eevdf_set_buddy(&h->tl[its], &t->a),
				  naive_set_buddy(&h->q[its], &t->b));
		}
		break;
	case HIST_SET:
		hist_settle(h, its, 1, a);
		hist_set(h, its, t);
		break;
	case HIST_LEAVE:
		hist_leave(h, t, a & 1);
		break;
	case HIST_GIVE:
		hist_settle(h, its, 14, b);
		hist_gift(h, op, t, a);
		break;
	case HIST_MARGIN:
	case HIST_RETURN:
		hist_gift(h, op, t, a);
		break;
	case HIST_NEW:
		hist_new_task(t);
		break;
	default:
		break;
	}
}

/* A step about a CPU and who runs there. False: nothing to do. */
static inline bool hist_cpu_step(struct hist *h, enum hist_op op, int cpu, u8 a, u8 b)
{
	struct eevdf_timeline *tl = &h->tl[cpu];
	struct naive_rq *q = &h->q[cpu];
	struct naive_se *oldest;
	struct eevdf_entity *e;
	u64 avg, limit;

	if (!naive_nr(q) && op != HIST_BASE && op != HIST_LOOK)
		return false;
	switch (op) {
	case HIST_DISPATCH:
		hist_settle(h, cpu, a, b);
		hist_dispatch(h, cpu);
		return true;
	case HIST_GUARD:
		hist_settle(h, cpu, 0, b);
		limit = hist_slice(a, b);
		e = eevdf_starving(tl, h->now, limit);
		oldest = naive_oldest(q);
		if (oldest && (!limit || h->now - oldest->since <= limit))
			oldest = NULL;
		hist_same(h, "who starves", cpu, -1, hist_id(h, e),
			  hist_id(h, oldest ? hist_task_of_b(oldest) : NULL));
		if (e && !h->failed)
			hist_set(h, cpu, hist_task_of(e));
		return true;
	case HIST_PICK:
		hist_pick(h, cpu, a & 1, &avg);
		return true;
	case HIST_BASE:
		tl->base_slice = q->base_slice = hist_slice(a, b) ?: 700000;
		return true;
	case HIST_LOOK:
		eevdf_avg_move(tl);
		naive_move(q);
		return true;
	default:
		break;
	}

	if (!tl->curr)
		return false;
	switch (op) {
	case HIST_SLEEP:
		hist_sleep(h, cpu, a & 1);
		break;
	case HIST_CHARGE:
		hist_settle(h, cpu, a, b);
		break;
	case HIST_YIELD:
		hist_settle(h, cpu, 14, b);
		hist_same(h, "what a yield gave up", cpu, hist_id(h, tl->curr), eevdf_yield(tl),
			  naive_yield(q));
		break;
	case HIST_SHORTEN:
		eevdf_shorten_protection(tl);
		oracle_update_protect(&q->rq, q->rq.curr, naive_move(q));
		break;
	case HIST_CANCEL:
		eevdf_cancel_protection(tl->curr);
		oracle_cancel_protect(q->rq.curr);
		break;
	case HIST_PUT:
		hist_put(h, cpu);
		break;
	default:
		break;
	}
	return true;
}

#endif /* STEPS_H */
