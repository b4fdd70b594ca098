// SPDX-License-Identifier: GPL-2.0
/*
 * The auditor's oracle by itself, with figures from the specification: weights, scaling, V at its
 * edges, placement, lag, reweight, protection, pick with ties, wrapping, yield.
 */
#include "tap.h"

#include "oracle.c"
#include "sums.c"

#define MS 1000000ULL
#define NICE(n) oracle_weight(120 + (n), false)

static struct oracle_rq rq;

static void empty_rq(void)
{
	rq = (struct oracle_rq){ 0 };
	INIT_LIST_HEAD(&rq.tree);
}

static struct oracle_se entity(int nice, u64 vruntime, u64 deadline)
{
	return (struct oracle_se){ .weight = NICE(nice), .vruntime = vruntime,
				   .deadline = deadline, .slice = 2800000 };
}

static void enter(struct oracle_se *se)
{
	list_add_tail(&se->node, &rq.tree);
	rq.nr_tree++;
}

static u64 avg(void)
{
	struct oracle_sum sum;
	u64 v = 0;

	oracle_sum(&rq, true, &sum);
	oracle_avg(&sum, &v);
	return v;
}

static void t_weight(void)
{
	static const int raw[40] = {
		88761, 71755, 56483, 46273, 36291, 29154, 23254, 18705, 14949, 11916,
		9548,  7620,  6100,  4904,  3906,  3121,  2501,	 1991,	1586,  1277,
		1024,  820,   655,   526,   423,   335,	  272,	 215,	172,   137,
		110,   87,    70,    56,    45,	   36,	  29,	 23,	18,    15,
	};
	bool same = true;
	int i;

	for (i = 0; i < 40; i++)
		same &= oracle_weight(100 + i, false) == raw[i] * 1024ULL;
	ok(same, "weights of all nice values");
	eq(oracle_weight(100, true), 3072, "SCHED_IDLE, whatever its nice");
	eq(oracle_weight(-5, false), NICE(-20), "a priority below the table");
	eq(oracle_weight(139 + 7, false), NICE(19), "a priority above the table");
}

static void t_delta(void)
{
	static const struct {
		u64 weight, slice, limit;
	} vector[] = {
		{ 1048576, 2800000, 6800000 }, { 335 * 1024, 8558805, 20785671 },
		{ 3121 * 1024, 918679, 0 },    { 15 * 1024, 191146666, 0 },
		{ 88761 * 1024, 32302, 78448 }, { 3072, 955733333, 2321066666 },
	};
	size_t i;

	for (i = 0; i < sizeof(vector) / sizeof(vector[0]); i++) {
		eq(oracle_delta(2800000, vector[i].weight), vector[i].slice,
		   "2.8 ms at weight %llu", vector[i].weight);
		if (vector[i].limit)
			eq(oracle_delta(6800000, vector[i].weight), vector[i].limit,
			   "lag bound at weight %llu", vector[i].weight);
	}
	eq(oracle_delta(1ULL << 44, 2048), 0, "the product wraps as the kernel's does");
	eq(oracle_delta(1ULL << 44, ORACLE_NICE_0), 1LL << 44, "but not at nice 0");
}

