/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Directed yield: what the yielder gives up goes to the one it names. fair.c only makes the target
 * the buddy, and lets the yielder forfeit the rest of its request to everybody (yield_task_fair,
 * yield_to_task_fair); a target that is not eligible then waits, and so soon does the yielder.
 *
 * A transfer moves service, in virtual ns times weight, so that it means the same for both. c is
 * the least of
 *
 *	(d - v) * w of the donor		the rest of its request
 *	(limit - lag) * w of the target		what it may be owed at most
 *	(limit + lag) * w of the donor		what it may owe at most
 *
 * with the limit of eevdf_lag(). Then
 *
 *	target	gain = floor(c / w)		v -= gain, d -= gain
 *	donor	cost = ceil(gain * w_target / w_donor)	v += cost
 *
 * The weighted sum of vruntimes grows by less than the donor's weight; that is kept as the donor's
 * carry, and its next gift begins with it. So over all gifts nothing is made or lost, V stands
 * still and nobody else's lag changes. The target's deadline moves along: with the old one a pair
 * would keep the CPU, its deadlines always the earliest. A donor that owes its limit gives nothing:
 * else a neighbour could fall behind by any number of requests.
 *
 * What is granted is followed until it is gone: consumed when its holder runs or gives it on,
 * returned when the donor exits owing it, expired when the holder leaves the timeline, for what is
 * left is ordinary lag then.
 */
#ifndef EEVDF_CREDIT_H
#define EEVDF_CREDIT_H

#include <eevdf/pick.h>

/**
 * struct eevdf_gift - what a transfer moved
 * @gain: by how much the target's vruntime and deadline went back, virtual ns; 0 = nothing moved
 * @cost: by how much the donor's vruntime went on, virtual ns
 * @used: of the donor's own credit, service that is consumed by giving it on
 */
struct eevdf_gift {
	u64 gain;
	u64 cost;
	u64 used;
};

/* Service that @e may still be owed. */
static inline u64 eevdf_headroom(const struct eevdf_timeline __eevdf *tl,
				 const struct eevdf_entity __eevdf *e, u64 avg)
{
	s64 left = eevdf_lag_limit(tl, e) - (s64)(avg - e->vruntime);

	return left > 0 ? left * e->weight : 0;
}

/* Service that @e may still owe. */
static inline u64 eevdf_floor_room(const struct eevdf_timeline __eevdf *tl,
				   const struct eevdf_entity __eevdf *e, u64 avg)
{
	s64 left = eevdf_lag_limit(tl, e) + (s64)(avg - e->vruntime);

	return left > 0 ? left * e->weight : 0;
}

/* Service left of the request of @e. */
static inline u64 eevdf_rest(const struct eevdf_entity __eevdf *e)
{
	return eevdf_before(e->vruntime, e->deadline) ? (e->deadline - e->vruntime) * e->weight : 0;
}

/**
 * eevdf_giveable() - what a transfer would move
 * @tl: the timeline of both
 * @from: the donor, charged
 * @to: the target, not a ghost
 * @avg: V
 *
 * Return: service, virtual ns * weight.
 */
static inline u64 eevdf_giveable(const struct eevdf_timeline __eevdf *tl,
				 const struct eevdf_entity __eevdf *from,
				 const struct eevdf_entity __eevdf *to, u64 avg)
{
	u64 credit = eevdf_rest(from), other = eevdf_headroom(tl, to, avg);

	if (other < credit)
		credit = other;
	other = eevdf_floor_room(tl, from, avg);
	if (other < credit)
		credit = other;
	return credit - credit % to->weight;
}

/**
 * eevdf_use_credit() - the holder of credit ran, or gives service on
 * @e: the entity
 * @service: how much, virtual ns * weight
 *
 * Return: how much of it was credit.
 */
static inline u64 eevdf_use_credit(struct eevdf_entity __eevdf *e, u64 service)
{
	u64 used = service < e->credit ? service : e->credit;

	e->credit -= used;
	return used;
}

/* Vruntime and deadline of the target go back. A running one's protection goes with them. */
static inline void eevdf_move_back(struct eevdf_timeline __eevdf *tl,
				   struct eevdf_entity __eevdf *e, u64 by)
{
	bool waits = e->on_tree;

	if (waits)
		eevdf_erase(tl, e);
	e->vruntime -= by;
	e->deadline -= by;
	if (waits)
		eevdf_insert(tl, e);
	else
		e->vprot -= by;
}

