/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The periods of cpu.max: a timer adds to the budgets of all groups that have one, and releases
 * their parked tasks. One timer for all; it fires when a period of some group ends, and not while
 * no group has a limit.
 *
 * Here a task goes back to a timeline without its runqueue's lock, and V is known only while that
 * is held. So the task is put down as arriving, and its CPU is made to choose again; it joins
 * there, with whoever runs charged.
 */
#ifndef LEDGER_RELEASE_BPF_H
#define LEDGER_RELEASE_BPF_H

#include "cpu.bpf.h"

/* So many tasks are released with interrupts off; the others a little later. */
#define RELEASE_TASKS 64
#define RELEASE_AGAIN 50000ULL

struct limit_timer {
	struct bpf_timer timer;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct limit_timer);
} limit_timers SEC(".maps");

/* An account that is nobody's: head of the list of groups with a limit, and the list's lock. */
static group_ptr limited_groups;
/* Counts the changes of that list. */
static u32 limited_changes;

/* One task that was parked, and may run, joins; the running one is charged. */
__noinline int cpu_join_arrival(struct ledger_cpu __arena *c __arg_arena)
{
	task_ptr t = c->arrivals.head;
	struct task_struct *p;

	if (!t)
		return 0;
	p = task_struct_of(t);
	queue_remove(&c->arrivals, t);
	t->arriving = 0;
	if (p)
		cpu_join(c, t, p, false);
	else
		t->cpu = NO_CPU;
	return 0;
}

static __always_inline void cpu_join_arrivals(cpu_ptr c)
{
	while (c->arrivals.head && can_loop())
		cpu_join_arrival(c);
}

/* The first parked task of a group, if it may run, is sent on its way. IRQs are off. */
__noinline bool release_one(struct ledger_group __arena *g __arg_arena, u64 now)
{
	bool spent = limit_spent(g), first = false;
	struct task_struct *p;
	task_ptr t;
	cpu_ptr c;
	u32 cpu;

	if (!group_lock(g))
		return false;
	t = g->parked.head;
	if (t && spent && (!conf.guard || now - t->parked_since < conf.guard))
		t = NULL;
	p = t ? task_struct_of(t) : NULL;
	cpu = p ? task_cpu(p) : 0;
	group_unlock(g);
	if (!p || cpu >= conf.nr_cpus)
		return false;

	/* Timelines come first. Who takes it to another CPU unparks it before. */
	c = cpu_of(cpu);
	if (!cpu_lock(c))
		return false;
	if (!group_lock(g)) {
		cpu_unlock(c);
		return false;
	}
	if (t->parked == g && task_cpu(p) == cpu) {
		queue_remove(&g->parked, t);
		t->excused = spent;
		t->at_user = 0;
		first = arrive(c, t);
		/* Last, in order: who reads without the lock that it is not parked finds it. */
		__sync_lock_test_and_set((u64 __arena *)&t->parked, 0);
		count(cpu, spent ? LEDGER_STAT_EXCUSED : LEDGER_STAT_RELEASES);
	}
	group_unlock(g);
	cpu_unlock(c);
	/* Busy or idle: who is about to run there is not the running entity yet. */
	if (first)
		kick_cpu(cpu, KICK_PREEMPT);
	/* Or it has just gone by itself: the next one. */
	return true;
}

/* Return: false if some are left that may run. */
__noinline bool release(struct ledger_group __arena *g __arg_arena, u64 now)
{
	int i;

	for (i = 0; i < RELEASE_TASKS && can_loop(); i++)
		if (!release_one(g, now))
			return true;
	return false;
}

/**
 * limits_refill() - periods have ended
 * @now: bpf_ktime_get_ns()
 *
 * Return: when the next one ends; 0 if there is none.
 */
__noinline u64 limits_refill(u64 now)
{
	u64 next = 0, due, end;
	unsigned long flags;
	group_ptr g;

	bpf_local_irq_save(&flags);
	if (group_lock(limited_groups)) {
		for (g = limited_groups->next_limited; g && can_loop(); g = g->next_limited) {
			due = eevdf_limit_due(&g->limit, now, conf.guard);
			if (due)
				__sync_fetch_and_add(&g->limit.budget, due);
			end = release(g, now) ? g->limit.end : now + RELEASE_AGAIN;
			if (!next || eevdf_before(end, next))
				next = end;
		}
		group_unlock(limited_groups);
	}
	bpf_local_irq_restore(&flags);
	return next;
}

