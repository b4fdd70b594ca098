// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <string.h>

#include "replay_read.h"

/* A letter that no line of a trace has. */
#define RUBBISH '\177'

/*
 * The next line without its quotes and its end, in r->text: 1, or 0 at the end, or -1. One that is
 * too long comes cut off, which makes it prose.
 */
static int read_line(struct replay_reader *r)
{
	bool begun = false, any = false, too_long = false;
	size_t len = 0;
	int c;

	while ((c = getc_unlocked(r->in)) != EOF && c != '\n') {
		any = true;
		if (!begun && (c == '>' || c == ' ' || c == '\t'))
			continue;
		begun = true;
		if (len < sizeof(r->text) - 1)
			r->text[len++] = c ? c : RUBBISH;
		else
			too_long = true;
	}
	if (c == EOF && ferror(r->in))
		return -1;
	if (c == EOF && !any)
		return 0;
	while (len && strchr(" \t\r", r->text[len - 1]))
		len--;
	r->text[too_long ? 0 : len] = '\0';
	r->prose += too_long;
	r->number++;
	return 1;
}

/* A trace that lacks a line has gone on without us. */
static void deliver_broken(struct replay_reader *r, struct replay_line *line)
{
	line->kind = REPLAY_LOST;
	r->broken++;
}

/*
 * The rest of a held line never came. Its head makes it a line of a trace; one without was prose
 * that looked like one. True: @line is to be delivered.
 */
static bool give_up(struct replay_reader *r, struct replay_line *line)
{
	unsigned int parts = r->parts;

	r->parts = 0;
	if (!parts)
		return false;
	if (!*r->held_line.function) {
		r->prose += parts;
		return false;
	}
	*line = r->held_line;
	line->number = r->held_number;
	deliver_broken(r, line);
	r->prose += parts - 1;
	return true;
}

static void hold(struct replay_reader *r, const char *text, const struct replay_line *line)
{
	if (!r->parts)
		r->held_number = r->number;
	r->parts++;
	strcpy(r->held, text);
	r->held_line = *line;
}

/* Whether the line just read continues the one held: then it was used up, or @line is complete. */
static enum replay_parsed join(struct replay_reader *r, struct replay_line *line)
{
	enum replay_parsed parsed;
	int len;

	if (!r->parts || r->parts == REPLAY_PARTS_MAX)
		return REPLAY_PROSE;
	len = snprintf(r->joined, sizeof(r->joined), "%s %s", r->held, r->text);
	if (len >= (int)sizeof(r->joined))
		return REPLAY_PROSE;
	parsed = replay_parse(r->joined, line);
	if (parsed == REPLAY_PART) {
		hold(r, r->joined, line);
	} else if (parsed == REPLAY_LINE) {
		line->number = r->held_number;
		r->parts = 0;
	} else {
		return REPLAY_PROSE;
	}
	return parsed;
}

/* Deliver @line, but what was held before it first. */
static int deliver(struct replay_reader *r, struct replay_line *line)
{
	struct replay_line before;

	if (give_up(r, &before)) {
		r->next = *line;
		r->ahead = true;
		*line = before;
	}
	return 1;
}

/**
 * replay_next() - the next line of the trace
 * @r: @in is set, the rest zero at first
 * @line: filled
 * Return: 1, 0 at the end, -1 with errno if reading failed
 */
int replay_next(struct replay_reader *r, struct replay_line *line)
{
	struct replay_line before;
	int got;

	if (r->ahead) {
		*line = r->next;
		r->ahead = false;
		return 1;
	}
	while ((got = read_line(r)) > 0) {
		switch (replay_parse(r->text, line)) {
		case REPLAY_LINE:
			line->number = r->number;
			r->lines += line->kind != REPLAY_LOST;
			return deliver(r, line);
		case REPLAY_BROKEN:
			line->number = r->number;
			deliver_broken(r, line);
			return deliver(r, line);
		case REPLAY_OTHER:
			r->other++;
			break;
		case REPLAY_PART:
			before = *line;
			if (give_up(r, line)) {
				hold(r, r->text, &before);
				return 1;
			}
			hold(r, r->text, &before);
			break;
		case REPLAY_PROSE:
			switch (join(r, line)) {
			case REPLAY_LINE:
				r->lines++;
				return 1;
			case REPLAY_PART:
				break;
			default:
				r->prose += !!*r->text;
				if (give_up(r, line))
					return 1;
			}
			break;
		}
	}
	if (!got && give_up(r, line))
		return 1;
	return got;
}
