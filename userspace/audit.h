/* SPDX-License-Identifier: GPL-2.0 */
/* Getting the module eevdf_audit, which must be there before the BPF program is loaded. */
#ifndef LEDGER_USER_AUDIT_H
#define LEDGER_USER_AUDIT_H

#include <stdbool.h>
#include <stddef.h>

#include "refuse.h"

bool audit_prepare(const char *root, __u32 audit, struct ledger_refusal *why);
bool audit_attached(__u32 audit, const struct ledger_state *state, struct ledger_refusal *why);

#endif /* LEDGER_USER_AUDIT_H */
