// SPDX-License-Identifier: GPL-2.0
#include "oracle.h"

#include <ledger/rules.h>

/* Weight by nice, -20 first, before the scale of 1024 (sched_prio_to_weight). */
static const u32 nice_weight[40] = {
	88761, 71755, 56483, 46273, 36291, 29154, 23254, 18705, 14949, 11916,
	9548,  7620,  6100,  4904,  3906,  3121,  2501,	 1991,	1586,  1277,
	1024,  820,   655,   526,   423,   335,	  272,	 215,	172,   137,
	110,   87,    70,    56,    45,	   36,	  29,	 23,	18,    15,
};

/* SCHED_IDLE; its nice value is ignored (WEIGHT_IDLEPRIO). */
#define IDLE_WEIGHT 3

/**
 * oracle_weight - weight of a task (set_load_weight)
 * @static_prio: task_struct::static_prio, 100 = nice -20
 * @idle_policy: the policy is SCHED_IDLE
 *
 * Return: 1048576 for nice 0; a priority outside the table counts as its nearest end.
 */
u64 oracle_weight(int static_prio, bool idle_policy)
{
	int i = static_prio - 100;

	if (idle_policy)
		return IDLE_WEIGHT * 1024ULL;
	if (i < 0)
		i = 0;
	if (i > 39)
		i = 39;
	return nice_weight[i] * 1024ULL;
}

/**
 * oracle_delta - real to virtual time (calc_delta_fair)
 * @ns: real time, ns
 * @weight: of the entity, not 0
 *
 * The product wraps for @ns >= 2^44, as the kernel's does.
 *
 * Return: floor(@ns * 2^20 / @weight), virtual ns.
 */
u64 oracle_delta(u64 ns, u64 weight)
{
	return weight == ORACLE_NICE_0 ? ns : (ns * ORACLE_NICE_0) / weight;
}

/**
 * oracle_scale - @x * @num / @den, rounded toward zero
 * @x: any
 * @num: below 2^63
 * @den: below 2^63, not 0
 * @out: result
 *
 * Return: false if the product leaves 64 bits: the kernel's result is then not defined by the
 * algorithm, and there is nothing to compare with.
 */
bool oracle_scale(s64 x, u64 num, u64 den, s64 *out)
{
	s64 product;

	if (__builtin_mul_overflow(x, (s64)num, &product))
		return false;
	*out = product / (s64)den;
	return true;
}

/* floor(@n / @w) by long division, which the kernel's compiler does not have for 128 bits. */
static u128 long_division(u128 n, u64 w, u64 *rest)
{
	u128 q = 0;
	u64 r = 0;
	int bit;

	for (bit = 127; bit >= 0; bit--) {
		r = r << 1 | (u64)(n >> bit & 1);
		if (r >= w) {
			r -= w;
			q |= (u128)1 << bit;
		}
	}
	*rest = r;
	return q;
}

/**
 * oracle_floor - floor(@n / @w)
 * @n: dividend
 * @w: divisor, below 2^63, not 0
 * @out: result
 *
 * Return: false if the result does not fit 64 bits.
 */
bool oracle_floor(s128 n, u64 w, s64 *out)
{
	u64 rest;
	u128 q;

	if (n >= S64_MIN && n <= S64_MAX) {
		*out = (s64)n / (s64)w - ((s64)n % (s64)w < 0);
		return true;
	}
	q = long_division(n < 0 ? -(u128)n : (u128)n, w, &rest);
	if (n < 0)
		q = -q - !!rest;
	*out = (s64)q;
	return (s128)q == *out;
}

/**
 * oracle_is_avg - is this the floor of the weighted average?
 * @sum: of a set that is not empty
 * @v: candidate for V, virtual ns
 *
 * Return: true if v * W <= N < (v + 1) * W.
 */
bool oracle_is_avg(const struct oracle_sum *sum, u64 v)
{
	s128 low = (s128)(s64)(v - sum->ref) * (s128)sum->w;

	return low <= sum->n && sum->n < low + (s128)sum->w;
}

