// SPDX-License-Identifier: GPL-2.0
/*
 * The rules one by one, with figures worked out by hand from the specification: scaling, V and its
 * rounding, the lag bound, placement, reweight, protection, renewal, preemption, yield, guard.
 */
#include "eevdf_host.h"
#include "tap.h"

#define MS 1000000ULL
#define W(nice) eevdf_weight(120 + (nice), false)

static struct eevdf_timeline tl;

static void fresh(void)
{
	tl = (struct eevdf_timeline){ .rules = LEDGER_RULE_ALL,
				      .base_slice = 2800000,
				      .tick = 4 * MS };
}

static struct eevdf_entity entity(int nice, u64 vruntime, u64 deadline)
{
	return (struct eevdf_entity){ .weight = W(nice), .vruntime = vruntime, .deadline = deadline,
				      .slice = 2800000 };
}

static void t_weight(void)
{
	eq(W(0), 1048576, "nice 0 weighs 1024 * 1024");
	eq(W(-20), 90891264, "nice -20");
	eq(W(19), 15360, "nice 19");
	eq(eevdf_weight(120, true), 3072, "SCHED_IDLE, whatever its nice");
	eq(eevdf_weight(99, false), W(-20), "a real-time priority counts as nice -20");
	eq(eevdf_weight(1000, false), W(19), "beyond the table counts as nice 19");
	eq(eevdf_scale(2800000, W(5)), 8558805, "2.8 ms at nice 5");
	eq(eevdf_scale(2800000, W(-5)), 918679, "2.8 ms at nice -5");
	eq(eevdf_scale(2800000, W(19)), 191146666, "2.8 ms at nice 19");
	eq(eevdf_scale(2800000, W(-20)), 32302, "2.8 ms at nice -20");
	eq(eevdf_scale(2800000, 3072), 955733333, "2.8 ms for SCHED_IDLE");
	ok(eevdf_scale(eevdf_unscale(8558805, W(5)), W(5)) >= 8558805, "and back reaches it");
	eq(eevdf_div_floor(-7, 2), -4, "floor of a negative quotient");
	eq(eevdf_div_zero(-7, 2), -3, "towards zero of a negative quotient");
}

static void t_avg(void)
{
	struct eevdf_entity a = entity(0, 5, 100), b = entity(5, -7, 100), c;

	fresh();
	eq(eevdf_avg(&tl), 0, "V of an empty timeline stays where it was");
	eevdf_insert(&tl, &a);
	eevdf_insert(&tl, &b);
	eq(tl.sum_w_vruntime, 2841600, "sum of +5 (nice 0) and -7 (nice 5)");
	eq(tl.sum_weight, 1391616, "its weight");
	eq(eevdf_avg(&tl), 2, "V = floor(2.04)");
	fresh();
	a = entity(0, -5, 100);
	b = entity(5, 7, 100);
	eevdf_insert(&tl, &a);
	eevdf_insert(&tl, &b);
	eq(eevdf_avg(&tl), -3, "V = floor(-2.04), not -2");
	eevdf_avg_move(&tl);
	eq(tl.zero_vruntime, -3, "the reference follows");
	eq(tl.sum_w_vruntime, 1333248, "and the rest stays in the sum");
	ok(eevdf_eligible(-3, eevdf_avg(&tl)) && !eevdf_eligible(-2, eevdf_avg(&tl)),
	   "eligible up to floor(V)");
	fresh();
	c = entity(0, 40, 100);
	tl.curr = &c;
	eq(eevdf_avg(&tl), 40, "V of a running entity alone is its vruntime");
	a = entity(5, -3, 100);
	eevdf_insert(&tl, &a);
	eq(eevdf_ineligible_at(&tl), -2, "the running one becomes ineligible beyond the others' V");
}

