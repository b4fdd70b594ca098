/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's side of the program: functions, flag values, per-CPU data and arena pointers, taken
 * from the running kernel and never from a header. What a kernel lacks is found by existence.
 */
#ifndef LEDGER_COMPAT_BPF_H
#define LEDGER_COMPAT_BPF_H

/* Prototypes of kernel functions differ between kernels: this file declares those that are used. */
#define BPF_NO_KFUNC_PROTOTYPES
/* 7.3 names structs inside structs without a member; nothing here needs what is in them. */
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wmissing-declarations"
#include <vmlinux.h>
#pragma clang diagnostic pop
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>

#ifndef __BPF_FEATURE_ADDR_SPACE_CAST
#error "this compiler has no arena pointers: clang 19 or later is needed"
#endif

#define NULL ((void *)0)
#define NUMA_NO_NODE (-1)
#define PAGE_SIZE 4096
#define ENOENT 2
#define ENOMEM 12
#define EBUSY 16
#define CLOCK_MONOTONIC 1
/* include/uapi/linux/sched.h */
#define SCHED_BATCH_POLICY 3
#define SCHED_IDLE_POLICY 5
#define SCHED_EXT_POLICY 7
/* A task in its last schedule() (TASK_DEAD). */
#define TASK_DEAD_STATE 0x80
/*
 * States from which a task must not wake up without reason: stopped, traced, parked, dead, frozen
 * (is_special_task_state).
 */
#define TASK_SPECIAL_STATES (0x4 | 0x8 | 0x40 | TASK_DEAD_STATE | 0x8000)

#define __arena __attribute__((address_space(1)))

/*
 * False once the program has used up its budget: 8 million rounds, from 6.15 on a quarter of a
 * second.
 */
static __always_inline bool can_loop(void)
{
	asm volatile goto("may_goto %l[spent]" : : : : spent);
	return true;
spent:
	return false;
}

/* The value that the running kernel gives an enumerator; 0 where it has none. */
#define SCX_VALUE(type, name)                                                                      \
	(bpf_core_enum_value_exists(enum type, name) ? bpf_core_enum_value(enum type, name) : 0ULL)
#define DSQ_LOCAL SCX_VALUE(scx_dsq_id_flags, SCX_DSQ_LOCAL)
#define DSQ_LOCAL_ON SCX_VALUE(scx_dsq_id_flags, SCX_DSQ_LOCAL_ON)
#define ENQ_WAKEUP SCX_VALUE(scx_enq_flags, SCX_ENQ_WAKEUP)
#define ENQ_PREEMPT SCX_VALUE(scx_enq_flags, SCX_ENQ_PREEMPT)
#define ENQ_LAST SCX_VALUE(scx_enq_flags, SCX_ENQ_LAST)
/* 7.1: a task that can not run at once comes back. */
#define ENQ_IMMED SCX_VALUE(scx_enq_flags, SCX_ENQ_IMMED)
/* 7.1: ops.dequeue() ends every custody, and has flags unless the task was only dispatched. */
#define HAS_CUSTODY bpf_core_enum_value_exists(enum scx_deq_flags, SCX_DEQ_SCHED_CHANGE)
#define DEQ_SLEEP SCX_VALUE(scx_deq_flags, SCX_DEQ_SLEEP)
#define KICK_IDLE SCX_VALUE(scx_kick_flags, SCX_KICK_IDLE)
#define KICK_PREEMPT SCX_VALUE(scx_kick_flags, SCX_KICK_PREEMPT)

/*
 * Weak where there is a way without. Some builds (Debian's 7.1.13 and 7.2.12) describe some of the
 * functions that have an implicit argument with that argument, and then neither libbpf nor the
 * verifier takes a call: such a function counts as missing. A kernel built with a newer pahole
 * needs none of this.
 */
extern void scx_bpf_error_bstr(char *fmt, unsigned long long *data, u32 data_len) __ksym __weak;
extern void scx_bpf_exit_bstr(s64 exit_code, char *fmt, unsigned long long *data,
			      u32 data_len) __ksym __weak;
extern void scx_bpf_dump_bstr(char *fmt, unsigned long long *data, u32 data_len) __ksym __weak;
extern s32 scx_bpf_select_cpu_dfl(struct task_struct *p, s32 prev_cpu, u64 wake_flags,
				  bool *is_idle) __ksym;