/**
 * oracle_avg - the floor of the weighted average, where 64 bits suffice (avg_vruntime)
 * @sum: of a set that is not empty
 * @v: result, virtual ns
 *
 * Return: false if the sum does not fit 64 bits.
 */
bool oracle_avg(const struct oracle_sum *sum, u64 *v)
{
	s64 q;

	if (!oracle_floor(sum->n, sum->w, &q))
		return false;
	*v = sum->ref + (u64)q;
	return true;
}

/**
 * oracle_eligible - has this entity no more than its share? (vruntime_eligible)
 * @sum: of the whole timeline with the running entity
 * @vruntime: of the entity, virtual ns
 *
 * Return: true if the sum of (v_i - vruntime) * w_i is not negative; true on an empty timeline.
 */
bool oracle_eligible(const struct oracle_sum *sum, u64 vruntime)
{
	return (s128)(s64)(vruntime - sum->ref) * (s128)sum->w <= sum->n;
}

/**
 * oracle_key_fits - can the kernel's 64-bit sums carry this entity?
 * @se: entity
 * @zero: the timeline's reference point, virtual ns
 *
 * Return: true if key * weight lies in [-2^62, 2^62).
 */
bool oracle_key_fits(const struct oracle_se *se, u64 zero)
{
	s128 product = (s128)(s64)(se->vruntime - zero) * (s128)se->weight;

	return product >= -((s128)1 << 62) && product < ((s128)1 << 62);
}

/* The largest vruntime that is eligible, relative to the sum's reference point: floor(n / w). */
static s64 last_eligible(const struct oracle_sum *sum)
{
	s64 low, high = S64_MAX, middle;

	if (oracle_floor(sum->n, sum->w, &low))
		return low;
	/* Beyond 64 bits it is searched for: a kernel has no 128-bit division. */
	low = S64_MIN;
	while (low < high) {
		middle = high - (s64)(((u64)high - (u64)low) / 2);
		if ((s128)middle * (s64)sum->w <= sum->n)
			low = middle;
		else
			high = middle - 1;
	}
	return low;
}

/*
 * The earliest deadline in the tree among the eligible, of equal ones the oldest; NULL if nobody
 * is. Returns false if the same walk adds up to something else than the memo.
 */
static bool search(const struct oracle_rq *rq, const struct oracle_sum *all,
		   struct oracle_se **earliest)
{
	s64 key, last = last_eligible(all);
	struct oracle_se *se, *best = NULL;
	u64 w = 0, slices = 0;
	s128 n = 0;

	list_for_each_entry(se, &rq->tree, node) {
		key = (s64)(se->vruntime - all->ref);
		n += (s128)key * (s64)se->weight;
		w += se->weight;
		slices += se->slice;
		if (key <= last && (!best || oracle_before(se->deadline, best->deadline)))
			best = se;
	}
	*earliest = best;
	return oracle_is_memo(rq, &(struct oracle_sum){ .n = n, .w = w, .ref = all->ref }, slices);
}

/**
 * oracle_pick - who runs next (pick_eevdf)
 * @rq: timeline
 * @rules: enum ledger_rule bits
 * @protect: honour buddy and slice protection
 * @why: the clause that decided
 *
 * Return: the entity, or NULL if the timeline is empty, or with %ORACLE_ASTRAY.
 */
struct oracle_se *oracle_pick(const struct oracle_rq *rq, u32 rules, bool protect,
			      enum oracle_why *why)
{
	struct oracle_se *best, *curr = rq->curr;
	struct oracle_sum sum;

	*why = ORACLE_EMPTY;
	if (!curr && list_empty(&rq->tree))
		return NULL;

	*why = ORACLE_SOLE;
	if (curr && list_empty(&rq->tree))
		return curr;
	if (!curr && rq->tree.next == rq->tree.prev)
		return list_first_entry(&rq->tree, struct oracle_se, node);

