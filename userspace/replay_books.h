/* SPDX-License-Identifier: GPL-2.0 */
/* The second set of books of a replay: who is in which queue, what the sums are due to be. */
#ifndef LEDGER_REPLAY_BOOKS_H
#define LEDGER_REPLAY_BOOKS_H

#include "replay.h"

/* Beyond these all is forgotten, or not checked: a trace from anywhere must not eat the machine. */
#define REPLAY_ENTITIES_MAX 65536
#define REPLAY_QUEUES_MAX 16384
#define REPLAY_TREE_MAX 4096

struct replay_queue;
struct replay_row;

enum replay_place {
	REPLAY_AWAY,
	REPLAY_IN_TREE,
	REPLAY_RUNS,
};

/**
 * struct replay_entity - a task or a group
 * @next: in its bucket
 * @se: address
 * @queue: that it is or was in; NULL = never seen with one
 * @place: enum replay_place
 * @vruntime: as last seen, virtual ns
 * @deadline: as last seen
 * @weight: as last seen, as printed
 * @name: comm:pid
 * @yielded: @vruntime went up to the deadline and that went on, by how much no line has told yet
 * @has_lag: @lag and @rest are those with which it last left @queue
 * @lag: avg_vruntime() - vruntime, virtual ns
 * @rest: deadline - vruntime then: no bound on lag is below the length of a request
 */
struct replay_entity {
	struct replay_entity *next;
	uint64_t se;
	struct replay_queue *queue;
	enum replay_place place;
	uint64_t vruntime;
	uint64_t deadline;
	uint64_t weight;
	char name[REPLAY_NAME_LEN];
	bool yielded;
	bool has_lag;
	int64_t lag;
	int64_t rest;
};

/**
 * struct replay_pending - a shift whose size cannot be judged before a later line
 * @row: of the shift; NULL = none
 * @cpu: that ran it
 * @sum: afterwards
 * @zero: afterwards
 * @delta: as printed
 * @weight_known: the queue's weight was known; only the running entity's vruntime may be old
 */
struct replay_pending {
	struct replay_row *row;
	uint32_t cpu;
	int64_t sum;
	uint64_t zero;
	int64_t delta;
	bool weight_known;
};

/**
 * struct replay_queue - a cfs_rq
 * @next: of all queues
 * @cpu: in its name
 * @rq: in its name
 * @counted: for the summary
 * @sums_known: @sum and @zero are what the last line said
 * @sum: kept sum_w_vruntime
 * @zero: kept zero_vruntime
 * @known: @tree is complete
 * @tree: entities in the tree, in no order
 * @nr: of them
 * @size: room in @tree
 * @curr: the running entity, or NULL
 * @picked: chosen at the last pick
 * @off: kept sum less due sum at the last line
 * @off_since: line that brought @off about, if it is not 0
 * @pending: a shift to be judged
 */
struct replay_queue {
	struct replay_queue *next;
	uint32_t cpu;
	uint64_t rq;
	bool counted;
	bool sums_known;
	int64_t sum;
	uint64_t zero;
	bool known;
	struct replay_entity **tree;
	size_t nr, size;
	struct replay_entity *curr;
	struct replay_entity *picked;
	s128 off;
	unsigned long off_since;
	struct replay_pending pending;
};

#define REPLAY_BUCKETS 4096

/**
 * struct replay_books - all of it
 * @weights: how weights count; %REPLAY_WEIGHTS_AUTO until a snapshot has told
 * @buckets: entities by address
 * @queues: all queues
 * @entities_nr: entities
 * @queues_nr: queues
 */
struct replay_books {
	enum replay_weights weights;
	struct replay_entity *buckets[REPLAY_BUCKETS];
	struct replay_queue *queues;
	size_t entities_nr, queues_nr;
};

struct replay_entity *books_entity(struct replay_books *b, uint64_t se);
struct replay_queue *books_queue(struct replay_books *b, uint32_t cpu, uint64_t rq);
void books_free(struct replay_books *b);
bool books_join(struct replay_queue *q, struct replay_entity *e);
void books_leave(struct replay_queue *q, struct replay_entity *e, enum replay_place place);
void books_forget(struct replay_queue *q);

uint64_t books_counted(const struct replay_books *b, uint64_t weight);
s128 books_key(uint64_t vruntime, uint64_t zero);
s128 books_weight(const struct replay_books *b, const struct replay_queue *q);
s128 books_sum(const struct replay_books *b, const struct replay_queue *q, uint64_t zero);
s128 books_delta(s128 sum, s128 weight, uint64_t zero, uint64_t vruntime, s128 curr_weight);
bool books_eligible(s128 sum, s128 weight, s128 key);
const char *books_number(s128 value, char *buf, size_t size);

#endif /* LEDGER_REPLAY_BOOKS_H */
