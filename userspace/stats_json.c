// SPDX-License-Identifier: GPL-2.0
#include <json-c/json.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stats.h"

/*
 * Takes over @value, and fails if there was no memory for it: so a shortage anywhere ends as one
 * failure instead of as a null in the output.
 */
static bool add(struct json_object *to, const char *name, struct json_object *value)
{
	if (!value)
		return false;
	if (!json_object_object_add(to, name, value))
		return true;
	json_object_put(value);
	return false;
}

static bool add_number(struct json_object *to, const char *name, __u64 value)
{
	return add(to, name, json_object_new_uint64(value));
}

/* json-c prints doubles with 17 digits; three are what the clock is worth here. */
static bool add_seconds(struct json_object *to, const char *name, double value)
{
	char text[32];

	snprintf(text, sizeof(text), "%.3f", value);
	return add(to, name, json_object_new_double_s(value, text));
}

/* A count since the start gives that of a period by a subtraction; a largest value does not. */
static bool add_counters(struct json_object *to, const struct ledger_sample *sample)
{
	int i;

	for (i = 0; i < LEDGER_STAT_NR; i++) {
		bool period = ledger_stat_infos[i].kind == LEDGER_STAT_MAX && !sample->final;

		if (!add_number(to, ledger_stat_infos[i].name,
				period ? sample->delta.v[i] : sample->total.v[i]))
			return false;
	}
	return true;
}

static bool zero_ok(const struct ledger_totals *total)
{
	int i;

	for (i = 0; i < LEDGER_STAT_NR; i++)
		if (ledger_stat_infos[i].kind == LEDGER_STAT_ZERO && total->v[i])
			return false;
	return true;
}

static bool add_module(struct json_object *to, const struct ledger_module *module)
{
	struct json_object *object;
	__u32 i;

	if (module->state == LEDGER_MODULE_NONE)
		return !json_object_object_add(to, "module", NULL);
	object = json_object_new_object();
	if (!add(to, "module", object))
		return false;
	if (module->state == LEDGER_MODULE_MUTE)
		return !json_object_object_add(object, "mode", NULL);
	if (!add(object, "mode", json_object_new_string(module->mode)))
		return false;
	for (i = 0; i < module->nr; i++)
		if (!add_number(object, module->counters[i].name, module->counters[i].value))
			return false;
	return true;
}

/**
 * stats_json() - one line for programs
 * @sample: what is to be printed
 *
 * Return: a JSON object and a line end, to be freed; NULL without memory
 */
char *stats_json(const struct ledger_sample *sample)
{
	struct json_object *object = json_object_new_object();
	char *line = NULL;
	const char *text;
	size_t len;

	if (!object)
		return NULL;
	if (!add(object, "final", json_object_new_boolean(sample->final)) ||
	    !add_seconds(object, "time", sample->time) ||
	    !add_seconds(object, "elapsed", sample->elapsed) ||
	    !add_seconds(object, "interval", sample->interval) ||
	    !add_number(object, "tasks", sample->tasks) ||
	    !add_number(object, "restarts", sample->restarts) ||
	    !add(object, "zero_ok", json_object_new_boolean(zero_ok(&sample->total))) ||
	    !add_counters(object, sample) || !add_module(object, &sample->module))
		goto out;
	text = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN);
	if (!text)
		goto out;
	len = strlen(text);
	line = malloc(len + 2);
	if (line) {
		memcpy(line, text, len);
		strcpy(line + len, "\n");
	}
out:
	json_object_put(object);
	return line;
}
