// SPDX-License-Identifier: GPL-2.0
#include <getopt.h>
#include <string.h>

#include "sim.h"
#include "util.h"

#ifndef LEDGER_VERSION
#define LEDGER_VERSION "unknown"
#endif

const char *const sim_workload_names[] = {
#define NAME(id, name, what) [SIM_##id] = name,
	SIM_WORKLOADS(NAME)
#undef NAME
	NULL
};

static const char *const off_on[] = { "off", "on", NULL };

enum kind {
	KIND_ACTION,
	KIND_FLAG,
	KIND_NUMBER,
	KIND_SECONDS,
	KIND_WORKLOAD,
	KIND_SWITCH,
	KIND_LIST,
	KIND_RULE,
	KIND_FILE,
};

/* The initial value depends on other options. */
#define AUTO (~0ULL)

/**
 * struct row - an option
 * @name: long name without dashes
 * @letter: short name, or 0
 * @kind: how it is read; says which of the following are used
 * @arg: what the value is called in the help; NULL = takes none
 * @offset: of the field in struct sim_config
 * @min: smallest value; ACTION: enum sim_action; RULE: the bit
 * @max: largest value
 * @initial: value without the option
 * @initial_text: that value in words; NULL = the number
 * @help: what it does
 */
struct row {
	const char *name;
	char letter;
	enum kind kind;
	const char *arg;
	size_t offset;
	s64 min;
	u64 max;
	u64 initial;
	const char *initial_text;
	const char *help;
};

#define FIELD(name) .offset = offsetof(struct sim_config, name)
#define NUMBER(name, low, high, start)                                                             \
	.kind = KIND_NUMBER, FIELD(name), .min = (low), .max = (high), .initial = (start)