static void t_lag(void)
{
	struct eevdf_entity e = entity(0, 0, 0);
	int nice[] = { 0, 5, -20 };
	s64 limit[] = { 6800000, 20785671, 78448 };

	fresh();
	tl.curr = &e;
	for (int i = 0; i < 3; i++) {
		e = entity(nice[i], 0, 0);
		eq(eevdf_lag(&tl, &e, 1ULL << 50), limit[i], "lag bound of 2.8 ms + tick, nice %d",
		   nice[i]);
	}
	e.weight = 3072;
	eq(eevdf_lag(&tl, &e, 1ULL << 50), 2321066666, "the same for SCHED_IDLE");
	eq(eevdf_lag(&tl, &e, -(1ULL << 50)), -2321066666, "and below zero");
	tl.rules &= ~LEDGER_RULE_LAG_CLAMP;
	eq(eevdf_lag(&tl, &e, 1ULL << 48), 1LL << 48, "no bound of this kind without the rule");
	e = entity(0, 0, 2000000);
	e.vlag = -1234567;
	e.rel_deadline = 1;
	eevdf_rescale(&e, W(5));
	eq(e.vlag, -3773721, "lag of nice 0 becomes nice 5, towards zero");
	eq(e.deadline, 6113432, "and the relative deadline");
	eevdf_rescale(&e, 0);
	eq(e.weight, 2, "a weight is at least 2");
	eevdf_rescale(&e, ~0ULL);
	eq(e.weight, 1 << 28, "and at most 2^28");
}

static void t_place(void)
{
	struct eevdf_entity a = entity(0, 0, 10), b = entity(0, 0, 10), e = entity(5, 0, 0);
	struct eevdf_placed p;

	fresh();
	e.vlag = -1000000;
	p = eevdf_place(&tl, &e, false);
	ok(p.lag == 0 && e.vruntime == 0, "alone: lag is forgotten");
	eevdf_insert(&tl, &a);
	eevdf_insert(&tl, &b);
	p = eevdf_place(&tl, &e, false);
	eq(p.lag, -1163574, "lag inflated by (W + w) / W");
	eq(e.vruntime, 1163574, "placed at V - lag");
	eq(e.deadline, 1163574 + 8558805, "with a whole request");
	eevdf_insert(&tl, &e);
	eq((s64)(eevdf_avg(&tl) - e.vruntime), -1000000, "its lag afterwards is what it left with");
	eevdf_erase(&tl, &e);
	eevdf_place(&tl, &e, true);
	eq(e.deadline - e.vruntime, 8558805 / 2, "a forked one gets half a request");
	e.rel_deadline = 1;
	e.deadline = 12345;
	eevdf_place(&tl, &e, true);
	eq(e.deadline - e.vruntime, 12345, "a moved one keeps the rest of its deadline");
	tl.rules &= ~LEDGER_RULE_PLACE_LAG;
	eevdf_place(&tl, &e, false);
	eq(e.vruntime, eevdf_avg(&tl), "without the rule everybody starts at V");

	fresh();
	a = entity(0, 0, 10);
	eevdf_insert(&tl, &a);
	e = entity(-20, 0, 0);
	e.vlag = 999999;
	p = eevdf_place(&tl, &e, false);
	eq(p.lag, 87680576, "a heavy joiner's lag is inflated most");
	eq(tl.zero_vruntime, e.vruntime, "and takes the reference along");
	eevdf_insert(&tl, &e);
	eq(tl.key_overflows, 0, "so that no product overflows");
}

static void t_leave(void)
{
	struct eevdf_entity a = entity(0, 0, 2800000), b = entity(0, 1000, 2801000);

	fresh();
	eevdf_insert(&tl, &a);
	eevdf_insert(&tl, &b);
	eq(eevdf_leave(&tl, &b, false), 500, "V when it left");
	eq(b.vlag, -500, "its lag");
	ok(b.rel_deadline && b.deadline == 2800000, "the deadline is relative");
	eevdf_leave(&tl, &a, true);
	ok(!a.rel_deadline && a.vlag == 0, "asleep: no deadline to keep");
	ok(eevdf_empty_is_plain(&tl), "nothing is left behind");
}