	oracle_sum(rq, true, &sum);
	*why = ORACLE_BUDDY;
	if (protect && (rules & LEDGER_RULE_BUDDY) && rq->buddy &&
	    oracle_eligible(&sum, rq->buddy->vruntime))
		return rq->buddy;

	if (curr && !oracle_eligible(&sum, curr->vruntime))
		curr = NULL;
	*why = ORACLE_PROTECTED;
	if (curr && protect && oracle_before(curr->vruntime, curr->vprot))
		return curr;

	/* Equal deadlines: the older insertion wins, and the running entity loses. */
	*why = ORACLE_EARLIEST;
	if (!search(rq, &sum, &best)) {
		*why = ORACLE_ASTRAY;
		return NULL;
	}
	if (curr && (!best || oracle_before(curr->deadline, best->deadline)))
		best = curr;
	return best;
}

/**
 * oracle_charge - the running entity ran (update_curr, update_deadline)
 * @se: entity
 * @ns: run time, ns; nothing happens for 0
 * @slice: the request it would make now, ns
 */
void oracle_charge(struct oracle_se *se, u64 ns, u64 slice)
{
	if (!ns)
		return;
	se->vruntime += oracle_delta(ns, se->weight);
	if (oracle_before(se->vruntime, se->deadline))
		return;
	se->slice = slice;
	se->deadline = se->vruntime + oracle_delta(slice, se->weight);
}

/**
 * oracle_reweight - carry stored lag and relative deadline to another weight (rescale_entity)
 * @se: entity that is not queued
 * @weight: new weight, not 0
 *
 * Return: false if a product leaves 64 bits; @se then has the new weight only.
 */
bool oracle_reweight(struct oracle_se *se, u64 weight)
{
	u64 old = se->weight;
	s64 vlag, rel;

	se->weight = weight;
	if (old == weight)
		return true;
	if (!old) {
		se->vlag = 0;
		if (se->rel_deadline)
			se->deadline = 0;
		return true;
	}
	if (!oracle_scale(se->vlag, old, weight, &vlag))
		return false;
	se->vlag = vlag;
	if (se->rel_deadline) {
		if (!oracle_scale((s64)se->deadline, old, weight, &rel))
			return false;
		se->deadline = (u64)rel;
	}
	return true;
}

/**
 * oracle_group_weight - what a task of a group weighs (__calc_prop_weight)
 * @own: its weight within the group, not 0
 * @weight: of all the group's active tasks together, below 2^29
 * @load: what they weigh within the group, not 0
 *
 * Return: its part of @weight, [2, 2^28].
 */
u64 oracle_group_weight(u64 own, u64 weight, u64 load)
{
	u64 part = own * weight / load;

	if (part < ORACLE_WEIGHT_MIN)
		return ORACLE_WEIGHT_MIN;
	return part > ORACLE_WEIGHT_MAX ? ORACLE_WEIGHT_MAX : part;
}

/**
 * oracle_reweight_here - another weight for an entity on a timeline (reweight_eevdf)
 * @rq: timeline with the entity in it
 * @se: entity, in the tree or running
 * @weight: new weight, not 0
 * @v: V, virtual ns
 * @tick: length of a scheduler tick, ns
 * @rules: enum ledger_rule bits
 *
 * The service that it is owed stays the same, as do those that its request and its protection still
 * allow. A protection that is over stays where it is, or over, by rule.
 *
 * Return: false if a product leaves 64 bits.
 */
