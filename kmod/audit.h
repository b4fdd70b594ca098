/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The second set of books.
 *
 *	main.c		kfuncs, parameters, life of the module
 *	books.c		who is on which timeline: the table of tasks, a book a CPU
 *	check.c		one event, from the record to the book
 *	check_event.c	what must have happened, and is it what is reported?
 *	check_credit.c	the same for directed yields, and the ledger of credit
 *	expect.c	comparisons
 *	inspect.c	a timeline that is told as it stands, in mode identities
 *	oracle.c	the arithmetic behind the one
 *	sums.c		what a timeline adds up to, for it
 *	credit.c	and behind the other
 *	report.c	violations: the ring, the kernel log
 *	debugfs.c	the files
 *	selftest.c	the arithmetic against answers worked out by hand, as a file
 *
 * Locks: audit_book::lock, raw, IRQs off, is taken below the scheduler's locks; a second book's is
 * only ever tried. The ring's lock nests in it. audit_state::lock is taken before a book's, and
 * not by an event (but by audit_ask(), before it).
 */
#ifndef EEVDF_AUDIT_H
#define EEVDF_AUDIT_H

#include "port.h"
#include "invariants.h"
#include "oracle.h"
#include "credit.h"

#include <ledger/audit.h>
#include <ledger/rules.h>

#define AUDIT_COMM_LEN 16

/* Figures beyond these are no figures: sums over a whole table of them still fit the oracle. */
#define AUDIT_MAX_WEIGHT (1ULL << 40)
#define AUDIT_MAX_LOAD (1ULL << 56)
#define AUDIT_MAX_NS (1ULL << 40)

/* Two CPUs' clocks may differ by this, ns. */
#define AUDIT_CLOCK_SLACK 100000ULL

/**
 * struct audit_facts - what the module reads itself when an event arrives
 * @task: address of the task_struct, as an identity only; 0 without a task
 * @start: task_struct::start_time; with @pid tells two owners of one address apart
 * @pid: as above
 * @comm: for reports, as it is
 * @idle: its policy is SCHED_IDLE
 * @movable: affinity lets it run on the second CPU; only where %AUDIT_NEEDS_CPU
 * @special: it is stopped, traced, parked, frozen or dead, and must not stay as a ghost
 * @weight: by policy and nice value; only where %AUDIT_NEEDS_WEIGHT
 * @slice: the request it makes now: its own, or the base slice, ns
 * @exec: se.sum_exec_runtime, ns
 * @exec_max: @exec, and what can have been run since exec_start by the CPU's clock, ns; with
 *	%LEDGER_F_FRESH @exec; only where %AUDIT_NEEDS_CLOCK
 * @waited: since scx.runnable_at, when it last ran or woke up, in whole ticks, ns; only with
 *	%LEDGER_F_GUARD
 */
struct audit_facts {
	u64 task;
	u64 start;
	s32 pid;
	char comm[AUDIT_COMM_LEN];
	bool idle;
	bool special;
	bool movable;
	u64 weight;
	u64 slice;
	u64 exec;
	u64 exec_max;
	u64 waited;
};

/**
 * struct audit_entity - a task, found by the scheduler's slot number
 * @se: as EEVDF sees it
 * @exec: run time charged to it so far, ns
 * @task: identity, see &struct audit_facts; 0 = never seen
 * @start: same
 * @pid: same
 * @cpu: the book that it is in, or that claimed it for the length of an event; -1 = none. Taken by
 *	cmpxchg, given back under that book's lock; whoever holds it owns all other fields
 * @generation: of the book that saw it last; another one makes its figures worthless
 * @known: @se holds its figures
 */
struct audit_entity {
	struct oracle_se se;
	u64 exec;
	u64 task;
	u64 start;
	s32 pid;
	s32 cpu;
	u32 generation;
	bool known;
};

enum audit_book_state {
	AUDIT_BOOK_LEARNING,	/* adopts what is reported until it agrees with it */
	AUDIT_BOOK_LIVE,	/* checks */
};

/**
 * struct audit_counts - counters of one CPU's timeline
 * @events: by enum ledger_event_type; [0] unused
 * @checks: comparisons on a timeline of at least two entities, by enum audit_invariant
 * @violations: comparisons that failed, on any timeline
 * @checks_trivial: comparisons on a timeline of one entity or none
 * @not_checked: events on which nothing was compared: the book was learning, or the task has no
 *	place in the table, or the figures leave 64 bits. What `sample` leaves out is not here
 * @sampled_out: events that only fed the book, by `sample N`
 * @truncated: events with more entities on the timeline than max_walk, fed but not compared
 * @resyncs: times the book took over reported figures instead of its own
 * @bad_records: events that cannot be: thrown away
 * @inspections: timelines that were told in full, for a pick
 * @granted: service given by directed yields, virtual ns * weight, modulo 2^64 like the next three;
 *	each is derived from its own events
 * @consumed: of that, run or given on by its holder
 * @returned: of that, taken back because the donor exited owing it
 * @expired: of that, left when its holder left the timeline, or gave up its request
 */
