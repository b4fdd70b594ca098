/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A check that failed: counted, and the first of each kind told at once, for the kernel may crash
 * within a millisecond. Three ways at a time: the module, the trace buffer, user space.
 */
#ifndef FAIR_TELL_BPF_H
#define FAIR_TELL_BPF_H

#include "fair_state.bpf.h"

/* kmod/fair.c: writes it into the kernel's log. */
extern int eevdf_audit_fair(const void *rec, u32 rec__sz) __ksym __weak;

static __always_inline void fair_line(struct fair_line *to, struct sched_entity *se, u64 chosen,
				      s64 avg, u64 load, u64 zero)
{
	struct task_struct *p = fair_entity_task(se);

	to->id = (u64)se;
	to->vruntime = se->vruntime;
	to->deadline = se->deadline;
	to->weight = fair_full_weight(se);
	to->flags = 0;
	if (fair_eligible(avg, (s64)(to->vruntime - zero), load))
		to->flags |= FAIR_LINE_ELIGIBLE;
	if (to->id == chosen)
		to->flags |= FAIR_LINE_CHOSEN;
	if (fair_group(se)) {
		to->flags |= FAIR_LINE_GROUP;
		to->pid = 0;
		to->comm[0] = 0;
		return;
	}
	to->pid = p->pid;
	bpf_probe_read_kernel(to->comm, sizeof(to->comm), &p->comm);
}

/* The node after one, or 0. */
__noinline u64 fair_next(u64 address)
{
	struct rb_node *node = bpf_core_cast((void *)address, struct rb_node);

	return fair_address(fair_after(node));
}

/* The next line of the finding of a check: the entity of a node. */
__noinline int fair_put_line(u32 check, u64 address, s64 avg, u64 load, u32 flags)
{
	struct rb_node *node = bpf_core_cast((void *)address, struct rb_node);
	struct fair_finding *f = bpf_map_lookup_elem(&findings, &check);
	u32 i;

	if (!f)
		return 0;
	i = f->nr_lines;
	if (i >= FAIR_LINES)
		return 0;
	fair_line(&f->lines[i], fair_node_entity(node), f->id, avg, load, f->zero);
	f->lines[i].flags |= flags;
	f->nr_lines = i + 1;
	return 0;
}

/* The queue as it is, in order. Its lock is held. The counters are in memory, see fair_scratch. */
static __always_inline void fair_lines(struct fair_finding *f, struct cfs_rq *q)
{
	struct sched_entity *curr = fair_curr(q);
	u64 load = f->weight, node = fair_address(fair_first(q));
	s64 avg = f->sum;
	u32 flags = FAIR_LINE_CURR;

	if (curr) {
		u64 w = fair_sum_weight(curr, weighting, f->shift);

		avg += (curr->vruntime - f->zero) * w;
		load += w;
	}
	if (load)
		f->avg = f->zero + fair_floor(avg, load);
	while (node && f->nr_queue < 4096 && can_loop()) {
		/* The last place is for who runs. */
		if (f->nr_lines < FAIR_LINES - 1)
			fair_put_line(f->check, node, avg, load, 0);
		f->nr_queue++;
		node = fair_next(node);
	}
	if (!curr)
		return;
	if (fair_protected(curr))
		flags |= FAIR_LINE_PROTECTED;
	fair_put_line(f->check, fair_address(&curr->run_node), avg, load, flags);
}

/* The oldest first. Places that are still empty have no time. */
__noinline int fair_events(u32 check, u32 cpu)
{
	struct fair_finding *f = bpf_map_lookup_elem(&findings, &check);
	struct fair_note *n = bpf_map_lookup_elem(&notes, &cpu);
	u32 i;

	if (!f || !n)
		return 0;
	bpf_for(i, 0, FAIR_EVENTS)
		f->events[i % FAIR_EVENTS] = n->events[(n->next + i) % FAIR_EVENTS];
	f->nr_events = FAIR_EVENTS;
	return 0;
}

/* Line @i of the finding of a check. */
__noinline int fair_trace_line(u32 check, u32 i)
{
	struct fair_finding *f = bpf_map_lookup_elem(&findings, &check);
	struct fair_line *l;

	if (!f || i >= FAIR_LINES)
		return 0;
	l = &f->lines[i];
	bpf_printk("eevdf_audit: %s%s%s%s se(%llx): vruntime(%llu%s) deadline(%llu) weight(%llu) -- %s:%d",
		   l->flags & FAIR_LINE_GROUP ? "@" : "T",
		   l->flags & FAIR_LINE_CHOSEN ? "<" : " ",
		   l->flags & FAIR_LINE_PROTECTED ? "=" : " ",
		   l->flags & FAIR_LINE_CURR ? ">" : " ", l->id, l->vruntime,
		   l->flags & FAIR_LINE_ELIGIBLE ? ", E" : "", l->deadline, l->weight, l->comm,
		   l->pid);
	return 0;
}

