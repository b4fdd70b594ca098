/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The oracle: what EEVDF says must happen, computed the naive way. Pure arithmetic on a list, in
 * 128 bits; nothing here locks, allocates, or knows where the figures come from. Written from the
 * definitions in Documentation/invariants.md and never from include/eevdf, so that one mistake
 * cannot stand in both.
 */
#ifndef EEVDF_AUDIT_ORACLE_H
#define EEVDF_AUDIT_ORACLE_H

#include "port.h"

/* Weight of nice 0: the unit in which virtual time runs as fast as real time (NICE_0_LOAD). */
#define ORACLE_NICE_0 (1ULL << 20)

/* Bounds of a weight (scale_load_down()'s least; our own upper one). */
#define ORACLE_WEIGHT_MIN 2ULL
#define ORACLE_WEIGHT_MAX (1ULL << 28)

/*
 * Protection of the running task while run-to-parity is off, ns: the kernel's unscaled base slice
 * (normalized_sysctl_sched_base_slice).
 */
#define ORACLE_SHORT_PROTECT 700000ULL

/*
 * Lag times weight that is kept even where no rule bounds it: what placement multiplies must fit 64
 * bits.
 */
#define ORACLE_SERVICE_MAX (1ULL << 60)

/**
 * struct oracle_se - what EEVDF knows of one entity
 * @node: on oracle_rq::tree, in the order of insertion; empty otherwise
 * @vruntime: virtual ns
 * @deadline: virtual ns; relative to @vruntime while @rel_deadline
 * @vprot: protected while vruntime < vprot, virtual ns
 * @vlag: lag stored at the last leave, virtual ns
 * @slice: request length, ns
 * @weight: 1048576 = nice 0; 0 = never queued
 * @credit: service granted and not consumed, virtual ns * weight
 * @carry: paid above what was given, same unit
 * @rel_deadline: @deadline is relative
 * @delayed: a ghost: in the tree, but its task sleeps
 */
struct oracle_se {
	struct list_head node;
	u64 vruntime;
	u64 deadline;
	u64 vprot;
	s64 vlag;
	u64 slice;
	u64 weight;
	u64 credit;
	u64 carry;
	bool rel_deadline;
	bool delayed;
};

/**
 * struct oracle_sum - sum of weighted vruntimes, relative to one of them
 * @n: sum of (vruntime - ref) * weight
 * @w: sum of weight; 0 for an empty set
 * @ref: vruntime of some member
 */
struct oracle_sum {
	s128 n;
	u64 w;
	u64 ref;
};

/**
 * struct oracle_memo - what the tree adds up to, so that not every question is a walk
 * @sum: of the tree, relative to who came last, who may have left
 * @slices: sum of the requests, ns
 * @shortest: shortest request, ns; ~0 if the tree is empty
 * @longest: longest request, ns
 * @nr_shortest: how many are that short
 * @nr_longest: how many are that long
 * @known: the rest is right; if not, whoever asks walks
 */
struct oracle_memo {
	struct oracle_sum sum;
	u64 slices;
	u64 shortest;
	u64 longest;
	u32 nr_shortest;
	u32 nr_longest;
	bool known;
};

/**
 * struct oracle_rq - one timeline
 * @tree: the waiting entities, oldest insertion first
 * @curr: the running entity, not in @tree, or NULL
 * @buddy: picked first while eligible, or NULL
 * @nr_tree: entities in @tree
 * @memo: of @tree. With one, an entity enters and leaves by oracle_enter() and oracle_quit(), and
 *	oracle_forget() comes before any other change of its vruntime, weight or slice
 */
struct oracle_rq {
	struct list_head tree;
	struct oracle_se *curr;
	struct oracle_se *buddy;
	u32 nr_tree;
	struct oracle_memo memo;
};

