// SPDX-License-Identifier: GPL-2.0
/*
 * Random histories of include/eevdf, audited by the books of kmod/: two writings of one
 * specification, each with its own arithmetic, must never differ. Then what the books do when they
 * come late, look only now and then, or run out of room.
 */
#include "t_oracle_sim.h"

#define STEPS 60000

static struct sim sim;

static void run(u32 rules, u64 seed, int steps)
{
	sim_init(&sim, rules, seed);
	sim.verbose = true;
	while (steps-- && !sim.violations)
		sim_step(&sim);
}

static void t_rules(void)
{
	struct audit_counts counts;
	u32 without, i;

	run(LEDGER_RULE_ALL, 1, STEPS);
	eq(sim.violations, 0, "%d steps with all rules", STEPS);
	sim_counts(&counts);
	eq(counts.not_checked + counts.bad_records + counts.resyncs, 0, "nothing was left out");
	ok(sim_checks(&counts) > 20ULL * STEPS / 10, "%llu checks", sim_checks(&counts));
	for (i = 0; i < AUDIT_NR_INVARIANTS; i++)
		ok(counts.checks[i], "%s was checked %llu times", invariant_name[i],
		   counts.checks[i]);
#define WITHOUT(bit, id, name, fair, help)                                                         \
	run(LEDGER_RULE_ALL & ~LEDGER_RULE_##id, 100 + (bit), STEPS / 4);                          \
	eq(sim.violations, 0, "without " name);
	LEDGER_RULES(WITHOUT)
	for (i = 0; i < 10; i++) {
		without = rnd(&sim.random);
		run(LEDGER_RULE_ALL & without, 200 + i, STEPS / 4);
		eq(sim.violations, 0, "with rules %#x", LEDGER_RULE_ALL & without);
	}
}

/* The books are emptied while the scheduler goes on. */
static void t_late(void)
{
	struct audit_counts counts;
	int i, cpu, late = 0;

	sim_init(&sim, LEDGER_RULE_ALL, 7);
	sim.verbose = true;
	for (i = 0; i < STEPS; i++) {
		if (i % 1500 == 0)
			for (cpu = 0; cpu < SIM_CPUS; cpu++)
				audit_book_reset(audit.books[cpu], 1000 + i, false);
		sim_step(&sim);
		if (i % 1500 == 1499)
			for (cpu = 0; cpu < SIM_CPUS; cpu++)
				late += audit.books[cpu]->state != AUDIT_BOOK_LIVE;
	}
	sim_counts(&counts);
	eq(sim.violations, 0, "books that begin late find nothing wrong");
	ok(counts.resyncs >= 3ULL * STEPS / 1500 - late && late < STEPS / 1500 / 4,
	   "%llu times they caught up, %d times not within 1500 steps", counts.resyncs, late);
	ok(sim_checks(&counts) > 8ULL * STEPS / 10, "%llu checks", sim_checks(&counts));
}

static void t_sample(void)
{
	struct audit_counts counts;
	u64 events = 0;
	int i;

	sim_init(&sim, LEDGER_RULE_ALL, 11);
	audit.mode = AUDIT_SAMPLE;
	audit.stride = 16;
	for (i = 0; i < STEPS; i++)
		sim_step(&sim);
	sim_counts(&counts);
	for (i = 1; i < LEDGER_EV_NR; i++)
		events += counts.events[i];
	eq(sim.violations, 0, "a sample finds nothing wrong");
	ok(counts.sampled_out > events * 92 / 100 && counts.sampled_out < events * 95 / 100,
	   "sample 16 left out %llu of %llu", counts.sampled_out, events);
}

static void t_room(void)
{
	struct audit_counts counts;
	int i;

	sim_init(&sim, LEDGER_RULE_ALL, 13);
	audit.nr_entities = SIM_TASKS - 2;
	sim.verbose = true;
	for (i = 0; i < STEPS; i++)
		sim_step(&sim);
	sim_counts(&counts);
	eq(sim.violations, 0, "tasks without a place: nothing wrong");
	ok(counts.not_checked && counts.resyncs && sim_checks(&counts) > STEPS / 10,
	   "%llu events not checked, caught up %llu times, %llu checks", counts.not_checked,
	   counts.resyncs, sim_checks(&counts));

	sim_init(&sim, LEDGER_RULE_ALL, 17);
	audit.max_walk = 4;
	for (i = 0; i < STEPS; i++)
		sim_step(&sim);
	sim_counts(&counts);
	eq(sim.violations, 0, "timelines too long to walk: nothing wrong");
	ok(counts.truncated && sim_checks(&counts), "%llu truncated, %llu checks", counts.truncated,
	   sim_checks(&counts));
}

/* Records of random bytes, half of them dressed up: whatever they do, it must not crash. */
static void t_hostile(void)
{
	unsigned long long state = 5;
	struct audit_counts counts;
	int i, j;

	sim_init(&sim, LEDGER_RULE_ALL, 19);
	audit.nr_entities = SIM_TASKS - 4;
	for (i = 0; i < 40 * STEPS; i++) {
		struct audit_facts facts = { .waited = rnd(&state), .task = 1 + rnd(&state) % 4,
					     .weight = oracle_weight(100 + rnd(&state) % 40, false),
					     .slice = 100000 + rnd(&state) % 100000000 };
		struct ledger_event rec;
		u64 *word = (u64 *)&rec;

		for (j = 0; j < (int)(sizeof(rec) / sizeof(u64)); j++)
			word[j] = rnd(&state) >> (rnd(&state) % 64);
		if (rnd(&state) % 32) {
			rec.size = sizeof(rec);
			rec.type = 1 + rnd(&state) % (LEDGER_EV_NR - 1);
			rec.flags = rec.flags & flags_of[rec.type];
			if (rnd(&state) % 4)
				rec.flags |= LEDGER_F_AVG;
			rec.cpu = rnd(&state) % SIM_CPUS;
			rec.reserved = 0;
			rec.group_weight %= 2 * ORACLE_WEIGHT_MAX;
			rec.group_load %= AUDIT_MAX_LOAD;
			rec.peer = rec.type >= LEDGER_EV_GRANT && rec.type != LEDGER_EV_MARGIN &&
						   rec.type < LEDGER_EV_REWEIGHT ?
					   rnd(&state) % 6 : ~0U;
			if (rec.type == LEDGER_EV_PASSED)
				rec.peer = rnd(&state) % SIM_CPUS;
			rec.slot = rnd(&state) % 8 ? rnd(&state) % 6 : rnd(&state) % SIM_TASKS;
			rec.weight = 1 + rec.weight % AUDIT_MAX_WEIGHT;
			rec.slice = 1 + rec.slice % AUDIT_MAX_NS;
			rec.nr_tree = rnd(&state) % 3;
			rec.has_curr = rnd(&state) % 2;
			/* Often enough consistent, so that the book goes live. */
			if (rnd(&state) % 2) {
				struct audit_book *book = audit.books[rec.cpu];

				rec.nr_tree = book->rq.nr_tree;
				rec.has_curr = !!book->rq.curr;
				rec.sum_weight = oracle_tree_weight(&book->rq);
				rec.sum_w_vruntime =
					oracle_tree_w_vruntime(&book->rq, rec.zero_vruntime);
			}
			if (rnd(&state) % 16 == 0) {
				rec.slot = ~0U;
				facts.task = 0;
			}
		}
		sim_take(&rec, &facts);
	}
	sim_counts(&counts);
	ok(counts.bad_records && sim_checks(&counts) && counts.resyncs,
	   "hostile records: %llu bad, %llu checks, %u violations, %llu resyncs",
	   counts.bad_records, sim_checks(&counts), sim.violations, counts.resyncs);
	for (i = 0; i < SIM_CPUS; i++) {
		struct oracle_se *se;
		u32 nr = 0;

		list_for_each_entry(se, &audit.books[i]->rq.tree, node)
			nr += audit_entity_of(se)->cpu == i;
		eq(nr, audit.books[i]->rq.nr_tree, "book %d is whole after that", i);
	}
}

int main(void)
{
	plan(3 + AUDIT_NR_INVARIANTS + __builtin_popcount(LEDGER_RULE_ALL) + 10 + 3 + 2 + 4 + 4);
	t_rules();
	t_late();
	t_sample();
	t_room();
	t_hostile();
	return done();
}
