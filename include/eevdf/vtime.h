/* SPDX-License-Identifier: GPL-2.0 */
/*
 * V, the virtual time of a timeline: the average of its vruntimes, weighted (fair.c: avg_vruntime,
 * update_zero_vruntime, sum_w_vruntime_add/sub, vruntime_eligible).
 *
 * The sum is kept over the tree only, relative to zero_vruntime, which moves to V before every
 * insertion, removal and change of weight. All its updates are exact in 64-bit arithmetic modulo
 * 2^64: kept and recomputed sums are equal to the last bit, or something is broken.
 *
 * How far 64 bits reach. What is divided is N = sum of (vruntime - zero_vruntime) * weight. Just
 * after the reference point has moved, 0 <= N < W, the sum of weights, whatever the single products
 * are: they wrap, their sum does not. A charge of t ns adds t * 2^20 to it, a joiner or leaver with
 * lag l at most |l| * weight. So V is right while
 *
 *	W < 2^62		2^34 entities of the largest weight, 2^28, which no machine has
 *	t < 2^42 ns		more than an hour between two moves, which come with each request
 *	|l| * weight <= 2^60	%EEVDF_SERVICE_MAX. The lag bound keeps it below 2^47: (100 ms + a
 *				tick) * 2^20. Without that rule eevdf_lag() still keeps this one
 *
 * and the average of the tree without the running entity, which protection asks for, while the
 * latter's product is below 2^62 as well. A product beyond 62 bits is counted, as fair.c warns.
 */
#ifndef EEVDF_VTIME_H
#define EEVDF_VTIME_H

#include <eevdf/weight.h>

/* Service that lag may stand for, in virtual ns times weight: 2^40 ns, 18 minutes. */
#define EEVDF_SERVICE_MAX (1ULL << 60)

/* Entity enters or leaves the sums. */
static inline void eevdf_sum(struct eevdf_timeline __eevdf *tl, struct eevdf_entity __eevdf *e,
			     bool add)
{
	s64 key = e->vruntime - tl->zero_vruntime;
	s64 product = key * e->weight;

	if (add) {
		/* Bits 63 and 62 differ: beyond 62 bits (__sum_w_vruntime_add warns). */
		if ((s64)(product ^ ((u64)product << 1)) < 0)
			tl->key_overflows++;
		tl->sum_w_vruntime += product;
		tl->sum_weight += e->weight;
	} else {
		tl->sum_w_vruntime -= product;
		tl->sum_weight -= e->weight;
	}
}

/**
 * eevdf_shift_zero() - move the reference point (update_zero_vruntime)
 * @tl: the timeline
 * @delta: by how much, virtual ns
 */
static inline void eevdf_shift_zero(struct eevdf_timeline __eevdf *tl, s64 delta)
{
	tl->sum_w_vruntime -= (s64)tl->sum_weight * delta;
	tl->zero_vruntime += delta;
}

/* What all entities of a timeline weigh, the running one included. */
static inline u64 eevdf_total_weight(const struct eevdf_timeline __eevdf *tl)
{
	return tl->sum_weight + (tl->curr ? tl->curr->weight : 0);
}

/* floor(V) - zero_vruntime, over tree and running entity (avg_vruntime). */
static inline s64 eevdf_avg_delta(const struct eevdf_timeline __eevdf *tl)
{
	const struct eevdf_entity __eevdf *c = tl->curr;
	s64 sum = tl->sum_w_vruntime;
	u64 weight = tl->sum_weight;

	if (!weight)
		return c ? (s64)(c->vruntime - tl->zero_vruntime) : 0;
	if (c) {
		sum += (s64)(c->vruntime - tl->zero_vruntime) * (s64)c->weight;
		weight += c->weight;
	}
	return eevdf_div_floor(sum, weight);
}

/**
 * eevdf_avg() - V, rounded down
 * @tl: the timeline; an empty one has the V that it had when the last entity left
 */
static inline u64 eevdf_avg(const struct eevdf_timeline __eevdf *tl)
{
	return tl->zero_vruntime + eevdf_avg_delta(tl);
}

/**
 * eevdf_avg_move() - V, rounded down; the reference point moves there (avg_vruntime)
 * @tl: the timeline
 */
static inline u64 eevdf_avg_move(struct eevdf_timeline __eevdf *tl)
{
	s64 delta = eevdf_avg_delta(tl);

	if (delta)
		eevdf_shift_zero(tl, delta);
	return tl->zero_vruntime;
}

/**
 * eevdf_eligible() - may an entity be picked: it has not had more than its share
 * @vruntime: the entity's
 * @avg: eevdf_avg()
 *
 * The kernel compares (vruntime - zero) * W with the sum in 128 bit. vruntime is an integer, so
 * vruntime <= V is the same as vruntime <= floor(V).
 */
static inline bool eevdf_eligible(u64 vruntime, u64 avg)
{
	return !eevdf_before(avg, vruntime);
}

/**
 * eevdf_ineligible_at() - smallest vruntime at which the running entity stops being eligible
 * @tl: the timeline
 *
 * Source: ineligible_vruntime(). The running entity is left out on purpose: while it is below the
 * others' average it is below the common one.
 */
static inline u64 eevdf_ineligible_at(const struct eevdf_timeline __eevdf *tl)
{
	s64 delta = tl->sum_weight ? eevdf_div_floor(tl->sum_w_vruntime, tl->sum_weight) : 0;

	return tl->zero_vruntime + delta + 1;
}

#endif /* EEVDF_VTIME_H */