bool oracle_reweight_here(const struct oracle_rq *rq, struct oracle_se *se, u64 weight, u64 v,
			  u64 tick, u32 rules)
{
	bool protected = rq->curr == se && oracle_before(se->vruntime, se->vprot);
	s64 lag = oracle_lag(rq, se, v, tick, rules), left, protect = 0;

	if (!oracle_scale(lag, se->weight, weight, &lag) ||
	    !oracle_scale((s64)(se->deadline - v), se->weight, weight, &left) ||
	    (protected && !oracle_scale((s64)(se->vprot - v), se->weight, weight, &protect)))
		return false;
	se->vlag = lag;
	se->vruntime = v - (u64)lag;
	se->deadline = v + (u64)left;
	if (protected)
		se->vprot = v + (u64)protect;
	else if (rq->curr == se && (rules & LEDGER_RULE_PROTECT_ENDS))
		oracle_cancel_protect(se);
	se->weight = weight;
	return true;
}

/**
 * oracle_place - where an entity enters (place_entity)
 * @rq: the others, with the running one
 * @se: entity with its weight and stored lag, not in @rq
 * @v: V of @rq, virtual ns
 * @slice: the request it makes, ns
 * @rules: enum ledger_rule bits
 * @initial: first time after fork
 *
 * Return: false if a product leaves 64 bits.
 */
bool oracle_place(const struct oracle_rq *rq, struct oracle_se *se, u64 v, u64 slice, u32 rules,
		  bool initial)
{
	u64 request = oracle_delta(slice, se->weight);
	struct oracle_sum others;
	s64 lag = 0, pull;

	se->slice = slice;
	oracle_sum(rq, true, &others);
	if ((rules & LEDGER_RULE_PLACE_LAG) && others.w && se->vlag) {
		/*
		 * Entering moves V towards the newcomer. So that it has its lag afterwards, it
		 * enters with (W + w) / W times that lag.
		 */
		if (!oracle_scale(se->vlag, se->weight, others.w, &pull))
			return false;
		lag = (s64)((u64)se->vlag + (u64)pull);
	}
	se->vruntime = v - (u64)lag;

	if ((rules & LEDGER_RULE_PLACE_REL_DEADLINE) && se->rel_deadline) {
		se->deadline += se->vruntime;
		se->rel_deadline = false;
		return true;
	}
	if ((rules & LEDGER_RULE_PLACE_INITIAL) && initial)
		request /= 2;
	se->deadline = se->vruntime + request;
	se->rel_deadline = false;
	return true;
}

/**
 * oracle_lag_limit - how far lag may be from 0 (entity_lag)
 * @rq: timeline with the entity in it
 * @se: entity
 * @tick: length of a scheduler tick, ns
 * @rules: enum ledger_rule bits
 *
 * Return: virtual ns.
 */
s64 oracle_lag_limit(const struct oracle_rq *rq, const struct oracle_se *se, u64 tick, u32 rules)
{
	if (rules & LEDGER_RULE_LAG_CLAMP)
		return (s64)oracle_delta(oracle_max_slice(rq) + tick, se->weight);
	return (s64)(ORACLE_SERVICE_MAX / se->weight);
}

/**
 * oracle_lag - service owed to an entity, bounded (entity_lag)
 * @rq: timeline with the entity in it
 * @se: entity
 * @v: V, virtual ns
 * @tick: length of a scheduler tick, ns
 * @rules: enum ledger_rule bits
 *
 * Return: virtual ns, positive = service is owed.
 */
s64 oracle_lag(const struct oracle_rq *rq, const struct oracle_se *se, u64 v, u64 tick, u32 rules)
{
	s64 limit = oracle_lag_limit(rq, se, tick, rules);
	s64 lag = (s64)(v - se->vruntime);

	if (lag > limit)
		return limit;
	return lag < -limit ? -limit : lag;
}

/**
 * oracle_stored_lag - the lag that an entity takes along (update_entity_lag)
 * @rq: timeline with the entity in it
 * @se: entity; as a ghost with the lag of when it became one
 * @v: V, virtual ns
 * @tick: length of a scheduler tick, ns
 * @rules: enum ledger_rule bits
 *
 * Return: virtual ns. A ghost may have paid some of its debt while V moved on, or all of it; it has
 * neither run up more nor, with delay-zero, earned anything.
 */
