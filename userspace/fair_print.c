// SPDX-License-Identifier: GPL-2.0
/* The audit of the fair class, for people and for programs. */
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <ledger/fair_text.h>

#include "fair.h"
#include "util.h"

typedef __u32 u32;
typedef __u64 u64;
#include "fair_audit.skel.h"

static const char *const promises[] = {
#define FAIR_PROMISE(id, name, room, promise) promise,
	FAIR_CHECKS(FAIR_PROMISE)
#undef FAIR_PROMISE
};

static const char *const weighting_names[] = {
	[FAIR_WEIGHTING_FLAT] = "flattened (h_load)",
	[FAIR_WEIGHTING_FULL] = "full (load.weight)",
	[FAIR_WEIGHTING_SCALED] = "scaled down by 1024 (load.weight)",
};

/* For --mutate: nothing, and then as the checks are numbered. */
const char *const fair_mutate_names[] = {
	"nothing",
#define FAIR_MUTATE(id, name, room, promise) name,
	FAIR_CHECKS(FAIR_MUTATE)
#undef FAIR_MUTATE
	NULL,
};

const char *const fair_hooks_names[] = { "all", "pick", "queue", NULL };

/* Known findings are no violations. */
static bool counts(__u32 check)
{
	return check != FAIR_CHECK_STALE_SLICE;
}

/**
 * fair_checks() - comparisons made
 * @c: counters
 */
__u64 fair_checks(const struct fair_counts *c)
{
	__u64 sum = 0;
	__u32 i;

	for (i = 0; i < FAIR_CHECK_NR; i++)
		sum += c->checks[i];
	return sum;
}

/**
 * fair_violations() - of these, how many failed
 * @c: counters
 */
__u64 fair_violations(const struct fair_counts *c)
{
	__u64 sum = 0;
	__u32 i;

	for (i = 0; i < FAIR_CHECK_NR; i++)
		if (counts(i))
			sum += c->violations[i];
	return sum;
}

static const char *why_missing(const struct fair_watch *w, __u32 check)
{
	if (check == FAIR_CHECK_PICK && w->opts->hooks == FAIR_HOOKS_QUEUE)
		return "left out by --hooks queue";
	if (check == FAIR_CHECK_PICK)
		return "this kernel has no function pick_eevdf to look at";
	if (check == FAIR_CHECK_STALE_SLICE)
		return "this kernel keeps max_slice, and min_slice is checked";
	if (check == FAIR_CHECK_MIN_SLICE || check == FAIR_CHECK_MAX_SLICE)
		return "this kernel has no max_slice";
	return w->opts->hooks != FAIR_HOOKS_ALL ? "left out by --hooks" :
						  "the function cannot be traced on this kernel";
}

/**
 * fair_announce() - the start lines
 * @w: attached
 */
void fair_announce(const struct fair_watch *w)
{
	char text[512] = "";
	struct utsname uts;
	size_t len = 0;
	__u32 i;

	uname(&uts);
	for (i = 0; i < FAIR_CHECK_NR; i++)
		if (!(w->missing & (1U << i)))
			len += snprintf(text + len, sizeof(text) - len, " %s", fair_check_name[i]);
	say("watching the fair class of Linux %s, weights %s, one call in %u", uts.release,
	    weighting_names[w->skel->bss->weighting], w->opts->sample);
	say("checked:%s", text);
	for (i = 0; i < FAIR_CHECK_NR; i++)
		if (w->missing & (1U << i))
			say("not checked: %s (%s)", fair_check_name[i], why_missing(w, i));
	if (w->module)
		say("the first failure of each kind goes into the kernel's log at once, by the module");
	else
		say("the module eevdf_audit is not loaded: the first failure of each kind goes into the trace buffer%s",
		    w->dump_before[0] ? ", and a crash of the kernel prints that" :
					", ask the kernel to print that with ftrace_dump_on_oops");
}

/**
 * fair_table() - what was counted
 * @w: attached
 * @now: counters
 * @last: those before
 * @out: stream; on a terminal the table is drawn over the one before
 */
void fair_table(const struct fair_watch *w, const struct fair_totals *now,
		const struct fair_totals *last, FILE *out)
{
	const struct fair_counts *c = &now->sum;
	double dt = now->elapsed - last->elapsed;
	__u64 not_checked = 0, left_out = 0;
	__u32 i;

	for (i = 0; i < FAIR_ROOM_NR; i++) {
		not_checked += c->not_checked[i];
		left_out += c->sampled_out[i];
	}
	if (isatty(fileno(out)))
		fputs("\033[H\033[J", out);
	fprintf(out, "eevdf-audit fair: t=%.1f checks %" PRIu64 " violations %" PRIu64
		" not checked %" PRIu64 " too long %" PRIu64 " left out %" PRIu64 "\n",
		now->elapsed, (uint64_t)fair_checks(c), (uint64_t)fair_violations(c),
		(uint64_t)not_checked, (uint64_t)c->truncated, (uint64_t)left_out);
	fprintf(out, "queues %" PRIu64 ", longest %" PRIu64
		", worst lag %.3f ms, walks cost %.2f %% of a CPU\n",
		(uint64_t)c->walks, (uint64_t)c->longest, c->worst_lag / 1e6,
		dt > 0 ? (c->walk_ns - last->sum.walk_ns) / dt / 1e7 : 0);
	fprintf(out, "%-18s %14s %12s %12s\n", "check", "checks", "a second", "violations");
	for (i = 0; i < FAIR_CHECK_NR; i++) {
		if (w->missing & (1U << i))
			continue;
		fprintf(out, "%-18s %14" PRIu64 " %12.0f %12" PRIu64 "%s\n", fair_check_name[i],
			(uint64_t)c->checks[i],
			dt > 0 ? (c->checks[i] - last->sum.checks[i]) / dt : 0,
			(uint64_t)c->violations[i], counts(i) ? "" : " (known, none counted)");
	}
	fputc('\n', out);
}

