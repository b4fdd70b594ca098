// SPDX-License-Identifier: GPL-2.0
/*
 * Lag of groups: random trees of them, in which tasks come and go, groups weigh anew, time passes
 * and somebody runs. After each step what each group is owed is what a second, slower account of it
 * says, which adds up members one by one, in floating point. Then the same with mistakes in what
 * the header does, each of which must be found. Who gets a CPU for each of its tasks is also
 * compared with the division of CPUs that takes from whoever has more than it can use until nobody
 * has.
 */
#include <math.h>
#include <string.h>

#include "eevdf_host.h"
#include <eevdf/group_lag.h>
#include "tap.h"

#define GROUPS 12
#define STEPS 30000
#define CPUS 4

enum mistake {
	NONE, FORGETS_HAD, TIME_NOT_TAKEN, STAYS_CLOSED, NEVER_CLOSED, NEW_WEIGHT, NOT_BOUNDED,
	ALWAYS_KEPT, IDLE_DUE, MISTAKES
};

static const char *const what[] = {
	[FORGETS_HAD] = "what a group has is not told to those above",
	[TIME_NOT_TAKEN] = "what closed members get is divided a second time",
	[STAYS_CLOSED] = "a closed member stays closed for the parent",
	[NEVER_CLOSED] = "a member is due more CPUs than it can use",
	[NEW_WEIGHT] = "a new weight counts for the time before it",
	[NOT_BOUNDED] = "what is owed has no bound",
	[ALWAYS_KEPT] = "what is owed is never forgotten",
	[IDLE_DUE] = "something is due to a group in which nobody can run",
};

/* The second account; the first group is the root. */
static struct slow {
	bool active, closed;
	double weight, cpus, due, had, owed;
	u64 settled;
} slow[GROUPS];
static struct eevdf_group groups[GROUPS];
static int parent_of[GROUPS], tasks[GROUPS];
static u64 now;
static unsigned long long state;
static enum mistake mistake;

static u32 below(u32 n)
{
	state = state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (state >> 33) % n;
}

static u64 any_weight(void)
{
	return 2 + below(1 << (10 + below(18)));
}

/* As cgroups are: with tasks, or with groups. */
static bool has_groups(int g)
{
	int i;

	for (i = 1; i < GROUPS; i++)
		if (parent_of[i] == g)
			return true;
	return false;
}

/* CPUs that the tasks in a group, and below, could use. */
static u32 members(int g)
{
	u32 sum = tasks[g];
	int i;

	for (i = 1; i < GROUPS; i++)
		if (parent_of[i] == g)
			sum += members(i) < CPUS ? members(i) : CPUS;
	return sum;
}

static double weight_of(int p, bool open_only)
{
	double sum = 0;
	int i;

	for (i = 1; i < GROUPS; i++)
		if (parent_of[i] == p && slow[i].active && !(open_only && slow[i].closed))
			sum += slow[i].weight;
	return sum;
}

static double closed_cpus(int p)
{
	double sum = 0;
	int i;

	for (i = 1; i < GROUPS; i++)
		sum += parent_of[i] == p && slow[i].closed ? slow[i].cpus : 0;
	return sum;
}

/* CPUs due to @g, were it open. */
static double part(int g)
{
	int p = parent_of[g];
	double cpus = !p ? CPUS : slow[p].closed ? slow[p].cpus : part(p);
	double weight = weight_of(p, true) + (slow[g].closed ? slow[g].weight : 0);

	cpus -= closed_cpus(p) - (slow[g].closed ? slow[g].cpus : 0);
	/* One that the parent does not know as active yet is at least counted beside nobody. */
	return cpus * slow[g].weight / fmax(weight, slow[g].weight);
}

/* Time passes, and whoever can run may have had some of it: more than is due, or less. */
static void run(void)
{
	u64 time = 1 + below(3000000), ran[GROUPS] = { 0 };
	double clock[GROUPS];
	int i, g;

	for (i = 1; i < GROUPS; i++) {
		if (!tasks[i])
			continue;
		ran[i] = below(time);
		for (g = i; g >= 0; g = g ? parent_of[g] : -1) {
			if (mistake != FORGETS_HAD || g == i)
				groups[g].had += ran[i];
			slow[g].had += ran[i];
		}
	}
	now += time;
	for (i = 0; i < GROUPS; i++) {
		double had = slow[i].had, open = weight_of(i, true);

		clock[i] = open ? (had - closed_cpus(i) * time) / open : 0;
	}
	for (i = 0; i < GROUPS; i++) {
		struct slow *s = &slow[i];

		s->due += !s->active ? s->had : s->closed ? s->cpus * time :
			  s->weight * clock[parent_of[i]];
		s->due -= s->had;
		s->had = 0;
	}
}

