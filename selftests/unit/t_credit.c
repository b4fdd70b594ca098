// SPDX-License-Identifier: GPL-2.0
/*
 * Directed yield: what moves, by figures worked out by hand; what must not move, over random gifts;
 * and what it is for: a pair that hands the CPU to each other gets its share beside busy loops, and
 * they lose nothing.
 */
#include "eevdf_host.h"
#include <eevdf/credit.h>
#include "tap.h"

typedef __int128 s128;

#define MS 1000000ULL
#define W(nice) eevdf_weight(120 + (nice), false)

static struct eevdf_timeline tl;

static void fresh(void)
{
	tl = (struct eevdf_timeline){ .rules = LEDGER_RULE_ALL, .base_slice = 700000,
				      .tick = 4 * MS };
}

static struct eevdf_entity entity(int nice, u64 vruntime, u64 deadline)
{
	return (struct eevdf_entity){ .weight = W(nice), .vruntime = vruntime, .deadline = deadline,
				      .vprot = deadline, .slice = 700000 };
}

static s64 lag(const struct eevdf_entity *e)
{
	return eevdf_avg(&tl) - e->vruntime;
}

static void t_figures(void)
{
	struct eevdf_entity from = entity(0, 0, 1000), to = entity(5, 600, 9000);
	struct eevdf_gift gift;
	u64 avg;

	fresh();
	tl.curr = &from;
	eevdf_insert(&tl, &to);
	avg = eevdf_avg(&tl);
	eq(avg, 147, "V");
	/* 1000 * 1048576 / 343040 = 3056.7; 3056 * 343040 / 1048576 = 999.8 */
	gift = eevdf_transfer(&tl, &from, &to);
	eq(gift.gain, 3056, "the rest of the request, in the target's virtual time, rounded down");
	eq(gift.cost, 1000, "and what that costs the donor, rounded up");
	eq(from.carry, 1000 * W(0) - 3056 * W(5), "the difference is carried");
	eq(to.credit, 3056 * W(5), "the target has credit");
	ok(to.vruntime == (u64)(600 - 3056) && to.deadline == 9000 - 3056,
	   "its vruntime and its deadline went back");
	ok(from.vruntime == 1000 && from.deadline == 701000, "the donor's request was complete");
	ok(!eevdf_protected(&from), "and its protection ended");
	ok(eevdf_avg(&tl) - avg <= 1, "V stands still, up to the carry");

	fresh();
	from = entity(0, 0, 1);
	from.carry = W(0) - 1;
	to = entity(0, 0, 10);
	tl.curr = &from;
	eevdf_insert(&tl, &to);
	gift = eevdf_transfer(&tl, &from, &to);
	ok(gift.gain == 1 && gift.cost == 1 && from.carry == W(0) - 1, "a carry buys nothing");
	to = entity(19, 0, 10);
	fresh();
	from = entity(0, 0, 1);
	from.carry = W(0) - 1;
	tl.curr = &from;
	eevdf_insert(&tl, &to);
	gift = eevdf_transfer(&tl, &from, &to);
	ok(gift.gain == 68 && !gift.cost, "but for a light target it may be enough");
	eq(from.carry, W(0) - 1 - 68 * W(19), "and is less by that");

	fresh();
	from = entity(0, 0, 1000);
	to = entity(0, -(4700000ULL - 300), 10);
	tl.curr = &from;
	eevdf_insert(&tl, &to);
	from.vruntime = to.vruntime + 2 * (4700000 - 300);
	from.deadline = from.vruntime + 1000;
	gift = eevdf_transfer(&tl, &from, &to);
	eq(gift.gain, 300, "a target is never owed more than the lag limit");
	eq(lag(&to), 4700000, "which it has now");
	eq(lag(&from), -4700000, "nor does the donor owe more");
	gift = eevdf_transfer(&tl, &from, &to);
	ok(!gift.gain && !gift.cost, "then nothing moves");
	from.vruntime = from.deadline + 5;
	eq(eevdf_rest(&from), 0, "nor when the request is complete");
}

static void t_after(void)
{
	struct eevdf_entity from = entity(0, 0, 1000), to = entity(0, 0, 9000), third;
	u64 avg;

	fresh();
	third = entity(0, 0, 5000);
	tl.curr = &from;
	eevdf_insert(&tl, &to);
	eevdf_insert(&tl, &third);
	eevdf_transfer(&tl, &from, &to);
	eq(eevdf_use_credit(&to, 400 * W(0)), 400 * W(0), "credit goes first");
	eq(to.credit, 600 * W(0), "and the rest stays");
	eq(eevdf_give_back(&tl, &from, &to), 600 * W(0), "which an exiting donor takes back");
	ok(!to.credit && to.vruntime == (u64)-400 && to.deadline == 8600, "off the target");
	eq(eevdf_give_back(&tl, &from, &to), 0, "once");
	to.credit = 50 * W(0);
	from.vruntime = -1000;
	eq(eevdf_give_back(&tl, &from, &to), 0, "a donor that owes nothing takes nothing");

	fresh();
	from = entity(0, 0, 700000);
	to = entity(0, 3000000, 3700000);
	third = entity(0, 0, 700000);
	tl.curr = &from;
	eevdf_insert(&tl, &to);
	eevdf_insert(&tl, &third);
	avg = eevdf_avg(&tl);
	eq(eevdf_margin_lag(&tl, &to), 525000, "margin(3) = 3 / 4 requests");
	eq(eevdf_margin(&tl, &to), 2525000 * 3 / 2, "moved back, V following by a third");
	ok(lag(&to) >= 525000 && lag(&to) <= 525001, "it has its margin");
	eq(avg - eevdf_avg(&tl), 2525000 / 2, "V paid for it, by its share");
	eq(eevdf_margin(&tl, &to), 0, "and has it once");
	tl.base_slice = 100 * MS;
	eq(eevdf_margin_lag(&tl, &to), 4700000, "a margin is at most the lag limit");
}

