// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "replay_check.h"
#include "util.h"

static struct replay_cpu *find_cpu(struct replay *r, uint32_t number)
{
	struct replay_cpu **link, *cpu;

	for (link = &r->cpus; (cpu = *link); link = &cpu->next) {
		if (cpu->cpu == number) {
			*link = cpu->next;
			cpu->next = r->cpus;
			r->cpus = cpu;
			return cpu;
		}
	}
	if (r->cpus_nr == REPLAY_CPUS_MAX)
		return NULL;
	cpu = calloc(1, sizeof(*cpu));
	if (!cpu)
		return NULL;
	r->cpus_nr++;
	cpu->cpu = number;
	cpu->next = r->cpus;
	r->cpus = cpu;
	return cpu;
}

/* Events were missed, whose is not known: every queue is learnt anew. */
static void forget_all(struct replay *r)
{
	struct replay_queue *q;
	struct replay_cpu *cpu;

	for (cpu = r->cpus; cpu; cpu = cpu->next) {
		cpu->cut = true;
		pick_end(r, cpu);
		cpu->queue = NULL;
		cpu->entity = NULL;
		cpu->charged = false;
		cpu->placed = false;
		cpu->reweighted = false;
		cpu->shifted = false;
		cpu->unsettled = NULL;
		cpu->result.valid = false;
	}
	for (q = r->books.queues; q; q = q->next)
		if (q->pending.row)
			report_say(q->pending.row, REPLAY_UNCHECKED,
				   "events are missing behind it");
	books_free(&r->books);
	r->total.resyncs++;
}

/* Room for the longest pick; what is here beyond that is as good as no trace. */
static bool crowded(const struct replay *r)
{
	return r->books.entities_nr + REPLAY_TREE_MAX > REPLAY_ENTITIES_MAX ||
	       r->books.queues_nr == REPLAY_QUEUES_MAX || report_full(&r->report);
}

/* A pick goes on as long as its CPU prints entities from the same function. */
static bool goes_on(const struct replay_cpu *cpu, const struct replay_line *line)
{
	return line->kind == REPLAY_ENTITY && !strcmp(line->function, cpu->pick.function);
}

static void process(struct replay *r, const struct replay_line *line)
{
	struct replay_cpu *cpu = find_cpu(r, line->cpu);
	bool named = line->kind == REPLAY_PICK || line->kind == REPLAY_BOOKS ||
		     line->kind == REPLAY_SHIFT;

	if (!cpu) {
		r->report.no_memory = true;
		return;
	}
	r->groups |= line->kind == REPLAY_ENTITY && !line->task;
	if (cpu->picking && goes_on(cpu, line)) {
		pick_entity(r, cpu, line);
		return;
	}
	pick_end(r, cpu);
	if (cpu->unsettled && line->kind != REPLAY_ENTITY) {
		step_settle(r, cpu->unsettled, NULL);
		cpu->unsettled = NULL;
	}
	if (named) {
		cpu->queue = books_queue(&r->books, line->rq_cpu, line->rq);
		if (!cpu->queue) {
			r->report.no_memory = true;
			return;
		}
		r->total.queues += !cpu->queue->counted;
		cpu->queue->counted = true;
	}
	switch (line->kind) {
	case REPLAY_PICK:
		pick_begin(r, cpu, line);
		break;
	case REPLAY_ENTITY:
		step_entity(r, cpu, line);
		break;
	case REPLAY_BOOKS:
		step_books(r, cpu, line);
		break;
	case REPLAY_SHIFT:
		step_shift(r, cpu, line);
		break;
	case REPLAY_LAGS:
		pick_lags(r, cpu, line);
		break;
	case REPLAY_SWV:
		pick_swv(r, cpu, line);
		break;
	case REPLAY_NULL:
		pick_null(r, cpu, line);
		break;
	case REPLAY_FAIL:
		pick_fail(r, cpu, line);
		break;
	case REPLAY_LOST:
		break;
	}
	if (line->kind != REPLAY_ENTITY) {
		cpu->charged = false;
		cpu->placed = false;
		cpu->reweighted &= line->kind == REPLAY_BOOKS;
	}
	cpu->shifted = line->kind == REPLAY_SHIFT;
}

