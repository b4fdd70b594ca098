/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Lag of groups. A group's tasks are on many timelines, and lags of a timeline cannot show what the
 * group has had: where its members are crowded one evening and few the next, where weights follow
 * late, where a sleeper's lag is cut, the loss is nobody's there. One that sleeps and wakes all the
 * time loses beside one that computes, by some percent.
 *
 * So what a group has had is compared with what a fluid schedule of the whole machine would have
 * given it: members that compete for their parent's service get it in proportion to their weights,
 * but no member gets more CPUs than it has tasks that can run. Such a member is *closed*: as many
 * CPUs are due to it, and what those leave is divided among the others, the *open* ones.
 *
 *	clock of a parent	d clock = (d service of members - closed CPUs * dt) / open weights
 *	due to an open member	weight * d clock
 *	due to a closed one	CPUs * dt
 *	owed			sum of due - had, within +-32 ms, forgotten in some seconds
 *
 * A group that is owed 1 ms weighs 1/64 more, up to a half; one that is ahead less. Of two groups
 * of equal weight each then gets back what it is owed with a time constant of 64 ms: long against a
 * turn, short against the second over which shares are looked at.
 *
 * A group with groups in it has no tasks of its own, but for threads; those are taken for open,
 * with the weight that they have when the clock is next looked at.
 *
 * A member's state is set down anew when it becomes active or inactive, when it weighs or can use
 * something else, and with ticks; what its siblings do to it in between is seen then. Who calls
 * holds the locks of the member and of its parent.
 */
#ifndef EEVDF_GROUP_LAG_H
#define EEVDF_GROUP_LAG_H

#include <eevdf/group.h>
#include <eevdf/vtime.h>

/* CPU time owed for which a group weighs 1/64 more, ns: a power of two, about 1 ms. */
#define EEVDF_EAGER_STEP (1ULL << 20)
/* No group is owed more, ns. */
#define EEVDF_OWED_MAX ((s64)(EEVDF_EAGER_MAX * EEVDF_EAGER_STEP))
/*
 * With this time constant it is forgotten, ns: 8.6 s. What all members would get too little or too
 * much of, because a state was seen late, must not add up.
 */
#define EEVDF_OWED_TIME (1ULL << 33)
/* No more service is put into a clock at once, ns: 18 minutes. */
#define EEVDF_CLOCK_MAX (1LL << 40)

/* A parent's clock goes on to @now. */
static inline void eevdf_group_clock(struct eevdf_group __eevdf *p, u64 now)
{
	s64 had = p->had - p->clock_had, time = now - p->clock_time, rise;
	u64 open = p->load - p->closed_load;

	p->clock_had += had;
	if (time > 0)
		p->clock_time = now;
	else
		time = 0;
	if (!open || open > p->load)
		return;
	had = eevdf_within(had - p->closed_cpus * time, EEVDF_CLOCK_MAX);
	rise = eevdf_div_zero(had * (s64)EEVDF_NICE_0, open);
	p->clock += rise;
	/* The rest is for the next time: else all members would fall behind together. */
	p->clock_had -= had - eevdf_div_zero(rise * (s64)open, EEVDF_NICE_0);
}

/* The unit of eevdf_group_part(), of a CPU. */
#define EEVDF_PART_ONE (1ULL << 30)

/* CPUs due to a member that could use all of them. */
static inline s64 eevdf_group_part(const struct eevdf_group __eevdf *g, u32 cpus)
{
	const struct eevdf_group __eevdf *p = g->parent;
	u64 part = EEVDF_PART_ONE, less = 0, open;

	while (p && EEVDF_CAN_LOOP) {
		open = eevdf_group_load(p->load - p->closed_load + g->closed, g->weight);
		part = part * g->weight / open;
		less += part * (p->closed_cpus - g->due_cpus);
		if (p->due_cpus || !p->parent) {
			cpus = p->due_cpus ? p->due_cpus : cpus;
			break;
		}
		g = p;
		p = g->parent;
	}
	return part * cpus - less;
}

/**
 * eevdf_group_closed() - is a member active, and would more be due to it than it can use
 * @g: the member
 * @cpus: how many CPUs there are
 */
static inline bool eevdf_group_closed(const struct eevdf_group __eevdf *g, u32 cpus)
{
	return g->load && g->members < cpus &&
	       eevdf_group_part(g, cpus) > (s64)(g->members * EEVDF_PART_ONE);
}

/**
 * eevdf_group_settle() - what a member is owed, as of now
 * @g: the member, as it was
 * @now: ns of the caller's clock
 */
static inline void eevdf_group_settle(struct eevdf_group __eevdf *g, u64 now)
{
	struct eevdf_group __eevdf *p = g->parent;
	u64 had = g->had - g->had_seen, time;
	s64 clock, due = had;

	eevdf_group_clock(p, now);
	clock = p->clock - g->clock_seen;
	time = p->clock_time - g->time_seen;
	if (g->due_cpus)
		due = g->due_cpus * time;
	else if (g->due_weight)
		due = (eevdf_within(clock, (s64)(EEVDF_SERVICE_MAX / g->due_weight)) *
		       (s64)g->due_weight + (1 << 19)) >> 20;
	g->had_seen += had;
	g->clock_seen = p->clock;
	g->time_seen = p->clock_time;
	time = time < EEVDF_OWED_TIME ? time : EEVDF_OWED_TIME;
	g->owed -= eevdf_div_zero(g->owed * (s64)time, EEVDF_OWED_TIME);
	g->owed = eevdf_within(g->owed + eevdf_within(due - (s64)had, EEVDF_CLOCK_MAX),
			       EEVDF_OWED_MAX);
	g->eager = eevdf_div_zero(g->owed, EEVDF_EAGER_STEP);
}

/**
 * eevdf_group_state() - what is due to a member from now on
 * @g: the member, settled, and as it is now; its parent's load is what it is now, too
 * @cpus: how many CPUs there are
 */
static inline void eevdf_group_state(struct eevdf_group __eevdf *g, u32 cpus)
{
	struct eevdf_group __eevdf *p = g->parent;
	bool closed = eevdf_group_closed(g, cpus);

	p->closed_load -= g->closed;
	p->closed_cpus -= g->due_cpus;
	g->closed = closed ? g->weight : 0;
	g->due_cpus = closed ? g->members : 0;
	g->due_weight = g->load && !closed ? g->weight : 0;
	p->closed_load += g->closed;
	p->closed_cpus += g->due_cpus;
}

#endif /* EEVDF_GROUP_LAG_H */
