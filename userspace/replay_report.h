/* SPDX-License-Identifier: GPL-2.0 */
/* What a replay has to say: a row for each line of the trace, findings, and the summary. */
#ifndef LEDGER_REPLAY_REPORT_H
#define LEDGER_REPLAY_REPORT_H

#include "replay_books.h"
#include "replay_read.h"

/* Later findings are counted only. */
#define REPLAY_FINDINGS_MAX 1000
/* A row may wait for a later line, but not for ever. */
#define REPLAY_ROWS_MAX 16384

/**
 * struct replay_finding - a figure that is wrong
 * @next: of all, in the order of the lines
 * @number: of the line
 * @time: of the line
 * @queue: "cpu:address", or empty
 * @check: what was checked
 * @figures: @kept and @due are set
 * @kept: as the trace has it
 * @due: as it is recomputed
 * @shift: @kept - @due is -(@shift x @weight); 0 = it is no multiple
 * @weight: sum_weight of the queue
 * @text: a sentence or two
 */
struct replay_finding {
	struct replay_finding *next;
	unsigned long number;
	char time[REPLAY_TIME_LEN];
	char queue[32];
	const char *check;
	bool figures;
	s128 kept, due;
	s128 shift, weight;
	char text[900];
};

/**
 * struct replay_row - what is said of a line
 * @next: the line after it
 * @number: of the line
 * @time: of the line
 * @function: of the line
 * @decided: nothing will change any more
 * @verdict: enum replay_verdict
 * @text: short
 * @findings: of this line
 */
struct replay_row {
	struct replay_row *next;
	unsigned long number;
	char time[REPLAY_TIME_LEN];
	char function[REPLAY_FUNCTION_LEN];
	bool decided;
	enum replay_verdict verdict;
	char text[240];
	struct replay_finding *findings;
};

/**
 * struct replay_report - what was said so far
 * @out: stream
 * @rows_wanted: neither quiet nor JSON
 * @first: oldest row that was not printed yet
 * @last: newest row
 * @waiting: rows from @first to @last
 * @verdicts: rows by verdict, of those that were decided
 * @findings: kept ones, in order
 * @findings_end: where the next one is linked in
 * @kept: of them
 * @count: all findings
 * @no_memory: something is missing
 */
struct replay_report {
	FILE *out;
	bool rows_wanted;
	struct replay_row *first, *last;
	size_t waiting;
	unsigned long verdicts[REPLAY_VERDICTS];
	struct replay_finding *findings, **findings_end;
	unsigned long kept, count;
	bool no_memory;
};

/**
 * struct replay_total - for the summary
 * @name: of the file
 * @weights: how weights counted
 * @queues: seen
 * @picks: snapshots that were complete
 * @resyncs: how often events were missed, and all was forgotten
 */
struct replay_total {
	const char *name;
	enum replay_weights weights;
	unsigned long queues, picks, resyncs;
};

void report_begin(struct replay_report *r, FILE *out, bool rows_wanted);
struct replay_row *report_row(struct replay_report *r, const struct replay_line *line);
void report_say(struct replay_row *row, enum replay_verdict verdict, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
struct replay_finding *report_find(struct replay_report *r, struct replay_row *row,
				   const struct replay_queue *q, const char *check,
				   const char *fmt, ...) __attribute__((format(printf, 5, 6)));
void report_add(struct replay_finding *f, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void report_figures(struct replay_finding *f, s128 kept, s128 due);
bool report_full(const struct replay_report *r);
void report_flush(struct replay_report *r, bool all);
void report_summary(struct replay_report *r, const struct replay_reader *reader,
		    const struct replay_total *total);
bool report_json(struct replay_report *r, const struct replay_reader *reader,
		 const struct replay_total *total);
void report_end(struct replay_report *r);

#endif /* LEDGER_REPLAY_REPORT_H */