/* At the end of a trace a pick may be cut; its sum_weight tells whether it is. */
static void finish(struct replay *r)
{
	struct replay_queue *q;
	struct replay_cpu *cpu;

	for (cpu = r->cpus; cpu; cpu = cpu->next) {
		if (cpu->picking && !pick_is_complete(r, cpu))
			cpu->cut = true;
		pick_end(r, cpu);
		if (cpu->unsettled)
			step_settle(r, cpu->unsettled, NULL);
	}
	for (q = r->books.queues; q; q = q->next) {
		if (q->pending.row && q->known)
			step_settle(r, q, NULL);
	}
	report_flush(&r->report, true);
}

static enum replay_end print_end(struct replay *r)
{
	if (r->opts->json) {
		if (!report_json(&r->report, &r->reader, &r->total))
			return REPLAY_NO_MEMORY;
	} else {
		report_summary(&r->report, &r->reader, &r->total);
	}
	if (fflush(r->report.out) || ferror(r->report.out))
		return REPLAY_NO_WRITE;
	if (!r->reader.lines)
		return REPLAY_NOTHING;
	return r->report.count ? REPLAY_VIOLATION : REPLAY_CLEAN;
}

/**
 * replay_stream() - recompute a trace
 * @in: the trace
 * @name: of it, for the summary
 * @opts: command line
 * @out: receives what there is to say
 * Return: enum replay_end
 */
enum replay_end replay_stream(FILE *in, const char *name, const struct replay_options *opts,
			      FILE *out)
{
	struct replay *r = calloc(1, sizeof(*r));
	struct replay_line line;
	struct replay_cpu *cpu;
	enum replay_end end;
	int got = 0, error;

	if (!r)
		return REPLAY_NO_MEMORY;
	r->opts = opts;
	r->reader.in = in;
	r->total.name = name;
	r->books.weights = opts->weights;
	report_begin(&r->report, out, !opts->json && !opts->quiet);
	while (!r->report.no_memory && !ferror(out) && (got = replay_next(&r->reader, &line)) > 0) {
		if (line.kind == REPLAY_LOST) {
			struct replay_row *row;

			forget_all(r);
			row = report_row(&r->report, &line);
			report_say(row, REPLAY_UNCHECKED, *line.function ?
				   "this line cannot be read" : "events were lost");
			report_flush(&r->report, false);
			continue;
		}
		if (crowded(r))
			forget_all(r);
		process(r, &line);
		report_flush(&r->report, report_full(&r->report));
	}
	error = errno;
	if (r->report.no_memory) {
		end = REPLAY_NO_MEMORY;
	} else if (got < 0) {
		end = REPLAY_NO_READ;
	} else {
		finish(r);
		r->total.weights = r->books.weights;
		end = print_end(r);
		error = errno;
	}
	report_end(&r->report);
	books_free(&r->books);
	while ((cpu = r->cpus)) {
		r->cpus = cpu->next;
		free(cpu->seen);
		free(cpu);
	}
	free(r);
	errno = error;
	return end;
}

/**
 * replay_run() - eevdf-audit replay
 * @options: struct replay_options
 * @path: of the trace; "-" = standard input
 * Return: exit status
 */
enum audit_status replay_run(const void *options, const char *path)
{
	bool is_stdin = !strcmp(path, "-");
	FILE *in = is_stdin ? stdin : fopen(path, "re");
	char name[256];
	enum replay_end end;

	snprintf(name, sizeof(name), "%s", is_stdin ? "standard input" : path);
	clean_text(name, false);
	if (!in) {
		say("cannot open %s: %s", name, strerror(errno));
		return AUDIT_STATUS_FAILED;
	}
	end = replay_stream(in, name, options, stdout);
	switch (end) {
	case REPLAY_CLEAN:
	case REPLAY_VIOLATION:
		break;
	case REPLAY_NOTHING:
		say("there is no line of a trace in %s; wanted are lines of trace_printk() such as "
		    "'COMM-PID [009] d..2. 34.483160: pick_task_fair: cfs_rq(9:ADDRESS): ...'",
		    name);
		break;
	case REPLAY_NO_MEMORY:
		say("no memory for the books of %s", name);
		break;
	case REPLAY_NO_READ:
		say("cannot read %s: %s", name, strerror(errno));
		break;
	case REPLAY_NO_WRITE:
		break;
	}
	if (!is_stdin)
		fclose(in);
	return end == REPLAY_CLEAN ? AUDIT_STATUS_CLEAN :
	       end == REPLAY_VIOLATION ? AUDIT_STATUS_VIOLATION : AUDIT_STATUS_FAILED;
}
