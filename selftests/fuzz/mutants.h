/* SPDX-License-Identifier: GPL-2.0 */
/*
 * include/eevdf with a defect that can be switched on: what a header gives to the next one is
 * replaced in between. To be included before history.h, by a test that wants to see them found.
 */
#ifndef MUTANTS_H
#define MUTANTS_H

#include "port.h"

#include <eevdf/types.h>

/* X(ID, "what is wrong") */
#define MUTANTS(X)                                                                                 \
	X(LIFO, "among equal deadlines the last is first")                                         \
	X(STALE_MAX, "erase does not refresh max_slice")                                           \
	X(STALE_MIN, "erase does not refresh min_vruntime")                                        \
	X(TOWARD_ZERO, "V is rounded toward zero")                                                 \
	X(FLOOR, "lag is rescaled by rounding down")                                               \
	X(STRICT, "eligible is before V, not at V")                                                \
	X(UNMOVED, "nothing but the sum moves with the reference point")                           \
	X(VPROT, "a reweight leaves the protection as it is")                                      \
	X(BUDDY, "a leaver stays the buddy")                                                       \
	X(GHOST, "a ghost that wakes up stays a ghost")

enum mutant {
	MUTANT_NONE,
#define MUTANT_ENUM(id, what) MUTANT_##id,
	MUTANTS(MUTANT_ENUM)
#undef MUTANT_ENUM
	MUTANT_NR,
};

static enum mutant mutant;

#define eevdf_div_floor right_div_floor
#define eevdf_div_zero right_div_zero
#include <eevdf/weight.h>
#undef eevdf_div_floor
#undef eevdf_div_zero

static inline s64 eevdf_div_floor(s64 n, u64 d)
{
	return mutant == MUTANT_TOWARD_ZERO ? right_div_zero(n, d) : right_div_floor(n, d);
}

static inline s64 eevdf_div_zero(s64 n, u64 d)
{
	return mutant == MUTANT_FLOOR ? right_div_floor(n, d) : right_div_zero(n, d);
}

#define eevdf_eligible right_eligible
#define eevdf_shift_zero right_shift_zero
#include <eevdf/vtime.h>
#undef eevdf_eligible
#undef eevdf_shift_zero

static inline bool eevdf_eligible(u64 vruntime, u64 avg)
{
	return mutant == MUTANT_STRICT ? eevdf_before(vruntime, avg) :
					 right_eligible(vruntime, avg);
}

static inline void eevdf_shift_zero(struct eevdf_timeline *tl, s64 delta)
{
	right_shift_zero(tl, delta);
	if (mutant == MUTANT_UNMOVED)
		tl->zero_vruntime -= delta;
}

#define eevdf_insert right_insert
#define eevdf_erase right_erase
#include <eevdf/timeline.h>
#undef eevdf_insert
#undef eevdf_erase

static inline bool eevdf_insert(struct eevdf_timeline *tl, struct eevdf_entity *e)
{
	bool inserted;

	/* One earlier, it is sorted before its equals. */
	e->deadline -= mutant == MUTANT_LIFO;
	inserted = right_insert(tl, e);
	e->deadline += mutant == MUTANT_LIFO;
	return inserted;
}

static inline bool eevdf_erase(struct eevdf_timeline *tl, struct eevdf_entity *e)
{
	struct eevdf_entity old = *tl->root;
	bool erased = right_erase(tl, e);

	if (tl->root && mutant == MUTANT_STALE_MAX)
		tl->root->max_slice = old.max_slice;
	if (tl->root && mutant == MUTANT_STALE_MIN)
		tl->root->min_vruntime = old.min_vruntime;
	return erased;
}

#define eevdf_leave right_leave
#define eevdf_requeue right_requeue
#define eevdf_reweight right_reweight
#include <eevdf/lag.h>
#undef eevdf_leave
#undef eevdf_requeue
#undef eevdf_reweight

static inline u64 eevdf_leave(struct eevdf_timeline *tl, struct eevdf_entity *e, bool sleep)
{
	struct eevdf_entity *next = tl->next;
	u64 avg = right_leave(tl, e, sleep);

	if (mutant == MUTANT_BUDDY)
		tl->next = next;
	return avg;
}

static inline bool eevdf_requeue(struct eevdf_timeline *tl, struct eevdf_entity *e)
{
	bool goes_on = right_requeue(tl, e);

	if (goes_on && mutant == MUTANT_GHOST)
		e->delayed = 1;
	return goes_on;
}

static inline u64 eevdf_reweight(struct eevdf_timeline *tl, struct eevdf_entity *e, u64 weight)
{
	u64 vprot = e->vprot, avg = right_reweight(tl, e, weight);

	if (mutant == MUTANT_VPROT)
		e->vprot = vprot;
	return avg;
}

#endif /* MUTANTS_H */
