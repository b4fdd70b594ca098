// SPDX-License-Identifier: GPL-2.0
/*
 * Watches the kernel's own fair class: what its queues keep is computed again, and compared. One
 * object for Linux 6.12 to 7.3; fields by existence (fair_fields.bpf.h), functions likewise: user
 * space loads the programs whose function is there.
 *
 * A timeline is walked where every caller of the function holds the queue's lock, and nowhere else.
 * avg_vruntime() is not such a place: 6.12 prints a queue after it has let go of the lock.
 */
#include "fair_walk.bpf.h"

/* The program itself and its trampoline are not worth a line of a call chain. */
#define FAIR_STACK_SKIP 2

char LICENSE[] SEC("license") = "GPL";

/* --- the queue and the choice ---------------------------------------------------------------- */

/*
 * The pick changes nothing, so all there is before it is still there after it. 7.0 has a second
 * argument: without it the running entity may always be protected.
 */
SEC("fexit/pick_eevdf")
int pick_exit(u64 *ctx)
{
	struct fair_counts *c = fair_counters();
	u64 queue = 0, protect = 1, chosen = 0;
	u32 how = FAIR_HOOK_PICK | FAIR_WALK_CHOSEN;
	bool turn;

	if (!c)
		return 0;
	turn = fair_turn(c, FAIR_ROOM_QUEUE);
	if (!turn && !fair_in(FAIR_ROOM_RECORD))
		return 0;
	/* By these, and not from the context, they are numbers. */
	bpf_get_func_arg(ctx, 0, &queue);
	bpf_get_func_ret(ctx, &chosen);
	if (bpf_get_func_arg_cnt(ctx) > 1)
		bpf_get_func_arg(ctx, 1, &protect);
	if (!(protect & 1))
		how |= FAIR_WALK_FREE;
	if (fair_in(FAIR_ROOM_RECORD)) {
		struct cfs_rq *q = bpf_core_cast((void *)queue, struct cfs_rq);
		struct sched_entity *se = bpf_core_cast((void *)chosen, struct sched_entity);

		fair_record(q, chosen ? se : NULL, FAIR_HOOK_PICK, 0);
		if (!turn)
			return 0;
	}
	fair_walk(queue, how, chosen);
	return 0;
}

/* Where the compiler has swallowed pick_eevdf(): all queues below, at the entry. */
SEC("fentry/pick_task_fair")
int BPF_PROG(pick_task_entry, struct rq *rq)
{
	struct fair_counts *c = fair_counters();
	struct fair_scratch *s;
	u32 i;

	/* Nearly every call ends here. */
	if (!c || !fair_turn(c, FAIR_ROOM_QUEUE))
		return 0;
	s = fair_scratch();
	if (!s)
		return 0;
	s->nr_groups = 0;
	fair_walk(fair_address(&rq->cfs), FAIR_HOOK_PICK_TASK, 0);
	/* Each adds those below it. */
	bpf_for(i, 0, FAIR_GROUPS) {
		if (i >= s->nr_groups)
			break;
		fair_walk(s->groups[i], FAIR_HOOK_PICK_TASK, 0);
	}
	return 0;
}

/* --- the reference point --------------------------------------------------------------------- */

SEC("fentry/avg_vruntime")
int BPF_PROG(avg_entry, struct cfs_rq *q)
{
	struct fair_counts *c = fair_counters();
	struct fair_scratch *s = fair_scratch();
	struct fair_note *n;
	long size;

	if (!c || !s)
		return 0;
	c->checks[FAIR_CHECK_UNLOCKED]++;
	if (fair_unlocked(q) || fair_is_mutated(FAIR_CHECK_UNLOCKED)) {
		s->nr_stack = 0;
		if (!told[FAIR_CHECK_UNLOCKED]) {
			size = bpf_get_stack(ctx, s->stack, sizeof(s->stack),
					     FAIR_STACK_SKIP);
			s->nr_stack = size > 0 ? size / sizeof(u64) : 0;
		}
		fair_failed(q, UNLOCKED, FAIR_HOOK_AVG, NULL, 0, 0);
		return 0;
	}
	if (fair_in(FAIR_ROOM_RECORD)) {
		n = fair_note(fair_queue_cpu(q));
		if (n)
			n->zero = fair_zero(q);
	}
	return 0;
}