static void t_avg(void)
{
	struct oracle_se a = entity(0, 5, 100), b = entity(5, -7, 100), c = entity(0, 40, 0);
	struct oracle_sum sum;
	u64 v;

	empty_rq();
	enter(&a);
	enter(&b);
	oracle_sum(&rq, true, &sum);
	eq(oracle_tree_w_vruntime(&rq, 0), 2841600, "sum of +5 (nice 0) and -7 (nice 5)");
	eq(sum.w, 1391616, "its weight");
	eq(avg(), 2, "floor(2.04)");
	ok(oracle_is_avg(&sum, 2) && !oracle_is_avg(&sum, 1) && !oracle_is_avg(&sum, 3),
	   "no other value is taken for V");
	ok(oracle_eligible(&sum, 2) && !oracle_eligible(&sum, 3), "V is eligible, V + 1 is not");

	a.vruntime = -5;
	b.vruntime = 7;
	oracle_sum(&rq, true, &sum);
	eq(avg(), -3, "floor(-2.04), not -2");
	ok(oracle_is_avg(&sum, -3) && !oracle_is_avg(&sum, -2) && !oracle_is_avg(&sum, -4),
	   "no other value is taken for V below 0");
	eq((s64)(oracle_tree_w_vruntime(&rq, 0) + 3 * sum.w), 1333248, "what the floor leaves");

	empty_rq();
	a = entity(0, 10, 0);
	enter(&a);
	b = entity(0, 20, 0);
	enter(&b);
	oracle_sum(&rq, true, &sum);
	ok(oracle_is_avg(&sum, 15) && !oracle_is_avg(&sum, 14), "V without a remainder");
	rq.curr = &c;
	oracle_sum(&rq, true, &sum);
	eq(avg(), 23, "the running one counts");
	oracle_sum(&rq, false, &sum);
	ok(oracle_is_avg(&sum, 15), "unless it is left out");

	/* Around the two places where 64 bits wrap, V moves along. */
	oracle_sum(&rq, true, &sum);
	for (v = 0; v < 2; v++) {
		u64 at = v ? 1ULL << 63 : 0;

		empty_rq();
		a = entity(0, at - 7, 0);
		b = entity(3, at + 5, 0);
		enter(&a);
		enter(&b);
		oracle_sum(&rq, true, &sum);
		eq((s64)(avg() - at), -3, "V across %#llx", at);
		ok(oracle_eligible(&sum, at - 3) && !oracle_eligible(&sum, at - 2),
		   "eligibility across %#llx", at);
		ok(oracle_spans(&rq, at) && oracle_spans(&rq, at - 7) &&
		   oracle_spans(&rq, at + 5) && !oracle_spans(&rq, at + 6) &&
		   !oracle_spans(&rq, at - 8), "smallest and largest across %#llx", at);
	}
	/* A sum may be more than 64 bits carry, V is not. */
	empty_rq();
	a = entity(-20, 0, 0);
	b = entity(-20, 1ULL << 60, 0);
	enter(&a);
	enter(&b);
	oracle_sum(&rq, true, &sum);
	ok(oracle_avg(&sum, &v) && v == 1ULL << 59 && oracle_is_avg(&sum, 1ULL << 59) &&
	   !oracle_is_avg(&sum, (1ULL << 59) + 1), "a sum of 87 bits");
	ok(!oracle_key_fits(&b, 0), "whose key is reported");
	b.weight = 2;
	b.vruntime = 1ULL << 61;
	ok(!oracle_key_fits(&b, 0), "2^62 is out of bounds");
	b.vruntime--;
	ok(oracle_key_fits(&b, 0), "2^62 - 2 is within");
	b.vruntime = -(1ULL << 61);
	ok(oracle_key_fits(&b, 0), "-2^62 is within");
}

