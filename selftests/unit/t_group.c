// SPDX-License-Identifier: GPL-2.0
/*
 * Groups: random trees of them in which tasks come, go and weigh anew; after each step every load
 * is what its active members weigh, counted one by one, and every task's weight is the product of
 * its shares. Then the same with mistakes in what the header does, each of which must be found.
 */
#include "eevdf_host.h"
#include <eevdf/group.h>
#include "tap.h"

#define GROUPS 24
#define TASKS 60
#define STEPS 20000
#define DEPTH 8

enum mistake {
	NONE, NEVER_EMPTY, ALWAYS_TOLD, OLD_WEIGHT, IDLE_TOLD, NO_LEVELS, MISTAKES
};

static const char *const what[] = {
	[NEVER_EMPTY] = "the parent is not told that a group is empty",
	[ALWAYS_TOLD] = "the parent is told of each member",
	[OLD_WEIGHT] = "an active group's new weight is not told",
	[IDLE_TOLD] = "an idle group's new weight is told",
	[NO_LEVELS] = "a task's weight stops at its own group's",
};

/* The first is the root, which has groups only. */
static struct eevdf_group groups[GROUPS];
static struct task {
	struct eevdf_group *group;
	u64 own;
	bool active;
} tasks[TASKS];
static unsigned long long state;
static enum mistake mistake;

static u32 below(u32 n)
{
	state = state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (state >> 33) % n;
}

static u64 any_weight(void)
{
	return below(2) ? 2 + below((1 << 28) - 1) : 2 + below(1 << (1 + below(20)));
}

static s64 add(struct eevdf_group *g, s64 delta)
{
	bool was = g->load;
	s64 told = eevdf_group_add(g, delta);

	if (mistake == NEVER_EMPTY && told < 0)
		return 0;
	return mistake == ALWAYS_TOLD && was && g->load ? delta : told;
}

static void tell(struct eevdf_group *g, s64 delta)
{
	for (; g && delta; g = g->parent)
		delta = add(g, delta);
}

static void set_weight(struct eevdf_group *g, u64 weight)
{
	s64 more = weight - g->weight, told = eevdf_group_set_weight(g, weight);

	if (mistake == OLD_WEIGHT)
		told = 0;
	if (mistake == IDLE_TOLD)
		told = more;
	/* A load below zero would only hide which mistake it was. */
	if (g->parent && (s64)g->parent->load + told >= 0)
		tell(g->parent, told);
}

static u64 weight_of(const struct task *t)
{
	u64 weight = mistake == NO_LEVELS ? t->group->weight : eevdf_group_weight(t->group);

	return eevdf_group_share(weight, t->group->load, t->own);
}

static bool is_active(const struct eevdf_group *g)
{
	int i;

	for (i = 0; i < TASKS; i++)
		if (tasks[i].group == g && tasks[i].active)
			return true;
	for (i = 0; i < GROUPS; i++)
		if (groups[i].parent == g && is_active(&groups[i]))
			return true;
	return false;
}

static u64 naive_load(const struct eevdf_group *g)
{
	u64 load = 0;
	int i;

	for (i = 0; i < TASKS; i++)
		load += tasks[i].group == g && tasks[i].active ? tasks[i].own : 0;
	for (i = 0; i < GROUPS; i++)
		load += groups[i].parent == g && is_active(&groups[i]) ? groups[i].weight : 0;
	return load;
}

/* The product of all shares, and how far it may be above what is rounded down at each level. */
static double naive_weight(const struct task *t, double *rounding)
{
	const struct eevdf_group *g = t->group;
	double share = t->own / (double)naive_load(g), weight = g->weight;

	*rounding = 0;
	while (g->parent->parent) {
		g = g->parent;
		weight *= g->weight / (double)naive_load(g);
		*rounding = *rounding * g->weight / naive_load(g) + 1;
	}
	*rounding = *rounding * share + 1 + 1e-6;
	return weight * share;
}

static void fresh(u64 seed)
{
	int i;

	state = seed;
	for (i = 0; i < GROUPS; i++)
		/* A chain first, then anywhere. */
		groups[i] = (struct eevdf_group){
			.parent = !i ? NULL : i <= DEPTH ? &groups[i - 1] :
				  below(4) ? &groups[below(i)] : &groups[0],
			.weight = any_weight(),
		};
	for (i = 0; i < TASKS; i++)
		tasks[i] = (struct task){ .group = &groups[1 + below(GROUPS - 1)],
					 .own = any_weight() };
}

static void step(void)
{
	struct task *t = &tasks[below(TASKS)];
	u64 own;

	switch (below(4)) {
	case 0:
		set_weight(&groups[below(GROUPS)], any_weight());
		break;
	case 1:		/* another nice value */
		own = any_weight();
		if (t->active)
			tell(t->group, own - t->own);
		t->own = own;
		break;
	default:
		t->active = !t->active;
		tell(t->group, t->active ? (s64)t->own : -(s64)t->own);
	}
}

static bool loads_hold(void)
{
	int i;

	for (i = 0; i < GROUPS; i++)
		if (groups[i].load != naive_load(&groups[i]))
			return false;
	return true;
}

static bool weights_hold(void)
{
	double want, rounding;
	int i;

	for (i = 0; i < TASKS; i++) {
		u64 got;

		if (!tasks[i].active)
			continue;
		want = naive_weight(&tasks[i], &rounding);
		got = weight_of(&tasks[i]);
		if (got > want * (1 + 1e-9) || got < want * (1 - 1e-9) - rounding)
			return false;
	}
	return true;
}

static int steps_that_hold(u64 seed)
{
	int i;

	fresh(seed);
	for (i = 0; i < STEPS && loads_hold() && weights_hold(); i++)
		step();
	return i;
}

/* Sums are read while others change them. */
static void t_behind(void)
{
	struct eevdf_group root = { .weight = 1 << 20 };
	struct eevdf_group top = { .parent = &root, .weight = 1 << 20, .load = 5 };
	struct eevdf_group g = { .parent = &top, .weight = 1 << 20, .load = 7 };

	eq(eevdf_group_weight(&g), 1 << 20, "a group alone has all of its parent's weight");
	eq(eevdf_group_share(1 << 20, 7, 1 << 20), 1 << 20, "and a task alone all of its group's");
	eq(eevdf_group_share(1 << 28, 1ULL << 62, 1 << 28), 0, "the least is 0, to be clamped");
}

int main(void)
{
	plan(1 + MISTAKES - 1 + 3);
	eq(steps_that_hold(1), STEPS, "%d steps of %d tasks in %d groups", STEPS, TASKS, GROUPS);
	for (mistake = NONE + 1; mistake < MISTAKES; mistake++) {
		int steps = steps_that_hold(2);

		ok(steps < STEPS, "found after %d steps: %s", steps, what[mistake]);
	}
	mistake = NONE;
	t_behind();
	return done();
}
