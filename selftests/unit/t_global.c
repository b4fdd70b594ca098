// SPDX-License-Identifier: GPL-2.0
/*
 * Levels over several timelines: what a move keeps, where a newcomer begins, what is bounded; and
 * what they are for: n equal tasks on m timelines each get m/n, with few moves.
 */
#include "eevdf_host.h"
#include <eevdf/global.h>
#include "tap.h"

#define MS 1000000LL
#define SLICE 700000LL
#define TICK (4 * MS)
#define W(nice) eevdf_weight(120 + (nice), false)
#define ENTITIES 40
#define TIMELINES 4

static struct eevdf_timeline tls[TIMELINES];
static struct eevdf_entity es[ENTITIES];
static struct eevdf_timeline *where[ENTITIES];
static u64 service[ENTITIES], at_second[ENTITIES];

static void fresh(void)
{
	for (int i = 0; i < TIMELINES; i++)
		tls[i] = (struct eevdf_timeline){ .rules = LEDGER_RULE_ALL, .base_slice = SLICE,
						  .tick = TICK, .zero_vruntime = -5ULL * i * MS };
	for (int i = 0; i < ENTITIES; i++) {
		es[i] = (struct eevdf_entity){ .weight = W(0) };
		service[i] = 0;
		at_second[i] = 0;
	}
}

static void join(struct eevdf_timeline *tl, struct eevdf_entity *e, u64 machine)
{
	eevdf_join(tl, e, false, false);
	eevdf_join_level(tl, e, machine);
	where[e - es] = tl;
}

static void leave(struct eevdf_timeline *tl, struct eevdf_entity *e, bool keep)
{
	eevdf_leave_level(tl, e, keep);
	eevdf_leave(tl, e, !keep);
}

static void t_moves(void)
{
	struct eevdf_timeline *a = &tls[0], *b = &tls[1];
	u64 mean, level;

	fresh();
	join(a, &es[0], 100 * MS);
	eq(eevdf_level(a, &es[0]), 100 * MS, "the first of a timeline begins where the machine is");
	join(a, &es[1], 700 * MS);
	eq(eevdf_level(a, &es[1]), 100 * MS, "the second where its neighbour is");
	join(b, &es[2], 103 * MS);
	es[0].vruntime += 2 * MS;	/* not in the sums: only levels are looked at */
	level = eevdf_level(a, &es[0]);
	es[0].vruntime -= 2 * MS;
	eq(level, 102 * MS, "service raises the level by as much");

	es[1].vlag = 0;
	leave(a, &es[1], true);
	join(b, &es[1], 0);
	eq(eevdf_level(b, &es[1]), 100 * MS, "a move keeps the level");
	eq(eevdf_mean_level(b), 101 * MS + MS / 2, "a timeline's is the average");
	leave(b, &es[1], false);
	mean = eevdf_mean_level(b);
	eq(mean, 103 * MS, "and what it was when that one has left");
	join(b, &es[1], 0);
	eq(eevdf_level(b, &es[1]), 103 * MS, "who slept brings nothing");

	leave(b, &es[1], true);
	es[1].level += 1000 * MS;
	join(a, &es[1], 0);
	eq(eevdf_level(a, &es[1]), 100 * MS + EEVDF_LEVEL_MAX, "no level is carried too far");
	leave(a, &es[1], true);
	leave(a, &es[0], true);
	ok(!a->sum_w_offset && !a->offset_weight, "the sums of an empty timeline are zero");
	es[0].level = 90 * MS;
	join(a, &es[0], 100 * MS);
	eq(eevdf_level(a, &es[0]), 90 * MS, "an empty timeline takes the level of its first");
	leave(a, &es[0], true);
	es[0].level = 10 * MS;
	join(a, &es[0], 100 * MS);
	eq(eevdf_level(a, &es[0]), 100 * MS - EEVDF_LEVEL_MAX, "but not one too far from others");
	leave(a, &es[0], true);
	es[0].level = 90 * MS;
	join(a, &es[0], 100 * MS);
	es[2].vlag = 0;
	eevdf_bound_level(a, -40 * MS);
	eq(eevdf_level(a, &es[0]), 98 * MS, "a timeline that is too far behind is taken along");
	eevdf_bound_level(a, -30 * MS);
	eq(eevdf_level(a, &es[0]), 98 * MS, "and another is not");
}

static void t_may_move(void)
{
	struct eevdf_timeline *a = &tls[0];

	fresh();
	join(a, &es[0], 0);
	join(a, &es[1], 0);
	ok(eevdf_may_move(a, &es[0], 0, MS), "two and nobody: one moves");
	ok(!eevdf_may_move(a, &es[0], W(0), EEVDF_AHEAD), "two and one: not if that is near");
	ok(eevdf_may_move(a, &es[0], W(0), EEVDF_AHEAD + 1), "but when it is ahead");
	es[0].offset += 10 * MS;
	a->sum_w_offset += 10 * MS * eevdf_level_weight(W(0));
	ok(!eevdf_may_move(a, &es[0], W(0), 9 * MS) && eevdf_may_move(a, &es[1], W(0), 9 * MS),
	   "not if it is owed nothing there");
	es[0].offset -= 10 * MS;
	a->sum_w_offset -= 10 * MS * eevdf_level_weight(W(0));
	ok(!eevdf_may_move(a, &es[0], 2 * W(0), 100 * MS), "two and two: never");
	ok(!eevdf_may_move(a, &es[0], W(-10), 100 * MS), "nor to a heavier one");
	ok(!eevdf_rather_moves(a, &es[0], &es[1], W(0)), "of two equal ones neither fits better");
	es[0].offset += MS;
	ok(eevdf_rather_moves(a, &es[0], &es[1], W(0)) &&
	   !eevdf_rather_moves(a, &es[1], &es[0], W(0)), "but the one that has had more moves");
	es[0].offset -= MS;
	es[2].weight = W(5);
	join(a, &es[2], 0);
	ok(eevdf_rather_moves(a, &es[2], &es[0], W(0) + W(2)) &&
	   !eevdf_rather_moves(a, &es[0], &es[2], W(0) + W(2)), "a light one if little is amiss");
	ok(eevdf_rather_moves(a, &es[0], &es[2], 0) && !eevdf_rather_moves(a, &es[2], &es[0], 0),
	   "a heavy one if much is");
}