struct audit_counts {
	u64 events[LEDGER_EV_NR];
	u64 checks[AUDIT_NR_INVARIANTS];
	u64 violations[AUDIT_NR_INVARIANTS];
	u64 checks_trivial;
	u64 not_checked;
	u64 sampled_out;
	u64 truncated;
	u64 resyncs;
	u64 bad_records;
	u64 inspections;
	u64 granted;
	u64 consumed;
	u64 returned;
	u64 expired;
};

/* Between the two events of a transfer. */
enum audit_gift_state {
	AUDIT_GIFT_NONE,
	AUDIT_GIFT_UNSEEN,	/* the first was not looked at */
	AUDIT_GIFT_PENDING,	/* the second must be next */
};

/**
 * struct audit_book - the second set of books of one timeline
 * @lock: protects all of it and the entities in it
 * @rq: who is there
 * @state: enum audit_book_state
 * @generation: equals that of an entity if its figures were kept since the books began
 * @fresh: the book has followed this scheduler from its start: whoever is new to it has no past
 * @zero_known: @zero is right
 * @zero: zero_vruntime as last reported, virtual ns
 * @off_nr_tree: reported minus own after a violation: one defect, one report
 * @off_has_curr: same
 * @off_weight: same, sum_weight
 * @off_w_vruntime: same, sum_w_vruntime at @off_zero
 * @off_zero: reference point of @off_w_vruntime
 * @gift_state: enum audit_gift_state
 * @gift: what the donor must pay
 * @gift_service: what it is for, virtual ns * weight
 * @gift_from: slot of the donor
 * @gift_to: slot of the target
 * @wakee: who came into the tree last, by JOIN or REQUEUE; or NULL
 * @wakee_idle: its policy is SCHED_IDLE
 * @drain: a ghost that was picked: it must leave next; or NULL
 * @passed: PASSED events in a row until now
 * @outstanding: sum over the timeline of the credit reported, virtual ns * weight
 * @off_credit: what @outstanding was above the ledger's figure when the book went live
 * @inspecting: an inspection is under way
 * @inspect_all: all that was told of it so far has a place in the book
 * @skip: events to leave out before the next check
 * @random: state of the stride's generator, not 0
 * @counts: see there
 */
struct audit_book {
	raw_spinlock_t lock;
	struct oracle_rq rq;
	u32 state;
	u32 generation;
	bool fresh;
	bool zero_known;
	u64 zero;
	u32 off_nr_tree;
	u32 off_has_curr;
	u64 off_weight;
	u64 off_w_vruntime;
	u64 off_zero;
	u32 gift_state;
	struct oracle_gift gift;
	u64 gift_service;
	u32 gift_from;
	u32 gift_to;
	struct audit_entity *wakee;
	bool wakee_idle;
	struct audit_entity *drain;
	u32 passed;
	u64 outstanding;
	u64 off_credit;
	bool inspecting;
	bool inspect_all;
	u32 skip;
	u32 random;
	struct audit_counts counts;
};

/**
 * struct audit_violation - one violation, in full
 * @seq: counted from 1 since load or reset
 * @at: ktime, ns
 * @invariant: enum audit_invariant
 * @comm: task, printable; empty without one
 * @pid: same
 * @expected: what the books say
 * @got: what was reported
 * @entities: on the timeline by the books, the running one included
 * @weight: sum of their weights by the books, the running one included
 * @tree_weight: own sum_weight
 * @tree_w_vruntime: own sum_w_vruntime at the reported reference point
 * @rec: the record
 */
struct audit_violation {
	u64 seq;
	u64 at;
	u32 invariant;
	s32 pid;
	char comm[AUDIT_COMM_LEN];
	u64 expected;
	u64 got;
	u32 entities;
	u64 weight;
	u64 tree_weight;
	u64 tree_w_vruntime;
	struct ledger_event rec;
};

/**
 * enum audit_mode - what is checked
 * @AUDIT_OFF: nothing
 * @AUDIT_IDENTITIES: at some picks what holds at any moment. No book is kept
 * @AUDIT_SAMPLE: some events
 * @AUDIT_FULL: each event
 */
enum audit_mode {
	AUDIT_OFF,
	AUDIT_IDENTITIES,
	AUDIT_SAMPLE,
	AUDIT_FULL,
};

static inline bool audit_keeps_books(u32 mode)
{
	return mode == AUDIT_SAMPLE || mode == AUDIT_FULL;
}