static void t_place(void)
{
	struct oracle_se a = entity(0, 1000, 0), b = entity(0, 1000, 0), n = entity(5, 0, 0);
	const u32 all = LEDGER_RULE_ALL;

	empty_rq();
	enter(&a);
	rq.curr = &b;
	n.vlag = -1000000;
	ok(oracle_place(&rq, &n, 1000, 2800000, all, false), "placement");
	eq(n.vruntime - 1000, 1163574, "negative lag is inflated, towards zero");
	eq(n.deadline - n.vruntime, 8558805, "a whole request ahead");
	oracle_place(&rq, &n, 1000, 2800000, all, true);
	eq(n.deadline - n.vruntime, 4279402, "half of it after fork");
	oracle_place(&rq, &n, 1000, 2800000, all & ~LEDGER_RULE_PLACE_INITIAL, true);
	eq(n.deadline - n.vruntime, 8558805, "unless the rule is off");
	oracle_place(&rq, &n, 1000, 2800000, all & ~LEDGER_RULE_PLACE_LAG, false);
	eq(n.vruntime, 1000, "at V without place-lag");

	n.rel_deadline = true;
	n.deadline = 777;
	oracle_place(&rq, &n, 1000, 2800000, all, true);
	eq(n.deadline - n.vruntime, 777, "the rest of a deadline is kept, and not halved");
	ok(!n.rel_deadline, "and is absolute then");

	empty_rq();
	enter(&a);
	n = entity(-20, 0, 0);
	n.vlag = 999999;
	oracle_place(&rq, &n, 1000, 2800000, all, false);
	eq(1000 - (s64)n.vruntime, 87680576, "a heavy joiner");

	empty_rq();
	oracle_place(&rq, &n, 5000, 2800000, all, false);
	eq(n.vruntime, 5000, "alone: at V, lag is forgotten");

	enter(&a);
	n.vlag = S64_MAX / 2;
	ok(!oracle_place(&rq, &n, 0, 2800000, all, false), "a product beyond 64 bits is refused");
}

static void t_inflation(void)
{
	unsigned long long state = 99;
	struct oracle_se e[6], n;
	struct oracle_sum sum;
	int round, i, bad = 0;

	for (round = 0; round < 20000; round++) {
		u64 base = rnd(&state), v;
		s64 left;

		empty_rq();
		for (i = 0; i < 1 + (int)(rnd(&state) % 5); i++) {
			e[i] = entity((int)(rnd(&state) % 40) - 20, base + rnd(&state) % 100000, 0);
			enter(&e[i]);
		}
		n = entity((int)(rnd(&state) % 40) - 20, 0, 0);
		n.vlag = (s64)(rnd(&state) % 20000001) - 10000000;
		oracle_place(&rq, &n, avg(), 2800000, LEDGER_RULE_ALL, false);
		enter(&n);
		oracle_sum(&rq, true, &sum);
		v = avg();
		left = (s64)(v - n.vruntime) - n.vlag;
		bad += n.vlag > 0 ? left != 0 && left != -1 : left != 0 && left != 1;
		bad += !oracle_is_avg(&sum, v) || !oracle_eligible(&sum, v) ||
		       oracle_eligible(&sum, v + 1);
	}
	eq(bad, 0, "20000 joiners have their lag within one unit afterwards");
}

static void t_lag(void)
{
	struct oracle_se a = entity(0, 0, 100), b = entity(5, 0, 100);
	const u32 all = LEDGER_RULE_ALL;

	empty_rq();
	enter(&a);
	enter(&b);
	eq(oracle_lag(&rq, &a, 500, 4 * MS, all), 500, "V - vruntime");
	eq(oracle_lag(&rq, &a, 50 * MS, 4 * MS, all), 6800000, "bounded above");
	eq(oracle_lag(&rq, &a, -50 * MS, 4 * MS, all), -6800000, "bounded below");
	eq(oracle_lag(&rq, &b, 50 * MS, 4 * MS, all), 20785671, "by weight");
	eq(oracle_lag(&rq, &b, 50 * MS, 4 * MS, all & ~LEDGER_RULE_LAG_CLAMP), 50000000,
	   "not without lag-clamp");
	a.slice = 10 * MS;
	eq(oracle_lag(&rq, &b, 900 * MS, 4 * MS, all), oracle_delta(14 * MS, b.weight),
	   "by the longest request of all");

	a.vruntime = 40;
	oracle_leave(&rq, &a, 500, 4 * MS, all, true);
	ok(a.vlag == 460 && a.deadline == 100 && !a.rel_deadline, "a sleeper's deadline is over");
	oracle_leave(&rq, &a, 500, 4 * MS, all, false);
	ok(a.deadline == 60 && a.rel_deadline, "a mover takes the rest along");

	a.weight = NICE(0);
	a.vlag = -1234567;
	a.deadline = 2000000;
	ok(oracle_reweight(&a, NICE(5)), "reweight");
	eq(a.vlag, -3773721, "lag is scaled towards zero");
	eq(a.deadline, 6113432, "so is the rest of the deadline");
	a.weight = 0;
	oracle_reweight(&a, NICE(5));
	ok(!a.vlag && !a.deadline, "never queued: nothing to scale");
}

