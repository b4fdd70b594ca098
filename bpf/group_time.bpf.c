// SPDX-License-Identifier: GPL-2.0
/*
 * Tells when a task of some cgroups becomes runnable and when it ceases to be, for a program that
 * computes what an ideal scheduler would have given each of them. Whatever class schedules.
 */
#include "compat.bpf.h"
#include "group_time.h"

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 64 << 20);
} events SEC(".maps");

/* From a cgroup's id to its number. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, GROUP_TIME_MAX);
	__type(key, u64);
	__type(value, u32);
} groups SEC(".maps");

/* As whose member the task counts now, plus 1; 0 = it does not. */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, u32);
} counted SEC(".maps");

__u64 lost;

static __always_inline void tell(u32 group, s32 delta)
{
	struct group_time_event *e = bpf_ringbuf_reserve(&events, sizeof(*e), 0);

	if (!e) {
		__sync_fetch_and_add(&lost, 1);
		return;
	}
	e->time = bpf_ktime_get_ns();
	e->group = group;
	e->delta = delta;
	/* Nobody is woken up: the reader looks when it has time. */
	bpf_ringbuf_submit(e, BPF_RB_NO_WAKEUP);
}

static __always_inline int runnable(struct task_struct *p)
{
	u64 id = p->cgroups->dfl_cgrp->kn->id;
	u32 *group = bpf_map_lookup_elem(&groups, &id), *as;

	if (!group)
		return 0;
	as = bpf_task_storage_get(&counted, p, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!as || *as)
		return 0;
	*as = *group + 1;
	tell(*group, 1);
	return 0;
}

SEC("tp_btf/sched_wakeup")
int BPF_PROG(woken, struct task_struct *p)
{
	return runnable(p);
}

SEC("tp_btf/sched_wakeup_new")
int BPF_PROG(forked, struct task_struct *p)
{
	return runnable(p);
}

SEC("tp_btf/sched_switch")
int BPF_PROG(switched, bool preempt, struct task_struct *prev, struct task_struct *next, u32 state)
{
	u32 *as;

	/* It may have come into its group as it ran. */
	runnable(next);
	if (preempt || !state)
		return 0;
	as = bpf_task_storage_get(&counted, prev, NULL, 0);
	if (!as || !*as)
		return 0;
	tell(*as - 1, -1);
	*as = 0;
	return 0;
}
