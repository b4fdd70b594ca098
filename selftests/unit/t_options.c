// SPDX-License-Identifier: GPL-2.0
/*
 * The command line of scx_ledger, and the texts that are made from its tables. That a text on disk
 * is the one that the program prints is checked here, so that documentation cannot drift.
 */
#include "tap.h"

#include "../../userspace/doc.c"
#include "../../userspace/module.c"
#include "../../userspace/options.c"
#include "../../userspace/stats.c"
#include "../../userspace/util.c"

#define MAX_ARGS 8

static char sentence[1024];

/* Parse "a b c", keep what was said in sentence[]. */
static enum ledger_status parse(struct ledger_options *opts, const char *line)
{
	char *argv[MAX_ARGS + 2] = { "scx_ledger" }, *copy = strdup(line), *arg;
	FILE *err = fmemopen(sentence, sizeof(sentence), "w");
	enum ledger_status status;
	int argc = 1;

	if (!copy || !err)
		exit(1);
	for (arg = strtok(copy, " "); arg && argc <= MAX_ARGS; arg = strtok(NULL, " "))
		argv[argc++] = arg;
	*sentence = '\0';
	status = options_parse(argc, argv, opts, err);
	fclose(err);
	free(copy);
	return status;
}

/* As parse(), for values with blanks or nothing in them. */
static enum ledger_status parse_pair(struct ledger_options *opts, const char *name,
				     const char *value)
{
	char *argv[] = { "scx_ledger", strdup(name), strdup(value), NULL };
	FILE *err = fmemopen(sentence, sizeof(sentence), "w");
	enum ledger_status status;

	if (!argv[1] || !argv[2] || !err)
		exit(1);
	*sentence = '\0';
	status = options_parse(3, argv, opts, err);
	fclose(err);
	free(argv[1]);
	free(argv[2]);
	return status;
}

/* One sentence: it says something, ends with a line end and has no other. */
static bool is_sentence(void)
{
	size_t len = strlen(sentence);

	return len > 20 && strchr(sentence, '\n') == sentence + len - 1;
}

static bool refused(const char *line, const char *part)
{
	struct ledger_options opts;
	enum ledger_status status = parse(&opts, line);
	bool good = status == LEDGER_STATUS_USAGE && is_sentence() && strstr(sentence, part);

	if (!good)
		diag("'%s' gave %d: %s", line, status, sentence);
	return good;
}

static void test_defaults(void)
{
	struct ledger_options opts;

	eq(parse(&opts, ""), 0, "no option is fine");
	ok(opts.action == LEDGER_ACTION_RUN && opts.rules == LEDGER_RULE_ALL &&
	   opts.audit == LEDGER_AUDIT_AUTO && !opts.slice_us && opts.guard_ms == 10000 &&
	   opts.watchdog_ms == 30000 && !opts.duration && !opts.stats && !opts.json &&
	   !opts.strict && !opts.verbose && opts.dump_len == LEDGER_DUMP_LEN, "the defaults");
}

static void test_numbers(void)
{
	static const char *const bad[] = {
		"", " ", "-1", "+1000", " 1000", "1000 ", "0x400", "1e3", "1000.0", "1000x", "x",
		"18446744073709551617", "99999999999999999999999999", "4294968296", "1,000",
	};
	struct ledger_options opts;
	char name[48], text[96];
	bool good;
	size_t i, j;

	for (i = 0; i < ledger_options_nr; i++) {
		const struct ledger_option *o = &ledger_options[i];

		if (o->kind != LEDGER_OPTION_NUMBER)
			continue;
		snprintf(name, sizeof(name), "--%s", o->name);
		good = true;
		for (j = 0; j < ARRAY_SIZE(bad); j++) {
			bool is = parse_pair(&opts, name, bad[j]) == LEDGER_STATUS_USAGE;

			snprintf(text, sizeof(text), "from %u to %u", o->min, o->max);
			is = is && is_sentence() && strstr(sentence, name) &&
			     strstr(sentence, text);
			if (!is)
				diag("%s '%s': %s", name, bad[j], sentence);
			good &= is;
		}
		if (o->min) {
			snprintf(text, sizeof(text), "%u", o->min - 1);
			good &= parse_pair(&opts, name, text) == LEDGER_STATUS_USAGE;
		}
		snprintf(text, sizeof(text), "%u", o->max + 1);
		good &= parse_pair(&opts, name, text) == LEDGER_STATUS_USAGE;
		ok(good, "%s refuses what is no number in its range", name);

		/* --guard-ms has a further bound of its own. */
		snprintf(text, sizeof(text), "%s %u", name,
			 o->offset == offsetof(struct ledger_options, guard_ms) ? 14999 : o->max);
		good = !parse(&opts, text);
		snprintf(text, sizeof(text), "%s %u", name, o->min);
		good &= !parse(&opts, text) && *(__u32 *)((char *)&opts + o->offset) == o->min;
		ok(good, "%s takes its bounds", name);
	}
}

