/* SPDX-License-Identifier: GPL-2.0 */
/* What is looked at before anything is loaded: whether a scheduler can run here. */
#ifndef LEDGER_REFUSE_H
#define LEDGER_REFUSE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/utsname.h>

#include "options.h"

#define LEDGER_OPS_NAME "ledger"
#define LEDGER_SCX_DIR "/sys/kernel/sched_ext"

/**
 * struct ledger_refusal - why not
 * @status: exit status; %LEDGER_STATUS_OK = no reason not to
 * @text: a sentence with a remedy
 */
struct ledger_refusal {
	enum ledger_status status;
	char text[512];
};

void refuse(struct ledger_refusal *why, enum ledger_status status, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
bool refuse_machine(const char *root, const struct utsname *kernel, struct ledger_refusal *why);
bool refuse_caller(const char *root, struct ledger_refusal *why);
bool refuse_other(const char *root, struct ledger_refusal *why);
bool refuse_load(const char *root, int error, struct ledger_refusal *why);
void refuse_attach(const char *root, int error, struct ledger_refusal *why);
void scx_settle(const char *root);
bool scx_attached(const char *root, char *name, size_t size);
bool module_locked(const char *root, char *why, size_t size);

#endif /* LEDGER_REFUSE_H */
