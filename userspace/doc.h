/* SPDX-License-Identifier: GPL-2.0 */
/* Texts that are made from the tables: --help, --help-stats, the man page, Documentation/. */
#ifndef LEDGER_DOC_H
#define LEDGER_DOC_H

#include <stdbool.h>
#include <stdio.h>

#include "options.h"

void doc_help(FILE *out);
void doc_help_stats(FILE *out);
bool doc_print(FILE *out, const char *name);

/* For the pages of another program. */
void doc_wrapped(FILE *out, unsigned int column, const char *text);
void doc_roff(FILE *out, const char *text);
void doc_help_rows(FILE *out, const struct ledger_option *rows, size_t nr, bool rules);
void doc_man_rows(FILE *out, const struct ledger_option *rows, size_t nr, bool rules);

#endif /* LEDGER_DOC_H */
