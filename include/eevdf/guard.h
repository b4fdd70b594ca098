/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The anti-stall guard: the one rule that fair.c does not have. EEVDF may legally keep an entity of
 * low weight waiting for longer than the 30 s after which sched_ext ejects a scheduler, so who has
 * waited for too long gets one short turn. Entities are listed in the order in which they came into
 * the tree, so the first has waited longest, unless one was taken out, to be changed or moved, and
 * came again, for that does not end its wait. It is found by going round the list, some a tick.
 */
#ifndef EEVDF_GUARD_H
#define EEVDF_GUARD_H

#include <eevdf/types.h>

/* A round of 2,500 that wait takes 2.5 s with 250 ticks a second. */
#define EEVDF_WATCHED 4

/**
 * eevdf_wait_begin() - an entity came into the tree
 * @tl: its timeline
 * @e: on the list nowhere
 * @since: when it last ran, or woke up, by the caller's clock
 */
static inline void eevdf_wait_begin(struct eevdf_timeline __eevdf *tl,
				    struct eevdf_entity __eevdf *e, u64 since)
{
	struct eevdf_entity __eevdf *newest = tl->newest;

	e->since = since;
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
	if (tl->watched == e)
		tl->watched = newer;
}

static inline bool eevdf_waits_too_long(const struct eevdf_entity __eevdf *e, u64 now, u64 limit)
{
	return (s64)(now - e->since) > (s64)limit;
}

/**
 * eevdf_starving() - the first of the list, if it has waited for longer than that
 * @tl: the timeline
 * @now: by the clock of eevdf_wait_begin()
 * @limit: by that clock; 0 = nobody ever
 */
static inline struct eevdf_entity __eevdf *eevdf_starving(const struct eevdf_timeline __eevdf *tl,
							  u64 now, u64 limit)
{
	struct eevdf_entity __eevdf *e = tl->oldest;

	return limit && e && eevdf_waits_too_long(e, now, limit) ? e : NULL;
}

/**
 * eevdf_watch() - goes on round the list, and puts who has waited for too long first
 * @tl: the timeline
 * @now: as for eevdf_starving()
 * @limit: same
 *
 * Looks at %EEVDF_WATCHED entities.
 *
 * Return: whether eevdf_starving() has somebody now.
 */
static inline bool eevdf_watch(struct eevdf_timeline __eevdf *tl, u64 now, u64 limit)
{
	struct eevdf_entity __eevdf *e;
	int i;

	if (eevdf_starving(tl, now, limit))
		return true;
	if (!limit)
		return false;
	for (i = 0; i < EEVDF_WATCHED; i++) {
		e = tl->watched ? tl->watched : tl->oldest;
		if (!e)
			return false;
		tl->watched = e->newer;
		if (!eevdf_waits_too_long(e, now, limit))
			continue;
		eevdf_wait_end(tl, e);
		e->older = NULL;
		e->newer = tl->oldest;
		if (tl->oldest)
			tl->oldest->older = e;
		else
			tl->newest = e;
		tl->oldest = e;
		return true;
	}
	return false;
}

#endif /* EEVDF_GUARD_H */