/* As those of the header, with a mistake. */
static void settle(int i)
{
	struct eevdf_group *g = &groups[i];
	s64 owed = g->owed, kept = 0, due;

	if (mistake == NEW_WEIGHT && g->due_weight)
		g->due_weight = g->weight;
	if (mistake == TIME_NOT_TAKEN)
		g->parent->clock_time = now;
	if (mistake == IDLE_DUE && !g->due_weight && !g->due_cpus)
		g->due_weight = g->weight;
	if (mistake == ALWAYS_KEPT)
		kept = owed * (s64)(now - g->time_seen) / (s64)EEVDF_OWED_TIME;
	eevdf_group_settle(g, now);
	due = g->owed - owed;
	g->owed += kept;
	if (mistake == NOT_BOUNDED && (g->owed == EEVDF_OWED_MAX || g->owed == -EEVDF_OWED_MAX))
		g->owed += due + 1000;
}

static void set_state(int i)
{
	struct eevdf_group *g = &groups[i];

	eevdf_group_state(g, mistake == NEVER_CLOSED ? 1 : CPUS);
	if (mistake == STAYS_CLOSED && g->closed)
		g->parent->closed_load += 2;
}

/*
 * What the scheduler does when something of a group has changed, for it and all above. Both
 * accounts know a member's new state from here on.
 */
static void tell(int i, s64 delta)
{
	double cpus;

	for (; i; i = parent_of[i]) {
		struct eevdf_group *g = &groups[i];
		u32 can = members(i) < CPUS ? members(i) : CPUS;
		struct slow *s = &slow[i];

		settle(i);
		s->owed -= s->owed * (now - s->settled) / EEVDF_OWED_TIME;
		s->owed += s->due;
		s->due = 0;
		s->settled = now;
		if (s->owed > EEVDF_OWED_MAX)
			s->owed = EEVDF_OWED_MAX;
		if (s->owed < -EEVDF_OWED_MAX)
			s->owed = -EEVDF_OWED_MAX;
		g->parent->members += can - g->told;
		g->told = can;
		delta = eevdf_group_add(g->parent, delta);

		s->active = members(i);
		s->weight = g->weight;
		s->closed = s->closed && s->active;
		if (s->active) {
			cpus = part(i);
			/* Where it is a matter of rounding, either is right. */
			s->closed = fabs(cpus - can) < 1e-2 ? eevdf_group_closed(g, CPUS) :
				    can < CPUS && cpus > can;
		}
		s->cpus = can;
		set_state(i);
	}
}

static void step(void)
{
	int i = 1 + below(GROUPS - 1);
	u64 weight;

	run();
	switch (below(4)) {
	case 0:
		weight = any_weight();
		tell(i, eevdf_group_set_weight(&groups[i], weight));
		break;
	case 1:		/* a tick */
		tell(i, 0);
		break;
	default:
		if (has_groups(i))
			break;
		if (tasks[i] && below(2)) {
			tasks[i]--;
			groups[i].members--;
			tell(i, eevdf_group_add(&groups[i], -(s64)EEVDF_NICE_0));
		} else {
			tasks[i]++;
			groups[i].members++;
			tell(i, eevdf_group_add(&groups[i], EEVDF_NICE_0));
		}
	}
}

/* Every settled group's account is the slow one, but for what each step rounds. */
static bool accounts_hold(void)
{
	int i;

	for (i = 1; i < GROUPS; i++) {
		struct eevdf_group *p = groups[i].parent;

		if (groups[i].time_seen == now && p->clock_time == now &&
		    fabs(groups[i].owed - slow[i].owed) > 4096)
			return false;
		if (groups[i].members != members(i))
			return false;
	}
	return true;
}

