/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Histories at random, each in a style: what happens often in it, and with which operands. A style
 * goes where a rule is likely to break.
 */
#ifndef GENERATE_H
#define GENERATE_H

#include "history.h"

/* Kinds of hist_time(), hist_weight(), hist_slice(), as digits. */
#define GEN_ANY ""

/**
 * struct gen_style - a kind of history
 * @name: for messages
 * @often: how often each step comes, relative to the others
 * @times: kinds of times, from which one is drawn at random; "" = any
 * @weights: likewise
 * @slices: likewise
 * @tasks: likewise, index into hist_tasks
 * @few: operands are drawn from so many values only, 0 = any
 * @all_rules: of 8 histories so many have all rules
 */
struct gen_style {
	const char *name;
	u8 often[HIST_NR_OPS];
	const char *times;
	const char *weights;
	const char *slices;
	const char *tasks;
	u8 few;
	u8 all_rules;
};

#define GEN_USUAL                                                                                  \
	[HIST_JOIN] = 4, [HIST_WAKE] = 12, [HIST_SLEEP] = 8, [HIST_MOVE] = 3, [HIST_CHARGE] = 10,  \
	[HIST_DISPATCH] = 14, [HIST_YIELD] = 2, [HIST_WEIGHT] = 3, [HIST_SLICE] = 2,               \
	[HIST_POLICY] = 1, [HIST_CHANGE] = 3, [HIST_BUDDY] = 2, [HIST_SHORTEN] = 1,                \
	[HIST_CANCEL] = 1, [HIST_GUARD] = 1, [HIST_PUT] = 1, [HIST_SET] = 2, [HIST_PICK] = 1,      \
	[HIST_LEAVE] = 2, [HIST_NEW] = 1, [HIST_BASE] = 1, [HIST_LOOK] = 1, [HIST_GIVE] = 2,       \
	[HIST_MARGIN] = 1, [HIST_RETURN] = 1

static const struct gen_style gen_styles[] = {
	{ "usual", { GEN_USUAL }, "0124568e", "03", "0147", "01234", 0, 6 },
	{ "anything", { GEN_USUAL }, GEN_ANY, GEN_ANY, GEN_ANY, "01234", 0, 2 },
	{ "equal deadlines",
	  { [HIST_JOIN] = 12, [HIST_WAKE] = 6, [HIST_SLEEP] = 5, [HIST_MOVE] = 6, [HIST_CHARGE] = 4,
	    [HIST_DISPATCH] = 10, [HIST_SET] = 4, [HIST_LEAVE] = 6, [HIST_NEW] = 8,
	    [HIST_WEIGHT] = 4, [HIST_PUT] = 3 },
	  "556", "1", "1", "2345", 2, 6 },
	{ "weights far apart",
	  { [HIST_JOIN] = 6, [HIST_WAKE] = 8, [HIST_SLEEP] = 6, [HIST_MOVE] = 4, [HIST_CHARGE] = 8,
	    [HIST_DISPATCH] = 10, [HIST_WEIGHT] = 16, [HIST_CHANGE] = 6, [HIST_LEAVE] = 3 },
	  "01568e", "12126", "0147", "01234", 0, 5 },
	{ "lag at its bound",
	  { [HIST_JOIN] = 6, [HIST_WAKE] = 6, [HIST_SLEEP] = 4, [HIST_MOVE] = 12, [HIST_CHARGE] = 8,
	    [HIST_DISPATCH] = 6, [HIST_SET] = 8, [HIST_CHANGE] = 6, [HIST_LEAVE] = 8,
	    [HIST_SLICE] = 2, [HIST_WEIGHT] = 4 },
	  "3bc4", "0125", "0123", "0123", 0, 5 },
	{ "ghosts",
	  { [HIST_JOIN] = 10, [HIST_WAKE] = 8, [HIST_SLEEP] = 20, [HIST_CHARGE] = 16,
	    [HIST_SET] = 20, [HIST_DISPATCH] = 1, [HIST_WEIGHT] = 1, [HIST_PICK] = 1 },
	  "256", "03", "017", "1234", 0, 5 },
	{ "sleep before the end",
	  { [HIST_JOIN] = 3, [HIST_WAKE] = 14, [HIST_SLEEP] = 14, [HIST_CHARGE] = 16,
	    [HIST_DISPATCH] = 14, [HIST_YIELD] = 1, [HIST_SLICE] = 1 },
	  "66678f", "0", "0147", "0123", 0, 7 },
	{ "yields",
	  { [HIST_JOIN] = 6, [HIST_WAKE] = 6, [HIST_SLEEP] = 2, [HIST_CHARGE] = 3,
	    [HIST_DISPATCH] = 8, [HIST_YIELD] = 30, [HIST_BUDDY] = 6, [HIST_SLICE] = 2,
	    [HIST_WEIGHT] = 2 },
	  "0168", "0125", "0147", "01234", 0, 5 },
	{ "gifts",
	  { [HIST_JOIN] = 6, [HIST_WAKE] = 6, [HIST_SLEEP] = 2, [HIST_CHARGE] = 6,
	    [HIST_DISPATCH] = 8, [HIST_GIVE] = 30, [HIST_RETURN] = 8, [HIST_MARGIN] = 2,
	    [HIST_SLICE] = 2, [HIST_WEIGHT] = 2, [HIST_LEAVE] = 2 },
	  "0168", "0125", "0147", "01234", 0, 5 },
	{ "heavier than all",
	  { [HIST_JOIN] = 12, [HIST_WAKE] = 10, [HIST_SLEEP] = 8, [HIST_MOVE] = 10,
	    [HIST_CHARGE] = 10, [HIST_DISPATCH] = 8, [HIST_LEAVE] = 8, [HIST_WEIGHT] = 8,
	    [HIST_LOOK] = 1 },
	  "236", "1222", "0137", "0012", 0, 5 },
	{ "thousands of ghosts",
	  { [HIST_JOIN] = 160, [HIST_SLEEP] = 180, [HIST_CHARGE] = 140, [HIST_SET] = 220,
	    [HIST_WAKE] = 1, [HIST_WEIGHT] = 8, [HIST_MOVE] = 2 },
	  "3", "03", "017", "4", 0, 6 },
	{ "far away", { GEN_USUAL }, "bcd3", "1256", "3560", "01234", 0, 3 },
};

