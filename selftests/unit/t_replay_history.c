// SPDX-License-Identifier: GPL-2.0
/*
 * eevdf-audit replay on made-up histories of two queues: nothing is found while they are right;
 * with one store of a zero point lost, or one shift to where the average is not, that line is.
 */
#define _GNU_SOURCE
#include "tap.h"

#include "replay_host.h"

/**
 * struct sim_entity - of a made-up history
 * @se: address; 0x1000 and up
 * @vruntime: virtual ns
 * @deadline: virtual ns
 * @weight: as printed
 * @lag: with which it went to sleep
 * @where: 0 = asleep, 1 = in the tree, 2 = runs
 */
struct sim_entity {
	unsigned long se;
	uint64_t vruntime, deadline, weight;
	int64_t lag;
	int where;
};

#define SIM_ENTITIES 9
#define SIM_SLICE 2800000

/**
 * struct sim - a queue of a made-up history, kept as the kernel does
 * @e: entities
 * @curr: runs, or NULL
 * @sum: sum_w_vruntime
 * @weight: sum_weight
 * @zero: zero_vruntime
 * @cpu: number
 * @full: how weights count
 * @lose: at which shift from now on a foreign one loses its store of the zero point; 0 = never
 * @stray: the shift is not a foreign one that is lost, but its own that goes too far
 * @lost: what was missing then
 * @out: the trace
 * @lines: printed, over all queues
 * @lost_line: the line that shows it first
 * @seed: of rnd()
 */
struct sim {
	struct sim_entity e[SIM_ENTITIES];
	struct sim_entity *curr;
	int64_t sum, weight;
	uint64_t zero;
	unsigned int cpu;
	bool full;
	int lose;
	bool stray;
	int64_t lost, lost_shift;
	FILE *out;
	unsigned long *lines;
	unsigned long lost_line;
	unsigned long long *seed;
};

static int64_t sim_counted(const struct sim *q, const struct sim_entity *e)
{
	int64_t scaled = (int64_t)(e->weight >> 10);

	return q->full ? (int64_t)e->weight : scaled < 2 ? 2 : scaled;
}

static int64_t sim_key(const struct sim *q, const struct sim_entity *e)
{
	return (int64_t)(e->vruntime - q->zero);
}

static void __attribute__((format(printf, 3, 4)))
sim_line(struct sim *q, const char *function, const char *fmt, ...)
{
	va_list args;

	++*q->lines;
	fprintf(q->out, "  stress ng [2]-77%7s [%03u] d..2. %lu.%06lu: %s: ", "", q->cpu,
		*q->lines / 1000, *q->lines % 1000, function);
	va_start(args, fmt);
	vfprintf(q->out, fmt, args);
	va_end(args);
	fputc('\n', q->out);
}

/* By how much V is ahead of the zero point. */
static int64_t sim_delta(const struct sim *q)
{
	int64_t sum = q->sum, weight = q->weight, w;

	if (!weight)
		return q->curr ? sim_key(q, q->curr) : 0;
	if (q->curr) {
		w = sim_counted(q, q->curr);
		sum += sim_key(q, q->curr) * w;
		weight += w;
	}
	return sum / weight - (sum % weight < 0);
}

static bool sim_eligible(const struct sim *q, const struct sim_entity *e)
{
	int64_t sum = q->sum, weight = q->weight;

	if (q->curr) {
		sum += sim_key(q, q->curr) * sim_counted(q, q->curr);
		weight += sim_counted(q, q->curr);
	}
	return sum >= sim_key(q, e) * weight;
}

static void sim_entity_line(struct sim *q, const char *function, const struct sim_entity *e,
			    bool picked)
{
	sim_line(q, function, "T%s  %s se(%lx): vruntime(%llu%s) deadline(%llu) weight(%llu) -- "
		 "a: b %lx:%lu", picked ? "<" : " ", e == q->curr ? ">" : " ", e->se,
		 (unsigned long long)e->vruntime, sim_eligible(q, e) ? ", E" : "",
		 (unsigned long long)e->deadline, (unsigned long long)e->weight, e->se, e->se);
}

