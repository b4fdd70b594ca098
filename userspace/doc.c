// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "doc.h"
#include "options.h"
#include "stats.h"
#include "util.h"

#define WIDTH 80
#define HELP_COLUMN 28

static const char made_from_tables[] =
	"This page is printed by `scx_ledger --print-doc` from the tables that the program uses; "
	"change those, not this file.";

static const struct {
	const char *name;
	int value;
	const char *meaning;
} statuses[] = {
#define STATUS_ROW(id, number, text) { #id, number, text },
	LEDGER_STATUS(STATUS_ROW)
#undef STATUS_ROW
};

static const struct {
	const char *name;
	const char *with;
	const char *without;
} features[] = {
#define FEATURE_ROW(id, text, there, missing) { text, there, missing },
	LEDGER_FEATURES(FEATURE_ROW)
#undef FEATURE_ROW
};

/* The stats lines' words that are no counters. */
static const struct {
	const char *text;
	const char *json;
	const char *meaning;
} words[] = {
	{ "stats, total", "final", "a line of a period, or the totals at the end" },
	{ "", "time", "wall clock, seconds since 1970" },
	{ "t", "elapsed", "seconds since the scheduler was attached first" },
	{ "dt", "interval", "seconds since the line before" },
	{ "tasks", "tasks", "tasks that the scheduler keeps an account for" },
	{ "", "restarts", "restarts, after CPUs came or went" },
	{ "zero", "zero_ok", "\"ok\" or true: each counter that must stay zero is zero. Otherwise "
			     "the text line names those that are not, with their values" },
	{ "module", "module", "the module's mode and its counters since it was loaded or reset; "
			      "\"no module\" or null: it does not take part; \"unreadable\" or a "
			      "null mode: its files in debugfs cannot be read" },
};

/**
 * doc_wrapped() - print words up to the right margin
 * @out: stream
 * @column: where the first one stands, and the first of each further line
 * @text: words
 */
void doc_wrapped(FILE *out, unsigned int column, const char *text)
{
	unsigned int at = column;

	while (*text) {
		size_t len = strcspn(text, " ");

		if (at > column && at + 1 + len > WIDTH) {
			fprintf(out, "\n%*s", column, "");
			at = column;
		} else if (at > column) {
			fputc(' ', out);
			at++;
		}
		fprintf(out, "%.*s", (int)len, text);
		at += len;
		text += len + (text[len] == ' ');
	}
	fputc('\n', out);
}

/* "N from 100 to 100000, default 5", or nothing for an option without a value. */
static void value_text(const struct ledger_option *o, char *buf, size_t size)
{
	char initial[128];
	size_t len = 0, i;

	buf[0] = '\0';
	if (!o->arg || o->kind == LEDGER_OPTION_TEXT)
		return;
	snprintf(initial, sizeof(initial), "%u", o->initial);
	if (o->initial_text)
		snprintf(initial, sizeof(initial), "%s", o->initial_text);
	if (o->kind == LEDGER_OPTION_NUMBER) {
		snprintf(buf, size, "%s: %u to %u, default: %s", o->arg, o->min, o->max, initial);
		return;
	}
	len = snprintf(buf, size, "%s: ", o->arg);
	for (i = 0; o->choices[i]; i++)
		len += snprintf(buf + len, size - len, "%s%s", i ? ", " : "", o->choices[i]);
	snprintf(buf + len, size - len, ", default: %s", initial);
}

/* Switching a rule off is described by the rule. */
static void help_text(const struct ledger_option *o, char *buf, size_t size)
{
	if (o->kind == LEDGER_OPTION_RULE)
		snprintf(buf, size, "%s (%s)", o->help, o->fair);
	else
		snprintf(buf, size, "%s", o->help);
}

/**
 * doc_help_rows() - options for --help
 * @out: stream
 * @rows: table
 * @nr: length of it
 * @rules: those that switch rules off, and no others; false: the others
 */
