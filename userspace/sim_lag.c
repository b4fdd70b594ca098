// SPDX-License-Identifier: GPL-2.0
#include "sim_lag.h"

#define STEP_BITS 6
#define STEPS (1U << STEP_BITS)

static u32 step_of(u64 magnitude)
{
	u32 bits;

	if (magnitude < STEPS)
		return magnitude;
	bits = 63 - __builtin_clzll(magnitude);
	return STEPS + (bits - STEP_BITS) * STEPS +
	       ((magnitude >> (bits - STEP_BITS)) & (STEPS - 1));
}

/* The middle of a step. */
static u64 magnitude_of(u32 step)
{
	u32 shift;

	if (step < 2 * STEPS)
		return step;
	shift = step / STEPS - 1;
	return ((u64)(STEPS + step % STEPS) << shift) + (1ULL << shift) / 2;
}

/**
 * sim_lag_add() - one more number
 * @lag: zeroed at first
 * @value: more than the least s64
 */
void sim_lag_add(struct sim_lag *lag, s64 value)
{
	if (!lag->count || value < lag->min)
		lag->min = value;
	if (!lag->count || value > lag->max)
		lag->max = value;
	lag->count++;
	if (value < 0)
		lag->bucket[SIM_LAG_SIDE - step_of(-value)]++;
	else
		lag->bucket[SIM_LAG_SIDE + step_of(value)]++;
}

/**
 * sim_lag_quantile() - the number that so many per cent do not exceed
 * @lag: the distribution
 * @percent: 0..100
 *
 * Return: 0 if there are no numbers.
 */
s64 sim_lag_quantile(const struct sim_lag *lag, u32 percent)
{
	u64 rank = (lag->count * percent + 99) / 100, seen = 0;
	s64 value;
	int i;

	if (!lag->count)
		return 0;
	for (i = 0; i < 2 * SIM_LAG_SIDE - 1; i++) {
		seen += lag->bucket[i];
		if (seen && seen >= rank)
			break;
	}
	value = i < SIM_LAG_SIDE ? -(s64)magnitude_of(SIM_LAG_SIDE - i) :
				   (s64)magnitude_of(i - SIM_LAG_SIDE);
	if (value < lag->min)
		return lag->min;
	return value > lag->max ? lag->max : value;
}
