/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How a tracing program reads the timeline of the kernel's own fair class. Everything goes through
 * CO-RE and pointers that are not trusted: a stale one reads as zero, it does not fault.
 *
 * Who calls is attached where the queue's lock is held, so nothing moves meanwhile. The queue is
 * always one with a timeline: since 7.3 the root one of a CPU. Its tasks may be of any cgroup, and
 * se->cfs_rq is not the queue that holds them.
 */
#ifndef FAIR_BPF_H
#define FAIR_BPF_H

#include "compat.bpf.h"

/* Fields that 7.3 has and an older kernel, whose types this may be built with, need not have. */
struct sched_entity___flat {
	struct load_weight h_load;
	u64 vprot;
} __attribute__((preserve_access_index));

struct cfs_rq___flat {
	unsigned int h_nr_queued;
	s64 sum_w_vruntime;
	u64 sum_weight;
	u64 zero_vruntime;
	unsigned int sum_shift;
} __attribute__((preserve_access_index));

/* What the parent's address shares its word with: the colour. */
#define FAIR_RB_MASK (~3UL)

/* The entity of a node of a timeline (__node_2_se). */
static __always_inline struct sched_entity *fair_node_entity(struct rb_node *node)
{
	u64 address = (u64)node - bpf_core_field_offset(struct sched_entity, run_node);

	return bpf_core_cast((void *)address, struct sched_entity);
}

/* The task of an entity that is one (task_of). */
static __always_inline struct task_struct *fair_entity_task(struct sched_entity *se)
{
	u64 address = (u64)se - bpf_core_field_offset(struct task_struct, se);

	return bpf_core_cast((void *)address, struct task_struct);
}

/* The CPU of a queue: it need not be the one that this runs on. */
static __always_inline u32 fair_queue_cpu(struct cfs_rq *q)
{
	return q->rq->cpu;
}

static __always_inline struct cfs_rq___flat *fair_sums(struct cfs_rq *q)
{
	return (struct cfs_rq___flat *)q;
}

/* The weight that the timeline goes by. */
static __always_inline u64 fair_weight(struct sched_entity *se)
{
	return ((struct sched_entity___flat *)se)->h_load.weight;
}

static __always_inline u64 fair_vprot(struct sched_entity *se)
{
	return ((struct sched_entity___flat *)se)->vprot;
}

/* First in order, as the kernel remembers it; NULL: the tree is empty. */
static __always_inline struct rb_node *fair_first(struct cfs_rq *q)
{
	return q->tasks_timeline.rb_leftmost;
}

static __always_inline struct rb_node *fair_parent(struct rb_node *node)
{
	return bpf_core_cast((void *)(node->__rb_parent_color & FAIR_RB_MASK), struct rb_node);
}

/**
 * fair_after() - next in order (rb_next)
 * @node: in a tree
 *
 * Return: NULL after the last one.
 */
static __always_inline struct rb_node *fair_after(struct rb_node *node)
{
	struct rb_node *n = node->rb_right, *parent;

	if (n) {
		while (n->rb_left && can_loop())
			n = n->rb_left;
		return n;
	}
	n = node;
	parent = fair_parent(n);
	while (parent && parent->rb_right == n && can_loop()) {
		n = parent;
		parent = fair_parent(n);
	}
	return parent;
}

#endif /* FAIR_BPF_H */
