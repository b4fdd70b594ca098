/* SPDX-License-Identifier: GPL-2.0 */
/*
 * eevdf-audit replay: a textual trace of the fair class, recomputed. The form is that of the patch
 * which Peter Zijlstra posted with his traces on 31 March 2026: trace_printk() lines at every
 * change of a queue's sums, at update_curr() and place_entity(), and the whole queue at every pick.
 */
#ifndef LEDGER_REPLAY_H
#define LEDGER_REPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "command.h"

/* Sums of products of a 64-bit key and a 64-bit weight. */
typedef __int128 s128;

/* As the trace prints it: "sched-messaging:1276" needs 16 + 1 + 11. */
#define REPLAY_NAME_LEN 40
#define REPLAY_FUNCTION_LEN 32
#define REPLAY_TIME_LEN 24

/* Beyond any group's; keeps every product within 128 bits. */
#define REPLAY_WEIGHT_MAX (1ULL << 48)

/* How a weight counts in the sums: >> 10 but at least 2 up to Linux 7.0, in full from 7.1 on. */
enum replay_weights {
	REPLAY_WEIGHTS_AUTO,
	REPLAY_WEIGHTS_SCALED,
	REPLAY_WEIGHTS_FULL,
	REPLAY_WEIGHTS_NR,
};

extern const char *const replay_weights_names[REPLAY_WEIGHTS_NR + 1];

/* What a line of the trace is, by its text behind the function's name. */
enum replay_kind {
	REPLAY_PICK,	/* cfs_rq(): sum_w_vruntime() sum_weight() zero_vruntime() avg_vruntime() */
	REPLAY_ENTITY,	/* T<=> se(): vruntime() deadline() weight() -- comm:pid */
	REPLAY_BOOKS,	/* cfs_rq(): sum_w_vruntime() zero_vruntime(): one came or went */
	REPLAY_SHIFT,	/* cfs_rq(): delta() sum_w_vruntime() zero_vruntime() */
	REPLAY_LAGS,	/* min_lag() max_lag() limit() */
	REPLAY_SWV,	/* swv() */
	REPLAY_NULL,	/* picked NULL!! */
	REPLAY_FAIL,	/* FAIL */
	REPLAY_LOST,	/* CPU:9 [LOST 12 EVENTS], or a line that cannot be read */
};

/**
 * struct replay_line - a line of the trace, understood
 * @kind: enum replay_kind; says which of the rest is used
 * @number: in the file, of its first part if it was wrapped
 * @cpu: that ran the code; not always the queue's
 * @time: as printed
 * @function: as printed
 * @rq_cpu: the queue's CPU
 * @rq: the queue's address; with @rq_cpu its name
 * @sum: sum_w_vruntime(), or swv()
 * @zero: zero_vruntime(), virtual ns
 * @sum_weight: sum_weight()
 * @avg: avg_vruntime(), virtual ns
 * @delta: of a shift, virtual ns
 * @se: address of the entity
 * @vruntime: virtual ns
 * @deadline: virtual ns
 * @weight: 1048576 = nice 0, as printed, at most %REPLAY_WEIGHT_MAX
 * @name: comm:pid
 * @task: T; false = @, a group
 * @picked: <
 * @guarded: =, the slice is protected
 * @running: >
 * @eligible: E
 * @min_lag: virtual ns
 * @max_lag: virtual ns
 * @limit: ns
 */
struct replay_line {
	enum replay_kind kind;
	unsigned long number;
	uint32_t cpu;
	char time[REPLAY_TIME_LEN];
	char function[REPLAY_FUNCTION_LEN];
	uint32_t rq_cpu;
	uint64_t rq;
	int64_t sum;
	uint64_t zero;
	uint64_t sum_weight;
	uint64_t avg;
	int64_t delta;
	uint64_t se;
	uint64_t vruntime;
	uint64_t deadline;
	uint64_t weight;
	char name[REPLAY_NAME_LEN];
	bool task, picked, guarded, running, eligible;
	int64_t min_lag, max_lag, limit;
};

enum replay_parsed {
	REPLAY_PROSE,	/* no line of a trace */
	REPLAY_PART,	/* begins as one and ends too early */
	REPLAY_BROKEN,	/* is one, but for a number out of range or rubbish in it */
	REPLAY_OTHER,	/* a line of a trace, of no kind that is known here */
	REPLAY_LINE,
};

enum replay_parsed replay_parse(const char *text, struct replay_line *line);

/* What is said of a line. */
enum replay_verdict {
	REPLAY_HOLDS,
	REPLAY_WRONG,
	REPLAY_CARRIED,		/* follows from the lines before, and those are wrong */
	REPLAY_UNCHECKED,
	REPLAY_VERDICTS,
};

/**
 * struct replay_options - the command line of replay
 * @action: enum ledger_action
 * @weights: enum replay_weights
 * @json: the findings as one JSON object
 * @quiet: the summary only
 */
struct replay_options {
	enum ledger_action action;
	__u32 weights;
	bool json;
	bool quiet;
};

enum replay_end {
	REPLAY_CLEAN,		/* everything that was checked holds */
	REPLAY_VIOLATION,
	REPLAY_NOTHING,		/* there is no trace in it */
	REPLAY_NO_MEMORY,
	REPLAY_NO_READ,		/* errno tells */
	REPLAY_NO_WRITE,	/* errno tells */
};

enum replay_end replay_stream(FILE *in, const char *name, const struct replay_options *opts,
			      FILE *out);
enum audit_status replay_run(const void *opts, const char *path);

#endif /* LEDGER_REPLAY_H */
