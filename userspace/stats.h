/* SPDX-License-Identifier: GPL-2.0 */
/* The scheduler's and the module's counters, and the two formats in which they are printed. */
#ifndef LEDGER_USER_STATS_H
#define LEDGER_USER_STATS_H

#include <stdbool.h>
#include <stddef.h>

#include <ledger/stats.h>

#define LEDGER_MODULE_NAME_LEN 48
#define LEDGER_MODULE_COUNTERS 128
#define LEDGER_MODULE_DIR "/sys/kernel/debug/eevdf_audit"

/**
 * struct ledger_stat_info - a counter of the table in ledger/stats.h
 * @name: as printed
 * @kind: enum ledger_stat_kind
 * @help: what one count means
 */
struct ledger_stat_info {
	const char *name;
	enum ledger_stat_kind kind;
	const char *help;
};

extern const struct ledger_stat_info ledger_stat_infos[LEDGER_STAT_NR];

/**
 * struct ledger_totals - the counters of all CPUs
 * @v: by enum ledger_stat
 */
struct ledger_totals {
	__u64 v[LEDGER_STAT_NR];
};

/**
 * enum ledger_module_state - what the module says
 * @LEDGER_MODULE_NONE: it does not take part
 * @LEDGER_MODULE_MUTE: it takes part, its counters could not be read
 * @LEDGER_MODULE_OK: it takes part
 */
enum ledger_module_state {
	LEDGER_MODULE_NONE,
	LEDGER_MODULE_MUTE,
	LEDGER_MODULE_OK,
};

/**
 * struct ledger_module - the module's counters, as its debugfs files spell them
 * @state: enum ledger_module_state; the rest is valid with %LEDGER_MODULE_OK
 * @mode: "off", "sample N" or "full"
 * @nr: counters
 * @counters: names made of letters, digits, '_', '-' and '.', and their values
 */
struct ledger_module {
	enum ledger_module_state state;
	char mode[32];
	__u32 nr;
	struct {
		char name[LEDGER_MODULE_NAME_LEN];
		__u64 value;
	} counters[LEDGER_MODULE_COUNTERS];
};

/**
 * struct ledger_sample - one line of the stats stream
 * @final: the totals at the end
 * @time: wall clock, seconds since 1970
 * @elapsed: seconds since the scheduler was first attached
 * @interval: seconds since the line before
 * @tasks: tasks that hold a slot
 * @restarts: restarts since the start
 * @total: counters since the start
 * @delta: counters since the line before
 * @module: its counters, since it was loaded
 */
struct ledger_sample {
	bool final;
	double time;
	double elapsed;
	double interval;
	__u32 tasks;
	__u32 restarts;
	struct ledger_totals total;
	struct ledger_totals delta;
	struct ledger_module module;
};

void stats_sum(struct ledger_stats *cpus, __u32 nr_cpus, struct ledger_totals *sum);
void stats_add(struct ledger_totals *sum, const struct ledger_totals *other);
void stats_line(struct ledger_sample *sample, const struct ledger_totals *now,
		struct ledger_totals *before, struct ledger_totals *last);
int stats_text(const struct ledger_sample *sample, char *buf, size_t size);
char *stats_json(const struct ledger_sample *sample);

void module_parse(struct ledger_module *module, const char *counters, const char *mode);
void module_read(struct ledger_module *module, const char *root, bool audited);
const __u64 *module_counter(const struct ledger_module *module, const char *name);

#endif /* LEDGER_USER_STATS_H */