void doc_help_rows(FILE *out, const struct ledger_option *rows, size_t nr, bool rules)
{
	char left[64], text[512];
	size_t i;

	for (i = 0; i < nr; i++) {
		const struct ledger_option *o = &rows[i];
		char letter[5] = "    ";

		if (o->hidden || (o->kind == LEDGER_OPTION_RULE) != rules)
			continue;
		if (o->letter)
			snprintf(letter, sizeof(letter), "-%c, ", o->letter);
		snprintf(left, sizeof(left), "  %s--%s%s%s", letter, o->name, o->arg ? " " : "",
			 o->arg ? o->arg : "");
		fprintf(out, "%-*s", HELP_COLUMN, left);
		if (strlen(left) >= HELP_COLUMN)
			fprintf(out, "\n%*s", HELP_COLUMN, "");
		help_text(o, text, sizeof(text));
		doc_wrapped(out, HELP_COLUMN, text);
		value_text(o, text, sizeof(text));
		if (*text) {
			fprintf(out, "%*s", HELP_COLUMN, "");
			doc_wrapped(out, HELP_COLUMN, text);
		}
	}
}

/**
 * doc_help() - --help
 * @out: stream
 */
void doc_help(FILE *out)
{
	size_t i;

	fputs("usage: scx_ledger [OPTION]...\n\n", out);
	doc_wrapped(out, 0,
		"Schedules all normal tasks by EEVDF, in BPF, until it is told to stop. The "
		"kernel's fair class takes over when it ends, however it ends.");
	fputc('\n', out);
	doc_help_rows(out, ledger_options, ledger_options_nr, false);
	fputs("\nRules of the fair class (its functions), to be switched off one by one:\n", out);
	doc_help_rows(out, ledger_options, ledger_options_nr, true);
	fputs("\nExit status:\n", out);
	for (i = 0; i < ARRAY_SIZE(statuses); i++) {
		fprintf(out, "  %-2d", statuses[i].value);
		doc_wrapped(out, 4, statuses[i].meaning);
	}
	fputc('\n', out);
	doc_wrapped(out, 0,
		"Results go to standard output, everything else to standard error. SIGINT and "
		"SIGTERM detach; a second one quits at once.");
}

/**
 * doc_help_stats() - --help-stats
 * @out: stream
 */
void doc_help_stats(FILE *out)
{
	static const char *const titles[] = {
		[LEDGER_STAT_COUNT] = "Counters of normal operation:",
		[LEDGER_STAT_MAX] = "Largest values, with --measure:",
		[LEDGER_STAT_ZERO] = "Counters that must stay zero; anything else is a defect, "
				     "please report it:",
	};
	size_t kind;
	int i;

	for (kind = 0; kind < ARRAY_SIZE(titles); kind++) {
		fprintf(out, "%s%s\n", kind ? "\n" : "", titles[kind]);
		for (i = 0; i < LEDGER_STAT_NR; i++) {
			if (ledger_stat_infos[i].kind != kind)
				continue;
			fprintf(out, "  %-15s", ledger_stat_infos[i].name);
			doc_wrapped(out, 17, ledger_stat_infos[i].help);
		}
	}
	fputs("\nOther words of a line (in text, in JSON):\n", out);
	for (i = 0; i < (int)ARRAY_SIZE(words); i++) {
		fprintf(out, "  %-14s%-10s", words[i].text, words[i].json);
		doc_wrapped(out, 26, words[i].meaning);
	}
}

/* A table cell: the letters that end a cell or begin HTML are made harmless. */
static void cell(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (strchr("|<*_", *text))
			fputc('\\', out);
		fputc(*text, out);
	}
}

static void options_table(FILE *out, bool rules)
{
	char text[512];
	size_t i;

	for (i = 0; i < ledger_options_nr; i++) {
		const struct ledger_option *o = &ledger_options[i];

		if (o->hidden || (o->kind == LEDGER_OPTION_RULE) != rules)
			continue;
		fputs("| `", out);
		if (o->letter)
			fprintf(out, "-%c`, `", o->letter);
		fprintf(out, "--%s%s%s` | ", o->name, o->arg ? " " : "", o->arg ? o->arg : "");
		cell(out, o->help);
		fputs(" | ", out);
		value_text(o, text, sizeof(text));
		if (rules)
			snprintf(text, sizeof(text), "`%s`", o->fair);
		if (rules)
			fputs(text, out);
		else
			cell(out, text);
		fputs(" |\n", out);
	}
}

