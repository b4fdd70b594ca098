/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The fields of the fair class by whatever name the running kernel has for them. All are chosen by
 * existence: the renames travelled to stable kernels, so a version tells nothing.
 */
#ifndef FAIR_FIELDS_BPF_H
#define FAIR_FIELDS_BPF_H

#include "fair.bpf.h"

#include <ledger/fair.h>

#define FAIR_FLAVOUR __attribute__((preserve_access_index))

/* Before sum_w_vruntime, zero_vruntime, nr_queued. */
struct cfs_rq___old {
	s64 avg_vruntime;
	u64 avg_load;
	u64 min_vruntime;
	unsigned int nr_running;
} FAIR_FLAVOUR;

struct cfs_rq___new {
	s64 sum_w_vruntime;
	u64 sum_weight;
	u64 zero_vruntime;
	unsigned int sum_shift;
	unsigned int nr_queued;
	unsigned int h_nr_queued;
	struct sched_entity *h_curr;
} FAIR_FLAVOUR;

struct sched_entity___slice {
	u64 min_slice;
	u64 max_slice;
	u64 vprot;
	s64 vlag;
} FAIR_FLAVOUR;

struct rq___any {
	struct task_struct *donor;
	struct task_struct *curr;
	raw_spinlock_t __lock;
	struct rq___any *core;
	unsigned int core_enabled;
} FAIR_FLAVOUR;

struct pcpu_hot___any {
	int preempt_count;
} FAIR_FLAVOUR;

extern const int __preempt_count __ksym __weak;
extern const struct pcpu_hot___any pcpu_hot __ksym __weak;

#define HAS(type, field) bpf_core_field_exists(((struct type *)0)->field)

static __always_inline s64 fair_kept_sum(struct cfs_rq *q)
{
	if (HAS(cfs_rq___new, sum_w_vruntime))
		return ((struct cfs_rq___new *)q)->sum_w_vruntime;
	return ((struct cfs_rq___old *)q)->avg_vruntime;
}

static __always_inline u64 fair_kept_weight(struct cfs_rq *q)
{
	if (HAS(cfs_rq___new, sum_weight))
		return ((struct cfs_rq___new *)q)->sum_weight;
	return ((struct cfs_rq___old *)q)->avg_load;
}

static __always_inline u64 fair_zero(struct cfs_rq *q)
{
	if (HAS(cfs_rq___new, zero_vruntime))
		return ((struct cfs_rq___new *)q)->zero_vruntime;
	return ((struct cfs_rq___old *)q)->min_vruntime;
}

static __always_inline u32 fair_shift(struct cfs_rq *q)
{
	return HAS(cfs_rq___new, sum_shift) ? ((struct cfs_rq___new *)q)->sum_shift : 0;
}

static __always_inline bool fair_flat(void)
{
	return HAS(sched_entity___flat, h_load);
}

/* The weight as the trace format prints it. */
static __always_inline u64 fair_full_weight(struct sched_entity *se)
{
	return fair_flat() ? fair_weight(se) : se->load.weight;
}

/* scale_load_down() of 64-bit kernels. */
static __always_inline u64 fair_scaled(u64 weight)
{
	u64 w = weight >> 10;

	return weight && w < 2 ? 2 : w;
}

/* The weight as it counts in the sums. */
static __always_inline u64 fair_sum_weight(struct sched_entity *se, u32 weighting, u32 shift)
{
	u64 w;

	if (weighting == FAIR_WEIGHTING_FLAT)
		w = fair_flat() ? fair_weight(se) : 0;
	else
		w = se->load.weight;
	if (weighting == FAIR_WEIGHTING_SCALED)
		return fair_scaled(w);
	if (shift) {
		w >>= shift & 63;
		if (w < 2)
			w = 2;
	}
	return w;
}

/* The entity that counts beside the tree; NULL: nobody, or it is asleep already. */
static __always_inline struct sched_entity *fair_curr(struct cfs_rq *q)
{
	struct sched_entity *curr = q->curr;

	return curr && curr->on_rq ? curr : NULL;
}

/* Whom update_curr() charges. */
static __always_inline struct sched_entity *fair_charged(struct cfs_rq *q)
{
	return HAS(cfs_rq___new, h_curr) ? ((struct cfs_rq___new *)q)->h_curr : q->curr;
}

