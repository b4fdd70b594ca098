/* SPDX-License-Identifier: GPL-2.0 */
/* A trace out of a file or a mail: quotes taken off, wrapped lines joined, prose passed over. */
#ifndef LEDGER_REPLAY_READ_H
#define LEDGER_REPLAY_READ_H

#include "replay.h"

/* Longer lines are no trace. */
#define REPLAY_LINE_MAX 4096
/* Into so many parts may a mail have broken a line. */
#define REPLAY_PARTS_MAX 6

/**
 * struct replay_reader - where the reading of a stream stands
 * @in: stream
 * @number: of the last line read, from 1
 * @lines: lines of the trace so far
 * @prose: lines that are none, without empty ones
 * @other: lines of a trace, of other events
 * @broken: lines that begin as one and cannot be read
 * @text: the last line read
 * @held: the beginning of a wrapped line
 * @joined: @held with @text behind it
 * @parts: lines in @held
 * @held_number: number of the first of them
 * @held_line: as much as could be understood of @held
 * @ahead: @next was read already
 * @next: to be delivered next
 */
struct replay_reader {
	FILE *in;
	unsigned long number;
	unsigned long lines, prose, other, broken;
	char text[REPLAY_LINE_MAX];
	char held[REPLAY_LINE_MAX];
	char joined[REPLAY_LINE_MAX];
	unsigned int parts;
	unsigned long held_number;
	struct replay_line held_line;
	bool ahead;
	struct replay_line next;
};

int replay_next(struct replay_reader *r, struct replay_line *line);

#endif /* LEDGER_REPLAY_READ_H */
