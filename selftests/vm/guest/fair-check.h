/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A record of the fair class, decided again with include/eevdf: every field that both have must be
 * equal to the last bit.
 */
#ifndef FAIR_CHECK_H
#define FAIR_CHECK_H

#include <stdio.h>
#include <string.h>

#include "../../unit/eevdf_host.h"
#include "fair_record.h"

/* TICK_NSEC at 250 Hz, which all kernels have that vm/kernels knows. */
#define FAIR_TICK_NSEC 4000000

/* X(name): what is counted, and printed in this order. */
#define FAIR_STATS(X)                                                                              \
	X(mismatches)                                                                              \
	X(picks)                                                                                   \
	X(picks_mismatched)                                                                        \
	X(picks_of_three)                                                                          \
	X(picks_unprotected)                                                                       \
	X(picks_with_buddy)                                                                        \
	X(picks_of_buddy)                                                                          \
	X(picks_with_protection)                                                                   \
	X(picks_with_ineligible_curr)                                                              \
	X(picks_with_delayed)                                                                      \
	X(picks_of_delayed)                                                                        \
	X(picks_with_tie)                                                                          \
	X(placements)                                                                              \
	X(placements_mismatched)                                                                   \
	X(placements_with_lag)                                                                     \
	X(placements_initial)                                                                      \
	X(placements_relative_deadline)                                                            \
	X(placements_heavy)                                                                        \
	X(placements_alone)                                                                        \
	X(placements_custom_slice)                                                                 \
	X(placements_of_curr)                                                                      \
	X(requeues)                                                                                \
	X(requeues_mismatched)                                                                     \
	X(requeues_placed)                                                                         \
	X(requeues_of_curr)                                                                        \
	X(reweights)                                                                               \
	X(reweights_mismatched)                                                                    \
	X(reweights_in_tree)                                                                       \
	X(reweights_of_curr)                                                                       \
	X(reweights_of_protected)                                                                  \
	X(reweights_off_queue)                                                                     \
	X(mutants_caught)                                                                          \
	X(sum_shifted)

enum fair_stat {
#define FAIR_STAT_ENUM(name) FAIR_STAT_##name,
	FAIR_STATS(FAIR_STAT_ENUM)
#undef FAIR_STAT_ENUM
	FAIR_STAT_COUNT,
};

/* Deliberate errors on this side, so that a comparison can be seen to fail. */
enum fair_fault {
	FAIR_FAULT_NONE,
	FAIR_FAULT_LIFO,
	FAIR_FAULT_NO_VPROT,
	FAIR_FAULT_STRICT,
	FAIR_FAULT_CURR_FIRST,
	FAIR_FAULT_NO_CURR,
	FAIR_FAULT_STALE_ZERO,
	FAIR_FAULT_REQUEUE_NEW,
	FAIR_FAULT_REWEIGHT_MOVE,
};

/* X(NAME, "option", kinds of records that it shows in) */
#define FAIR_FAULTS(X)                                                                             \
	X(LIFO, "lifo", FAIR_IN(PICK))                                                             \
	X(NO_VPROT, "no-vprot", FAIR_IN(PICK))                                                     \
	X(STRICT, "strict", FAIR_IN(PICK))                                                         \
	X(CURR_FIRST, "curr-first", FAIR_IN(PICK))                                                 \
	X(NO_CURR, "no-curr", FAIR_IN(PICK))                                                       \
	X(STALE_ZERO, "stale-zero", FAIR_IN(PLACE))                                                \
	X(REQUEUE_NEW, "requeue-new", FAIR_IN(REQUEUE))                                            \
	X(REWEIGHT_MOVE, "reweight-move", FAIR_IN(REWEIGHT))
#define FAIR_IN(kind) (1U << FAIR_##kind)