static const struct row rows[] = {
	{ "help", 'h', KIND_ACTION, .min = SIM_ACTION_HELP, .help = "print this and leave" },
	{ "version", 'V', KIND_ACTION, .min = SIM_ACTION_VERSION,
	  .help = "print the version and leave" },
	{ "cpus", 0, .arg = "N", NUMBER(cpus, 1, SIM_CPUS_MAX, 1), .help = "CPUs" },
	{ "tasks", 0, .arg = "N", NUMBER(tasks, 1, SIM_TASKS_MAX, 8), .help = "tasks" },
	{ "seconds", 0, KIND_SECONDS, "S", FIELD(length), .min = 1, .max = 3600 * NSEC_PER_SEC,
	  .initial = NSEC_PER_SEC, .initial_text = "1",
	  .help = "simulated time, up to 3600; may have a fraction" },
	{ "seed", 0, .arg = "N", NUMBER(seed, 0, ~0ULL, 1),
	  .help = "where the random numbers begin" },
	{ "workload", 0, KIND_WORKLOAD, "NAME", FIELD(workload), .initial = SIM_HOGS,
	  .initial_text = "hogs", .help = "what the tasks do, see below" },
	{ "nice", 0, KIND_LIST, "LIST", FIELD(nice), .min = -20, .max = 19,
	  .initial_text = "0; with weighted: -4,-2,0,2,4",
	  .help = "nice values, from one task to the next and over again" },
	{ "slice", 0, .arg = "NS", NUMBER(slice, 100000, 100000000, AUTO),
	  .initial_text = "as the fair class: 700000 * (1 + log2 of the CPUs, 8 at most)",
	  .help = "length of a request of a task that has none of its own" },
	{ "custom-slice", 0, KIND_LIST, "LIST", FIELD(custom), .min = 0, .max = 100000000,
	  .initial_text = "0",
	  .help = "requests of their own as of sched_setattr, from one task to the next; 0 = none, "
		  "else 100000 or more" },
	{ "tick", 0, .arg = "NS", NUMBER(tick, 0, 100000000, 0),
	  .help = "a slice ends at a multiple of this; 0 = on time" },
	{ "min-turn", 0, .arg = "NS", NUMBER(min_turn, 0, 100000000, 0),
	  .help = "a slice does not end earlier than this after the task was picked; the hrtick of "
		  "the fair class has 10000. With 0 tasks of different requests, or without "
		  "run-to-parity, may switch every few ns" },
	{ "run", 0, .arg = "NS", NUMBER(run, 1, 10 * NSEC_PER_SEC, AUTO),
	  .initial_text = "mixed: 200000, messaging: 20000",
	  .help = "mean time that a task of mixed or messaging runs at a stretch" },
	{ "sleep", 0, .arg = "NS", NUMBER(sleep, 1, 10 * NSEC_PER_SEC, 2000000),
	  .help = "mean time that a task of mixed sleeps" },
	{ "fixed", 0, KIND_FLAG, FIELD(fixed),
	  .help = "the times of --run and --sleep are fixed; else they are exponential" },
	{ "hogs", 0, .arg = "PERCENT", NUMBER(hogs, 0, 100, 25),
	  .help = "share of the tasks of mixed that are busy loops" },
	{ "group", 0, .arg = "N", NUMBER(group, 2, SIM_TASKS_MAX, 2),
	  .help = "tasks in a ring of messaging" },
	{ "steal", 0, KIND_SWITCH, "on|off", FIELD(steal), .initial = 1, .initial_text = "on",
	  .help = "a CPU that would idle takes a task that waits elsewhere" },
	{ "check", 0, .arg = "N", NUMBER(check, 0, ~0ULL, 1000),
	  .help = "recount a timeline every N decisions; 0 = never" },
	{ "lag-trace", 0, KIND_FILE, "FILE", FIELD(lag_trace),
	  .help = "write time (ns), task and lag (ns of service) whenever something changes" },
	{ "json", 0, KIND_FLAG, FIELD(json), .help = "print a JSON object" },
#define RULE_ROW(bit, id, rule, function, what)                                                    \
	{ "no-" rule, 0, KIND_RULE, .min = LEDGER_RULE_##id, .help = what },
	LEDGER_RULES(RULE_ROW)
#undef RULE_ROW
};

/* getopt's value of a long option; above every letter. */
#define KEY(index) (256 + (int)(index))

static void *field(struct sim_config *cfg, const struct row *row)
{
	return (char *)cfg + row->offset;
}

/* A complaint with the user's own text made printable. */
static enum sim_status complain(FILE *err, const char *before, const char *theirs,
				const char *after)
{
	char text[64];

	snprintf(text, sizeof(text), "%s", theirs);
	clean_text(text, false);
	fprintf(err, "eevdf-sim: %s'%s'%s; eevdf-sim --help tells more\n", before, text, after);
	return SIM_STATUS_USAGE;
}

static bool read_choice(const char *const *choices, const char *text, u64 *value)
{
	u64 i;

	for (i = 0; choices[i]; i++) {
		if (!strcmp(text, choices[i])) {
			*value = i;
			return true;
		}
	}
	return false;
}

/* Seconds with up to nine digits behind the point. */
static bool read_seconds(const char *text, u64 max, u64 *ns)
{
	uint64_t whole, part = 0;
	char digits[] = "000000000", head[16];
	size_t len = strcspn(text, "."), behind;

	if (!len || len >= sizeof(head))
		return false;
	memcpy(head, text, len);
	head[len] = '\0';
	if (!parse_number(head, 0, max / NSEC_PER_SEC, &whole))
		return false;
	if (text[len]) {
		behind = strlen(text + len + 1);
		if (!behind || behind > 9)
			return false;
		memcpy(digits, text + len + 1, behind);
		if (!parse_number(digits, 0, NSEC_PER_SEC - 1, &part))
			return false;
	}
	*ns = whole * NSEC_PER_SEC + part;
	return *ns && *ns <= max;
}

/* Numbers with commas between them. */
static bool read_list(const char *text, const struct row *row, s64 *values, u32 *nr)
{
	char word[24];
	uint64_t number;
	s64 value;
	size_t len;

	for (*nr = 0; ; text++) {
		len = strcspn(text, ",");
		if (len >= sizeof(word) || *nr == SIM_LIST_MAX)
			return false;
		memcpy(word, text, len);
		word[len] = '\0';
		if (!parse_number(word + (*word == '-'), 0, INT32_MAX, &number))
			return false;
		value = *word == '-' ? -(s64)number : (s64)number;
		if (value < row->min || value > (s64)row->max)
			return false;
		values[(*nr)++] = value;
		text += len;
		if (!*text)
			return true;
	}
}

static enum sim_status apply(struct sim_config *cfg, const struct row *row, const char *text,
			     FILE *err)
{
	char before[128];
	uint64_t number;
	u64 value = 0;
	bool good = true;

	snprintf(before, sizeof(before), "--%s wants ", row->name);
	switch (row->kind) {
	case KIND_ACTION:
		if (cfg->action == SIM_ACTION_RUN)
			cfg->action = row->min;
		return SIM_STATUS_OK;
	case KIND_FLAG:
		*(bool *)field(cfg, row) = true;
		return SIM_STATUS_OK;
	case KIND_RULE:
		cfg->rules &= ~row->min;
		return SIM_STATUS_OK;
	case KIND_FILE:
		*(const char **)field(cfg, row) = text;
		return *text ? SIM_STATUS_OK : complain(err, before, text, ", a file's name");
	case KIND_SWITCH:
		good = read_choice(off_on, text, &value);
		*(bool *)field(cfg, row) = value;
		strcat(before, "on or off, not ");
		break;
	case KIND_WORKLOAD:
		good = read_choice(sim_workload_names, text, field(cfg, row));
		strcat(before, "hogs, weighted, mixed or messaging, not ");
		break;
	case KIND_NUMBER:
		good = parse_number(text, row->min, row->max, &number);
		if (good)
			*(u64 *)field(cfg, row) = number;
		snprintf(before, sizeof(before),
			 "--%s wants a whole number from %lld to %llu, not ", row->name, row->min,
			 row->max);
		break;
	case KIND_SECONDS:
		good = read_seconds(text, row->max, field(cfg, row));
		strcat(before, "seconds from 0.000000001 to 3600, not ");
		break;
	case KIND_LIST:
		good = read_list(text, row, field(cfg, row),
				 row->min < 0 ? &cfg->nr_nice : &cfg->nr_custom);
		snprintf(before, sizeof(before),
			 "--%s wants at most %d numbers from %lld to %llu with commas between, not ",
			 row->name, SIM_LIST_MAX, row->min, row->max);
		break;
	}
	return good ? SIM_STATUS_OK : complain(err, before, text, "");
}

static void set_initial(struct sim_config *cfg)
{
	size_t i;

	memset(cfg, 0, sizeof(*cfg));
	cfg->rules = LEDGER_RULE_ALL;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct row *row = &rows[i];

		if (row->kind == KIND_SWITCH)
			*(bool *)field(cfg, row) = row->initial;
		else if (row->kind == KIND_NUMBER || row->kind == KIND_SECONDS ||
			 row->kind == KIND_WORKLOAD)
			*(u64 *)field(cfg, row) = row->initial;
	}
}

