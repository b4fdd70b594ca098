/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Lag: what an entity is owed when it leaves, and how it gets that back when it joins (fair.c:
 * entity_lag, update_entity_lag, place_entity, rescale_entity, reweight_eevdf).
 *
 *	lag = V - vruntime
 *
 * A joiner with lag l moves V by -l * w / (W + w). To have lag l afterwards it is placed at
 * V - l * (W + w) / W; W is the weight of those who are there already.
 *
 * Who sleeps with negative lag has had service in advance. If it left at once, V would jump back
 * and the others would pay for it; and by a short sleep at the right moment a task could have that
 * again and again. So it stays as a ghost: it competes like everybody, V moves on, and when it
 * would be picked it has paid and leaves (delayed dequeue: set_delayed, requeue_delayed_entity).
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
 * eevdf_lag_limit() - how far lag may be from 0 (entity_lag)
 * @tl: the timeline, with the entity in it
 * @e: the entity
 *
 * The longest request on the timeline and a tick, in the entity's virtual time: nobody is further
 * off unless by joining, leaving or weights of others, and that must not be carried around. Without
 * the rule, what 64 bits can carry (vtime.h).
 */
static inline s64 eevdf_lag_limit(const struct eevdf_timeline __eevdf *tl,
				  const struct eevdf_entity __eevdf *e)
{
	if (!(tl->rules & LEDGER_RULE_LAG_CLAMP))
		return EEVDF_SERVICE_MAX / e->weight;
	return eevdf_scale(eevdf_max_slice(tl) + tl->tick, e->weight);
}

/**
 * eevdf_lag() - V - vruntime, bounded (entity_lag)
 * @tl: the timeline, still with the entity in it
 * @e: the entity
 * @avg: V
 */
static inline s64 eevdf_lag(const struct eevdf_timeline __eevdf *tl,
			    const struct eevdf_entity __eevdf *e, u64 avg)
{
	s64 lag = avg - e->vruntime, limit = eevdf_lag_limit(tl, e);

	if (lag > limit)
		return limit;
	if (lag < -limit)
		return -limit;
	return lag;
}

/**
 * eevdf_store_lag() - the lag that an entity takes along (update_entity_lag)
 * @tl: the timeline, still with the entity in it
 * @e: the entity
 * @avg: V
 *
 * A ghost's debt does not grow while it sleeps, and it earns nothing either.
 *
 * Return: false if it is V - vruntime, true if a bound changed it.
 */
static inline bool eevdf_store_lag(const struct eevdf_timeline __eevdf *tl,
				   struct eevdf_entity __eevdf *e, u64 avg)
{
	s64 lag = eevdf_lag(tl, e, avg);

	if (e->delayed) {
		if (lag < e->vlag)
			lag = e->vlag;
		if ((tl->rules & LEDGER_RULE_DELAY_ZERO) && lag > 0)
			lag = 0;
	}
	e->vlag = lag;
	return avg - lag != e->vruntime;
}

static inline u64 eevdf_clamp_weight(u64 weight)
{
	if (weight < EEVDF_WEIGHT_MIN)
		return EEVDF_WEIGHT_MIN;
	return weight > EEVDF_WEIGHT_MAX ? EEVDF_WEIGHT_MAX : weight;
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
	weight = eevdf_clamp_weight(weight);
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
		u64 others = eevdf_total_weight(tl);

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

	eevdf_store_lag(tl, e, avg);
	if (e->delayed) {
		e->delayed = 0;
		tl->nr_delayed--;
	}
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

/**
 * eevdf_delay() - the running entity sleeps; must it stay as a ghost (__dequeue_task, set_delayed)
 * @tl: a timeline with a running entity, charged up to now
 *
 * Return: true if it has become a ghost, with its lag stored and the reference point at V; false if
 * it may leave, it owes nothing.
 */
static inline bool eevdf_delay(struct eevdf_timeline __eevdf *tl)
{
	struct eevdf_entity __eevdf *c = tl->curr;
	u64 avg;

	if (!(tl->rules & LEDGER_RULE_DELAY_DEQUEUE))
		return false;
	avg = eevdf_avg_move(tl);
	if (eevdf_eligible(c->vruntime, avg))
		return false;
	eevdf_store_lag(tl, c, avg);
	if (tl->next == c)
		tl->next = NULL;
	c->delayed = 1;
	tl->nr_delayed++;
	tl->curr = NULL;
	eevdf_insert(tl, c);
	return true;
}

/**
 * eevdf_requeue() - a ghost wakes up (requeue_delayed_entity)
 * @tl: its timeline
 * @e: the ghost
 *
 * Return: true if it goes on as it is, old deadline included; the reference point is at V. False if
 * a bound changed its lag: it must leave and join.
 */
static inline bool eevdf_requeue(struct eevdf_timeline __eevdf *tl, struct eevdf_entity __eevdf *e)
{
	if (eevdf_store_lag(tl, e, eevdf_avg_move(tl)))
		return false;
	e->delayed = 0;
	tl->nr_delayed--;
	return true;
}

/**
 * eevdf_reweight() - a new weight for an entity on its timeline (reweight_eevdf)
 * @tl: the timeline
 * @e: in its tree, or its running entity, charged up to now
 * @weight: clamped to [2, 2^28]
 *
 * Lag, the rest of the deadline and of the protection stay the same service. V does not move, for
 * the entity's lag is taken out of it and put back. Nothing happens if the weight stays: the lag
 * would be bounded, and the entity would come after those with an equal deadline.
 *
 * More weight brings an entity that is ahead of V back towards it, and fair.c leaves a protection
 * that is over where it was: it holds again then, for longer the more the weight has grown. With
 * %LEDGER_RULE_PROTECT_ENDS it stays over, and its product fits into 64 bits; without, that wraps
 * as fair.c's does.
 *
 * Return: V, where the reference point is now if the weight is a new one.
 */
static inline u64 eevdf_reweight(struct eevdf_timeline __eevdf *tl, struct eevdf_entity __eevdf *e,
				 u64 weight)
{
	bool waits = e != tl->curr;
	bool protect = !waits && eevdf_before(e->vruntime, e->vprot);
	u64 avg, old = e->weight;

	if (eevdf_clamp_weight(weight) == old)
		return eevdf_avg(tl);
	avg = eevdf_avg_move(tl);
	e->vlag = eevdf_lag(tl, e, avg);
	e->deadline -= avg;
	e->rel_deadline = 1;
	if (waits)
		eevdf_erase(tl, e);
	eevdf_rescale(e, weight);
	e->rel_deadline = 0;
	e->deadline += avg;
	e->vruntime = avg - e->vlag;
	if (protect)
		e->vprot = avg + eevdf_div_zero((s64)((e->vprot - avg) * old), e->weight);
	else if (!waits && (tl->rules & LEDGER_RULE_PROTECT_ENDS) &&
		 eevdf_before(e->vruntime, e->vprot))
		e->vprot = e->vruntime;
	if (waits)
		eevdf_insert(tl, e);
	return avg;
}

#endif /* EEVDF_LAG_H */