/* Rules that can be left out, likewise. */
#define FAIR_OMISSIONS(X)                                                                          \
	X(BUDDY, "no-buddy", FAIR_IN(PICK))                                                        \
	X(PLACE_LAG, "no-place-lag", FAIR_IN(PLACE))                                               \
	X(PLACE_INITIAL, "no-place-initial", FAIR_IN(PLACE))                                       \
	X(PLACE_REL_DEADLINE, "no-place-rel-deadline", FAIR_IN(PLACE))                             \
	X(CUSTOM_SLICE, "no-custom-slice", FAIR_IN(PLACE))                                         \
	X(LAG_CLAMP, "no-lag-clamp", FAIR_IN(REQUEUE) | FAIR_IN(REWEIGHT))                         \
	X(DELAY_ZERO, "no-delay-zero", FAIR_IN(REQUEUE))

/**
 * struct fair_side - how this side decides
 * @name: of the option, if it is a wrong way
 * @rules: enum ledger_rule bits that it leaves out
 * @fault: what it does wrong
 * @kinds: of records in which that can show
 */
struct fair_side {
	const char *name;
	u32 rules;
	enum fair_fault fault;
	u32 kinds;
};

static const struct fair_side fair_mutants[] = {
#define FAIR_FAULT(id, name, kinds) { name, 0, FAIR_FAULT_##id, kinds },
#define FAIR_OMISSION(id, name, kinds) { name, LEDGER_RULE_##id, FAIR_FAULT_NONE, kinds },
	FAIR_FAULTS(FAIR_FAULT)
	FAIR_OMISSIONS(FAIR_OMISSION)
#undef FAIR_FAULT
#undef FAIR_OMISSION
};

#define FAIR_MUTANTS (sizeof(fair_mutants) / sizeof(fair_mutants[0]))

/**
 * struct fair_check - all comparisons so far
 * @rules: enum ledger_rule bits that the kernel goes by
 * @side: how this side decides
 * @show: mismatches still to be printed in full
 * @try_mutants: decide every wrong way as well, until it has been seen to be wrong
 * @caught: which of fair_mutants has
 * @stat: by enum fair_stat
 */
struct fair_check {
	u32 rules;
	struct fair_side side;
	u32 show;
	bool try_mutants;
	bool caught[FAIR_MUTANTS];
	u64 stat[FAIR_STAT_COUNT];
};

/* A record as a timeline. */
struct fair_model {
	struct eevdf_timeline tl;
	struct eevdf_entity curr;
	struct eevdf_entity se;
	struct eevdf_entity tree[FAIR_MAX_TREE];
};

/* What differs, as text. */
struct fair_diff {
	char text[1024];
	size_t used;
};

#define FAIR_COUNT(check, name) ((check)->stat[FAIR_STAT_##name]++)
#define FAIR_COUNT_IF(check, name, cond) ((check)->stat[FAIR_STAT_##name] += !!(cond))

static inline void fair_same(struct fair_diff *d, const char *what, u64 fair, u64 ours)
{
	int n;

	if (fair == ours || d->used >= sizeof(d->text))
		return;
	n = snprintf(d->text + d->used, sizeof(d->text) - d->used,
		     "#   %s: fair %lld, ours %lld\n", what, fair, ours);
	if (n > 0)
		d->used += n;
}

static inline void fair_print_entity(const char *mark, const struct fair_entity *e)
{
	char path[32], comm[32] = "?";
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%u/comm", e->pid);
	f = fopen(path, "re");
	if (f) {
		if (!fgets(comm, sizeof(comm), f))
			strcpy(comm, "?");
		comm[strcspn(comm, "\n")] = 0;
		fclose(f);
	}
	printf("# %s se(%llx): vruntime(%llu) deadline(%llu) weight(%llu) -- %s:%u\n", mark, e->id,
	       e->vruntime, e->deadline, e->weight, comm, e->pid);
	printf("#   vlag(%lld) vprot(%llu) slice(%llu) on_rq(%u) delayed(%u) rel_deadline(%u) "
	       "custom_slice(%u)\n", e->vlag, e->vprot, e->slice, e->on_rq, e->delayed,
	       e->rel_deadline, e->custom_slice);
}

