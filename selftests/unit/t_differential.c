// SPDX-License-Identifier: GPL-2.0
/*
 * include/eevdf against the oracle, all figures after every step (selftests/fuzz/history.h): random
 * histories of several styles, the histories that once failed, and defects put in on purpose, which
 * must be found and shrunk to a few steps.
 *
 *	t_differential			what make check runs
 *	t_differential SEED STEPS	another size
 *	t_differential FILE...		tell these cases in words
 *
 * HISTORY_CASES=FOLDER keeps what fails, shrunk.
 */
#include "../fuzz/mutants.h"
#include "../fuzz/history.h"
#include "../fuzz/generate.h"
#include "../fuzz/shrink.h"
#include "tap.h"

#include "oracle.c"
#include "sums.c"
#include "credit.c"

#include <ctype.h>
#include <glob.h>

#define SEED 1
#define STEPS 1000000ULL
/* Of a history; a tree of thousands needs more to fill. */
#define UNITS 600
#define UNITS_LONG 60000

static u8 data[UNITS_LONG * HIST_UNIT];
static struct hist hist;

/* One history at random; false if it failed, and the report is printed. */
static bool one(u64 *state, const struct gen_style *style, size_t units, int tasks, u64 *steps)
{
	bool same;

	gen_history(state, style, data, units, tasks);
	same = hist_run(&hist, data, units * HIST_UNIT, NULL);
	*steps += hist.steps;
	if (!same) {
		diag("%s", hist.why);
		case_report(stdout, "# ", data, units * HIST_UNIT);
	}
	return same;
}

static void random_histories(u64 seed, u64 steps)
{
	size_t s;

	for (s = 0; s < GEN_STYLES; s++) {
		u64 state = seed * 0x9E3779B97F4A7C15ULL + s + 1, done_steps = 0, want;
		const struct gen_style *style = &gen_styles[s];
		bool same = true;

		want = steps / GEN_STYLES;
		while (same && done_steps < want)
			same = one(&state, style, 2 + gen_random(&state, UNITS), -1, &done_steps);
		ok(same, "%s: seed %llu, %llu steps", style->name, seed, done_steps);
	}
}

/*
 * Up to 512 tasks, and a thousand ghosts and more: fewer of these, for a step costs as much as the
 * queue is long.
 */
static void long_queues(u64 seed, u64 steps)
{
	static const struct {
		u32 style;
		int tasks;
		u32 share;	/* one in so many steps, but no more than */
		u32 most;
	} queues[] = {
		{ 0, 6, 200, ~0U }, { 1, 6, 400, ~0U }, { 2, 6, 400, ~0U }, { 9, 7, 50, 50000 },
	};
	size_t i;

	for (i = 0; i < sizeof(queues) / sizeof(queues[0]); i++) {
		u64 state = seed * 0x9E3779B97F4A7C15ULL + 100 + i, done_steps = 0;
		u64 want = steps / queues[i].share < queues[i].most ? steps / queues[i].share :
								      queues[i].most;
		size_t units = want < UNITS_LONG ? want : UNITS_LONG;
		bool same = true;
		u32 waiting = 0, ghosts = 0;

		while (same && done_steps < want) {
			same = one(&state, &gen_styles[queues[i].style], units, queues[i].tasks,
				   &done_steps);
			waiting = hist.most_waiting > waiting ? hist.most_waiting : waiting;
			ghosts = hist.most_ghosts > ghosts ? hist.most_ghosts : ghosts;
		}
		ok(same, "%s, %u tasks: seed %llu, %llu steps; up to %u in a tree, %u ghosts",
		   gen_styles[queues[i].style].name, hist_tasks[queues[i].tasks], seed, done_steps,
		   waiting, ghosts);
	}
}

static void replay(const char *path)
{
	long size = case_load(path, data, sizeof(data));
	const char *name = strrchr(path, '/');
	bool same = size > 0 && hist_run(&hist, data, size, NULL);

	if (!ok(same, "case %s", name ? name + 1 : path))
		diag("%s", size > 0 ? hist.why : "cannot be read, or is no history");
}

