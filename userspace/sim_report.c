// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>

#include "sim.h"

#ifndef LEDGER_VERSION
#define LEDGER_VERSION "unknown"
#endif

/* More rows than that help nobody. */
#define FEW_NICE 8

static const char *const check_texts[] = {
#define TEXT(id, name, what) [SIM_CHECK_##id] = what,
	SIM_CHECKS(TEXT)
#undef TEXT
};

static const char *const op_names[] = { "pick", "insert", "erase" };
static const char *const moment_names[] = { "pick", "charge" };
static const u32 percents[] = { 1, 50, 99 };

/**
 * sim_broken() - did a check not hold
 * @res: the result
 */
bool sim_broken(const struct sim_result *res)
{
	int i;

	for (i = 0; i < SIM_NR_CHECKS; i++)
		if (res->violations[i])
			return true;
	return false;
}

static double mean(const struct sim_cost *cost)
{
	return cost->ops ? (double)cost->rounds / cost->ops : 0;
}

/**
 * sim_growth() - how many rounds an operation costs more with each doubling of the queue
 * @res: the result
 * @op: which
 *
 * The slope of the means by least squares; 0 if all queues had about the same length.
 */
double sim_growth(const struct sim_result *res, enum sim_op op)
{
	double n = 0, x = 0, y = 0, xx = 0, xy = 0, below;
	int k;

	for (k = 0; k < SIM_NR_LENGTHS; k++) {
		const struct sim_cost *cost = &res->cost[op][k];

		if (!cost->ops)
			continue;
		n++;
		x += k;
		y += mean(cost);
		xx += k * k;
		xy += k * mean(cost);
	}
	below = n * xx - x * x;
	return below > 0 ? (n * xy - x * y) / below : 0;
}

static bool length_used(const struct sim_result *res, int k)
{
	int op;

	for (op = 0; op < SIM_NR_OPS; op++)
		if (res->cost[op][k].ops)
			return true;
	return false;
}

static u32 nice_values(const struct sim_result *res)
{
	u32 i, n = 0;

	for (i = 0; i < SIM_NR_NICE; i++)
		n += !!res->tasks_of_nice[i];
	return n;
}

static void print_lag(FILE *out, const char *who, const char *moment, const struct sim_lag *lag)
{
	size_t i;

	fprintf(out, "  %5s  %-6s %12llu %12lld", who, moment, lag->count, lag->min);
	for (i = 0; i < sizeof(percents) / sizeof(percents[0]); i++)
		fprintf(out, " %12lld", sim_lag_quantile(lag, percents[i]));
	fprintf(out, " %12lld\n", lag->max);
}

static void print_lags(const struct sim_result *res, FILE *out)
{
	u32 n = nice_values(res);
	char who[16];
	int i, m;

	fprintf(out, "\nlag in ns of service (positive: owed)\n");
	fprintf(out, "  %5s  %-6s %12s %12s %12s %12s %12s %12s\n", "nice", "at a", "count", "min",
		"p1", "p50", "p99", "max");
	for (i = 0; i < SIM_NR_NICE && n > 1 && n <= FEW_NICE; i++) {
		if (!res->tasks_of_nice[i])
			continue;
		snprintf(who, sizeof(who), "%d", i - 20);
		for (m = 0; m < SIM_NR_MOMENTS; m++)
			print_lag(out, who, moment_names[m], &res->lag[i][m]);
	}
	for (m = 0; m < SIM_NR_MOMENTS; m++)
		print_lag(out, "all", moment_names[m], &res->lag_all[m]);
}

static void print_costs(const struct sim_result *res, FILE *out)
{
	int k, op;

	fprintf(out, "\ncost in rounds of the loops of include/eevdf, by entities in the tree\n");
	fprintf(out, "  %8s", "from");
	for (op = 0; op < SIM_NR_OPS; op++)
		fprintf(out, " %10ss %6s %4s", op_names[op], "mean", "max");
	fputc('\n', out);
	for (k = 0; k < SIM_NR_LENGTHS; k++) {
		if (!length_used(res, k))
			continue;
		fprintf(out, "  %8u", 1U << k);
		for (op = 0; op < SIM_NR_OPS; op++) {
			const struct sim_cost *cost = &res->cost[op][k];

			fprintf(out, " %11llu %6.2f %4u", cost->ops, mean(cost), cost->max);
		}
		fputc('\n', out);
	}
	fprintf(out, "  a doubling adds");
	for (op = 0; op < SIM_NR_OPS; op++)
		fprintf(out, "%s %.2f a %s", op ? "," : "", sim_growth(res, op), op_names[op]);
	fputc('\n', out);
}