/* As include/ledger/fair_text.h, which needs a printf, but without the events. */
__noinline int fair_trace(u32 check)
{
	struct fair_finding *f = bpf_map_lookup_elem(&findings, &check);
	u32 i, nr;

	if (!f)
		return 0;
	bpf_printk("eevdf_audit: fair: check %u failed on cpu %u (%s:%d)", f->check, f->cpu, f->comm,
		   f->pid);
	bpf_printk("eevdf_audit: kept %lld recomputed %lld difference %lld", f->kept, f->recomputed,
		   f->kept - f->recomputed);
	nr = f->nr_stack;
	for (i = 0; i < FAIR_STACK && i < nr; i++)
		bpf_printk("eevdf_audit: from %pS", (void *)f->stack[i]);
	bpf_printk("eevdf_audit: cfs_rq(%d:%llx): sum_w_vruntime(%lld) sum_weight(%llu) zero_vruntime(%llu)",
		   f->cpu, f->queue, f->sum, f->weight, f->zero);
	nr = f->nr_lines;
	for (i = 0; i < nr && can_loop(); i++)
		fair_trace_line(f->check, i);
	return 0;
}

/**
 * fair_fail() - a check failed
 * @queue: struct cfs_rq
 * @what: enum fair_check, and enum fair_hook << 8
 * @id: the entity it is about, or 0
 * @kept: what the kernel has
 * @recomputed: what it should be
 *
 * A global function is verified once, not for each caller.
 */
__noinline int fair_fail(u64 queue, u32 what, u64 id, u64 kept, u64 recomputed)
{
	struct cfs_rq *q = bpf_core_cast((void *)queue, struct cfs_rq);
	struct fair_counts *c = fair_counters();
	struct fair_scratch *s = fair_scratch();
	struct fair_finding *f;
	u32 check = what, key, i;

	/* Said to the verifier, whom the compiler would otherwise deprive of it. */
	asm volatile("%0 &= 15" : "+r"(check));
	if (check >= FAIR_CHECK_NR || !c || !s)
		return 0;
	__sync_fetch_and_add(&c->violations[check], 1);
	if (__sync_lock_test_and_set(&told[check], 1))
		return 0;
	key = check;
	f = bpf_map_lookup_elem(&findings, &key);
	if (!f)
		return 0;
	f->abi = FAIR_ABI;
	f->size = sizeof(*f);
	f->check = check;
	f->hook = what >> 8;
	f->time = bpf_ktime_get_ns();
	f->queue = queue;
	f->id = id;
	f->kept = kept;
	f->recomputed = recomputed;
	f->sum = fair_kept_sum(q);
	f->weight = fair_kept_weight(q);
	f->zero = fair_zero(q);
	f->avg = f->zero;
	f->shift = fair_shift(q);
	f->cpu = fair_queue_cpu(q);
	f->here = bpf_get_smp_processor_id();
	f->pid = (u32)bpf_get_current_pid_tgid();
	bpf_get_current_comm(f->comm, sizeof(f->comm));
	f->nr_queue = 0;
	f->nr_lines = 0;
	f->nr_stack = 0;
	/* Without the lock the tree may change under a reader. */
	if (check == FAIR_CHECK_UNLOCKED) {
		f->nr_stack = s->nr_stack;
		for (i = 0; i < FAIR_STACK; i++)
			f->stack[i] = s->stack[i];
	} else {
		fair_lines(f, q);
	}
	f->nr_events = 0;
	if (fair_in(FAIR_ROOM_RECORD))
		fair_events(check, f->cpu);
	/* A known one shall not frighten who reads the kernel's log. */
	if (check != FAIR_CHECK_STALE_SLICE) {
		if (bpf_ksym_exists(eevdf_audit_fair))
			eevdf_audit_fair(f, sizeof(*f));
		if (to_trace)
			fair_trace(f->check);
	}
	bpf_ringbuf_output(&reports, f, sizeof(*f), 0);
	return 0;
}

#define fair_failed(q, check, hook, se, kept, recomputed)                                          \
	fair_fail(fair_address(q), FAIR_CHECK_##check | (u32)(hook) << 8, fair_address(se), kept,  \
		  recomputed)

#endif /* FAIR_TELL_BPF_H */
