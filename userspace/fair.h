/* SPDX-License-Identifier: GPL-2.0 */
/* eevdf-audit fair: the kernel's own fair class is watched. */
#ifndef LEDGER_FAIR_USER_H
#define LEDGER_FAIR_USER_H

#include <stdio.h>

#include <ledger/fair.h>

#include "command.h"

/**
 * struct fair_options - the command line
 * @action: enum ledger_action
 * @duration: seconds; 0 = until a signal
 * @interval: seconds between two tables
 * @sample: one call in so many is checked
 * @max_walk: entities; a longer queue is not compared
 * @hooks: index into fair_hooks_names
 * @mutate: index into fair_mutate_names: what is expected wrongly, for the tests; 0 = nothing
 * @until_violation: end at the first one
 * @json: objects instead of text
 * @record: flight recorder
 */
struct fair_options {
	enum ledger_action action;
	__u32 duration;
	__u32 interval;
	__u32 sample;
	__u32 max_walk;
	__u32 hooks;
	__u32 mutate;
	bool until_violation;
	bool json;
	bool record;
};

enum fair_hooks {
	FAIR_HOOKS_ALL,
	FAIR_HOOKS_PICK,
	FAIR_HOOKS_QUEUE,
};

extern const char *const fair_hooks_names[];
extern const char *const fair_mutate_names[];

struct fair_audit_bpf;

/**
 * struct fair_watch - an audit of this machine
 * @opts: command line
 * @skel: programs and maps
 * @cpus: size of the per-CPU arrays
 * @rooms: bits 1 << enum fair_room
 * @missing: bits 1 << enum fair_check: not checked on this kernel
 * @module: the module takes the findings
 * @trace: they go into the trace buffer, which is dumped if the kernel crashes
 * @dump_before: kernel.ftrace_dump_on_oops before; empty: was not changed
 * @printk_was_off: the trace event of bpf_trace_printk() was; loading the programs turns it on
 * @found: findings that came so far, violations only
 */
struct fair_watch {
	const struct fair_options *opts;
	struct fair_audit_bpf *skel;
	int cpus;
	__u32 rooms;
	__u32 missing;
	bool module;
	bool trace;
	char dump_before[64];
	bool printk_was_off;
	__u64 found;
};

/**
 * struct fair_totals - the counters of all CPUs
 * @sum: added up; longest and worst_lag are the largest
 * @elapsed: seconds since the audit began
 */
struct fair_totals {
	struct fair_counts sum;
	double elapsed;
};

/* fair_attach.c */
bool fair_attach(struct fair_watch *w);
void fair_detach(struct fair_watch *w);
bool fair_read(const struct fair_watch *w, struct fair_counts *sum);
bool fair_learn(struct fair_watch *w);
int fair_reports(const struct fair_watch *w);

/* fair_print.c */
void fair_announce(const struct fair_watch *w);
__u64 fair_checks(const struct fair_counts *c);
__u64 fair_violations(const struct fair_counts *c);
void fair_table(const struct fair_watch *w, const struct fair_totals *now,
		const struct fair_totals *last, FILE *out);
bool fair_json(const struct fair_watch *w, const struct fair_totals *now,
	       const struct fair_totals *last, bool final, FILE *out);
void fair_print_finding(const struct fair_watch *w, const struct fair_finding *f, FILE *out);

/* fair.c */
enum audit_status fair_run(const void *options, const char *operand);

#endif /* LEDGER_FAIR_USER_H */
