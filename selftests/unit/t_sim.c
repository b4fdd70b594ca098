// SPDX-License-Identifier: GPL-2.0
/*
 * The simulator: that it is deterministic, that its checks hold where they should and break where a
 * mistake was put into include/eevdf, and that it refuses what it cannot do.
 */
#define _GNU_SOURCE
#include "tap.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

typedef int8_t s8;
typedef uint8_t u8;
typedef int32_t s32;
typedef uint32_t u32;
typedef unsigned long long u64;
typedef long long s64;

/* One for each check, which must be the first to see it. */
static enum mistake {
	NONE,
	SUM_FORGETS,	/* a task that leaves takes a little too little along */
	V_IS_AHEAD,	/* V is rounded up */
	ALL_ELIGIBLE,	/* earliest deadline first, whatever the lag */
	HEAVY_CHEAT,	/* heavy tasks pay 7/8 */
	LONG_WALKS,
	NO_CHOICE,	/* a pick finds nobody */
	PRODUCT_WRAPS,
} mistake;

extern u64 sim_rounds;
#define EEVDF_CAN_LOOP (sim_rounds += mistake == LONG_WALKS ? 50 : 1, true)

/* Whatever is included after a function was defined sees the macro of its name. */
#include <eevdf/vtime.h>

#define eevdf_eligible(vruntime, avg) (mistake == ALL_ELIGIBLE || (eevdf_eligible)(vruntime, avg))
#define eevdf_avg(tl) ((eevdf_avg)(tl) + (mistake == V_IS_AHEAD))
#define eevdf_sum(tl, e, add)                                                                      \
	((eevdf_sum)(tl, e, add), (tl)->sum_w_vruntime += mistake == SUM_FORGETS && !(add),        \
	 (tl)->key_overflows += mistake == PRODUCT_WRAPS)

#include <eevdf/pick.h>

#define eevdf_charge(tl, delta)                                                                    \
	((eevdf_charge)(tl, mistake == HEAVY_CHEAT && (tl)->curr->weight > EEVDF_NICE_0 ?          \
				    (delta) - (delta) / 8 : (delta)))
#define eevdf_pick(tl, avg, protect)                                                               \
	(mistake == NO_CHOICE && (tl)->nr_tree ? NULL : (eevdf_pick)(tl, avg, protect))

#include "../../userspace/sim_check.c"
#include "../../userspace/sim_cpu.c"
#include "../../userspace/sim_lag.c"
#include "../../userspace/sim_options.c"
#include "../../userspace/sim_report.c"
#include "../../userspace/sim_work.c"
#include "../../userspace/util.c"

#define WORDS_MAX 24

/* Cuts a command line at its blanks. */
static int words(char *line, char **argv)
{
	int argc = 0;

	argv[argc++] = (char *)"eevdf-sim";
	for (line = strtok(line, " "); line && argc < WORDS_MAX - 1; line = strtok(NULL, " "))
		argv[argc++] = line;
	argv[argc] = NULL;
	return argc;
}

/* The whole program; what it printed is to be freed. */
static enum sim_status program(const char *options, char **out, char **err)
{
	char line[512], *argv[WORDS_MAX];
	size_t out_len, err_len;
	FILE *to_out = open_memstream(out, &out_len), *to_err = open_memstream(err, &err_len);
	enum sim_status status;
	int argc;

	snprintf(line, sizeof(line), "%s", options);
	argc = words(line, argv);
	status = sim_main(argc, argv, to_out, to_err);
	fclose(to_out);
	fclose(to_err);
	return status;
}

/* Only the simulation, and what came out of it. */
static enum sim_status simulate(const char *options, struct sim_result *res)
{
	char line[512], *argv[WORDS_MAX];
	struct sim_config cfg;
	int argc;

	snprintf(line, sizeof(line), "%s", options);
	argc = words(line, argv);
	memset(res, 0, sizeof(*res));
	if (sim_options_parse(argc, argv, &cfg, stderr))
		return SIM_STATUS_USAGE;
	return sim_run(&cfg, res, stderr);
}

static struct sim_result result;

static void test_deterministic(void)
{
	static const char *const runs[] = {
		"--workload weighted --tasks 20 --cpus 3",
		"--workload mixed --tasks 50 --cpus 7 --hogs 10 --run 300000 --seed 7",
		"--workload messaging --tasks 61 --cpus 3 --group 5 --seconds 0.2",
		"--workload mixed --tasks 30 --cpus 4 --tick 4000000 --custom-slice 0,100000 --json",
	};
	char *out[2], *err[2];
	u64 hash;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(runs); i++) {
		int bad = program(runs[i], &out[0], &err[0]);

		bad |= program(runs[i], &out[1], &err[1]);
		ok(!bad && strlen(out[0]) > 500 && !strcmp(out[0], out[1]), "the same bytes: %s",
		   runs[i]);
		free(out[0]);
		free(out[1]);
		free(err[0]);
		free(err[1]);
	}
	simulate("--workload mixed --tasks 20 --cpus 2 --seed 1", &result);
	hash = result.hash;
	simulate("--workload mixed --tasks 20 --cpus 2 --seed 2", &result);
	ok(hash != result.hash, "another seed, another history");
}

