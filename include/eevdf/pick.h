/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who runs, for how long, and who may interrupt (fair.c: pick_eevdf, set_next_entity, update_curr,
 * update_deadline, protect_slice and its kin, wakeup_preempt_fair, yield_task_fair).
 */
#ifndef EEVDF_PICK_H
#define EEVDF_PICK_H

#include <eevdf/lag.h>

/*
 * Requests longer than this end for an equal rival when run-to-parity is off (normalized base
 * slice).
 */
#define EEVDF_SHORT_SLICE 700000ULL

/* The running entity keeps the CPU until here, unless it becomes ineligible (protect_slice). */
static inline bool eevdf_protected(const struct eevdf_entity __eevdf *e)
{
	return eevdf_before(e->vruntime, e->vprot);
}

/* set_protect_slice(): @e has just become the running entity. */
static inline void eevdf_protect(const struct eevdf_timeline __eevdf *tl,
				 struct eevdf_entity __eevdf *e)
{
	u64 slice = EEVDF_SHORT_SLICE, until;

	if (tl->rules & LEDGER_RULE_RUN_TO_PARITY)
		slice = eevdf_min_slice(tl);
	e->vprot = e->deadline;
	if (slice >= e->slice)
		return;
	if (tl->rules & LEDGER_RULE_PREEMPT_SHORT)
		until = eevdf_ineligible_at(tl);
	else
		until = e->vruntime + eevdf_scale(slice, e->weight);
	if (eevdf_before(until, e->vprot))
		e->vprot = until;
}

/**
 * eevdf_shorten_protection() - after a wakeup that did not preempt (update_protect_slice)
 * @tl: a timeline with a running entity
 *
 * Return: V; the reference point moves there.
 */
static inline u64 eevdf_shorten_protection(struct eevdf_timeline __eevdf *tl)
{
	struct eevdf_entity __eevdf *c = tl->curr;
	u64 avg = eevdf_avg_move(tl);
	u64 until = eevdf_before(avg, c->vruntime) ? avg : c->vruntime;

	until += eevdf_scale(eevdf_min_slice(tl), c->weight);
	if (eevdf_before(until, c->vprot))
		c->vprot = until;
	return avg;
}

/* cancel_protect_slice() */
static inline void eevdf_cancel_protection(struct eevdf_entity __eevdf *e)
{
	if (eevdf_protected(e))
		e->vprot = e->vruntime;
}

/* The request that begins where the entity is. */
static inline void eevdf_new_request(const struct eevdf_timeline __eevdf *tl,
				     struct eevdf_entity __eevdf *e)
{
	eevdf_take_slice(tl, e);
	e->deadline = e->vruntime + eevdf_scale(e->slice, e->weight);
}

/**
 * eevdf_renew() - a new deadline if the request is complete (update_deadline)
 * @tl: the timeline
 * @e: its running entity
 *
 * The next request starts where the entity is, not where the last one should have ended: an overrun
 * is paid by lag, not by a shorter request.
 *
 * Return: true if it was; the reference point then moved to V.
 */
static inline bool eevdf_renew(struct eevdf_timeline __eevdf *tl, struct eevdf_entity __eevdf *e)
{
	if (eevdf_before(e->vruntime, e->deadline))
		return false;
	eevdf_new_request(tl, e);
	eevdf_avg_move(tl);
	return true;
}

/* What a charge found. */
enum eevdf_charge {
	EEVDF_RENEWED = 1,	/* the request was complete and there is a new one */
	EEVDF_RESCHED = 2,	/* somebody else might be due: pick again */
};

/**
 * eevdf_charge() - the running entity ran (update_curr)
 * @tl: a timeline with a running entity
 * @delta: ns since the last charge; for 0 nothing happens
 *
 * Return: enum eevdf_charge bits.
 */
static inline u32 eevdf_charge(struct eevdf_timeline __eevdf *tl, u64 delta)
{
	struct eevdf_entity __eevdf *c = tl->curr;
	u32 found = 0;

	if (!delta)
		return 0;
	c->vruntime += eevdf_scale(delta, c->weight);
	if (eevdf_renew(tl, c))
		found = EEVDF_RENEWED;
	if (!tl->nr_tree)
		return found;
	if (found || !eevdf_protected(c)) {
		if (tl->next == c)
			tl->next = NULL;
		found |= EEVDF_RESCHED;
	}
	return found;
}