static void print_options(FILE *out)
{
	size_t i;

	fputs("# Options of scx_ledger\n\n", out);
	doc_wrapped(out, 0, made_from_tables);
	fputs("\n| option | what it does | value |\n|---|---|---|\n", out);
	options_table(out, false);
	fputc('\n', out);
	doc_wrapped(out, 0,
		"SIGINT and SIGTERM detach and end the program with status 0; a second one quits "
		"at once. When a CPU comes or goes the scheduler is loaded anew; the fair class "
		"schedules meanwhile, and a line says for how long.");
	fputs("\n## Rules\n\n", out);
	doc_wrapped(out, 0,
		"Each rule follows a function of the kernel's `fair.c` and can be switched off, to "
		"see what it is good for. In force unless switched off:");
	fputs("\n| option | the rule that it switches off | in fair.c |\n|---|---|---|\n", out);
	options_table(out, true);
	fputs("\n## The module\n\n", out);
	doc_wrapped(out, 0,
		"With `--audit auto`, the default, scx_ledger runs `modprobe -b eevdf_audit` if "
		"the module is installed and not loaded; a `blacklist eevdf_audit` line in "
		"modprobe.d keeps it from that. It never unloads the module. `--audit off` does "
		"not call it, even if it is loaded.");
	fputs("\n## Exit status\n\n| status | meaning |\n|---|---|\n", out);
	for (i = 0; i < ARRAY_SIZE(statuses); i++) {
		fprintf(out, "| %d | ", statuses[i].value);
		cell(out, statuses[i].meaning);
		fputs(" |\n", out);
	}
	fputs("\n## What is detected\n\n", out);
	doc_wrapped(out, 0,
		"The start line names what this kernel offers, and for each missing feature what "
		"is done without it.");
	fputs("\n| feature | with it | without it |\n|---|---|---|\n", out);
	for (i = 0; i < ARRAY_SIZE(features); i++) {
		fprintf(out, "| `%s` | ", features[i].name);
		cell(out, features[i].with);
		fputs(" | ", out);
		cell(out, features[i].without);
		fputs(" |\n", out);
	}
}

static void counter_table(FILE *out, enum ledger_stat_kind kind)
{
	int i;

	fprintf(out, "| counter | %s |\n|---|---|\n",
		kind == LEDGER_STAT_MAX ? "the largest" : "one count means");
	for (i = 0; i < LEDGER_STAT_NR; i++) {
		if (ledger_stat_infos[i].kind != kind)
			continue;
		fprintf(out, "| `%s` | ", ledger_stat_infos[i].name);
		cell(out, ledger_stat_infos[i].help);
		fputs(" |\n", out);
	}
}

static void print_statistics(FILE *out)
{
	size_t i;

	fputs("# Statistics of scx_ledger\n\n", out);
	doc_wrapped(out, 0, made_from_tables);
	fputc('\n', out);
	doc_wrapped(out, 0,
		"`--stats SEC` prints a line every SEC seconds and the totals at the end, on "
		"standard output. A text line has the main counters of the period, a line of "
		"`--json` has all counters since the start; they survive a restart after CPUs came "
		"or went. `--help-stats` prints the same explanations.");
	fputs("\n## Counters of normal operation\n\n", out);
	counter_table(out, LEDGER_STAT_COUNT);
	fputs("\n## Largest values\n\n", out);
	doc_wrapped(out, 0,
		"Kept with `--measure`, else zero. A line has the largest value of its period, also "
		"in JSON, and the totals at the end have that since the start. Both lags are in ns "
		"of service: lag times weight over that of nice 0.");
	fputc('\n', out);
	counter_table(out, LEDGER_STAT_MAX);
	fputs("\n## Counters that must stay zero\n\n", out);
	doc_wrapped(out, 0,
		"Anything else is a defect of scx_ledger, please report it. Each line tells of "
		"them.");
	fputc('\n', out);
	counter_table(out, LEDGER_STAT_ZERO);
	fputs("\n## Other words of a line\n\n"
	      "| in text | in JSON | meaning |\n|---|---|---|\n", out);
	for (i = 0; i < ARRAY_SIZE(words); i++) {
		fputs("| ", out);
		cell(out, words[i].text);
		fprintf(out, " | `%s` | ", words[i].json);
		cell(out, words[i].meaning);
		fputs(" |\n", out);
	}
	fputs("\n## The module\n\n", out);
	doc_wrapped(out, 0,
		"`checks`, `not_checked` and `violations` are the module's, out of "
		"`" LEDGER_MODULE_DIR "/counters`; `--json` has every line of that file, and the "
		"content of `mode` beside it, as the object `module`.");
}

