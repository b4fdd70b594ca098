/* SPDX-License-Identifier: GPL-2.0 */
/* The timers that end slices when the module does not. */
#ifndef LEDGER_SLICES_H
#define LEDGER_SLICES_H

#include <linux/types.h>

__u32 slices_start_timers(int prog_fd, __u32 nr_cpus);

#endif /* LEDGER_SLICES_H */
