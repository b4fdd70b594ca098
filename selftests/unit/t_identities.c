// SPDX-License-Identifier: GPL-2.0
/*
 * Mode identities: no book is kept, a timeline is told as it stands with some picks. Random
 * histories must hold, each mistake must be found as what it is, nonsense must do no harm, and the
 * books must be able to begin at any moment after it.
 */
#include "t_oracle_sim.h"

#define STEPS 60000

static struct sim sim;

static void init(u64 seed, u32 stride)
{
	sim_init(&sim, LEDGER_RULE_ALL, seed);
	sim.verbose = true;
	audit.mode = AUDIT_IDENTITIES;
	audit.stride = stride;
}

/* What is checked on a timeline as it stands. */
static const enum audit_invariant checked[] = {
	AUDIT_DOUBLE_JOIN, AUDIT_NOT_RUNNING, AUDIT_AVG_VRUNTIME, AUDIT_EXEC_TIME, AUDIT_WEIGHT,
	AUDIT_SLICE_PROTECTION, AUDIT_PICK_EMPTY, AUDIT_PICK_ELIGIBLE, AUDIT_PICK_EARLIEST,
	AUDIT_BUDDY, AUDIT_NR_QUEUED, AUDIT_SUM_WEIGHT, AUDIT_SUM_W_VRUNTIME, AUDIT_KEY_BOUND,
};

#define NR_CHECKED (int)(sizeof(checked) / sizeof(checked[0]))

static void t_holds(void)
{
	struct audit_counts counts;
	u32 left_in_books = 0;
	u64 all, some;
	int i;

	init(3, 1);
	for (i = 0; i < STEPS && !sim.violations; i++) {
		sim_step(&sim);
		left_in_books += audit_nr(audit.books[i % SIM_CPUS]);
	}
	eq(sim.violations, 0, "%d steps", STEPS);
	sim_counts(&counts);
	all = counts.inspections;
	eq(counts.not_checked + counts.bad_records + counts.resyncs, 0, "nothing was left out");
	eq(left_in_books, 0, "nobody stays in a book");
	for (i = 0; i < NR_CHECKED; i++)
		ok(counts.checks[checked[i]], "%s was checked %llu times",
		   invariant_name[checked[i]], counts.checks[checked[i]]);

	init(3, 1);
	audit.max_walk = 3;
	for (i = 0; i < STEPS; i++)
		sim_step(&sim);
	sim_counts(&counts);
	ok(!sim.violations && counts.truncated && counts.inspections &&
	   counts.truncated + counts.inspections == all,
	   "a longer timeline is counted as not looked at: %llu, %llu looked at",
	   counts.truncated, counts.inspections);

	init(3, 1);
	audit.nr_entities = SIM_TASKS / 2;
	for (i = 0; i < STEPS; i++)
		sim_step(&sim);
	sim_counts(&counts);
	some = counts.inspections;
	ok(!sim.violations && counts.not_checked && some + counts.not_checked == all,
	   "and so is one with a task that has no place: %llu", counts.not_checked);
}

static enum audit_invariant wanted;
static bool made;

/* A mistake for each of them, in the first record that has room for it. */
static bool spoil(struct ledger_event *rec, struct audit_facts *facts)
{
	bool pick = rec->type == LEDGER_EV_PICK && rec->nr_tree >= 3 && rec->has_curr &&
		    !(rec->flags & LEDGER_F_GUARD);
	bool waits = rec->type == LEDGER_EV_HERE && !(rec->flags & LEDGER_F_CURR) &&
		     rec->nr_tree >= 3;
	bool runs = rec->type == LEDGER_EV_HERE && (rec->flags & LEDGER_F_CURR);
	struct audit_book *book = audit.books[rec->cpu];
	struct oracle_se *se, *got;
	struct oracle_sum sum;
	enum oracle_why why;
	bool is_eligible;

	switch (wanted) {
	case AUDIT_NOT_RUNNING:		/* a second one that runs */
		if (!waits || !rec->has_curr || rec->flags & LEDGER_F_GHOST)
			return false;
		rec->flags |= LEDGER_F_CURR;
		return true;
	case AUDIT_DOUBLE_JOIN:		/* it is told on another timeline */
		if (!waits)
			return false;
		audit_entity_of(&audit.entities[rec->slot].se)->cpu = (rec->cpu + 1) % SIM_CPUS;
		return true;
	case AUDIT_AVG_VRUNTIME:
		rec->avg += pick;
		return pick;
	case AUDIT_EXEC_TIME:		/* less than the kernel says */
		facts->exec += runs;
		return runs;
	case AUDIT_WEIGHT:
		if (!waits || rec->flags & LEDGER_F_GHOST)
			return false;
		facts->weight += 1024;
		return true;
	case AUDIT_PICK_EMPTY:		/* nobody is chosen though somebody is there */
		if (!pick)
			return false;
		rec->slot = ~0U;
		facts->task = 0;
		return true;
	case AUDIT_NR_QUEUED:
		rec->nr_tree += pick;
		return pick;
	case AUDIT_SUM_WEIGHT:
		rec->sum_weight -= pick;
		return pick;
	case AUDIT_SUM_W_VRUNTIME:
		rec->sum_w_vruntime += pick;
		return pick;
	case AUDIT_KEY_BOUND:
		if (!waits)
			return false;
		rec->zero_vruntime -= 1ULL << 55;
		return true;
	case AUDIT_NOT_JOINED:		/* who is chosen was not told */
	case AUDIT_PICK_ELIGIBLE:
	case AUDIT_PICK_EARLIEST:
	case AUDIT_BUDDY:
	case AUDIT_SLICE_PROTECTION:
		break;
	default:
		return false;
	}
	if (!pick)
		return false;
	got = oracle_pick(&book->rq, audit.how.rules, rec->flags & LEDGER_F_PROTECT, &why);
	if (wanted == AUDIT_NOT_JOINED) {
		se = got;
		if (se == book->rq.curr)
			return false;
		/* As if the walk had not come by. */
		audit_move(book, audit_entity_of(se), AUDIT_NOWHERE);
		return true;
	}
	if ((wanted == AUDIT_BUDDY && why != ORACLE_BUDDY) ||
	    (wanted == AUDIT_SLICE_PROTECTION && why != ORACLE_PROTECTED) ||
	    (wanted == AUDIT_PICK_EARLIEST && why != ORACLE_EARLIEST))
		return false;
	oracle_sum(&book->rq, true, &sum);
	list_for_each_entry(se, &book->rq.tree, node) {
		struct audit_entity *e = audit_entity_of(se);

		is_eligible = oracle_eligible(&sum, se->vruntime);
		if (se == got || is_eligible != (wanted != AUDIT_PICK_ELIGIBLE))
			continue;
		/* Another one is chosen. */
		rec->slot = (u32)(e - audit.entities);
		rec->vruntime = se->vruntime;
		rec->deadline = se->deadline;
		facts->task = e->task;
		facts->start = e->start;
		facts->pid = e->pid;
		return true;
	}
	return false;
}