/**
 * eevdf_transfer() - the donor's gift to the target
 * @tl: the timeline of both
 * @from: the donor, running and charged, or waiting
 * @to: the target, waiting or running, not a ghost
 *
 * The donor's protection ends, and its deadline is renewed if it has reached it. The reference
 * point moves to V, as it was before.
 *
 * Return: what moved; with a @gain of 0 nothing has changed.
 */
static inline struct eevdf_gift eevdf_transfer(struct eevdf_timeline __eevdf *tl,
					       struct eevdf_entity __eevdf *from,
					       struct eevdf_entity __eevdf *to)
{
	u64 avg = eevdf_avg_move(tl);
	u64 credit = eevdf_giveable(tl, from, to, avg), due = 0;
	struct eevdf_gift gift = { .gain = credit / to->weight };
	bool waits = from->on_tree;

	if (!credit)
		return gift;
	if (credit > from->carry)
		due = credit - from->carry;
	gift.cost = (due + from->weight - 1) / from->weight;
	from->carry += gift.cost * from->weight - credit;
	gift.used = eevdf_use_credit(from, credit);

	eevdf_move_back(tl, to, gift.gain);
	to->credit += credit;
	if (waits)
		eevdf_erase(tl, from);
	from->vruntime += gift.cost;
	eevdf_cancel_protection(from);
	if (!eevdf_before(from->vruntime, from->deadline))
		eevdf_new_request(tl, from);
	if (waits)
		eevdf_insert(tl, from);
	return gift;
}

/**
 * eevdf_give_back() - the donor exits owing what the target has not consumed
 * @tl: the timeline of both
 * @from: the donor, still on it and charged
 * @to: the target
 *
 * The others have paid for the donor's debt when it is gone; so the target gives back what it has
 * left of it. It is not moved to behind V by that: it keeps what was its own.
 *
 * Return: service taken back, virtual ns * weight.
 */
static inline u64 eevdf_give_back(struct eevdf_timeline __eevdf *tl,
				  const struct eevdf_entity __eevdf *from,
				  struct eevdf_entity __eevdf *to)
{
	u64 avg = eevdf_avg_move(tl);
	s64 debt = (s64)(from->vruntime - avg);
	u64 back = to->credit;

	if (debt <= 0)
		return 0;
	if ((u64)debt * from->weight < back)
		back = (u64)debt * from->weight;
	back -= back % to->weight;
	/* Nothing, or less than a nanosecond: it keeps its place among equal deadlines. */
	if (!back)
		return 0;
	eevdf_move_back(tl, to, -(back / to->weight));
	to->credit -= back;
	return back;
}

/* A quarter of a request for each that competes: the deeper the queue, the more picks it lasts. */
static inline u64 eevdf_margin_lag(const struct eevdf_timeline __eevdf *tl,
				   const struct eevdf_entity __eevdf *to)
{
	u64 margin = eevdf_scale(tl->base_slice * eevdf_nr(tl) / 4, to->weight);
	u64 limit = eevdf_lag_limit(tl, to);

	return margin < limit ? margin : limit;
}

/**
 * eevdf_margin() - the mailing-list series' way: lag for the target at everybody's expense
 * @tl: its timeline
 * @to: waiting, not a ghost
 *
 * Its lag becomes at least margin(n) = min(n / 4 requests, limit). Moving it back by x moves V back
 * by x * w / W, so x = need * W / (W - w) for lag that lacks need; x * w at most 2^60, beside
 * neighbours that are light beyond measure (vtime.h).
 *
 * Return: x, virtual ns; 0 = its lag was that already.
 */
static inline u64 eevdf_margin(struct eevdf_timeline __eevdf *tl,
					     struct eevdf_entity __eevdf *to)
{
	u64 avg = eevdf_avg_move(tl);
	s64 need = (s64)eevdf_margin_lag(tl, to) - (s64)(avg - to->vruntime);
	u64 others = eevdf_total_weight(tl) - to->weight, gain;

	if (need <= 0 || !others)
		return 0;
	gain = need + (need * to->weight + others - 1) / others;
	if (gain > EEVDF_SERVICE_MAX / to->weight)
		gain = EEVDF_SERVICE_MAX / to->weight;
	eevdf_move_back(tl, to, gain);
	return gain;
}

#endif /* EEVDF_CREDIT_H */
