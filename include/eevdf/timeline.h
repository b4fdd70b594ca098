/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The tree: an AVL tree ordered by deadline, equal deadlines in order of insertion, each node
 * augmented with its subtree's smallest vruntime and smallest and largest slice (fair.c:
 * __enqueue_entity, __dequeue_entity, min_vruntime_update). fair.c uses a red-black tree; a choice
 * never depends on the shape, only on the order.
 *
 * AVL, because its depth is below 1.45 log2(n): 30 for a million entities. An insertion tells the
 * subtrees of the newcomer on the way down and is back after two levels on average; an erasure has
 * to go up as far as the entity was the smallest.
 */
#ifndef EEVDF_TIMELINE_H
#define EEVDF_TIMELINE_H

#include <eevdf/vtime.h>

static inline u32 eevdf_height(const struct eevdf_entity __eevdf *e)
{
	return e ? e->height : 0;
}

/* What a parent must know of a child's subtree. */
static inline void eevdf_fold(const struct eevdf_entity __eevdf *child, u64 *min_vruntime,
			      u64 *min_slice, u64 *max_slice)
{
	if (eevdf_before(child->min_vruntime, *min_vruntime))
		*min_vruntime = child->min_vruntime;
	if (child->min_slice < *min_slice)
		*min_slice = child->min_slice;
	if (child->max_slice > *max_slice)
		*max_slice = child->max_slice;
}

static inline void eevdf_refresh_height(struct eevdf_entity __eevdf *e)
{
	u32 l = eevdf_height(e->left), r = eevdf_height(e->right);

	e->height = (l > r ? l : r) + 1;
}

/* Recomputes what @e knows of its subtree; true if anything changed. */
static inline bool eevdf_refresh(struct eevdf_entity __eevdf *e)
{
	u64 min_v = e->vruntime, min_s = e->slice, max_s = e->slice;
	u32 height = e->height;

	eevdf_refresh_height(e);
	if (e->left)
		eevdf_fold(e->left, &min_v, &min_s, &max_s);
	if (e->right)
		eevdf_fold(e->right, &min_v, &min_s, &max_s);
	if (min_v == e->min_vruntime && min_s == e->min_slice && max_s == e->max_slice)
		return height != e->height;
	e->min_vruntime = min_v;
	e->min_slice = min_s;
	e->max_slice = max_s;
	return true;
}

/* @new takes @old's place below @old's parent. */
static inline void eevdf_replace(struct eevdf_timeline __eevdf *tl,
				 struct eevdf_entity __eevdf *old, struct eevdf_entity __eevdf *new)
{
	struct eevdf_entity __eevdf *p = old->parent;

	if (!p)
		tl->root = new;
	else if (p->left == old)
		p->left = new;
	else
		p->right = new;
	if (new)
		new->parent = p;
}

/* @up has taken @e's place: it is above the same entities, and one fewer are below @e. */
static inline void eevdf_turned(struct eevdf_entity __eevdf *e, struct eevdf_entity __eevdf *up)
{
	up->min_vruntime = e->min_vruntime;
	up->min_slice = e->min_slice;
	up->max_slice = e->max_slice;
	eevdf_refresh(e);
	eevdf_refresh_height(up);
}

/* @e goes down to the left, its right child takes its place. */
static inline void eevdf_rotate_left(struct eevdf_timeline __eevdf *tl,
				     struct eevdf_entity __eevdf *e)
{
	struct eevdf_entity __eevdf *up = e->right;

	eevdf_replace(tl, e, up);
	e->right = up->left;
	if (e->right)
		e->right->parent = e;
	up->left = e;
	e->parent = up;
	eevdf_turned(e, up);
}

static inline void eevdf_rotate_right(struct eevdf_timeline __eevdf *tl,
				      struct eevdf_entity __eevdf *e)
{
	struct eevdf_entity __eevdf *up = e->left;

	eevdf_replace(tl, e, up);
	e->left = up->right;
	if (e->left)
		e->left->parent = e;
	up->right = e;
	e->parent = up;
	eevdf_turned(e, up);
}

/* Neither subtree of @e is more than a level deeper than the other. */
static inline bool eevdf_balanced(const struct eevdf_entity __eevdf *e)
{
	return eevdf_height(e->left) + 1 - eevdf_height(e->right) <= 2;
}

/*
 * One subtree of @e is two levels deeper than the other: turn it. What @e knows is true.
 *
 * Apart from the loops, so that a verifier needs to follow its branches once and not in every
 * round, and because few rounds need it.
 */
eevdf_global int eevdf_rebalance(struct eevdf_timeline __eevdf *tl __eevdf_arg,
				 struct eevdf_entity __eevdf *e __eevdf_arg)
{
	struct eevdf_entity __eevdf *l = e->left, *r = e->right;

	if (eevdf_height(l) > eevdf_height(r)) {
		if (eevdf_height(l->right) > eevdf_height(l->left))
			eevdf_rotate_left(tl, l);
		eevdf_rotate_right(tl, e);
	} else {
		if (eevdf_height(r->left) > eevdf_height(r->right))
			eevdf_rotate_right(tl, r);
		eevdf_rotate_left(tl, e);
	}
	return 0;
}

/*
 * From the parent of a new leaf up, until a height does not change. The rest of what an entity
 * knows of its subtree is true already, and one turn makes the subtree as high as it was.
 */
static inline void eevdf_grow(struct eevdf_timeline __eevdf *tl, struct eevdf_entity __eevdf *e)
{
	u32 height = 1;

	while (e && EEVDF_CAN_LOOP) {
		if (e->height > height)
			return;
		if (!eevdf_balanced(e)) {
			eevdf_rebalance(tl, e);
			return;
		}
		height++;
		e->height = height;
		e = e->parent;
	}
	if (e)
		tl->broken_walks++;
}