#define GEN_STYLES (sizeof(gen_styles) / sizeof(gen_styles[0]))

/* xorshift64*, a state that is not 0 */
static inline u32 gen_random(u64 *state, u32 below)
{
	u64 x = *state;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	*state = x;
	return ((x * 0x2545F4914F6CDD1DULL) >> 32) % below;
}

/* One of the digits, or anything. */
static inline u32 gen_kind(u64 *state, const char *kinds)
{
	char digit;

	if (!*kinds)
		return gen_random(state, 256);
	digit = kinds[gen_random(state, strlen(kinds))];
	return digit <= '9' ? digit - '0' : digit - 'a' + 10;
}

static inline void gen_operands(u64 *state, const struct gen_style *style, u8 *unit, u32 op)
{
	u32 a = gen_random(state, 256), b = gen_random(state, 256);

	if (style->few && op != HIST_JOIN)
		b = 128 + b % style->few;
	switch (op) {
	case HIST_CHARGE:
	case HIST_DISPATCH:
		a = gen_kind(state, style->times);
		break;
	case HIST_SLEEP:
		/* Few sleeps are of a kind for which no ghost may stand. */
		a = !gen_random(state, 8);
		break;
	case HIST_WEIGHT:
		a = gen_kind(state, style->weights);
		break;
	case HIST_CHANGE:
		/* Slice and policy stay in most. */
		a = gen_kind(state, style->weights) % 8 | (a & 3 ? 0 : a & ~7U);
		break;
	case HIST_SLICE:
	case HIST_BASE:
		a = gen_kind(state, style->slices);
		break;
	}
	unit[3] = a;
	unit[4] = b;
}

/**
 * gen_history - one at random
 * @state: of the generator, not 0
 * @style: what is frequent
 * @data: result
 * @units: how many units to make, the head included
 * @tasks: index into hist_tasks, -1 = as the style has it
 */
static inline void gen_history(u64 *state, const struct gen_style *style, u8 *data, size_t units,
			       int tasks)
{
	u32 total = 0, op, at;
	size_t i;

	for (op = 0; op < HIST_NR_OPS; op++)
		total += style->often[op];
	if (tasks < 0)
		tasks = gen_kind(state, style->tasks);
	for (i = 0; i < HIST_UNIT; i++)
		data[i] = gen_random(state, 256);
	if (gen_random(state, 8) < style->all_rules) {
		data[0] = data[1] = 0;
	} else if (gen_random(state, 2)) {
		op = gen_random(state, __builtin_popcount(LEDGER_RULE_ALL));
		data[0] = 1U << op;
		data[1] = (1U << op) >> 8;
	}
	/* Many CPUs make short queues. */
	data[2] = tasks << 2 | (gen_random(state, 2) || hist_tasks[tasks] > 512 ? 0 : data[2] & 3);
	data[4] = (gen_kind(state, style->slices) % 8) << 2 | (data[4] & 3);

	for (i = 1; i < units; i++) {
		u8 *unit = data + i * HIST_UNIT;

		at = gen_random(state, total);
		for (op = 0; at >= style->often[op]; op++)
			at -= style->often[op];
		unit[0] = gen_random(state, 8) << 5 | op;
		unit[1] = gen_random(state, 256);
		unit[2] = gen_random(state, 256);
		gen_operands(state, style, unit, op);
	}
}

#endif /* GENERATE_H */
