/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A failing history is made as short and as plain as it can be, told in words, and kept as text: a
 * unit of bytes a line, what it means behind a '#'.
 */
#ifndef SHRINK_H
#define SHRINK_H

#include "history.h"

#include <errno.h>

static inline bool shrink_fails(const u8 *data, size_t size)
{
	static struct hist h;

	return !hist_run(&h, data, size, NULL);
}

/* Takes steps out, in ever smaller pieces, while it still fails. */
static inline size_t shrink_steps(u8 *data, size_t size)
{
	size_t units = size / HIST_UNIT, piece;
	u8 *shorter = malloc(size);

	if (!shorter)
		return size;
	for (piece = units / 2 ? units / 2 : 1; piece; piece /= 2) {
		size_t at = 1;

		while (at < units) {
			size_t cut = at + piece > units ? units - at : piece;

			memcpy(shorter, data, at * HIST_UNIT);
			memcpy(shorter + at * HIST_UNIT, data + (at + cut) * HIST_UNIT,
			       (units - at - cut) * HIST_UNIT);
			if (shrink_fails(shorter, (units - cut) * HIST_UNIT)) {
				units -= cut;
				memcpy(data, shorter, units * HIST_UNIT);
			} else {
				at += cut;
			}
		}
	}
	free(shorter);
	return units * HIST_UNIT;
}

/* Takes two steps out that only need each other; a short history, for it is tried for any two. */
static inline size_t shrink_pairs(u8 *data, size_t size)
{
	enum { MOST = 32 };
	size_t units = size / HIST_UNIT, a, b;
	u8 shorter[MOST * HIST_UNIT];

	if (units > MOST)
		return size;
	for (a = 1; a < units; a++)
		for (b = a + 1; b < units; b++) {
			size_t end = (b - 1) * HIST_UNIT;

			memcpy(shorter, data, a * HIST_UNIT);
			memcpy(shorter + a * HIST_UNIT, data + (a + 1) * HIST_UNIT,
			       (b - a - 1) * HIST_UNIT);
			memcpy(shorter + end, data + (b + 1) * HIST_UNIT,
			       (units - b - 1) * HIST_UNIT);
			if (!shrink_fails(shorter, (units - 2) * HIST_UNIT))
				continue;
			units -= 2;
			memcpy(data, shorter, units * HIST_UNIT);
			b = a;
		}
	return units * HIST_UNIT;
}

/* Bytes to 0, or to something smaller. True if any could. */
static inline bool shrink_bytes(u8 *data, size_t size)
{
	bool any = false;
	size_t i;

	for (i = 0; i < size; i++) {
		u8 was = data[i];
		u8 tries[4] = { 0, was >> 1, was & (was - 1), was - 1 };
		int n;

		for (n = 0; n < 4 && was; n++) {
			data[i] = tries[n];
			if (shrink_fails(data, size)) {
				any = true;
				break;
			}
			data[i] = was;
		}
	}
	return any;
}

/**
 * shrink - make a failing history smaller, until nothing can be taken from it
 * @data: bytes, changed in place
 * @size: how many
 *
 * Return: the new size.
 */
static inline size_t shrink(u8 *data, size_t size)
{
	static struct hist h;
	size_t before;
	bool changed;

	if (hist_run(&h, data, size, NULL))
		return size;
	size = h.used;
	do {
		before = size;
		size = shrink_pairs(data, shrink_steps(data, size));
		changed = shrink_bytes(data, size);
	} while (size < before || changed);
	return size;
}

/* Prints a history, and in words what happens in it, each line after @mark. */
static inline void case_print(FILE *out, const char *mark, const u8 *data, size_t size)
{
	static struct hist h;
	char *words = NULL, *line, *next;
	size_t length, at, i;
	FILE *trace;

	trace = open_memstream(&words, &length);
	if (!trace)
		return;
	hist_run(&h, data, size, trace);
	fclose(trace);
	fprintf(out, "%s# %.100s\n", mark, h.failed ? h.why : "no difference");
	for (at = 0, line = words; at + HIST_UNIT <= size; at += HIST_UNIT, line = next) {
		fputs(mark, out);
		for (i = 0; i < HIST_UNIT; i++)
			fprintf(out, "%02x ", data[at + i]);
		next = strchr(line, '\n');
		if (!next) {
			fputc('\n', out);
			next = line;
			continue;
		}
		while (next > line && next[-1] == ' ')
			*--next = '\n';
		fprintf(out, " # %.*s\n", (int)(next - line < 88 ? next - line : 88), line);
		next += strspn(next, "\n");
	}
	free(words);
}

/**
 * case_save - write a history to a file of its own
 * @folder: an existing one
 * @data: bytes
 * @size: how many
 * @path: result: where it is, room for 512 bytes
 *
 * Return: 0, or an errno.
 */
static inline int case_save(const char *folder, const u8 *data, size_t size, char *path)
{
	u64 hash = 0xcbf29ce484222325ULL;
	FILE *out;
	size_t i;

	/* FNV-1a */
	for (i = 0; i < size; i++)
		hash = (hash ^ data[i]) * 0x100000001b3ULL;
	snprintf(path, 512, "%s/case-%016llx", folder, hash);
	out = fopen(path, "w");
	if (!out)
		return errno;
	fprintf(out, "# SPDX-License-Identifier: GPL-2.0\n");
	case_print(out, "", data, size);
	return fclose(out) ? errno : 0;
}

/**
 * case_load - read what case_save() wrote
 * @path: file
 * @data: result
 * @room: bytes there
 *
 * Return: number of bytes, -1 if it cannot be read or is no history.
 */
static inline long case_load(const char *path, u8 *data, size_t room)
{
	FILE *in = fopen(path, "r");
	char line[512], *at, *end;
	size_t size = 0;
	long byte;

	if (!in)
		return -1;
	while (fgets(line, sizeof(line), in)) {
		line[strcspn(line, "#\n")] = '\0';
		for (at = line;; at = end) {
			byte = strtol(at, &end, 16);
			if (end == at)
				break;
			if (byte < 0 || byte > 255 || size >= room) {
				fclose(in);
				return -1;
			}
			data[size++] = byte;
		}
		if (at[strspn(at, " \t")]) {
			fclose(in);
			return -1;
		}
	}
	fclose(in);
	return size < 2 * HIST_UNIT || size % HIST_UNIT ? -1 : (long)size;
}

/* Tells of a failing history on @out, made small, and keeps it if HISTORY_CASES names a folder. */
static inline size_t case_report(FILE *out, const char *mark, u8 *data, size_t size)
{
	const char *folder = getenv("HISTORY_CASES");
	char path[512];
	int error;

	size = shrink(data, size);
	case_print(out, mark, data, size);
	if (!folder) {
		fprintf(out, "%sHISTORY_CASES=FOLDER in the environment keeps it as a file\n",
			mark);
		return size;
	}
	error = case_save(folder, data, size, path);
	if (error)
		fprintf(out, "%scannot write %s: %s\n", mark, path, strerror(error));
	else
		fprintf(out, "%skept as %s\n", mark, path);
	return size;
}

#endif /* SHRINK_H */
