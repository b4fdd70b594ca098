/* SPDX-License-Identifier: GPL-2.0 */
/* What the module eevdf_audit has to say: eevdf-audit show, eevdf-audit ledger. */
#ifndef LEDGER_WATCH_H
#define LEDGER_WATCH_H

#include "command.h"
#include "stats.h"

/**
 * struct show_options - the command line of show
 * @action: enum ledger_action
 */
struct show_options {
	enum ledger_action action;
};

/**
 * struct watch_options - the command line of ledger
 * @action: enum ledger_action
 * @duration: seconds; 0 = until a signal
 * @interval: seconds
 * @until_violation: end at the first one
 * @json: an object a line
 */
struct watch_options {
	enum ledger_action action;
	__u32 duration;
	__u32 interval;
	bool until_violation;
	bool json;
};

/**
 * struct watch_sample - the module at one time
 * @module: counters and mode
 * @wall: seconds since 1970
 * @elapsed: seconds since the watch began
 * @interval: seconds since the sample before
 * @longest: entities on the longest timeline
 * @longest_cpu: whose that is
 */
struct watch_sample {
	struct ledger_module module;
	double wall, elapsed, interval;
	__u64 longest;
	__u64 longest_cpu;
};

/**
 * struct watch_line - two samples to be compared
 * @now: this one
 * @last: the one before
 * @first: from when the watch began, or the module's counters were reset
 * @tty: redraw
 */
struct watch_line {
	const struct watch_sample *now, *last, *first;
	bool tty;
};

__u64 watch_counter(const struct watch_sample *s, const char *name);
__u64 watch_grown(const struct watch_line *line, const char *name);
const char *watch_invariant(const struct watch_sample *s, __u32 i);
void watch_text(const struct watch_line *line, FILE *out);
void watch_totals(const struct watch_sample *now, FILE *out);
bool watch_json(const struct watch_line *line, FILE *out);

bool module_ask(struct watch_sample *s, const char *root, char *why, size_t size);
char *module_file(const char *root, const char *name, int *error);

enum audit_status show_stream(const char *root, FILE *out);
enum audit_status show_run(const void *options, const char *operand);
enum audit_status watch_run(const void *options, const char *operand);

#endif /* LEDGER_WATCH_H */
