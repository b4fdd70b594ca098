/* SPDX-License-Identifier: GPL-2.0 */
/* What only the module has, and the host tests do not. */
#ifndef EEVDF_AUDIT_MODULE_H
#define EEVDF_AUDIT_MODULE_H

#include "audit.h"

#define AUDIT_RING 64

/**
 * struct audit_totals - everything that is counted, summed up
 * @counts: over all CPUs; its bad_records includes those that name no CPU
 * @attaches: schedulers that attached
 * @takeovers: of these, how many found one attached that had died without a word
 */
struct audit_totals {
	struct audit_counts counts;
	u64 attaches;
	u64 takeovers;
};

extern const char *const audit_event_name[LEDGER_EV_NR];
extern const char *const audit_invariant_name[AUDIT_NR_INVARIANTS];

/* main.c */
extern bool audit_freeze;
extern unsigned int audit_log_level;
void audit_totals(struct audit_totals *totals);
void audit_reset(void);
int audit_parse_mode(const char *text);
int audit_format_mode(char *text, size_t size);

/* report.c */
u32 audit_ring_read(u64 seq, struct audit_violation *v);
u64 audit_ring_first(void);
void audit_ring_reset(void);
void audit_report_stop(void);
bool audit_is_multiple(const struct audit_violation *v);
u64 audit_freezes(void);

/* selftest.c */
struct seq_file;
void audit_selftest(struct seq_file *m);

/* trigger.c */
extern const struct file_operations audit_yield_to_fops;

/* debugfs.c */
int audit_debugfs_init(void);
void audit_debugfs_exit(void);

#endif /* EEVDF_AUDIT_MODULE_H */