static void t_run(void)
{
	struct eevdf_entity a = entity(0, 0, 2800000), b = entity(0, 0, 2800000);

	fresh();
	eevdf_insert(&tl, &a);
	eevdf_set(&tl, &a);
	eq(a.vprot, 2800000, "protected to its deadline among equals");
	eq(eevdf_charge(&tl, 2800000), EEVDF_RENEWED, "alone: renewed, nobody to run instead");
	eq(a.deadline, 5600000, "the next request");
	eevdf_insert(&tl, &b);
	eq(eevdf_charge(&tl, 1000), EEVDF_RESCHED, "no longer protected beside another");
	eevdf_put(&tl);
	b.slice = 100000;
	eevdf_erase(&tl, &b);
	eevdf_insert(&tl, &b);
	eevdf_set(&tl, &a);
	eq(a.vprot, 1, "a shorter request waits: protected until ineligible");
	tl.rules &= ~LEDGER_RULE_PREEMPT_SHORT;
	eevdf_protect(&tl, &a);
	eq(a.vprot, a.vruntime + 100000, "or for the shorter request's length without that rule");
	a.vprot = a.deadline;
	eevdf_shorten_protection(&tl);
	eq(a.vprot, 1400500 + 100000, "shortened by a wakeup to min(v, V) + shortest request");
	a.vprot = a.deadline;
	eevdf_cancel_protection(&a);
	ok(!eevdf_protected(&a), "cancelled by a preemption");
}

static void t_pick(void)
{
	struct eevdf_entity a = entity(0, 10, 50), b = entity(0, 0, 60), c = entity(0, 20, 40), x;

	fresh();
	ok(!eevdf_pick(&tl, 0, true), "nobody from an empty timeline");
	eevdf_insert(&tl, &a);
	ok(eevdf_pick(&tl, eevdf_avg(&tl), true) == &a, "the only one, whatever its lag");
	eevdf_insert(&tl, &b);
	eevdf_insert(&tl, &c);
	ok(eevdf_pick(&tl, eevdf_avg(&tl), true) == &a, "earliest deadline among the eligible");
	tl.next = &b;
	ok(eevdf_pick(&tl, eevdf_avg(&tl), true) == &b, "the buddy first");
	ok(eevdf_pick(&tl, eevdf_avg(&tl), false) == &a, "unless protection is not asked for");
	tl.next = &c;
	ok(eevdf_pick(&tl, eevdf_avg(&tl), true) == &a, "and never an ineligible one");
	tl.next = NULL;
	eevdf_set(&tl, &a);
	eevdf_cancel_protection(&a);
	x = entity(0, 0, 50);
	eevdf_insert(&tl, &x);
	ok(eevdf_pick(&tl, eevdf_avg(&tl), true) == &x, "the running one loses a tie");
	a.vruntime = 40;
	ok(eevdf_pick(&tl, eevdf_avg(&tl), true) == &x, "and is out when not eligible");
	a.vruntime = 0;
	a.vprot = 50;
	ok(eevdf_pick(&tl, eevdf_avg(&tl), true) == &a, "but stays while protected");
}

/* As a scheduler asks: with a pick in between where the rule wants one. */
static enum eevdf_wakeup wakeup(const struct eevdf_entity *e, bool forked)
{
	enum eevdf_wakeup means = eevdf_wakeup(&tl, e, forked);
	u64 avg = eevdf_avg(&tl);

	if (means == EEVDF_WAKE_ASK || means == EEVDF_WAKE_ASK_SHORT)
		means = eevdf_wakeup_picked(means, e, eevdf_pick(&tl, avg, means == EEVDF_WAKE_ASK),
					    avg);
	return means;
}

