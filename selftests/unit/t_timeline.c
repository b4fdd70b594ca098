// SPDX-License-Identifier: GPL-2.0
/*
 * The tree against a plain array: order, first in first out among equal deadlines, balance, parent
 * links, every augmented value, the kept sums, the pick - all recomputed after every step of random
 * histories. A history is named by its seed.
 */
#include <string.h>

#include "eevdf_host.h"
#include "tap.h"

#define MAX 300

struct model {
	struct eevdf_timeline tl;
	struct eevdf_entity e[MAX];
	struct eevdf_entity *order[MAX];	/* in the tree, by deadline, then by insertion */
	int nr;
	const char *why;
};

#define must(m, cond)                                                                              \
	do {                                                                                       \
		if (!(m)->why && !(cond))                                                          \
			(m)->why = #cond;                                                          \
	} while (0)

/* Height of a correct subtree; everything a node knows is recomputed from below. */
static int walk(struct model *m, struct eevdf_entity *e, struct eevdf_entity *parent, int *at)
{
	u64 min_v, min_s, max_s;
	int l, r;

	if (!e)
		return 0;
	must(m, e->parent == parent && e->on_tree);
	l = walk(m, e->left, e, at);
	if (*at < m->nr)
		must(m, m->order[*at] == e);
	(*at)++;
	r = walk(m, e->right, e, at);
	must(m, l - r <= 1 && r - l <= 1);
	min_v = e->vruntime;
	min_s = e->slice;
	max_s = e->slice;
	for (int i = 0; i < 2; i++) {
		struct eevdf_entity *c = i ? e->right : e->left;

		if (!c)
			continue;
		min_v = (s64)(c->min_vruntime - min_v) < 0 ? c->min_vruntime : min_v;
		min_s = c->min_slice < min_s ? c->min_slice : min_s;
		max_s = c->max_slice > max_s ? c->max_slice : max_s;
	}
	must(m, e->min_vruntime == min_v);
	must(m, e->min_slice == min_s);
	must(m, e->max_slice == max_s);
	must(m, (int)e->height == (l > r ? l : r) + 1);
	return (l > r ? l : r) + 1;
}

/* The rules of a pick, once more and without a tree; V in 128 bit and by comparison only. */
static struct eevdf_entity *naive_pick(struct model *m)
{
	struct eevdf_timeline *tl = &m->tl;
	struct eevdf_entity *best = NULL, *c = tl->curr;
	__int128 sum = 0, weight = 0;
	u64 ref = tl->zero_vruntime;

	if (!m->nr)
		return c;
	for (int i = 0; i < m->nr; i++) {
		sum += (__int128)(s64)(m->order[i]->vruntime - ref) * (s64)m->order[i]->weight;
		weight += m->order[i]->weight;
	}
	if (c) {
		sum += (__int128)(s64)(c->vruntime - ref) * (s64)c->weight;
		weight += c->weight;
	}
#define NAIVE_ELIGIBLE(e) (sum >= (__int128)(s64)((e)->vruntime - ref) * weight)
	for (int i = 0; i < m->nr && !best; i++) {
		if (NAIVE_ELIGIBLE(m->order[i]))
			best = m->order[i];
	}
	if (c && NAIVE_ELIGIBLE(c) && (!best || (s64)(c->deadline - best->deadline) < 0))
		best = c;
	return best;
}

static void check(struct model *m)
{
	struct eevdf_timeline *tl = &m->tl;
	u64 sum = 0, weight = 0;
	int at = 0;

	walk(m, tl->root, NULL, &at);
	must(m, at == m->nr && (int)tl->nr_tree == m->nr);
	must(m, tl->leftmost == (m->nr ? m->order[0] : NULL));
	for (int i = 0; i < m->nr; i++) {
		sum += (m->order[i]->vruntime - tl->zero_vruntime) * m->order[i]->weight;
		weight += m->order[i]->weight;
	}
	must(m, tl->sum_weight == weight);
	must(m, (u64)tl->sum_w_vruntime == sum);
	must(m, tl->broken_walks == 0 && tl->key_overflows == 0);
	must(m, eevdf_pick(tl, eevdf_avg(tl), false) == naive_pick(m));
}

static void insert(struct model *m, struct eevdf_entity *e)
{
	int i = m->nr++;

	for (; i > 0 && (s64)(e->deadline - m->order[i - 1]->deadline) < 0; i--)
		m->order[i] = m->order[i - 1];
	m->order[i] = e;
	must(m, eevdf_insert(&m->tl, e));
}

