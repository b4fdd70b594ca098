// SPDX-License-Identifier: GPL-2.0
#include <getopt.h>
#include <stddef.h>
#include <string.h>

#include "command.h"
#include "fair.h"
#include "replay.h"
#include "util.h"
#include "watch.h"

#define AUDIT_ACTION(type, what)                                                                   \
	.kind = LEDGER_OPTION_ACTION, .offset = offsetof(struct type, action),                     \
	.min = LEDGER_ACTION_##what
#define AUDIT_FLAG(type, name) .kind = LEDGER_OPTION_FLAG, .offset = offsetof(struct type, name)
#define AUDIT_NUMBER(type, name, low, high, start)                                                 \
	.kind = LEDGER_OPTION_NUMBER, .offset = offsetof(struct type, name), .min = (low),         \
	.max = (high), .initial = (start)
#define AUDIT_HELP(type) { "help", 'h', AUDIT_ACTION(type, HELP), .help = "print this and leave" }

/* Before the command. */
const struct ledger_option audit_options[] = {
	AUDIT_HELP(audit_wish),
	{ "version", 'V', AUDIT_ACTION(audit_wish, VERSION),
	  .help = "print the version and leave" },
	{ "print-doc", 0, .kind = LEDGER_OPTION_TEXT, .offset = offsetof(struct audit_wish, doc),
	  .arg = "TEXT", .hidden = true, .help = "print Documentation/man/TEXT: eevdf-audit.8" },
};

const size_t audit_options_nr = ARRAY_SIZE(audit_options);

static const struct ledger_option replay_rows[] = {
	AUDIT_HELP(replay_options),
	{ "weights", 0, .kind = LEDGER_OPTION_CHOICE, .offset = offsetof(struct replay_options,
									 weights),
	  .arg = "HOW", .choices = replay_weights_names, .initial = REPLAY_WEIGHTS_AUTO,
	  .initial_text = "auto",
	  .help = "how weights count in the sums: scaled = 1024 for 1048576, as up to Linux 7.0; "
		  "full = as printed, as from 7.1 on; auto = whichever makes the first sum_weight "
		  "right" },
	{ "json", 0, AUDIT_FLAG(replay_options, json),
	  .help = "print one JSON object with the findings, and no lines" },
	{ "quiet", 'q', AUDIT_FLAG(replay_options, quiet), .help = "print the summary only" },
};

static const char *const replay_pages[] = {
	"Reads a trace of the fair class, in the form of the patch that Peter Zijlstra posted on "
	"31 March 2026 to find a corrupted zero_vruntime, keeps a second set of books beside it, "
	"in 128 bits, and says for each line what holds. FILE may be a mail: quotes are taken off, "
	"wrapped lines joined, prose is passed over and counted. - is standard input.",
	"A line holds if its figures follow from the lines before and, where the whole queue is "
	"known, from the entities in it. It is carried if it follows from the lines before and "
	"those are wrong, WRONG if it does not follow, unknown if nothing can be compared. A "
	"difference that is a multiple of the queue's sum_weight is the signature of a shift of "
	"the zero point of which one half was lost.",
	"Not seen: a wrong deadline that stays in order and is printed once, a wrong limit() in a "
	"trace with one, and what a division rounds away.",
	NULL,
};

static const struct ledger_option show_rows[] = {
	AUDIT_HELP(show_options),
};

static const char *const show_pages[] = {
	"Prints what the module eevdf_audit has recorded since it was loaded or reset: its mode, "
	"its counters, the timelines, and each violation with the figures expected and got. A "
	"violation among them gives exit status 3.",
	NULL,
};

/* What all have that watch. */
#define WATCH_ROWS(type)                                                                           \
	AUDIT_HELP(type),                                                                          \
	{ "duration", 0, .arg = "SEC", AUDIT_NUMBER(type, duration, 1, 31536000, 0),               \
	  .initial_text = "until a signal", .help = "end after so many seconds" },                 \
	{ "interval", 0, .arg = "SEC", AUDIT_NUMBER(type, interval, 1, 86400, 1),                  \
	  .help = "seconds between two tables" },                                                  \
	{ "until-violation", 0, AUDIT_FLAG(type, until_violation),                                 \
	  .help = "end at the first violation" }

static const struct ledger_option watch_rows[] = {
	WATCH_ROWS(watch_options),
	{ "json", 0, AUDIT_FLAG(watch_options, json),
	  .help = "print a JSON object a line instead" },
};

static const char *const watch_pages[] = {
	"Watches the counters of the module eevdf_audit, which audits the scheduler scx_ledger, and "
	"attaches to nothing itself: a table every second, drawn over the one before on a "
	"terminal. What was not checked stands beside what was.",
	"Violations from before it was started are shown and do not count for the exit status. "
	"Status 0 means that something was checked meanwhile, and no violation found; SIGINT and "
	"SIGTERM end it in the same way as --duration.",
	NULL,
};

