// SPDX-License-Identifier: GPL-2.0
#include "replay_check.h"

typedef uint8_t u8;
typedef uint32_t u32;
typedef unsigned long long u64;
typedef long long s64;

#include <eevdf/weight.h>

#define NICE_LEVELS 40

/**
 * nice_check() - up to Linux 7.0 the weight of a task is that of a nice level, or SCHED_IDLE's
 * @r: run; with weights that count in full nothing is checked, the groups' share is in them
 * @row: of the line, not decided
 * @q: queue of the entity, or NULL
 * @line: about an entity
 */
void nice_check(struct replay *r, struct replay_row *row, const struct replay_queue *q,
		const struct replay_line *line)
{
	int i;

	if (!line->task || r->books.weights != REPLAY_WEIGHTS_SCALED ||
	    line->weight == EEVDF_WEIGHT_IDLE)
		return;
	for (i = 0; i < NICE_LEVELS; i++)
		if (line->weight == eevdf_weight(100 + i, false))
			return;
	report_find(&r->report, row, q, "weight", "%llu is the weight of no nice level",
		    (unsigned long long)line->weight);
}
