/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Both worlds, field by field. Part of history.h. What is compared is named by the oracle's side:
 * each figure is recomputed from its list, and include/eevdf's must be the same, to the last bit.
 */
#ifndef COMPARE_H
#define COMPARE_H

/* Beyond that many, tasks on no timeline are compared when they come back and at the end. */
#define COMPARE_ALL 64

static inline void hist_compare_task(struct hist *h, const struct hist_task *t)
{
	const struct eevdf_entity *a = &t->a;
	const struct oracle_se *b = &t->b.se;
	int id = hist_id(h, t), cpu = t->b.cpu;

	if (h->failed)
		return;
	hist_same(h, "weight", cpu, id, a->weight, b->weight);
	hist_same(h, "slice", cpu, id, a->slice, b->slice);
	hist_same(h, "vruntime", cpu, id, a->vruntime, b->vruntime);
	hist_same(h, "deadline", cpu, id, a->deadline, b->deadline);
	hist_same(h, "vprot", cpu, id, a->vprot, b->vprot);
	hist_same(h, "vlag", cpu, id, a->vlag, b->vlag);
	hist_same(h, "rel_deadline", cpu, id, a->rel_deadline, b->rel_deadline);
	hist_same(h, "delayed", cpu, id, a->delayed, b->delayed);
	hist_same(h, "credit", cpu, id, a->credit, b->credit);
	hist_same(h, "carry", cpu, id, a->carry, b->carry);
}

static inline void hist_compare_off(struct hist *h, const struct hist_task *t)
{
	hist_same(h, "on_tree", -1, hist_id(h, t), t->a.on_tree, 0);
	hist_compare_task(h, t);
}

/**
 * struct hist_walk - a walk through the tree
 * @before: the entity before in order
 * @nr: entities so far
 * @avg: V
 * @lag: sum of weight * (vruntime - V)
 */
struct hist_walk {
	struct hist *h;
	const struct hist_task *before;
	int cpu;
	u32 nr;
	u64 avg;
	s128 lag;
};

/* Height of a correct subtree; -1 after the first difference. */
static inline int hist_walk(struct hist_walk *w, struct eevdf_entity *e,
			    const struct eevdf_entity *parent)
{
	struct hist_task *t = hist_task_of(e);
	u64 min_v, min_s, max_s;
	struct hist *h = w->h;
	int l, r, height, i;

	if (!e)
		return 0;
	/* A loop in a broken tree must end. */
	if (++w->nr > h->q[w->cpu].rq.nr_tree)
		hist_differ(h, "entities in the tree", w->cpu, hist_id(h, t), w->nr,
			    h->q[w->cpu].rq.nr_tree);
	hist_same(h, "timeline", w->cpu, hist_id(h, t), w->cpu, t->b.cpu);
	hist_same(h, "parent", w->cpu, hist_id(h, t), hist_id(h, e->parent), hist_id(h, parent));
	hist_same(h, "on_tree", w->cpu, hist_id(h, t), e->on_tree, 1);
	if (h->failed)
		return -1;
	l = hist_walk(w, e->left, e);
	if (l < 0)
		return -1;

	if (!w->before)
		hist_same(h, "leftmost", w->cpu, -1, hist_id(h, h->tl[w->cpu].leftmost),
			  hist_id(h, t));
	else if (oracle_before(t->b.se.deadline, w->before->b.se.deadline) ||
		 (t->b.se.deadline == w->before->b.se.deadline && t->b.order < w->before->b.order))
		hist_differ(h, "order in the tree: successor", w->cpu, hist_id(h, w->before),
			    hist_id(h, t), -1);
	w->before = t;
	hist_compare_task(h, t);
	w->lag += (s128)(s64)(e->vruntime - w->avg) * (s128)e->weight;

	r = hist_walk(w, e->right, e);
	if (r < 0)
		return -1;
	min_v = t->b.se.vruntime;
	min_s = max_s = t->b.se.slice;
	for (i = 0; i < 2; i++) {
		const struct eevdf_entity *child = i ? e->right : e->left;

		if (!child)
			continue;
		if (oracle_before(child->min_vruntime, min_v))
			min_v = child->min_vruntime;
		min_s = child->min_slice < min_s ? child->min_slice : min_s;
		max_s = child->max_slice > max_s ? child->max_slice : max_s;
	}
	height = (l > r ? l : r) + 1;
	hist_same(h, "min_vruntime", w->cpu, hist_id(h, t), e->min_vruntime, min_v);
	hist_same(h, "min_slice", w->cpu, hist_id(h, t), e->min_slice, min_s);
	hist_same(h, "max_slice", w->cpu, hist_id(h, t), e->max_slice, max_s);
	hist_same(h, "height", w->cpu, hist_id(h, t), e->height, height);
	if (l - r > 1 || r - l > 1)
		hist_differ(h, "balance: heights", w->cpu, hist_id(h, t), l, r);
	return h->failed ? -1 : height;
}

