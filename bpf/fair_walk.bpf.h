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
	if (se->min_vruntime != min_v || fair_is_mutated(FAIR_CHECK_MIN_VRUNTIME))
		fair_failed(q, MIN_VRUNTIME, hook, se, se->min_vruntime, min_v);
	if (HAS(sched_entity___slice, max_slice)) {
		c->checks[FAIR_CHECK_MIN_SLICE]++;
		if (s->min_slice != min_slice || fair_is_mutated(FAIR_CHECK_MIN_SLICE))
			fair_failed(q, MIN_SLICE, hook, se, s->min_slice, min_slice);
		c->checks[FAIR_CHECK_MAX_SLICE]++;
		if (s->max_slice != max_slice || fair_is_mutated(FAIR_CHECK_MAX_SLICE))
			fair_failed(q, MAX_SLICE, hook, se, s->max_slice, max_slice);
	} else if (HAS(sched_entity___slice, min_slice)) {
		c->checks[FAIR_CHECK_STALE_SLICE]++;
		if (s->min_slice != min_slice)
			fair_failed(q, STALE_SLICE, hook, se, s->min_slice, min_slice);
	}
}

/* Which weighting makes the kept sum right? Three sums, in the place of others. */
__noinline int fair_learn_node(u64 address)
{
	struct rb_node *node = bpf_core_cast((void *)address, struct rb_node);
	struct sched_entity *se = fair_node_entity(node);
	struct fair_scratch *s = fair_scratch();

	if (!s)
		return 0;
	s->sum += fair_sum_weight(se, FAIR_WEIGHTING_FLAT, s->shift);
	s->weight += fair_sum_weight(se, FAIR_WEIGHTING_FULL, s->shift);
	s->load += fair_sum_weight(se, FAIR_WEIGHTING_SCALED, s->shift);
	return 0;
}

static __always_inline void fair_add_group(struct fair_scratch *s, struct sched_entity *se)
{
	struct cfs_rq *group = fair_group(se);

	if (group && s->nr_groups < FAIR_GROUPS) {
		s->groups[s->nr_groups] = (u64)group;
		s->nr_groups++;
	}
}

static __always_inline void fair_learn(struct cfs_rq *q, struct fair_scratch *s,
				       struct fair_counts *c)
{
	u64 kept = fair_kept_weight(q), node = fair_address(fair_first(q));
	u32 n = 0;

	s->load = 0;
	while (node && n < max_walk && can_loop()) {
		fair_learn_node(node);
		n++;
		node = fair_next(node);
	}
	c->not_checked[FAIR_ROOM_QUEUE]++;
	if (!n || node)
		return;
	c->learned++;
	if (fair_flat() && (u64)s->sum == kept)
		c->matches[FAIR_WEIGHTING_FLAT]++;
	if (s->weight == kept)
		c->matches[FAIR_WEIGHTING_FULL]++;
	if (s->load == kept)
		c->matches[FAIR_WEIGHTING_SCALED]++;
}

/* One entity of the tree. */
__noinline int fair_step(u64 address)
{
	struct rb_node *node = bpf_core_cast((void *)address, struct rb_node);
	struct sched_entity *se = fair_node_entity(node);
	struct fair_scratch *s = fair_scratch();
	struct fair_counts *c = fair_counters();
	struct cfs_rq *q;
	u64 w, deadline;
	s64 key;

	if (!s || !c)
		return 0;
	q = bpf_core_cast((void *)s->queue, struct cfs_rq);
	w = fair_sum_weight(se, weighting, s->shift);
	deadline = se->deadline;
	key = se->vruntime - s->v0;
	s->weight += w;
	s->sum += key * w;
	if (!s->any || key < s->low)
		s->low = key;
	if (!s->any || key > s->high)
		s->high = key;
	s->any = 1;
	if (s->n && (fair_before(deadline, s->last) || fair_is_mutated(FAIR_CHECK_ORDER)))
		fair_failed(q, ORDER, s->hook, se, deadline, s->last);
	s->last = deadline;
	if ((!s->best || fair_before(deadline, s->best_deadline)) &&
	    fair_eligible(s->avg, key, s->load)) {
		s->best = (u64)se;
		s->best_deadline = deadline;
	}
	if ((u64)se == s->chosen)
		s->member = 1;
	fair_check_node(q, se, s->hook, c);
	if (s->hook == FAIR_HOOK_PICK_TASK)
		fair_add_group(s, se);
	s->n++;
	return 0;
}

/* The running entity, which is not in the tree. */
static __always_inline void fair_step_curr(struct fair_scratch *s, struct sched_entity *curr)
{
	u64 w = fair_sum_weight(curr, weighting, s->shift);
	s64 key = curr->vruntime - s->v0;

	s->avg += key * w;
	s->load += w;
	s->low = key;
	s->high = key;
	s->any = 1;
	if (fair_eligible(s->avg, key, s->load)) {
		s->best = (u64)curr;
		s->best_deadline = curr->deadline;
	}
	if ((u64)curr == s->chosen)
		s->member = 1;
	if (s->hook == FAIR_HOOK_PICK_TASK)
		fair_add_group(s, curr);
}