static const struct ledger_option fair_rows[] = {
	WATCH_ROWS(fair_options),
	{ "sample", 0, .arg = "N", AUDIT_NUMBER(fair_options, sample, 1, 1000000, 1),
	  .help = "check one call in N of each function, on each CPU" },
	{ "hooks", 0, .kind = LEDGER_OPTION_CHOICE, .offset = offsetof(struct fair_options, hooks),
	  .arg = "WHICH", .choices = fair_hooks_names, .initial_text = "all",
	  .help = "queue = the queue at a pick, and no more: the cheapest; pick = and the choice" },
	{ "max-walk", 0, .arg = "N", AUDIT_NUMBER(fair_options, max_walk, 8, 4096, 512),
	  .help = "a queue with more entities is counted as not checked" },
	{ "record", 0, AUDIT_FLAG(fair_options, record),
	  .help = "flight recorder: a finding is followed by the last events of its CPU" },
	{ "json", 0, AUDIT_FLAG(fair_options, json), .help = "print a JSON object a line instead" },
	{ "mutate", 0, .kind = LEDGER_OPTION_CHOICE,
	  .offset = offsetof(struct fair_options, mutate),
	  .arg = "CHECK", .choices = fair_mutate_names, .initial_text = "nothing", .hidden = true,
	  .help = "expect the wrong figure, to see a check fail" },
};

static const char *const fair_pages[] = {
	"Watches the kernel's own fair class on a running system: at each pick the queue's sums, "
	"its augmented tree and the choice are computed again from the entities and compared, "
	"exactly; so are the charge of run time, the zero point after avg_vruntime() and the lag "
	"of who leaves. A call of avg_vruntime() without the queue's lock is a finding of its own. "
	"What this kernel does not let be checked is named at the start, with the reason.",
	"The first failure of each kind is told in full, the others are counted. With the module "
	"eevdf_audit loaded it is in the kernel's log before the function returns; without, it is "
	"in the trace buffer, and kernel.ftrace_dump_on_oops is set as long as this runs.",
	"Nothing is changed in the scheduler. SIGINT and SIGTERM end it as --duration does.",
	NULL,
};

const struct audit_command audit_commands[] = {
	{ "fair", NULL, "watch the kernel's own fair class", fair_pages, fair_rows,
	  ARRAY_SIZE(fair_rows), fair_run },
	{ "replay", "FILE", "recompute a trace of the fair class, line by line", replay_pages,
	  replay_rows, ARRAY_SIZE(replay_rows), replay_run },
	{ "show", NULL, "print what the module has recorded", show_pages, show_rows,
	  ARRAY_SIZE(show_rows), show_run },
	{ "ledger", NULL, "watch scx_ledger being audited by the module", watch_pages, watch_rows,
	  ARRAY_SIZE(watch_rows), watch_run },
};

const size_t audit_commands_nr = ARRAY_SIZE(audit_commands);

_Static_assert(sizeof(struct replay_options) <= AUDIT_OPTIONS_SIZE &&
	       sizeof(struct show_options) <= AUDIT_OPTIONS_SIZE &&
	       sizeof(struct watch_options) <= AUDIT_OPTIONS_SIZE &&
	       sizeof(struct fair_options) <= AUDIT_OPTIONS_SIZE, "raise AUDIT_OPTIONS_SIZE");

static const struct audit_command *find(const char *name)
{
	size_t i;

	for (i = 0; i < audit_commands_nr; i++)
		if (!strcmp(audit_commands[i].name, name))
			return &audit_commands[i];
	return NULL;
}

static enum audit_status parse_command(int argc, char **argv, struct audit_wish *wish, FILE *err)
{
	const struct audit_command *c = wish->command;
	char name[64];
	const struct ledger_option_table table = {
		.program = "eevdf-audit", .command = name, .rows = c->rows, .nr = c->nr,
	};

	snprintf(name, sizeof(name), "eevdf-audit %s", c->name);
	if (options_read(&table, argc, argv, wish->opts, err))
		return AUDIT_STATUS_USAGE;
	memcpy(&wish->action, wish->opts, sizeof(wish->action));
	if (wish->action != LEDGER_ACTION_RUN)
		return AUDIT_STATUS_CLEAN;
	if (c->operand && optind == argc) {
		fprintf(err, "eevdf-audit: %s wants a %s; %s --help tells more\n", c->name,
			c->operand, name);
		return AUDIT_STATUS_USAGE;
	}
	if (c->operand)
		wish->operand = argv[optind++];
	if (optind == argc)
		return AUDIT_STATUS_CLEAN;
	options_complain(&table, err, "unexpected argument ", argv[optind], "");
	return AUDIT_STATUS_USAGE;
}

/**
 * command_parse() - understand the command line
 * @argc: of main()
 * @argv: of main(); reordered by getopt_long
 * @wish: filled; complete only when 0 is returned
 * @err: receives one sentence when it is not
 * Return: %AUDIT_STATUS_CLEAN or %AUDIT_STATUS_USAGE
 */
enum audit_status command_parse(int argc, char **argv, struct audit_wish *wish, FILE *err)
{
	static const struct ledger_option_table table = {
		.program = "eevdf-audit", .command = "eevdf-audit", .rows = audit_options,
		.nr = ARRAY_SIZE(audit_options), .in_front = true,
	};

	memset(wish, 0, sizeof(*wish));
	if (options_read(&table, argc, argv, wish, err))
		return AUDIT_STATUS_USAGE;
	if (wish->doc)
		wish->action = LEDGER_ACTION_DOC;
	if (wish->action != LEDGER_ACTION_RUN)
		return AUDIT_STATUS_CLEAN;
	if (optind == argc) {
		fputs("eevdf-audit: which command? eevdf-audit --help lists them\n", err);
		return AUDIT_STATUS_USAGE;
	}
	wish->command = find(argv[optind]);
	if (wish->command)
		return parse_command(argc - optind, argv + optind, wish, err);
	options_complain(&table, err, "unknown command ", argv[optind], "");
	return AUDIT_STATUS_USAGE;
}
