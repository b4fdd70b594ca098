// SPDX-License-Identifier: GPL-2.0
/*
 * Limits: random histories of a group that runs more or less than it may, whose timer is late and
 * whose limit changes; after each refill the budget is what a count of one period after the other
 * says. Then the same with mistakes, each of which must be found.
 */
#include "eevdf_host.h"
#include <eevdf/limit.h>
#include "tap.h"

#define STEPS 20000

enum mistake {
	NONE, FORGIVEN, ENDLESS, HOARDED, ONE_PERIOD, NO_BURST, LATE_END, MISTAKES
};

static const char *const what[] = {
	[FORGIVEN] = "a debt is forgiven",
	[ENDLESS] = "a debt is kept that nobody could wait for",
	[HOARDED] = "unused time is kept without bound",
	[ONE_PERIOD] = "one period is paid where several have ended",
	[NO_BURST] = "burst is not kept",
	[LATE_END] = "the next period begins when the timer fires",
};

static unsigned long long state;

static u64 below(u64 n)
{
	state = state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (state >> 20) % n;
}

static u64 due(struct eevdf_limit *l, u64 now, u64 patience, enum mistake mistake)
{
	struct eevdf_limit was = *l;
	u64 got;

	if (mistake == NO_BURST)
		l->burst = 0;
	got = eevdf_limit_due(l, now, mistake == ENDLESS ? 0 : patience);
	l->burst = was.burst;
	if (!got)
		return 0;
	switch (mistake) {
	case FORGIVEN:
		return was.quota + was.burst - was.budget;
	case HOARDED:
		return (l->end - was.end) / l->period * l->quota;
	case ONE_PERIOD:
		return got < l->quota ? got : l->quota;
	case LATE_END:
		l->end = now + l->period;
		return got;
	default:
		return got;
	}
}

/* One period after the other, as the words say. */
static s64 naive(s64 budget, u64 quota, u64 burst, u64 period, u64 patience, u64 *end, u64 now)
{
	s64 least = -(s64)(quota * (patience / period + 1));

	if (patience && *end <= now && budget < least)
		budget = least;
	for (; *end <= now; *end += period)
		if (budget < (s64)(quota + burst))
			budget = budget + (s64)quota < (s64)(quota + burst) ? budget + (s64)quota :
									      (s64)(quota + burst);
	return budget;
}

static u64 change(struct eevdf_limit *l, u64 now)
{
	u64 period = 1000000 + below(200000000), quota = 1000000 + below(2 * period);

	eevdf_limit_set(l, now, period, quota, below(2) ? below(quota) : 0);
	return l->end;
}

static int steps_that_hold(u64 seed, enum mistake mistake)
{
	struct eevdf_limit l = { 0 };
	u64 now = seed << 32, end, patience = 0;
	s64 budget;
	int i;

	state = seed;
	end = change(&l, now);
	for (i = 0; i < STEPS; i++) {
		if (l.end % l.period || l.end <= now || l.end > now + l.period)
			return i;
		l.budget -= below(3) ? below((below(9) ? 2 : 200) * l.quota) : 0;
		now += below(8) ? below(2 * l.period) : below(40 * l.period);
		budget = naive(l.budget, l.quota, l.burst, l.period, patience, &end, now);
		l.budget += due(&l, now, patience, mistake);
		if (l.budget != budget)
			return i;
		if (!below(50)) {
			end = change(&l, now);
			patience = below(4) ? 1 + below(10000000000) : 0;
		}
	}
	return i;
}

/* Who always wants more than it may gets the quota exactly, but for its last overrun. */
static bool long_run_is_exact(void)
{
	struct eevdf_limit l = { 0 };
	u64 now = 0, ran = 0, slice;

	state = 7;
	eevdf_limit_set(&l, now, 100000000, 20000000, 0);
	while (now < 1000 * l.period) {
		slice = 1 + below(3000000);
		if (l.budget > 0) {
			now += slice;
			ran += slice;
			l.budget -= slice;
		} else {
			now = l.end + below(1000000);
		}
		l.budget += eevdf_limit_due(&l, now, 10000000000);
	}
	return ran >= 999 * l.quota && ran <= 1001 * l.quota + 3000000;
}

static void edges(void)
{
	struct eevdf_limit l = { 0 };

	eevdf_limit_set(&l, 5, 100, 0, 0);
	ok(!l.quota, "no quota is no limit");
	eevdf_limit_set(&l, 5, 0, 10, 0);
	ok(!l.quota, "nor is no period");
	eevdf_limit_set(&l, 5, 100, ~0ULL, 0);
	ok(!l.quota, "nor is a quota without end");
	eevdf_limit_set(&l, 5, 100, 10, ~0ULL);
	ok(l.quota == 10 && l.budget == 10 && l.end == 100 && l.burst == EEVDF_LIMIT_MAX,
	   "a new limit begins with its quota, and ends with the others of its length");
	l.budget = -5;
	eevdf_limit_set(&l, 7, 100, 20, 0);
	ok(l.budget == -5, "a debt outlives a change");
	l.budget = 19;
	eevdf_limit_set(&l, 7, 100, 2, 0);
	ok(l.budget == 2, "nobody keeps more than the new quota");
	l.budget = -(1LL << 61);
	ok(eevdf_limit_due(&l, 1ULL << 62, 0) && l.end > 1ULL << 62 && l.budget < 0,
	   "a century without a timer does not overflow");
	l = (struct eevdf_limit){ 0 };
	eevdf_limit_set(&l, 0, 100, EEVDF_LIMIT_MAX, EEVDF_LIMIT_MAX);
	l.budget = 0;
	ok(eevdf_limit_due(&l, 1ULL << 63, 0) == 2 * EEVDF_LIMIT_MAX,
	   "the largest fills up and no more");
	l.budget = -(1LL << 62);
	l.end = 100;
	ok(eevdf_limit_due(&l, 100, ~0ULL) == EEVDF_LIMIT_MAX,
	   "patience without end forgives nothing");
}

int main(void)
{
	enum mistake m;
	int held;

	plan(12 + MISTAKES - 1);
	held = steps_that_hold(1, NONE);
	ok(held == STEPS, "%d refills are what a count of periods says", held);
	ok(steps_that_hold(99, NONE) == STEPS, "and with another seed");
	ok(long_run_is_exact(), "a thousand periods: the quota and one overrun");
	edges();
	for (m = FORGIVEN; m < MISTAKES; m++) {
		held = steps_that_hold(1, m);
		ok(held < STEPS, "found after %d: %s", held, what[m]);
	}
	return done();
}
