/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Weights and the scaling of time by them (fair.c: calc_delta_fair, __calc_delta; core.c:
 * sched_prio_to_weight, set_load_weight).
 */
#ifndef EEVDF_WEIGHT_H
#define EEVDF_WEIGHT_H

#include <eevdf/types.h>

#define EEVDF_WEIGHT_SHIFT	10
#define EEVDF_NICE_0		(1ULL << 20)
#define EEVDF_WEIGHT_IDLE	(3ULL << EEVDF_WEIGHT_SHIFT)
#define EEVDF_WEIGHT_MIN	2ULL
#define EEVDF_WEIGHT_MAX	(1ULL << 28)

/* A level of nice is worth 10 % of CPU time against one neighbour: about 1.25 a step. */
static const u32 eevdf_nice_weight[40] = {
	88761, 71755, 56483, 46273, 36291, 29154, 23254, 18705, 14949, 11916,
	 9548,  7620,  6100,  4904,  3906,  3121,  2501,  1991,  1586,  1277,
	 1024,   820,   655,   526,   423,   335,   272,   215,   172,   137,
	  110,    87,    70,    56,    45,    36,    29,    23,    18,    15,
};

/**
 * eevdf_weight() - weight of a task
 * @static_prio: 100 + 20 + nice, as in task_struct; out of range counts as the nearest end
 * @idle: the policy is SCHED_IDLE, nice does not matter
 */
static inline u64 eevdf_weight(int static_prio, bool idle)
{
	u32 nice = static_prio - 100;

	if (idle)
		return EEVDF_WEIGHT_IDLE;
	if (static_prio < 100)
		nice = 0;
	if (nice > 39)
		nice = 39;
	return (u64)eevdf_nice_weight[nice] << EEVDF_WEIGHT_SHIFT;
}

/**
 * eevdf_scale() - real time to virtual time of a weight (calc_delta_fair)
 * @delta: ns; exact below 2^44 (4.9 h), beyond it the product wraps as the kernel's does
 * @weight: at least 2
 */
static inline u64 eevdf_scale(u64 delta, u64 weight)
{
	if (weight == EEVDF_NICE_0)
		return delta;
	return delta * EEVDF_NICE_0 / weight;
}

/**
 * eevdf_unscale() - virtual time of a weight to real time, rounded up
 * @vdelta: virtual ns; the product with @weight must fit 64 bits, as it does for what is left of a
 *	request (100 ms at most, so 2^47)
 * @weight: at least 2
 *
 * Rounded up, so that eevdf_scale() of the result reaches @vdelta: a slice that ends one ns early
 * would be asked for again.
 */
static inline u64 eevdf_unscale(u64 vdelta, u64 weight)
{
	if (weight == EEVDF_NICE_0)
		return vdelta;
	return (vdelta * weight + EEVDF_NICE_0 - 1) / EEVDF_NICE_0;
}

/* Division of a signed number, towards minus infinity; @d > 0. */
static inline s64 eevdf_div_floor(s64 n, u64 d)
{
	if (n >= 0)
		return (u64)n / d;
	return -(s64)((-(u64)n + d - 1) / d);
}

/* Division of a signed number, towards zero, as C does; @d > 0. */
static inline s64 eevdf_div_zero(s64 n, u64 d)
{
	if (n >= 0)
		return (u64)n / d;
	return -(s64)(-(u64)n / d);
}

/* The nearest to a signed number in [-@limit, @limit]. */
static inline s64 eevdf_within(s64 value, s64 limit)
{
	if (value > limit)
		return limit;
	return value < -limit ? -limit : value;
}

#endif /* EEVDF_WEIGHT_H */