static void add_count(struct json_object *to, const char *name, __u64 value)
{
	json_object_object_add(to, name, json_object_new_uint64(value));
}

/**
 * fair_json() - the same as an object on a line
 * @w: attached
 * @now: counters
 * @last: those before
 * @final: the last one
 * @out: stream
 *
 * Return: false without memory
 */
bool fair_json(const struct fair_watch *w, const struct fair_totals *now,
	       const struct fair_totals *last, bool final, FILE *out)
{
	struct json_object *object = json_object_new_object(), *all, *one;
	const struct fair_counts *c = &now->sum;
	__u64 not_checked = 0, left_out = 0;
	const char *text;
	__u32 i;

	if (!object)
		return false;
	for (i = 0; i < FAIR_ROOM_NR; i++) {
		not_checked += c->not_checked[i];
		left_out += c->sampled_out[i];
	}
	json_object_object_add(object, "final", json_object_new_boolean(final));
	add_count(object, "elapsed_ms", now->elapsed * 1000);
	add_count(object, "interval_ms", (now->elapsed - last->elapsed) * 1000);
	add_count(object, "checks", fair_checks(c));
	add_count(object, "violations", fair_violations(c));
	add_count(object, "not_checked", not_checked);
	add_count(object, "truncated", c->truncated);
	add_count(object, "sampled_out", left_out);
	add_count(object, "walks", c->walks);
	add_count(object, "walk_ns", c->walk_ns);
	add_count(object, "longest_queue", c->longest);
	add_count(object, "worst_lag_ns", c->worst_lag);
	all = json_object_new_object();
	json_object_object_add(object, "invariants", all);
	for (i = 0; i < FAIR_CHECK_NR; i++) {
		one = json_object_new_object();
		json_object_object_add(all, fair_check_name[i], one);
		json_object_object_add(one, "available",
				       json_object_new_boolean(!(w->missing & (1U << i))));
		add_count(one, "checks", c->checks[i]);
		add_count(one, counts(i) ? "violations" : "known", c->violations[i]);
	}
	text = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN);
	if (text)
		fprintf(out, "%s\n", text);
	json_object_put(object);
	return text;
}

static void to_stream(void *arg, const char *text)
{
	fprintf(arg, "%s\n", text);
}

static void to_array(void *arg, const char *text)
{
	json_object_array_add(arg, json_object_new_string(text));
}

/* The addresses of a call chain, named. */
struct chain {
	const struct fair_finding *f;
	unsigned long long best[FAIR_STACK];
	char name[FAIR_STACK][64];
};

/* The symbol at or before each address. The file is long: once for all of them. */
static void resolve(struct chain *c)
{
	unsigned long long at;
	char line[512], name[64];
	__u32 i;
	FILE *f;

	if (!c->f->nr_stack)
		return;
	f = fopen("/proc/kallsyms", "re");
	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%llx %*c %63s", &at, name) != 2)
			continue;
		for (i = 0; i < c->f->nr_stack && i < FAIR_STACK; i++) {
			if (at > c->f->stack[i] || at < c->best[i])
				continue;
			c->best[i] = at;
			memcpy(c->name[i], name, sizeof(name));
		}
	}
	if (f)
		fclose(f);
}

static struct chain chain;

static void symbol(void *arg, __u64 address, char *text)
{
	__u32 i;

	(void)arg;
	snprintf(text, FAIR_SYMBOL, "0x%llx", (unsigned long long)address);
	for (i = 0; i < FAIR_STACK; i++)
		if (chain.f->stack[i] == address && chain.best[i])
			snprintf(text, FAIR_SYMBOL, "%s+0x%llx", chain.name[i],
				 (unsigned long long)address - chain.best[i]);
}

/**
 * fair_print_finding() - a finding in full
 * @w: attached
 * @f: finding
 * @out: stream
 */
void fair_print_finding(const struct fair_watch *w, const struct fair_finding *f, FILE *out)
{
	struct fair_text_to to = { .line = to_stream, .symbol = symbol, .arg = out };
	struct json_object *object, *lines;
	const char *text;

	memset(&chain, 0, sizeof(chain));
	chain.f = f;
	resolve(&chain);
	if (!w->opts->json) {
		if (f->check < FAIR_CHECK_NR)
			fprintf(out, "%s: %s\n", counts(f->check) ? "violation" : "known",
				promises[f->check]);
		fair_text(f, &to);
		fputc('\n', out);
		return;
	}
	object = json_object_new_object();
	lines = json_object_new_array();
	to.line = to_array;
	to.arg = lines;
	fair_text(f, &to);
	json_object_object_add(object, "finding", json_object_new_string(
			f->check < FAIR_CHECK_NR ? fair_check_name[f->check] : "?"));
	add_count(object, "time_ns", f->time);
	add_count(object, "cpu", f->cpu);
	json_object_object_add(object, "kept", json_object_new_int64(f->kept));
	json_object_object_add(object, "recomputed", json_object_new_int64(f->recomputed));
	json_object_object_add(object, "multiple_of_weight",
			       json_object_new_boolean(fair_is_multiple(f)));
	json_object_object_add(object, "lines", lines);
	text = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN);
	if (text)
		fprintf(out, "%s\n", text);
	json_object_put(object);
}