/* Busy loops; @r of the longest request. */
static void test_steady(const char *options, u32 tasks, s64 r)
{
	enum sim_status status = simulate(options, &result);
	const struct sim_lag *pick = &result.lag_all[SIM_AT_PICK];
	const struct sim_lag *charge = &result.lag_all[SIM_AT_CHARGE];
	s64 half = (result.ideal_high - result.ideal_low) / 2;

	ok(status == SIM_STATUS_OK && result.checked[SIM_CHECK_THEOREM] > 1000 &&
		   result.checked[SIM_CHECK_SUMS] && result.checked[SIM_CHECK_LAG_SUM] &&
		   result.overrun == 0, "all checks hold: %s", options);
	ok(charge->min > -r && charge->max < r && pick->min > -r && pick->max < r,
	   "and lags stay within a request");
	ok(result.ideal_tasks == tasks && result.ideal_low > -r && result.ideal_high < r &&
		   half < r, "and everybody has its share to less than a request (%lld to %lld)",
	   result.ideal_low, result.ideal_high);
}

static void test_mistakes(void)
{
	static const struct {
		enum mistake mistake;
		enum sim_check check;
	} table[] = {
		{ SUM_FORGETS, SIM_CHECK_SUMS },
		{ V_IS_AHEAD, SIM_CHECK_LAG_SUM },
		{ ALL_ELIGIBLE, SIM_CHECK_THEOREM },
		{ HEAVY_CHEAT, SIM_CHECK_IDEAL },
		{ LONG_WALKS, SIM_CHECK_COST },
		{ NO_CHOICE, SIM_CHECK_PICK },
		{ PRODUCT_WRAPS, SIM_CHECK_TREE },
	};
	const char *const options = "--workload weighted --tasks 10 --seconds 2 --check 1";
	bool found[SIM_NR_CHECKS] = { false };
	char *out, *err;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(table); i++) {
		const char *name = sim_check_names[table[i].check];
		enum sim_status status;

		mistake = table[i].mistake;
		status = simulate(options, &result);
		found[table[i].check] = true;
		ok(status == SIM_STATUS_BROKEN && result.violations[table[i].check] &&
			   !strncmp(result.first, name, strlen(name)),
		   "%s is the first to see its mistake", name);
		diag("%s", result.first);
	}
	mistake = NONE;
	for (i = 0; i < SIM_NR_CHECKS && found[i]; i++)
		;
	eq(i, SIM_NR_CHECKS, "every check has a mistake that it finds");

	mistake = ALL_ELIGIBLE;
	eq(program(options, &out, &err), 3, "a broken check ends the program with status 3");
	ok(strstr(out, "\nBROKEN: first theorem_1 at ") && !strstr(out, "all checks held"),
	   "and it says what broke first");
	free(out);
	free(err);
	mistake = NONE;
	eq(simulate(options, &result), SIM_STATUS_OK, "without a mistake the same run is fine");
}

/* Depth of an AVL tree, as the headers promise it; insert and erase go down and up again. */
static void test_cost(void)
{
	static const char *const names[] = { "pick", "insert", "erase" };
	int op, k;

	simulate("--workload mixed --tasks 8000 --hogs 80 --nice -5,0,5 --seconds 2 --run 50000 "
		 "--sleep 1000000000", &result);
	for (op = 0; op < SIM_NR_OPS; op++) {
		bool good = result.cost[op][12].ops > 1000;

		for (k = 0; k < SIM_NR_LENGTHS; k++) {
			const struct sim_cost *cost = &result.cost[op][k];
			double bound = 1.45 * log2(cost->max_nr + 2) + 2;

			if (op != SIM_OP_PICK)
				bound *= 2;
			if (cost->ops && cost->max > bound)
				good = false;
		}
		ok(good && sim_growth(&result, op) < 2, "%s is O(log n): %u rounds at most for %u",
		   names[op], result.cost[op][12].max, result.cost[op][12].max_nr);
	}
	ok(result.cost[SIM_OP_PICK][12].max > 3, "and the picks really descended");
}

static void test_moves(void)
{
	simulate("--workload mixed --tasks 30 --cpus 8 --hogs 0 --run 500000", &result);
	ok(result.steals > 100 && result.migrations > result.steals && result.preempts > 10 &&
		   !sim_broken(&result), "idle CPUs steal, tasks migrate and preempt");
	simulate("--workload mixed --tasks 40 --cpus 4 --check 1", &result);
	ok(result.delays > 500 && result.drains > 100 && result.ghost_wakes > 100 &&
		   !sim_broken(&result), "sleepers ahead of V stay as ghosts, wake up or drain");
	simulate("--workload mixed --tasks 40 --cpus 4 --no-delay-dequeue", &result);
	ok(!result.delays && !result.drains && !result.ghost_wakes, "no ghosts without the rule");
	simulate("--workload mixed --tasks 30 --cpus 8 --hogs 0 --run 500000 --steal off", &result);
	ok(!result.steals && result.migrations, "no theft with --steal off");
	simulate("--workload hogs --tasks 4 --tick 4000000", &result);
	ok(result.overrun == 3650000 && !sim_broken(&result),
	   "with a tick of 4 ms a forked task's half request of 0.35 ms is exceeded by the rest");
	simulate("--workload hogs --tasks 3 --cpus 2 --seconds 2 --no-lag-clamp", &result);
	eq(result.busy, 4 * NSEC_PER_SEC, "busy CPUs are busy all the time");
}

