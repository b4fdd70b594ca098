/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Lag: what an entity is owed when it leaves, and how it gets that back when it joins (fair.c:
 * entity_lag, update_entity_lag, place_entity, rescale_entity).
 *
 *	lag = V - vruntime
 *
 * A joiner with lag l moves V by -l * w / (W + w). To have lag l afterwards it is placed at
 * V - l * (W + w) / W; W is the weight of those who are there already.
 */
#ifndef EEVDF_LAG_H
#define EEVDF_LAG_H

#include <eevdf/timeline.h>

/* What eevdf_join() found and did. */
struct eevdf_placed {
	u64 avg;	/* V before the entity was there */
	s64 lag;	/* what was subtracted from it */
};

/* Takes the entity's request length: its own, or the timeline's. */
static inline void eevdf_take_slice(const struct eevdf_timeline __eevdf *tl,
				    struct eevdf_entity __eevdf *e)
{
	e->slice = e->custom_slice && (tl->rules & LEDGER_RULE_CUSTOM_SLICE) ? e->custom_slice :
									       tl->base_slice;
}

/**
 * eevdf_lag() - V - vruntime, bounded (entity_lag)
 * @tl: the timeline, still with the entity in it
 * @e: the entity
 * @avg: V
 *
 * The bound is the longest request on the timeline and a tick, in the entity's virtual time: nobody
 * is further off unless by joining, leaving or weights of others, and that must not be carried
 * around.
 */
static inline s64 eevdf_lag(const struct eevdf_timeline __eevdf *tl,
			    const struct eevdf_entity __eevdf *e, u64 avg)
{
	s64 lag = avg - e->vruntime;
	s64 limit;

	if (!(tl->rules & LEDGER_RULE_LAG_CLAMP))
		return lag;
	limit = eevdf_scale(eevdf_max_slice(tl) + tl->tick, e->weight);
	if (lag > limit)
		return limit;
	if (lag < -limit)
		return -limit;
	return lag;
}

/**
 * eevdf_rescale() - a new weight for an entity that is on no timeline (rescale_entity)
 * @e: the entity
 * @weight: clamped to [2, 2^28]
 *
 * Lag and relative deadline are virtual time: what stays the same is their product with the weight.
 */
static inline void eevdf_rescale(struct eevdf_entity __eevdf *e, u64 weight)
{
	if (weight < EEVDF_WEIGHT_MIN)
		weight = EEVDF_WEIGHT_MIN;
	if (weight > EEVDF_WEIGHT_MAX)
		weight = EEVDF_WEIGHT_MAX;
	if (e->weight == weight)
		return;
	e->vlag = eevdf_div_zero(e->vlag * (s64)e->weight, weight);
	if (e->rel_deadline)
		e->deadline = eevdf_div_zero((s64)e->deadline * (s64)e->weight, weight);
	e->weight = weight;
}

/**
 * eevdf_place() - vruntime and deadline of a joiner (place_entity)
 * @tl: the timeline, without the entity
 * @e: the entity, with its weight
 * @initial: it was just forked
 *
 * The reference point moves to V first, and on to the entity if that outweighs all others together:
 * its key would otherwise be as large as its weight is (commit 556146ce5e94 in the kernel).
 *
 * Return: V before, and the lag that was subtracted.
 */
static inline struct eevdf_placed eevdf_place(struct eevdf_timeline __eevdf *tl,
					      struct eevdf_entity __eevdf *e, bool initial)
{
	struct eevdf_placed placed = { .avg = eevdf_avg_move(tl), .lag = 0 };
	u64 vslice;

	eevdf_take_slice(tl, e);
	if ((tl->rules & LEDGER_RULE_PLACE_LAG) && e->vlag && eevdf_nr(tl)) {
		u64 others = tl->sum_weight + (tl->curr ? tl->curr->weight : 0);

		placed.lag = e->vlag + eevdf_div_zero(e->vlag * (s64)e->weight, others);
		if (e->weight > others)
			eevdf_shift_zero(tl, -placed.lag);
	}
	e->vruntime = placed.avg - placed.lag;

	if (e->rel_deadline && (tl->rules & LEDGER_RULE_PLACE_REL_DEADLINE)) {
		e->deadline += e->vruntime;
		e->rel_deadline = 0;
		return placed;
	}
	e->rel_deadline = 0;
	vslice = eevdf_scale(e->slice, e->weight);
	if (initial && (tl->rules & LEDGER_RULE_PLACE_INITIAL))
		vslice /= 2;
	e->deadline = e->vruntime + vslice;
	return placed;
}

/* The sums and the reference of an empty timeline must be plain: true if they are. */
static inline bool eevdf_empty_is_plain(const struct eevdf_timeline __eevdf *tl)
{
	return tl->nr_tree || (!tl->sum_weight && !tl->sum_w_vruntime && !tl->root);
}

/**
 * eevdf_leave() - an entity leaves: lag stored, out of tree or no longer running (dequeue_entity)
 * @tl: its timeline
 * @e: in the tree, or the running entity, charged up to now
 * @sleep: it sleeps; otherwise it only moves or changes, and keeps the rest of its deadline
 *
 * Return: V before it left.
 */
static inline u64 eevdf_leave(struct eevdf_timeline __eevdf *tl, struct eevdf_entity __eevdf *e,
			      bool sleep)
{
	u64 avg = eevdf_avg_move(tl);

	e->vlag = eevdf_lag(tl, e, avg);
	if (tl->next == e)
		tl->next = NULL;
	if (e == tl->curr)
		tl->curr = NULL;
	else
		eevdf_erase(tl, e);
	if (!sleep && (tl->rules & LEDGER_RULE_PLACE_REL_DEADLINE)) {
		e->deadline -= e->vruntime;
		e->rel_deadline = 1;
	}
	return avg;
}

#endif /* EEVDF_LAG_H */