/* What follows from other options (fair.c: get_update_sysctl_factor for the slice). */
static void set_rest(struct sim_config *cfg)
{
	static const s64 weighted[] = { -4, -2, 0, 2, 4 };
	u32 cpus = cfg->cpus < 8 ? cfg->cpus : 8;

	if (cfg->slice == AUTO)
		cfg->slice = 700000 * (32 - __builtin_clz(cpus));
	if (cfg->run == AUTO)
		cfg->run = cfg->workload == SIM_MESSAGING ? 20000 : 200000;
	if (cfg->nr_nice)
		return;
	cfg->nr_nice = 1;
	if (cfg->workload == SIM_WEIGHTED) {
		memcpy(cfg->nice, weighted, sizeof(weighted));
		cfg->nr_nice = ARRAY_SIZE(weighted);
	}
}

/* Options that are right one by one may be wrong together. */
static enum sim_status check_together(const struct sim_config *cfg, FILE *err)
{
	const char *what = NULL;
	u32 i;

	for (i = 0; i < cfg->nr_custom; i++)
		if (cfg->custom[i] && cfg->custom[i] < 100000)
			what = "--custom-slice wants 0 or at least 100000 ns, as sched_setattr";
	if (cfg->workload == SIM_HOGS && cfg->nr_nice > 1)
		what = "the tasks of hogs are equal; use --workload weighted for several --nice";
	else if (cfg->workload == SIM_MESSAGING && cfg->group > cfg->tasks)
		what = "a ring of --group needs at least as many --tasks";
	else if (cfg->lag_trace && cfg->tasks > 1000)
		what = "--lag-trace writes a line a task and change; ask for at most 1000 --tasks";
	if (!what)
		return SIM_STATUS_OK;
	fprintf(err, "eevdf-sim: %s\n", what);
	return SIM_STATUS_USAGE;
}

