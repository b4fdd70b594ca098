// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "sim_engine.h"

const char *const sim_check_names[] = {
#define NAME(id, name, what) [SIM_CHECK_##id] = name,
	SIM_CHECKS(NAME)
#undef NAME
};

/**
 * sim_check_violated() - count what does not hold; the first time is kept in words
 * @sim: the machine
 * @check: what does not hold
 * @c: where
 * @t: whose account, or NULL
 * @got: the figure
 * @low: it should be at least that
 * @high: and at most that
 */
void sim_check_violated(struct sim *sim, enum sim_check check, const struct sim_cpu *c,
			const struct sim_task *t, s64 got, s64 low, s64 high)
{
	struct sim_result *res = sim->res;
	char who[32] = "";

	res->violations[check]++;
	if (*res->first)
		return;
	if (t)
		snprintf(who, sizeof(who), " task %u", sim_id(sim, t));
	snprintf(res->first, sizeof(res->first),
		 "%s at %llu ns, cpu %u%s, %u there: got %lld, not from %lld to %lld",
		 sim_check_names[check], sim->now, c->index, who, eevdf_nr(&c->tl), got, low, high);
}

static void expect(struct sim *sim, enum sim_check check, const struct sim_cpu *c,
		   const struct sim_task *t, s64 got, s64 low, s64 high)
{
	sim->res->checked[check]++;
	if (got < low || got > high)
		sim_check_violated(sim, check, c, t, got, low, high);
}

/*
 * Theorem 1 of Stoica and Abdel-Wahab: -r < lag < max(r, q), r the task's own longest request, q
 * the longest turn of anybody. A request that was exceeded by o makes both bounds r + o; that one
 * is inclusive for rounding to whole ns, of V, of the vruntime and of the end of the turn.
 *
 * Where slices end at ticks, o may be many r, and others may exceed theirs one after the other
 * before somebody whose deadline was given for r: nothing bounds lag from above then.
 */
static void theorem(struct sim *sim, struct sim_cpu *c, struct sim_task *t, s64 lag)
{
	u64 over = sim->res->overrun + 1, own = t->e.slice;
	u64 longest = eevdf_max_slice(&c->tl);
	s64 high = INT64_MAX;

	if (own > longest)
		longest = own;
	if (!sim->cfg->tick)
		high = eevdf_scale(longest + over, t->e.weight) + 1;
	expect(sim, SIM_CHECK_THEOREM, c, t, lag, -(s64)eevdf_scale(own + over, t->e.weight) - 1,
	       high);
}

/**
 * sim_check_lag() - a lag for the distribution, and for Theorem 1
 * @sim: the machine
 * @c: a CPU with at least two tasks
 * @t: one of them
 * @avg: V
 * @moment: what happens
 */
void sim_check_lag(struct sim *sim, struct sim_cpu *c, struct sim_task *t, u64 avg,
		   enum sim_moment moment)
{
	s64 lag = avg - t->e.vruntime, service = sim_service(lag, t->e.weight);

	sim_lag_add(&sim->res->lag[t->nice + 20][moment], service);
	sim_lag_add(&sim->res->lag_all[moment], service);
	if (c->steady)
		theorem(sim, c, t, lag);
}

/* The fewest entities that an AVL tree of a height has. */
static u32 fewest(u32 height)
{
	u32 a = 0, b = 1, sum;

	while (height--) {
		sum = a + b + 1;
		a = b;
		b = sum;
	}
	return a;
}

/**
 * sim_check_cost() - what an operation on the tree has cost
 * @sim: the machine
 * @c: whose tree
 * @op: enum sim_op
 * @nr: entities in the tree before it
 * @rounds: of the loops
 */
void sim_check_cost(struct sim *sim, struct sim_cpu *c, enum sim_op op, u32 nr, u64 rounds)
{
	/* A pick goes down once, the others down and up again. */
	u32 height = op == SIM_OP_PICK ? rounds : (rounds + 1) / 2;
	struct sim_cost *cost;

	sim->res->checked[SIM_CHECK_COST]++;
	if (height > 40 || nr < fewest(height))
		sim_check_violated(sim, SIM_CHECK_COST, c, NULL, rounds, 0, nr);
	if (!nr)
		return;
	cost = &sim->res->cost[op][31 - __builtin_clz(nr)];
	cost->ops++;
	cost->rounds += rounds;
	if (rounds > cost->max || (rounds == cost->max && nr < cost->max_nr) || cost->ops == 1) {
		cost->max = rounds;
		cost->max_nr = nr;
	}
}

/* What a walk along the waiting tasks and the ghosts finds, which does not use the tree. */
struct recount {
	u64 avg;
	u64 sum;
	u64 weight;
	__int128 lags;
	u32 nr;
};

static void recount_one(struct sim *sim, struct sim_cpu *c, struct eevdf_entity *e,
			struct recount *r)
{
	s64 lag = r->avg - e->vruntime;

	if (e != c->tl.curr) {
		r->sum += (e->vruntime - c->tl.zero_vruntime) * e->weight;
		r->weight += e->weight;
		r->nr++;
	}
	r->lags += (__int128)lag * (s64)e->weight;
	if (c->steady)
		theorem(sim, c, sim_task_of(e), lag);
}

