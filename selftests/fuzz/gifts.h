/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Directed yields in both worlds: include/eevdf/credit.h against kmod/credit.c. Part of history.h.
 */
#ifndef GIFTS_H
#define GIFTS_H

#include "credit.h"

static inline void naive_move_back(struct naive_rq *q, struct naive_se *t, u64 by)
{
	bool waits = q->rq.curr != &t->se;

	if (waits)
		naive_remove(q, t);
	t->se.vruntime -= by;
	t->se.deadline -= by;
	if (waits)
		naive_insert(q, t);
	else
		t->se.vprot -= by;
}

/* What moved, the target's gain. */
static inline u64 naive_transfer(struct naive_rq *q, struct naive_se *from, struct naive_se *to)
{
	u64 v = naive_move(q), service;
	struct oracle_gift gift = oracle_transfer(&q->rq, &from->se, &to->se, v, q->tick, q->rules);
	bool waits = q->rq.curr != &from->se;

	if (!gift.gain)
		return 0;
	service = gift.gain * to->se.weight;
	oracle_use_credit(&from->se, service);
	naive_move_back(q, to, gift.gain);
	to->se.credit += service;
	if (waits)
		naive_remove(q, from);
	from->se.vruntime += gift.cost;
	from->se.carry = gift.carry;
	oracle_cancel_protect(&from->se);
	if (!oracle_before(from->se.vruntime, from->se.deadline)) {
		from->se.slice = naive_request(q, from);
		from->se.deadline = from->se.vruntime +
				    oracle_delta(from->se.slice, from->se.weight);
	}
	if (waits)
		naive_insert(q, from);
	return gift.gain;
}

static inline u64 naive_margin(struct naive_rq *q, struct naive_se *to)
{
	u64 v = naive_move(q);
	u64 by = oracle_margin(&q->rq, &to->se, v, q->base_slice, q->tick, q->rules);

	if (by)
		naive_move_back(q, to, by);
	return by;
}

static inline u64 naive_give_back(struct naive_rq *q, struct naive_se *from, struct naive_se *to)
{
	u64 v = naive_move(q), by = oracle_give_back(&from->se, &to->se, v);

	if (by) {
		naive_move_back(q, to, -by);
		to->se.credit -= by * to->se.weight;
	}
	return by * to->se.weight;
}

/* Who gives to @t: who runs there, or another that waits. */
static inline struct hist_task *hist_donor(struct hist *h, struct hist_task *t, u8 a)
{
	struct eevdf_entity *c = h->tl[t->b.cpu].curr;
	u32 i;

	if (c && c != &t->a && a & 3)
		return hist_task_of(c);
	for (i = 0; i < 64 && i < h->nr_tasks; i++) {
		struct hist_task *from = &h->task[(a / 4 + i) % h->nr_tasks];

		if (from != t && from->b.cpu == t->b.cpu && !from->b.se.delayed &&
		    h->q[t->b.cpu].rq.curr != &from->b.se)
			return from;
	}
	return NULL;
}

/* A step about the target of a directed yield. */
static inline void hist_gift(struct hist *h, enum hist_op op, struct hist_task *t, u8 a)
{
	struct eevdf_timeline *tl = &h->tl[t->b.cpu];
	struct naive_rq *q = &h->q[t->b.cpu];
	int cpu = t->b.cpu, id = hist_id(h, t);
	struct hist_task *from;

	if (op == HIST_MARGIN) {
		hist_same(h, "margin", cpu, id, eevdf_margin(tl, &t->a), naive_margin(q, &t->b));
		return;
	}
	from = hist_donor(h, t, a);
	/* What is multiplied must fit. */
	if (!from || !hist_near(from->b.se.deadline, from->b.se.vruntime, from->b.se.weight))
		return;
	hist_say(h, "from task %d ", hist_id(h, from));
	if (op == HIST_GIVE)
		hist_same(h, "gift", cpu, id, eevdf_transfer(tl, &from->a, &t->a).gain,
			  naive_transfer(q, &from->b, &t->b));
	else
		hist_same(h, "gift taken back", cpu, id, eevdf_give_back(tl, &from->a, &t->a),
			  naive_give_back(q, &from->b, &t->b));
}

#endif /* GIFTS_H */