/**
 * doc_roff() - text for a man page
 * @out: stream
 * @text: gets minuses that can be copied, and no letter that is a command
 */
void doc_roff(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '-')
			fputs("\\-", out);
		else if (*text == '\\')
			fputs("\\e", out);
		else
			fputc(*text, out);
	}
}

/**
 * doc_man_rows() - options for a man page
 * @out: stream
 * @rows: table
 * @nr: length of it
 * @rules: those that switch rules off, and no others; false: the others
 */
void doc_man_rows(FILE *out, const struct ledger_option *rows, size_t nr, bool rules)
{
	char text[512];
	size_t i;

	for (i = 0; i < nr; i++) {
		const struct ledger_option *o = &rows[i];

		if (o->hidden || (o->kind == LEDGER_OPTION_RULE) != rules)
			continue;
		fputs(".TP\n", out);
		if (o->letter)
			fprintf(out, "\\fB\\-%c\\fR, ", o->letter);
		fputs("\\fB\\-\\-", out);
		doc_roff(out, o->name);
		fputs("\\fR", out);
		if (o->arg)
			fprintf(out, " \\fI%s\\fR", o->arg);
		fputc('\n', out);
		help_text(o, text, sizeof(text));
		doc_roff(out, text);
		fputs(".\n", out);
		value_text(o, text, sizeof(text));
		if (*text) {
			doc_roff(out, text);
			fputs(".\n", out);
		}
	}
}

static void print_man(FILE *out)
{
	size_t i;

	fputs(".\\\" SPDX-License-Identifier: GPL-2.0\n"
	      ".\\\" Printed by scx_ledger --print-doc from the tables that the program uses.\n"
	      ".TH SCX_LEDGER 8 \"\" \"scx_ledger\" \"System Administration\"\n"
	      ".SH NAME\n"
	      "scx_ledger \\- EEVDF scheduler for sched_ext whose books are audited\n"
	      ".SH SYNOPSIS\n.B scx_ledger\n[\\fIOPTION\\fR]...\n"
	      ".SH DESCRIPTION\n"
	      "Loads a BPF program that schedules all normal tasks by EEVDF (earliest eligible\n"
	      "virtual deadline first), as the kernel's fair class does, and stays until it is\n"
	      "told to stop. The fair class takes over when it ends, however it ends.\n"
	      ".PP\n"
	      "The module\n.B eevdf_audit\n"
	      "keeps a second set of books inside the kernel and counts what differs.\n"
	      "It is optional.\n"
	      ".SH OPTIONS\n", out);
	doc_man_rows(out, ledger_options, ledger_options_nr, false);
	fputs(".SS Rules\n"
	      "Each follows a function of the kernel's fair class, named in brackets, and can be\n"
	      "switched off.\n", out);
	doc_man_rows(out, ledger_options, ledger_options_nr, true);
	fputs(".SH EXIT STATUS\n", out);
	for (i = 0; i < ARRAY_SIZE(statuses); i++) {
		fprintf(out, ".TP\n.B %d\n", statuses[i].value);
		doc_roff(out, statuses[i].meaning);
		fputs(".\n", out);
	}
	fputs(".SH SIGNALS\n"
	      "SIGINT and SIGTERM detach and end the program with status 0. A second one quits at\n"
	      "once.\n"
	      ".SH FILES\n"
	      ".TP\n.I /sys/kernel/sched_ext/root/ops\nname of the attached scheduler: ledger.\n"
	      ".TP\n.I " LEDGER_MODULE_DIR "/\n"
	      "what the module has found: counters, violations, mode, reset.\n"
	      ".SH NOTES\n"
	      "SysRq\\-S makes the kernel end any sched_ext scheduler. scx_ledger then leaves\n"
	      "with status 0.\n", out);
}

/**
 * doc_print() - a file of Documentation/, as it must be
 * @out: stream
 * @name: without folders
 * Return: whether there is such a text
 */
bool doc_print(FILE *out, const char *name)
{
	static const struct {
		const char *name;
		void (*print)(FILE *out);
	} texts[] = {
		{ "options.md", print_options },
		{ "statistics.md", print_statistics },
		{ "scx_ledger.8", print_man },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		if (!strcmp(name, texts[i].name)) {
			texts[i].print(out);
			return true;
		}
	}
	return false;
}
