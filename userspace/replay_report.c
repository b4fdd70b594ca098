// SPDX-License-Identifier: GPL-2.0
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "replay_report.h"
#include "util.h"

#define MARGIN 100

static const char *const verdict_words[REPLAY_VERDICTS] = {
	[REPLAY_HOLDS] = "holds",
	[REPLAY_WRONG] = "WRONG",
	[REPLAY_CARRIED] = "carried",
	[REPLAY_UNCHECKED] = "unknown",
};

const char *const replay_weights_names[REPLAY_WEIGHTS_NR + 1] = {
	[REPLAY_WEIGHTS_AUTO] = "auto",
	[REPLAY_WEIGHTS_SCALED] = "scaled",
	[REPLAY_WEIGHTS_FULL] = "full",
};

/* Stands in for a row or a finding for which there was no memory; nobody reads it. */
static struct replay_row spare_row;
static struct replay_finding spare_finding;

/**
 * report_begin() - nothing was said yet
 * @r: overwritten
 * @out: stream
 * @rows_wanted: print a row for each line
 */
void report_begin(struct replay_report *r, FILE *out, bool rows_wanted)
{
	memset(r, 0, sizeof(*r));
	r->out = out;
	r->rows_wanted = rows_wanted;
	r->findings_end = &r->findings;
}

/**
 * report_row() - begin the row of a line
 * @r: report
 * @line: of the trace
 *
 * The row stays in memory until report_say() decided it and those before it.
 */
struct replay_row *report_row(struct replay_report *r, const struct replay_line *line)
{
	struct replay_row *row = calloc(1, sizeof(*row));

	if (!row) {
		r->no_memory = true;
		return &spare_row;
	}
	row->number = line->number;
	memcpy(row->time, line->time, sizeof(row->time));
	memcpy(row->function, line->function, sizeof(row->function));
	if (r->last)
		r->last->next = row;
	else
		r->first = row;
	r->last = row;
	r->waiting++;
	return row;
}

/**
 * report_say() - decide a row
 * @row: not decided before
 * @verdict: what holds; a row with a finding is %REPLAY_WRONG, whatever is said here
 * @fmt: printf format, short
 */
void report_say(struct replay_row *row, enum replay_verdict verdict, const char *fmt, ...)
{
	va_list args;

	row->verdict = row->findings ? REPLAY_WRONG : verdict;
	va_start(args, fmt);
	vsnprintf(row->text, sizeof(row->text), fmt, args);
	va_end(args);
	row->decided = true;
}

/**
 * report_find() - a figure is wrong
 * @r: report
 * @row: of the line that has it, not decided yet
 * @q: its queue, or NULL
 * @check: what was checked
 * @fmt: printf format of a sentence without a full stop
 * Return: the finding, for report_add() and report_figures()
 */
struct replay_finding *report_find(struct replay_report *r, struct replay_row *row,
				   const struct replay_queue *q, const char *check,
				   const char *fmt, ...)
{
	struct replay_finding *f = calloc(1, sizeof(*f)), **end;
	va_list args;

	r->count++;
	if (!f) {
		r->no_memory = true;
		return &spare_finding;
	}
	f->number = row->number;
	memcpy(f->time, row->time, sizeof(f->time));
	f->check = check;
	if (q)
		snprintf(f->queue, sizeof(f->queue), "%u:%llx", q->cpu,
			 (unsigned long long)q->rq);
	va_start(args, fmt);
	vsnprintf(f->text, sizeof(f->text), fmt, args);
	va_end(args);
	for (end = &row->findings; *end; end = &(*end)->next)
		;
	*end = f;
	return f;
}

/**
 * report_add() - say more of a finding
 * @f: finding
 * @fmt: printf format
 */
void report_add(struct replay_finding *f, const char *fmt, ...)
{
	size_t len = strlen(f->text);
	va_list args;

	va_start(args, fmt);
	vsnprintf(f->text + len, sizeof(f->text) - len, fmt, args);
	va_end(args);
}

/**
 * report_figures() - the figures of a finding
 * @f: finding
 * @kept: of the trace
 * @due: recomputed
 */
void report_figures(struct replay_finding *f, s128 kept, s128 due)
{
	f->figures = true;
	f->kept = kept;
	f->due = due;
}

