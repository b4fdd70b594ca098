/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A task's memory, from fork to exit, and its way into and out of this class.
 *
 * An account lives as long as its task, also through a stay in another class. It is found through
 * task storage where time does not matter, and through p->scx.dsq_vtime while the task is in this
 * class.
 */
#ifndef LEDGER_TASK_BPF_H
#define LEDGER_TASK_BPF_H

#include "release.bpf.h"

struct task_storage {
	task_ptr t;
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct task_storage);
} task_storage SEC(".maps");

/*
 * Accounts of tasks that are gone. This lock is the kernel's and not an arena word: forks take it
 * with IRQs and preemption on.
 */
static struct bpf_spin_lock free_lock SEC(".data.free");
static task_ptr free_tasks SEC(".data.free");
static u32 next_slot SEC(".data.free");

#define TASKS_PER_PAGE (PAGE_SIZE / sizeof(struct ledger_task))

static __always_inline task_ptr task_alloc(void)
{
	task_ptr t;

	bpf_spin_lock(&free_lock);
	t = free_tasks;
	if (t) {
		free_tasks = t->next_free;
		state.tasks++;
	}
	bpf_spin_unlock(&free_lock);
	return t;
}

static __always_inline void task_free(task_ptr t)
{
	bpf_spin_lock(&free_lock);
	t->next_free = free_tasks;
	free_tasks = t;
	state.tasks--;
	bpf_spin_unlock(&free_lock);
}

/* A page of fresh accounts for the free list; false if memory or slots are used up. */
static __always_inline bool task_grow(void)
{
	task_ptr page = bpf_arena_alloc_pages(&arena, NULL, 1, NUMA_NO_NODE, 0);
	u32 i;

	if (!page)
		return false;
	bpf_spin_lock(&free_lock);
	for (i = 0; i < TASKS_PER_PAGE && next_slot < conf.nr_slots && can_loop(); i++) {
		task_ptr t = page + i;

		t->slot = next_slot++;
		t->next_free = free_tasks;
		free_tasks = t;
	}
	bpf_spin_unlock(&free_lock);
	return i > 0;
}

static __always_inline group_ptr init_group(struct scx_init_task_args *args)
{
	struct cgroup *cgrp;
	group_ptr g = NULL;

	if (!bpf_core_field_exists(args->cgroup))
		return NULL;
	bpf_rcu_read_lock();
	cgrp = args->cgroup;
	if (cgrp)
		g = group_stored(cgrp);
	bpf_rcu_read_unlock();
	return g;
}

s32 OPS_SLEEPABLE(ledger_init_task, struct task_struct *p, struct scx_init_task_args *args)
{
	struct task_storage *s;
	task_ptr t;
	u32 slot;

	use_arena();
	s = bpf_task_storage_get(&task_storage, p, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!s)
		return -ENOMEM;
	t = task_alloc();
	if (!t && task_grow())
		t = task_alloc();
	if (!t)
		return -ENOMEM;

	slot = t->slot;
	__builtin_memset((void __arena *)t, 0, sizeof(*t));
	t->slot = slot;
	t->cpu = NO_CPU;
	t->initial = args->fork;
	t->own = task_weight(p);
	t->e.weight = t->own;
	group_join(t, init_group(args));
	s->t = t;
	return 0;
}

/* Told of tasks in other classes, too; one in this class has left its timeline. */
void OPS(ledger_cgroup_move, struct task_struct *p, struct cgroup *from, struct cgroup *to)
{
	struct task_storage *s = bpf_task_storage_get(&task_storage, p, NULL, 0);

	use_arena();
	if (s && s->t)
		group_join(s->t, group_stored(to));
}

void OPS(ledger_exit_task, struct task_struct *p, struct scx_exit_task_args *args)
{
	struct task_storage *s = bpf_task_storage_get(&task_storage, p, NULL, 0);

	use_arena();
	if (!s || !s->t)
		return;
	task_free(s->t);
	s->t = NULL;
}

/*
 * The slot holds a reference from enable to disable, or to the last schedule() of a dying task. @p
 * is a reference that the slot takes over, or NULL.
 */
static __always_inline void slot_set(task_ptr t, struct task_struct *p)
{
	u32 slot = t->slot;
	struct task_slot *s = bpf_map_lookup_elem(&slots, &slot);

	if (s)
		p = bpf_kptr_xchg(&s->task, p);
	if (p)
		bpf_task_release(p);
}

void OPS(ledger_enable, struct task_struct *p)
{
	struct task_storage *s = bpf_task_storage_get(&task_storage, p, NULL, 0);
	struct task_struct *ref;

	use_arena();
	if (!s || !s->t) {
		scx_error("pid %llu comes without an account", (u64)p->pid);
		return;
	}
	p->scx.dsq_vtime = (u64)s->t;
	ref = bpf_task_acquire(p);
	if (ref)
		slot_set(s->t, ref);
}

void OPS(ledger_disable, struct task_struct *p)
{
	task_ptr t = task_of(p);
	cpu_ptr c;

	if (!t)
		return;
	limit_unpark(t);
	c = cpu_lock_of(t);
	if (c) {
		cpu_leave(c, t, p, 0);
		cpu_unlock(c);
	}
	slot_set(t, NULL);
	p->scx.dsq_vtime = 0;
}

/* A task exits: what its heir has not consumed of its last gift pays for what it owes. */
static __always_inline void task_give_back(cpu_ptr c, task_ptr t)
{
	task_ptr heir = t->heir;
	u64 avg, back;

	if (!heir || heir->cpu != (s32)c->cpu || !heir->e.credit || !task_is(heir, t->heir_pid))
		return;
	avg = eevdf_avg(&c->tl);
	back = eevdf_give_back(&c->tl, &t->e, &heir->e);
	if (!back)
		return;
	stats[c->cpu].v[LEDGER_STAT_RETURNED] += back;
	c->peer = t->slot;
	audit(c, heir, NULL, EVENT(RETURN, LEDGER_F_AVG), avg);
	c->peer = NO_SLOT;
}

/*
 * The task is no longer runnable: it sleeps, or something of it changes. Sleeping tasks come here
 * running, others may come from the tree on kernels that end a custody silently (before 7.1), or as
 * ghosts, if they woke up while the kernel bypassed us.
 */
void OPS(ledger_quiescent, struct task_struct *p, u64 deq_flags)
{
	task_ptr t = task_of(p);
	cpu_ptr c;

	if (!t)
		return;
	limit_unpark(t);
	c = cpu_lock_of(t);
	if (c) {
		bool sleep = deq_flags & DEQ_SLEEP, running = c->tl.curr == &t->e;

		if (running)
			cpu_charge(c, p, p->se.sum_exec_runtime, LEDGER_F_FRESH);
		if (sleep)
			t->at_user = 0;
		if (p->__state & TASK_DEAD_STATE)
			task_give_back(c, t);
		if (!running || !sleep || p->__state & TASK_SPECIAL_STATES || !cpu_delay(c, t, p))
			cpu_leave(c, t, p, sleep ? LEDGER_F_SLEEP : 0);
		cpu_unlock(c);
	}
	/* Before 6.19 exit_task waits for the last reference, which this would be. */
	if (p->__state & TASK_DEAD_STATE)
		slot_set(t, NULL);
}

#endif /* LEDGER_TASK_BPF_H */
