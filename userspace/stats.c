// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "stats.h"
#include "util.h"

const struct ledger_stat_info ledger_stat_infos[LEDGER_STAT_NR] = {
#define STAT_INFO(id, text, what, meaning)                                                         \
	[LEDGER_STAT_##id] = { .name = text, .kind = LEDGER_STAT_##what, .help = meaning },
	LEDGER_STATS(STAT_INFO)
#undef STAT_INFO
};

/*
 * The counters of a text line. The others matter when one of these looks odd: a line that wraps on
 * a terminal is not read. JSON has them all.
 */
static const enum ledger_stat main_stats[] = {
	LEDGER_STAT_SWITCHES, LEDGER_STAT_PICKS,  LEDGER_STAT_KEPT,   LEDGER_STAT_WAKEUPS,
	LEDGER_STAT_PREEMPTS, LEDGER_STAT_STEALS, LEDGER_STAT_YIELDS, LEDGER_STAT_GUARDS,
};

static bool is_max(int i)
{
	return ledger_stat_infos[i].kind == LEDGER_STAT_MAX;
}

static void raise_to(__u64 *value, __u64 other)
{
	if (*value < other)
		*value = other;
}

/**
 * stats_sum() - the counters of all CPUs in one
 * @cpus: in the arena; the program counts meanwhile. Largest values are taken away
 * @nr_cpus: length of @cpus
 * @sum: overwritten
 *
 * The program may put a largest value back that it had read just before: it is then told twice.
 */
void stats_sum(struct ledger_stats *cpus, __u32 nr_cpus, struct ledger_totals *sum)
{
	memset(sum, 0, sizeof(*sum));
	for (__u32 i = 0; i < nr_cpus * LEDGER_STAT_NR; i++) {
		__u64 *v = &cpus[i / LEDGER_STAT_NR].v[i % LEDGER_STAT_NR];
		__u64 *to = &sum->v[i % LEDGER_STAT_NR];

		if (is_max(i % LEDGER_STAT_NR))
			raise_to(to, __atomic_exchange_n(v, 0, __ATOMIC_RELAXED));
		else
			*to += __atomic_load_n(v, __ATOMIC_RELAXED);
	}
}

/**
 * stats_add() - @sum += @other, or the larger one of largest values
 * @sum: changed
 * @other: added
 */
void stats_add(struct ledger_totals *sum, const struct ledger_totals *other)
{
	for (int i = 0; i < LEDGER_STAT_NR; i++) {
		if (is_max(i))
			raise_to(&sum->v[i], other->v[i]);
		else
			sum->v[i] += other->v[i];
	}
}

/**
 * stats_line() - the counters of a line, of the period and since the start
 * @sample: receives both
 * @now: of stats_sum()
 * @before: counters of earlier lives; largest values are taken away
 * @last: since the start, at the line before; becomes that of this one
 */
void stats_line(struct ledger_sample *sample, const struct ledger_totals *now,
		struct ledger_totals *before, struct ledger_totals *last)
{
	sample->total = *now;
	stats_add(&sample->total, before);
	sample->delta = sample->total;
	for (int i = 0; i < LEDGER_STAT_NR; i++) {
		if (is_max(i)) {
			raise_to(&sample->total.v[i], last->v[i]);
			before->v[i] = 0;
		} else {
			sample->delta.v[i] -= last->v[i];
		}
	}
	*last = sample->total;
}

/* A text that grows; what does not fit is cut off. */
struct text {
	char *buf;
	size_t size;
	size_t len;
};

static void __attribute__((format(printf, 2, 3))) put(struct text *t, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(t->buf + t->len, t->size - t->len, fmt, args);
	va_end(args);
	if (n > 0)
		t->len += (size_t)n < t->size - t->len ? (size_t)n : t->size - t->len - 1;
}

/* None of them without --measure. */
static void put_max(struct text *t, const struct ledger_totals *shown)
{
	for (int i = 0; i < LEDGER_STAT_NR; i++)
		if (is_max(i) && shown->v[i])
			put(t, " %s=%" PRIu64, ledger_stat_infos[i].name, (uint64_t)shown->v[i]);
}

static void put_zero(struct text *t, const struct ledger_totals *total)
{
	bool clean = true;
	int i;

	put(t, " zero:");
	for (i = 0; i < LEDGER_STAT_NR; i++) {
		if (ledger_stat_infos[i].kind != LEDGER_STAT_ZERO || !total->v[i])
			continue;
		put(t, "%s%s=%" PRIu64, clean ? "" : ",", ledger_stat_infos[i].name,
		    (uint64_t)total->v[i]);
		clean = false;
	}
	if (clean)
		put(t, "ok");
}

static void put_module(struct text *t, const struct ledger_module *module)
{
	static const char *const names[] = { "checks", "not_checked", "violations" };
	size_t i;

	if (module->state == LEDGER_MODULE_NONE) {
		put(t, " no module");
		return;
	}
	if (module->state == LEDGER_MODULE_MUTE) {
		put(t, " module:unreadable");
		return;
	}
	put(t, " module:");
	for (i = 0; module->mode[i]; i++)
		put(t, "%c", module->mode[i] == ' ' ? '-' : module->mode[i]);
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		const __u64 *value = module_counter(module, names[i]);

		if (value)
			put(t, " %s=%" PRIu64, names[i], (uint64_t)*value);
		else
			put(t, " %s=?", names[i]);
	}
}

/**
 * stats_text() - one line for people
 * @sample: what is to be printed
 * @buf: receives the line with its end
 * @size: of @buf
 *
 * A period's line has what happened in the period, the final one what happened since the start.
 * What must be zero is counted since the start in both.
 * Return: length
 */
int stats_text(const struct ledger_sample *sample, char *buf, size_t size)
{
	const struct ledger_totals *shown = sample->final ? &sample->total : &sample->delta;
	struct text t = { .buf = buf, .size = size - 1 };
	size_t i;

	put(&t, "%s t=%.1f dt=%.1f tasks=%u", sample->final ? "total" : "stats", sample->elapsed,
	    sample->interval, sample->tasks);
	for (i = 0; i < ARRAY_SIZE(main_stats); i++)
		put(&t, " %s=%" PRIu64, ledger_stat_infos[main_stats[i]].name,
		    (uint64_t)shown->v[main_stats[i]]);
	put_max(&t, shown);
	put_zero(&t, &sample->total);
	put_module(&t, &sample->module);
	buf[t.len++] = '\n';
	buf[t.len] = '\0';
	return t.len;
}
