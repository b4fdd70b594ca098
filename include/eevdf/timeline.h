/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The tree: an AVL tree ordered by deadline, equal deadlines in order of insertion, each node
 * augmented with its subtree's smallest vruntime and smallest and largest slice (fair.c:
 * __enqueue_entity, __dequeue_entity, min_vruntime_update). fair.c uses a red-black tree; a choice
 * never depends on the shape, only on the order.
 *
 * AVL, because inserting and erasing then share one way back up, which keeps heights and
 * augmentation in the same step. Depth is below 1.45 log2(n): 30 for a million entities.
 */
#ifndef EEVDF_TIMELINE_H
#define EEVDF_TIMELINE_H

#include <eevdf/vtime.h>

static inline u32 eevdf_height(const struct eevdf_entity __eevdf *e)
{
	return e ? e->height : 0;
}

/*
 * The lesser and the greater, in wrapping order, without a branch: a verifier follows each branch
 * through every round of every walk.
 */
static inline u64 eevdf_min(u64 a, u64 b)
{
	s64 d = a - b;

	return b + (d & (d >> 63));
}

static inline u64 eevdf_max(u64 a, u64 b)
{
	s64 d = a - b;

	return a - (d & (d >> 63));
}

/* Recomputes what @e knows of its subtree; true if anything changed. */
static inline bool eevdf_refresh(struct eevdf_entity __eevdf *e)
{
	const struct eevdf_entity __eevdf *l = e->left, *r = e->right;
	u64 min_v = e->vruntime, min_s = e->slice, max_s = e->slice, height = 0, diff;

	if (l) {
		height = l->height;
		min_v = eevdf_min(l->min_vruntime, min_v);
		min_s = eevdf_min(l->min_slice, min_s);
		max_s = eevdf_max(l->max_slice, max_s);
	}
	if (r) {
		height = eevdf_max(r->height, height);
		min_v = eevdf_min(r->min_vruntime, min_v);
		min_s = eevdf_min(r->min_slice, min_s);
		max_s = eevdf_max(r->max_slice, max_s);
	}
	height++;
	diff = (height ^ e->height) | (min_v ^ e->min_vruntime) | (min_s ^ e->min_slice) |
	       (max_s ^ e->max_slice);
	e->height = height;
	e->min_vruntime = min_v;
	e->min_slice = min_s;
	e->max_slice = max_s;
	return diff;
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
	eevdf_refresh(e);
	eevdf_refresh(up);
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
	eevdf_refresh(e);
	eevdf_refresh(up);
}

/*
 * One node on the way up: what it knows of its subtree, then the balance. True if what it knows has
 * changed or somebody else is in its place.
 *
 * Apart from the loop, so that a verifier needs to follow its branches once and not in every round.
 */
eevdf_global bool eevdf_rebalance(struct eevdf_timeline __eevdf *tl __eevdf_arg,
				  struct eevdf_entity __eevdf *e __eevdf_arg)
{
	struct eevdf_entity __eevdf *l = e->left, *r = e->right;
	u32 hl = eevdf_height(l), hr = eevdf_height(r);

	if (hl > hr + 1) {
		if (eevdf_height(l->right) > eevdf_height(l->left))
			eevdf_rotate_left(tl, l);
		eevdf_rotate_right(tl, e);
		return true;
	}
	if (hr > hl + 1) {
		if (eevdf_height(r->left) > eevdf_height(r->right))
			eevdf_rotate_right(tl, r);
		eevdf_rotate_left(tl, e);
		return true;
	}
	return eevdf_refresh(e);
}

/*
 * From @e up to the root. Ends where nothing changes, but not before it has passed @through (or at
 * once if that is NULL).
 */
static inline void eevdf_retrace(struct eevdf_timeline __eevdf *tl, struct eevdf_entity __eevdf *e,
				 struct eevdf_entity __eevdf *through)
{
	while (e && EEVDF_CAN_LOOP) {
		struct eevdf_entity __eevdf *parent = e->parent;
		bool changed = eevdf_rebalance(tl, e);

		if (e == through)
			through = NULL;
		if (!changed && !through)
			return;
		e = parent;
	}
	if (e)
		tl->broken_walks++;
}

/**
 * eevdf_insert() - put an entity into the tree and the sums (__enqueue_entity)
 * @tl: its timeline
 * @e: not in a tree; vruntime, deadline, slice and weight are final while it is
 *
 * Return: false if the walk did not end within its bound; the entity is then not in the tree.
 */
eevdf_global bool eevdf_insert(struct eevdf_timeline __eevdf *tl __eevdf_arg,
			       struct eevdf_entity __eevdf *e __eevdf_arg)
{
	struct eevdf_entity __eevdf *parent = NULL, *n = tl->root;
	bool left = false, first = true;

	while (n && EEVDF_CAN_LOOP) {
		parent = n;
		left = eevdf_before(e->deadline, n->deadline);
		if (left) {
			n = n->left;
		} else {
			n = n->right;
			first = false;
		}
	}
	if (n) {
		tl->broken_walks++;
		return false;
	}

	e->left = NULL;
	e->right = NULL;
	e->parent = parent;
	e->height = 1;
	e->min_vruntime = e->vruntime;
	e->min_slice = e->slice;
	e->max_slice = e->slice;
	if (!parent)
		tl->root = e;
	else if (left)
		parent->left = e;
	else
		parent->right = e;
	if (first)
		tl->leftmost = e;
	e->on_tree = 1;
	tl->nr_tree++;
	eevdf_sum(tl, e, true);
	eevdf_retrace(tl, parent, NULL);
	return true;
}

/**
 * eevdf_erase() - take an entity out of the tree and the sums (__dequeue_entity)
 * @tl: its timeline
 * @e: in the tree
 *
 * Return: false if the walk to its successor did not end within its bound; nothing is changed then.
 */
eevdf_global bool eevdf_erase(struct eevdf_timeline __eevdf *tl __eevdf_arg,
			      struct eevdf_entity __eevdf *e __eevdf_arg)
{
	struct eevdf_entity __eevdf *l = e->left, *r = e->right, *start, *s = NULL;

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
	eevdf_retrace(tl, start, s);
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