/* The choice against the rules. */
static __always_inline void fair_check_choice(struct cfs_rq *q, struct fair_scratch *s,
					      struct fair_counts *c, u32 how, u64 v)
{
	struct sched_entity *se = bpf_core_cast((void *)s->chosen, struct sched_entity);
	struct sched_entity *curr = fair_curr(q);
	bool may_stay = !(how & FAIR_WALK_FREE);

	c->checks[FAIR_CHECK_PICK]++;
	if (!s->member) {
		fair_failed(q, PICK, s->hook, NULL, s->chosen, s->best);
		return;
	}
	if (s->n + !!curr == 1)
		return;
	if (!fair_eligible(s->avg, (s64)(se->vruntime - s->v0), s->load)) {
		fair_failed(q, PICK, s->hook, se, se->vruntime, v);
		return;
	}
	if (may_stay && (u64)q->next == s->chosen)
		return;
	if (may_stay && (u64)curr == s->chosen && fair_protected(se))
		return;
	if (fair_before(s->best_deadline, se->deadline) || fair_is_mutated(FAIR_CHECK_PICK))
		fair_failed(q, PICK, s->hook, se, se->deadline, s->best_deadline);
}

/* What the walk has found against what the queue keeps. */
static __always_inline void fair_check_sums(struct cfs_rq *q, struct fair_scratch *s,
					    struct fair_counts *c, u32 how)
{
	s64 lag, mean;

	if (fair_is_mutated(FAIR_CHECK_SUM))
		s->sum += s->n;
	c->checks[FAIR_CHECK_WEIGHT]++;
	if (s->weight != s->kept_weight || fair_is_mutated(FAIR_CHECK_WEIGHT))
		fair_failed(q, WEIGHT, s->hook, NULL, s->kept_weight, s->weight);
	c->checks[FAIR_CHECK_SUM]++;
	if (s->sum != s->kept_sum)
		fair_failed(q, SUM, s->hook, NULL, s->kept_sum, s->sum);
	if (!s->any || !s->load)
		return;
	mean = fair_floor(s->avg, s->load);
	c->checks[FAIR_CHECK_ELIGIBLE]++;
	if (!s->best || fair_is_mutated(FAIR_CHECK_ELIGIBLE))
		/* V by the kept figures, and the vruntime that it should not be less than. */
		fair_failed(q, ELIGIBLE, s->hook, NULL, s->v0 + mean, s->v0 + s->low);
	lag = mean - s->low;
	if (lag < s->high - mean)
		lag = s->high - mean;
	if (lag > (s64)c->worst_lag)
		c->worst_lag = lag;
	if (how & FAIR_WALK_CHOSEN)
		fair_check_choice(q, s, c, how, s->v0 + mean);
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
	struct fair_scratch *s = fair_scratch();
	struct sched_entity *curr;
	u64 began, node;

	if (!c || !s)
		return 0;
	s->queue = queue;
	s->chosen = chosen;
	s->hook = how & 0xff;
	s->sum = 0;
	s->weight = 0;
	s->shift = fair_shift(q);
	if (!weighting) {
		fair_learn(q, s, c);
		return 0;
	}
	began = bpf_ktime_get_ns();
	s->kept_sum = fair_kept_sum(q);
	s->kept_weight = fair_kept_weight(q);
	s->v0 = fair_zero(q);
	s->avg = s->kept_sum;
	s->load = s->kept_weight;
	s->best = 0;
	s->n = 0;
	s->any = 0;
	s->member = 0;
	curr = fair_curr(q);
	if (curr)
		fair_step_curr(s, curr);
	node = fair_address(fair_first(q));
	while (node && s->n < max_walk && can_loop()) {
		fair_step(node);
		node = fair_next(node);
	}
	c->walks++;
	c->walk_ns += bpf_ktime_get_ns() - began;
	c->entities += s->n;
	if (s->n > c->longest)
		c->longest = s->n;
	if (node) {
		c->truncated++;
		c->not_checked[FAIR_ROOM_QUEUE]++;
		return 0;
	}
	c->checks[FAIR_CHECK_ORDER]++;
	c->checks[FAIR_CHECK_FOREIGN]++;
	if (fair_zero(q) != s->v0 || fair_kept_sum(q) != s->kept_sum ||
	    fair_is_mutated(FAIR_CHECK_FOREIGN))
		/* Nothing that was computed above means anything. */
		fair_failed(q, FOREIGN, s->hook, NULL, fair_zero(q), s->v0);
	else
		fair_check_sums(q, s, c, how);
	return 0;
}

#endif /* FAIR_WALK_BPF_H */
