/* SPDX-License-Identifier: GPL-2.0 */
/* The checks of a replay, a file for the pick and one for everything else, and what they share. */
#ifndef LEDGER_REPLAY_CHECK_H
#define LEDGER_REPLAY_CHECK_H

#include "replay_report.h"

#define REPLAY_CPUS_MAX 8192

/**
 * struct replay_seen - an entity's line within a pick
 * @line: the line
 * @row: its row
 */
struct replay_seen {
	struct replay_line line;
	struct replay_row *row;
};

/**
 * struct replay_result - what a complete pick came to, for the lines that follow it
 * @valid: there was one
 * @number: of its first line
 * @off: kept sum less due sum
 * @due_sum: recomputed
 * @kept_avg: printed
 * @due_avg: recomputed
 * @min_lag: by the kept average
 * @max_lag: by the kept average
 * @nr: entities
 * @kept_eligible: by the kept sums
 * @due_eligible: by the recomputed average
 * @picked: somebody was
 */
struct replay_result {
	bool valid;
	unsigned long number;
	s128 off, due_sum;
	uint64_t kept_avg, due_avg;
	int64_t min_lag, max_lag;
	size_t nr, kept_eligible, due_eligible;
	bool picked;
};

/**
 * struct replay_cpu - what a CPU that writes into the trace is about
 * @next: of all CPUs
 * @cpu: number
 * @queue: of its last line that names one
 * @shifted: its last line was a shift of @queue
 * @entity: of its last line about one outside of a pick
 * @charged: that line was update_curr()'s, and its last one
 * @placed: that line was place_entity()'s
 * @reweighted: that line was reweight_entity()'s
 * @unsettled: a queue whose pending shift the next line settles
 * @picking: lines of a pick are being collected
 * @pick: the first of them
 * @pick_row: its row
 * @seen: the others
 * @seen_nr: of them
 * @seen_size: room
 * @cut: lines of this pick are missing
 * @result: of the last pick
 */
struct replay_cpu {
	struct replay_cpu *next;
	uint32_t cpu;
	struct replay_queue *queue;
	bool shifted;
	struct replay_entity *entity;
	bool charged, placed, reweighted;
	struct replay_queue *unsettled;
	bool picking;
	struct replay_line pick;
	struct replay_row *pick_row;
	struct replay_seen *seen;
	size_t seen_nr, seen_size;
	bool cut;
	struct replay_result result;
};

/**
 * struct replay - a run
 * @opts: command line
 * @reader: the trace
 * @books: the second set
 * @report: what was found
 * @total: for the summary
 * @cpus: that wrote lines
 * @cpus_nr: of them
 * @groups: a group was seen, so a CPU may have many queues
 * @limit: limit() of the first line that has one; 0 = none yet
 */
struct replay {
	const struct replay_options *opts;
	struct replay_reader reader;
	struct replay_books books;
	struct replay_report report;
	struct replay_total total;
	struct replay_cpu *cpus;
	size_t cpus_nr;
	bool groups;
	int64_t limit;
};

/* replay_pick.c */
void pick_begin(struct replay *r, struct replay_cpu *cpu, const struct replay_line *line);
void pick_entity(struct replay *r, struct replay_cpu *cpu, const struct replay_line *line);
bool pick_is_complete(const struct replay *r, const struct replay_cpu *cpu);
void pick_end(struct replay *r, struct replay_cpu *cpu);
void pick_lags(struct replay *r, struct replay_cpu *cpu, const struct replay_line *line);
void pick_swv(struct replay *r, struct replay_cpu *cpu, const struct replay_line *line);
void pick_null(struct replay *r, struct replay_cpu *cpu, const struct replay_line *line);
void pick_fail(struct replay *r, struct replay_cpu *cpu, const struct replay_line *line);

/* replay_step.c */
void step_shift(struct replay *r, struct replay_cpu *cpu, const struct replay_line *line);
void step_books(struct replay *r, struct replay_cpu *cpu, const struct replay_line *line);
void step_entity(struct replay *r, struct replay_cpu *cpu, const struct replay_line *line);
void step_settle(struct replay *r, struct replay_queue *q, const struct replay_entity *more);
bool step_kept(struct replay *r, struct replay_row *row, struct replay_queue *q,
	       const struct replay_line *line, int64_t delta);

/* replay_entity.c */
void entity_check(struct replay *r, struct replay_row *row, const struct replay_queue *q,
		  const struct replay_line *line);

/* replay_explain.c */
void explain_sum(struct replay *r, struct replay_finding *f, const struct replay_queue *q,
		 const struct replay_line *line, s128 wrong, int64_t delta);
void explain_zero(struct replay *r, struct replay_finding *f, const struct replay_queue *q,
		  const struct replay_line *line, int64_t foreign, int64_t delta);

#endif /* LEDGER_REPLAY_CHECK_H */
