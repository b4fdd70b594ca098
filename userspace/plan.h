/* SPDX-License-Identifier: GPL-2.0 */
/* What the program is told about this machine. */
#ifndef LEDGER_PLAN_H
#define LEDGER_PLAN_H

#include "options.h"

__u64 plan_base_slice(__u32 online);
__u32 plan_slots(__u64 pid_max, __u64 threads_max);
__u32 arena_pages(__u32 nr_cpus, __u32 nr_slots);
bool kvm_loaded(const char *root);
bool plan_config(const char *root, const struct ledger_options *opts, struct ledger_config *config,
		 __u32 *online);

#endif /* LEDGER_PLAN_H */
