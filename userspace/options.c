// SPDX-License-Identifier: GPL-2.0
#include <getopt.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"
#include "util.h"

const char *const ledger_yield_names[] = { "off", "hint", "margin", "transfer", NULL };
const char *const ledger_audit_names[] = {
	[LEDGER_AUDIT_AUTO] = "auto",
	[LEDGER_AUDIT_REQUIRE] = "require",
	[LEDGER_AUDIT_OFF] = "off",
	[LEDGER_AUDIT_NR] = NULL,
};

/* --guard-ms was not given. */
#define GUARD_AUTO UINT32_MAX
#define GUARD_DEFAULT 10000U

#define FIELD(name) .offset = offsetof(struct ledger_options, name)
#define ACTION(what)                                                                               \
	.kind = LEDGER_OPTION_ACTION, FIELD(action), .min = LEDGER_ACTION_##what
#define FLAG(name) .kind = LEDGER_OPTION_FLAG, FIELD(name)
#define NUMBER(name, low, high, start)                                                             \
	.kind = LEDGER_OPTION_NUMBER, FIELD(name), .min = (low), .max = (high), .initial = (start)

const struct ledger_option ledger_options[] = {
	{ "help", 'h', ACTION(HELP), .help = "print this and leave" },
	{ "version", 'V', ACTION(VERSION), .help = "print the version and leave" },
	{ "verbose", 'v', FLAG(verbose),
	  .help = "show what libbpf and the kernel's verifier say while loading" },
	{ "status", 0, ACTION(STATUS),
	  .help = "print which sched_ext scheduler is attached and leave; status 0 if it is this "
		  "one, else 1" },
	{ "slice-us", 0, .arg = "N", NUMBER(slice_us, 100, 100000, 0),
	  .initial_text = "as the fair class: 700 * (1 + log2 of the online CPUs, 8 at most)",
	  .help = "length of a request of a task that has no slice of its own, in microseconds" },
	{ "guard-ms", 0, .arg = "N", NUMBER(guard_ms, 0, 30000, GUARD_AUTO),
	  .initial_text = "10000, or a third of --watchdog-ms if that is less",
	  .help = "anti-stall guard: a task that has waited this long runs for one short turn, "
		  "whatever its deadline; 0 = off. Below half of --watchdog-ms" },
	{ "yield", 0, .kind = LEDGER_OPTION_CHOICE, FIELD(yield), .arg = "MODE",
	  .choices = ledger_yield_names, .initial = LEDGER_YIELD_TRANSFER,
	  .initial_text = "transfer",
	  .help = "what yield_to() does for its target: off = nothing; hint = it goes first if it "
		  "is eligible, as in the fair class; margin = it is made eligible at everybody's "
		  "expense; transfer = it gets what the yielder gives up" },
	{ "no-pull", 0, FLAG(no_pull),
	  .help = "with --yield transfer: leave a target on its CPU instead of taking it to the "
		  "yielder's" },
	{ "no-kvm-wait", 0, FLAG(no_kvm_wait),
	  .help = "let a virtual CPU's yield go to whom KVM names; otherwise, if kvm is loaded "
		  "when this program starts, to the one that has its last interrupt and has not "
		  "answered. kvm cannot be unloaded meanwhile" },
	{ "no-cgroups", 0, FLAG(no_cgroups),
	  .help = "let every task weigh what its nice value says, whatever cgroup it is in" },
	{ "no-global-lag", 0, FLAG(no_global_lag),
	  .help = "leave tasks where they are until a CPU would idle; otherwise a CPU whose tasks "
		  "have had more of the machine than others takes one of those that had less, a "
		  "task that wakes up goes where less waits, and a cgroup that has had less than was "
		  "due to it weighs more for a while" },
	{ "no-hotplug", 0, FLAG(no_hotplug),
	  .help = "be loaded anew when a CPU goes off or comes back, as before Linux 7.3, where "
		  "the kernel does not take the tasks from a CPU that goes; otherwise the "
		  "scheduler stays, and so does the length of its slices" },
	{ "strict", 0, FLAG(strict),
	  .help = "switch off what the fair class does not do (the guard, an idle CPU for a "
		  "ghost, credit for a yield's target, balance by lag, protection that stays over); a task may "
		  "then wait until the watchdog ends the scheduler" },
	{ "no-hrtick", 0, FLAG(no_hrtick),
	  .help = "let slices end with the next tick; otherwise a timer ends them while somebody "
		  "competes, of the module eevdf_audit if it is loaded, else of BPF, less exactly" },
	{ "audit", 0, .kind = LEDGER_OPTION_CHOICE, FIELD(audit), .arg = "MODE",
	  .choices = ledger_audit_names, .initial = LEDGER_AUDIT_AUTO, .initial_text = "auto",
	  .help = "the module eevdf_audit: auto = use it, load it first if it is installed, run "
		  "without it otherwise; require = refuse to run without it; off = it keeps no "
		  "books. Its timers are used whenever it is loaded, see --no-hrtick. "
		  "The module stays loaded afterwards" },
	{ "watchdog-ms", 0, .arg = "N", NUMBER(watchdog_ms, 1, 30000, 30000),
	  .help = "the kernel ends the scheduler when a runnable task has not run for this long" },
	{ "duration", 0, .arg = "SEC", NUMBER(duration, 1, 31536000, 0),
	  .initial_text = "until a signal",
	  .help = "detach after so many seconds, with status 0" },
	{ "stats", 0, .arg = "SEC", NUMBER(stats, 1, 86400, 0), .initial_text = "no stats",
	  .help = "print a line with what happened every so many seconds, and the totals at the "
		  "end, on standard output" },
	{ "json", 0, FLAG(json), .help = "with --stats: print a JSON object a line" },
	{ "measure", 0, FLAG(measure),
	  .help = "measure how far tasks are off their share and turns off their end, at a small "
		  "cost each time a task runs; see the largest values in the statistics" },
	{ "help-stats", 0, ACTION(HELP_STATS), .help = "explain every counter and leave" },
	{ "dump-len", 0, .arg = "N", NUMBER(dump_len, 4096, 4194304, LEDGER_DUMP_LEN),
	  .help = "bytes kept of the debug dump that the kernel makes when it ends the scheduler "
		  "with an error" },
#define RULE_OPTION(bit, id, rule, function, what)                                                 \
	{ "no-" rule, 0, .kind = LEDGER_OPTION_RULE, FIELD(rules), .min = LEDGER_RULE_##id,        \
	  .fair = function, .help = what },
	LEDGER_RULES(RULE_OPTION)
#undef RULE_OPTION
	{ "print-doc", 0, .kind = LEDGER_OPTION_TEXT, FIELD(doc), .arg = "TEXT", .hidden = true,
	  .help = "print Documentation/TEXT: options.md, statistics.md, scx_ledger.8" },
};

