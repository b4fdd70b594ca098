// SPDX-License-Identifier: GPL-2.0
/* eevdf-audit: watches, prints and recomputes the books of EEVDF. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "util.h"

static enum audit_status act(const struct audit_wish *wish)
{
	switch (wish->action) {
	case LEDGER_ACTION_RUN:
		return wish->command->run(wish->opts, wish->operand);
	case LEDGER_ACTION_VERSION:
		puts("eevdf-audit " LEDGER_VERSION);
		return AUDIT_STATUS_CLEAN;
	case LEDGER_ACTION_DOC:
		if (command_doc(stdout, wish->doc))
			return AUDIT_STATUS_CLEAN;
		say("there is no such text; --print-doc wants eevdf-audit.8");
		return AUDIT_STATUS_USAGE;
	default:
		command_help(stdout, wish->command);
		return AUDIT_STATUS_CLEAN;
	}
}

int main(int argc, char **argv)
{
	struct audit_wish wish;
	enum audit_status status;

	hold_standard_files();
	say_as = "eevdf-audit";
	/* A reader that leaves makes a write fail, and the status must still tell. */
	signal(SIGPIPE, SIG_IGN);
	status = command_parse(argc, argv, &wish, stderr);
	if (status)
		return status;
	status = act(&wish);
	if (ferror(stdout) || fflush(stdout)) {
		/* Who hangs up does not want to be told. */
		if (errno != EPIPE)
			say("cannot write to standard output: %s", strerror(errno));
		return status == AUDIT_STATUS_VIOLATION ? status : AUDIT_STATUS_FAILED;
	}
	return status;
}
