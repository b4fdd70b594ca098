/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cgroups, flat (include/eevdf/group.h): which group a task is in, what the groups' members weigh,
 * and what follows for a task's weight.
 *
 * A group of the hierarchy that has the cpu controller has an account in the arena, and so has the
 * root, for its groups; its tasks are of no group. Each has a lock, taken after a timeline's and
 * before its parent's, with IRQs off: a member that is told to the parent must be told before the
 * next one changes that.
 *
 * Most of this is called at many places, and verified on its own.
 */
#ifndef LEDGER_CGROUP_BPF_H
#define LEDGER_CGROUP_BPF_H

#include "audit.bpf.h"

extern void bpf_local_irq_save(unsigned long *flags) __ksym;
extern void bpf_local_irq_restore(unsigned long *flags) __ksym;
extern struct cgroup *bpf_cgroup_ancestor(struct cgroup *cgrp, int level) __ksym;
extern void bpf_rcu_read_lock(void) __ksym;
extern void bpf_rcu_read_unlock(void) __ksym;
extern void bpf_cgroup_release(struct cgroup *cgrp) __ksym;

struct group_slot {
	group_ptr g;
};

/*
 * By the number of the cgroup. The kernel's storage for cgroups would do the same, but on 6.16 a
 * machine was seen to hang when a CPU went off just after the scheduler did: to free such a map the
 * kernel waits for tasks-trace RCU with migration disabled, which waits for the CPUs to be let go
 * of, which waits for who has migration disabled there.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 16384);
	__type(key, u64);
	__type(value, struct group_slot);
} groups SEC(".maps");

static struct bpf_spin_lock group_free_lock SEC(".data.groups");
static group_ptr free_groups SEC(".data.groups");
/* NULL without groups. */
static group_ptr root_group;

#define GROUPS_PER_PAGE (PAGE_SIZE / sizeof(struct ledger_group))

/* arena_pages() in userspace/plan.c counts on it. */
_Static_assert(GROUPS_PER_PAGE >= 8, "a group's account outgrew what the arena is planned for");

static __always_inline group_ptr group_alloc(void)
{
	group_ptr g;

	bpf_spin_lock(&group_free_lock);
	g = free_groups;
	if (g)
		free_groups = g->next_free;
	bpf_spin_unlock(&group_free_lock);
	return g;
}

static __always_inline void group_free(group_ptr g)
{
	/* Whoever still points here has been of no group since. */
	g->generation++;
	bpf_spin_lock(&group_free_lock);
	g->next_free = free_groups;
	free_groups = g;
	bpf_spin_unlock(&group_free_lock);
}

static __always_inline bool group_grow(void)
{
	group_ptr page = bpf_arena_alloc_pages(&arena, NULL, 1, NUMA_NO_NODE, 0);
	u32 i;

	if (!page)
		return false;
	for (i = 0; i < GROUPS_PER_PAGE && can_loop(); i++)
		group_free(page + i);
	return true;
}

__noinline bool group_lock_slow(struct ledger_group __arena *g __arg_arena)
{
	if (lock_wait_long(&g->lock))
		return true;
	scx_error("a group's lock is not released");
	return false;
}

static __always_inline bool group_lock(group_ptr g)
{
	return lock_try(&g->lock) || group_lock_slow(g);
}

static __always_inline void group_unlock(group_ptr g)
{
	lock_drop(&g->lock);
}

/* A member is put down as what it is now; @delta: by how much more it weighs for its parent. */
__noinline s64 group_tell_parent(struct ledger_group __arena *g __arg_arena,
				 struct ledger_group __arena *parent __arg_arena, s64 delta)
{
	u32 can = g->g.members < nr_online ? g->g.members : nr_online;

	if (conf.global_lag)
		eevdf_group_settle(&g->g, bpf_ktime_get_ns());
	parent->g.members += can - g->g.told;
	g->g.told = can;
	delta = eevdf_group_add(&parent->g, delta);
	if (conf.global_lag)
		eevdf_group_state(&g->g, nr_online);
	return delta;
}

/*
 * Is there more to tell than that it is active, or not, and its weight? Most groups can use more
 * than they get, and how much more is of no account.
 */
static __always_inline bool group_lag_changes(group_ptr g, group_ptr parent)
{
	return conf.global_lag &&
	       (g->g.due_cpus || eevdf_group_closed(&g->g, nr_online) ||
		(parent->g.parent && g->g.members < nr_online));
}

/*
 * A group's parents are told of what has changed. @g is locked; unlocked on return. A group that is
 * gone is freed by the last of its tasks: some are seen to run after the group was removed.
 */
__noinline int group_tell(struct ledger_group __arena *g __arg_arena, s64 delta)
{
	while (can_loop()) {
		group_ptr parent = (group_ptr)g->g.parent;
		bool done = g->gone && !g->g.load;

		if (parent && (delta || group_lag_changes(g, parent))) {
			if (!group_lock(parent))
				parent = NULL;
			else
				delta = group_tell_parent(g, parent, delta);
		} else {
			parent = NULL;
		}
		if (done)
			g->gone = 0;
		group_unlock(g);
		if (done)
			group_free(g);
		if (!parent)
			break;
		g = parent;
	}
	return 0;
}