static void t_wakeup(void)
{
	struct eevdf_entity c = entity(0, 0, 5000), e = entity(0, 0, 4000), o = entity(0, 0, 3000);

	fresh();
	tl.curr = &c;
	c.vprot = c.deadline;
	eevdf_insert(&tl, &e);
	eq(wakeup(&e, false), EEVDF_WAKE_SHORTEN, "a protected one is not interrupted");
	c.vprot = 0;
	eq(wakeup(&e, false), EEVDF_WAKE_PREEMPT, "an unprotected one is, by an earlier deadline");
	eq(wakeup(&e, true), EEVDF_WAKE_SHORTEN, "never by a fork");
	e.policy = EEVDF_BATCH;
	eq(wakeup(&e, false), EEVDF_WAKE_SHORTEN, "nor by SCHED_BATCH");
	e.policy = EEVDF_NORMAL;
	c.vprot = c.deadline;
	eevdf_erase(&tl, &e);
	e.slice = 100000;
	eevdf_insert(&tl, &e);
	eq(wakeup(&e, false), EEVDF_WAKE_PREEMPT_SHORT, "a shorter request breaks protection");
	eevdf_insert(&tl, &o);
	eq(wakeup(&e, false), EEVDF_WAKE_PREEMPT_SHORT, "even beside a third, earlier deadline");
	eevdf_erase(&tl, &o);
	ok(eevdf_set_buddy(&tl, &e) && tl.next == &e, "and is the buddy");
	tl.rules &= ~LEDGER_RULE_PREEMPT_SHORT;
	eq(wakeup(&e, false), EEVDF_WAKE_PREEMPT, "as buddy it would be picked anyway");
	tl.rules &= ~LEDGER_RULE_WAKEUP_PREEMPTION;
	eq(wakeup(&e, false), EEVDF_WAKE_NOTHING, "no rule, no preemption");
	tl.rules = LEDGER_RULE_ALL;
	c.policy = EEVDF_IDLE;
	e.slice = 2800000;
	eq(wakeup(&e, true), EEVDF_WAKE_PREEMPT, "SCHED_IDLE gives way to everybody");
}

/* Two of nice 0: the running one has had 2000 more, so V = 1000. */
static void ahead(struct eevdf_entity *c, struct eevdf_entity *e)
{
	fresh();
	*c = entity(0, 2000, 9000);
	*e = entity(0, 0, 8000);
	tl.curr = c;
	eevdf_insert(&tl, e);
}

static void t_delay(void)
{
	struct eevdf_entity c, e;
	u64 avg;

	ahead(&c, &e);
	ok(eevdf_delay(&tl) && c.delayed && tl.nr_delayed == 1, "a sleeper ahead of V stays");
	ok(!tl.curr && c.on_tree && tl.nr_tree == 2, "in the tree");
	eq(c.vlag, -1000, "with its lag stored");
	eq(eevdf_avg(&tl), 1000, "V does not move by that");
	eevdf_set(&tl, &e);
	eevdf_charge(&tl, 1500);
	eq(eevdf_avg(&tl), 1750, "V moves on without it");
	ok(eevdf_requeue(&tl, &c) && !c.delayed && !tl.nr_delayed, "it wakes before it has paid");
	ok(c.vlag == -250 && c.vruntime == 2000 && c.deadline == 9000, "and goes on as it was");

	ahead(&c, &e);
	eevdf_delay(&tl);
	eevdf_set(&tl, &e);
	eevdf_charge(&tl, 6000);
	ok(eevdf_pick(&tl, eevdf_avg(&tl), false) == &c, "the others caught up: it is picked");
	ok(!eevdf_requeue(&tl, &c), "had it woken, it would have to be placed anew");
	avg = eevdf_leave(&tl, &c, true);
	ok(avg == 4000 && c.vlag == 0, "it has earned nothing");
	ok(!c.delayed && !tl.nr_delayed && tl.nr_tree == 0, "and is gone");

	ahead(&c, &e);
	eevdf_delay(&tl);
	eevdf_set(&tl, &e);
	eevdf_charge(&tl, 6000);
	tl.rules &= ~LEDGER_RULE_DELAY_ZERO;
	eevdf_leave(&tl, &c, true);
	eq(c.vlag, 2000, "without delay-zero it has");

	ahead(&c, &e);
	eevdf_delay(&tl);
	eevdf_erase(&tl, &e);
	e.vruntime = -8000;
	eevdf_insert(&tl, &e);
	eevdf_leave(&tl, &c, true);
	eq(c.vlag, -1000, "V fell back: its debt does not grow");

	ahead(&c, &e);
	c.vruntime = 0;
	ok(!eevdf_delay(&tl) && tl.curr == &c, "one that is not ahead of V may leave");
	ahead(&c, &e);
	tl.rules &= ~LEDGER_RULE_DELAY_DEQUEUE;
	ok(!eevdf_delay(&tl) && tl.curr == &c, "without the rule everybody may");
	ahead(&c, &e);
	tl.next = &c;
	ok(eevdf_delay(&tl) && !tl.next, "a ghost is nobody's buddy");
}