extern void scx_bpf_dsq_insert(struct task_struct *p, u64 dsq_id, u64 slice,
			       u64 enq_flags) __ksym __weak;
extern void scx_bpf_kick_cpu(s32 cpu, u64 flags) __ksym __weak;
extern s32 scx_bpf_pick_idle_cpu(const struct cpumask *cpus_allowed, u64 flags) __ksym __weak;
extern bool bpf_cpumask_test_cpu(u32 cpu, const struct cpumask *cpumask) __ksym;
extern struct task_struct *bpf_task_acquire(struct task_struct *p) __ksym;
extern void bpf_task_release(struct task_struct *p) __ksym;
extern void __arena *bpf_arena_alloc_pages(void *map, void __arena *addr, u32 page_cnt, int node_id,
					   u64 flags) __ksym;
extern void bpf_arena_free_pages(void *map, void __arena *ptr, u32 page_cnt) __ksym;

/*
 * 6.19: tells whether the insertion was accepted. libbpf strips the last ___suffix of a name, hence
 * the second one. Goes when 6.18 does.
 */
extern bool scx_bpf_dsq_insert___v2___compat(struct task_struct *p, u64 dsq_id, u64 slice,
					     u64 enq_flags) __ksym __weak;

static __always_inline bool dsq_insert(struct task_struct *p, u64 dsq_id, u64 slice, u64 enq_flags)
{
	if (bpf_ksym_exists(scx_bpf_dsq_insert___v2___compat))
		return scx_bpf_dsq_insert___v2___compat(p, dsq_id, slice, enq_flags);
	scx_bpf_dsq_insert(p, dsq_id, slice, enq_flags);
	return true;
}

/* An idle CPU of the mask, which is then no longer taken for idle by others; negative: none. */
static __always_inline s32 pick_idle_cpu(const struct cpumask *allowed)
{
	return bpf_ksym_exists(scx_bpf_pick_idle_cpu) ? scx_bpf_pick_idle_cpu(allowed, 0) : -1;
}

static __always_inline void kick_cpu(s32 cpu, u64 flags)
{
	if (bpf_ksym_exists(scx_bpf_kick_cpu))
		scx_bpf_kick_cpu(cpu, flags);
}

/* printf-like calls take their arguments as an array of u64. */
#define scx_dump(fmt, args...)                                                                     \
	({                                                                                         \
		static char ____fmt[] = fmt;                                                       \
		unsigned long long ____args[] = { args };                                          \
		if (bpf_ksym_exists(scx_bpf_dump_bstr))                                            \
			scx_bpf_dump_bstr(____fmt, ____args, sizeof(____args));                    \
	})
#define scx_error(fmt, args...)                                                                    \
	({                                                                                         \
		static char ____fmt[] = fmt;                                                       \
		unsigned long long ____args[] = { args };                                          \
		if (bpf_ksym_exists(scx_bpf_error_bstr))                                           \
			scx_bpf_error_bstr(____fmt, ____args, sizeof(____args));                   \
		else if (bpf_ksym_exists(scx_bpf_exit_bstr))                                       \
			scx_bpf_exit_bstr(LEDGER_EXIT_ERROR, ____fmt, ____args, sizeof(____args)); \
	})

/* The CPU whose runqueue lock protects the task (scx_bpf_task_cpu() without the call). */
static __always_inline u32 task_cpu(const struct task_struct *p)
{
	return p->thread_info.cpu;
}

/* Runs, or is still being switched out. The field is 4 bytes or 1, by kernel; it holds 0 or 1. */
static __always_inline bool task_on_cpu(const struct task_struct *p)
{
	u8 on_cpu = 1;

	bpf_probe_read_kernel(&on_cpu, sizeof(on_cpu),
			      (const void *)p + bpf_core_field_offset(p->on_cpu));
	return on_cpu;
}

/*
 * struct rq holds the very clock that the kernel charges with, which no helper returns for another
 * CPU. (scx_bpf_cpu_rq() went away in 7.3.)
 */
extern struct rq runqueues __ksym;

static __always_inline struct rq *cpu_rq(u32 cpu)
{
	return bpf_per_cpu_ptr(&runqueues, cpu);
}

#define OPS(name, args...) SEC("struct_ops/" #name) BPF_PROG(name, ##args)
#define OPS_SLEEPABLE(name, args...) SEC("struct_ops.s/" #name) BPF_PROG(name, ##args)

#endif /* LEDGER_COMPAT_BPF_H */
