/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the bytes of a step mean, and how far a step may go. Part of history.h.
 */
#ifndef OPERANDS_H
#define OPERANDS_H

static inline u64 hist_weight(u8 a, u8 b)
{
	switch (a % 8) {
	case 0:
		return oracle_weight(100 + b % 40, false);
	case 1:
		return NAIVE_WEIGHT_MIN;
	case 2:
		return NAIVE_WEIGHT_MAX;
	case 3:
		return oracle_weight(120, true);
	case 4:
		return 2 + b;
	case 5:
		return 2ULL << (b % 28);
	case 6:		/* out of range, to be clamped */
		return b & 1 ? b >> 7 : 1ULL << 30;
	default:	/* a share in a group */
		return (b + 1) * 4099ULL;
	}
}

static inline u64 hist_slice(u8 a, u8 b)
{
	static const u64 usual[] = { 700000, 100000, 100000000, 2800000 };

	switch (a % 8) {
	case 0:
		return 0;
	case 5:
		return 1 + b;
	case 6:
		return 1ULL << (b % 37);
	case 7:
		return 100000 + b * 390000ULL;
	default:
		return usual[a % 8 - 1];
	}
}

/* Real time in which the running entity gets from where it is to @v, rounded up. */
static inline u64 hist_until(const struct oracle_se *c, u64 v)
{
	s128 ns;

	if (!oracle_before(c->vruntime, v))
		return 0;
	ns = ((s128)(s64)(v - c->vruntime) * (s128)c->weight + ORACLE_NICE_0 - 1) / ORACLE_NICE_0;
	return ns < (s128)HIST_CHARGE_END ? ns : HIST_CHARGE_END - 1;
}

/* A time to charge; many are a few ns off a point where something changes. */
static inline u64 hist_time(const struct naive_rq *q, u8 a, u8 b)
{
	const struct oracle_se *c = q->rq.curr;
	struct oracle_sum others;
	u64 edge = c->deadline;
	s64 ns;

	switch (a % 16) {
	case 0:
		return b;
	case 1:
		return b * 1000ULL;
	case 2:
		return b * 16384ULL;
	case 3:
		return (u64)b << 20;
	case 4:
		return q->tick;
	case 5:
		return c->slice;
	case 7:
		edge = c->vprot;
		break;
	case 8:		/* where the others make it ineligible */
		oracle_sum(&q->rq, false, &others);
		if (others.w)
			edge = others.ref + naive_floor(others.n, others.w) + 1;
		break;
	case 9:
		return 1;
	case 10:
		return 700000ULL * (b % 4 + 1);
	case 11:
		return (u64)b << 26;
	case 12:
		return 1ULL << (b % 42);
	case 13:
		return HIST_CHARGE_END - 1 - b;
	case 14:
		return (u64)b * b * 64;
	case 15:	/* well before the end of the request */
		ns = hist_until(c, edge) - b * 64;
		return ns > 0 ? ns : 0;
	}
	ns = hist_until(c, edge) + b - 128;
	return ns > 0 ? ns : 0;
}

static inline bool hist_near(u64 x, u64 v, u64 weight)
{
	s128 d = (s64)(x - v);

	if (d < 0)
		d = -d;
	return d < HIST_FAR && d * (s128)weight < HIST_FAR;
}

/* Would everybody still be near V if @c had run for @ns? */
static inline bool hist_charge_fits(const struct naive_rq *q, u64 ns)
{
	struct oracle_se *c = q->rq.curr, *se;
	u64 ran = oracle_delta(ns, c->weight), v;
	struct oracle_sum sum;

	if (ran >> 62)
		return false;
	oracle_sum(&q->rq, true, &sum);
	v = sum.ref + naive_floor(sum.n + (s128)ran * (s128)c->weight, sum.w);
	if (!hist_near(c->vruntime + ran, v, c->weight))
		return false;
	list_for_each_entry(se, &q->rq.tree, node)
		if (!hist_near(se->vruntime, v, se->weight) || !hist_near(se->deadline, v, 1))
			return false;
	return true;
}

/* What a change of weight multiplies must fit. */
static inline bool hist_reweight_fits(const struct naive_rq *q, const struct naive_se *t)
{
	return hist_near(t->se.deadline, naive_v(q), t->se.weight);
}

#endif /* OPERANDS_H */