static void t_reweight(void)
{
	struct eevdf_entity c, e;
	u64 avg;

	ahead(&c, &e);
	c.vprot = 3000;
	avg = eevdf_reweight(&tl, &c, W(5));
	eq(avg, 1000, "reweight: V");
	eq(c.vlag, -3056, "lag * weight stays, rounded towards zero");
	eq(c.vruntime, 1000 + 3056, "and is where it stands");
	eq(c.deadline, 1000 + 24453, "the rest of the request as well");
	eq(c.vprot, 1000 + 6113, "and of the protection");
	ok(eevdf_avg(&tl) + 1 >= avg && eevdf_avg(&tl) <= avg, "V stays within the rounding");
	c.vprot = 10;
	eevdf_reweight(&tl, &c, W(0));
	eq(c.vprot, 10, "protection that has ended is left alone");
	eevdf_reweight(&tl, &e, W(-5));
	ok(e.on_tree && tl.sum_weight == W(-5) && tl.nr_tree == 1, "a waiting one is put back");
	eq(tl.sum_w_vruntime, (s64)(e.vruntime - tl.zero_vruntime) * (s64)W(-5), "in the sum too");
}

/* What vtime.h promises at the edge of 64 bits. */
static void t_bounds(void)
{
	static struct eevdf_entity many[4096];
	struct eevdf_entity e = entity(0, 0, 0), c = entity(0, 0, 0);
	const s64 most = EEVDF_SERVICE_MAX / EEVDF_WEIGHT_MIN;
	u64 i;

	fresh();
	tl.rules &= ~LEDGER_RULE_LAG_CLAMP;
	e.weight = c.weight = EEVDF_WEIGHT_MIN;
	tl.curr = &c;
	eq(eevdf_lag(&tl, &e, 1ULL << 62), most, "without the rule, lag * weight <= 2^60");
	eq(eevdf_lag(&tl, &e, -(1ULL << 62)), -most, "in both directions");
	e.vlag = -most;
	eevdf_place(&tl, &e, false);
	eq(e.vruntime, 2 * most, "and such a lag can be placed among equals,");
	eevdf_insert(&tl, &e);
	eq((s64)(eevdf_avg(&tl) - e.vruntime), -most, "where it is what it was");
	eq(tl.key_overflows, 0, "no product left 62 bits");

	fresh();
	tl.rules &= ~LEDGER_RULE_LAG_CLAMP;
	c = entity(19, 0, 0);
	tl.curr = &c;
	e = entity(-20, 0, 0);
	e.vlag = EEVDF_SERVICE_MAX / e.weight;
	eevdf_join(&tl, &e, false, false);
	eq(tl.zero_vruntime, e.vruntime, "the largest lag beside a light one: zero follows");
	ok(!tl.key_overflows && (u64)e.vlag - (eevdf_avg(&tl) - e.vruntime) <= 1, "and V is right");

	/* Products that wrap: two far apart, whose sum is small. */
	fresh();
	c = entity(0, (1ULL << 43) - 1, 0);
	e = entity(0, 1 - (1ULL << 43), 0);
	eevdf_insert(&tl, &c);
	eevdf_insert(&tl, &e);
	eq(tl.key_overflows, 2, "products beyond 62 bits are counted");
	eq(eevdf_avg(&tl), 0, "V is right all the same");

	/* As many as the table holds of the largest weight, at both ends of the lag bound. */
	fresh();
	for (i = 0; i < 4096; i++) {
		many[i] = (struct eevdf_entity){ .weight = EEVDF_WEIGHT_MAX, .slice = 100 * MS,
						 .custom_slice = 100 * MS };
		many[i].vlag = (i & 1 ? 1 : -1) *
			       (s64)eevdf_scale(104 * MS, EEVDF_WEIGHT_MAX);
		eevdf_join(&tl, &many[i], false, false);
	}
	eq(tl.key_overflows, 0, "4096 of weight 2^28, each with the largest lag: no overflow");
	ok(eevdf_avg_move(&tl) == tl.zero_vruntime && tl.sum_w_vruntime >= 0 &&
	   (u64)tl.sum_w_vruntime < tl.sum_weight, "after a move the sum is in [0, W)");
}