static void t_protect(void)
{
	struct oracle_se a = entity(0, 1000, 2801000), b = entity(5, 0, 0);
	const u32 all = LEDGER_RULE_ALL;

	empty_rq();
	enter(&a);
	enter(&b);
	oracle_set_protect(&rq, &a, 0, all);
	eq(a.vprot, 2801000, "equal requests: until the deadline");
	b.slice = 1 * MS;
	b.vruntime = 4997;
	oracle_set_protect(&rq, &a, 0, all);
	eq(a.vprot, 4998, "a shorter one waits: until ineligible");
	b.vruntime = 9 * MS;
	oracle_set_protect(&rq, &a, 0, all);
	eq(a.vprot, 2801000, "but not beyond the deadline");
	oracle_set_protect(&rq, &a, 0, all & ~LEDGER_RULE_PREEMPT_SHORT);
	eq(a.vprot, 1001000, "without preempt-short: for the shorter request");
	oracle_set_protect(&rq, &a, 0,
			   all & ~LEDGER_RULE_PREEMPT_SHORT & ~LEDGER_RULE_RUN_TO_PARITY);
	eq(a.vprot, 701000, "without run-to-parity: for 0.7 ms");
	empty_rq();
	enter(&a);
	oracle_set_protect(&rq, &a, 3000, all & ~LEDGER_RULE_RUN_TO_PARITY);
	eq(a.vprot, 3001, "alone without run-to-parity: until past the reference point");

	empty_rq();
	rq.curr = &a;
	enter(&b);
	a.vprot = 2801000;
	oracle_update_protect(&rq, &a, 500);
	eq(a.vprot, 1000500, "shortened from V");
	oracle_update_protect(&rq, &a, 800000);
	eq(a.vprot, 1000500, "never lengthened");
	oracle_cancel_protect(&a);
	eq(a.vprot, 1000, "cancelled");
	a.vprot = 10;
	oracle_cancel_protect(&a);
	eq(a.vprot, 10, "what is over cannot be cancelled");
}

static void t_charge(void)
{
	struct oracle_se a = entity(5, 0, 8558805), b = entity(5, -3, 0);

	oracle_charge(&a, 0, 1400000);
	ok(!a.vruntime && a.slice == 2800000, "no time, no change");
	oracle_charge(&a, 1 * MS, 1400000);
	ok(a.vruntime == 3056716 && a.deadline == 8558805, "a part of the request");
	oracle_charge(&a, 2 * MS, 1400000);
	eq(a.vruntime, 3056716 + 6113432, "beyond it");
	eq(a.deadline - a.vruntime, 4279402, "a new deadline from where it stands, new length");

	empty_rq();
	a = entity(0, 0, 2800000);
	rq.curr = &a;
	enter(&b);
	b.vruntime = 10;
	oracle_yield(&rq, &a, 1400000, LEDGER_RULE_ALL);
	ok(a.vruntime == 2800000 && a.deadline == 4200000, "a yield forfeits the request");
	oracle_yield(&rq, &a, 1400000, LEDGER_RULE_ALL);
	eq(a.vruntime, 2800000, "not from one that is ahead of V");
	a.vruntime = 0;
	oracle_yield(&rq, &a, 1400000, LEDGER_RULE_ALL & ~LEDGER_RULE_YIELD_FORFEIT);
	eq(a.vruntime, 0, "nor without yield-forfeit");
}