static void print_rules_off(const struct sim_config *cfg, FILE *out)
{
	if (cfg->rules == LEDGER_RULE_ALL)
		fprintf(out, " none");
#define OFF(bit, id, name, function, what)                                                         \
	if (!(cfg->rules & LEDGER_RULE_##id))                                                      \
		fprintf(out, " " name);
	LEDGER_RULES(OFF)
#undef OFF
}

static double percent(u64 part, u64 whole)
{
	return whole ? 100.0 * part / whole : 0;
}

/**
 * sim_print() - the result as text
 * @cfg: what was simulated
 * @res: what came out
 * @out: where to
 */
void sim_print(const struct sim_config *cfg, const struct sim_result *res, FILE *out)
{
	int i;

	fprintf(out, "%s: %llu tasks, %llu cpus, %.9g s, slice %llu ns, seed %llu, steal %s, ",
		sim_workload_names[cfg->workload], cfg->tasks, cfg->cpus, cfg->length / 1e9,
		cfg->slice, cfg->seed, cfg->steal ? "on" : "off");
	if (cfg->tick)
		fprintf(out, "slices end at ticks of %llu ns, ", cfg->tick);
	fprintf(out, "rules off:");
	print_rules_off(cfg, out);
	fprintf(out, "\ndecisions  %llu picks: %llu switches, %llu kept; %llu wakeups, "
		     "%llu sleeps, %llu preemptions\n", res->picks, res->switches, res->kept, res->wakeups,
		res->sleeps, res->preempts);
	fprintf(out, "           %llu sleepers stayed as ghosts: %llu woke up, %llu had paid\n",
		res->delays, res->ghost_wakes, res->drains);
	fprintf(out, "           %llu migrations, %llu of them steals; cpus busy %.2f %%\n",
		res->migrations, res->steals, percent(res->busy, cfg->length * cfg->cpus));
	fprintf(out, "           hash %016llx\n", res->hash);
	fprintf(out, "overrun    %llu ns of service at most\n", res->overrun);
	if (res->ideal_tasks)
		fprintf(out, "ideal      %llu busy loops had %lld to %+lld ns more than was due\n",
			res->ideal_tasks, res->ideal_low, res->ideal_high);
	print_lags(res, out);
	print_costs(res, out);
	fprintf(out, "\nchecks\n");
	for (i = 0; i < SIM_NR_CHECKS; i++)
		fprintf(out, "  %-10s %12llu checked, %llu broken: %s\n", sim_check_names[i],
			res->checked[i], res->violations[i], check_texts[i]);
	if (sim_broken(res))
		fprintf(out, "BROKEN: first %s\n", res->first);
	else
		fprintf(out, "all checks held\n");
}

static void json_lag(FILE *out, const struct sim_lag *lag)
{
	size_t i;

	fprintf(out, "{\"count\":%llu,\"min\":%lld", lag->count, lag->min);
	for (i = 0; i < sizeof(percents) / sizeof(percents[0]); i++)
		fprintf(out, ",\"p%u\":%lld", percents[i], sim_lag_quantile(lag, percents[i]));
	fprintf(out, ",\"max\":%lld}", lag->max);
}

static void json_lags(const struct sim_result *res, FILE *out)
{
	int i, m;

	fprintf(out, "\"lag_ns\":{");
	for (m = 0; m < SIM_NR_MOMENTS; m++) {
		fprintf(out, "%s\"%s\":", m ? "," : "", moment_names[m]);
		json_lag(out, &res->lag_all[m]);
	}
	fprintf(out, ",\"by_nice\":{");
	for (i = 0, m = 0; i < SIM_NR_NICE; i++) {
		if (!res->tasks_of_nice[i])
			continue;
		fprintf(out, "%s\"%d\":{\"tasks\":%u,\"pick\":", m++ ? "," : "", i - 20,
			res->tasks_of_nice[i]);
		json_lag(out, &res->lag[i][SIM_AT_PICK]);
		fprintf(out, ",\"charge\":");
		json_lag(out, &res->lag[i][SIM_AT_CHARGE]);
		fprintf(out, "}");
	}
	fprintf(out, "}}");
}

static void json_costs(const struct sim_result *res, FILE *out)
{
	int k, op, rows;

	fprintf(out, "\"cost_rounds\":{");
	for (op = 0; op < SIM_NR_OPS; op++) {
		fprintf(out, "%s\"%s\":{\"per_doubling\":%.2f,\"by_length\":[", op ? "," : "",
			op_names[op], sim_growth(res, op));
		for (k = 0, rows = 0; k < SIM_NR_LENGTHS; k++) {
			const struct sim_cost *cost = &res->cost[op][k];

			if (!cost->ops)
				continue;
			fprintf(out, "%s{\"from\":%u,\"ops\":%llu,\"mean\":%.2f,\"max\":%u}",
				rows++ ? "," : "", 1U << k, cost->ops, mean(cost), cost->max);
		}
		fprintf(out, "]}");
	}
	fprintf(out, "}");
}

/**
 * sim_print_json() - the result as a JSON object on one line
 * @cfg: what was simulated
 * @res: what came out
 * @out: where to
 */
void sim_print_json(const struct sim_config *cfg, const struct sim_result *res, FILE *out)
{
	int i;

	fprintf(out, "{\"workload\":\"%s\",\"tasks\":%llu,\"cpus\":%llu,\"length_ns\":%llu,"
		     "\"slice_ns\":%llu,\"tick_ns\":%llu,\"seed\":%llu,\"steal\":%s,\"rules\":%u,",
		sim_workload_names[cfg->workload], cfg->tasks, cfg->cpus, cfg->length, cfg->slice,
		cfg->tick, cfg->seed, cfg->steal ? "true" : "false", cfg->rules);
	fprintf(out, "\"picks\":%llu,\"switches\":%llu,\"kept\":%llu,\"wakeups\":%llu,"
		     "\"sleeps\":%llu,\"delays\":%llu,\"drains\":%llu,\"ghost_wakes\":%llu,"
		     "\"preempts\":%llu,\"migrations\":%llu,\"steals\":%llu,"
		     "\"busy_ns\":%llu,\"overrun_ns\":%llu,\"hash\":\"%016llx\",",
		res->picks, res->switches, res->kept, res->wakeups, res->sleeps, res->delays,
		res->drains, res->ghost_wakes, res->preempts, res->migrations, res->steals,
		res->busy, res->overrun, res->hash);
	fprintf(out, "\"ideal\":{\"tasks\":%llu,\"low_ns\":%lld,\"high_ns\":%lld},",
		res->ideal_tasks, res->ideal_low, res->ideal_high);
	json_lags(res, out);
	fputc(',', out);
	json_costs(res, out);
	fprintf(out, ",\"checks\":{");
	for (i = 0; i < SIM_NR_CHECKS; i++)
		fprintf(out, "%s\"%s\":{\"checked\":%llu,\"broken\":%llu}", i ? "," : "",
			sim_check_names[i], res->checked[i], res->violations[i]);
	fprintf(out, "},\"first_broken\":\"%s\",\"ok\":%s}\n", res->first,
		sim_broken(res) ? "false" : "true");
}

/**
 * sim_main() - the program
 * @argc: of main()
 * @argv: of main()
 * @out: for results
 * @err: for sentences
 */
enum sim_status sim_main(int argc, char **argv, FILE *out, FILE *err)
{
	struct sim_result *res;
	struct sim_config cfg;
	enum sim_status status;

	status = sim_options_parse(argc, argv, &cfg, err);
	if (status)
		return status;
	if (cfg.action == SIM_ACTION_HELP) {
		sim_help(out);
	} else if (cfg.action == SIM_ACTION_VERSION) {
		fprintf(out, "eevdf-sim %s\n", LEDGER_VERSION);
	} else {
		res = calloc(1, sizeof(*res));
		if (!res) {
			fprintf(err, "eevdf-sim: there is not enough memory\n");
			return SIM_STATUS_FAILED;
		}
		status = sim_run(&cfg, res, err);
		if (status != SIM_STATUS_FAILED)
			(cfg.json ? sim_print_json : sim_print)(&cfg, res, out);
		free(res);
	}
	if (!fflush(out) && !ferror(out))
		return status;
	fprintf(err, "eevdf-sim: the output could not be written to its end\n");
	return SIM_STATUS_FAILED;
}