static void t_yield(void)
{
	struct eevdf_entity c = entity(0, 0, 2800000), e = entity(0, 0, 4000);

	fresh();
	tl.curr = &c;
	eevdf_insert(&tl, &e);
	ok(eevdf_yield(&tl), "an eligible one gives up its request");
	ok(c.vruntime == 2800000 && c.deadline == 5600000, "and starts the next");
	ok(!eevdf_yield(&tl) && c.vruntime == 2800000, "one that is not has nothing to give");
	tl.rules &= ~LEDGER_RULE_YIELD_FORFEIT;
	c.vruntime = 0;
	ok(!eevdf_yield(&tl) && c.vruntime == 0, "no rule, nothing given up");
	eq(eevdf_left(&c), 5600000, "time left to the deadline");
	c.vprot = 1000;
	eq(eevdf_left(&c), 1000, "or to the end of protection");
}

static void t_guard(void)
{
	struct eevdf_entity a = { 0 }, b = { 0 }, many[6] = { 0 };
	int i;

	fresh();
	ok(!eevdf_starving(&tl, 100, 10), "nobody starves where nobody waits");
	eevdf_wait_begin(&tl, &a, 100);
	eevdf_wait_begin(&tl, &b, 105);
	ok(!eevdf_starving(&tl, 110, 10), "not at the limit");
	ok(eevdf_starving(&tl, 111, 10) == &a, "beyond it, who waits longest");
	ok(!eevdf_starving(&tl, 111, 0), "never without a limit");
	eevdf_wait_end(&tl, &a);
	ok(!eevdf_starving(&tl, 115, 10) && eevdf_starving(&tl, 116, 10) == &b, "then the next");
	eevdf_wait_end(&tl, &b);
	ok(!tl.oldest && !tl.newest, "the list ends empty");

	/* Six came at 200, one of them again, having waited since 100. */
	for (i = 0; i < 6; i++)
		eevdf_wait_begin(&tl, &many[i], i == 4 ? 100 : 200);
	ok(!eevdf_watch(&tl, 205, 0) && !tl.watched, "without a limit nobody is looked at");
	ok(!eevdf_watch(&tl, 205, 10) && tl.watched == &many[4], "four are looked at");
	eevdf_wait_end(&tl, &many[4]);
	ok(tl.watched == &many[5], "who leaves is not looked at any more");
	eevdf_wait_begin(&tl, &many[4], 100);
	ok(!eevdf_starving(&tl, 205, 10), "the first has not waited for too long");
	ok(eevdf_watch(&tl, 205, 10) && eevdf_starving(&tl, 205, 10) == &many[4] &&
	   tl.newest == &many[5] && many[5].older == &many[3], "who has comes first");
	ok(eevdf_watch(&tl, 205, 10) && tl.oldest == &many[4], "and stays so until it runs");
	eevdf_wait_end(&tl, &many[4]);
	for (i = 0; i < 4; i++)
		ok(!eevdf_watch(&tl, 210, 10), "round and round, and nobody");
	for (i = 0; i < 6; i++)
		if (i != 4)
			eevdf_wait_end(&tl, &many[i]);
	ok(!tl.oldest && !tl.newest && !tl.watched, "and it ends empty again");
}

int main(void)
{
	plan(136);
	t_weight();
	t_avg();
	t_lag();
	t_place();
	t_leave();
	t_run();
	t_pick();
	t_wakeup();
	t_delay();
	t_reweight();
	t_bounds();
	t_yield();
	t_guard();
	return done();
}