/* Random gifts in a crowd: only the two move, and the sums know it. */
static void t_random(void)
{
	static struct eevdf_entity e[16];
	unsigned long long state = 3, moved = 0, bad_v = 0, bad_sum = 0, bad_lag = 0, bad_carry = 0;
	int i, j;

	fresh();
	for (i = 0; i < 16; i++) {
		e[i] = entity((int)(rnd(&state) % 40) - 20, 0, 0);
		e[i].vruntime = rnd(&state) % 3000000;
		e[i].deadline = e[i].vruntime + eevdf_scale(700000, e[i].weight);
		if (i)
			eevdf_insert(&tl, &e[i]);
	}
	tl.curr = &e[0];
	for (i = 0; i < 200000; i++) {
		struct eevdf_entity *from = &e[rnd(&state) % 16], *to = &e[rnd(&state) % 16];
		s128 before = 0, after = 0;
		u64 carry = from->carry, avg;
		struct eevdf_gift gift;

		if (from == to)
			continue;
		eevdf_charge(&tl, rnd(&state) % 100000);
		avg = eevdf_avg(&tl);
		for (j = 0; j < 16; j++)
			before += (s128)(s64)(e[j].vruntime - avg) * e[j].weight;
		gift = eevdf_transfer(&tl, from, to);
		for (j = 0; j < 16; j++)
			after += (s128)(s64)(e[j].vruntime - avg) * e[j].weight;
		moved += !!gift.gain;
		bad_sum += after - before != (s64)(from->carry - carry);
		bad_carry += from->carry >= from->weight;
		/* One, where the carry fills up V's own remainder. */
		bad_v += eevdf_avg(&tl) - avg + 1 > 2;
		bad_lag += gift.gain && (lag(to) > eevdf_lag_limit(&tl, to) + 1 ||
					 lag(from) < -eevdf_lag_limit(&tl, from) - 1);
	}
	ok(moved > 4000, "%llu gifts", moved);
	eq(bad_sum, 0, "sum(w * v) changes by the carry, no more and no less");
	eq(bad_carry, 0, "a carry is less than the donor's weight");
	eq(bad_v, 0, "V stands still");
	eq(bad_lag, 0, "both stay within the lag limit");
}

/* Time until a pair has done its hand-offs beside hogs; what the hogs lack of their share. */
static u64 handoffs(int hogs, bool transfer, u64 *worst)
{
	static struct eevdf_entity e[16];
	u64 now = 0, ran[16] = { 0 }, run = 8750;
	struct eevdf_entity *c;
	int done = 0, i, n = hogs + 2;

	fresh();
	for (i = 0; i < n; i++) {
		e[i] = entity(0, 0, 700000);
		eevdf_insert(&tl, &e[i]);
	}
	eevdf_set(&tl, &e[0]);
	while (done < 4000) {
		c = tl.curr;
		i = c - e;
		if (i >= 2) {
			now += eevdf_left(c);
			ran[i] += eevdf_left(c);
			eevdf_charge(&tl, eevdf_left(c));
		} else {
			now += run;
			ran[i] += run;
			eevdf_charge(&tl, run);
			done++;
			if (transfer)
				eevdf_transfer(&tl, c, &e[!i]);
			else
				eevdf_yield(&tl);
			tl.next = &e[!i];
		}
		eevdf_put(&tl);
		eevdf_set(&tl, eevdf_pick(&tl, eevdf_avg(&tl), true));
	}
	*worst = 0;
	for (i = 2; i < n; i++)
		if (now / n > ran[i] && now / n - ran[i] > *worst)
			*worst = now / n - ran[i];
	return now;
}

static void t_handoff(void)
{
	int hogs[] = { 0, 1, 4, 8 }, i;

	for (i = 0; i < 4; i++) {
		u64 worst, none, due = 4000 * 8750ULL * (hogs[i] + 2) / 2;
		u64 fair = handoffs(hogs[i], false, &none), took = handoffs(hogs[i], true, &worst);

		ok(took <= due + due / 100, "%d hogs: %llu us where %llu are due, %llu by forfeit",
		   hogs[i], took / 1000, due / 1000, fair / 1000);
		ok(worst <= 700000, "no hog lost more than a request (%llu us)", worst / 1000);
		if (i)
			ok(fair > 5 * due, "which forfeit does not come near");
	}
}

int main(void)
{
	plan(18 + 11 + 5 + 11);
	t_figures();
	t_after();
	t_random();
	t_handoff();
	return done();
}