SEC("fexit/avg_vruntime")
int BPF_PROG(avg_exit, struct cfs_rq *q, u64 ret)
{
	struct fair_counts *c = fair_counters();
	struct sched_entity *curr;
	struct fair_note *n;
	u64 load, v0, v, w;
	s64 avg;

	if (!c)
		return 0;
	if (!weighting || fair_unlocked(q)) {
		c->not_checked[FAIR_ROOM_ZERO]++;
		return 0;
	}
	v0 = fair_zero(q);
	if (fair_in(FAIR_ROOM_RECORD)) {
		n = fair_note(fair_queue_cpu(q));
		if (n && n->zero != v0)
			fair_record(q, NULL, FAIR_HOOK_AVG, v0 - n->zero);
	}
	if (!fair_in(FAIR_ROOM_ZERO) || !fair_turn(c, FAIR_ROOM_ZERO))
		return 0;
	avg = fair_kept_sum(q);
	load = fair_kept_weight(q);
	curr = fair_curr(q);
	if (!load) {
		v = curr ? curr->vruntime : v0;
	} else {
		if (curr) {
			w = fair_sum_weight(curr, weighting, fair_shift(q));
			avg += (s64)(curr->vruntime - v0) * w;
			load += w;
		}
		v = v0 + fair_floor(avg, load);
	}
	if (fair_is_mutated(FAIR_CHECK_ZERO))
		v++;
	c->checks[FAIR_CHECK_ZERO]++;
	if (ret != v)
		fair_failed(q, ZERO, FAIR_HOOK_AVG, NULL, ret, v);
	return 0;
}

/* --- the charge ------------------------------------------------------------------------------ */

SEC("fentry/update_curr")
int BPF_PROG(update_entry, struct cfs_rq *q)
{
	struct fair_counts *c = fair_counters();
	struct fair_note *n = fair_note(fair_queue_cpu(q));
	struct sched_entity *curr = fair_charged(q);

	if (!c || !n)
		return 0;
	n->charged = 0;
	if (!curr || !fair_in(FAIR_ROOM_CHARGE) || !fair_turn(c, FAIR_ROOM_CHARGE))
		return 0;
	/* A group has neither vruntime nor deadline where one queue holds all tasks. */
	if (fair_flat() && fair_group(curr))
		return 0;
	n->charged = (u64)curr;
	n->vruntime = curr->vruntime;
	n->exec = curr->sum_exec_runtime;
	return 0;
}

/* Does somebody else run on the time of the chosen task (proxy execution)? */
static __always_inline bool fair_by_proxy(struct cfs_rq *q)
{
	struct rq___any *rq = (struct rq___any *)q->rq;

	return HAS(rq___any, donor) && rq->donor != rq->curr;
}

SEC("fexit/update_curr")
int BPF_PROG(update_exit, struct cfs_rq *q)
{
	struct fair_counts *c = fair_counters();
	struct fair_note *n = fair_note(fair_queue_cpu(q));
	struct sched_entity *curr = fair_charged(q);
	u64 ran, grown, due;

	if (!c || !n || !curr)
		return 0;
	fair_record(q, curr, FAIR_HOOK_UPDATE, 0);
	if (n->charged != (u64)curr)
		return 0;
	n->charged = 0;
	ran = curr->sum_exec_runtime - n->exec;
	if (!ran)
		return 0;
	if (fair_by_proxy(q)) {
		c->not_checked[FAIR_ROOM_CHARGE]++;
		return 0;
	}
	grown = curr->vruntime - n->vruntime;
	due = fair_scale(ran, curr);
	if (fair_is_mutated(FAIR_CHECK_CHARGE))
		due++;
	c->checks[FAIR_CHECK_CHARGE]++;
	if (grown != due)
		fair_failed(q, CHARGE, FAIR_HOOK_UPDATE, curr, grown, due);
	c->checks[FAIR_CHECK_DEADLINE]++;
	if (!fair_before(curr->vruntime, curr->deadline) ||
	    fair_is_mutated(FAIR_CHECK_DEADLINE))
		fair_failed(q, DEADLINE, FAIR_HOOK_UPDATE, curr, curr->vruntime,
			    curr->deadline);
	return 0;
}

