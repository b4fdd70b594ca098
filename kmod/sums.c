// SPDX-License-Identifier: GPL-2.0
/*
 * What a timeline adds up to. Each of these is a walk of the list, unless the rq has a memo of its
 * tree: made by such a walk, kept by who enters and leaves, and forgotten when anything else
 * changes an entity of the tree. The search of oracle_pick() adds everything up once more, and
 * compares.
 */
#include "oracle.h"

static s128 product(s64 key, u64 weight)
{
	return (s128)key * (s64)weight;
}

static void add(struct oracle_sum *sum, const struct oracle_se *se)
{
	if (!sum->w)
		sum->ref = se->vruntime;
	sum->n += product((s64)(se->vruntime - sum->ref), se->weight);
	sum->w += se->weight;
}

static void take(struct oracle_sum *sum, const struct oracle_se *se)
{
	sum->n -= product((s64)(se->vruntime - sum->ref), se->weight);
	sum->w -= se->weight;
}

static void add_slice(struct oracle_memo *memo, u64 slice)
{
	memo->slices += slice;
	if (slice < memo->shortest) {
		memo->shortest = slice;
		memo->nr_shortest = 0;
	}
	if (slice > memo->longest) {
		memo->longest = slice;
		memo->nr_longest = 0;
	}
	memo->nr_shortest += slice == memo->shortest;
	memo->nr_longest += slice == memo->longest;
}

static const struct oracle_memo of_nobody = { .known = true, .shortest = U64_MAX };

/**
 * oracle_remember - make the memo, if there is none
 * @rq: timeline
 */
void oracle_remember(struct oracle_rq *rq)
{
	struct oracle_memo *memo = &rq->memo;
	const struct oracle_se *se;

	if (memo->known)
		return;
	*memo = of_nobody;
	list_for_each_entry(se, &rq->tree, node) {
		add(&memo->sum, se);
		add_slice(memo, se->slice);
	}
}

/**
 * oracle_forget - vruntime, weight or slice of an entity in the tree changes
 * @rq: its timeline
 */
void oracle_forget(struct oracle_rq *rq)
{
	rq->memo.known = false;
}

/**
 * oracle_enter - into the tree, as the youngest
 * @rq: timeline
 * @se: entity that is in no tree
 */
void oracle_enter(struct oracle_rq *rq, struct oracle_se *se)
{
	struct oracle_sum *sum = &rq->memo.sum;

	list_add_tail(&se->node, &rq->tree);
	rq->nr_tree++;
	if (!rq->memo.known)
		return;
	/* The reference point moves along: years behind, the keys would leave 64 bits. */
	sum->n -= product((s64)(se->vruntime - sum->ref), sum->w);
	sum->ref = se->vruntime;
	sum->w += se->weight;
	add_slice(&rq->memo, se->slice);
}

/**
 * oracle_quit - out of the tree
 * @rq: timeline
 * @se: entity in its tree, as it was when it entered or when the memo was made
 */
void oracle_quit(struct oracle_rq *rq, struct oracle_se *se)
{
	struct oracle_memo *memo = &rq->memo;

	list_del_init(&se->node);
	rq->nr_tree--;
	if (!memo->known)
		return;
	take(&memo->sum, se);
	memo->slices -= se->slice;
	memo->nr_shortest -= se->slice == memo->shortest;
	memo->nr_longest -= se->slice == memo->longest;
	/* The second shortest is not known. */
	if (!memo->nr_shortest || !memo->nr_longest)
		memo->known = false;
}

/**
 * oracle_is_memo - is the memo what a walk of the tree added up?
 * @rq: timeline
 * @sum: over the tree, relative to the memo's reference point
 * @slices: sum of the requests, ns
 *
 * Return: true also without a memo.
 */
bool oracle_is_memo(const struct oracle_rq *rq, const struct oracle_sum *sum, u64 slices)
{
	const struct oracle_memo *memo = &rq->memo;

	return !memo->known || (sum->n == memo->sum.n && sum->w == memo->sum.w &&
				slices == memo->slices);
}