/* Weights of levels are rounded. */
static bool near(s64 a, s64 b)
{
	return a - b < 10000 && b - a < 10000;
}

static void t_owed(void)
{
	struct eevdf_timeline *a = &tls[0], *b = &tls[1];
	s64 owed;

	fresh();
	join(a, &es[0], 100 * MS);
	join(a, &es[1], 100 * MS);
	join(b, &es[2], 103 * MS);
	eq(eevdf_owed(a, &es[1], 0, 103 * MS), 0, "where nobody is there is no lag");
	ok(near(eevdf_owed(a, &es[1], W(0), 103 * MS), 3 * MS / 2), "its part of a distance");
	ok(near(eevdf_owed(a, &es[1], W(0), 98 * MS), -MS), "on either side");
	ok(near(eevdf_owed(a, &es[1], 3 * W(0), 103 * MS), 9 * MS / 4), "more beside more");
	eq(eevdf_owed(a, &es[1], W(0), 200 * MS), SLICE + TICK, "not beyond the bound of lag");
	eq(eevdf_owed(a, &es[1], W(0), 0), -SLICE - TICK, "on neither side");
	owed = eevdf_owed(a, &es[1], W(0), eevdf_mean_level(b));
	leave(a, &es[1], true);
	es[1].vlag = owed;
	join(b, &es[1], 0);
	eq(eevdf_level(b, &es[1]), 100 * MS, "it keeps its level");
	ok(near(es[1].offset, es[2].offset), "and is as far from its neighbour as its lag says");
}

/* One turn of each timeline, in which nobody comes or goes. */
static void run(int nr_timelines, u64 ns)
{
	for (int i = 0; i < nr_timelines; i++) {
		struct eevdf_timeline *tl = &tls[i];
		struct eevdf_entity *e = eevdf_pick(tl, eevdf_avg(tl), false);

		if (!e)
			continue;
		eevdf_set(tl, e);
		eevdf_charge(tl, ns);
		eevdf_put(tl);
		service[e - es] += ns;
	}
}

/* What bpf/global.bpf.h does at a tick. Returns whether something moved. */
static bool balance(int nr_timelines, int nr, int i)
{
	struct eevdf_timeline *tl = &tls[i], *from = NULL;
	s64 level = eevdf_mean_level(tl), best = EEVDF_AHEAD;
	struct eevdf_entity *most = NULL;
	s64 owed;

	for (int k = 0; k < nr_timelines; k++) {
		s64 ahead = level - (s64)eevdf_mean_level(&tls[k]);

		if (k != i && tls[k].nr_tree > 1 && ahead > best &&
		    eevdf_total_weight(&tls[k]) > eevdf_total_weight(tl)) {
			best = ahead;
			from = &tls[k];
		}
	}
	for (int k = 0; from && k < nr; k++)
		if (where[k] == from &&
		    eevdf_may_move(from, &es[k], eevdf_total_weight(tl), level) &&
		    (!most || eevdf_rather_moves(from, &es[k], most, eevdf_total_weight(tl))))
			most = &es[k];
	if (!most)
		return false;
	owed = eevdf_owed(from, most, eevdf_total_weight(tl), level);
	leave(from, most, true);
	most->vlag = owed;
	join(tl, most, level);
	return true;
}

static void t_share(int nr, int nr_timelines, s64 bound, int moves_bound)
{
	s64 worst = 0, off;
	int moves = 0, t, k;

	fresh();
	for (k = 0; k < nr; k++)
		join(&tls[k % nr_timelines], &es[k], 0);
	for (t = 0; t < 10 * 1000 * MS / SLICE; t++) {
		run(nr_timelines, SLICE);
		if (t % 6 == 0)
			for (k = 0; k < nr_timelines; k++)
				moves += balance(nr_timelines, nr, k);
		if (t % (1000 * MS / SLICE) || !t)
			continue;
		for (k = 0; k < nr; k++) {
			off = (s64)(service[k] - at_second[k]) -
			      SLICE * (1000 * MS / SLICE) * nr_timelines / nr;
			if (off < 0)
				off = -off;
			if (off > worst && t > 1000 * MS / SLICE)
				worst = off;
			at_second[k] = service[k];
		}
	}
	diag("%d on %d: at most %lld us off in a second, %d moves in ten", nr, nr_timelines,
	     worst / 1000, moves);
	ok(worst <= bound, "%d on %d: each second within %lld ms", nr, nr_timelines, bound / MS);
	ok(moves > 0 && moves <= moves_bound, "%d on %d: not more than %d moves", nr, nr_timelines,
	   moves_bound);
}

int main(void)
{
	plan(31 + 8);
	t_moves();
	t_may_move();
	t_owed();
	t_share(3, 2, 10 * MS, 1000);
	t_share(5, 4, 10 * MS, 2000);
	t_share(7, 4, 10 * MS, 2000);
	t_share(33, 4, 10 * MS, 1000);
	return done();
}
