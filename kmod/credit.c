// SPDX-License-Identifier: GPL-2.0
/*
 * Directed yields, the naive way: from the rules in Documentation/directed-yield.md, in 128 bits.
 * Service is virtual time times weight; a gift is worth the same on both sides.
 */
#include "credit.h"

#include <ledger/rules.h>

static s128 least(s128 a, s128 b)
{
	return a < b ? a : b;
}

/* 128-bit division is not to be had in a kernel; what is divided here fits 64 bits, or is cut. */
static u64 whole(s128 service)
{
	if (service <= 0)
		return 0;
	return service > (s128)U64_MAX ? U64_MAX : (u64)service;
}

/**
 * oracle_transfer - the gift of a yielder to the task that it names
 * @rq: timeline of both
 * @from: donor
 * @to: target
 * @v: V, virtual ns
 * @tick: length of a scheduler tick, ns
 * @rules: enum ledger_rule bits
 *
 * The target may come to be owed its lag limit, the donor may come to owe its own, and gives no
 * more than its request has left. What the target gains is a whole number of virtual ns; what the
 * donor pays is one too, so it pays too much by its carry, which the next gift takes into account.
 *
 * Return: see &struct oracle_gift.
 */
struct oracle_gift oracle_transfer(const struct oracle_rq *rq, const struct oracle_se *from,
				   const struct oracle_se *to, u64 v, u64 tick, u32 rules)
{
	s128 rest = (s128)(s64)(from->deadline - from->vruntime) * from->weight;
	s128 room = ((s128)(s64)(v - from->vruntime) + oracle_lag_limit(rq, from, tick, rules)) *
		    from->weight;
	s128 head = ((s128)oracle_lag_limit(rq, to, tick, rules) - (s64)(v - to->vruntime)) *
		    to->weight;
	u64 service = whole(least(rest, least(room, head)));
	struct oracle_gift gift = { .carry = from->carry };
	s128 due;

	gift.gain = service / to->weight;
	if (!gift.gain)
		return gift;
	due = (s128)gift.gain * to->weight - from->carry;
	if (due > 0)
		gift.cost = (u64)due / from->weight + !!((u64)due % from->weight);
	gift.carry = (u64)((s128)gift.cost * from->weight - due);
	return gift;
}

/**
 * oracle_margin - how far a target is moved back to have its margin
 * @rq: its timeline
 * @to: target
 * @v: V, virtual ns
 * @base_slice: request of a task without its own, ns
 * @tick: length of a scheduler tick, ns
 * @rules: enum ledger_rule bits
 *
 * margin = min(a quarter of a request for each entity, lag limit). Moved back by x, V follows by
 * x * w / W: so that lag rises by the lack, x * (W - w) / W is it, rounded up. x * w is bounded by
 * what 64 bits carry.
 *
 * Return: x, virtual ns; 0 if its lag is that already, or nobody else is there.
 */
u64 oracle_margin(const struct oracle_rq *rq, const struct oracle_se *to, u64 v, u64 base_slice,
		  u64 tick, u32 rules)
{
	u64 entities = rq->nr_tree + !!rq->curr;
	s64 margin = (s64)oracle_delta(base_slice * entities / 4, to->weight);
	s64 limit = oracle_lag_limit(rq, to, tick, rules);
	struct oracle_sum sum;
	u64 others, share, by;
	s64 lack;

	oracle_sum(rq, true, &sum);
	others = sum.w - to->weight;
	lack = (margin < limit ? margin : limit) - (s64)(v - to->vruntime);
	if (lack <= 0 || !others)
		return 0;
	share = (u64)lack * to->weight;
	by = (u64)lack + share / others + !!(share % others);
	return by < ORACLE_SERVICE_MAX / to->weight ? by : ORACLE_SERVICE_MAX / to->weight;
}

/**
 * oracle_give_back - what the target of a donor that exits gives back
 * @from: donor
 * @to: target
 * @v: V, virtual ns
 *
 * Return: how far the target's vruntime and deadline go on, virtual ns: its credit or the donor's
 * debt, whichever is less.
 */
u64 oracle_give_back(const struct oracle_se *from, const struct oracle_se *to, u64 v)
{
	s128 debt = (s128)(s64)(from->vruntime - v) * from->weight;

	return whole(least(debt, (s128)to->credit)) / to->weight;
}

/**
 * oracle_use_credit - service was had, given on or given up: credit goes first
 * @se: entity
 * @service: how much, virtual ns * weight
 *
 * Return: how much of it was credit.
 */
u64 oracle_use_credit(struct oracle_se *se, u64 service)
{
	u64 used = service < se->credit ? service : se->credit;

	se->credit -= used;
	return used;
}