static void sum_tree(const struct oracle_rq *rq, struct oracle_sum *sum)
{
	const struct oracle_se *se;

	if (rq->memo.known) {
		*sum = rq->memo.sum;
		return;
	}
	*sum = (struct oracle_sum){ 0 };
	list_for_each_entry(se, &rq->tree, node)
		add(sum, se);
}

/**
 * oracle_sum - sum up a timeline
 * @rq: timeline
 * @with_curr: include the running entity
 * @sum: result; sum->w is 0 if there was nothing to add
 */
void oracle_sum(const struct oracle_rq *rq, bool with_curr, struct oracle_sum *sum)
{
	sum_tree(rq, sum);
	if (with_curr && rq->curr)
		add(sum, rq->curr);
}

/**
 * oracle_sum_others - sum up the tree without an entity
 * @rq: timeline; the running entity does not count
 * @se: entity, in the tree or not
 * @sum: result; sum->w is 0 if there was nothing to add
 */
void oracle_sum_others(const struct oracle_rq *rq, const struct oracle_se *se,
		       struct oracle_sum *sum)
{
	const struct oracle_se *other;

	sum_tree(rq, sum);
	list_for_each_entry(other, &rq->tree, node) {
		if (other == se) {
			take(sum, se);
			break;
		}
	}
}

/**
 * oracle_spans - does a point lie between the smallest and the largest vruntime?
 * @rq: timeline; the running entity counts
 * @v: virtual ns
 *
 * Return: true also if the timeline is empty.
 */
bool oracle_spans(const struct oracle_rq *rq, u64 v)
{
	const struct oracle_se *se;
	bool below = false, above = false;

	if (rq->curr) {
		below = !oracle_before(v, rq->curr->vruntime);
		above = !oracle_before(rq->curr->vruntime, v);
	}
	list_for_each_entry(se, &rq->tree, node) {
		if (below && above)
			break;
		below |= !oracle_before(v, se->vruntime);
		above |= !oracle_before(se->vruntime, v);
	}
	return (below && above) || (!rq->curr && list_empty(&rq->tree));
}

/**
 * oracle_min_slice - shortest request on the timeline, ns; ~0 if it is empty
 * @rq: timeline; the running entity counts
 *
 * Return: see above (cfs_rq_min_slice).
 */
u64 oracle_min_slice(const struct oracle_rq *rq)
{
	u64 min = rq->memo.known ? rq->memo.shortest : U64_MAX;
	const struct oracle_se *se;

	if (rq->curr && rq->curr->slice < min)
		min = rq->curr->slice;
	if (!rq->memo.known)
		list_for_each_entry(se, &rq->tree, node)
			if (se->slice < min)
				min = se->slice;
	return min;
}

/**
 * oracle_max_slice - longest request on the timeline, ns; 0 if it is empty
 * @rq: timeline; the running entity counts
 *
 * Return: see above (cfs_rq_max_slice).
 */
u64 oracle_max_slice(const struct oracle_rq *rq)
{
	u64 max = rq->memo.known ? rq->memo.longest : 0;
	const struct oracle_se *se;

	if (rq->curr && rq->curr->slice > max)
		max = rq->curr->slice;
	if (!rq->memo.known)
		list_for_each_entry(se, &rq->tree, node)
			if (se->slice > max)
				max = se->slice;
	return max;
}

/**
 * oracle_tree_weight - sum of the weights in the tree
 * @rq: timeline; the running entity does not count
 *
 * Return: what sum_weight must be.
 */
u64 oracle_tree_weight(const struct oracle_rq *rq)
{
	struct oracle_sum sum;

	sum_tree(rq, &sum);
	return sum.w;
}

/**
 * oracle_tree_w_vruntime - sum over the tree of (vruntime - zero) * weight, modulo 2^64
 * @rq: timeline; the running entity does not count
 * @zero: the timeline's reference point, virtual ns
 *
 * Return: what sum_w_vruntime must be.
 */
u64 oracle_tree_w_vruntime(const struct oracle_rq *rq, u64 zero)
{
	struct oracle_sum sum;

	sum_tree(rq, &sum);
	return oracle_w_vruntime(&sum, zero);
}