static void test_hostile(void)
{
	static const char *const lines[] = {
		"--cpus 0", "--cpus 1025", "--cpus -1", "--cpus 4x", "--cpus", "--tasks 0",
		"--tasks 1000001", "--tasks 99999999999999999999999", "--seconds 0",
		"--seconds 3601", "--seconds 3600.1", "--seconds .5", "--seconds 1.",
		"--seconds 1.0000000001", "--seconds 1e3", "--seconds nan", "--seed -1",
		"--workload", "--workload x", "--workload hog", "--nice 20", "--nice -21",
		"--nice --4", "--nice 1,", "--nice ,1", "--nice 0,1",
		"--nice 99999999999999999999999", "--slice 99999", "--slice 100000001",
		"--custom-slice -1", "--custom-slice 99999", "--custom-slice 0,5",
		"--steal", "--steal yes", "--fixed=1", "--no-such-rule", "--no-buddy=off",
		"--workload messaging --group 9 --tasks 8", "--group 1", "--hogs 101",
		"--lag-trace t --tasks 1001", "--lag-trace=", "--frob", "-x", "file", "-- file",
		"--check -1",
	};
	char *out, *err, many[256] = "--workload weighted --nice 0";
	size_t i;
	int bad = 0;

	for (i = 0; i < 64; i++)
		strcat(many, ",0");
	for (i = 0; i <= ARRAY_SIZE(lines); i++) {
		const char *line = i < ARRAY_SIZE(lines) ? lines[i] : many;
		enum sim_status status = program(line, &out, &err);
		bool sentence = !strncmp(err, "eevdf-sim: ", 11) && strchr(err, '\n') &&
				strchr(err, '\n')[1] == '\0';

		if (status != SIM_STATUS_USAGE || *out || !sentence) {
			diag("%s: status %d, %s", line, status, err);
			bad++;
		}
		free(out);
		free(err);
	}
	eq(bad, 0, "%zu bad command lines are refused with one sentence each", i);

	eq(program("--lag-trace /nonexistent/file", &out, &err), 1, "so is a file that cannot be");
	free(out);
	free(err);
	eq(program("--lag-trace /dev/full", &out, &err), 1, "or one that cannot be written");
	ok(strstr(err, "is the disk full?") && !*out, "with the reason");
	free(out);
	free(err);
	eq(program("--help", &out, &err), 0, "help is no error");
	ok(strstr(out, "--no-place-lag") && strstr(out, "messaging") && !*err, "and is complete");
	free(out);
	free(err);
}

static void test_distribution(void)
{
	static struct sim_lag lag;
	s64 i, p50, p99;

	for (i = -1000; i <= 1000000; i++)
		sim_lag_add(&lag, i);
	p50 = sim_lag_quantile(&lag, 50);
	p99 = sim_lag_quantile(&lag, 99);
	ok(lag.count == 1001001 && lag.min == -1000 && lag.max == 1000000, "the ends are exact");
	ok(p50 > 499500 * 0.984 && p50 < 499500 * 1.016 && p99 > 989990 * 0.984 &&
		   p99 < 989990 * 1.016, "quantiles within 1.6 %% (%lld, %lld)", p50, p99);
	ok(sim_lag_quantile(&lag, 0) == -1000 && sim_lag_quantile(&lag, 100) <= 1000000,
	   "none is outside the ends");
}

int main(void)
{
	plan(5 + 7 * 3 + 11 + 4 + 6 + 6 + 3);
	test_deterministic();
	test_steady("--workload hogs --tasks 2 --seconds 3", 2, 700000);
	test_steady("--workload hogs --tasks 3 --seconds 3", 3, 700000);
	test_steady("--workload hogs --tasks 8 --seconds 3", 8, 700000);
	test_steady("--workload hogs --tasks 32 --seconds 3 --slice 3000000", 32, 3000000);
	test_steady("--workload weighted --tasks 5 --seconds 3", 5, 700000);
	test_steady("--workload weighted --tasks 20 --seconds 9 --nice -20,-7,0,11,19", 20, 700000);
	test_steady("--workload weighted --tasks 7 --seconds 1 --custom-slice 200000,0,5000000", 7,
		    5000000);
	test_mistakes();
	test_cost();
	test_moves();
	test_hostile();
	test_distribution();
	return done();
}