/* The folder of the cases, from where this file is: tests run at the top of the tree. */
static void cases(glob_t *found)
{
	static const char pattern[] = "../fuzz/cases/*";
	const char *slash = strrchr(__FILE__, '/');
	char path[512];

	snprintf(path, sizeof(path), "%.*s%s", slash ? (int)(slash + 1 - __FILE__) : 0, __FILE__,
		 pattern);
	if (glob(path, 0, NULL, found))
		found->gl_pathc = 0;
}

/* A defect is in: it must be found, and what shows it must be short. */
static void t_mutant(const char *what, u64 seed)
{
	u64 state = seed, steps = 0;
	const char *folder = getenv("HISTORY_CASES");
	size_t size = 0, units;
	bool found = false;
	char path[512];

	while (!found && steps < 200000) {
		units = 2 + gen_random(&state, UNITS);
		gen_history(&state, &gen_styles[gen_random(&state, GEN_STYLES)], data, units, -1);
		found = !hist_run(&hist, data, units * HIST_UNIT, NULL);
		steps += hist.steps;
	}
	if (found)
		size = shrink(data, units * HIST_UNIT);
	if (!ok(found && size / HIST_UNIT - 1 <= 8, "found after %llu steps, shrunk to %d: %s",
		steps, (int)(size / HIST_UNIT) - 1, what) && found)
		case_print(stdout, "# ", data, size);
	if (found && folder)
		case_save(folder, data, size, path);
}

static void mutants(void)
{
#define MUTANT_TEST(id, what)                                                                      \
	mutant = MUTANT_##id;                                                                      \
	t_mutant(what, 1000 + MUTANT_##id);
	MUTANTS(MUTANT_TEST)
	mutant = MUTANT_NONE;
#define RULE_TEST(bit, id, name, fair, help)                                                       \
	hist_a_rules_off = LEDGER_RULE_##id;                                                       \
	t_mutant("no " name, 2000 + (bit));
	LEDGER_RULES(RULE_TEST)
	hist_a_rules_off = 0;
}

static int tell(char **paths)
{
	int failed = 0;

	for (; *paths; paths++) {
		long size = case_load(*paths, data, sizeof(data));

		if (size <= 0) {
			fprintf(stderr, "t_differential: %s cannot be read, or is no history; a"
				" line has %d bytes as hexadecimal numbers\n", *paths, HIST_UNIT);
			return 2;
		}
		printf("%s\n", *paths);
		case_print(stdout, "", data, size);
		failed |= !hist_run(&hist, data, size, NULL);
	}
	return failed;
}

int main(int argc, char **argv)
{
	u64 seed = SEED, steps = STEPS;
	glob_t found = { 0 };
	char *end;
	size_t i;

	if (argc > 1 && !isdigit((unsigned char)argv[1][0]))
		return tell(argv + 1);
	if (argc > 1) {
		seed = strtoull(argv[1], &end, 10);
		steps = argc > 2 && !*end ? strtoull(argv[2], &end, 10) : 0;
		if (argc != 3 || *end || !isdigit((unsigned char)argv[2][0]) || steps < 10000) {
			fprintf(stderr, "usage: t_differential [SEED STEPS | FILE...]; at least"
				" 10000 steps\n");
			return 2;
		}
		plan(GEN_STYLES + 4);
		random_histories(seed, steps);
		long_queues(seed, steps);
		return done();
	}
	cases(&found);
	plan(GEN_STYLES + 4 + 1 + found.gl_pathc + MUTANT_NR - 1 +
	     __builtin_popcount(LEDGER_RULE_ALL));
	random_histories(seed, steps);
	long_queues(seed, steps);
	ok(found.gl_pathc, "%zu cases", found.gl_pathc);
	for (i = 0; i < found.gl_pathc; i++)
		replay(found.gl_pathv[i]);
	globfree(&found);
	mutants();
	return done();
}
