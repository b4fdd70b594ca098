// SPDX-License-Identifier: GPL-2.0
/* One line of a trace; its text may come from a mail, or from nobody knows where. */
#include <string.h>

#include "replay.h"
#include "util.h"

/* The end of a comm, a pid, a tgid and the blanks between them. */
#define TASK_LEN 64

/**
 * struct cursor - where the reading of a line stands
 * @at: next letter
 * @ended: the text ended where more of it was expected
 * @range: a number did not fit
 */
struct cursor {
	const char *at;
	bool ended;
	bool range;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_word(char c)
{
	return is_digit(c) || c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static void skip_blanks(struct cursor *c)
{
	while (is_blank(*c->at))
		c->at++;
}

/* This text; a blank in it stands for any number of them, mails are generous. */
static bool literal(struct cursor *c, const char *text)
{
	for (; *text; text++) {
		if (*text == ' ') {
			skip_blanks(c);
		} else if (*c->at == *text) {
			c->at++;
		} else {
			c->ended |= !*c->at;
			return false;
		}
	}
	return true;
}

static bool unsigned_number(struct cursor *c, uint64_t *value)
{
	uint64_t sum = 0;

	if (!is_digit(*c->at)) {
		c->ended |= !*c->at;
		return false;
	}
	for (; is_digit(*c->at); c->at++) {
		if (__builtin_mul_overflow(sum, 10, &sum) ||
		    __builtin_add_overflow(sum, (uint64_t)(*c->at - '0'), &sum))
			c->range = true;
	}
	*value = sum;
	return !c->range;
}

static bool signed_number(struct cursor *c, int64_t *value)
{
	bool negative = *c->at == '-';
	uint64_t size;

	if (negative)
		c->at++;
	if (!unsigned_number(c, &size))
		return false;
	if (size > (uint64_t)INT64_MAX + negative) {
		c->range = true;
		return false;
	}
	*value = negative ? (int64_t)-size : (int64_t)size;
	return true;
}

/* Virtual times wrap, and are printed as signed numbers. */
static bool virtual_time(struct cursor *c, uint64_t *value)
{
	int64_t number;

	if (*c->at != '-')
		return unsigned_number(c, value);
	if (!signed_number(c, &number))
		return false;
	*value = number;
	return true;
}

static bool address(struct cursor *c, uint64_t *value)
{
	const char *from = c->at;

	for (*value = 0; ; c->at++) {
		char letter = *c->at | 0x20;

		if (is_digit(*c->at))
			*value = *value << 4 | (uint64_t)(*c->at - '0');
		else if (letter >= 'a' && letter <= 'f')
			*value = *value << 4 | (uint64_t)(letter - 'a' + 10);
		else
			break;
	}
	c->range |= c->at - from > 16;
	c->ended |= !*c->at;
	return c->at > from && !c->range;
}

static bool small_number(struct cursor *c, uint32_t *value)
{
	uint64_t number;

	if (!unsigned_number(c, &number))
		return false;
	c->range |= number > 1000000;
	*value = number;
	return !c->range;
}

/* "name(" value ")" for the three kinds of values. */
static bool named_signed(struct cursor *c, const char *name, int64_t *value)
{
	return literal(c, name) && literal(c, "(") && signed_number(c, value) && literal(c, ")");
}

static bool named_unsigned(struct cursor *c, const char *name, uint64_t *value)
{
	return literal(c, name) && literal(c, "(") && unsigned_number(c, value) && literal(c, ")");
}

static bool named_time(struct cursor *c, const char *name, uint64_t *value)
{
	return literal(c, name) && literal(c, "(") && virtual_time(c, value) && literal(c, ")");
}

static bool at_end(struct cursor *c)
{
	skip_blanks(c);
	return !*c->at;
}

/* "cfs_rq(9:ff37d0bcfe46b680): ..." */
static bool queue_line(struct cursor *c, struct replay_line *line)
{
	if (!literal(c, "cfs_rq(") || !small_number(c, &line->rq_cpu) || !literal(c, ":") ||
	    !address(c, &line->rq) || !literal(c, "): "))
		return false;
	if (*c->at == 'd') {
		line->kind = REPLAY_SHIFT;
		return named_signed(c, "delta", &line->delta) &&
		       named_signed(c, " sum_w_vruntime", &line->sum) &&
		       named_time(c, " zero_vruntime", &line->zero) && at_end(c);
	}
	if (!named_signed(c, "sum_w_vruntime", &line->sum) || !literal(c, " "))
		return false;
	if (*c->at == 's') {
		line->kind = REPLAY_PICK;
		return named_unsigned(c, "sum_weight", &line->sum_weight) &&
		       named_time(c, " zero_vruntime", &line->zero) &&
		       named_time(c, " avg_vruntime", &line->avg) && at_end(c);
	}
	line->kind = REPLAY_BOOKS;
	return named_time(c, "zero_vruntime", &line->zero) && at_end(c);
}

/* "T<=> se(ff37d0bcd5c6c940): ..."; a mail leaves out blanks among the marks. */
static bool entity_line(struct cursor *c, struct replay_line *line)
{
	const char *end, *colon;

	line->kind = REPLAY_ENTITY;
	line->task = *c->at++ == 'T';
	for (; *c->at && strchr(" \t<=>", *c->at); c->at++) {
		line->picked |= *c->at == '<';
		line->guarded |= *c->at == '=';
		line->running |= *c->at == '>';
	}
	if (!literal(c, "se(") || !address(c, &line->se) || !literal(c, "): vruntime(") ||
	    !virtual_time(c, &line->vruntime))
		return false;
	if (*c->at == ',') {
		if (!literal(c, ", E"))
			return false;
		line->eligible = true;
	}
	if (!literal(c, ") deadline(") || !virtual_time(c, &line->deadline) ||
	    !literal(c, ") weight(") || !unsigned_number(c, &line->weight) ||
	    !literal(c, ") -- "))
		return false;

	if (line->weight > REPLAY_WEIGHT_MAX)
		return false;
	/* A name may hold blanks and colons: the number behind the last colon ends it. */
	for (end = c->at + strlen(c->at); end > c->at && is_blank(end[-1]); end--)
		;
	for (colon = end; colon > c->at && (is_digit(colon[-1]) || colon[-1] == '-'); colon--)
		;
	if (colon == end || colon == c->at || colon[-1] != ':') {
		c->ended = true;
		return false;
	}
	if (end - c->at >= (long)sizeof(line->name))
		return false;
	memcpy(line->name, c->at, end - c->at);
	line->name[end - c->at] = '\0';
	clean_text(line->name, false);
	c->at = end;
	return true;
}

/* One of two words that must end here, or nearly so. */
static bool word_line(struct cursor *c, struct replay_line *line)
{
	line->kind = *c->at == 'F' ? REPLAY_FAIL : REPLAY_NULL;
	if (!literal(c, *c->at == 'F' ? "FAIL" : "picked NULL"))
		return false;
	while (*c->at == '!')
		c->at++;
	return at_end(c);
}

static bool begins(const char *text, const char *word)
{
	return !strncmp(text, word, strlen(word));
}

/* What is left of a line that ends early may be the beginning of a word. */
static bool may_begin(const char *text, const char *word)
{
	return begins(text, word) || (*text && begins(word, text));
}

static enum replay_parsed body(struct cursor *c, struct replay_line *line)
{
	const char *from = c->at;
	bool good;

	if (!*from)
		return REPLAY_PART;
	if (may_begin(from, "cfs_rq(")) {
		good = queue_line(c, line);
	} else if ((*from == 'T' || *from == '@') && strchr(" \t<=>", from[1])) {
		good = entity_line(c, line);
	} else if (may_begin(from, "min_lag(")) {
		line->kind = REPLAY_LAGS;
		good = named_signed(c, "min_lag", &line->min_lag) &&
		       named_signed(c, " max_lag", &line->max_lag) &&
		       named_signed(c, " limit", &line->limit) && at_end(c);
	} else if (may_begin(from, "swv(")) {
		line->kind = REPLAY_SWV;
		good = named_signed(c, "swv", &line->sum) && at_end(c);
	} else if (may_begin(from, "picked NULL") || may_begin(from, "FAIL")) {
		good = word_line(c, line);
	} else {
		return REPLAY_OTHER;
	}
	if (good)
		return REPLAY_LINE;
	return c->ended && !c->range ? REPLAY_PART : REPLAY_BROKEN;
}

/* A word of at most @size - 1 letters up to one of @stop. */
static bool word(struct cursor *c, const char *stop, char *buf, size_t size)
{
	size_t len = strcspn(c->at, stop);

	c->ended |= !c->at[len];
	if (!len || len >= size || !c->at[len])
		return false;
	memcpy(buf, c->at, len);
	buf[len] = '\0';
	clean_text(buf, false);
	c->at += len;
	return true;
}

/* "[009] d.h2. 34.483168: update_curr: ", from the bracket on. */
static bool head(struct cursor *c, struct replay_line *line)
{
	char flags[16], *end;
	const char *p;

	if (!literal(c, "[") || !small_number(c, &line->cpu) || !literal(c, "] ") ||
	    !word(c, " \t", flags, sizeof(flags)))
		return false;
	/* Flags are left out by "nolatency-format"; then this was the time. */
	end = flags + strlen(flags) - 1;
	if (*end == ':' && is_digit(*flags)) {
		*end = '\0';
		memcpy(line->time, flags, sizeof(flags));
	} else {
		skip_blanks(c);
		if (!word(c, " \t:", line->time, sizeof(line->time)) || !literal(c, ":"))
			return false;
	}
	if (line->time[strspn(line->time, "0123456789.")])
		return false;
	skip_blanks(c);
	if (!word(c, " \t:", line->function, sizeof(line->function)))
		return false;
	for (p = line->function; *p; p++)
		if (!is_word(*p) && *p != '.')
			return false;
	return literal(c, ": ");
}

/*
 * Behind "comm-pid", and perhaps "(tgid)". It looks back no further than these are long: a line may
 * hold thousands of brackets.
 */
static bool task_before(const char *text, const char *bracket)
{
	const char *p, *digits;

	if (bracket - text > TASK_LEN)
		text = bracket - TASK_LEN;
	p = bracket;
	while (p > text && is_blank(p[-1]))
		p--;
	if (p > text && p[-1] == ')') {
		while (p > text && *p != '(')
			p--;
		while (p > text && is_blank(p[-1]))
			p--;
	}
	for (digits = p; digits > text && is_digit(digits[-1]); digits--)
		;
	return digits < p && digits > text + 1 && digits[-1] == '-';
}

static bool lost(const char *text, struct replay_line *line)
{
	struct cursor c = { .at = text };
	uint64_t events;

	line->kind = REPLAY_LOST;
	return literal(&c, "CPU:") && small_number(&c, &line->cpu) && literal(&c, " [LOST ") &&
	       unsigned_number(&c, &events) && literal(&c, " EVENTS]");
}

/**
 * replay_parse() - understand one line
 * @text: without a line end; quotes and leading blanks are gone
 * @line: filled; complete if %REPLAY_LINE is returned, and @cpu valid with %REPLAY_BROKEN
 *
 * The number of the line is left to the caller.
 * Return: enum replay_parsed
 */
enum replay_parsed replay_parse(const char *text, struct replay_line *line)
{
	enum replay_parsed best = REPLAY_PROSE;
	const char *bracket, *end;
	struct cursor c;

	memset(line, 0, sizeof(*line));
	if (lost(text, line))
		return REPLAY_LINE;
	for (bracket = strchr(text, '['); bracket; bracket = strchr(bracket + 1, '[')) {
		if (!is_digit(bracket[1]) || !task_before(text, bracket))
			continue;
		memset(line, 0, sizeof(*line));
		c = (struct cursor){ .at = bracket };
		if (head(&c, line))
			return body(&c, line);
		if (c.ended && !c.range)
			best = REPLAY_PART;
	}
	/* Wrapped behind its very first word. */
	end = text + strlen(text);
	if (best == REPLAY_PROSE && end > text && !strpbrk(text, " \t[") && task_before(text, end))
		best = REPLAY_PART;
	return best;
}
