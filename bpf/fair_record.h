/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the recorder of the fair class sends to user space: a queue, one entity of it, and what the
 * kernel made of them. One form for every kind of record; what a kind does not have is zero.
 *
 * The includer must have u8, u32, u64 and s64.
 */
#ifndef FAIR_RECORD_H
#define FAIR_RECORD_H

/* Entities of a tree that a record can hold; a longer queue is counted and not sent. */
#define FAIR_MAX_TREE 64

/* place_entity()'s flags, kernel/sched/sched.h. */
#define FAIR_ENQUEUE_INITIAL 0x00080000
#define FAIR_ENQUEUE_QUEUED 0x00200000

enum fair_kind {
	FAIR_PICK,
	FAIR_PLACE,
	FAIR_REQUEUE,
	FAIR_REWEIGHT,
	FAIR_KINDS,
};

/**
 * struct fair_entity - a struct sched_entity
 * @id: its address
 * @vruntime: as in struct sched_entity, like all up to @weight
 * @deadline: relative to @vruntime while @rel_deadline is set
 * @vprot: means something while it runs
 * @vlag: of its last dequeue
 * @slice: ns
 * @weight: the flattened one, h_load
 * @pid: of its task
 * @on_rq: queued, or running and not asleep yet
 * @delayed: asleep, but still queued
 * @rel_deadline: see @deadline
 * @custom_slice: @slice is the task's own
 */
struct fair_entity {
	u64 id;
	u64 vruntime;
	u64 deadline;
	u64 vprot;
	s64 vlag;
	u64 slice;
	u64 weight;
	u32 pid;
	u8 on_rq;
	u8 delayed;
	u8 rel_deadline;
	u8 custom_slice;
};

/**
 * struct fair_sums - V of a queue, as it is kept
 * @zero_vruntime: reference point
 * @sum_w_vruntime: over the tree
 * @sum_weight: over the tree
 * @sum_shift: by how much the weights in the sums are shifted
 * @nr_queued: h_nr_queued
 */
struct fair_sums {
	u64 zero_vruntime;
	s64 sum_w_vruntime;
	u64 sum_weight;
	u32 sum_shift;
	u32 nr_queued;
};

/**
 * struct fair_record - a call of one of the recorded functions
 * @kind: enum fair_kind
 * @cpu: the queue's
 * @arg: pick: its argument protect; placement: the flags; reweight: the new weight
 * @on_rq: reweight: its argument on_rq
 * @nr_tree: how many entries of @tree were sent
 * @base_slice: sysctl_sched_base_slice, ns
 * @next: address of the buddy, or 0
 * @chosen: pick: address of the entity, or 0
 * @before: at entry
 * @after: at exit; not for a pick, which changes nothing
 * @curr: the running entity at entry; its id is 0 if there is none
 * @se: the entity concerned at entry; not for a pick
 * @se_after: the same at exit
 * @tree: in order, which matters where deadlines are equal; not for a placement
 */
struct fair_record {
	u32 kind;
	u32 cpu;
	u64 arg;
	u32 on_rq;
	u32 nr_tree;
	u64 base_slice;
	u64 next;
	u64 chosen;
	struct fair_sums before;
	struct fair_sums after;
	struct fair_entity curr;
	struct fair_entity se;
	struct fair_entity se_after;
	struct fair_entity tree[FAIR_MAX_TREE];
};

#endif /* FAIR_RECORD_H */
