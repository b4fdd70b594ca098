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
	X(sum_shifted)

enum fair_stat {
#define FAIR_STAT_ENUM(name) FAIR_STAT_##name,
	FAIR_STATS(FAIR_STAT_ENUM)
#undef FAIR_STAT_ENUM
	FAIR_STAT_COUNT,
};

/* Deliberate errors on this side, so that a comparison can be seen to fail. */
enum fair_mutant {
	FAIR_MUTANT_NONE,
	FAIR_MUTANT_LIFO,	/* of equal deadlines the last is first */
	FAIR_MUTANT_NO_VPROT,	/* nobody is protected */
	FAIR_MUTANT_STRICT,	/* eligible only below V, not at V */
	FAIR_MUTANT_CURR_FIRST,	/* the running entity wins a tie */
	FAIR_MUTANT_NO_CURR,	/* V without the running entity */
	FAIR_MUTANT_STALE_ZERO,	/* a heavy newcomer leaves the reference point alone */
};

/**
 * struct fair_check - all comparisons so far
 * @rules: enum ledger_rule bits by which this side decides
 * @mutant: what it does wrong
 * @show: mismatches still to be printed in full
 * @stat: by enum fair_stat
 */
struct fair_check {
	u32 rules;
	enum fair_mutant mutant;
	u32 show;
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

/* Counts a comparison that is through. */
static inline void fair_verdict(struct fair_check *check, const struct fair_record *r,
				const struct fair_diff *d, enum fair_stat mismatched)
{
	if (!d->used)
		return;
	FAIR_COUNT(check, mismatches);
	check->stat[mismatched]++;
	if (check->show) {
		check->show--;
		fair_print(r, d);
	}
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
	};
}

/* The queue without its tree: what is known of that are its sums. */
static inline void fair_load_queue(const struct fair_check *check, const struct fair_record *r,
				   struct fair_model *m)
{
	memset(&m->tl, 0, sizeof(m->tl));
	m->tl.zero_vruntime = r->before.zero_vruntime;
	m->tl.base_slice = r->base_slice;
	m->tl.tick = FAIR_TICK_NSEC;
	m->tl.rules = check->rules;
	/* One that sleeps already but has not been switched out counts nowhere. */
	if (!r->curr.id || !r->curr.on_rq || check->mutant == FAIR_MUTANT_NO_CURR)
		return;
	fair_load(&m->curr, &r->curr);
	m->tl.curr = &m->curr;
}

/* The tree, entity by entity: the sums must come out as the kernel's. */
static inline void fair_load_tree(const struct fair_check *check, const struct fair_record *r,
				  struct fair_model *m, struct fair_diff *d)
{
	bool buddy_seen = !r->next;
	u32 i;

	for (i = 0; i < r->nr_tree; i++) {
		u32 at = check->mutant == FAIR_MUTANT_LIFO ? r->nr_tree - 1 - i : i;

		fair_load(&m->tree[at], &r->tree[at]);
		eevdf_insert(&m->tl, &m->tree[at]);
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

static inline void fair_check_pick(struct fair_check *check, const struct fair_record *r,
				   struct fair_model *m)
{
	struct fair_diff d = { .used = 0 };
	struct eevdf_entity *e;
	u64 avg;

	fair_load_queue(check, r, m);
	fair_load_tree(check, r, m, &d);
	fair_same(&d, "h_nr_queued", r->before.nr_queued, eevdf_nr(&m->tl));
	avg = eevdf_avg(&m->tl);
	fair_count_pick(check, r, &m->tl, avg);

	if (check->mutant == FAIR_MUTANT_NO_VPROT)
		m->curr.vprot = m->curr.vruntime;
	if (check->mutant == FAIR_MUTANT_STRICT)
		avg--;
	if (check->mutant == FAIR_MUTANT_CURR_FIRST)
		m->curr.deadline--;
	e = eevdf_pick(&m->tl, avg, r->arg);
	fair_same(&d, "chosen", r->chosen, fair_id(r, m, e));
	fair_verdict(check, r, &d, FAIR_STAT_picks_mismatched);
}

static inline void fair_check_place(struct fair_check *check, const struct fair_record *r,
				    struct fair_model *m)
{
	u32 others = r->before.nr_queued - (r->arg & FAIR_ENQUEUE_QUEUED ? 1 : 0);
	struct fair_diff d = { .used = 0 };
	bool with_lag = others && r->se.vlag;
	u64 weight;

	fair_load_queue(check, r, m);
	fair_load(&m->se, &r->se);
	m->tl.sum_w_vruntime = r->before.sum_w_vruntime;
	m->tl.sum_weight = r->before.sum_weight;
	weight = m->tl.sum_weight + (m->tl.curr ? m->tl.curr->weight : 0);
	/*
	 * So that eevdf_nr() is what the kernel went by. If it places the running entity itself, it
	 * counts that in V and not here.
	 */
	m->tl.nr_tree = others - (m->tl.curr ? 1 : 0);

	FAIR_COUNT(check, placements);
	FAIR_COUNT_IF(check, placements_with_lag, with_lag);
	FAIR_COUNT_IF(check, placements_initial, r->arg & FAIR_ENQUEUE_INITIAL);
	FAIR_COUNT_IF(check, placements_relative_deadline, r->se.rel_deadline);
	FAIR_COUNT_IF(check, placements_heavy, with_lag && r->se.weight > weight);
	FAIR_COUNT_IF(check, placements_alone, !others);
	FAIR_COUNT_IF(check, placements_custom_slice, r->se.custom_slice);
	FAIR_COUNT_IF(check, placements_of_curr, r->curr.id == r->se.id);

	if (check->mutant == FAIR_MUTANT_STALE_ZERO && with_lag && r->se.weight > weight)
		eevdf_shift_zero(&m->tl, 1);
	eevdf_place(&m->tl, &m->se, r->arg & FAIR_ENQUEUE_INITIAL);
	fair_check_entity(r, &m->se, &d);
	fair_check_sums(r, m, &d);
	fair_verdict(check, r, &d, FAIR_STAT_placements_mismatched);
}

/**
 * fair_check_record() - compare one record and count it
 * @check: rules and counters
 * @r: a whole record, with @nr_tree within its bound
 */
static inline void fair_check_record(struct fair_check *check, const struct fair_record *r)
{
	static struct fair_model m;

	/* Only ever with the feature PARANOID_AVG. */
	if (r->before.sum_shift) {
		FAIR_COUNT(check, sum_shifted);
		return;
	}
	if (r->kind == FAIR_PICK)
		fair_check_pick(check, r, &m);
	else if (r->kind == FAIR_PLACE)
		fair_check_place(check, r, &m);
}

#endif /* FAIR_CHECK_H */