static void sim_books(struct sim *q, const char *function, const struct sim_entity *e, int sign)
{
	q->sum += sign * sim_key(q, e) * sim_counted(q, e);
	q->weight += sign * sim_counted(q, e);
	sim_line(q, function, "cfs_rq(%u:%x): sum_w_vruntime(%lld) zero_vruntime(%llu)", q->cpu,
		 0xc0 + q->cpu, (long long)q->sum, (unsigned long long)q->zero);
}

static void sim_shift(struct sim *q)
{
	bool now = q->lose && !--q->lose;
	int64_t delta;

	if (now) {
		q->lost_shift = sim_delta(q) + 1;
		q->lost = q->weight * q->lost_shift;
		q->sum -= q->stray ? 0 : q->lost;
		q->lost_line = *q->lines + 1;
	}
	delta = sim_delta(q) + (now && q->stray);
	q->sum -= q->weight * delta;
	q->zero += (uint64_t)delta;
	sim_line(q, "__avg_vruntime",
		 "cfs_rq(%u:%x): delta(%lld) sum_w_vruntime(%lld) zero_vruntime(%llu)", q->cpu,
		 0xc0 + q->cpu, (long long)delta, (long long)q->sum, (unsigned long long)q->zero);
}

/* Virtual times wrap. */
static bool sim_before(const struct sim_entity *a, const struct sim_entity *b)
{
	return (int64_t)(a->deadline - b->deadline) < 0;
}

/* The next in the tree behind @after, by deadline and address. */
static struct sim_entity *sim_next(struct sim *q, const struct sim_entity *after)
{
	struct sim_entity *best = NULL, *e;

	for (e = q->e; e < q->e + SIM_ENTITIES; e++) {
		if (e->where != 1 || (after && (sim_before(e, after) ||
						(e->deadline == after->deadline && e <= after))))
			continue;
		if (!best || sim_before(e, best))
			best = e;
	}
	return best;
}

static void sim_pick(struct sim *q)
{
	struct sim_entity *e, *pick = NULL;
	int64_t swv = 0, lag, low = 0, high = 0;
	uint64_t avg = q->zero + (uint64_t)sim_delta(q);

	if (q->curr && sim_eligible(q, q->curr))
		pick = q->curr;
	for (e = sim_next(q, NULL); e; e = sim_next(q, e))
		if (sim_eligible(q, e) && (!pick || sim_before(e, pick)))
			pick = e;
	sim_line(q, "pick_task_fair",
		 "cfs_rq(%u:%x): sum_w_vruntime(%lld) sum_weight(%lld) zero_vruntime(%llu) "
		 "avg_vruntime(%llu)", q->cpu, 0xc0 + q->cpu, (long long)q->sum,
		 (long long)q->weight, (unsigned long long)q->zero, (unsigned long long)avg);
	for (e = sim_next(q, NULL); e; e = sim_next(q, e)) {
		sim_entity_line(q, "pick_task_fair", e, e == pick);
		swv += sim_key(q, e) * sim_counted(q, e);
		lag = (int64_t)(avg - e->vruntime);
		low = lag < low ? lag : low;
		high = lag > high ? lag : high;
	}
	if (q->curr) {
		sim_entity_line(q, "pick_task_fair", q->curr, q->curr == pick);
		lag = (int64_t)(avg - q->curr->vruntime);
		low = lag < low ? lag : low;
		high = lag > high ? lag : high;
	}
	sim_line(q, "pick_task_fair", " min_lag(%lld) max_lag(%lld) limit(38000000)",
		 (long long)low, (long long)high);
	sim_line(q, "pick_task_fair", " swv(%lld)", (long long)swv);
	if (!pick || pick == q->curr)
		return;
	if (q->curr) {
		q->curr->where = 1;
		e = q->curr;
		q->curr = NULL;
		sim_books(q, "__enqueue_entity", e, 1);
	}
	q->curr = pick;
	pick->where = 2;
	sim_books(q, "__dequeue_entity", pick, -1);
}