static int limit_timer_fires(void *map, u32 *key, struct limit_timer *t)
{
	u32 changes = *(volatile u32 *)&limited_changes;
	u64 next, now = bpf_ktime_get_ns();

	use_arena();
	next = limits_refill(now);
	if (next)
		bpf_timer_start(&t->timer, next - now, 0);
	/* Who changed the list since has started the timer before this. */
	if (changes != *(volatile u32 *)&limited_changes)
		bpf_timer_start(&t->timer, 0, 0);
	return 0;
}

/* A group's limit, in us as the kernel tells it. No lock is held. */
static __always_inline void limit_change(group_ptr g, u64 period, u64 quota, u64 burst)
{
	u64 now = bpf_ktime_get_ns();
	struct limit_timer *t;
	unsigned long flags;
	group_ptr before;
	u32 zero = 0;
	bool was;

	if (!conf.limits || !limited_groups)
		return;
	quota = quota > EEVDF_LIMIT_MAX / 1000 ? 0 : quota * 1000;
	burst = burst > EEVDF_LIMIT_MAX / 1000 ? 0 : burst * 1000;
	bpf_local_irq_save(&flags);
	if (group_lock(limited_groups)) {
		was = g->limit.quota;
		if (group_lock(g)) {
			eevdf_limit_set(&g->limit, now, period * 1000, quota, burst);
			group_unlock(g);
		}
		if (!was && g->limit.quota) {
			g->next_limited = limited_groups->next_limited;
			limited_groups->next_limited = g;
			__sync_fetch_and_add(&nr_limited, 1);
		} else if (was && !g->limit.quota) {
			for (before = limited_groups; before && can_loop();
			     before = before->next_limited) {
				if (before->next_limited == g) {
					before->next_limited = g->next_limited;
					break;
				}
			}
			__sync_fetch_and_add(&nr_limited, -1);
		}
		limited_changes++;
		group_unlock(limited_groups);
	}
	bpf_local_irq_restore(&flags);

	if (g->limit.quota) {
		t = bpf_map_lookup_elem(&limit_timers, &zero);
		if (t)
			bpf_timer_start(&t->timer, 0, 0);
		return;
	}
	bpf_local_irq_save(&flags);
	while (can_loop() && !release(g, now))
		;
	bpf_local_irq_restore(&flags);
}

/* Before the first group is told of. */
static __always_inline void limits_init(void)
{
	struct limit_timer *t;
	u32 zero = 0;

	if (!conf.limits || !root_group)
		return;
	t = bpf_map_lookup_elem(&limit_timers, &zero);
	if (!t || bpf_timer_init(&t->timer, &limit_timers, CLOCK_MONOTONIC) ||
	    bpf_timer_set_callback(&t->timer, limit_timer_fires))
		return;
	limited_groups = group_alloc();
	if (limited_groups)
		state.features |= 1 << LEDGER_FEATURE_CPU_MAX;
}

s32 OPS_SLEEPABLE(ledger_cgroup_init, struct cgroup *cgrp, struct scx_cgroup_init_args *args)
{
	struct group_slot slot;
	group_ptr g, parent = root_group;
	struct cgroup *up;
	long err;
	u64 id;

	use_arena();
	if (!root_group || !cgrp->level)
		return 0;
	g = group_alloc();
	if (!g && group_grow())
		g = group_alloc();
	if (!g)
		return -ENOMEM;
	/* Its load is zero, or that of a task which saw too late that its group is gone. */
	g->g.weight = group_kernel_weight(cgrp);
	g->g.owed = 0;
	g->g.eager = 0;
	up = cgrp->level > 1 ? bpf_cgroup_ancestor(cgrp, cgrp->level - 1) : NULL;
	if (up) {
		parent = group_stored(up);
		bpf_cgroup_release(up);
	}
	g->g.parent = parent ? &parent->g : &root_group->g;
	id = cgrp->kn->id;
	slot.g = g;
	err = bpf_map_update_elem(&groups, &id, &slot, BPF_ANY);
	if (err) {
		group_free(g);
		return err;
	}
	if (bpf_core_field_exists(args->bw_quota_us))
		limit_change(g, args->bw_period_us, args->bw_quota_us, args->bw_burst_us);
	return 0;
}

void OPS_SLEEPABLE(ledger_cgroup_exit, struct cgroup *cgrp)
{
	group_ptr g = group_stored(cgrp);
	u64 id = cgrp->kn->id;

	if (!g)
		return;
	bpf_map_delete_elem(&groups, &id);
	limit_change(g, 0, 0, 0);
	group_change(g, 0, true);
}

void OPS(ledger_cgroup_set_bandwidth, struct cgroup *cgrp, u64 period_us, u64 quota_us,
	 u64 burst_us)
{
	group_ptr g = group_stored(cgrp);

	if (g)
		limit_change(g, period_us, quota_us, burst_us);
}

#endif /* LEDGER_RELEASE_BPF_H */