/**
 * report_full() - whether too many rows wait
 * @r: report
 */
bool report_full(const struct replay_report *r)
{
	return r->waiting >= REPLAY_ROWS_MAX;
}

/* Words up to the margin; the line stands at column @at, further ones begin at @indent. */
static void print_words(FILE *out, int at, int indent, const char *text)
{
	while (*text) {
		int len = (int)strcspn(text, " ");

		if (at > indent && at + 1 + len > MARGIN) {
			fprintf(out, "\n%*s", indent, "");
			at = indent;
		} else if (at > indent) {
			fputc(' ', out);
			at++;
		}
		at += fprintf(out, "%.*s", len, text);
		text += len + (text[len] == ' ');
	}
	fputc('\n', out);
}

static void print_row(struct replay_report *r, const struct replay_row *row)
{
	const struct replay_finding *f;

	print_words(r->out, fprintf(r->out, "%6lu  %-17s %-8s ", row->number,
				    *row->function ? row->function : "-",
				    verdict_words[row->verdict]), 35, row->text);
	for (f = row->findings; f; f = f->next)
		print_words(r->out, fprintf(r->out, "        ! %s:", f->check), 10, f->text);
}

static void keep_findings(struct replay_report *r, struct replay_row *row)
{
	struct replay_finding *f;

	while ((f = row->findings)) {
		row->findings = f->next;
		f->next = NULL;
		if (r->kept == REPLAY_FINDINGS_MAX) {
			free(f);
			continue;
		}
		r->kept++;
		*r->findings_end = f;
		r->findings_end = &f->next;
	}
}

/**
 * report_flush() - print the rows that are decided, up to the first one that is not
 * @r: report
 * @all: the others too; they have not been checked
 */
void report_flush(struct replay_report *r, bool all)
{
	struct replay_row *row;

	while ((row = r->first) && (row->decided || all)) {
		if (!row->decided)
			report_say(row, REPLAY_UNCHECKED, "nothing after it tells");
		if (r->rows_wanted)
			print_row(r, row);
		r->verdicts[row->verdict]++;
		keep_findings(r, row);
		r->first = row->next;
		if (!r->first)
			r->last = NULL;
		r->waiting--;
		free(row);
	}
}

/**
 * report_summary() - the last lines, for people
 * @r: report, flushed
 * @reader: has read all
 * @total: figures
 */
void report_summary(struct replay_report *r, const struct replay_reader *reader,
		    const struct replay_total *total)
{
	const struct replay_finding *f = r->findings;

	fprintf(r->out, "%s: %lu lines of the trace, %lu of prose", total->name, reader->lines,
		reader->prose);
	if (reader->other)
		fprintf(r->out, ", %lu of other events", reader->other);
	if (reader->broken)
		fprintf(r->out, ", %lu that cannot be read", reader->broken);
	fprintf(r->out, "; %lu queue%s, %lu pick%s, weights %s\n", total->queues,
		total->queues == 1 ? "" : "s", total->picks, total->picks == 1 ? "" : "s",
		replay_weights_names[total->weights]);
	if (total->resyncs)
		fprintf(r->out, "events were missed %lu time%s; each queue was learnt anew then\n",
			total->resyncs, total->resyncs == 1 ? "" : "s");
	fprintf(r->out, "%lu hold, %lu wrong, %lu carried on from these, %lu unknown\n",
		r->verdicts[REPLAY_HOLDS], r->verdicts[REPLAY_WRONG], r->verdicts[REPLAY_CARRIED],
		r->verdicts[REPLAY_UNCHECKED]);
	if (!f)
		return;
	print_words(r->out, fprintf(r->out, "first violation: line %lu at %s%s%s, %s:", f->number,
				    f->time, *f->queue ? ", queue " : "", f->queue, f->check), 2,
		    f->text);
}

/**
 * report_end() - free all
 * @r: report
 */
void report_end(struct replay_report *r)
{
	struct replay_finding *f;
	struct replay_row *row;

	while ((row = r->first)) {
		r->first = row->next;
		keep_findings(r, row);
		free(row);
	}
	while ((f = r->findings)) {
		r->findings = f->next;
		free(f);
	}
}