static enum sim_status unknown(char **argv, FILE *err)
{
	char letter[3] = { '-', (char)optopt, '\0' };

	/* Of a long option: 0, or its key if it was given a value that it does not take. */
	if (optopt >= KEY(0))
		return complain(err, "option ", argv[optind - 1], " takes no value");
	if (!optopt)
		return complain(err, "unknown or ambiguous option ", argv[optind - 1], "");
	return complain(err, "unknown option ", letter, "");
}

/**
 * sim_options_parse() - understand the command line
 * @argc: of main()
 * @argv: of main(); reordered by getopt_long
 * @cfg: filled; complete only when %SIM_STATUS_OK is returned
 * @err: receives one sentence when it is not
 *
 * Return: %SIM_STATUS_OK or %SIM_STATUS_USAGE
 */
enum sim_status sim_options_parse(int argc, char **argv, struct sim_config *cfg, FILE *err)
{
	struct option longs[ARRAY_SIZE(rows) + 1] = { 0 };
	enum sim_status status;
	size_t i;
	int key;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		longs[i].name = rows[i].name;
		longs[i].has_arg = rows[i].arg ? required_argument : no_argument;
		longs[i].val = KEY(i);
	}
	set_initial(cfg);

	opterr = 0;
	optind = 0; /* glibc: start afresh, for callers that parse twice */
	while ((key = getopt_long(argc, argv, ":hV", longs, NULL)) != -1) {
		if (key == '?')
			return unknown(argv, err);
		if (key == ':')
			return complain(err, "option ", argv[optind - 1], " wants a value");
		for (i = 0; KEY(i) != key && rows[i].letter != key; i++)
			;
		status = apply(cfg, &rows[i], optarg, err);
		if (status)
			return status;
	}
	if (optind < argc)
		return complain(err, "unexpected argument ", argv[optind], "");
	if (cfg->action != SIM_ACTION_RUN)
		return SIM_STATUS_OK;
	set_rest(cfg);
	return check_together(cfg, err);
}

static void help_row(FILE *out, const struct row *row)
{
	char head[48];

	snprintf(head, sizeof(head), "%s%c%s--%s%s%s", row->letter ? "-" : " ",
		 row->letter ? row->letter : ' ', row->letter ? ", " : "  ", row->name,
		 row->arg ? " " : "", row->arg ? row->arg : "");
	fprintf(out, "  %-26s %s", head, row->help);
	if (row->initial_text)
		fprintf(out, " (default: %s)", row->initial_text);
	else if (row->kind == KIND_NUMBER)
		fprintf(out, " (default: %llu)", row->initial);
	fputc('\n', out);
}

/**
 * sim_help() - what --help prints
 * @out: where to
 */
void sim_help(FILE *out)
{
	size_t i;

	fprintf(out, "usage: eevdf-sim [OPTION]...\n\n"
		     "Simulates tasks on CPUs whose scheduler is include/eevdf, and prints who was "
		     "owed how much\nand what the choices cost. All times are nanoseconds of a "
		     "virtual clock; the same options\ngive the same output on every run. Switching "
		     "is free, and there is no anti-stall guard.\n\nOptions:\n");
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		if (rows[i].kind == KIND_RULE && rows[i - 1].kind != KIND_RULE)
			fprintf(out, "\nRules that can be switched off:\n");
		help_row(out, &rows[i]);
	}
	fprintf(out, "\nWorkloads:\n");
#define WORKLOAD_HELP(id, name, what) fprintf(out, "  %-10s %s\n", name, what);
	SIM_WORKLOADS(WORKLOAD_HELP)
#undef WORKLOAD_HELP
	fprintf(out, "\nChecks:\n");
#define CHECK_HELP(id, name, what) fprintf(out, "  %-10s %s\n", name, what);
	SIM_CHECKS(CHECK_HELP)
#undef CHECK_HELP
	fprintf(out, "\nExit status:\n");
#define STATUS_HELP(id, value, meaning) fprintf(out, "  %d  %s\n", value, meaning);
	SIM_STATUS(STATUS_HELP)
#undef STATUS_HELP
}