static void t_pick(void)
{
	struct oracle_se a = entity(0, 10, 50), b = entity(0, 0, 60), c = entity(0, 20, 40);
	struct oracle_se x = entity(0, 10, 50);
	const u32 all = LEDGER_RULE_ALL;
	enum oracle_why why;

	empty_rq();
	ok(!oracle_pick(&rq, all, true, &why) && why == ORACLE_EMPTY, "nobody");
	rq.curr = &c;
	ok(oracle_pick(&rq, all, true, &why) == &c && why == ORACLE_SOLE, "only the running one");
	rq.curr = NULL;
	enter(&c);
	ok(oracle_pick(&rq, all, true, &why) == &c && why == ORACLE_SOLE, "only one waits");
	enter(&a);
	enter(&b);
	ok(oracle_pick(&rq, all, true, &why) == &a && why == ORACLE_EARLIEST,
	   "earliest deadline of the eligible two");
	a.deadline = 60;
	b.deadline = 60;
	ok(oracle_pick(&rq, all, true, &why) == &a, "equal deadlines: who came first");
	list_del_init(&a.node);
	list_add_tail(&a.node, &rq.tree);
	ok(oracle_pick(&rq, all, true, &why) == &b, "and the other way round");
	rq.buddy = &c;
	ok(oracle_pick(&rq, all, true, &why) == &b, "a buddy that is not eligible");
	rq.buddy = &a;
	ok(oracle_pick(&rq, all, true, &why) == &a && why == ORACLE_BUDDY, "one that is");
	ok(oracle_pick(&rq, all, false, &why) == &b, "does not count without protection");
	ok(oracle_pick(&rq, all & ~LEDGER_RULE_BUDDY, true, &why) == &b, "or without the rule");

	empty_rq();
	a = entity(0, 10, 50);
	rq.curr = &a;
	enter(&x);
	ok(oracle_pick(&rq, all, true, &why) == &x, "equal deadlines: not the running one");
	a.vprot = 11;
	ok(oracle_pick(&rq, all, true, &why) == &a && why == ORACLE_PROTECTED, "unless protected");
	ok(oracle_pick(&rq, all, false, &why) == &x, "which can be disregarded");
	a.vprot = 10;
	ok(oracle_pick(&rq, all, true, &why) == &x, "protection ends at vprot");
	a.deadline = 49;
	ok(oracle_pick(&rq, all, true, &why) == &a, "an earlier deadline keeps the CPU");
	a.vruntime = 12;
	a.vprot = 90;
	ok(oracle_pick(&rq, all, true, &why) == &x, "but not ahead of V, protected or not");
	x.deadline = 1ULL << 63;
	a = entity(0, 10, (1ULL << 63) - 5);
	ok(oracle_pick(&rq, all, true, &why) == &a, "deadlines wrap");
}

struct figures {
	struct oracle_sum all, others;
	u64 w, w_vruntime, shortest, longest;
};

static struct figures figures(const struct oracle_se *se)
{
	struct figures f = {
		.w = oracle_tree_weight(&rq), .w_vruntime = oracle_tree_w_vruntime(&rq, 12345),
		.shortest = oracle_min_slice(&rq), .longest = oracle_max_slice(&rq),
	};

	oracle_sum(&rq, true, &f.all);
	oracle_sum_others(&rq, se, &f.others);
	return f;
}

static bool same_sum(const struct oracle_sum *a, const struct oracle_sum *b)
{
	return a->w == b->w && a->n == b->n + (s128)(s64)(b->ref - a->ref) * (s64)b->w;
}

/* Does a walk say what the memo says? */
static bool memo_is_right(const struct oracle_se *se)
{
	struct figures walked, with = figures(se);
	bool known = rq.memo.known;

	rq.memo.known = false;
	walked = figures(se);
	rq.memo.known = known;
	return same_sum(&with.all, &walked.all) && same_sum(&with.others, &walked.others) &&
	       with.w == walked.w && with.w_vruntime == walked.w_vruntime &&
	       with.shortest == walked.shortest && with.longest == walked.longest;
}