static void fresh(u64 seed)
{
	int i;

	state = seed;
	now = 1000000000;
	memset(groups, 0, sizeof(groups));
	memset(slow, 0, sizeof(slow));
	memset(tasks, 0, sizeof(tasks));
	groups[0].weight = EEVDF_NICE_0;
	for (i = 1; i < GROUPS; i++) {
		parent_of[i] = i < 4 ? i - 1 : (int)below(i);
		groups[i].parent = &groups[parent_of[i]];
		groups[i].weight = any_weight();
		slow[i].weight = groups[i].weight;
		slow[i].settled = now;
		groups[i].time_seen = now;
	}
}

static int steps_that_hold(u64 seed)
{
	int i;

	fresh(seed);
	for (i = 0; i < STEPS && accounts_hold(); i++)
		step();
	return i;
}

/* The CPUs of one parent divided among members: who needs less than its part leaves the rest. */
static void divide(int n, const double *weight, const double *wants, double cpus, bool *closed)
{
	bool again = true;
	double sum;
	int i;

	memset(closed, 0, n * sizeof(*closed));
	while (again) {
		again = false;
		sum = 0;
		for (i = 0; i < n; i++)
			sum += closed[i] ? 0 : weight[i];
		for (i = 0; i < n; i++) {
			if (!closed[i] && weight[i] / sum * cpus > wants[i] + 1e-9) {
				closed[i] = true;
				cpus -= wants[i];
				again = true;
				break;
			}
		}
	}
}

/* After some ticks of everybody each member's state is that of the division. */
static int divisions_that_hold(int rounds)
{
	double weight[GROUPS], wants[GROUPS];
	bool closed[GROUPS];
	int r, i, pass;

	state = 3;
	for (r = 0; r < rounds; r++) {
		int n = 2 + below(GROUPS - 2);

		memset(groups, 0, sizeof(groups));
		for (i = 1; i <= n; i++) {
			struct eevdf_group *g = &groups[i];

			g->parent = &groups[0];
			g->weight = 2 + below(1 << 20);
			g->load = 1;
			g->members = 1 + below(CPUS);
			groups[0].load += g->weight;
			weight[i - 1] = g->weight;
			wants[i - 1] = g->members;
		}
		for (pass = 0; pass < 2 * n; pass++)
			for (i = 1; i <= n; i++)
				eevdf_group_state(&groups[i], CPUS);
		divide(n, weight, wants, CPUS, closed);
		for (i = 1; i <= n; i++)
			if (closed[i - 1] != !!groups[i].due_cpus && groups[i].members < CPUS)
				return r;
	}
	return r;
}

static void t_weights(void)
{
	struct eevdf_group root = { .weight = EEVDF_NICE_0, .load = 2 * EEVDF_NICE_0 };
	struct eevdf_group g = { .parent = &root, .weight = EEVDF_NICE_0, .load = 1, .members = 2 };

	g.due_weight = g.weight;
	root.had = 2 * EEVDF_EAGER_STEP;
	eevdf_group_settle(&g, 1);
	eq(g.owed, EEVDF_EAGER_STEP, "half of what two equal groups had is due to each");
	eq(eevdf_group_weight(&g), EEVDF_NICE_0 / 64 * 65, "and it weighs a 64th more");
	root.had += 200 * EEVDF_EAGER_STEP;
	eevdf_group_settle(&g, 2);
	eq(eevdf_group_weight(&g), EEVDF_NICE_0 / 64 * 96, "at most a half");
	g.had += 200 * EEVDF_EAGER_STEP;
	eevdf_group_settle(&g, 3);
	eq(eevdf_group_weight(&g), EEVDF_NICE_0 / 64 * 32, "or less");
	g.weight = EEVDF_WEIGHT_MAX;
	g.eager = 1;
	eq(eevdf_group_weight(&g), EEVDF_WEIGHT_MAX, "never more than a weight can be");
}

int main(void)
{
	plan(1 + MISTAKES - 1 + 1 + 5);
	eq(steps_that_hold(1), STEPS, "%d steps in %d groups", STEPS, GROUPS);
	for (mistake = NONE + 1; mistake < MISTAKES; mistake++) {
		int steps = steps_that_hold(2);

		ok(steps < STEPS, "found after %d steps: %s", steps, what[mistake]);
	}
	mistake = NONE;
	eq(divisions_that_hold(2000), 2000, "CPUs are divided as by taking away what is too much");
	t_weights();
	return done();
}
