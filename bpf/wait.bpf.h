/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A virtual CPU that yields, and whom it waits for: often not the one that KVM names, which chooses
 * among those that have been preempted. kvm_wait.bpf.c notes who has its interrupt.
 */
#ifndef LEDGER_WAIT_BPF_H
#define LEDGER_WAIT_BPF_H

#include "dispatch.bpf.h"
#include <ledger/kvm_wait.h>

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct ledger_wait);
} kvm_waits SEC(".maps");

/* Queued, and not chosen to run already. Read without the lock: a guess, that is checked later. */
static __always_inline bool wait_may_lift(task_ptr t)
{
	return t->e.on_tree && !t->e.delayed && !t->dispatched;
}

/**
 * wait_receiver() - whom a yielder waits for, if that is not the one that it names
 * @from: yields on @cpu
 * @to: named
 * @cpu: of @from
 *
 * Only the two timelines whose runqueues are locked are of use: nothing is done for a receiver that
 * is queued elsewhere, sleeps or runs.
 *
 * Return: the task, or NULL: the yield is for @to.
 */
static __always_inline struct task_struct *wait_receiver(struct task_struct *from,
							 struct task_struct *to, u32 cpu)
{
	struct ledger_wait *w = bpf_task_storage_get(&kvm_waits, from, NULL, 0);
	struct ledger_wait *of_receiver;
	struct task_struct *p;
	u32 vector, queued;
	task_ptr named, t;
	u64 ended = 0;

	if (!w || !w->receiver)
		return NULL;
	use_arena();
	t = (task_ptr)w->receiver;
	p = task_struct_of(t);
	if (!p || p->pid != w->receiver_pid) {
		w->receiver = 0;
		return NULL;
	}
	vector = w->vector & (LEDGER_WAIT_VECTORS - 1);
	of_receiver = bpf_task_storage_get(&kvm_waits, p, NULL, 0);
	if (of_receiver)
		ended = of_receiver->ended[vector];
	switch (ledger_wait_look(w->receiver, w->since, ended, bpf_ktime_get_ns())) {
	case LEDGER_WAIT_LASTS:
		break;
	case LEDGER_WAIT_EXPIRED:
		count(cpu, LEDGER_STAT_WAIT_EXPIRED);
		w->receiver = 0;
		return NULL;
	default:
		w->receiver = 0;
		return NULL;
	}
	named = task_of(to);
	/* Where the kernel has it: a task that was pulled waits on another CPU's timeline. */
	queued = task_cpu(p);
	if (queued != cpu && queued != task_cpu(to))
		return NULL;
	if (t == named || !wait_may_lift(t) ||
	    (t->cpu != (s32)cpu && (!named || t->cpu != named->cpu)))
		return NULL;
	if (of_receiver)
		of_receiver->redirected = vector + 1;
	count(cpu, LEDGER_STAT_REDIRECTS);
	return p;
}

#endif /* LEDGER_WAIT_BPF_H */