/*
 * From @e, below which something left, up to the root. Ends where nothing changes, but not before
 * it has passed @through (or at once if that is NULL).
 */
static inline void eevdf_shrink(struct eevdf_timeline __eevdf *tl, struct eevdf_entity __eevdf *e,
				struct eevdf_entity __eevdf *through)
{
	while (e && EEVDF_CAN_LOOP) {
		struct eevdf_entity __eevdf *parent = e->parent;
		bool changed = eevdf_refresh(e);

		if (!eevdf_balanced(e)) {
			eevdf_rebalance(tl, e);
			changed = true;
		}
		if (e == through)
			through = NULL;
		if (!changed && !through)
			return;
		e = parent;
	}
	if (e)
		tl->broken_walks++;
}

/* The order of the tree: equal deadlines in order of insertion. */
static inline bool eevdf_goes_left(const struct eevdf_entity __eevdf *e,
				   const struct eevdf_entity __eevdf *n)
{
	return eevdf_before(e->deadline, n->deadline);
}

/**
 * eevdf_insert() - put an entity into the tree and the sums (__enqueue_entity)
 * @tl: its timeline
 * @e: not in a tree; vruntime, deadline, slice and weight are final while it is
 *
 * Return: false if this or an earlier walk did not end within its bound; the entity is then not in
 * the tree. Such a tree has a circle: it is left alone, for each walk would use up the bound again.
 */
eevdf_global bool eevdf_insert(struct eevdf_timeline __eevdf *tl __eevdf_arg,
			       struct eevdf_entity __eevdf *e __eevdf_arg)
{
	struct eevdf_entity __eevdf *parent = NULL, *n = tl->root;
	u64 vruntime = e->vruntime, slice = e->slice;

	if (tl->broken_walks)
		return false;
	while (n && EEVDF_CAN_LOOP) {
		parent = n;
		/* Whoever is passed on the way down has @e in its subtree. */
		if (eevdf_before(vruntime, n->min_vruntime))
			n->min_vruntime = vruntime;
		if (slice < n->min_slice)
			n->min_slice = slice;
		if (slice > n->max_slice)
			n->max_slice = slice;
		n = eevdf_goes_left(e, n) ? n->left : n->right;
	}
	if (n) {
		tl->broken_walks++;
		return false;
	}

	e->left = NULL;
	e->right = NULL;
	e->parent = parent;
	e->height = 1;
	e->min_vruntime = vruntime;
	e->min_slice = slice;
	e->max_slice = slice;
	if (!parent) {
		tl->root = e;
		tl->leftmost = e;
	} else if (eevdf_goes_left(e, parent)) {
		parent->left = e;
		if (tl->leftmost == parent)
			tl->leftmost = e;
	} else {
		parent->right = e;
	}
	e->on_tree = 1;
	tl->nr_tree++;
	eevdf_sum(tl, e, true);
	eevdf_grow(tl, parent);
	return true;
}

/**
 * eevdf_erase() - take an entity out of the tree and the sums (__dequeue_entity)
 * @tl: its timeline
 * @e: in the tree
 *
 * Return: false if the walk to its successor, or an earlier walk, did not end within its bound;
 * nothing is changed then.
 */
eevdf_global bool eevdf_erase(struct eevdf_timeline __eevdf *tl __eevdf_arg,
			      struct eevdf_entity __eevdf *e __eevdf_arg)
{
	struct eevdf_entity __eevdf *l = e->left, *r = e->right, *start, *s = NULL;

	if (tl->broken_walks)
		return false;
	if (l && r) {
		s = r;
		while (s->left && EEVDF_CAN_LOOP)
			s = s->left;
		if (s->left) {
			tl->broken_walks++;
			return false;
		}
	}
	/* The first entity has nothing to its left, so what is to its right is one leaf at most. */
	if (tl->leftmost == e)
		tl->leftmost = r ? r : e->parent;

	if (!s) {
		start = e->parent;
		eevdf_replace(tl, e, l ? l : r);
	} else {
		/* The next in order takes its place. */
		start = s;
		if (s != r) {
			start = s->parent;
			eevdf_replace(tl, s, s->right);
			s->right = r;
			r->parent = s;
		}
		s->left = l;
		l->parent = s;
		eevdf_replace(tl, e, s);
		/*
		 * What is above knows of @e's values: whether these change is what matters there.
		 */
		s->height = e->height;
		s->min_vruntime = e->min_vruntime;
		s->min_slice = e->min_slice;
		s->max_slice = e->max_slice;
	}
	e->on_tree = 0;
	tl->nr_tree--;
	eevdf_sum(tl, e, false);
	/* These are true no longer, even if nothing below changed: refresh at least up to there. */
	eevdf_shrink(tl, start, s);
	return true;
}

/**
 * eevdf_min_slice() - shortest request on the timeline, the running entity's included
 * @tl: the timeline
 *
 * Return: ~0 on an empty timeline (cfs_rq_min_slice).
 */
static inline u64 eevdf_min_slice(const struct eevdf_timeline __eevdf *tl)
{
	u64 min = tl->root ? tl->root->min_slice : ~0ULL;

	if (tl->curr && tl->curr->slice < min)
		min = tl->curr->slice;
	return min;
}

/**
 * eevdf_max_slice() - longest request on the timeline, the running entity's included
 * @tl: the timeline
 *
 * Return: 0 on an empty timeline (cfs_rq_max_slice).
 */
static inline u64 eevdf_max_slice(const struct eevdf_timeline __eevdf *tl)
{
	u64 max = tl->root ? tl->root->max_slice : 0;

	if (tl->curr && tl->curr->slice > max)
		max = tl->curr->slice;
	return max;
}

#endif /* EEVDF_TIMELINE_H */