/**
 * eevdf_join() - place an entity and insert it, or make it the running one (enqueue_entity)
 * @tl: its new timeline
 * @e: on no timeline
 * @initial: it was just forked
 * @running: it runs already, so it does not enter the tree; the timeline must have no running
 *	entity
 *
 * Return: V before it joined.
 */
eevdf_func u64 eevdf_join(struct eevdf_timeline __eevdf *tl, struct eevdf_entity __eevdf *e,
			  bool initial, bool running)
{
	struct eevdf_placed placed = eevdf_place(tl, e, initial);

	if (running) {
		tl->curr = e;
		eevdf_protect(tl, e);
	} else {
		eevdf_insert(tl, e);
	}
	return placed.avg;
}

/**
 * eevdf_put() - the running entity goes back into the tree (put_prev_entity)
 * @tl: a timeline with a running entity
 */
static inline void eevdf_put(struct eevdf_timeline __eevdf *tl)
{
	struct eevdf_entity __eevdf *c = tl->curr;

	eevdf_avg_move(tl);
	tl->curr = NULL;
	eevdf_insert(tl, c);
}

/**
 * eevdf_set() - an entity leaves the tree to run (set_next_entity)
 * @tl: a timeline without a running entity
 * @e: in its tree, not a ghost
 */
static inline void eevdf_set(struct eevdf_timeline __eevdf *tl, struct eevdf_entity __eevdf *e)
{
	if (tl->next == e)
		tl->next = NULL;
	eevdf_avg_move(tl);
	eevdf_erase(tl, e);
	tl->curr = e;
	eevdf_protect(tl, e);
}

/*
 * The first eligible entity in the order of deadlines, as a number, which is what a function that
 * is verified on its own may return; 0: none. A subtree whose smallest vruntime is not eligible
 * holds none and is skipped, hence O(log n).
 */
eevdf_global u64 eevdf_first_eligible(struct eevdf_timeline __eevdf *tl __eevdf_arg, u64 avg)
{
	struct eevdf_entity __eevdf *n = tl->leftmost;

	if (n && eevdf_eligible(n->vruntime, avg))
		return (u64)n;
	if (tl->broken_walks)
		return 0;
	n = tl->root;
	while (n && EEVDF_CAN_LOOP) {
		struct eevdf_entity __eevdf *l = n->left;

		if (l && eevdf_eligible(l->min_vruntime, avg)) {
			n = l;
			continue;
		}
		if (eevdf_eligible(n->vruntime, avg))
			return (u64)n;
		n = n->right;
	}
	if (n)
		tl->broken_walks++;
	return 0;
}

/**
 * eevdf_pick() - earliest deadline among the eligible (pick_eevdf)
 * @tl: the timeline
 * @avg: eevdf_avg() of it
 * @protect: honour the buddy and the running entity's protection
 *
 * A ghost that is picked has paid: it must leave, and the pick is to be repeated.
 *
 * Return: NULL only for an empty timeline: the entity with the smallest vruntime is eligible.
 */
eevdf_func struct eevdf_entity __eevdf *eevdf_pick(struct eevdf_timeline __eevdf *tl, u64 avg,
						   bool protect)
{
	struct eevdf_entity __eevdf *c = tl->curr, *best;

	if (!tl->nr_tree)
		return c;
	if (!c && tl->nr_tree == 1)
		return tl->leftmost;
	if (protect && tl->next && (tl->rules & LEDGER_RULE_BUDDY) &&
	    eevdf_eligible(tl->next->vruntime, avg))
		return tl->next;
	if (c && !eevdf_eligible(c->vruntime, avg))
		c = NULL;
	if (c && protect && eevdf_protected(c))
		return c;

	best = (struct eevdf_entity __eevdf *)eevdf_first_eligible(tl, avg);
	/* On equal deadlines the one that waits goes first. */
	if (!best || (c && eevdf_before(c->deadline, best->deadline)))
		best = c;
	return best;
}

/* What a wakeup means for the running entity. */
enum eevdf_wakeup {
	EEVDF_WAKE_NOTHING,
	EEVDF_WAKE_SHORTEN,	/* eevdf_shorten_protection(), if run-to-parity is on */
	EEVDF_WAKE_PREEMPT,	/* eevdf_cancel_protection(), and pick again */
	EEVDF_WAKE_PREEMPT_SHORT,	/* the same, and the wakee becomes the buddy */
	EEVDF_WAKE_ASK,		/* depends on a pick with protection */
	EEVDF_WAKE_ASK_SHORT,	/* depends on a pick without */
};

