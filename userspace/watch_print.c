// SPDX-License-Identifier: GPL-2.0
/* A sample of the module, for people and for programs. */
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "util.h"
#include "watch.h"

/* What of the checks was left out stands beside them. */
static const char *const watch_counters[] = {
	"events", "checks", "checks_trivial", "not_checked", "sampled_out", "truncated",
	"resyncs", "bad_records", "violations",
};

static void print_state(const struct watch_sample *now, FILE *out)
{
	fprintf(out, "mode %s, %s, longest queue %" PRIu64 " (CPU %" PRIu64 ")\n", now->module.mode,
		watch_counter(now, "attached") ? "a scheduler is attached" : "no scheduler",
		(uint64_t)now->longest, (uint64_t)now->longest_cpu);
}

static void print_invariants(const struct watch_sample *now, FILE *out)
{
	const char *name;
	char other[80];
	__u64 value;
	__u32 i;

	fprintf(out, "%-18s %14s %12s\n", "invariant", "checks", "violations");
	for (i = 0; i < now->module.nr; i++) {
		name = watch_invariant(now, i);
		if (!name)
			continue;
		snprintf(other, sizeof(other), "violations_%s", name);
		value = watch_counter(now, other);
		if (now->module.counters[i].value || value)
			fprintf(out, "%-18s %14" PRIu64 " %12" PRIu64 "\n", name,
				(uint64_t)now->module.counters[i].value, (uint64_t)value);
	}
}

/**
 * watch_text() - the table of one interval
 * @line: samples
 * @out: stream; on a terminal the table is drawn over the one before
 */
void watch_text(const struct watch_line *line, FILE *out)
{
	const struct watch_sample *now = line->now;
	__u64 value, before, old;
	size_t k;

	if (line->tty)
		fputs("\033[H\033[J", out);
	fprintf(out, "eevdf_audit: t=%.1f ", now->elapsed);
	print_state(now, out);
	fprintf(out, "%-18s %14s %12s\n", "", "total", "a second");
	for (k = 0; k < ARRAY_SIZE(watch_counters); k++) {
		if (!module_counter(&now->module, watch_counters[k]))
			continue;
		value = watch_counter(now, watch_counters[k]);
		before = watch_counter(line->last, watch_counters[k]);
		fprintf(out, "%-18s %14" PRIu64 " %12.0f\n", watch_counters[k], (uint64_t)value,
			now->interval > 0 && value > before ? (value - before) / now->interval : 0);
	}
	old = watch_counter(line->first, "violations");
	if (old)
		fprintf(out, "%" PRIu64 " of the violations are from before\n", (uint64_t)old);
	print_invariants(now, out);
	if (!line->tty)
		fputc('\n', out);
}

/**
 * watch_totals() - what was counted so far
 * @now: sample
 * @out: stream
 */
void watch_totals(const struct watch_sample *now, FILE *out)
{
	size_t k;

	fputs("eevdf_audit: ", out);
	print_state(now, out);
	for (k = 0; k < ARRAY_SIZE(watch_counters); k++)
		if (module_counter(&now->module, watch_counters[k]))
			fprintf(out, "%-18s %14" PRIu64 "\n", watch_counters[k],
				(uint64_t)watch_counter(now, watch_counters[k]));
	print_invariants(now, out);
}

static bool hang(struct json_object *to, const char *name, struct json_object *value)
{
	if (!value)
		return false;
	if (!json_object_object_add(to, name, value))
		return true;
	json_object_put(value);
	return false;
}

static bool hang_count(struct json_object *to, const char *name, __u64 value)
{
	return hang(to, name, json_object_new_uint64(value));
}

static bool hang_seconds(struct json_object *to, const char *name, double value)
{
	char text[32];

	snprintf(text, sizeof(text), "%.3f", value);
	return hang(to, name, json_object_new_double_s(value, text));
}

static bool hang_invariants(struct json_object *to, const struct watch_sample *now)
{
	struct json_object *all = json_object_new_object(), *one;
	const char *name;
	char other[80];
	__u32 i;

	if (!hang(to, "invariants", all))
		return false;
	for (i = 0; i < now->module.nr; i++) {
		name = watch_invariant(now, i);
		if (!name)
			continue;
		snprintf(other, sizeof(other), "violations_%s", name);
		one = json_object_new_object();
		if (!hang(all, name, one) ||
		    !hang_count(one, "checks", now->module.counters[i].value) ||
		    !hang_count(one, "violations", watch_counter(now, other)))
			return false;
	}
	return true;
}

/**
 * watch_json() - one interval as an object on a line
 * @line: samples
 * @out: stream
 * Return: false without memory; nothing was printed then
 */
bool watch_json(const struct watch_line *line, FILE *out)
{
	struct json_object *object = json_object_new_object();
	const struct watch_sample *now = line->now;
	const char *text = NULL;
	bool good;
	size_t k;

	if (!object)
		return false;
	good = hang_seconds(object, "time", now->wall) &&
	       hang_seconds(object, "elapsed", now->elapsed) &&
	       hang_seconds(object, "interval", now->interval) &&
	       hang(object, "mode", json_object_new_string(now->module.mode)) &&
	       hang(object, "attached",
		    json_object_new_boolean(!!watch_counter(now, "attached"))) &&
	       hang_count(object, "longest_queue", now->longest) &&
	       hang_count(object, "longest_queue_cpu", now->longest_cpu) &&
	       hang_count(object, "new_checks", watch_grown(line, "checks")) &&
	       hang_count(object, "new_violations", watch_grown(line, "violations"));
	for (k = 0; good && k < ARRAY_SIZE(watch_counters); k++)
		good = !module_counter(&now->module, watch_counters[k]) ||
		       hang_count(object, watch_counters[k],
				  watch_counter(now, watch_counters[k]));
	good = good && hang_invariants(object, now);
	if (good)
		text = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN);
	if (text)
		fprintf(out, "%s\n", text);
	json_object_put(object);
	return text;
}
