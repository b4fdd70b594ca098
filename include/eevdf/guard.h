/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The anti-stall guard: the one rule that fair.c does not have. EEVDF may legally keep an entity of
 * low weight waiting for longer than the 30 s after which sched_ext ejects a scheduler, so who has
 * waited for too long gets one short turn. Entities are listed in the order in which they came into
 * the tree, which makes the longest wait O(1).
 */
#ifndef EEVDF_GUARD_H
#define EEVDF_GUARD_H

#include <eevdf/types.h>

/**
 * eevdf_wait_begin() - an entity came into the tree
 * @tl: its timeline
 * @e: on the list nowhere
 * @now: ns; never before that of an earlier call for the same timeline
 */
static inline void eevdf_wait_begin(struct eevdf_timeline __eevdf *tl,
				    struct eevdf_entity __eevdf *e, u64 now)
{
	struct eevdf_entity __eevdf *newest = tl->newest;

	e->since = now;
	e->newer = NULL;
	e->older = newest;
	if (newest)
		newest->newer = e;
	else
		tl->oldest = e;
	tl->newest = e;
}

/**
 * eevdf_wait_end() - an entity leaves the tree
 * @tl: its timeline
 * @e: on its list
 */
static inline void eevdf_wait_end(struct eevdf_timeline __eevdf *tl, struct eevdf_entity __eevdf *e)
{
	struct eevdf_entity __eevdf *older = e->older, *newer = e->newer;

	if (older)
		older->newer = newer;
	else
		tl->oldest = newer;
	if (newer)
		newer->older = older;
	else
		tl->newest = older;
}

/**
 * eevdf_starving() - who has waited for longer than that
 * @tl: the timeline
 * @now: as for eevdf_wait_begin()
 * @limit: ns; 0 = nobody ever
 */
static inline struct eevdf_entity __eevdf *eevdf_starving(const struct eevdf_timeline __eevdf *tl,
							  u64 now, u64 limit)
{
	struct eevdf_entity __eevdf *e = tl->oldest;

	if (!limit || !e || (s64)(now - e->since) <= (s64)limit)
		return NULL;
	return e;
}

#endif /* EEVDF_GUARD_H */
