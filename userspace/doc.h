/* SPDX-License-Identifier: GPL-2.0 */
/* Texts that are made from the tables: --help, --help-stats, the man page, Documentation/. */
#ifndef LEDGER_DOC_H
#define LEDGER_DOC_H

#include <stdbool.h>
#include <stdio.h>

void doc_help(FILE *out);
void doc_help_stats(FILE *out);
bool doc_print(FILE *out, const char *name);

#endif /* LEDGER_DOC_H */