/* --- the lag of who leaves ------------------------------------------------------------------- */

/* The queue in whose tree a task is. */
static __always_inline struct cfs_rq *fair_queue_of(struct rq *rq, struct sched_entity *se)
{
	return fair_flat() ? bpf_core_cast((void *)&rq->cfs, struct cfs_rq) : se->cfs_rq;
}

/* The longest request that the bound goes by, as it is now. */
static __always_inline u64 fair_bound_slice(struct cfs_rq *q, struct sched_entity *se)
{
	struct sched_entity *curr = fair_curr(q);
	struct rb_node *root = q->tasks_timeline.rb_root.rb_node;
	u64 slice = 0, below;

	if (!HAS(sched_entity___slice, max_slice))
		return se->slice;
	if (curr)
		slice = curr->slice;
	if (root) {
		below = ((struct sched_entity___slice *)fair_node_entity(root))->max_slice;
		if (below > slice)
			slice = below;
	}
	return slice;
}

SEC("fentry/dequeue_task_fair")
int BPF_PROG(leave_entry, struct rq *rq, struct task_struct *p)
{
	struct fair_counts *c = fair_counters();
	struct fair_note *n = fair_note(rq->cpu);
	struct sched_entity *se;

	if (!c || !n)
		return 0;
	n->leaver = 0;
	if (!fair_turn(c, FAIR_ROOM_LAG))
		return 0;
	se = bpf_core_cast((void *)&p->se, struct sched_entity);
	if (!se->on_rq)
		return 0;
	n->leaver = (u64)se;
	n->slice = fair_bound_slice(fair_queue_of(rq, se), se);
	return 0;
}

SEC("fexit/dequeue_task_fair")
int BPF_PROG(leave_exit, struct rq *rq, struct task_struct *p)
{
	struct fair_counts *c = fair_counters();
	struct fair_note *n = fair_note(rq->cpu);
	struct sched_entity *se = bpf_core_cast((void *)&p->se, struct sched_entity);
	u64 slice, bound, lag;

	if (!c || !n || n->leaver != (u64)se)
		return 0;
	n->leaver = 0;
	/* It stays for a while, and until then vlag may hold something else. */
	if (se->on_rq)
		return 0;
	/* A deadline that is renewed on the way may bring a new base slice. */
	slice = n->slice > se->slice ? n->slice : se->slice;
	if (HAS(sched_entity___slice, max_slice))
		slice += tick_ns;
	else
		slice = 2 * slice > tick_ns ? 2 * slice : tick_ns;
	bound = fair_scale(slice, se);
	lag = se->vlag < 0 ? -se->vlag : se->vlag;
	c->checks[FAIR_CHECK_LAG]++;
	if (lag > bound || fair_is_mutated(FAIR_CHECK_LAG))
		fair_failed(fair_queue_of(rq, se), LAG, FAIR_HOOK_LEAVE, se, se->vlag, bound);
	return 0;
}

/* --- the flight recorder --------------------------------------------------------------------- */

SEC("fexit/__enqueue_entity")
int BPF_PROG(enqueue_exit, struct cfs_rq *q, struct sched_entity *se)
{
	fair_record(q, se, FAIR_HOOK_ENQUEUE, 0);
	return 0;
}

SEC("fexit/__dequeue_entity")
int BPF_PROG(dequeue_exit, struct cfs_rq *q, struct sched_entity *se)
{
	fair_record(q, se, FAIR_HOOK_DEQUEUE, 0);
	return 0;
}

SEC("fexit/place_entity")
int BPF_PROG(place_exit, struct cfs_rq *q, struct sched_entity *se)
{
	fair_record(q, se, FAIR_HOOK_PLACE, 0);
	return 0;
}