const size_t ledger_options_nr = ARRAY_SIZE(ledger_options);

static const struct ledger_option_table table = {
	.program = "scx_ledger", .command = "scx_ledger", .rows = ledger_options,
	.nr = ARRAY_SIZE(ledger_options),
};

_Static_assert(ARRAY_SIZE(ledger_options) <= LEDGER_OPTIONS_MAX, "raise LEDGER_OPTIONS_MAX");

/* getopt's value of a long option; above every letter. */
#define OPTION_KEY(index) (256 + (int)(index))

static void *field(void *into, const struct ledger_option *o)
{
	return (char *)into + o->offset;
}

/**
 * options_complain() - print what is wrong with the command line
 * @t: whose
 * @err: receives a sentence
 * @before: its beginning
 * @theirs: the user's own text, is made printable
 * @after: its end
 * Return: %LEDGER_STATUS_USAGE
 */
enum ledger_status options_complain(const struct ledger_option_table *t, FILE *err,
				    const char *before, const char *theirs, const char *after)
{
	char text[64];

	snprintf(text, sizeof(text), "%s", theirs);
	clean_text(text, false);
	fprintf(err, "%s: %s'%s'%s; %s --help tells more\n", t->program, before, text, after,
		t->command);
	return LEDGER_STATUS_USAGE;
}