/* @more: tasks that can run */
static __always_inline void group_add(group_ptr g, s64 delta, s32 more)
{
	if (group_lock(g)) {
		g->g.members += more;
		group_tell(g, eevdf_group_add(&g->g, delta));
	}
}

/* The group of a task; NULL: the root, or one that is gone. */
static __always_inline group_ptr group_of(task_ptr t)
{
	group_ptr g = t->group;

	return g && g->generation == t->group_generation && !g->gone ? g : NULL;
}

__noinline int group_count(struct ledger_task __arena *t __arg_arena, u64 weight)
{
	group_ptr g = t->group;
	s64 more = weight - t->counted;
	s32 tasks = !!weight - !!t->counted;

	t->counted = weight;
	group_add(g, more, tasks);
	return 0;
}

/* A task can run, with a weight of @t->own within its group. */
static __always_inline void group_enter(task_ptr t)
{
	if (!t->group || t->counted)
		return;
	if (group_of(t)) {
		group_count(t, t->own);
	} else {
		t->group_load = 0;
		t->group_weight = 0;
	}
}

/* It can not, for now. */
static __always_inline void group_leave(task_ptr t)
{
	if (t->counted)
		group_count(t, 0);
}

/* The weight of one that is counted; what it was computed from is left in @t for the module. */
__noinline u64 group_task_weight(struct ledger_task __arena *t __arg_arena)
{
	group_ptr g = t->group;
	u64 load = eevdf_group_load(g->g.load, t->counted);

	t->group_load = load;
	t->group_weight = eevdf_group_weight(&g->g);
	return eevdf_clamp_weight(eevdf_group_share(t->group_weight, load, t->counted));
}

__noinline int group_had_above(struct ledger_task __arena *t __arg_arena, u64 delta)
{
	group_ptr g;

	for (g = t->group; g && can_loop(); g = (group_ptr)g->g.parent)
		__sync_fetch_and_add(&g->g.had, delta);
	return 0;
}

/* A task has run for @delta ns. */
static __always_inline void group_had(task_ptr t, u64 delta)
{
	if (t->counted && conf.global_lag)
		group_had_above(t, delta);
}

/* With a tick of one of its tasks: what a group, and those above it, are owed. */
__noinline int group_tick_above(struct ledger_task __arena *t __arg_arena)
{
	group_ptr g = t->group, parent;

	for (; g && (parent = (group_ptr)g->g.parent) && can_loop(); g = parent) {
		if (!group_lock(g))
			break;
		if (group_lock(parent)) {
			group_tell_parent(g, parent, 0);
			group_unlock(parent);
		}
		group_unlock(g);
	}
	return 0;
}

static __always_inline void group_tick(task_ptr t)
{
	if (t->counted && conf.global_lag)
		group_tick_above(t);
}

static __always_inline group_ptr group_stored(struct cgroup *cgrp)
{
	u64 id = cgrp->kn->id;
	struct group_slot *s = bpf_map_lookup_elem(&groups, &id);

	use_arena();
	return s ? s->g : NULL;
}

/* @t is on no timeline. */
static __always_inline void group_join(task_ptr t, group_ptr g)
{
	group_leave(t);
	t->group = g;
	t->group_load = 0;
	t->group_weight = 0;
	t->group_generation = g ? g->generation : 0;
}

/* cpu.weight, cpu.weight.nice, cpu.idle as the kernel has understood them (task_group::shares). */
static __always_inline u64 group_kernel_weight(struct cgroup *cgrp)
{
	u32 id = bpf_core_enum_value(enum cgroup_subsys_id, cpu_cgrp_id);
	struct cgroup_subsys_state *css = NULL;
	struct task_group *tg;

	bpf_probe_read_kernel(&css, sizeof(css), &cgrp->subsys[id]);
	tg = (void *)css - bpf_core_field_offset(struct task_group, css);
	return eevdf_clamp_weight(css ? BPF_CORE_READ(tg, shares) : EEVDF_NICE_0);
}

/* Before the first group is told of. */
static __always_inline void groups_init(void)
{
	if (conf.cgroups && group_grow())
		root_group = group_alloc();
	if (root_group)
		root_group->g.weight = EEVDF_NICE_0;
}

/* With IRQs off: a task may want the same lock in an interrupt of this CPU. */
static __always_inline void group_change(group_ptr g, u64 weight, bool gone)
{
	unsigned long flags;

	bpf_local_irq_save(&flags);
	if (group_lock(g)) {
		if (gone)
			g->gone = 1;
		group_tell(g, weight ? eevdf_group_set_weight(&g->g, weight) : 0);
	}
	bpf_local_irq_restore(&flags);
}

void OPS(ledger_cgroup_set_weight, struct cgroup *cgrp, u32 weight)
{
	group_ptr g = group_stored(cgrp);

	if (g)
		group_change(g, group_kernel_weight(cgrp), false);
}

void OPS(ledger_cgroup_set_idle, struct cgroup *cgrp, bool idle)
{
	group_ptr g = group_stored(cgrp);

	if (g)
		group_change(g, group_kernel_weight(cgrp), false);
}

#endif /* LEDGER_CGROUP_BPF_H */
