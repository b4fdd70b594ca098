/* SPDX-License-Identifier: GPL-2.0 */
/* What idle_gaps.bpf.c counts. */
#ifndef IDLE_GAPS_H
#define IDLE_GAPS_H

#define IDLE_GAPS_CPUS 64

/**
 * struct idle_gaps - waits that an idle CPU could have ended, over all
 * @waits: waits that ended, of tasks that may run on more than one CPU
 * @gaps: of these, with a gap beyond the limit
 * @longest: gap, ns
 * @worst: the task that had it
 */
struct idle_gaps {
	__u64 waits;
	__u64 gaps;
	__u64 longest;
	char worst[16];
};

#endif /* IDLE_GAPS_H */