/* The queue of a group; NULL: a task. */
static __always_inline struct cfs_rq *fair_group(struct sched_entity *se)
{
	return se->my_q;
}

/* May it stay, though somebody else has an earlier deadline? (protect_slice) */
static __always_inline bool fair_protected(struct sched_entity *se)
{
	if (HAS(sched_entity___slice, vprot))
		return (s64)(se->vruntime - ((struct sched_entity___slice *)se)->vprot) < 0;
	/* The stash of RUN_TO_PARITY. */
	return (u64)se->vlag == se->deadline;
}

/* vlag holds a lag and nothing else. */
static __always_inline bool fair_lag_is_alone(void)
{
	return HAS(sched_entity___slice, vprot) &&
	       bpf_core_field_offset(struct sched_entity___slice, vprot) !=
		       bpf_core_field_offset(struct sched_entity___slice, vlag);
}

static __always_inline u32 fair_preempt_count(void)
{
	if (bpf_ksym_exists(&__preempt_count))
		return *(const int *)bpf_this_cpu_ptr(&__preempt_count);
	if (bpf_ksym_exists(&pcpu_hot))
		return ((struct pcpu_hot___any *)bpf_this_cpu_ptr(&pcpu_hot))->preempt_count;
	return 1;
}

/*
 * Does nobody hold the queue's lock, or we not? Who holds it may not be preempted; the flag for a
 * wanted reschedule, the topmost bit, does not count. From an interrupt, with another CPU holding
 * the lock, it looks as if we did.
 */
static __always_inline bool fair_unlocked(struct cfs_rq *q)
{
	struct rq___any *rq = (struct rq___any *)q->rq;

	if (!(fair_preempt_count() & 0x7fffffff))
		return true;
	if (HAS(rq___any, core_enabled) && HAS(rq___any, core) && rq->core_enabled)
		rq = rq->core;
	return !rq->__lock.raw_lock.val.counter;
}

/*
 * a * b, both unsigned, of which the upper 64 bits. BPF has no wide product.
 */
static __always_inline u64 fair_mul_high(u64 a, u64 b)
{
	u64 al = (u32)a, ah = a >> 32, bl = (u32)b, bh = b >> 32;
	u64 low = al * bl, m1 = ah * bl + (low >> 32), m2 = al * bh + (u32)m1;

	return ah * bh + (m1 >> 32) + (m2 >> 32);
}

/**
 * fair_eligible() - sum >= key * load, in 128 bits (vruntime_eligible)
 * @sum: of the weighted keys
 * @key: vruntime minus reference point
 * @load: of the weights, below 2^63
 */
static __always_inline bool fair_eligible(s64 sum, s64 key, u64 load)
{
	u64 size = key < 0 ? -(u64)key : (u64)key, high, low;

	if (!(size >> 32) && !(load >> 31))
		return sum >= key * (s64)load;
	high = fair_mul_high(size, load);
	low = size * load;
	if (key < 0)
		/* -(high:low) <= sum */
		return high || low >> 63 || sum >= -(s64)low;
	return !high && !(low >> 63) && sum >= (s64)low;
}

/* Shorter of division toward minus infinity: V is left of the average. */
static __always_inline s64 fair_floor(s64 sum, u64 load)
{
	if (sum >= 0)
		return (u64)sum / load;
	return -(s64)((-(u64)sum + load - 1) / load);
}

/**
 * fair_scale() - run time to virtual time (calc_delta_fair)
 * @ns: run time
 * @se: charged; its inverse weight has been computed, where the kernel uses one
 *
 * Where weights have their full size in V, it is one exact division. Before, an inverse of 32 bits.
 */
static __always_inline u64 fair_scale(u64 ns, struct sched_entity *se)
{
	u64 weight = fair_full_weight(se), factor;
	u32 shift = 32;

	if (weight == 1 << 20)
		return ns;
	if (HAS(cfs_rq___new, sum_shift))
		return weight ? (ns << 20) / weight : 0;
	factor = 1024ULL * se->load.inv_weight;
	while (factor >> 32 && can_loop()) {
		factor >>= 1;
		shift--;
	}
	/* mul_u64_u32_shr */
	return (((u64)(u32)ns * factor) >> (shift & 63)) +
	       (((ns >> 32) * factor) << ((32 - shift) & 63));
}

#endif /* FAIR_FIELDS_BPF_H */
