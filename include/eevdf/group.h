/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Weights of groups of tasks, flattened: no timeline knows of groups, and a task of a group
 * competes with all others by what its group's weight leaves for it (fair.c since 7.3:
 * __calc_prop_weight).
 *
 *	weight = own * (w / load) * (w' / load') * ...
 *
 * from its own group outwards, but for the root, whose tasks and groups compete by their own
 * weights. A group's load is what its active members weigh, on all CPUs together: tasks that can
 * run, and groups in which somebody can. It follows each of them at once; fair.c takes a decayed
 * average of it.
 *
 * What a group's tasks weigh together is then the group's weight. When one of them comes or goes
 * the others' weights are not what they should be any more; a task's is put right when it begins to
 * run, whenever it is charged, and when it joins. Nobody walks over those that wait; a scheduler
 * may put one of them right with each pick.
 */
#ifndef EEVDF_GROUP_H
#define EEVDF_GROUP_H

#include <eevdf/types.h>

/**
 * struct eevdf_group - a group of tasks and groups
 * @parent: the group that it is a member of; NULL: the root
 * @weight: what it weighs there, 1024 * 1024 = nice 0, [2, 2^28]
 * @load: what its active members weigh
 */
struct eevdf_group {
	struct eevdf_group __eevdf *parent;
	u64 weight;
	u64 load;
};

/* Sums are read while others change them; a member that is active weighs at least what it does. */
static inline u64 eevdf_group_load(u64 load, u64 member)
{
	return load < member ? member : load;
}

/**
 * eevdf_group_weight() - what a group's active members weigh together, by the weights of the root
 * @g: the group, active
 *
 * Return: [0, 2^28]; 0 if rounding leaves nothing.
 */
static inline u64 eevdf_group_weight(const struct eevdf_group __eevdf *g)
{
	u64 weight = g->weight, member = weight;

	for (g = g->parent; g && EEVDF_CAN_LOOP; g = g->parent) {
		weight = weight * g->weight / eevdf_group_load(g->load, member);
		member = g->weight;
	}
	return weight;
}

/**
 * eevdf_group_share() - what one of them weighs
 * @weight: eevdf_group_weight()
 * @load: of that group
 * @own: of the task within the group, not 0
 *
 * Return: below 2^28; to be clamped to [2, 2^28].
 */
static inline u64 eevdf_group_share(u64 weight, u64 load, u64 own)
{
	return own * weight / eevdf_group_load(load, own);
}

/**
 * eevdf_group_add() - a member becomes active or inactive, or weighs more or less
 * @g: the group, locked
 * @delta: what that changes; @g->load will not be negative
 *
 * Return: what that changes for its parent, which is to be told while @g is locked; 0: nothing.
 */
static inline s64 eevdf_group_add(struct eevdf_group __eevdf *g, s64 delta)
{
	bool was = g->load;

	g->load += delta;
	if (was == !!g->load)
		return 0;
	return was ? -(s64)g->weight : (s64)g->weight;
}

/**
 * eevdf_group_set_weight() - a group's weight changes
 * @g: the group, locked
 * @weight: the new one, [2, 2^28]
 *
 * Return: see eevdf_group_add().
 */
static inline s64 eevdf_group_set_weight(struct eevdf_group __eevdf *g, u64 weight)
{
	s64 delta = weight - g->weight;

	g->weight = weight;
	return g->load ? delta : 0;
}

#endif /* EEVDF_GROUP_H */
