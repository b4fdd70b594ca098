/* SPDX-License-Identifier: GPL-2.0 */
/* A queue with its lock held: everything it keeps, computed again from its entities. */
#ifndef FAIR_WALK_BPF_H
#define FAIR_WALK_BPF_H

#include "fair_tell.bpf.h"

/* fair_walk()'s @how: enum fair_hook, and: */
#define FAIR_WALK_FREE 0x100	/* the running entity has no right to stay, the buddy none */
#define FAIR_WALK_CHOSEN 0x200	/* @chosen is the choice */

static __always_inline bool fair_before(u64 a, u64 b)
{
	return (s64)(a - b) < 0;
}

static __always_inline bool fair_is_mutated(u32 check)
{
	return mutated & (1U << check);
}

/* The augmented figures of one node against its two children. */
static __always_inline void fair_check_node(struct cfs_rq *q, struct sched_entity *se, u32 hook,
					    struct fair_counts *c)
{
	struct sched_entity___slice *s = (struct sched_entity___slice *)se, *child;
	struct rb_node *kids[2] = { se->run_node.rb_left, se->run_node.rb_right };
	u64 min_v = se->vruntime, min_slice = se->slice, max_slice = se->slice;
	int i;

#pragma unroll
	for (i = 0; i < 2; i++) {
		struct sched_entity *kid;

		if (!kids[i])
			continue;
		kid = fair_node_entity(kids[i]);
		child = (struct sched_entity___slice *)kid;
		if (fair_before(kid->min_vruntime, min_v))
			min_v = kid->min_vruntime;
		if (HAS(sched_entity___slice, min_slice) && child->min_slice < min_slice)
			min_slice = child->min_slice;
		if (HAS(sched_entity___slice, max_slice) && child->max_slice > max_slice)
			max_slice = child->max_slice;
	}
	c->checks[FAIR_CHECK_MIN_VRUNTIME]++;
	if (se->min_vruntime != min_v)
		fair_failed(q, MIN_VRUNTIME, hook, (u64)se, se->min_vruntime, min_v);
	if (HAS(sched_entity___slice, max_slice)) {
		c->checks[FAIR_CHECK_MIN_SLICE]++;
		if (s->min_slice != min_slice)
			fair_failed(q, MIN_SLICE, hook, (u64)se, s->min_slice, min_slice);
		c->checks[FAIR_CHECK_MAX_SLICE]++;
		if (s->max_slice != max_slice)
			fair_failed(q, MAX_SLICE, hook, (u64)se, s->max_slice, max_slice);
	} else if (HAS(sched_entity___slice, min_slice)) {
		c->checks[FAIR_CHECK_STALE_SLICE]++;
		if (s->min_slice != min_slice)
			fair_failed(q, STALE_SLICE, hook, (u64)se, s->min_slice, min_slice);
	}
}

/* Which weighting makes the kept sum right? */
static __always_inline void fair_learn(struct cfs_rq *q, struct fair_counts *c)
{
	struct rb_node *node = fair_first(q);
	u64 flat = 0, full = 0, scaled = 0, kept = fair_kept_weight(q);
	u32 n = 0, shift = fair_shift(q);

	while (node && n < max_walk && can_loop()) {
		struct sched_entity *se = fair_node_entity(node);

		flat += fair_sum_weight(se, FAIR_WEIGHTING_FLAT, shift);
		full += fair_sum_weight(se, FAIR_WEIGHTING_FULL, shift);
		scaled += fair_sum_weight(se, FAIR_WEIGHTING_SCALED, shift);
		n++;
		node = fair_after(node);
	}
	c->not_checked[FAIR_ROOM_QUEUE]++;
	if (!n || node)
		return;
	c->learned++;
	if (fair_flat() && flat == kept)
		c->matches[FAIR_WEIGHTING_FLAT]++;
	if (full == kept)
		c->matches[FAIR_WEIGHTING_FULL]++;
	if (scaled == kept)
		c->matches[FAIR_WEIGHTING_SCALED]++;
}

static __always_inline void fair_add_group(struct fair_scratch *s, struct sched_entity *se)
{
	struct cfs_rq *group = fair_group(se);

	if (group && s->nr_groups < FAIR_GROUPS) {
		s->groups[s->nr_groups] = (u64)group;
		s->nr_groups++;
	}
}

/**
 * fair_walk() - check a queue, all of it
 * @queue: struct cfs_rq, its lock held
 * @how: see FAIR_WALK_*
 * @chosen: the entity that was picked, 0 = none
 */