static void test_rules(void)
{
	struct ledger_options opts;
	char text[128];
	bool good = true;

#define TRY_RULE(bit, id, name, fair, help)                                                        \
	good &= !parse(&opts, "--no-" name) &&                                                     \
		opts.rules == (LEDGER_RULE_ALL & ~(__u32)LEDGER_RULE_##id);
	LEDGER_RULES(TRY_RULE)
	ok(good, "each --no-RULE clears its bit and no other");
	ok(!parse(&opts, "--no-buddy --no-lag-clamp") &&
	   opts.rules == (LEDGER_RULE_ALL & ~(__u32)(LEDGER_RULE_BUDDY | LEDGER_RULE_LAG_CLAMP)),
	   "two rules can be off");
	options_describe(&opts, text, sizeof(text));
	ok(strstr(text, "rules off: buddy lag-clamp"), "the start line names them");
	parse(&opts, "--strict --audit off");
	options_describe(&opts, text, sizeof(text));
	ok(strstr(text, "rules off: none") && strstr(text, "strict") && strstr(text, "audit off"),
	   "the start line tells the rest");
}

static void test_together(void)
{
	struct ledger_options opts;

	ok(!parse(&opts, "--strict") && opts.strict && !opts.guard_ms, "--strict: no guard");
	ok(!parse(&opts, "--strict --guard-ms 0") && !opts.guard_ms, "--strict with the guard off");
	ok(refused("--guard-ms 5000 --strict", "--strict"), "--strict against a guard");
	ok(!parse(&opts, "--guard-ms 14999") && opts.guard_ms == 14999, "guard below half");
	ok(refused("--guard-ms 15000", "half of --watchdog-ms"), "guard of half the watchdog");
	ok(refused("--guard-ms 5000 --watchdog-ms 10000", "half"), "guard of half a short one");
	ok(!parse(&opts, "--watchdog-ms 6000") && opts.guard_ms == 2000, "the guard follows");
	ok(!parse(&opts, "--watchdog-ms 1") && !opts.guard_ms, "no guard fits into 1 ms");
	ok(refused("--json", "--stats"), "--json alone");
	ok(!parse(&opts, "--stats 1 --json") && opts.json && opts.stats == 1, "--stats --json");
}

static void test_words(void)
{
	struct ledger_options opts;

	ok(!parse(&opts, "--audit require") && opts.audit == LEDGER_AUDIT_REQUIRE &&
	   !parse(&opts, "--audit off") && opts.audit == LEDGER_AUDIT_OFF &&
	   !parse(&opts, "--audit auto") && opts.audit == LEDGER_AUDIT_AUTO, "--audit's words");
	ok(refused("--audit maybe", "auto require off"), "another word names the right ones");
	ok(refused("--bogus", "'--bogus'"), "unknown long option");
	ok(refused("-x", "'-x'"), "unknown letter");
	ok(refused("--no-", "'--no-'"), "ambiguous abbreviation");
	ok(refused("--json=1", "takes no value"), "a value that is not wanted");
	ok(refused("--stats", "wants a value"), "a value that is missing");
	ok(refused("now", "'now'"), "an argument");
	ok(refused("-- --help", "'--help'"), "an argument after --");
	ok(refused("--\033[31mred", "'--?[31mred'"), "control characters are not echoed");
	ok(!parse(&opts, "-v") && opts.verbose, "-v");
	ok(!parse(&opts, "--help --stats 5") && opts.action == LEDGER_ACTION_HELP, "--help");
	ok(!parse(&opts, "-V --json") && opts.action == LEDGER_ACTION_VERSION, "-V");
	ok(!parse(&opts, "--status") && opts.action == LEDGER_ACTION_STATUS, "--status");
	ok(!parse(&opts, "--help-stats") && opts.action == LEDGER_ACTION_HELP_STATS,
	   "--help-stats");
	ok(!parse(&opts, "--stats 1 --stats 7") && opts.stats == 7, "the last of two counts");
}

static char *print_text(void (*print)(FILE *out))
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		exit(1);
	print(out);
	fclose(out);
	return text;
}

