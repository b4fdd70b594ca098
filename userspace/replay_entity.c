// SPDX-License-Identifier: GPL-2.0
#include "replay_check.h"

typedef uint8_t u8;
typedef uint32_t u32;
typedef unsigned long long u64;
typedef long long s64;

#include <eevdf/weight.h>

#define NICE_LEVELS 40

static bool is_nice(uint64_t weight)
{
	int i;

	for (i = 0; i < NICE_LEVELS; i++)
		if (weight == eevdf_weight(100 + i, false))
			return true;
	return weight == EEVDF_WEIGHT_IDLE;
}

/**
 * entity_check() - what holds for an entity by itself
 * @r: run
 * @row: of the line, not decided
 * @q: queue of the entity, or NULL
 * @line: about an entity
 *
 * Its deadline lies ahead of it: update_deadline() sees to that whenever it was charged. Up to
 * Linux 7.0 the weight of a task is that of a nice level, or SCHED_IDLE's; later, when weights
 * count in full, the share of its group is in it.
 */
void entity_check(struct replay *r, struct replay_row *row, const struct replay_queue *q,
		  const struct replay_line *line)
{
	struct replay_finding *f;

	if ((int64_t)(line->deadline - line->vruntime) <= 0) {
		f = report_find(&r->report, row, q, "deadline",
				"the deadline of %s is not ahead of its vruntime", line->name);
		report_figures(f, line->deadline, line->vruntime);
	}
	if (line->task && r->books.weights == REPLAY_WEIGHTS_SCALED && !is_nice(line->weight))
		report_find(&r->report, row, q, "weight", "%llu is the weight of no nice level",
			    (unsigned long long)line->weight);
}
