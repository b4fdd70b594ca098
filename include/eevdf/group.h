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
 *
 * What a group has had less than was due to it makes it weigh more for a while: group_lag.h.
 */
#ifndef EEVDF_GROUP_H
#define EEVDF_GROUP_H

#include <eevdf/weight.h>

/* A group weighs so many 64ths more at most, or less. */
#define EEVDF_EAGER_MAX 32

/**
 * struct eevdf_group - a group of tasks and groups
 * @parent: the group that it is a member of; NULL: the root, whose own tasks are not counted
 * @weight: what it weighs there, 1024 * 1024 = nice 0, [2, 2^28]
 * @load: what its active members weigh
 * @had: service of all that are in it, ns; counted by whoever runs, without the lock
 * @owed: what it has had less than was due, ns; this and all that follows is group_lag.h's
 * @had_seen: of @had, what is in @owed
 * @clock_seen: of the parent's @clock, the same
 * @time_seen: of the caller's, ns, the same
 * @due_weight: due to it is this part of what the parent's members have; 0: see @due_cpus
 * @due_cpus: due to it are as many CPUs, all that it can use; 0, and no @due_weight: nothing
 * @closed: by which it is in the parent's @closed_load
 * @clock: service due to a member for each unit of its weight, virtual ns
 * @clock_had: of @had, what is in @clock
 * @clock_time: of the caller's, ns, the same
 * @closed_load: of @load, those that have @due_cpus
 * @closed_cpus: the sum of these
 * @members: CPUs that the active members could use
 * @told: as how many of these the parent counts it
 * @eager: 64ths that it weighs more
 */
struct eevdf_group {
	struct eevdf_group __eevdf *parent;
	u64 weight;
	u64 load;
	u64 had;
	s64 owed;
	u64 had_seen;
	u64 clock_seen;
	u64 time_seen;
	u64 due_weight;
	u64 closed;
	u64 clock;
	u64 clock_had;
	u64 clock_time;
	u64 closed_load;
	u32 due_cpus;
	u32 closed_cpus;
	u32 members;
	u32 told;
	s64 eager;
};

/* Sums are read while others change them; a member that is active weighs at least what it does. */
static inline u64 eevdf_group_load(u64 load, u64 member)
{
	return load < member ? member : load;
}

/* What it weighs for now, for what it has had. */
static inline u64 eevdf_group_eager_weight(const struct eevdf_group __eevdf *g)
{
	return g->weight * (64 + g->eager) / 64;
}

/**
 * eevdf_group_weight() - what a group's active members weigh together, by the weights of the root
 * @g: the group, active, and not the root
 *
 * Return: [0, 2^28]; 0 if rounding leaves nothing.
 */
static inline u64 eevdf_group_weight(const struct eevdf_group __eevdf *g)
{
	u64 weight = eevdf_group_eager_weight(g), member = g->weight;

	for (g = g->parent; g && g->parent && EEVDF_CAN_LOOP; g = g->parent) {
		weight = weight * eevdf_group_eager_weight(g) / eevdf_group_load(g->load, member);
		member = g->weight;
	}
	return weight < EEVDF_WEIGHT_MAX ? weight : EEVDF_WEIGHT_MAX;
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
