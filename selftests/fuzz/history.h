/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A history is a string of bytes, a step each five of them: what, a task (two bytes), two operands.
 * The first five say how the world is: rules that are off (two bytes), CPUs and tasks, zero point
 * and base slice, length of a tick. Any string is a legal history, and stays one if steps are taken
 * out of it, so a fuzzer may write them and a failing one can be shrunk.
 *
 * Two models live through it side by side, include/eevdf and a naive queue (naive.h), and are
 * compared after every step (compare.h).
 *
 * Operands stay within what include/eevdf promises to be exact for (vtime.h): no charge of 2^42 ns
 * or more, and no task further from V than 2^61, in virtual ns and in virtual ns times weight. What
 * would go beyond is made smaller or left out.
 */
#ifndef HISTORY_H
#define HISTORY_H

#include "eevdf_host.h"
#include <eevdf/credit.h>
#include "naive.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HIST_UNIT 5
#define HIST_CPUS 4
#define HIST_TASKS 4096
#define HIST_CHARGE_END (1ULL << 42)
#define HIST_FAR ((s128)1 << 61)

/* X(ID, "name") */
#define HIST_OPS(X)                                                                                \
	X(JOIN, "join")                                                                            \
	X(WAKE, "wake")                                                                            \
	X(SLEEP, "sleep")                                                                          \
	X(MOVE, "migrate")                                                                         \
	X(CHARGE, "charge")                                                                        \
	X(DISPATCH, "dispatch")                                                                    \
	X(YIELD, "yield")                                                                          \
	X(WEIGHT, "weight")                                                                        \
	X(SLICE, "slice")                                                                          \
	X(POLICY, "policy")                                                                        \
	X(CHANGE, "change")                                                                        \
	X(BUDDY, "buddy")                                                                          \
	X(SHORTEN, "shorten protection")                                                           \
	X(CANCEL, "cancel protection")                                                             \
	X(GUARD, "guard")                                                                          \
	X(PUT, "put")                                                                              \
	X(SET, "set")                                                                              \
	X(PICK, "pick")                                                                            \
	X(LEAVE, "leave")                                                                          \
	X(NEW, "new task")                                                                         \
	X(BASE, "base slice")                                                                      \
	X(LOOK, "look at V")                                                                       \
	X(GIVE, "give to")                                                                         \
	X(MARGIN, "margin for")                                                                    \
	X(RETURN, "take back from")

enum hist_op {
#define HIST_ENUM(id, name) HIST_##id,
	HIST_OPS(HIST_ENUM)
#undef HIST_ENUM
	HIST_NR_OPS,
};

struct hist_task {
	struct eevdf_entity a;	/* first: an entity is its task */
	struct naive_se b;
};

/**
 * struct hist - both worlds
 * @tl: include/eevdf's side, by CPU
 * @q: the oracle's
 * @task: all tasks
 * @nr_cpus: from the head, as @nr_tasks
 * @nr_tasks: see there
 * @rules: enum ledger_rule bits, of both
 * @now: ns, common to all CPUs
 * @steps: that did something
 * @used: bytes that were looked at
 * @most_waiting: entities in one tree at any time
 * @most_ghosts: likewise
 * @failed: there was a difference
 * @why: the first one
 * @trace: where the steps are told in words, or NULL
 */
struct hist {
	struct eevdf_timeline tl[HIST_CPUS];
	struct naive_rq q[HIST_CPUS];
	struct hist_task *task;
	u32 nr_cpus;
	u32 nr_tasks;
	u32 rules;
	u64 now;
	u64 steps;
	size_t used;
	u32 most_waiting;
	u32 most_ghosts;
	bool failed;
	char why[240];
	FILE *trace;
};

/* Rules that include/eevdf is not told of, for a test that must see the difference found. */
static u32 hist_a_rules_off;

static inline struct hist_task *hist_task_of(struct eevdf_entity *e)
{
	return (struct hist_task *)e;
}

static inline struct hist_task *hist_task_of_b(struct naive_se *t)
{
	return container_of(t, struct hist_task, b);
}

/* Number of a task, for people; -1: none. */
static inline int hist_id(const struct hist *h, const void *t)
{
	return t ? (int)((const struct hist_task *)t - h->task) : -1;
}