static enum ledger_status read_choice(const struct ledger_option_table *t, __u32 *value,
				      const struct ledger_option *o, const char *text, FILE *err)
{
	char before[64], after[128] = ", wants one of:";
	size_t len, i;

	for (i = 0; o->choices[i]; i++) {
		if (!strcmp(text, o->choices[i])) {
			*value = i;
			return LEDGER_STATUS_OK;
		}
		len = strlen(after);
		snprintf(after + len, sizeof(after) - len, " %s", o->choices[i]);
	}
	snprintf(before, sizeof(before), "--%s does not know ", o->name);
	return options_complain(t, err, before, text, after);
}

static enum ledger_status apply(const struct ledger_option_table *t, void *into,
				const struct ledger_option *o, const char *text, FILE *err)
{
	char before[96];
	uint64_t number;

	switch (o->kind) {
	case LEDGER_OPTION_ACTION:
		/* The first one wins: "--version --status" is more likely a slip than a wish. */
		if (*(enum ledger_action *)field(into, o) == LEDGER_ACTION_RUN)
			*(enum ledger_action *)field(into, o) = o->min;
		break;
	case LEDGER_OPTION_FLAG:
		*(bool *)field(into, o) = true;
		break;
	case LEDGER_OPTION_NUMBER:
		if (!parse_number(text, o->min, o->max, &number)) {
			snprintf(before, sizeof(before),
				 "--%s wants a whole number from %u to %u, not ", o->name, o->min,
				 o->max);
			return options_complain(t, err, before, text, "");
		}
		*(__u32 *)field(into, o) = number;
		break;
	case LEDGER_OPTION_CHOICE:
		return read_choice(t, field(into, o), o, text, err);
	case LEDGER_OPTION_RULE:
		*(__u32 *)field(into, o) &= ~o->min;
		break;
	case LEDGER_OPTION_TEXT:
		*(const char **)field(into, o) = text;
		break;
	}
	return LEDGER_STATUS_OK;
}

/* Options that are right one by one may be wrong together. */
static enum ledger_status check_together(struct ledger_options *opts, FILE *err)
{
	__u32 third = opts->watchdog_ms / 3;
	const char *what = NULL;

	if (opts->guard_ms == GUARD_AUTO) {
		opts->guard_ms = third < GUARD_DEFAULT ? third : GUARD_DEFAULT;
		if (opts->strict)
			opts->guard_ms = 0;
	}
	if (opts->json && !opts->stats)
		what = "--json shapes the lines of --stats; add --stats SEC";
	else if (opts->strict && opts->guard_ms)
		what = "--strict switches the guard off; leave out --guard-ms or --strict";
	else if (opts->guard_ms && opts->guard_ms * 2 >= opts->watchdog_ms)
		what = "--guard-ms must be below half of --watchdog-ms, or the watchdog ends the "
		       "scheduler before the guard helps";
	if (!what)
		return LEDGER_STATUS_OK;
	fprintf(err, "scx_ledger: %s\n", what);
	return LEDGER_STATUS_USAGE;
}

static enum ledger_status unknown(const struct ledger_option_table *t, char **argv, FILE *err)
{
	char letter[3] = { '-', (char)optopt, '\0' };

	/* Of a long option: 0, or its key if it was given a value that it does not take. */
	if (optopt >= OPTION_KEY(0))
		return options_complain(t, err, "option ", argv[optind - 1], " takes no value");
	if (!optopt)
		return options_complain(t, err, "unknown or ambiguous option ", argv[optind - 1],
					"");
	return options_complain(t, err, "unknown option ", letter, "");
}