static void sim_run(struct sim *q)
{
	struct sim_entity *e = q->curr;
	uint64_t ran = 1000 + rnd(q->seed) % 3000000;

	e->vruntime += ran * 1048576 / e->weight;
	if ((int64_t)(e->vruntime - e->deadline) >= 0) {
		e->deadline = e->vruntime + SIM_SLICE * 1048576ULL / e->weight;
		sim_shift(q);
	}
	sim_entity_line(q, "update_curr", e, true);
}

static void sim_sleep(struct sim *q)
{
	struct sim_entity *e = q->curr;

	sim_shift(q);
	e->lag = (int64_t)(q->zero - e->vruntime);
	e->where = 0;
	q->curr = NULL;
}

static void sim_wake(struct sim *q, struct sim_entity *e)
{
	int64_t load, w = sim_counted(q, e);
	uint64_t vslice = SIM_SLICE * 1048576ULL / e->weight;
	int64_t limit = (int64_t)vslice;

	sim_shift(q);
	e->lag = e->lag > limit ? limit : e->lag < -limit ? -limit : e->lag;
	load = q->weight + (q->curr ? sim_counted(q, q->curr) : 0);
	if (load)
		e->lag = (int64_t)((__int128)e->lag * (load + w) / load);
	e->vruntime = q->zero - (uint64_t)(load ? e->lag : 0);
	e->deadline = e->vruntime + vslice;
	sim_entity_line(q, "place_entity", e, true);
	e->where = 1;
	sim_books(q, "__enqueue_entity", e, 1);
}

static void sim_begin(struct sim *q, unsigned int cpu, bool full, FILE *out, unsigned long *lines,
		      unsigned long long *seed)
{
	static const uint64_t weights[] = { 1048576, 15360, 90891264, 3072, 839680 };
	int i;

	memset(q, 0, sizeof(*q));
	q->cpu = cpu;
	q->full = full;
	q->out = out;
	q->lines = lines;
	q->seed = seed;
	/* Close to where virtual time wraps. */
	q->zero = cpu ? (uint64_t)-5000000LL : 105210161141318ULL;
	for (i = 0; i < SIM_ENTITIES; i++) {
		q->e[i].se = 0x1000 * (cpu + 1) + i;
		q->e[i].weight = weights[rnd(seed) % ARRAY_SIZE(weights)];
	}
}

/* One thing happens. */
static void sim_step(struct sim *q)
{
	struct sim_entity *e = &q->e[rnd(q->seed) % SIM_ENTITIES];

	if (q->curr)
		sim_run(q);
	if (!e->where)
		sim_wake(q, e);
	else if (e == q->curr && rnd(q->seed) % 2)
		sim_sleep(q);
	sim_pick(q);
}

/**
 * struct history - a made-up trace
 * @text: trace
 * @lost: what was lost on the way, and by which shift
 * @shift: see @lost
 * @line: that shows it first; 0 = nothing was lost
 */
struct history {
	char *text;
	int64_t lost, shift;
	unsigned long line;
};

static struct history make_history(unsigned long long seed, bool full, int steps, int lose,
				   bool stray)
{
	struct history h = { 0 };
	unsigned long lines = 0;
	struct sim q[2];
	size_t size;
	FILE *out = open_memstream(&h.text, &size);
	int i;

	if (!out)
		exit(1);
	for (i = 0; i < 2; i++)
		sim_begin(&q[i], i, full, out, &lines, &seed);
	for (i = 0; i < steps; i++)
		sim_step(&q[rnd(&seed) % 2]);
	q[0].lose = lose;
	q[0].stray = stray;
	for (i = 0; i < steps && lose && !q[0].lost; i++)
		sim_step(&q[0]);
	fclose(out);
	h.lost = q[0].lost;
	h.shift = q[0].lost_shift;
	h.line = q[0].lost_line;
	return h;
}

