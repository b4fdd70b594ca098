/* SPDX-License-Identifier: GPL-2.0 */
/*
 * eevdf-sim: what is asked for, and what came out. Times are ns of a virtual clock: nothing here
 * reads a real one, so the same options give the same bytes on every run.
 */
#ifndef LEDGER_SIM_H
#define LEDGER_SIM_H

#include <stdio.h>

#include "sim_eevdf.h"
#include "sim_lag.h"

#define SIM_CPUS_MAX 1024
#define SIM_TASKS_MAX 1000000
#define SIM_LIST_MAX 64
#define SIM_NEVER (~0ULL)

/* X(CONSTANT, value, "what it means") */
#define SIM_STATUS(X)                                                                              \
	X(OK, 0, "it ran and every check held; or the text asked for was printed")                 \
	X(FAILED, 1, "not enough memory, or a file could not be written")                          \
	X(USAGE, 2, "bad usage: unknown option, bad value, options that exclude each other")       \
	X(BROKEN, 3, "a check did not hold; the output says which")

enum sim_status {
#define SIM_STATUS_ENUM(id, value, meaning) SIM_STATUS_##id = (value),
	SIM_STATUS(SIM_STATUS_ENUM)
#undef SIM_STATUS_ENUM
};

/* X(CONSTANT, "name", "what its tasks do") */
#define SIM_WORKLOADS(X)                                                                           \
	X(HOGS, "hogs", "equal busy loops")                                                        \
	X(WEIGHTED, "weighted", "busy loops with the nice values of --nice, in turn")              \
	X(MIXED, "mixed", "tasks that run and sleep, and a share of busy loops (--hogs)")          \
	X(MESSAGING, "messaging", "rings in which a message is handed on: its owner runs, wakes "  \
				  "the next one and sleeps")

enum sim_workload {
#define SIM_WORKLOAD_ENUM(id, name, what) SIM_##id,
	SIM_WORKLOADS(SIM_WORKLOAD_ENUM)
#undef SIM_WORKLOAD_ENUM
};

extern const char *const sim_workload_names[];

enum sim_action {
	SIM_ACTION_RUN,
	SIM_ACTION_HELP,
	SIM_ACTION_VERSION,
};

/**
 * struct sim_config - the command line, understood
 * @action: enum sim_action
 * @workload: enum sim_workload
 * @cpus: 1..1024
 * @tasks: 1..10^6
 * @length: ns to simulate
 * @seed: of everything random
 * @slice: request of a task without its own, ns
 * @tick: ns between the only moments at which a slice can end; 0 = it ends on time
 * @min_turn: a slice does not end earlier than this after its turn began, ns
 * @run: mean or fixed ns that a task runs before it sleeps
 * @sleep: likewise asleep
 * @hogs: per cent of the tasks of %SIM_MIXED that never sleep
 * @group: tasks in a ring of %SIM_MESSAGING
 * @check: decisions from one recount of a timeline to the next; 0 = never
 * @nr_nice: entries of @nice; task i has entry i modulo that
 * @nr_custom: likewise of @custom
 * @nice: -20..19
 * @custom: requests of their own, ns; 0 = none
 * @rules: enum ledger_rule bits in force
 * @steal: a CPU that would idle takes a waiting task from another
 * @fixed: run and sleep times are fixed, else exponential
 * @json: print a JSON object
 * @lag_trace: file for the lag of every task over time, or NULL
 */
struct sim_config {
	u64 action;
	u64 workload;
	u64 cpus;
	u64 tasks;
	u64 length;
	u64 seed;
	u64 slice;
	u64 tick;
	u64 min_turn;
	u64 run;
	u64 sleep;
	u64 hogs;
	u64 group;
	u64 check;
	u32 nr_nice;
	u32 nr_custom;
	s64 nice[SIM_LIST_MAX];
	s64 custom[SIM_LIST_MAX];
	u32 rules;
	bool steal;
	bool fixed;
	bool json;
	const char *lag_trace;
};

