// SPDX-License-Identifier: GPL-2.0
/* eevdf-audit show: the module's records, once. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"
#include "watch.h"

/**
 * struct record - the first two lines of a violation in the module's file
 * @seq: number, from 0
 * @at: ns since boot
 * @cpu: whose timeline
 * @invariant: broken
 * @event: at which it was seen
 * @flags: of the event
 * @task: comm:pid
 * @slot: the scheduler's number for it; negative = none
 */
struct record {
	uint64_t seq, at;
	unsigned int cpu;
	char invariant[48];
	char event[48];
	char flags[16];
	char task[64];
	int slot;
};

static bool parse_record(const char *line, struct record *rec)
{
	const char *task, *slot = NULL, *p;
	int n = 0;

	if (sscanf(line, "seq %" SCNu64 " at %" SCNu64 " cpu %u invariant %47s event %47s "
		   "flags %15s task %n", &rec->seq, &rec->at, &rec->cpu, rec->invariant,
		   rec->event, rec->flags, &n) != 6 || !n)
		return false;
	/* A task's name may hold blanks, and " slot " too. */
	task = line + n;
	for (p = strstr(task, " slot "); p; p = strstr(p + 1, " slot "))
		slot = p;
	if (!slot || slot - task >= (long)sizeof(rec->task) ||
	    sscanf(slot, " slot %d", &rec->slot) != 1)
		return false;
	memcpy(rec->task, task, slot - task);
	rec->task[slot - task] = '\0';
	return true;
}

static void print_record(FILE *out, const struct record *rec)
{
	fprintf(out, "\nviolation %" PRIu64 ": %s on CPU %u, at the event %s (flags %s), "
		"%" PRIu64 ".%09" PRIu64 " s after boot\n", rec->seq, rec->invariant, rec->cpu,
		rec->event, rec->flags, rec->at / (uint64_t)NSEC_PER_SEC,
		rec->at % (uint64_t)NSEC_PER_SEC);
	fprintf(out, "  task        %s", rec->task);
	if (rec->slot >= 0)
		fprintf(out, ", slot %d", rec->slot);
	fputc('\n', out);
}

/* "expected A got B difference C multiple_of_weights M" */
static bool print_figures(FILE *out, const char *line)
{
	long long expected, got, difference;
	unsigned int multiple;

	if (sscanf(line, " expected %lld got %lld difference %lld multiple_of_weights %u",
		   &expected, &got, &difference, &multiple) != 4)
		return false;
	fprintf(out, "  expected    %lld\n  got         %lld\n  difference  %lld%s\n", expected,
		got, difference,
		multiple ? ", a multiple of the queue's weights: the signature of a lost or "
			   "foreign shift" : "");
	return true;
}

/* "entity vruntime 1 deadline 2 ...": the first word, then the rest. */
static void print_rest(FILE *out, const char *line)
{
	size_t blanks = strspn(line, " "), len = strcspn(line + blanks, " ");

	fprintf(out, "  %-11.*s %s\n", (int)len, line + blanks,
		line + blanks + len + (line[blanks + len] == ' '));
}

/* What is not understood is printed as it is: the file may have grown. */
static void print_violations(FILE *out, char *text)
{
	struct record rec;
	char *line, *rest;

	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		clean_text(line, false);
		if (parse_record(line, &rec))
			print_record(out, &rec);
		else if (*line != ' ')
			fprintf(out, "%s\n", line);
		else if (!print_figures(out, line))
			print_rest(out, line);
	}
}

static void print_lines(FILE *out, char *text)
{
	char *line, *rest;

	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		clean_text(line, false);
		fprintf(out, "  %s\n", line);
	}
}

/**
 * show_stream() - print what the module has recorded
 * @root: put before paths
 * @out: stream
 * Return: exit status
 */
enum audit_status show_stream(const char *root, FILE *out)
{
	static struct watch_sample sample;
	__u64 violations;
	char *text, why[512];
	int error;

	if (!module_ask(&sample, root, why, sizeof(why))) {
		say("%s", why);
		return AUDIT_STATUS_FAILED;
	}
	watch_totals(&sample, out);
	text = module_file(root, "cpus", &error);
	if (text) {
		fputs("\ntimelines\n", out);
		print_lines(out, text);
	}
	free(text);
	violations = watch_counter(&sample, "violations");
	text = module_file(root, "violations", &error);
	if (!text) {
		say("cannot read " LEDGER_MODULE_DIR "/violations: %s", strerror(error));
		return AUDIT_STATUS_FAILED;
	}
	if (!*text)
		fputs("\nno violation is recorded\n", out);
	print_violations(out, text);
	free(text);
	return violations ? AUDIT_STATUS_VIOLATION : AUDIT_STATUS_CLEAN;
}

/**
 * show_run() - eevdf-audit show
 * @options: struct show_options
 * @operand: none
 * Return: exit status
 */
enum audit_status show_run(const void *options, const char *operand)
{
	(void)options;
	(void)operand;
	return show_stream("", stdout);
}