static inline void fair_print_sums(const struct fair_record *r, const struct fair_sums *s)
{
	printf("# cfs_rq(%u): sum_w_vruntime(%lld) sum_weight(%llu) zero_vruntime(%llu) "
	       "h_nr_queued(%u)\n", r->cpu, s->sum_w_vruntime, s->sum_weight, s->zero_vruntime,
	       s->nr_queued);
}

static inline void fair_print(const struct fair_record *r, const struct fair_diff *d)
{
	static const char *const kinds[] = { "pick_eevdf", "place_entity", "requeue_delayed_entity",
					     "reweight_eevdf" };
	u32 i;

	printf("# mismatch: %s arg(%#llx) on_rq(%u) base_slice(%llu) next(%llx) chosen(%llx)\n%s",
	       kinds[r->kind], r->arg, r->on_rq, r->base_slice, r->next, r->chosen, d->text);
	fair_print_sums(r, &r->before);
	if (r->curr.id)
		fair_print_entity("T<=>", &r->curr);
	for (i = 0; i < r->nr_tree; i++)
		fair_print_entity("T", &r->tree[i]);
	if (r->kind == FAIR_PICK)
		return;
	fair_print_entity("before", &r->se);
	fair_print_entity("after", &r->se_after);
	fair_print_sums(r, &r->after);
}

static inline void fair_load(struct eevdf_entity *e, const struct fair_entity *from)
{
	*e = (struct eevdf_entity){
		.vruntime = from->vruntime,
		.deadline = from->deadline,
		.vprot = from->vprot,
		.vlag = from->vlag,
		.slice = from->slice,
		.custom_slice = from->custom_slice ? from->slice : 0,
		.weight = from->weight,
		.rel_deadline = from->rel_deadline,
		.delayed = from->delayed,
	};
}

/* The queue without its tree: what is known of that are its sums. */
static inline void fair_load_queue(struct fair_model *m, const struct fair_record *r, u32 rules,
				   const struct fair_side *side)
{
	memset(&m->tl, 0, sizeof(m->tl));
	m->tl.zero_vruntime = r->before.zero_vruntime;
	m->tl.base_slice = r->base_slice;
	m->tl.tick = FAIR_TICK_NSEC;
	m->tl.rules = rules & ~side->rules;
	/* One that sleeps already but has not been switched out counts nowhere. */
	if (!r->curr.id || !r->curr.on_rq)
		return;
	/* Not for a placement: beside the running entity there may be nobody to divide by. */
	if (side->fault == FAIR_FAULT_NO_CURR && r->kind == FAIR_PICK)
		return;
	fair_load(&m->curr, &r->curr);
	m->tl.curr = &m->curr;
}

/* The tree, entity by entity: the sums must come out as the kernel's. */
static inline void fair_load_tree(struct fair_model *m, const struct fair_record *r,
				  const struct fair_side *side, struct fair_diff *d)
{
	bool buddy_seen = !r->next;
	u32 i;

	for (i = 0; i < r->nr_tree; i++) {
		u32 at = side->fault == FAIR_FAULT_LIFO ? r->nr_tree - 1 - i : i;

		fair_load(&m->tree[at], &r->tree[at]);
		eevdf_insert(&m->tl, &m->tree[at]);
		m->tl.nr_delayed += m->tree[at].delayed;
		if (r->tree[at].id != r->next)
			continue;
		m->tl.next = &m->tree[at];
		buddy_seen = true;
	}
	if (m->tl.curr && r->curr.id == r->next) {
		m->tl.next = m->tl.curr;
		buddy_seen = true;
	}
	fair_same(d, "the buddy is on the queue", 1, buddy_seen);
	fair_same(d, "sum_w_vruntime at entry", r->before.sum_w_vruntime, m->tl.sum_w_vruntime);
	fair_same(d, "sum_weight at entry", r->before.sum_weight, m->tl.sum_weight);
}