static void doctor(struct sim *s, struct ledger_event *rec, struct audit_facts *facts)
{
	(void)s;
	if (!made)
		made = spoil(rec, facts);
}

static void t_mistake(enum audit_invariant invariant)
{
	u32 i, slot;

	init(11 + invariant, 1);
	sim.verbose = false;
	sim.doctor = doctor;
	wanted = invariant;
	made = false;
	for (i = 0; i < STEPS && !made; i++)
		sim_step(&sim);
	/* That of DOUBLE_JOIN claimed an entity that no book has. */
	for (slot = 0; slot < SIM_TASKS; slot++)
		if (list_empty(&audit.entities[slot].se.node))
			audit.entities[slot].cpu = -1;
	ok(made && sim.violations && sim.first == invariant, "a mistake for %s is found as %s",
	   invariant_name[invariant],
	   !made ? "nothing: the occasion never came" :
	   sim.violations ? invariant_name[sim.first] : "nothing");
	sim.doctor = NULL;
	sim.violations = 0;
	sim.verbose = true;
	for (i = 0; i < STEPS / 10; i++)
		sim_step(&sim);
	eq(sim.violations, 0, "and leaves nothing behind");
}

/* From and to the books, at any moment: they learn anew, as after audit_ask(). */
static void t_changes(void)
{
	struct audit_counts counts;
	int i, cpu;

	init(5, 2);
	for (i = 0; i < 4 * STEPS && !sim.violations; i++) {
		if (i % 1000 == 0) {
			audit.mode = i % 2000 ? AUDIT_FULL : AUDIT_IDENTITIES;
			for (cpu = 0; cpu < SIM_CPUS; cpu++)
				audit_book_reset(audit.books[cpu], 5000 + i, false);
		}
		sim_step(&sim);
	}
	sim_counts(&counts);
	ok(!sim.violations && counts.inspections && counts.checks[AUDIT_PLACEMENT],
	   "from one mode to the other and back: %llu inspections, %llu placements checked",
	   counts.inspections, counts.checks[AUDIT_PLACEMENT]);
}

static void t_hostile(void)
{
	unsigned long long state = 23;
	u32 left_over = 0;
	int i, cpu;

	init(29, 1);
	sim.verbose = false;
	for (i = 0; i < 20 * STEPS; i++) {
		struct audit_facts facts = { .waited = rnd(&state), .task = 1 + rnd(&state) % 4,
					     .weight = 1 << 20, .slice = 1000000 };
		struct ledger_event rec = {
			.size = sizeof(rec),
			.type = rnd(&state) % 4 ? LEDGER_EV_HERE : LEDGER_EV_PICK,
			.cpu = rnd(&state) % SIM_CPUS, .slot = rnd(&state) % 5, .peer = ~0U,
			.vruntime = rnd(&state), .deadline = rnd(&state), .vprot = rnd(&state),
			.weight = 1 + rnd(&state) % AUDIT_MAX_WEIGHT, .slice = 1000000,
			.avg = rnd(&state), .zero_vruntime = rnd(&state),
			.nr_tree = rnd(&state) % 4, .has_curr = rnd(&state) % 2,
		};

		rec.flags = rnd(&state) & flags_of[rec.type];
		if (rnd(&state) % 4 == 0)
			audit_inspect(audit.books[rec.cpu], rnd(&state) % 5);
		sim_take(&rec, &facts);
	}
	ok(sim.violations, "nonsense is found: %u violations", sim.violations);
	for (cpu = 0; cpu < SIM_CPUS; cpu++)
		audit_book_blank(audit.books[cpu]);
	for (i = 0; i < SIM_TASKS; i++)
		left_over += audit.entities[i].cpu != -1 || !list_empty(&audit.entities[i].se.node);
	eq(left_over, 0, "and no entity is lost in it");
}

int main(void)
{
	int i;

	plan(3 + NR_CHECKED + 2 + 2 * (NR_CHECKED + 1) + 1 + 2);
	t_holds();
	for (i = 0; i < NR_CHECKED; i++)
		t_mistake(checked[i]);
	t_mistake(AUDIT_NOT_JOINED);
	t_changes();
	t_hostile();
	return done();
}
