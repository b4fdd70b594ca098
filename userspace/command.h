/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The commands of eevdf-audit, as one table: the command line, --help and the man page come from
 * it. A new command is a row in command.c and a function.
 */
#ifndef LEDGER_COMMAND_H
#define LEDGER_COMMAND_H

#include "options.h"

/* X(CONSTANT, value, "what it means") */
#define AUDIT_STATUS(X)                                                                            \
	X(CLEAN, 0, "everything that was checked holds; or the information asked for was printed") \
	X(FAILED, 1, "the check could not be made: nothing to read, no module, no privilege, "     \
		     "nothing was checked, or reading, writing or memory failed")                  \
	X(USAGE, 2, "bad usage: unknown command or option, bad value, missing file name")          \
	X(VIOLATION, 3, "a violation was found")

enum audit_status {
#define AUDIT_STATUS_ENUM(id, value, meaning) AUDIT_STATUS_##id = (value),
	AUDIT_STATUS(AUDIT_STATUS_ENUM)
#undef AUDIT_STATUS_ENUM
};

/* Room for the options of any command. */
#define AUDIT_OPTIONS_SIZE 128

/**
 * struct audit_command - a row of the table
 * @name: first argument
 * @operand: what its own argument is called; NULL = takes none
 * @summary: for the list of commands, without a full stop
 * @text: paragraphs for its --help and the man page, %NULL at the end
 * @rows: options; their structure begins with an enum ledger_action and has AUDIT_OPTIONS_SIZE
 *	bytes at most
 * @nr: length of @rows
 * @run: does it, with that structure and the operand
 */
struct audit_command {
	const char *name;
	const char *operand;
	const char *summary;
	const char *const *text;
	const struct ledger_option *rows;
	size_t nr;
	enum audit_status (*run)(const void *opts, const char *operand);
};

extern const struct audit_command audit_commands[];
extern const size_t audit_commands_nr;

/**
 * struct audit_wish - the command line, understood
 * @action: what is asked for; %LEDGER_ACTION_RUN = @command, %LEDGER_ACTION_HELP = help for
 *	@command, or for all without one
 * @doc: %LEDGER_ACTION_DOC: which text
 * @command: or NULL
 * @operand: of @command, or NULL
 * @opts: of @command
 */
struct audit_wish {
	enum ledger_action action;
	const char *doc;
	const struct audit_command *command;
	const char *operand;
	_Alignas(16) char opts[AUDIT_OPTIONS_SIZE];
};

extern const struct ledger_option audit_options[];
extern const size_t audit_options_nr;

enum audit_status command_parse(int argc, char **argv, struct audit_wish *wish, FILE *err);
void command_help(FILE *out, const struct audit_command *command);
bool command_doc(FILE *out, const char *name);

#endif /* LEDGER_COMMAND_H */