static bool narrow(const char *text)
{
	size_t len;

	for (; *text; text += len + (text[len] == '\n')) {
		len = strcspn(text, "\n");
		if (len > WIDTH || (len && text[len - 1] == ' ')) {
			diag("too wide, or a blank at the end: %.*s", (int)len, text);
			return false;
		}
	}
	return true;
}

static void test_help(void)
{
	char *help = print_text(doc_help), *stats = print_text(doc_help_stats), name[64];
	bool all = true;
	size_t i;

	for (i = 0; i < ledger_options_nr; i++) {
		snprintf(name, sizeof(name), "--%s", ledger_options[i].name);
		all &= !!strstr(help, name) != ledger_options[i].hidden;
	}
	ok(all, "--help has every option but the hidden ones");
	for (i = 0, all = true; i < ARRAY_SIZE(statuses); i++) {
		snprintf(name, sizeof(name), "\n  %d ", statuses[i].value);
		all &= !!strstr(help, name);
	}
	ok(all, "--help has every exit status");
	for (i = 0, all = true; i < LEDGER_STAT_NR; i++) {
		snprintf(name, sizeof(name), "\n  %s ", ledger_stat_infos[i].name);
		all &= !!strstr(stats, name);
	}
	ok(all, "--help-stats has every counter");
	ok(narrow(help) && narrow(stats), "both fit a terminal of 80 columns");
	free(help);
	free(stats);
}

static void test_tables(void)
{
	bool unique = true;
	size_t i, j;

	for (i = 0; i < ledger_options_nr; i++)
		for (j = 0; j < i; j++)
			unique &= strcmp(ledger_options[i].name, ledger_options[j].name) &&
				  (!ledger_options[i].letter ||
				   ledger_options[i].letter != ledger_options[j].letter);
	ok(unique, "no option stands twice in the table");
	for (i = 0, unique = true; i < LEDGER_STAT_NR; i++)
		for (j = 0; j < i; j++)
			unique &= !!strcmp(ledger_stat_infos[i].name, ledger_stat_infos[j].name);
	ok(unique, "no counter stands twice in the table");
}

/* Run from the top of the source tree. */
static void test_document(const char *path)
{
	static char wanted[65536], found[65536];
	const char *name = strrchr(path, '/') + 1;
	FILE *out = fmemopen(wanted, sizeof(wanted), "w");
	size_t i;
	int len;

	if (!out || !doc_print(out, name))
		exit(1);
	fclose(out);
	/* As read_text() does. */
	for (i = strlen(wanted); i && wanted[i - 1] == '\n'; i--)
		wanted[i - 1] = '\0';
	len = read_text(".", path, found, sizeof(found));
	if (!ok(len > 0 && !strcmp(found, wanted), ".%s is what the program prints", path))
		diag("make it new: scx_ledger --print-doc %s >.%s", name, path);
}

int main(void)
{
	int numbers = 0;
	size_t i;

	for (i = 0; i < ledger_options_nr; i++)
		numbers += ledger_options[i].kind == LEDGER_OPTION_NUMBER;
	plan(2 + 2 * numbers + 4 + 10 + 16 + 4 + 2 + 3);
	test_defaults();
	test_numbers();
	test_rules();
	test_together();
	test_words();
	test_help();
	test_tables();
	test_document("/Documentation/options.md");
	test_document("/Documentation/statistics.md");
	test_document("/Documentation/man/scx_ledger.8");
	return done();
}