static void t_memo(void)
{
	unsigned long long state = 4;
	struct oracle_se e[12] = { 0 }, curr;
	bool in[12] = { false };
	int step, i, bad = 0, kept = 0, caught = 0, tries = 0;
	enum oracle_why why;

	empty_rq();
	for (step = 0; step < 200000; step++) {
		i = (int)(rnd(&state) % 12);
		if (rnd(&state) % 50 == 0)
			oracle_forget(&rq);
		if (rnd(&state) % 8 == 0 && in[i]) {
			oracle_forget(&rq);
			e[i].vruntime += rnd(&state) % 1000000;
		} else if (in[i]) {
			oracle_quit(&rq, &e[i]);
			in[i] = false;
		} else {
			/* V goes on, once around in 200000 steps; requests are often the same. */
			e[i] = entity((int)(rnd(&state) % 40) - 20,
				      step * (U64_MAX / 200000) + rnd(&state) % 100000000, 0);
			e[i].deadline = e[i].vruntime + rnd(&state) % 1000000;
			e[i].slice = 1000000 + rnd(&state) % 3 * 100000;
			oracle_enter(&rq, &e[i]);
			in[i] = true;
		}
		kept += rq.memo.known;
		if (rnd(&state) % 3 == 0)
			oracle_remember(&rq);
		curr = entity(0, step * (U64_MAX / 200000), 0);
		rq.curr = rnd(&state) % 2 ? &curr : NULL;
		bad += !memo_is_right(&e[rnd(&state) % 12]);
		oracle_pick(&rq, 0, false, &why);
		bad += why == ORACLE_ASTRAY;
		if (rq.nr_tree < 2 || !rq.memo.known || step % 16)
			continue;
		/* And if somebody did not tell. */
		for (i = 0; !in[i]; i++)
			;
		tries += 3;
		e[i].vruntime++;
		oracle_pick(&rq, 0, false, &why);
		caught += why == ORACLE_ASTRAY;
		e[i].vruntime--;
		e[i].weight++;
		oracle_pick(&rq, 0, false, &why);
		caught += why == ORACLE_ASTRAY;
		e[i].weight--;
		e[i].slice--;
		oracle_pick(&rq, 0, false, &why);
		caught += why == ORACLE_ASTRAY;
		e[i].slice++;
	}
	eq(bad, 0, "a memo is what a walk adds up to");
	ok(kept > 100000, "and was kept in %d of 200000 steps", kept);
	ok(caught == tries && tries > 10000, "of %d changes that it was not told it missed %d",
	   tries, tries - caught);
}

/* Beyond 64 bits a pick has no quotient: the last eligible one is searched for. */
static void t_wide(void)
{
	unsigned long long state = 8;
	struct oracle_se e[5], *want, *got;
	struct oracle_sum sum;
	enum oracle_why why;
	int round, i, bad = 0, wide = 0;
	s64 q;

	for (round = 0; round < 20000; round++) {
		u64 base = rnd(&state);

		empty_rq();
		for (i = 0; i < 5; i++) {
			e[i] = entity((int)(rnd(&state) % 10) - 20, base + (rnd(&state) >> 3), 0);
			e[i].deadline = rnd(&state) >> 2;
			enter(&e[i]);
		}
		oracle_sum(&rq, true, &sum);
		wide += sum.n != (s64)sum.n;
		want = NULL;
		for (i = 0; i < 5; i++)
			if (oracle_eligible(&sum, e[i].vruntime) &&
			    (!want || oracle_before(e[i].deadline, want->deadline)))
				want = &e[i];
		got = oracle_pick(&rq, 0, false, &why);
		bad += got != want;
		/* One at V, and one behind it by the least that there is. */
		q = last_eligible(&sum);
		bad += !oracle_is_avg(&sum, sum.ref + (u64)q);
	}
	ok(!bad && wide > 10000, "picks among sums of more than 64 bits, %d of 20000: %d wrong",
	   wide, bad);
}

int main(void)
{
	plan(100);
	t_weight();
	t_delta();
	t_avg();
	t_place();
	t_inflation();
	t_lag();
	t_protect();
	t_charge();
	t_pick();
	t_wide();
	t_memo();
	return done();
}
