// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "command.h"
#include "doc.h"
#include "stats.h"
#include "util.h"

static const struct {
	int value;
	const char *meaning;
} audit_statuses[] = {
#define STATUS_ROW(id, number, text) { number, text },
	AUDIT_STATUS(STATUS_ROW)
#undef STATUS_ROW
};

static void help_statuses(FILE *out)
{
	size_t i;

	fputs("\nExit status:\n", out);
	for (i = 0; i < ARRAY_SIZE(audit_statuses); i++) {
		fprintf(out, "  %-2d", audit_statuses[i].value);
		doc_wrapped(out, 4, audit_statuses[i].meaning);
	}
}

static void help_command(FILE *out, const struct audit_command *c)
{
	size_t i;

	fprintf(out, "usage: eevdf-audit %s [OPTION]...%s%s\n", c->name, c->operand ? " " : "",
		c->operand ? c->operand : "");
	for (i = 0; c->text[i]; i++) {
		fputc('\n', out);
		doc_wrapped(out, 0, c->text[i]);
	}
	fputc('\n', out);
	doc_help_rows(out, c->rows, c->nr, false);
	help_statuses(out);
}

/**
 * command_help() - --help
 * @out: stream
 * @command: or NULL: of the whole program
 */
void command_help(FILE *out, const struct audit_command *command)
{
	size_t i;

	if (command) {
		help_command(out, command);
		return;
	}
	fputs("usage: eevdf-audit [OPTION]\n"
	      "       eevdf-audit COMMAND [OPTION]... [FILE]\n\n", out);
	doc_wrapped(out, 0, "Recomputes the books of EEVDF and says what does not add up.");
	fputs("\nCommands; each has its own --help:\n", out);
	for (i = 0; i < audit_commands_nr; i++) {
		fprintf(out, "  %-10s", audit_commands[i].name);
		doc_wrapped(out, 12, audit_commands[i].summary);
	}
	fputs("\nOptions:\n", out);
	doc_help_rows(out, audit_options, audit_options_nr, false);
	help_statuses(out);
}

static void man_command(FILE *out, const struct audit_command *c)
{
	size_t i;

	fprintf(out, ".SS eevdf\\-audit %s [\\fIOPTION\\fR]...%s%s%s\n", c->name,
		c->operand ? " \\fI" : "", c->operand ? c->operand : "", c->operand ? "\\fR" : "");
	for (i = 0; c->text[i]; i++) {
		if (i)
			fputs(".PP\n", out);
		doc_roff(out, c->text[i]);
		fputc('\n', out);
	}
	doc_man_rows(out, c->rows, c->nr, false);
}

static void print_audit_man(FILE *out)
{
	size_t i;

	fputs(".\\\" SPDX-License-Identifier: GPL-2.0\n"
	      ".\\\" Printed by eevdf-audit --print-doc from the tables that the program uses.\n"
	      ".TH EEVDF-AUDIT 8 \"\" \"scx_ledger\" \"System Administration\"\n"
	      ".SH NAME\n"
	      "eevdf-audit \\- recomputes the books of EEVDF\n"
	      ".SH SYNOPSIS\n", out);
	for (i = 0; i < audit_commands_nr; i++) {
		const struct audit_command *c = &audit_commands[i];

		fprintf(out, "%s.B eevdf\\-audit %s\n[\\fIOPTION\\fR]...\n", i ? ".br\n" : "",
			c->name);
		if (c->operand)
			fprintf(out, ".I %s\n", c->operand);
	}
	fputs(".SH DESCRIPTION\n"
	      "EEVDF keeps for each queue the sum of its weights, the sum of its weighted\n"
	      "vruntimes and a zero point. If they do not fit what is in the queue, the\n"
	      "average is wrong, nobody may be eligible, and a pick finds nobody.\n"
	      "eevdf\\-audit compares them, in a trace of the fair class or by the module\n"
	      ".B eevdf_audit\n"
	      "in the books of\n.BR scx_ledger (8).\n"
	      ".SH COMMANDS\n", out);
	for (i = 0; i < audit_commands_nr; i++)
		man_command(out, &audit_commands[i]);
	fputs(".SH OPTIONS\n", out);
	doc_man_rows(out, audit_options, audit_options_nr, false);
	fputs(".SH EXIT STATUS\n", out);
	for (i = 0; i < ARRAY_SIZE(audit_statuses); i++) {
		fprintf(out, ".TP\n.B %d\n", audit_statuses[i].value);
		doc_roff(out, audit_statuses[i].meaning);
		fputs(".\n", out);
	}
	fputs(".SH FILES\n"
	      ".TP\n.I " LEDGER_MODULE_DIR "/\n"
	      "counters, violations, cpus and mode of the module; for root only.\n"
	      ".SH SEE ALSO\n.BR scx_ledger (8)\n", out);
}

/**
 * command_doc() - a file of Documentation/man/, as it must be
 * @out: stream
 * @name: without folders
 * Return: whether there is such a text
 */
bool command_doc(FILE *out, const char *name)
{
	if (strcmp(name, "eevdf-audit.8"))
		return false;
	print_audit_man(out);
	return true;
}