s64 oracle_stored_lag(const struct oracle_rq *rq, const struct oracle_se *se, u64 v, u64 tick,
		      u32 rules)
{
	s64 lag = oracle_lag(rq, se, v, tick, rules);

	if (se->delayed && lag < se->vlag)
		lag = se->vlag;
	if (se->delayed && (rules & LEDGER_RULE_DELAY_ZERO) && lag > 0)
		lag = 0;
	return lag;
}

/**
 * oracle_leave - an entity leaves: what it takes along (update_entity_lag, __dequeue_task)
 * @rq: timeline with the entity in it
 * @se: entity
 * @v: V, virtual ns
 * @tick: length of a scheduler tick, ns
 * @rules: enum ledger_rule bits
 * @sleep: it sleeps, its request is over
 */
void oracle_leave(const struct oracle_rq *rq, struct oracle_se *se, u64 v, u64 tick, u32 rules,
		  bool sleep)
{
	se->vlag = oracle_stored_lag(rq, se, v, tick, rules);
	if (!sleep && (rules & LEDGER_RULE_PLACE_REL_DEADLINE)) {
		se->deadline -= se->vruntime;
		se->rel_deadline = true;
	}
}

/**
 * oracle_set_protect - protection of an entity that begins to run (set_protect_slice)
 * @rq: timeline; @se may be in the tree of it, or the running entity
 * @se: entity
 * @zero: the timeline's reference point: the average of an empty tree, virtual ns
 * @rules: enum ledger_rule bits
 */
void oracle_set_protect(const struct oracle_rq *rq, struct oracle_se *se, u64 zero, u32 rules)
{
	u64 shortest = ORACLE_SHORT_PROTECT, end;
	struct oracle_sum others;

	if (rules & LEDGER_RULE_RUN_TO_PARITY)
		shortest = oracle_min_slice(rq);
	if (shortest > se->slice)
		shortest = se->slice;

	se->vprot = se->deadline;
	if (shortest == se->slice)
		return;

	if (rules & LEDGER_RULE_PREEMPT_SHORT) {
		/* The first vruntime at which the others make it ineligible. */
		oracle_sum_others(rq, se, &others);
		if (!others.w)
			end = zero + 1;
		else if (oracle_avg(&others, &end))
			end++;
		else
			return;
	} else {
		end = se->vruntime + oracle_delta(shortest, se->weight);
	}
	if (oracle_before(end, se->vprot))
		se->vprot = end;
}

/**
 * oracle_update_protect - a wakeup did not preempt (update_protect_slice)
 * @rq: timeline
 * @se: the running entity
 * @v: V, virtual ns
 */
void oracle_update_protect(const struct oracle_rq *rq, struct oracle_se *se, u64 v)
{
	u64 end = oracle_before(se->vruntime, v) ? se->vruntime : v;

	end += oracle_delta(oracle_min_slice(rq), se->weight);
	if (oracle_before(end, se->vprot))
		se->vprot = end;
}

/**
 * oracle_cancel_protect - a wakeup preempts (cancel_protect_slice)
 * @se: the running entity
 */
void oracle_cancel_protect(struct oracle_se *se)
{
	if (oracle_before(se->vruntime, se->vprot))
		se->vprot = se->vruntime;
}

/**
 * oracle_yield - the running entity gives up its request (yield_task_fair)
 * @rq: timeline
 * @se: the running entity
 * @slice: the request it would make now, ns
 * @rules: enum ledger_rule bits
 */
void oracle_yield(const struct oracle_rq *rq, struct oracle_se *se, u64 slice, u32 rules)
{
	struct oracle_sum sum;

	oracle_sum(rq, true, &sum);
	if (!(rules & LEDGER_RULE_YIELD_FORFEIT) || !oracle_eligible(&sum, se->vruntime))
		return;
	se->vruntime = se->deadline;
	se->slice = slice;
	se->deadline = se->vruntime + oracle_delta(slice, se->weight);
}
