/* SPDX-License-Identifier: GPL-2.0 */
/* Why the scheduler ended, and what to do about it. */
#ifndef LEDGER_USER_EXIT_H
#define LEDGER_USER_EXIT_H

#include <stdbool.h>
#include <stdio.h>

#include "options.h"

int exit_kind(const struct ledger_exit *record);
bool exit_is_error(const struct ledger_exit *record);
enum ledger_status exit_report(FILE *out, const struct ledger_exit *record, const char *dump,
			       size_t dump_len);

#endif /* LEDGER_USER_EXIT_H */