/**
 * eevdf_wakeup() - may a wakee interrupt the running entity (wakeup_preempt_fair)
 * @tl: a timeline with a running entity, charged up to now
 * @e: the wakee, in the tree
 * @forked: it was just forked
 *
 * Return: what to do. If that depends on a pick, the caller makes it, which may send ghosts away,
 * and asks eevdf_wakeup_picked().
 */
static inline enum eevdf_wakeup eevdf_wakeup(const struct eevdf_timeline __eevdf *tl,
					     const struct eevdf_entity __eevdf *e, bool forked)
{
	const struct eevdf_entity __eevdf *c = tl->curr;

	if (!(tl->rules & LEDGER_RULE_WAKEUP_PREEMPTION))
		return EEVDF_WAKE_NOTHING;
	if (c->policy == EEVDF_IDLE && e->policy != EEVDF_IDLE)
		return EEVDF_WAKE_PREEMPT;
	if (e->policy != EEVDF_NORMAL)
		return EEVDF_WAKE_SHORTEN;
	if ((tl->rules & LEDGER_RULE_PREEMPT_SHORT) && e->slice < c->slice)
		return EEVDF_WAKE_ASK_SHORT;
	return forked ? EEVDF_WAKE_SHORTEN : EEVDF_WAKE_ASK;
}

/**
 * eevdf_wakeup_picked() - the same, after the pick
 * @ask: what eevdf_wakeup() said, an ASK
 * @e: the wakee
 * @picked: who was picked
 * @avg: V at that pick
 *
 * A shorter request need not have the earliest deadline of all: it is enough that it is eligible.
 */
static inline enum eevdf_wakeup eevdf_wakeup_picked(enum eevdf_wakeup ask,
						    const struct eevdf_entity __eevdf *e,
						    const struct eevdf_entity __eevdf *picked,
						    u64 avg)
{
	if (ask == EEVDF_WAKE_ASK_SHORT && (picked == e || eevdf_eligible(e->vruntime, avg)))
		return EEVDF_WAKE_PREEMPT_SHORT;
	if (ask == EEVDF_WAKE_ASK && picked == e)
		return EEVDF_WAKE_PREEMPT;
	return EEVDF_WAKE_SHORTEN;
}

/**
 * eevdf_set_buddy() - a shorter request that preempts is taken next (set_short_buddy)
 * @tl: the timeline
 * @e: in its tree
 *
 * Return: false if the buddy there is has a shorter request still, and stays.
 */
static inline bool eevdf_set_buddy(struct eevdf_timeline __eevdf *tl,
				   struct eevdf_entity __eevdf *e)
{
	if (tl->next && tl->next->slice < e->slice)
		return false;
	tl->next = e;
	return true;
}

/**
 * eevdf_yield() - the running entity gives up the rest of its request (yield_task_fair)
 * @tl: a timeline with a running entity, charged up to now
 *
 * One that is not eligible has nothing to give: it would not be picked anyway. One that is alone
 * has nobody to give it to.
 *
 * Return: true if it gave something up; the reference point then moved to V.
 */
static inline bool eevdf_yield(struct eevdf_timeline __eevdf *tl)
{
	struct eevdf_entity __eevdf *c = tl->curr;

	if (!tl->nr_tree)
		return false;
	if (tl->next == c)
		tl->next = NULL;
	if (!(tl->rules & LEDGER_RULE_YIELD_FORFEIT) || !eevdf_eligible(c->vruntime, eevdf_avg(tl)))
		return false;
	c->vruntime = c->deadline;
	return eevdf_renew(tl, c);
}

/**
 * eevdf_left() - real time until the running entity's protection or request ends, whichever is
 * first
 * @e: the running entity
 *
 * Return: ns, at least 1.
 */
static inline u64 eevdf_left(const struct eevdf_entity __eevdf *e)
{
	u64 end = eevdf_protected(e) && eevdf_before(e->vprot, e->deadline) ? e->vprot :
									      e->deadline;

	if (!eevdf_before(e->vruntime, end))
		return 1;
	return eevdf_unscale(end - e->vruntime, e->weight);
}

#endif /* EEVDF_PICK_H */
