/* SPDX-License-Identifier: GPL-2.0 */
/*
 * EEVDF as in Linux 7.3's fair.c, once, for every includer: the BPF scheduler (pointers into an
 * arena) and user space (tests, fuzzer, simulator). Nothing in this folder calls anything outside
 * of it.
 *
 * The includer may define, before the first include:
 *   __eevdf        qualifier of every pointer to an entity or a timeline (an address space)
 *   EEVDF_CAN_LOOP an expression that every loop asks before another round; false ends the loop
 *   eevdf_func     how the larger functions are declared
 *   eevdf_global   how those are declared that a verifier proves once, wherever they are called
 *   __eevdf_arg    what it must be told of their pointers
 * and must have u8, u32, u64, s64, bool, true, false and NULL.
 *
 * Who calls holds the timeline's lock. Time and slices are ns, vruntime, deadline and lag are
 * virtual ns: real ns at weight NICE_0 (1024 * 1024), fewer for a heavier entity.
 */
#ifndef EEVDF_TYPES_H
#define EEVDF_TYPES_H

#include <ledger/rules.h>

#ifndef __eevdf
#define __eevdf
#endif
#ifndef EEVDF_CAN_LOOP
#define EEVDF_CAN_LOOP 1
#endif
#ifndef eevdf_func
#define eevdf_func static inline
#endif
#ifndef eevdf_global
#define eevdf_global static inline
#endif
#ifndef __eevdf_arg
#define __eevdf_arg
#endif

/* enum eevdf_policy: what wakeup preemption needs to know of a task's policy. */
enum eevdf_policy {
	EEVDF_NORMAL,
	EEVDF_BATCH,
	EEVDF_IDLE,
};

/**
 * struct eevdf_entity - a task's account
 * @left: @right, @parent: the tree; meaningful while @on_tree
 * @right: see @left
 * @parent: see @left
 * @older: the entity that came into the tree just before this one (guard.h)
 * @newer: the one just after
 * @vruntime: service received so far, scaled by weight
 * @deadline: when the current request should be complete; the tree's key. While @rel_deadline is
 *	set: relative to @vruntime
 * @vprot: as the running entity it is protected while vruntime < vprot (pick.h)
 * @vlag: V - vruntime at the last leave, bounded; positive = service is owed
 * @slice: length of a request, ns
 * @custom_slice: the task's own slice, ns; 0 = the timeline's base slice
 * @weight: 1024 * 1024 = nice 0, [2, 2^28]
 * @credit: service that it was granted and has not consumed, virtual ns * weight (credit.h)
 * @carry: what it has paid above what its gifts were, same unit, [0, @weight) (credit.h)
 * @min_vruntime: of this subtree
 * @min_slice: of this subtree
 * @max_slice: of this subtree
 * @level: on its way between timelines: what eevdf_level() was (global.h); see @has_level
 * @offset: of its level, virtual ns (global.h)
 * @since: when it last ran, or woke up, by the caller's clock (guard.h)
 * @height: of this subtree, 1 for a leaf
 * @on_tree: it is in its timeline's tree
 * @rel_deadline: see @deadline
 * @delayed: its task sleeps; a ghost in the tree until its lag is paid (lag.h)
 * @policy: enum eevdf_policy
 * @has_level: it has left a timeline, runnable, and brings @level along
 */
struct eevdf_entity {
	struct eevdf_entity __eevdf *left;
	struct eevdf_entity __eevdf *right;
	struct eevdf_entity __eevdf *parent;
	struct eevdf_entity __eevdf *older;
	struct eevdf_entity __eevdf *newer;
	u64 vruntime;
	u64 deadline;
	u64 vprot;
	s64 vlag;
	u64 slice;
	u64 custom_slice;
	u64 weight;
	u64 credit;
	u64 carry;
	u64 min_vruntime;
	u64 min_slice;
	u64 max_slice;
	u64 level;
	s64 offset;
	u64 since;
	u32 height;
	u8 on_tree;
	u8 rel_deadline;
	u8 delayed;
	u8 policy;
	u8 has_level;
};

/**
 * struct eevdf_timeline - one CPU's queue
 * @root: the tree, ordered by deadline, first in first out among equal ones
 * @leftmost: its first entity
 * @curr: the running entity; belongs to the timeline but is not in the tree. NULL: none
 * @next: the buddy, or NULL (pick.h)
 * @oldest: longest in the tree (guard.h)
 * @newest: shortest in the tree
 * @watched: whom eevdf_watch() looks at next; NULL = @oldest
 * @zero_vruntime: reference point of the sum below; follows V
 * @sum_w_vruntime: sum over the tree of (vruntime - zero_vruntime) * weight, modulo 2^64
 * @sum_weight: sum over the tree of weight
 * @base: of the levels of all its entities, virtual ns (global.h)
 * @sum_w_offset: sum over all entities of offset * weight, weights in 1024ths of nice 0
 * @offset_weight: sum of these weights
 * @base_slice: request length of an entity without its own, ns
 * @tick: length of a scheduler tick, ns; part of the lag bound
 * @rules: enum ledger_rule bits in force
 * @nr_tree: entities in the tree, ghosts included
 * @nr_delayed: ghosts among them
 * @key_overflows: products key * weight beyond the 62 bits that the sum can carry (vtime.h)
 * @broken_walks: walks of the tree that EEVDF_CAN_LOOP ended early
 */
struct eevdf_timeline {
	struct eevdf_entity __eevdf *root;
	struct eevdf_entity __eevdf *leftmost;
	struct eevdf_entity __eevdf *curr;
	struct eevdf_entity __eevdf *next;
	struct eevdf_entity __eevdf *oldest;
	struct eevdf_entity __eevdf *newest;
	struct eevdf_entity __eevdf *watched;
	u64 zero_vruntime;
	s64 sum_w_vruntime;
	u64 sum_weight;
	u64 base;
	s64 sum_w_offset;
	s64 offset_weight;
	u64 base_slice;
	u64 tick;
	u32 rules;
	u32 nr_tree;
	u32 nr_delayed;
	u32 key_overflows;
	u32 broken_walks;
};

/* Wrapping order of vruntimes and deadlines (vruntime_cmp): a is before b. */
static inline bool eevdf_before(u64 a, u64 b)
{
	return (s64)(a - b) < 0;
}

/**
 * eevdf_nr() - entities that compete, ghosts and the running one included (h_nr_queued)
 * @tl: the timeline
 */
static inline u32 eevdf_nr(const struct eevdf_timeline __eevdf *tl)
{
	return tl->nr_tree + (tl->curr ? 1 : 0);
}

#endif /* EEVDF_TYPES_H */