/* Why the pick falls on that entity. */
enum oracle_why {
	ORACLE_EMPTY,		/* nobody is there */
	ORACLE_SOLE,		/* nobody else is there */
	ORACLE_BUDDY,		/* the buddy, eligible */
	ORACLE_PROTECTED,	/* the running one, within its protection */
	ORACLE_EARLIEST,	/* earliest deadline among the eligible */
	ORACLE_ASTRAY,		/* nobody is chosen: the memo is not what the tree adds up to */
};

/* a < b on a clock that wraps (vruntime_cmp) */
static inline bool oracle_before(u64 a, u64 b)
{
	return (s64)(a - b) < 0;
}

/* The sum relative to another reference point, modulo 2^64. */
static inline u64 oracle_w_vruntime(const struct oracle_sum *sum, u64 zero)
{
	return (u64)sum->n + (sum->ref - zero) * sum->w;
}

u64 oracle_weight(int static_prio, bool idle_policy);
u64 oracle_delta(u64 ns, u64 weight);
bool oracle_scale(s64 x, u64 num, u64 den, s64 *out);
bool oracle_floor(s128 n, u64 w, s64 *out);

/* sums.c */
void oracle_remember(struct oracle_rq *rq);
void oracle_forget(struct oracle_rq *rq);
void oracle_enter(struct oracle_rq *rq, struct oracle_se *se);
void oracle_quit(struct oracle_rq *rq, struct oracle_se *se);
bool oracle_is_memo(const struct oracle_rq *rq, const struct oracle_sum *sum, u64 slices);
void oracle_sum(const struct oracle_rq *rq, bool with_curr, struct oracle_sum *sum);
void oracle_sum_others(const struct oracle_rq *rq, const struct oracle_se *se,
		       struct oracle_sum *sum);
bool oracle_spans(const struct oracle_rq *rq, u64 v);
u64 oracle_min_slice(const struct oracle_rq *rq);
u64 oracle_max_slice(const struct oracle_rq *rq);
u64 oracle_tree_weight(const struct oracle_rq *rq);
u64 oracle_tree_w_vruntime(const struct oracle_rq *rq, u64 zero);

/* oracle.c */
bool oracle_is_avg(const struct oracle_sum *sum, u64 v);
bool oracle_avg(const struct oracle_sum *sum, u64 *v);
bool oracle_eligible(const struct oracle_sum *sum, u64 vruntime);
bool oracle_key_fits(const struct oracle_se *se, u64 zero);

struct oracle_se *oracle_pick(const struct oracle_rq *rq, u32 rules, bool protect,
			      enum oracle_why *why);

void oracle_charge(struct oracle_se *se, u64 ns, u64 slice);
bool oracle_reweight(struct oracle_se *se, u64 weight);
u64 oracle_group_weight(u64 own, u64 weight, u64 load);
bool oracle_reweight_here(const struct oracle_rq *rq, struct oracle_se *se, u64 weight, u64 v,
			  u64 tick, u32 rules);
bool oracle_place(const struct oracle_rq *rq, struct oracle_se *se, u64 v, u64 slice, u32 rules,
		  bool initial);
s64 oracle_lag_limit(const struct oracle_rq *rq, const struct oracle_se *se, u64 tick, u32 rules);
s64 oracle_lag(const struct oracle_rq *rq, const struct oracle_se *se, u64 v, u64 tick, u32 rules);
s64 oracle_stored_lag(const struct oracle_rq *rq, const struct oracle_se *se, u64 v, u64 tick,
		      u32 rules);
void oracle_leave(const struct oracle_rq *rq, struct oracle_se *se, u64 v, u64 tick, u32 rules,
		  bool sleep);
void oracle_set_protect(const struct oracle_rq *rq, struct oracle_se *se, u64 zero, u32 rules);
void oracle_update_protect(const struct oracle_rq *rq, struct oracle_se *se, u64 v);
void oracle_cancel_protect(struct oracle_se *se);
void oracle_yield(const struct oracle_rq *rq, struct oracle_se *se, u64 slice, u32 rules);

#endif /* EEVDF_AUDIT_ORACLE_H */