/**
 * struct audit_state - what all books share
 * @how: what the scheduler told at attach
 * @attached: @how is valid
 * @mode: enum audit_mode
 * @stride: mean events (sample) or picks (identities) a check, [1, AUDIT_MAX_STRIDE]
 * @max_walk: entities on one timeline beyond which nothing is compared
 * @nr_entities: size of @entities
 * @entities: by slot
 * @nr_books: size of @books
 * @books: by CPU
 */
struct audit_state {
	struct ledger_attach how;
	bool attached;
	u32 mode;
	u32 stride;
	u32 max_walk;
	u32 nr_entities;
	struct audit_entity *entities;
	u32 nr_books;
	struct audit_book **books;
};

#define AUDIT_MAX_STRIDE (1U << 20)

extern struct audit_state audit;

/* Where an entity is in its book. */
enum audit_where {
	AUDIT_NOWHERE,
	AUDIT_TREE,
	AUDIT_CURR,
};

static inline struct audit_entity *audit_entity_of(struct oracle_se *se)
{
	return container_of(se, struct audit_entity, se);
}

/* The running entity included. */
static inline u32 audit_nr(const struct audit_book *book)
{
	return book->rq.nr_tree + !!book->rq.curr;
}

/**
 * audit_where - where in this book?
 * @book: book, its lock held
 * @e: entity that belongs to it, by audit_is_here()
 *
 * Return: see &enum audit_where.
 */
static inline enum audit_where audit_where(const struct audit_book *book,
					   const struct audit_entity *e)
{
	if (book->rq.curr == &e->se)
		return AUDIT_CURR;
	return list_empty(&e->se.node) ? AUDIT_NOWHERE : AUDIT_TREE;
}

/**
 * audit_is_here - is the entity claimed for, or in, the book of this CPU?
 * @cpu: the book's
 * @e: entity from audit_find()
 * @facts: the task that the record names
 *
 * Return: false also if the entity stands for another task than the record's, because the slot was
 * reused before its owner left.
 */
static inline bool audit_is_here(u32 cpu, const struct audit_entity *e,
				 const struct audit_facts *facts)
{
	return READ_ONCE(e->cpu) == (s32)cpu && e->task == facts->task;
}

/**
 * audit_release - done with an entity
 * @book: book, its lock held
 * @cpu: the book's
 * @e: entity from audit_find()
 */
static inline void audit_release(struct audit_book *book, u32 cpu, struct audit_entity *e)
{
	if (READ_ONCE(e->cpu) == (s32)cpu && audit_where(book, e) == AUDIT_NOWHERE)
		smp_store_release(&e->cpu, -1);
}

/* books.c */
void audit_book_init(struct audit_book *book, u32 random);
void audit_book_reset(struct audit_book *book, u32 generation, bool fresh);
void audit_book_learn(struct audit_book *book);
void audit_book_blank(struct audit_book *book);
bool audit_book_agrees(struct audit_book *book, const struct ledger_event *rec);
void audit_book_offsets(struct audit_book *book, const struct ledger_event *rec);
struct audit_entity *audit_find(struct audit_book *book, const struct ledger_event *rec,
				const struct audit_facts *facts);
void audit_move(struct audit_book *book, struct audit_entity *e, enum audit_where to);
bool audit_evict(struct audit_book *book, u32 cpu, struct audit_entity *e,
		 const struct audit_facts *facts);

/* inspect.c */
u64 audit_inspect(struct audit_book *book, u32 entities);

/**
 * enum audit_needs - what an event is compared with, by its type
 * @AUDIT_NEEDS_WEIGHT: &audit_facts.weight; these two cost something to find out
 * @AUDIT_NEEDS_CLOCK: &audit_facts.exec_max
 * @AUDIT_NEEDS_AVG: V, which its record must therefore tell
 * @AUDIT_NEEDS_PEER: a second task, same
 * @AUDIT_NEEDS_CPU: a second CPU, same, and &audit_facts.movable
 */
enum audit_needs {
	AUDIT_NEEDS_WEIGHT = 1,
	AUDIT_NEEDS_CLOCK = 2,
	AUDIT_NEEDS_AVG = 4,
	AUDIT_NEEDS_PEER = 8,
	AUDIT_NEEDS_CPU = 16,
};

/* check.c */
extern const u8 audit_needs[LEDGER_EV_NR];
bool audit_record_bad(const struct ledger_event *rec, u32 size, bool task);
void audit_check(struct audit_book *book, const struct ledger_event *rec,
		 const struct audit_facts *facts);

/* report.c: called with a book's lock held */
void audit_report(struct audit_book *book, enum audit_invariant invariant,
		  const struct ledger_event *rec, const struct audit_facts *facts, u64 expected,
		  u64 got);

#endif /* EEVDF_AUDIT_H */