/* The entity of the model that a record is about; NULL if it is not on the queue. */
static inline struct eevdf_entity *fair_find(struct fair_model *m, const struct fair_record *r)
{
	u32 i;

	if (m->tl.curr && r->curr.id == r->se.id)
		return m->tl.curr;
	for (i = 0; i < r->nr_tree; i++)
		if (r->tree[i].id == r->se.id)
			return &m->tree[i];
	return NULL;
}

static inline void fair_check_sums(const struct fair_record *r, const struct fair_model *m,
				   struct fair_diff *d)
{
	fair_same(d, "zero_vruntime", r->after.zero_vruntime, m->tl.zero_vruntime);
	fair_same(d, "sum_w_vruntime", r->after.sum_w_vruntime, m->tl.sum_w_vruntime);
	fair_same(d, "sum_weight", r->after.sum_weight, m->tl.sum_weight);
}

static inline void fair_check_entity(const struct fair_record *r, const struct eevdf_entity *e,
				     struct fair_diff *d)
{
	const struct fair_entity *fair = &r->se_after;

	fair_same(d, "vruntime", fair->vruntime, e->vruntime);
	fair_same(d, "deadline", fair->deadline, e->deadline);
	fair_same(d, "vlag", fair->vlag, e->vlag);
	fair_same(d, "vprot", fair->vprot, e->vprot);
	fair_same(d, "slice", fair->slice, e->slice);
	fair_same(d, "weight", fair->weight, e->weight);
	fair_same(d, "rel_deadline", fair->rel_deadline, e->rel_deadline);
}

/* What this pick exercises, told from the record alone. */
static inline void fair_count_pick(struct fair_check *check, const struct fair_record *r,
				   const struct eevdf_timeline *tl, u64 avg)
{
	bool protect = r->arg, rivals = eevdf_nr(tl) > 1;
	const struct eevdf_entity *c = tl->curr;
	bool buddy = rivals && protect && r->next;
	bool eligible = c && eevdf_eligible(c->vruntime, avg);
	u32 i, delayed = 0;
	bool tie = false, chose_delayed = false;

	for (i = 0; i < r->nr_tree; i++) {
		const struct fair_entity *e = &r->tree[i];

		delayed += e->delayed;
		if (e->id != r->chosen)
			continue;
		chose_delayed = e->delayed;
		tie = (i + 1 < r->nr_tree && r->tree[i + 1].deadline == e->deadline) ||
		      (eligible && c->deadline == e->deadline);
	}
	FAIR_COUNT(check, picks);
	FAIR_COUNT_IF(check, picks_of_three, eevdf_nr(tl) >= 3);
	FAIR_COUNT_IF(check, picks_unprotected, !protect);
	FAIR_COUNT_IF(check, picks_with_buddy, buddy);
	FAIR_COUNT_IF(check, picks_of_buddy, buddy && r->chosen == r->next);
	FAIR_COUNT_IF(check, picks_with_protection,
		      rivals && protect && eligible && eevdf_protected(c));
	FAIR_COUNT_IF(check, picks_with_ineligible_curr, rivals && c && !eligible);
	FAIR_COUNT_IF(check, picks_with_delayed, delayed);
	FAIR_COUNT_IF(check, picks_of_delayed, chose_delayed);
	FAIR_COUNT_IF(check, picks_with_tie, tie);
}

/* The address that the kernel knows one of our entities by. */
static inline u64 fair_id(const struct fair_record *r, const struct fair_model *m,
			  const struct eevdf_entity *e)
{
	if (!e)
		return 0;
	return e == &m->curr ? r->curr.id : r->tree[e - m->tree].id;
}

/*
 * The four kinds. Each decides one record in the way of @side; the differences are in @d. What it
 * exercises is counted if @check is given.
 */
static inline void fair_check_pick(struct fair_check *check, const struct fair_record *r,
				   struct fair_model *m, const struct fair_side *side,
				   struct fair_diff *d)
{
	u64 avg = eevdf_avg(&m->tl);
	struct eevdf_entity *e;

