/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The audit of the kernel's own fair class: what is checked, and the record of a failure. Written
 * by bpf/fair_audit.bpf.c, read by the module (kmod/fair.c) and by user space. Layout only.
 */
#ifndef LEDGER_FAIR_H
#define LEDGER_FAIR_H

#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

/* Raised with every change of a layout or of a meaning below; the module refuses another one. */
#define FAIR_ABI 1

/* The queue printed with a finding, the events, the call chain. */
#define FAIR_LINES 64
#define FAIR_EVENTS 32
#define FAIR_STACK 8
#define FAIR_COMM 16

/* A room of hooks, each can be left out. */
enum fair_room {
	FAIR_ROOM_QUEUE,
	FAIR_ROOM_ZERO,
	FAIR_ROOM_CHARGE,
	FAIR_ROOM_LAG,
	FAIR_ROOM_RECORD,
	FAIR_ROOM_NR,
};

/*
 * X(CONSTANT, "name", room, "what it promises"). All are exact. STALE_SLICE is no violation:
 * kernels without max_slice are known for it, and use the figure for the slices of groups only.
 */
#define FAIR_CHECKS(X)                                                                             \
	X(SUM, "sum_w_vruntime", QUEUE, "the kept sum of weighted keys is their sum")              \
	X(WEIGHT, "sum_weight", QUEUE, "the kept sum of weights is the sum of the weights")        \
	X(ELIGIBLE, "eligible", QUEUE, "by the kept sums somebody is eligible before the pick")    \
	X(ORDER, "order", QUEUE, "the tree is in the order of the deadlines")                      \
	X(MIN_VRUNTIME, "min_vruntime", QUEUE, "each node knows the least vruntime below it")      \
	X(MIN_SLICE, "min_slice", QUEUE, "each node knows the shortest request below it")          \
	X(MAX_SLICE, "max_slice", QUEUE, "each node knows the longest request below it")           \
	X(FOREIGN, "foreign", QUEUE, "the sums stay while the queue's lock is held")               \
	X(PICK, "pick", QUEUE, "the choice has the earliest eligible deadline, or may stay")     \
	X(UNLOCKED, "unlocked", ZERO, "avg_vruntime is only called with the queue's lock held")    \
	X(ZERO, "zero_point", ZERO, "avg_vruntime returns the floor of the weighted average")      \
	X(CHARGE, "charge", CHARGE, "vruntime grows by exactly the scaled run time")               \
	X(DEADLINE, "deadline", CHARGE, "after an update vruntime is before the deadline")         \
	X(LAG, "lag", LAG, "the lag stored at a dequeue is within its bound")                      \
	X(STALE_SLICE, "stale_min_slice", QUEUE, "known: min_slice is not kept in a rotation")

enum fair_check {
#define FAIR_CHECK_ENUM(id, name, room, promise) FAIR_CHECK_##id,
	FAIR_CHECKS(FAIR_CHECK_ENUM)
#undef FAIR_CHECK_ENUM
	FAIR_CHECK_NR,
};

/* X(CONSTANT, "name"): what the flight recorder notes, and where a check was made. */
#define FAIR_HOOKS(X)                                                                              \
	X(PICK, "pick_eevdf")                                                                      \
	X(PICK_TASK, "pick_task_fair")                                                             \
	X(AVG, "avg_vruntime")                                                                     \
	X(UPDATE, "update_curr")                                                                   \
	X(ENQUEUE, "__enqueue_entity")                                                             \
	X(DEQUEUE, "__dequeue_entity")                                                             \
	X(PLACE, "place_entity")                                                                   \
	X(LEAVE, "dequeue_task_fair")

enum fair_hook {
#define FAIR_HOOK_ENUM(id, name) FAIR_HOOK_##id,
	FAIR_HOOKS(FAIR_HOOK_ENUM)
#undef FAIR_HOOK_ENUM
	FAIR_HOOK_NR,
};

/* How a weight counts in the sums; NONE: not known yet, nothing is compared. */
enum fair_weighting {
	FAIR_WEIGHTING_NONE,
	FAIR_WEIGHTING_FLAT,	/* h_load, the flattened weight */
	FAIR_WEIGHTING_FULL,	/* load.weight */
	FAIR_WEIGHTING_SCALED,	/* load.weight / 1024, 2 at least */
	FAIR_WEIGHTING_NR,
};

/* struct fair_line::flags: the letters of the trace format */
#define FAIR_LINE_GROUP 1	/* @, else T */
#define FAIR_LINE_CHOSEN 2	/* < */
#define FAIR_LINE_PROTECTED 4	/* = */
#define FAIR_LINE_CURR 8	/* > */
#define FAIR_LINE_ELIGIBLE 16	/* , E */
#define FAIR_LINE_BAD 32	/* its augmented figures are wrong */

