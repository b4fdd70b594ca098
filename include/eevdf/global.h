/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Fairness among the tasks of several timelines. The fair class balances loads; how far a task is
 * off its share of the whole machine nobody knows there, and three equal loops on two CPUs get 50,
 * 50 and 100 % until the balancer happens to move one.
 *
 * A task's level is the service that it has had as one clock over all timelines:
 *
 *	level = vruntime + base + offset
 *
 * with a base for each timeline and an offset for each entity. When a runnable task moves, its
 * vruntime becomes another timeline's, and its offset takes up the difference. The level of a
 * timeline is the weighted average of its entities', which is V + base + the average offset. A new
 * or waking task brings nothing: it has the level of the timeline that it joins, but for its lag.
 *
 * In a fluid schedule of the whole machine all levels would rise at the same rate. They do not: a
 * timeline's rises as 1 / (its weight). So the one that runs ahead, which is less loaded, takes a
 * task from one that falls behind; that turns the rates round, and their distance stays bounded.
 * What the task has had less than those whom it joins becomes lag there, which brings the levels of
 * one timeline together.
 */
#ifndef EEVDF_GLOBAL_H
#define EEVDF_GLOBAL_H

#include <eevdf/lag.h>

/*
 * A timeline that is so far ahead of another takes a task of it, virtual ns. Less means more moves,
 * more means that service is further from its share.
 */
#define EEVDF_AHEAD 3000000LL
/*
 * No level is carried further than this from where it goes, virtual ns: a task that may not move,
 * or whose weight is more than a CPU's worth, gets behind or ahead without end.
 */
#define EEVDF_LEVEL_MAX 32000000LL
/* Weights in 1024ths of nice 0 here: offsets times weights of a million tasks stay in 64 bits. */
#define EEVDF_LEVEL_SHIFT 10

static inline s64 eevdf_level_weight(u64 weight)
{
	return (weight >> EEVDF_LEVEL_SHIFT) + 1;
}

/**
 * eevdf_level() - service that an entity has had, by the clock of all timelines
 * @tl: its timeline
 * @e: the entity
 */
static inline u64 eevdf_level(const struct eevdf_timeline __eevdf *tl,
			      const struct eevdf_entity __eevdf *e)
{
	return e->vruntime + tl->base + e->offset;
}

/* Average offset of a timeline's entities, in virtual ns. */
static inline s64 eevdf_mean_offset(const struct eevdf_timeline __eevdf *tl)
{
	return tl->offset_weight ? eevdf_div_floor(tl->sum_w_offset, tl->offset_weight) : 0;
}

/**
 * eevdf_mean_level() - the weighted average of the levels of a timeline's entities
 * @tl: the timeline
 */
static inline u64 eevdf_mean_level(const struct eevdf_timeline __eevdf *tl)
{
	return eevdf_avg(tl) + tl->base + eevdf_mean_offset(tl);
}

/**
 * eevdf_join_level() - an entity has joined a timeline
 * @tl: the timeline
 * @e: the entity, placed
 * @machine: the level of any timeline; for one that was empty
 */
static inline void eevdf_join_level(struct eevdf_timeline __eevdf *tl,
				    struct eevdf_entity __eevdf *e, u64 machine)
{
	s64 weight = eevdf_level_weight(e->weight), mean;

	if (!tl->offset_weight) {
		if (e->has_level)
			machine += eevdf_within(e->level - machine, EEVDF_LEVEL_MAX);
		tl->base = machine - e->vruntime;
		e->offset = 0;
	} else {
		/* As its neighbours; its lag, which V - vruntime is, is not taken from it. */
		mean = eevdf_mean_offset(tl);
		e->offset = mean;
		if (e->has_level)
			e->offset += eevdf_within(e->level - eevdf_level(tl, e),
						  EEVDF_LEVEL_MAX);
	}
	tl->sum_w_offset += weight * e->offset;
	tl->offset_weight += weight;
}

/**
 * eevdf_leave_level() - an entity is about to leave its timeline
 * @tl: the timeline
 * @e: the entity, charged
 * @keep: it stays runnable, and takes its level along
 */
