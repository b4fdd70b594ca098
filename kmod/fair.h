/* SPDX-License-Identifier: GPL-2.0 */
/* Between kfuncs.c and fair.c. Includes nothing that defines task_struct. */
#ifndef EEVDF_AUDIT_FAIR_H
#define EEVDF_AUDIT_FAIR_H

#include <linux/types.h>

#include <ledger/fair.h>

int audit_fair(const struct fair_finding *rec, u32 size);

#endif /* EEVDF_AUDIT_FAIR_H */
