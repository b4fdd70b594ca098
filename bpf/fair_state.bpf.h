/* SPDX-License-Identifier: GPL-2.0 */
/* What the rooms of the fair class's audit share: settings, counters, notes. */
#ifndef FAIR_STATE_BPF_H
#define FAIR_STATE_BPF_H

#include "fair_fields.bpf.h"

/* Of a walk: entities of a queue; queues of groups below one. */
#define FAIR_GROUPS 32

/* A power of two, so that a mask is a bound. */
#define FAIR_CHECKS_MAX 16
_Static_assert(FAIR_CHECK_NR <= FAIR_CHECKS_MAX, "raise FAIR_CHECKS_MAX");

/* Set by user space before loading. */
const volatile u32 max_walk = 512;
const volatile u32 sample = 1;
/* The kernel's tick, ns: part of the lag's bound. */
const volatile u64 tick_ns = 4000000;
/* Bits 1 << enum fair_room: what is on. */
const volatile u32 rooms;
/* A finding also goes into the trace buffer, to be dumped when the kernel crashes. */
const volatile bool to_trace;
/* For the tests: expect what is not so. Bits 1 << enum fair_check. */
const volatile u32 mutated;

/* enum fair_weighting; found out and set by user space. */
u32 weighting;
/* By enum fair_check: told already. */
u32 told[FAIR_CHECKS_MAX];

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct fair_counts);
} counters SEC(".maps");

/* Each has one place, for only the first of a kind is told. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, FAIR_CHECK_NR);
	__type(key, u32);
	__type(value, struct fair_finding);
} findings SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 << 10);
} reports SEC(".maps");

/**
 * struct fair_scratch - of one CPU, while a walk or a report lasts
 *
 * The state of a walk is in memory and its steps are global functions: the verifier then looks at
 * each step once, and not at all the ways through a tree.
 *
 * @address: see fair_address()
 * @queue: that is walked
 * @chosen: by the pick
 * @v0: kept reference point
 * @kept_sum: kept sum_w_vruntime
 * @kept_weight: kept sum_weight
 * @avg: kept_sum and what runs
 * @load: kept_weight and what runs
 * @sum: of the tree, recomputed
 * @weight: same
 * @low: least vruntime - v0
 * @high: largest
 * @last: deadline of the entity before
 * @best: with the earliest deadline of all that are eligible, 0 = nobody is
 * @best_deadline: its
 * @n: entities in the tree
 * @hook: enum fair_hook
 * @shift: sum_shift
 * @any: @low and @high are valid
 * @member: @chosen was seen
 * @groups: queues that were seen below the one walked
 * @nr_groups: of these
 * @nr_stack: of @stack
 * @stack: of an unlocked call
 */
struct fair_scratch {
	u64 address;
	u64 queue;
	u64 chosen;
	u64 v0;
	s64 kept_sum;
	u64 kept_weight;
	s64 avg;
	u64 load;
	s64 sum;
	u64 weight;
	s64 low;
	s64 high;
	u64 last;
	u64 best;
	u64 best_deadline;
	u32 n;
	u32 hook;
	u32 shift;
	u32 any;
	u32 member;
	u32 nr_groups;
	u64 groups[FAIR_GROUPS];
	u32 nr_stack;
	u64 stack[FAIR_STACK];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct fair_scratch);
} scratches SEC(".maps");

/**
 * struct fair_note - what an entry leaves for its exit, by the queue's CPU, under its lock
 * @charged: update_curr: whom; 0 = nothing to compare
 * @vruntime: same, before
 * @exec: same, sum_exec_runtime before, ns
 * @zero: avg_vruntime: reference point before
 * @leaver: dequeue_task_fair: who
 * @slice: same, the request that bounds its lag, ns
 * @next: where the flight recorder goes on
 * @events: last ones
 */
struct fair_note {
	u64 charged;
	u64 vruntime;
	u64 exec;
	u64 zero;
	u64 leaver;
	u64 slice;
	u32 next;
	struct fair_event events[FAIR_EVENTS];
};

/* User space sets the size: the CPUs. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct fair_note);
} notes SEC(".maps");

static __always_inline struct fair_counts *fair_counters(void)
{
	u32 key = 0;

	return bpf_map_lookup_elem(&counters, &key);
}

static __always_inline struct fair_scratch *fair_scratch(void)
{
	u32 key = 0;

	return bpf_map_lookup_elem(&scratches, &key);
}

/* A pointer as a number: global functions take no other, and only memory makes one of it. */
static __always_inline u64 fair_address(const void *pointer)
{
	struct fair_scratch *s = fair_scratch();

	if (!s)
		return 0;
	*(volatile u64 *)&s->address = (u64)pointer;
	return *(volatile u64 *)&s->address;
}

static __always_inline struct fair_note *fair_note(u32 cpu)
{
	return bpf_map_lookup_elem(&notes, &cpu);
}

static __always_inline bool fair_in(enum fair_room room)
{
	return rooms & (1U << room);
}

/* Is it this call's turn? One in @sample, on each CPU. */
static __always_inline bool fair_turn(struct fair_counts *c, enum fair_room room)
{
	if (sample == 1)
		return true;
	if (c->calls[room]) {
		c->calls[room]--;
		return false;
	}
	/* Ahead of time, so that a call that is left out costs less. */
	c->calls[room] = sample - 1;
	c->sampled_out[room] += sample - 1;
	return true;
}

/* Note what has happened to a queue whose lock is held. */
static __always_inline void fair_record(struct cfs_rq *q, struct sched_entity *se,
					enum fair_hook hook, s64 delta)
{
	struct fair_note *n;
	struct fair_event *e;
	u32 at;

	if (!fair_in(FAIR_ROOM_RECORD))
		return;
	n = fair_note(fair_queue_cpu(q));
	if (!n)
		return;
	at = n->next++ % FAIR_EVENTS;
	e = &n->events[at];
	e->time = bpf_ktime_get_ns();
	e->queue = (u64)q;
	e->id = (u64)se;
	e->sum = fair_kept_sum(q);
	e->weight = fair_kept_weight(q);
	e->zero = fair_zero(q);
	e->vruntime = se ? se->vruntime : 0;
	e->deadline = se ? se->deadline : 0;
	e->delta = delta;
	e->pid = se && !fair_group(se) ? fair_entity_task(se)->pid : 0;
	e->hook = hook;
}

#endif /* FAIR_STATE_BPF_H */