/* Histories that are right: nothing may be found, and next to everything must be known. */
static void test_right(bool full)
{
	unsigned long long seed;
	unsigned long hold = 0, unknown = 0;
	bool clean = true;

	for (seed = 1; seed <= 200; seed++) {
		struct history h = make_history(seed, full, 200, 0, false);
		struct said s = run_on(h.text, strlen(h.text), "t", &json);
		const char *p = strstr(s.text, "\"hold\":"), *u = strstr(s.text, "\"unknown\":");

		hold += strtoul(p + 7, NULL, 10);
		unknown += strtoul(u + 10, NULL, 10);
		if (s.end != REPLAY_CLEAN && clean) {
			free(s.text);
			s = run_on(h.text, strlen(h.text), "t", &quiet);
			diag("seed %llu: %s", seed, s.text);
			clean = false;
		}
		free(s.text);
		free(h.text);
	}
	ok(clean, "200 histories that are right, weights %s: nothing is found",
	   full ? "full" : "scaled");
	ok(hold > 100000 && unknown < hold / 50, "%lu lines hold, %lu are unknown", hold, unknown);
}

/* The same with a store lost: that line, that shift. */
static void test_lost(void)
{
	unsigned long long seed;
	int made = 0, found = 0;
	char want[160], number[32];

	for (seed = 1; seed <= 200; seed++) {
		struct history h = make_history(seed, seed & 1, 60, 1 + (int)(seed % 7),
						false);
		struct said s;
		const char *first;

		if (h.lost) {
			made++;
			s = run_on(h.text, strlen(h.text), "t", &json);
			snprintf(want, sizeof(want), "\"findings\":[{\"line\":%lu,", h.line);
			first = strstr(s.text, want);
			snprintf(number, sizeof(number), "\"shift\":%lld,", (long long)h.shift);
			snprintf(want, sizeof(want), "\"difference\":%lld,", -(long long)h.lost);
			if (s.end == REPLAY_VIOLATION && first && strstr(first, want) &&
			    strstr(first, number))
				found++;
			else if (made - found == 1)
				diag("seed %llu line %lu shift %lld: %.700s", seed, h.line,
				     (long long)h.shift, strstr(s.text, "\"findings\""));
			free(s.text);
		}
		free(h.text);
	}
	ok(made > 150 && found == made, "a store lost in each of %d histories: found in %d, with "
	   "its line and its shift", made, found);
}

/* A shift that the sums follow, by 1 more than the average is ahead. */
static void test_stray(void)
{
	unsigned long long seed;
	int made = 0, found = 0;
	char want[96];

	for (seed = 1; seed <= 200; seed++) {
		struct history h = make_history(seed, seed & 1, 60, 1 + (int)(seed % 7), true);
		struct said s = run_on(h.text, strlen(h.text), "t", &json);

		if (h.line) {
			made++;
			snprintf(want, sizeof(want), "\"findings\":[{\"line\":%lu,", h.line);
			found += strstr(s.text, want) && strstr(s.text, "\"check\":\"delta\"") &&
				 strstr(s.text, "\"violations\":1,");
			if (found < made && made - found == 1)
				diag("seed %llu line %lu: %.500s", seed, h.line,
				     strstr(s.text, "\"violations\""));
		}
		free(s.text);
		free(h.text);
	}
	ok(made > 150 && found == made, "a shift too far in each of %d histories: found in %d, and "
	   "nothing else", made, found);
}

int main(void)
{
	plan(2 + 2 + 1 + 1);
	test_right(false);
	test_right(true);
	test_lost();
	test_stray();
	return done();
}