	fair_same(d, "h_nr_queued", r->before.nr_queued, eevdf_nr(&m->tl));
	if (check)
		fair_count_pick(check, r, &m->tl, avg);
	if (side->fault == FAIR_FAULT_NO_VPROT)
		m->curr.vprot = m->curr.vruntime;
	if (side->fault == FAIR_FAULT_STRICT)
		avg--;
	if (side->fault == FAIR_FAULT_CURR_FIRST)
		m->curr.deadline--;
	e = eevdf_pick(&m->tl, avg, r->arg);
	fair_same(d, "chosen", r->chosen, fair_id(r, m, e));
}

static inline void fair_check_place(struct fair_check *check, const struct fair_record *r,
				    struct fair_model *m, const struct fair_side *side,
				    struct fair_diff *d)
{
	u32 others = r->before.nr_queued - (r->arg & FAIR_ENQUEUE_QUEUED ? 1 : 0);
	bool with_lag = others && r->se.vlag, heavy;

	fair_load(&m->se, &r->se);
	m->tl.sum_w_vruntime = r->before.sum_w_vruntime;
	m->tl.sum_weight = r->before.sum_weight;
	heavy = with_lag &&
		r->se.weight > m->tl.sum_weight + (m->tl.curr ? m->tl.curr->weight : 0);
	/*
	 * So that eevdf_nr() is what the kernel went by. If it places the running entity itself, it
	 * counts that in V and not here.
	 */
	m->tl.nr_tree = others - (m->tl.curr ? 1 : 0);
	if (check) {
		FAIR_COUNT(check, placements);
		FAIR_COUNT_IF(check, placements_with_lag, with_lag);
		FAIR_COUNT_IF(check, placements_initial, r->arg & FAIR_ENQUEUE_INITIAL);
		FAIR_COUNT_IF(check, placements_relative_deadline, r->se.rel_deadline);
		FAIR_COUNT_IF(check, placements_heavy, heavy);
		FAIR_COUNT_IF(check, placements_alone, !others);
		FAIR_COUNT_IF(check, placements_custom_slice, r->se.custom_slice);
		FAIR_COUNT_IF(check, placements_of_curr, r->curr.id == r->se.id);
	}
	if (side->fault == FAIR_FAULT_STALE_ZERO && heavy) {
		struct eevdf_placed placed = eevdf_place(&m->tl, &m->se, false);

		eevdf_shift_zero(&m->tl, placed.lag);
	} else {
		eevdf_place(&m->tl, &m->se, r->arg & FAIR_ENQUEUE_INITIAL);
	}
	fair_check_entity(r, &m->se, d);
	fair_check_sums(r, m, d);
}

static inline void fair_check_requeue(struct fair_check *check, const struct fair_record *r,
				      struct fair_model *m, const struct fair_side *side,
				      struct fair_diff *d)
{
	struct eevdf_entity *e = fair_find(m, r);
	bool stays;

	/* Woken before it has been switched out. Nothing here has ghosts that run. */
	if (e && e == m->tl.curr) {
		if (check)
			FAIR_COUNT(check, requeues_of_curr);
		return;
	}
	if (check)
		FAIR_COUNT(check, requeues);
	fair_same(d, "it is on the queue", 1, e != NULL);
	if (!e)
		return;
	stays = eevdf_requeue(&m->tl, e);
	if (check)
		FAIR_COUNT_IF(check, requeues_placed, !stays);
	if (!stays || side->fault == FAIR_FAULT_REQUEUE_NEW) {
		eevdf_leave(&m->tl, e, true);
		eevdf_join(&m->tl, e, false, false);
	}
	fair_same(d, "delayed", r->se_after.delayed, e->delayed);
	fair_check_entity(r, e, d);
	fair_check_sums(r, m, d);
}

static inline void fair_check_reweight(struct fair_check *check, const struct fair_record *r,
				       struct fair_model *m, const struct fair_side *side,
				       struct fair_diff *d)
{
	struct eevdf_entity *e = &m->se;