/* Who waits, longest first. */
static inline void hist_compare_waiting(struct hist *h, int cpu)
{
	const struct eevdf_timeline *tl = &h->tl[cpu];
	const struct naive_rq *q = &h->q[cpu];
	const struct eevdf_entity *e, *before = NULL;
	u32 waiting = q->rq.nr_tree - q->nr_delayed, nr = 0;
	u64 entered = 0;

	for (e = tl->oldest; e && nr <= waiting; e = e->newer) {
		const struct hist_task *t = (const struct hist_task *)e;

		if (t->b.cpu != cpu || t->b.entered <= entered || e->older != before)
			hist_differ(h, "place on the waiting list", cpu, hist_id(h, t),
				    hist_id(h, before), -1);
		hist_same(h, "since", cpu, hist_id(h, t), e->since, t->b.since);
		entered = t->b.entered;
		before = e;
		nr++;
	}
	hist_same(h, "newest", cpu, -1, hist_id(h, tl->newest), hist_id(h, before));
	hist_same(h, "waiting", cpu, -1, nr, waiting);
}

static inline void hist_compare_pick(struct hist *h, int cpu, u64 avg, bool protect)
{
	struct oracle_se *b;
	enum oracle_why why;

	b = oracle_pick(&h->q[cpu].rq, h->rules, protect, &why);
	hist_same(h, protect ? "pick" : "pick without protection", cpu, -1,
		  hist_id(h, eevdf_pick(&h->tl[cpu], avg, protect)),
		  hist_id(h, b ? hist_task_of_b(naive_of(b)) : NULL));
}

static inline void hist_compare_cpu(struct hist *h, int cpu)
{
	struct eevdf_timeline *tl = &h->tl[cpu];
	struct naive_rq *q = &h->q[cpu];
	struct oracle_se *c = q->rq.curr, *buddy = q->rq.buddy;
	struct hist_walk w = { .h = h, .cpu = cpu, .avg = naive_v(q) };
	u64 weight = oracle_tree_weight(&q->rq);

	hist_same(h, "V", cpu, -1, eevdf_avg(tl), w.avg);
	hist_same(h, "zero_vruntime", cpu, -1, tl->zero_vruntime, q->zero);
	hist_same(h, "sum_weight", cpu, -1, tl->sum_weight, weight);
	hist_same(h, "sum_w_vruntime", cpu, -1, tl->sum_w_vruntime,
		  oracle_tree_w_vruntime(&q->rq, q->zero));
	hist_same(h, "nr_tree", cpu, -1, tl->nr_tree, q->rq.nr_tree);
	hist_same(h, "nr_delayed", cpu, -1, tl->nr_delayed, q->nr_delayed);
	hist_same(h, "key_overflows", cpu, -1, tl->key_overflows, q->key_overflows);
	hist_same(h, "broken_walks", cpu, -1, tl->broken_walks, 0);
	hist_same(h, "running task", cpu, -1, hist_id(h, tl->curr),
		  hist_id(h, c ? hist_task_of_b(naive_of(c)) : NULL));
	hist_same(h, "buddy", cpu, -1, hist_id(h, tl->next),
		  hist_id(h, buddy ? hist_task_of_b(naive_of(buddy)) : NULL));
	if (h->failed)
		return;
	if (q->rq.nr_tree > h->most_waiting)
		h->most_waiting = q->rq.nr_tree;
	if (q->nr_delayed > h->most_ghosts)
		h->most_ghosts = q->nr_delayed;
	if (c) {
		hist_same(h, "on_tree", cpu, hist_id(h, tl->curr), tl->curr->on_tree, 0);
		hist_compare_task(h, hist_task_of(tl->curr));
		w.lag = (s128)(s64)(tl->curr->vruntime - w.avg) * (s128)tl->curr->weight;
		weight += tl->curr->weight;
	}
	if (hist_walk(&w, tl->root, NULL) < 0)
		return;
	hist_same(h, "entities in the tree", cpu, -1, w.nr, q->rq.nr_tree);
	if (!tl->root)
		hist_same(h, "leftmost", cpu, -1, hist_id(h, tl->leftmost), -1);
	/* Lag is neither made nor lost: what is left of it is what the division left (I4). */
	if (weight && (w.lag < 0 || w.lag >= (s128)weight))
		hist_differ(h, "rest of the division", cpu, -1, w.lag, weight);
	hist_same(h, "min_slice of all", cpu, -1, eevdf_min_slice(tl), oracle_min_slice(&q->rq));
	hist_same(h, "max_slice of all", cpu, -1, eevdf_max_slice(tl), oracle_max_slice(&q->rq));
	hist_compare_pick(h, cpu, w.avg, true);
	hist_compare_pick(h, cpu, w.avg, false);
	hist_compare_waiting(h, cpu);
}

/* After a step. */
static inline void hist_compare(struct hist *h)
{
	u32 i;

	for (i = 0; i < h->nr_cpus && !h->failed; i++)
		hist_compare_cpu(h, i);
	for (i = 0; i < h->nr_tasks && h->nr_tasks <= COMPARE_ALL && !h->failed; i++)
		if (h->task[i].b.cpu < 0)
			hist_compare_off(h, &h->task[i]);
}

#endif /* COMPARE_H */