static void recount(struct sim *sim, struct sim_cpu *c)
{
	struct eevdf_timeline *tl = &c->tl;
	struct recount r = { .avg = eevdf_avg(tl) };
	struct eevdf_entity *e;
	s64 whole, curr = tl->curr ? tl->curr->weight : 0;

	if (eevdf_nr(tl) < 2)
		return;
	for (e = tl->oldest; e; e = e->newer)
		recount_one(sim, c, e, &r);
	for (e = c->ghosts; e; e = e->newer)
		recount_one(sim, c, e, &r);
	if (tl->curr)
		recount_one(sim, c, tl->curr, &r);
	expect(sim, SIM_CHECK_SUMS, c, NULL, r.sum, tl->sum_w_vruntime, tl->sum_w_vruntime);
	expect(sim, SIM_CHECK_SUMS, c, NULL, r.weight, tl->sum_weight, tl->sum_weight);
	expect(sim, SIM_CHECK_SUMS, c, NULL, r.nr, tl->nr_tree, tl->nr_tree);
	/* V is rounded down by less than one, so each weight is short by less than itself. */
	whole = r.weight + curr;
	if (r.lags > INT64_MAX || r.lags < INT64_MIN)
		r.lags = r.lags > 0 ? INT64_MAX : INT64_MIN;
	expect(sim, SIM_CHECK_LAG_SUM, c, NULL, r.lags, 1 - whole, 0);
}

/**
 * sim_check_step() - after a decision: every so often, look at everything of a timeline
 * @sim: the machine
 * @c: whose
 */
void sim_check_step(struct sim *sim, struct sim_cpu *c)
{
	if (!sim->cfg->check || sim->decisions < sim->next_check)
		return;
	sim->next_check = sim->decisions + sim->cfg->check;
	recount(sim, c);
}

/*
 * What a busy loop has had against what it is due. Independent of vruntimes: their rounding is what
 * is allowed beyond Theorem 1, less than one virtual ns each time that somebody was charged, of
 * which everybody else bears its part. With ticks nobody is bound to be on time, see theorem().
 */
static void ideal(struct sim *sim, struct sim_cpu *c)
{
	struct sim_result *res = sim->res;
	struct eevdf_entity *e = c->tl.curr;
	__int128 rounded = 0;
	u64 weight = 0, due, lost, bound;
	struct sim_task *t;
	s64 ahead;

	if (!c->constant || !e || !c->tl.nr_tree)
		return;
	for (; e; e = e == c->tl.curr ? c->tl.oldest : e->newer) {
		t = sim_task_of(e);
		if (t->burst != SIM_FOREVER)
			return;
		weight += e->weight;
		rounded += (__int128)t->charges * e->weight;
	}
	bound = eevdf_max_slice(&c->tl) + res->overrun;
	for (e = c->tl.curr; e; e = e == c->tl.curr ? c->tl.oldest : e->newer) {
		t = sim_task_of(e);
		due = (__int128)sim->now * e->weight / weight;
		lost = 1 + (t->charges * (__int128)e->weight + rounded * e->weight / weight) /
				   (s64)EEVDF_NICE_0;
		ahead = t->service - due;
		if (!res->ideal_tasks || ahead < res->ideal_low)
			res->ideal_low = ahead;
		if (!res->ideal_tasks || ahead > res->ideal_high)
			res->ideal_high = ahead;
		res->ideal_tasks++;
		expect(sim, SIM_CHECK_IDEAL, c, t, ahead,
		       sim->cfg->tick ? -INT64_MAX : -(s64)(bound + lost), bound + lost);
	}
}

/**
 * sim_check_end() - what is looked at once, with everybody charged
 * @sim: the machine
 */
void sim_check_end(struct sim *sim)
{
	u32 i;

	for (i = 0; i < sim->cfg->cpus; i++) {
		struct sim_cpu *c = &sim->cpus[i];

		ideal(sim, c);
		if (sim->cfg->check)
			recount(sim, c);
		expect(sim, SIM_CHECK_TREE, c, NULL, c->tl.key_overflows + c->tl.broken_walks, 0,
		       0);
	}
}

static void trace_one(struct sim *sim, struct eevdf_entity *e, u64 avg)
{
	fprintf(sim->trace, "%llu\t%u\t%lld\n", sim->now, sim_id(sim, sim_task_of(e)),
		sim_service(avg - e->vruntime, e->weight));
}

/**
 * sim_trace() - the lag of everybody on a timeline, as it is now
 * @sim: the machine
 * @c: charged up to now; between two calls lags change at a constant rate
 */
void sim_trace(struct sim *sim, struct sim_cpu *c)
{
	struct eevdf_entity *e;
	u64 avg;

	if (!sim->trace)
		return;
	avg = eevdf_avg(&c->tl);
	if (c->tl.curr)
		trace_one(sim, c->tl.curr, avg);
	for (e = c->tl.oldest; e; e = e->newer)
		trace_one(sim, e, avg);
	for (e = c->ghosts; e; e = e->newer)
		trace_one(sim, e, avg);
}