static inline void eevdf_leave_level(struct eevdf_timeline __eevdf *tl,
				     struct eevdf_entity __eevdf *e, bool keep)
{
	s64 weight = eevdf_level_weight(e->weight);

	e->level = eevdf_level(tl, e);
	e->has_level = keep;
	tl->sum_w_offset -= weight * e->offset;
	tl->offset_weight -= weight;
}

/**
 * eevdf_reweight_level() - an entity is about to weigh more or less
 * @tl: its timeline
 * @e: the entity
 * @weight: the new one, [2, 2^28]
 */
static inline void eevdf_reweight_level(struct eevdf_timeline __eevdf *tl,
					struct eevdf_entity __eevdf *e, u64 weight)
{
	s64 more = eevdf_level_weight(weight) - eevdf_level_weight(e->weight);

	tl->sum_w_offset += more * e->offset;
	tl->offset_weight += more;
}

/**
 * eevdf_bound_level() - a timeline that cannot be helped is taken along
 * @tl: the timeline
 * @ahead: its level less that of the others, virtual ns
 *
 * Return: by how much its level rose, virtual ns.
 */
static inline s64 eevdf_bound_level(struct eevdf_timeline __eevdf *tl, s64 ahead)
{
	s64 rise = eevdf_within(ahead, EEVDF_LEVEL_MAX) - ahead;

	tl->base += rise;
	return rise;
}

/**
 * eevdf_owed() - the lag that a waiting entity takes to a timeline that is ahead
 * @tl: its timeline, before it leaves
 * @e: the entity
 * @weight: what the other timeline's entities weigh
 * @level: their average level
 *
 * What it has had less than those whom it joins, and itself, on average; bounded as lag is. So the
 * other timeline pays it by the rules that it has for lag, and when nobody there has lag all levels
 * are equal. Nothing else brings levels of one timeline together.
 */
static inline s64 eevdf_owed(const struct eevdf_timeline __eevdf *tl,
			     const struct eevdf_entity __eevdf *e, u64 weight, u64 level)
{
	s64 others = weight >> EEVDF_LEVEL_SHIFT;
	s64 less = eevdf_within(level - eevdf_level(tl, e), EEVDF_LEVEL_MAX);

	less = eevdf_div_zero(less * others, others + eevdf_level_weight(e->weight));
	return eevdf_within(less, eevdf_lag_limit(tl, e));
}

/**
 * eevdf_may_move() - does it serve both timelines that a waiting entity moves to the other
 * @tl: its timeline
 * @e: the entity
 * @weight: what the other timeline's entities weigh
 * @level: their average level
 *
 * It is owed something by those whom it joins, for it runs at once there. And either weights become
 * more equal, or the other timeline is ahead by enough, and rises faster.
 */
static inline bool eevdf_may_move(const struct eevdf_timeline __eevdf *tl,
				  const struct eevdf_entity __eevdf *e, u64 weight, u64 level)
{
	s64 more = eevdf_total_weight(tl) - weight;
	s64 ahead = level - eevdf_mean_level(tl);

	return eevdf_before(eevdf_level(tl, e), level) &&
	       (more >= 2 * (s64)e->weight || (more > 0 && ahead > EEVDF_AHEAD));
}

/**
 * eevdf_rather_moves() - of two that may, does this one fit better
 * @tl: their timeline
 * @e: this one
 * @than: the other one
 * @weight: what the other timeline's entities weigh
 *
 * The one that leaves weights more equal; else levels run apart the other way until the next move.
 * Of two that fit as well, the one that has had more.
 */
static inline bool eevdf_rather_moves(const struct eevdf_timeline __eevdf *tl,
				      const struct eevdf_entity __eevdf *e,
				      const struct eevdf_entity __eevdf *than, u64 weight)
{
	s64 more = eevdf_total_weight(tl) - weight;
	s64 left = more - 2 * (s64)e->weight, other = more - 2 * (s64)than->weight;

	left = left < 0 ? -left : left;
	other = other < 0 ? -other : other;
	if (left != other)
		return left < other;
	return eevdf_before(eevdf_level(tl, than), eevdf_level(tl, e));
}

#endif /* EEVDF_GLOBAL_H */
