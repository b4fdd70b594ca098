/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How much of the CPUs a group may have (cpu.max): so much run time in each period, on all CPUs
 * together. Each run of one of its tasks is taken from its budget and those of the groups above;
 * while one of these is used up none of its tasks begins to run. What ran beyond the budget is a
 * debt to the next period, so over many periods the quota is exact. fair.c
 * (__refill_cfs_bandwidth_runtime) has a global pool that each CPU takes slices from; here every
 * CPU takes from the pool what it has run.
 */
#ifndef EEVDF_LIMIT_H
#define EEVDF_LIMIT_H

#include <eevdf/types.h>

/* The largest a kernel allows, ns: sums of two stay far from 2^63. */
#define EEVDF_LIMIT_MAX (1ULL << 60)

/**
 * struct eevdf_limit - of a group
 * @quota: run time in each period, ns; 0 = as much as there is
 * @period: length of a period, ns, not 0
 * @burst: unused run time that is kept for later periods at most, ns
 * @end: when the current period ends, ns
 * @budget: run time left; not positive = nothing, ns. Changed by others at any time
 */
struct eevdf_limit {
	u64 quota;
	u64 period;
	u64 burst;
	u64 end;
	s64 budget;
};

/**
 * eevdf_limit_set() - a group gets a limit, another one, or none any more
 * @l: the limit
 * @now: ns
 * @period: see struct eevdf_limit; 0: none
 * @quota: of it; 0, or above %EEVDF_LIMIT_MAX: none
 * @burst: of it
 *
 * Periods of one length end at the same moments in all groups. A debt stays: else it would be
 * forgiven to whom writes the file.
 */
static inline void eevdf_limit_set(struct eevdf_limit __eevdf *l, u64 now, u64 period, u64 quota,
				   u64 burst)
{
	bool limited = l->quota;

	if (!period || quota > EEVDF_LIMIT_MAX || period > EEVDF_LIMIT_MAX)
		quota = 0;
	l->quota = quota;
	if (!quota)
		return;
	l->period = period;
	l->burst = burst > EEVDF_LIMIT_MAX ? EEVDF_LIMIT_MAX : burst;
	l->end = now - now % period + period;
	if (!limited || l->budget > (s64)quota)
		l->budget = quota;
}

/**
 * eevdf_limit_due() - what a group's budget grows by, as periods have ended
 * @l: its limit, with a quota
 * @now: ns
 * @patience: who has waited for so long runs whatever the budget says, ns; 0 = nobody does
 *
 * @l->end moves on. Who calls adds the amount. A debt that takes longer than @patience to pay is
 * cut to that: what runs after it grows the debt again, so the rest would never be paid, and the
 * group would be held back for it long after there is a reason.
 *
 * Return: ns; 0 while the period goes on.
 */
static inline u64 eevdf_limit_due(struct eevdf_limit __eevdf *l, u64 now, u64 patience)
{
	u64 periods, due, forgiven = 0, longest = patience / l->period + 1;
	s64 room, budget = l->budget;

	if (eevdf_before(now, l->end))
		return 0;
	periods = (now - l->end) / l->period + 1;
	l->end += periods * l->period;
	if (patience && budget < 0 && (u64)-budget / l->quota >= longest) {
		forgiven = -budget - longest * l->quota;
		budget += forgiven;
	}
	room = l->quota + l->burst - budget;
	if (room <= 0)
		return 0;
	/* So many fill it, whatever it owes; more would not fit into 64 bits. */
	due = periods > (u64)room / l->quota ? (u64)room : periods * l->quota;
	return forgiven + due;
}

#endif /* EEVDF_LIMIT_H */
