/* SPDX-License-Identifier: GPL-2.0 */
/* Which CPUs are near which. */
#ifndef LEDGER_NEAR_H
#define LEDGER_NEAR_H

#include <ledger/control.h>

bool near_fill(const char *root, __u32 nr_cpus, struct ledger_near *near);

#endif /* LEDGER_NEAR_H */