static inline void hist_say(struct hist *h, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
static inline void hist_say(struct hist *h, const char *fmt, ...)
{
	va_list args;

	if (!h->trace)
		return;
	va_start(args, fmt);
	vfprintf(h->trace, fmt, args);
	va_end(args);
}

static inline void hist_differ(struct hist *h, const char *what, int cpu, int task, s64 a, s64 b)
{
	if (h->failed)
		return;
	h->failed = true;
	snprintf(h->why, sizeof(h->why), "%s of cpu %d, task %d: %lld, the oracle says %lld", what,
		 cpu, task, a, b);
}

#define hist_same(h, what, cpu, task, a, b)                                                        \
	do {                                                                                       \
		s64 ____a = (s64)(a), ____b = (s64)(b);                                            \
		if (____a != ____b)                                                                \
			hist_differ(h, what, cpu, task, ____a, ____b);                             \
	} while (0)

#include "compare.h"
#include "operands.h"
#include "gifts.h"
#include "steps.h"

static const char *const hist_name[] = {
#define HIST_NAME(id, name) [HIST_##id] = name,
	HIST_OPS(HIST_NAME)
#undef HIST_NAME
};

static inline void hist_step(struct hist *h, const u8 *p)
{
	enum hist_op op = (p[0] & 31) % HIST_NR_OPS;
	int cpu = (p[0] >> 5) % h->nr_cpus;
	struct hist_task *t = NULL;
	bool did = true;

	if (hist_places[op])
		t = hist_find(h, p[1] | p[2] << 8, hist_places[op]);
	if (op == HIST_BUDDY && t && t->b.policy == NAIVE_IDLE)
		t = NULL;
	if (t)
		hist_say(h, "cpu %d: task %d: %s ", t->b.cpu < 0 ? cpu : t->b.cpu, hist_id(h, t),
			 hist_name[op]);
	else
		hist_say(h, "cpu %d: %s ", cpu, hist_name[op]);
	if (t)
		hist_task_step(h, op, t, cpu, p[3], p[4]);
	else if (!hist_places[op])
		did = hist_cpu_step(h, op, cpu, p[3], p[4]);
	else
		did = false;
	h->steps += did;
	hist_say(h, "%s\n", did ? "" : "(nothing to do)");
	if (did && !h->failed)
		hist_compare(h);
}

static const u32 hist_tasks[8] = { 2, 3, 5, 8, 16, 48, 512, HIST_TASKS };

/* How many tasks a history with this head has. */
static inline u32 hist_nr_tasks(const u8 *head)
{
	return hist_tasks[(head[2] >> 2) % 8];
}

static inline void hist_begin(struct hist *h, const u8 *head, FILE *trace)
{
	static const u64 ticks[] = { 4000000, 1000000, 10000000, 0 };
	static struct hist_task tasks[HIST_TASKS];
	u64 zero[8] = { -(1ULL << 20), (1ULL << 63) - 1000000, -1000ULL, 1ULL << 63, 0,
			(1ULL << 63) - 1, ~0ULL, head[3] * 0x0101010101010101ULL };
	u64 base = hist_slice(head[4] >> 2, head[4]);
	u32 i;

	*h = (struct hist){ .task = tasks, .now = 1ULL << 40, .trace = trace };
	h->rules = LEDGER_RULE_ALL & ~(head[0] | head[1] << 8);
	h->nr_cpus = 1 + head[2] % HIST_CPUS;
	h->nr_tasks = hist_nr_tasks(head);
	for (i = 0; i < h->nr_tasks; i++)
		hist_new_task(&tasks[i]);
	for (i = 0; i < h->nr_cpus; i++) {
		h->q[i] = (struct naive_rq){ .rules = h->rules, .cpu = i };
		INIT_LIST_HEAD(&h->q[i].rq.tree);
		h->q[i].base_slice = base ? base : 2800000;
		h->q[i].tick = ticks[head[4] % 4];
		h->q[i].zero = zero[(head[3] + i) % 8];
		h->tl[i] = (struct eevdf_timeline){
			.rules = h->rules & ~hist_a_rules_off,
			.base_slice = h->q[i].base_slice,
			.tick = h->q[i].tick,
			.zero_vruntime = h->q[i].zero,
		};
	}
	hist_say(h, "%u cpus, %u tasks, rules %#x, base slice %llu, tick %llu, zero point %lld\n",
		 h->nr_cpus, h->nr_tasks, h->rules, h->q[0].base_slice, h->q[0].tick,
		 (s64)h->q[0].zero);
}

/**
 * hist_run - live through a history
 * @h: result; @h->why says what was different
 * @data: bytes
 * @size: how many
 * @trace: told in words there, or NULL
 *
 * Return: true if there was no difference.
 */
static inline bool hist_run(struct hist *h, const u8 *data, size_t size, FILE *trace)
{
	size_t at;
	u32 i;

	if (size < HIST_UNIT) {
		*h = (struct hist){ 0 };
		return true;
	}
	hist_begin(h, data, trace);
	for (at = HIST_UNIT; at + HIST_UNIT <= size && !h->failed; at += HIST_UNIT)
		hist_step(h, data + at);
	h->used = at;
	for (i = 0; i < h->nr_tasks && !h->failed; i++)
		if (h->task[i].b.cpu < 0)
			hist_compare_off(h, &h->task[i]);
	return !h->failed;
}

#endif /* HISTORY_H */