	if (r->on_rq)
		e = fair_find(m, r);
	else
		fair_load(e, &r->se);
	fair_same(d, "it is on the queue", 1, e != NULL);
	if (!e)
		return;
	if (check) {
		bool runs = e == m->tl.curr;

		FAIR_COUNT(check, reweights);
		FAIR_COUNT_IF(check, reweights_off_queue, !r->on_rq);
		FAIR_COUNT_IF(check, reweights_in_tree, r->on_rq && !runs);
		FAIR_COUNT_IF(check, reweights_of_curr, runs);
		FAIR_COUNT_IF(check, reweights_of_protected, runs && eevdf_protected(e));
	}
	if (!r->on_rq) {
		eevdf_rescale(e, r->arg);
		fair_check_entity(r, e, d);
		return;
	}
	if (side->fault == FAIR_FAULT_REWEIGHT_MOVE) {
		bool runs = e == m->tl.curr;

		eevdf_leave(&m->tl, e, false);
		eevdf_rescale(e, r->arg);
		eevdf_join(&m->tl, e, false, runs);
	} else {
		eevdf_reweight(&m->tl, e, r->arg);
	}
	fair_check_entity(r, e, d);
	fair_check_sums(r, m, d);
}

/* One record in the way of @side. */
static inline void fair_decide(struct fair_check *check, const struct fair_record *r, u32 rules,
			       const struct fair_side *side, struct fair_diff *d)
{
	static struct fair_model m;

	d->used = 0;
	fair_load_queue(&m, r, rules, side);
	if (r->kind == FAIR_PLACE) {
		fair_check_place(check, r, &m, side, d);
		return;
	}
	if (r->kind == FAIR_REWEIGHT && !r->on_rq) {
		fair_check_reweight(check, r, &m, side, d);
		return;
	}
	fair_load_tree(&m, r, side, d);
	if (r->kind == FAIR_PICK)
		fair_check_pick(check, r, &m, side, d);
	else if (r->kind == FAIR_REQUEUE)
		fair_check_requeue(check, r, &m, side, d);
	else
		fair_check_reweight(check, r, &m, side, d);
}

/* Every wrong way that has not been seen to be wrong yet. */
static inline void fair_try_mutants(struct fair_check *check, const struct fair_record *r)
{
	struct fair_diff d;
	u32 i;

	for (i = 0; i < FAIR_MUTANTS; i++) {
		if (check->caught[i] || !(fair_mutants[i].kinds & 1U << r->kind))
			continue;
		fair_decide(NULL, r, check->rules, &fair_mutants[i], &d);
		if (!d.used)
			continue;
		check->caught[i] = true;
		FAIR_COUNT(check, mutants_caught);
	}
}

/**
 * fair_check_record() - compare one record and count it
 * @check: rules and counters
 * @r: a whole record, with @nr_tree within its bound
 */
static inline void fair_check_record(struct fair_check *check, const struct fair_record *r)
{
	static const enum fair_stat mismatched[FAIR_KINDS] = {
		[FAIR_PICK] = FAIR_STAT_picks_mismatched,
		[FAIR_PLACE] = FAIR_STAT_placements_mismatched,
		[FAIR_REQUEUE] = FAIR_STAT_requeues_mismatched,
		[FAIR_REWEIGHT] = FAIR_STAT_reweights_mismatched,
	};
	struct fair_diff d;

	/* Only ever with the feature PARANOID_AVG. */
	if (r->before.sum_shift) {
		FAIR_COUNT(check, sum_shifted);
		return;
	}
	fair_decide(check, r, check->rules, &check->side, &d);
	if (d.used) {
		FAIR_COUNT(check, mismatches);
		check->stat[mismatched[r->kind]]++;
		if (check->show) {
			check->show--;
			fair_print(r, &d);
		}
	}
	if (check->try_mutants)
		fair_try_mutants(check, r);
}

#endif /* FAIR_CHECK_H */
