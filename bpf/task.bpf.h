/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A task's memory, from fork to exit, and its way into and out of this class.
 *
 * An account lives as long as its task, also through a stay in another class. It is found through
 * a table where time does not matter, and through p->scx.dsq_vtime while the task is in this class.
 */
#ifndef LEDGER_TASK_BPF_H
#define LEDGER_TASK_BPF_H

#include "release.bpf.h"

/*
 * Accounts of tasks that are gone, and a table of the others by the address of their task_struct.
 * The kernel's task storage would do the same for 300 bytes a task; here it is 16. The lock is the
 * kernel's and not an arena word: forks take it with IRQs and preemption on.
 */
static struct bpf_spin_lock accounts_lock SEC(".data.accounts");
static task_ptr free_tasks SEC(".data.accounts");
static u32 next_slot SEC(".data.accounts");

#define TASKS_PER_PAGE (PAGE_SIZE / sizeof(struct ledger_task))

/* Documentation/limits.md states what a task takes. */
_Static_assert(TASKS_PER_PAGE >= 12, "an account outgrew what is stated");

/* A pointer to a task may not be calculated with. */
static __always_inline u64 task_key(const struct task_struct *p)
{
	u64 key = 0;

	bpf_probe_read_kernel(&key, sizeof(key), &p);
	return key;
}

/* Where the chain of @key begins. As many chains as slots; Knuth's multiplicative hash. */
static __always_inline task_ptr __arena *task_chain(u64 key)
{
	u32 hash = key * 0x9e3779b97f4a7c15ULL >> 32;

	return task_chains + ((u64)hash * conf.nr_slots >> 32);
}

/* A free account becomes that of @key. */
static __always_inline task_ptr task_alloc(u64 key)
{
	task_ptr __arena *chain = task_chain(key);
	task_ptr t;
	u32 slot;

	bpf_spin_lock(&accounts_lock);
	t = free_tasks;
	if (t) {
		free_tasks = t->next;
		slot = t->slot;
		__builtin_memset((void __arena *)t, 0, sizeof(*t));
		t->slot = slot;
		t->cpu = NO_CPU;
		t->key = key;
		t->next = *chain;
		*chain = t;
		state.tasks++;
	}
	bpf_spin_unlock(&accounts_lock);
	return t;
}

/* Also while the task is in another class; NULL if it is unknown. */
static __always_inline task_ptr task_find(const struct task_struct *p)
{
	u64 key = task_key(p);
	task_ptr t;

	use_arena();
	bpf_spin_lock(&accounts_lock);
	t = *task_chain(key);
	while (t && t->key != key && can_loop())
		t = t->next;
	bpf_spin_unlock(&accounts_lock);
	return t && t->key == key ? t : NULL;
}

/* Forgets the task of @key, if it is known. */
static __always_inline void task_free(u64 key)
{
	task_ptr __arena *link = task_chain(key);
	task_ptr t;

	bpf_spin_lock(&accounts_lock);
	while ((t = *link) && t->key != key && can_loop())
		link = &t->next;
	if (t && t->key == key) {
		*link = t->next;
		t->key = 0;
		t->next = free_tasks;
		free_tasks = t;
		state.tasks--;
	}
	bpf_spin_unlock(&accounts_lock);
}

/* A page of fresh accounts for the free list; false if memory or slots are used up. */
static __always_inline bool task_grow(void)
{
	task_ptr page = bpf_arena_alloc_pages(&arena, NULL, 1, NUMA_NO_NODE, 0);
	u32 i;

	if (!page)
		return false;
	bpf_spin_lock(&accounts_lock);
	for (i = 0; i < TASKS_PER_PAGE && next_slot < conf.nr_slots && can_loop(); i++) {
		task_ptr t = page + i;

		t->slot = next_slot++;
		t->next = free_tasks;
		free_tasks = t;
	}
	bpf_spin_unlock(&accounts_lock);
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
	u64 key = task_key(p);
	task_ptr t;

	use_arena();
	t = task_alloc(key);
	if (!t && task_grow())
		t = task_alloc(key);
	if (!t)
		return -ENOMEM;

	t->initial = args->fork;
	t->own = task_weight(p);
	t->e.weight = t->own;
	group_join(t, init_group(args));
	return 0;
}

/*
 * Told of tasks in other classes, too. One of this class that can run has left its timeline; a
 * ghost has not, and what it weighs there is of the old group.
 */
void OPS(ledger_cgroup_move, struct task_struct *p, struct cgroup *from, struct cgroup *to)
{
	task_ptr t = task_find(p);
	cpu_ptr c;

	if (!t)
		return;
	c = cpu_lock_of(t);
	if (c) {
		cpu_leave(c, t, 0);
		cpu_unlock(c);
	}
	group_join(t, group_stored(to));
}

void OPS(ledger_exit_task, struct task_struct *p, struct scx_exit_task_args *args)
{
	use_arena();
	task_free(task_key(p));
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
	task_ptr t = task_find(p);
	struct task_struct *ref;

	if (!t) {
		scx_error("pid %llu comes without an account", (u64)p->pid);
		return;
	}
	p->scx.dsq_vtime = (u64)t;
	ref = bpf_task_acquire(p);
	if (ref)
		slot_set(t, ref);
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
		cpu_leave(c, t, 0);
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
	audit(c, heir, EVENT(RETURN, LEDGER_F_AVG), avg);
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
			cpu_charge(c, p->se.sum_exec_runtime, LEDGER_F_FRESH);
		if (sleep)
			t->at_user = 0;
		if (p->__state & TASK_DEAD_STATE)
			task_give_back(c, t);
		if (!running || !sleep || p->__state & TASK_SPECIAL_STATES || !cpu_delay(c, t))
			cpu_leave(c, t, sleep ? LEDGER_F_SLEEP : 0);
		cpu_unlock(c);
	}
	/* Before 6.19 exit_task waits for the last reference, which this would be. */
	if (p->__state & TASK_DEAD_STATE)
		slot_set(t, NULL);
}

#endif /* LEDGER_TASK_BPF_H */