static void erase(struct model *m, int at)
{
	struct eevdf_entity *e = m->order[at];

	for (int i = at + 1; i < m->nr; i++)
		m->order[i - 1] = m->order[i];
	m->nr--;
	eevdf_erase(&m->tl, e);
	must(m, !e->on_tree);
}

/* One random history; NULL if all held. */
static const char *history(u64 seed, int steps, int max, u64 spread)
{
	static struct model m;
	u64 s = seed * 2 + 1;
	u64 base = rnd(&s);

	m = (struct model){ .tl.rules = LEDGER_RULE_ALL,
			    .tl.base_slice = 700000,
			    .tl.tick = 4000000 };
	m.tl.zero_vruntime = base;
	for (int step = 0; step < steps && !m.why; step++) {
		struct eevdf_entity *e = &m.e[rnd(&s) % max];

		if (rnd(&s) % 4 == 0)
			eevdf_avg_move(&m.tl);
		if (e == m.tl.curr) {
			m.tl.curr = NULL;
			insert(&m, e);
		} else if (!e->on_tree) {
			e->vruntime = base + rnd(&s) % spread;
			/* Few different deadlines make many ties. */
			e->deadline = base + (rnd(&s) % 16) * (spread / 8);
			e->slice = 100000 + rnd(&s) % 8 * 400000;
			e->weight = eevdf_weight(100 + rnd(&s) % 40, rnd(&s) % 16 == 0);
			insert(&m, e);
		} else {
			int at = 0;

			while (m.order[at] != e)
				at++;
			erase(&m, at);
			if (!m.tl.curr && rnd(&s) % 2)
				m.tl.curr = e;
		}
		check(&m);
	}
	return m.why;
}

static void histories(const char *name, u64 seeds, int steps, int max, u64 spread)
{
	const char *why = NULL;
	u64 seed;

	for (seed = 1; seed <= seeds && !why; seed++)
		why = history(seed, steps, max, spread);
	if (!ok(!why, "%s: %llu histories of %d steps", name, seeds, steps))
		diag("seed %llu: %s", seed - 1, why);
}

/* Sorted input is the worst for a tree without balance. */
static void ascending(void)
{
	static struct model m;
	int at = 0, height;

	m = (struct model){ .tl.rules = LEDGER_RULE_ALL };
	for (int i = 0; i < MAX; i++) {
		m.e[i].deadline = m.e[i].vruntime = i;
		m.e[i].slice = 1;
		m.e[i].weight = EEVDF_NICE_0;
		insert(&m, &m.e[i]);
	}
	height = walk(&m, m.tl.root, NULL, &at);
	ok(!m.why && height <= 10, "%d ascending deadlines: height %d, at most 1.45 log2(n)", MAX,
	   height);
	while (m.nr && !m.why) {
		erase(&m, 0);
		check(&m);
	}
	ok(!m.why && !m.tl.root, "taken out from the front");
	if (m.why)
		diag("%s", m.why);
}

/* After a walk that did not end nothing walks there again, and nothing changes. */
static void broken(void)
{
	struct eevdf_entity e[4] = { 0 };
	struct eevdf_timeline tl = { .rules = LEDGER_RULE_ALL }, was;

	for (int i = 0; i < 4; i++) {
		/* The first by deadline is not eligible, so that a pick would walk. */
		e[i].deadline = i;
		e[i].vruntime = 10 - i;
		e[i].slice = 1;
		e[i].weight = EEVDF_NICE_0;
		if (i < 3)
			eevdf_insert(&tl, &e[i]);
	}
	ok(eevdf_first_eligible(&tl, 9), "a tree that has an eligible entity");
	tl.broken_walks = 1;
	was = tl;
	ok(!eevdf_first_eligible(&tl, 9), "broken, it is not looked at");
	ok(!eevdf_insert(&tl, &e[3]) && !e[3].on_tree, "nobody comes");
	ok(!eevdf_erase(&tl, &e[0]) && e[0].on_tree, "nobody leaves");
	ok(!memcmp(&tl, &was, sizeof(tl)), "it stays as it is");
}

int main(void)
{
	plan(11);
	histories("two entities", 200, 200, 2, 1 << 20);
	histories("few entities", 200, 400, 8, 1 << 20);
	histories("many entities", 10, 2000, MAX, 1 << 24);
	histories("wide apart", 50, 400, 30, 1ULL << 33);
	ascending();
	broken();
	return done();
}