/* X(CONSTANT, "name", "what must hold") */
#define SIM_CHECKS(X)                                                                              \
	X(SUMS, "sums", "the kept sums equal a recount, to the last bit")                          \
	X(LAG_SUM, "lag_sum", "weighted lags add up to zero, but for the rounding of V")           \
	X(THEOREM, "theorem_1", "-r < lag < r in steady phases; with --tick only the lower")       \
	X(IDEAL, "ideal", "service of constant busy loops is within r of weight / sum of weights") \
	X(COST, "cost", "no walk is longer than the height that an AVL tree of its size can have") \
	X(PICK, "pick", "somebody is picked whenever somebody is there")                           \
	X(TREE, "tree", "no walk broke off, no product left its 62 bits")

enum sim_check {
#define SIM_CHECK_ENUM(id, name, what) SIM_CHECK_##id,
	SIM_CHECKS(SIM_CHECK_ENUM)
#undef SIM_CHECK_ENUM
	SIM_NR_CHECKS
};

extern const char *const sim_check_names[];

/* What a tree operation is for. */
enum sim_op {
	SIM_OP_PICK,
	SIM_OP_INSERT,
	SIM_OP_ERASE,
	SIM_NR_OPS
};

/* Queues of 2^k to 2^(k + 1) - 1 entities share a row. */
#define SIM_NR_LENGTHS 20

/**
 * struct sim_cost - rounds of the loops in include/eevdf
 * @ops: operations
 * @rounds: of all of them
 * @max: of the most expensive one
 * @max_nr: entities in the tree then, the fewest of equal cases
 */
struct sim_cost {
	u64 ops;
	u64 rounds;
	u32 max;
	u32 max_nr;
};

/* When lag is looked at: it is highest when a task is picked, lowest when it is charged. */
enum sim_moment {
	SIM_AT_PICK,
	SIM_AT_CHARGE,
	SIM_NR_MOMENTS
};

#define SIM_NR_NICE 40

/**
 * struct sim_result - what came out
 * @hash: of every decision, in order
 * @picks: choices made
 * @kept: of these, of the task that ran already
 * @switches: of these, of another one
 * @wakeups: tasks that came from sleep
 * @sleeps: tasks that went to sleep
 * @delays: of these, tasks that stayed as ghosts
 * @drains: ghosts that left because they would have been picked
 * @ghost_wakes: ghosts whose task woke up
 * @preempts: wakeups that interrupted somebody
 * @steals: tasks taken from another CPU
 * @migrations: tasks that joined another CPU than they were on last
 * @busy: ns of all CPUs on which a task ran
 * @overrun: most that a request was exceeded by while somebody waited, ns of service
 * @ideal_low: service - ideal of the constant busy loop that is furthest behind, ns
 * @ideal_high: likewise ahead
 * @ideal_tasks: how many were compared
 * @checked: enum sim_check
 * @violations: enum sim_check
 * @first: the first violation in words, or ""
 * @cost: by operation and length of the queue
 * @lag: by nice + 20 and moment, ns of service
 * @lag_all: the same over all nice values
 * @tasks_of_nice: how many there are
 */
struct sim_result {
	u64 hash;
	u64 picks;
	u64 kept;
	u64 switches;
	u64 wakeups;
	u64 sleeps;
	u64 delays;
	u64 drains;
	u64 ghost_wakes;
	u64 preempts;
	u64 steals;
	u64 migrations;
	u64 busy;
	u64 overrun;
	s64 ideal_low;
	s64 ideal_high;
	u64 ideal_tasks;
	u64 checked[SIM_NR_CHECKS];
	u64 violations[SIM_NR_CHECKS];
	char first[256];
	struct sim_cost cost[SIM_NR_OPS][SIM_NR_LENGTHS];
	struct sim_lag lag[SIM_NR_NICE][SIM_NR_MOMENTS];
	struct sim_lag lag_all[SIM_NR_MOMENTS];
	u32 tasks_of_nice[SIM_NR_NICE];
};

enum sim_status sim_options_parse(int argc, char **argv, struct sim_config *cfg, FILE *err);
void sim_help(FILE *out);
enum sim_status sim_run(const struct sim_config *cfg, struct sim_result *res, FILE *err);
bool sim_broken(const struct sim_result *res);
double sim_growth(const struct sim_result *res, enum sim_op op);
void sim_print(const struct sim_config *cfg, const struct sim_result *res, FILE *out);
void sim_print_json(const struct sim_config *cfg, const struct sim_result *res, FILE *out);
enum sim_status sim_main(int argc, char **argv, FILE *out, FILE *err);

#endif /* LEDGER_SIM_H */
