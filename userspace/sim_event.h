/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What happens next: a heap of timers. Each CPU and each task has one; of those that are due at the
 * same time the one that was set first comes first.
 */
#ifndef LEDGER_SIM_EVENT_H
#define LEDGER_SIM_EVENT_H

#include "sim_eevdf.h"

struct sim_event {
	u64 at;
	u64 order;
	u32 timer;
};

/**
 * struct sim_events - the heap
 * @heap: @nr events
 * @place: of each timer in the heap, plus one; 0 = not set
 * @orders: timers set so far
 */
struct sim_events {
	struct sim_event *heap;
	u32 *place;
	u64 orders;
	u32 nr;
};

static inline bool sim_event_before(const struct sim_event *a, const struct sim_event *b)
{
	return a->at < b->at || (a->at == b->at && a->order < b->order);
}

static inline void sim_event_put(struct sim_events *q, u32 i, const struct sim_event *ev)
{
	q->heap[i] = *ev;
	q->place[ev->timer] = i + 1;
}

/* The event at @i takes the place that its time gives it. */
static inline void sim_event_settle(struct sim_events *q, u32 i)
{
	struct sim_event ev = q->heap[i];
	u32 child;

	while (i && sim_event_before(&ev, &q->heap[(i - 1) / 2])) {
		sim_event_put(q, i, &q->heap[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
	while ((child = 2 * i + 1) < q->nr) {
		if (child + 1 < q->nr && sim_event_before(&q->heap[child + 1], &q->heap[child]))
			child++;
		if (!sim_event_before(&q->heap[child], &ev))
			break;
		sim_event_put(q, i, &q->heap[child]);
		i = child;
	}
	sim_event_put(q, i, &ev);
}

static inline void sim_event_cancel(struct sim_events *q, u32 timer)
{
	u32 place = q->place[timer];

	if (!place)
		return;
	q->place[timer] = 0;
	if (place == q->nr--)
		return;
	q->heap[place - 1] = q->heap[q->nr];
	sim_event_settle(q, place - 1);
}

/* Sets a timer, or changes it; at SIM_NEVER it is off. */
static inline void sim_event_set(struct sim_events *q, u32 timer, u64 at)
{
	sim_event_cancel(q, timer);
	if (at == ~0ULL)
		return;
	q->heap[q->nr] = (struct sim_event){ .at = at, .order = q->orders++, .timer = timer };
	sim_event_settle(q, q->nr++);
}

/* When a timer is due. */
static inline u64 sim_event_at(const struct sim_events *q, u32 timer)
{
	return q->place[timer] ? q->heap[q->place[timer] - 1].at : ~0ULL;
}

#endif /* LEDGER_SIM_EVENT_H */