/**
 * struct fair_line - an entity of a queue
 * @id: its address
 * @vruntime: virtual ns
 * @deadline: virtual ns
 * @weight: as the kernel prints it, 1048576 = nice 0
 * @pid: 0 for a group
 * @flags: see above
 * @comm: as it is, not cleaned
 */
struct fair_line {
	__u64 id;
	__u64 vruntime;
	__u64 deadline;
	__u64 weight;
	__s32 pid;
	__u32 flags;
	char comm[FAIR_COMM];
};

/**
 * struct fair_event - what the flight recorder noted, at the end of a function
 * @time: ktime, ns; 0: the place is empty
 * @queue: address
 * @id: the entity's address; 0: none
 * @sum: kept sum_w_vruntime
 * @weight: kept sum_weight
 * @zero: kept reference point, virtual ns
 * @vruntime: of the entity, virtual ns
 * @deadline: same
 * @delta: AVG: how far the reference point moved
 * @pid: of the entity's task; 0 for a group
 * @hook: enum fair_hook
 */
struct fair_event {
	__u64 time;
	__u64 queue;
	__u64 id;
	__s64 sum;
	__u64 weight;
	__u64 zero;
	__u64 vruntime;
	__u64 deadline;
	__s64 delta;
	__s32 pid;
	__u32 hook;
};

/**
 * struct fair_finding - a check that failed, the first of its kind
 * @abi: FAIR_ABI
 * @size: of this
 * @check: enum fair_check
 * @hook: enum fair_hook, where it was seen
 * @time: ktime, ns
 * @queue: address
 * @id: of the entity it is about; 0: the queue itself
 * @kept: what the kernel has
 * @recomputed: what it should be
 * @sum: kept sum_w_vruntime
 * @weight: kept sum_weight
 * @zero: kept reference point, virtual ns
 * @avg: V by the kept figures, of all that run or wait, virtual ns
 * @shift: sum_shift
 * @cpu: of the queue
 * @here: CPU that this ran on
 * @pid: of the current task
 * @nr_queue: entities in the tree
 * @nr_lines: of these, and the running one, in @lines
 * @nr_events: in @events, oldest first
 * @nr_stack: in @stack, innermost first
 * @comm: of the current task, as it is, not cleaned
 * @stack: return addresses
 * @lines: the queue in order, the running entity last
 * @events: of this CPU
 */
struct fair_finding {
	__u32 abi;
	__u32 size;
	__u32 check;
	__u32 hook;
	__u64 time;
	__u64 queue;
	__u64 id;
	__u64 kept;
	__u64 recomputed;
	__s64 sum;
	__u64 weight;
	__u64 zero;
	__u64 avg;
	__u32 shift;
	__u32 cpu;
	__u32 here;
	__s32 pid;
	__u32 nr_queue;
	__u32 nr_lines;
	__u32 nr_events;
	__u32 nr_stack;
	char comm[FAIR_COMM];
	__u64 stack[FAIR_STACK];
	struct fair_line lines[FAIR_LINES];
	struct fair_event events[FAIR_EVENTS];
};

/**
 * struct fair_counts - counters of one CPU
 * @checks: comparisons, by enum fair_check
 * @violations: of these, how many failed
 * @not_checked: calls in which nothing could be compared, by enum fair_room
 * @sampled_out: calls left out by sampling, same; counted when the run of them begins
 * @truncated: queues longer than the walk's limit: not compared
 * @walks: queues that were walked
 * @walk_ns: time that took
 * @entities: on these queues
 * @longest: the longest of them
 * @worst_lag: largest |V - vruntime| on them, virtual ns
 * @calls: of hooks of a room until the next that is not left out
 * @matches: while the weighting is not known: walks that agree with each one
 * @learned: walks that could tell
 */
struct fair_counts {
	__u64 checks[FAIR_CHECK_NR];
	__u64 violations[FAIR_CHECK_NR];
	__u64 not_checked[FAIR_ROOM_NR];
	__u64 sampled_out[FAIR_ROOM_NR];
	__u64 truncated;
	__u64 walks;
	__u64 walk_ns;
	__u64 entities;
	__u64 longest;
	__u64 worst_lag;
	__u64 calls[FAIR_ROOM_NR];
	__u64 matches[FAIR_WEIGHTING_NR];
	__u64 learned;
};

#endif /* LEDGER_FAIR_H */