__noinline int fair_walk(u64 queue, u32 how, u64 chosen)
{
	struct cfs_rq *q = bpf_core_cast((void *)queue, struct cfs_rq);
	struct fair_counts *c = fair_counters();
	struct fair_scratch *scratch = fair_scratch();
	u64 began, v0, kept_weight, weight = 0, load, best = 0, best_deadline = 0, last = 0, v;
	s64 kept_sum, sum = 0, avg, key, low = 0, high = 0, lag;
	struct sched_entity *curr;
	struct rb_node *node;
	u32 n = 0, shift, hook = how & 0xff;
	bool member = false, any = false;

	if (!c || !scratch)
		return 0;
	if (!weighting) {
		fair_learn(q, c);
		return 0;
	}
	began = bpf_ktime_get_ns();
	kept_sum = fair_kept_sum(q);
	kept_weight = fair_kept_weight(q);
	v0 = fair_zero(q);
	shift = fair_shift(q);
	avg = kept_sum;
	load = kept_weight;
	curr = fair_curr(q);
	if (curr) {
		u64 w = fair_sum_weight(curr, weighting, shift);

		key = curr->vruntime - v0;
		avg += key * w;
		load += w;
		low = key;
		high = key;
		any = true;
	}
	if (curr && fair_eligible(avg, (s64)(curr->vruntime - v0), load)) {
		best = (u64)curr;
		best_deadline = curr->deadline;
	}
	if (curr && hook == FAIR_HOOK_PICK_TASK)
		fair_add_group(scratch, curr);
	member = curr && (u64)curr == chosen;

	node = fair_first(q);
	while (node && n < max_walk && can_loop()) {
		struct sched_entity *se = fair_node_entity(node);
		u64 w = fair_sum_weight(se, weighting, shift), deadline = se->deadline;

		key = se->vruntime - v0;
		weight += w;
		sum += key * w;
		if (!any || key < low)
			low = key;
		if (!any || key > high)
			high = key;
		any = true;
		if (n && fair_before(deadline, last))
			fair_failed(q, ORDER, hook, (u64)se, deadline, last);
		last = deadline;
		if ((!best || fair_before(deadline, best_deadline)) &&
		    fair_eligible(avg, key, load)) {
			best = (u64)se;
			best_deadline = deadline;
		}
		if ((u64)se == chosen)
			member = true;
		fair_check_node(q, se, hook, c);
		if (hook == FAIR_HOOK_PICK_TASK)
			fair_add_group(scratch, se);
		n++;
		node = fair_after(node);
	}
	c->walks++;
	c->walk_ns += bpf_ktime_get_ns() - began;
	c->entities += n;
	if (n > c->longest)
		c->longest = n;
	if (node) {
		c->truncated++;
		c->not_checked[FAIR_ROOM_QUEUE]++;
		return 0;
	}
	c->checks[FAIR_CHECK_ORDER]++;
	c->checks[FAIR_CHECK_FOREIGN]++;
	if (fair_zero(q) != v0 || fair_kept_sum(q) != kept_sum) {
		/* Nothing that was computed above means anything. */
		fair_failed(q, FOREIGN, hook, 0, fair_zero(q), v0);
		return 0;
	}

	if (fair_is_mutated(FAIR_CHECK_SUM))
		sum += n;
	c->checks[FAIR_CHECK_WEIGHT]++;
	if (weight != kept_weight)
		fair_failed(q, WEIGHT, hook, 0, kept_weight, weight);
	c->checks[FAIR_CHECK_SUM]++;
	if (sum != kept_sum)
		fair_failed(q, SUM, hook, 0, kept_sum, sum);
	if (!any || !load)
		return 0;
	v = v0 + fair_floor(avg, load);
	c->checks[FAIR_CHECK_ELIGIBLE]++;
	if (!best || fair_is_mutated(FAIR_CHECK_ELIGIBLE)) {
		/* V by the kept figures, and the vruntime that it should not be less than. */
		fair_failed(q, ELIGIBLE, hook, 0, v, v0 + low);
	}
	lag = (s64)(v - v0) - low;
	if (lag > 0 && lag > (s64)c->worst_lag)
		c->worst_lag = lag;
	lag = high - (s64)(v - v0);
	if (lag > 0 && lag > (s64)c->worst_lag)
		c->worst_lag = lag;

	if (!(how & FAIR_WALK_CHOSEN))
		return 0;
	c->checks[FAIR_CHECK_PICK]++;
	if (!member) {
		fair_failed(q, PICK, hook, chosen, chosen, best);
	} else if (n + !!curr > 1) {
		struct sched_entity *se = bpf_core_cast((void *)chosen, struct sched_entity);
		bool may_stay = !(how & FAIR_WALK_FREE);

		if (!fair_eligible(avg, (s64)(se->vruntime - v0), load))
			fair_failed(q, PICK, hook, chosen, se->vruntime, v);
		else if (may_stay && (u64)q->next == chosen)
			;
		else if (may_stay && (u64)curr == chosen && fair_protected(se))
			;
		else if (fair_before(best_deadline, se->deadline) ||
			 fair_is_mutated(FAIR_CHECK_PICK))
			fair_failed(q, PICK, hook, chosen, se->deadline, best_deadline);
	}
	return 0;
}

#endif /* FAIR_WALK_BPF_H */
