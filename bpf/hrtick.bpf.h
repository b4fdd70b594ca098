/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Slices that end on time (fair.c: hrtick_start_fair, hrtick_update). sched_ext looks at slices
 * with the tick only: at 250 Hz a turn of 0.7 ms lasts 4 ms.
 *
 * With the module a timer a CPU ends the turn. It is told the end whenever that is set or moves,
 * also when the same task is picked again, which fair.c forgets; it decides itself whether the
 * timer must be touched (kmod/hrtick.c). While nobody competes nothing is due; ghosts do not count,
 * for a pick among them and the running task finds that task.
 *
 * Without it a bpf_timer a CPU does so, less exactly. To start one may allocate, so no callback
 * that holds a lock does; it starts itself again when it fires, and looks what is due by then.
 * While nobody competes it looks once a tick, on an idle CPU ten times a second.
 */
#ifndef LEDGER_HRTICK_BPF_H
#define LEDGER_HRTICK_BPF_H

#include "limit.bpf.h"

extern void eevdf_hrtick_enable(bool on) __ksym __weak;
extern void eevdf_hrtick_start(u32 cpu, u64 task, u64 due) __ksym __weak;
extern u64 scx_bpf_now(void) __ksym __weak;

#define HAS_HRTICK (bpf_ksym_exists(eevdf_hrtick_enable) && bpf_ksym_exists(eevdf_hrtick_start))

/**
 * hrtick_update() - the running entity's turn began, its end moved, or it has a rival now
 * @c: locked
 * @left: ns until the turn ends
 */
static __always_inline void hrtick_update(cpu_ptr c, u64 left)
{
	bool rivals = c->tl.nr_tree > c->tl.nr_delayed;
	u64 due = 0, limit;

	if (!conf.hrtick)
		return;
	limit = c->tl.curr ? limit_turn((task_ptr)c->tl.curr) : EEVDF_LIMIT_MAX;
	if (limit < left)
		left = limit;
	/* Without rivals a turn ends when the limit is near: others take from the same budget. */
	if (rivals || limit < 2 * conf.tick) {
		struct rq *rq = cpu_rq(c->cpu);

		if (rq)
			due = rq->clock + left;
	}
	if (!due && !c->due)
		return;
	c->due = due;
	if (HAS_HRTICK)
		eevdf_hrtick_start(c->cpu, (u64)c->tl.curr, due);
}

/* Nobody allots a slice below this (sched_setattr), ns. */
#define POLL_SOON 100000ULL
/* Between two looks at an idle CPU, ns. */
#define POLL_IDLE 100000000ULL
/* core.c: hrtick_start, ns. */
#define POLL_MIN 10000ULL

struct slice_timer {
	struct bpf_timer timer;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* the loader sets it */
	__type(key, u32);
	__type(value, struct slice_timer);
} slice_timers SEC(".maps");

/*
 * In a softirq of the timer's CPU, no lock held: what it reads may change meanwhile. A turn that is
 * ended for nothing goes on after a pick.
 */
static int slice_timer_fires(void *map, u32 *key, struct slice_timer *t)
{
	u32 cpu = *key;
	cpu_ptr c = cpu_of(cpu);
	u64 due, wait;
	s64 left;

	/* A CPU that went offline leaves its timer to another one. */
	if (state.slice_end != LEDGER_SLICE_BPF_TIMER || bpf_get_smp_processor_id() != cpu)
		return 0;
	due = *(volatile u64 __arena *)&c->due;
	left = due - scx_bpf_now();
	if (!due) {
		wait = c->tl.curr ? conf.tick : POLL_IDLE;
	} else if (left > 0) {
		wait = left < (s64)POLL_MIN ? POLL_MIN : left;
	} else {
		/* Once: somebody of a higher class may be running. */
		if (__sync_val_compare_and_swap(&c->due, due, 0) == due)
			kick_cpu(cpu, KICK_PREEMPT);
		wait = POLL_SOON;
	}
	bpf_timer_start(&t->timer, wait, BPF_F_TIMER_CPU_PIN);
	return 0;
}

/* On this CPU. */
static __always_inline int slice_timer_begin(u32 cpu)
{
	struct slice_timer *t = bpf_map_lookup_elem(&slice_timers, &cpu);
	int err;

	use_arena();
	if (!t)
		return -ENOENT;
	err = bpf_timer_init(&t->timer, &slice_timers, CLOCK_MONOTONIC);
	/* It was here before, and has gone off since. */
	if (err == -EBUSY)
		err = 0;
	if (!err)
		err = bpf_timer_set_callback(&t->timer, slice_timer_fires);
	if (!err)
		err = bpf_timer_start(&t->timer, conf.tick, BPF_F_TIMER_CPU_PIN);
	return err;
}

/* The loader runs this once on every CPU. */
SEC("syscall")
int ledger_slice_timer(void *unused)
{
	return slice_timer_begin(bpf_get_smp_processor_id());
}

static __always_inline void hrtick_attach(void)
{
	state.slice_end = LEDGER_SLICE_TICK;
	if (!conf.hrtick)
		return;
	if (HAS_HRTICK) {
		eevdf_hrtick_enable(true);
		state.slice_end = LEDGER_SLICE_MODULE;
	} else if (bpf_ksym_exists(scx_bpf_kick_cpu) && bpf_ksym_exists(scx_bpf_now)) {
		state.slice_end = LEDGER_SLICE_BPF_TIMER;
	}
	if (state.slice_end != LEDGER_SLICE_TICK)
		state.features |= 1 << LEDGER_FEATURE_HRTICK;
}

static __always_inline void hrtick_detach(void)
{
	if (state.slice_end == LEDGER_SLICE_MODULE && HAS_HRTICK)
		eevdf_hrtick_enable(false);
	state.slice_end = LEDGER_SLICE_TICK;
}

#endif /* LEDGER_HRTICK_BPF_H */