/**
 * options_read() - read the options of a table
 * @t: the table
 * @argc: of main()
 * @argv: of main(); reordered by getopt_long
 * @into: structure that the rows' offsets are of; numbers and choices get their initial values, the
 *	rest is the caller's to preset
 * @err: receives one sentence if they are wrong
 *
 * Arguments that are no options are left to the caller: optind says where they begin.
 * Return: %LEDGER_STATUS_OK or %LEDGER_STATUS_USAGE
 */
enum ledger_status options_read(const struct ledger_option_table *t, int argc, char **argv,
				void *into, FILE *err)
{
	struct option longs[LEDGER_OPTIONS_MAX + 1] = { 0 };
	char letters[2 * LEDGER_OPTIONS_MAX + 3] = "+:";
	const struct ledger_option *o;
	enum ledger_status status;
	size_t i, len = 2;
	int key;

	for (i = 0; i < t->nr; i++) {
		o = &t->rows[i];
		if (o->kind == LEDGER_OPTION_NUMBER || o->kind == LEDGER_OPTION_CHOICE)
			*(__u32 *)field(into, o) = o->initial;
		longs[i].name = o->name;
		longs[i].has_arg = o->arg ? required_argument : no_argument;
		longs[i].val = OPTION_KEY(i);
		if (o->letter) {
			letters[len++] = o->letter;
			if (o->arg)
				letters[len++] = ':';
		}
	}
	letters[len] = '\0';

	opterr = 0;
	optind = 0; /* glibc: start afresh, for callers that parse twice */
	while ((key = getopt_long(argc, argv, letters + !t->in_front, longs, NULL)) != -1) {
		if (key == '?')
			return unknown(t, argv, err);
		if (key == ':')
			return options_complain(t, err, "option ", argv[optind - 1],
						" wants a value");
		for (i = 0; OPTION_KEY(i) != key && t->rows[i].letter != key; i++)
			;
		status = apply(t, into, &t->rows[i], optarg, err);
		if (status)
			return status;
	}
	return LEDGER_STATUS_OK;
}

/**
 * options_parse() - understand the command line
 * @argc: of main()
 * @argv: of main(); reordered by getopt_long
 * @opts: filled; complete only when 0 is returned
 * @err: receives one sentence when it is not
 *
 * Once something but scheduling is asked for, options are not checked against each other.
 * Return: %LEDGER_STATUS_OK or %LEDGER_STATUS_USAGE
 */
enum ledger_status options_parse(int argc, char **argv, struct ledger_options *opts, FILE *err)
{
	enum ledger_status status;

	memset(opts, 0, sizeof(*opts));
	opts->rules = LEDGER_RULE_ALL;
	status = options_read(&table, argc, argv, opts, err);
	if (status)
		return status;
	if (opts->doc)
		opts->action = LEDGER_ACTION_DOC;
	if (optind < argc)
		return options_complain(&table, err, "unexpected argument ", argv[optind], "");
	if (opts->action != LEDGER_ACTION_RUN)
		return LEDGER_STATUS_OK;
	return check_together(opts, err);
}

/**
 * options_describe() - the options in force, for the start line
 * @opts: parsed
 * @buf: receives the text
 * @size: of @buf
 */
void options_describe(const struct ledger_options *opts, char *buf, size_t size)
{
	size_t i, len;
	int n;

	n = snprintf(buf, size, "watchdog %u ms, audit %s, rules off:", opts->watchdog_ms,
		     ledger_audit_names[opts->audit]);
	if (opts->rules == LEDGER_RULE_ALL)
		snprintf(buf + n, size - n, " none");
	for (i = 0; i < ledger_options_nr; i++) {
		const struct ledger_option *o = &ledger_options[i];

		if (o->kind != LEDGER_OPTION_RULE || opts->rules & o->min)
			continue;
		len = strlen(buf);
		snprintf(buf + len, size - len, " %s", o->name + strlen("no-"));
	}
	if (opts->strict) {
		len = strlen(buf);
		snprintf(buf + len, size - len, ", strict");
	}
}
