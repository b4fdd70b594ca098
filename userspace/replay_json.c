// SPDX-License-Identifier: GPL-2.0
#include <json-c/json.h>
#include <string.h>

#include "replay_report.h"

static bool give(struct json_object *to, const char *name, struct json_object *value)
{
	if (!value)
		return false;
	if (!json_object_object_add(to, name, value))
		return true;
	json_object_put(value);
	return false;
}

static bool give_count(struct json_object *to, const char *name, unsigned long value)
{
	return give(to, name, json_object_new_uint64(value));
}

/* JSON's own numbers end at 64 bits; what is larger becomes a string. */
static bool give_number(struct json_object *to, const char *name, s128 value)
{
	char text[48];

	if (value >= INT64_MIN && value <= INT64_MAX)
		return give(to, name, json_object_new_int64((int64_t)value));
	if (value > 0 && value <= UINT64_MAX)
		return give(to, name, json_object_new_uint64((uint64_t)value));
	return give(to, name, json_object_new_string(books_number(value, text, sizeof(text))));
}

static bool give_finding(struct json_object *to, const struct replay_finding *f)
{
	struct json_object *object = json_object_new_object();

	if (!object)
		return false;
	if (json_object_array_add(to, object)) {
		json_object_put(object);
		return false;
	}
	if (!give_count(object, "line", f->number) ||
	    !give(object, "time", json_object_new_string(f->time)) ||
	    !give(object, "queue", *f->queue ? json_object_new_string(f->queue) :
					       json_object_new_string("unknown")) ||
	    !give(object, "check", json_object_new_string(f->check)))
		return false;
	if (f->figures && (!give_number(object, "kept", f->kept) ||
			   !give_number(object, "due", f->due) ||
			   !give_number(object, "difference", f->kept - f->due)))
		return false;
	if (f->shift && (!give_number(object, "shift", f->shift) ||
			 !give_number(object, "sum_weight", f->weight)))
		return false;
	return give(object, "text", json_object_new_string(f->text));
}

/**
 * report_json() - all of it for programs, as one object on one line
 * @r: report, flushed
 * @reader: has read all
 * @total: figures
 * Return: false without memory; nothing was printed then
 */
bool report_json(struct replay_report *r, const struct replay_reader *reader,
		 const struct replay_total *total)
{
	struct json_object *object = json_object_new_object(), *list;
	const struct replay_finding *f;
	const char *text = NULL;
	bool good;

	if (!object)
		return false;
	good = give(object, "file", json_object_new_string(total->name)) &&
	       give(object, "weights",
		    json_object_new_string(replay_weights_names[total->weights])) &&
	       give_count(object, "lines", reader->lines) &&
	       give_count(object, "prose", reader->prose) &&
	       give_count(object, "other", reader->other) &&
	       give_count(object, "unreadable", reader->broken) &&
	       give_count(object, "resyncs", total->resyncs) &&
	       give_count(object, "queues", total->queues) &&
	       give_count(object, "picks", total->picks) &&
	       give_count(object, "hold", r->verdicts[REPLAY_HOLDS]) &&
	       give_count(object, "wrong", r->verdicts[REPLAY_WRONG]) &&
	       give_count(object, "carried", r->verdicts[REPLAY_CARRIED]) &&
	       give_count(object, "unknown", r->verdicts[REPLAY_UNCHECKED]) &&
	       give_count(object, "violations", r->count);
	list = good ? json_object_new_array() : NULL;
	good = list && give(object, "findings", list);
	for (f = r->findings; good && f; f = f->next)
		good = give_finding(list, f);
	if (good)
		text = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN |
							      JSON_C_TO_STRING_NOSLASHESCAPE);
	if (text)
		fprintf(r->out, "%s\n", text);
	json_object_put(object);
	return text;
}
