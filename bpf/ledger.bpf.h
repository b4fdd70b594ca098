/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the rooms of ledger.bpf.c share: a task's and a CPU's memory in the arena, the maps, the
 * configuration.
 */
#ifndef LEDGER_BPF_H
#define LEDGER_BPF_H

#include "compat.bpf.h"

#define __eevdf __arena
#define EEVDF_CAN_LOOP can_loop()
#define eevdf_func static __noinline
#define eevdf_global __noinline
#define __eevdf_arg __arg_arena
#include <eevdf/credit.h>
#include <eevdf/global.h>
#include <eevdf/group_lag.h>
#include <eevdf/guard.h>
#include <eevdf/limit.h>

#include <ledger/audit.h>
#include <ledger/control.h>

/* No other task in an event. */
#define NO_SLOT (~0U)

/* No timeline: asleep, on its way to another CPU, in another class. */
#define NO_CPU (-1)

/**
 * struct ledger_queue - tasks that can run and are on no timeline, first come first
 * @head: the first; NULL = nobody
 * @tail: the last
 */
struct ledger_queue {
	struct ledger_task __arena *head;
	struct ledger_task __arena *tail;
};

/**
 * struct ledger_group - a cgroup with the cpu controller, and the root; in the arena
 * @g: its account; first, so that a parent is its group
 * @next_free: the free list; meaningful while no group has it
 * @lock: 1 while somebody works on it (cgroup.bpf.h)
 * @generation: counts the groups that have had this account
 * @gone: the group was removed; the account is freed when nobody is active in it
 * @limit: its cpu.max (limit.bpf.h)
 * @parked: tasks, of this group or below, that wait for the next period of @limit
 * @next_limited: the list of groups with a limit
 */
struct ledger_group {
	struct eevdf_group g;
	struct ledger_group __arena *next_free;
	u32 lock;
	u32 generation;
	struct eevdf_limit limit;
	struct ledger_queue parked;
	struct ledger_group __arena *next_limited;
	u8 gone;
} __attribute__((aligned(64)));

/**
 * struct ledger_task - a task of this scheduler, in the arena
 * @e: its account; first, so that an entity is its task
 * @exec: p->se.sum_exec_runtime up to which the account is charged, ns
 * @key: of its task in the table (task.bpf.h): the task_struct's address; 0 = free
 * @next: in the table's chain, or on the free list
 * @cpu: whose timeline it is on, or %NO_CPU. Written with that timeline's lock held
 * @slot: where the task_struct is found: index into slots
 * @dispatched: handed to the kernel's local queue, still linked until it runs
 * @initial: forked and not enqueued yet
 * @yielded: called sched_yield; settled when it is next charged
 * @pulled: waits here, and for the kernel on another CPU's runqueue, since it was pulled
 * @rejoined: has not run since it joined this timeline; only with --measure
 * @target: whom it named then, who gets what it gives up; NULL = nobody
 * @heir: who got its last gift, for when it exits in debt
 * @target_pid: tells @target from another task that has got its account; read by nobody else
 * @heir_pid: the same of @heir
 * @group: the cgroup that it is in; NULL: the root
 * @group_generation: tells @group from another that has got its account
 * @own: its weight within that group, 1024 * 1024 = nice 0
 * @counted: as what it is counted among the group's active members; 0 = not
 * @group_weight: what those weighed together when @e.weight was last computed; 0 = no group
 * @group_load: what they weighed within the group
 * @parked: the group in whose queue it is; NULL = none. The lock of that group protects it
 * @queue_next: in that queue, or in its CPU's while @arriving
 * @queue_prev: see @queue_next
 * @parked_since: ns of bpf_ktime_get_ns()
 * @arriving: joins its CPU's timeline with the next charge there
 * @excused: waited for too long, and runs whatever its group's limit says
 * @at_user: may not run for now, and is about to return to user space: can be parked
 */
struct ledger_task {
	struct eevdf_entity e;
	u64 exec;
	u64 key;
	struct ledger_task __arena *next;
	s32 cpu;
	u32 slot;
	struct ledger_task __arena *target;
	struct ledger_task __arena *heir;
	s32 target_pid;
	s32 heir_pid;
	struct ledger_group __arena *group;
	u64 own;
	u64 counted;
	u64 group_weight;
	u64 group_load;
	struct ledger_group __arena *parked;
	struct ledger_task __arena *queue_next;
	struct ledger_task __arena *queue_prev;
	u64 parked_since;
	u32 group_generation;
	u8 dispatched;
	u8 initial;
	u8 yielded;
	u8 pulled;
	u8 rejoined;
	u8 arriving;
	u8 excused;
	u8 at_user;
};

/**
 * struct ledger_cpu - a CPU of this scheduler, in the arena
 * @tl: its timeline
 * @clock_base: the running entity has run for rq->clock_task - @clock_base in all (comparable with
 *	sum_exec_runtime), ns
 * @avg: V at the last pick, see cpu_pick()
 * @turn_end: run time at which the running task's turn should end, ns; only with --measure
 * @pulled: the running task named it in a yield, and it left another timeline for that; it joins
 *	with the next charge (balance.bpf.h). NULL = nobody
 * @arrivals: tasks on their way to @tl, that were parked (release.bpf.h) or on the timeline of a
 *	CPU that went off (hotplug.bpf.h)
 * @favoured: the last gift made it eligible, so it runs next; NULL = it has, or it is gone
 * @forced: when a margin last forced a preemption here, ns (yield.bpf.h)
 * @peer: slot of the other task of the event that is being told, or ~0
 * @level: of @tl as of the last tick, virtual ns (global.bpf.h)
 * @load: what its entities weighed then
 * @runnable: how many they were
 * @behind: the CPU to take a task from at the next pick, plus 1; 0 = none
 * @unasked: picks until the module is asked again, with %LEDGER_TELL_PICKS
 * @lock: 1 while somebody works on @tl; taken with IRQs off
 * @cpu: which one
 * @nr_dispatched: tasks on @tl with ->dispatched
 * @starving: a tick saw a task that has waited for too long
 * @offline: 1 from when the CPU goes off until it is back (hotplug.bpf.h)
 * @due: when the running entity's turn ends, rq->clock; 0 = nobody competes (hrtick.bpf.h)
 */
struct ledger_cpu {
	struct eevdf_timeline tl;
	u64 clock_base;
	u64 avg;
	u64 turn_end;
	struct ledger_task __arena *pulled;
	struct ledger_queue arrivals;
	struct ledger_task __arena *favoured;
	u64 forced;
	u64 level;
	u64 load;
	u32 runnable;
	u32 behind;
	u32 peer;
	u32 unasked;
	u32 lock;
	u32 cpu;
	u32 nr_dispatched;
	u32 starving;
	u32 offline;
	u64 due;
} __attribute__((aligned(64)));

typedef struct ledger_task __arena *task_ptr;
typedef struct ledger_cpu __arena *cpu_ptr;
typedef struct ledger_group __arena *group_ptr;
typedef struct eevdf_entity __arena *entity_ptr;

const volatile struct ledger_config conf = {
	.nr_cpus = 1,
	.nr_slots = 1024,
	.rules = LEDGER_RULE_ALL,
	.base_slice = 700000,
	.tick = 4000000,
	.hrtick = 1,
	.cgroups = 1,
};
const volatile u32 exit_dump_len = LEDGER_DUMP_LEN;

struct ledger_state state;
/* Of some timeline, as of its last tick: where an empty one begins (global.h). */
__u64 machine_level;
/* Groups with a limit. */
__u32 nr_limited;
/* CPUs that are not off. */
__u32 nr_online;
struct ledger_exit exit_record;
char exit_dump[LEDGER_DUMP_LEN] SEC(".data.dump");

cpu_ptr cpus;
/* One for each slot. */
task_ptr __arena *task_chains;
struct ledger_stats __arena *stats;

struct {
	__uint(type, BPF_MAP_TYPE_ARENA);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1024); /* pages; the loader sets it */
} arena SEC(".maps");

struct task_slot {
	struct task_struct __kptr *task;
	struct bpf_task_work to_user; /* limit.bpf.h */
};

/* From a slot's number to the task: a load, where every lookup by pid costs two calls. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1024); /* the loader sets it */
	__type(key, u32);
	__type(value, struct task_slot);
} slots SEC(".maps");

/*
 * The verifier lets a program follow arena pointers only if it names the arena, and these come out
 * of task_struct.
 */
#define use_arena() asm volatile("" : : "r"(&arena))

/* Each CPU's others; the loader fills it. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* the loader sets it */
	__type(key, u32);
	__type(value, struct ledger_near);
} near_cpus SEC(".maps");

/* p->scx.dsq_vtime is this scheduler's to use: it holds the way from a task to its account. */
static __always_inline task_ptr task_of(const struct task_struct *p)
{
	use_arena();
	return (task_ptr)p->scx.dsq_vtime;
}

static __always_inline task_ptr entity_task(entity_ptr e)
{
	return (task_ptr)e;
}

static __always_inline cpu_ptr cpu_of(u32 cpu)
{
	use_arena();
	return cpus + cpu;
}

/**
 * other_cpu() - whom to look at when all others are to be looked at
 * @near: of @cpu
 * @cpu: who looks
 * @i: from 0 to nr_others() - 1
 *
 * Return: the near ones in their order, then, on a larger machine, all in the order of their
 * numbers.
 */
static __always_inline u32 other_cpu(const struct ledger_near *near, u32 cpu, u32 i)
{
	if (i < LEDGER_NEAR_CPUS)
		return near->cpus[i];
	cpu += i - LEDGER_NEAR_CPUS + 1;
	return cpu < conf.nr_cpus ? cpu : cpu - conf.nr_cpus;
}

static __always_inline u32 nr_others(void)
{
	u32 others = conf.nr_cpus - 1;

	return others <= LEDGER_NEAR_CPUS ? others : LEDGER_NEAR_CPUS + others;
}

static __always_inline void count(u32 cpu, enum ledger_stat stat)
{
	stats[cpu].v[stat]++;
}

/*
 * Locks are words in the arena, so that kernel functions may be called while one is held, which
 * none of the kernel's locks for BPF allows. IRQs are off wherever one is taken.
 */
static __always_inline bool lock_try(u32 __arena *lock)
{
	return !__sync_lock_test_and_set(lock, 1);
}

/*
 * A virtual CPU can stand still with a lock in its hand for longer than the kernel lets a loop go
 * on, a quarter of a second. So many of those are waited for; then the caller reports an error.
 */
#define LOCK_WAITS 8

/* False after a quarter of a second. */
static __always_inline bool lock_wait(u32 __arena *lock)
{
	while (can_loop()) {
		if (!*(volatile u32 __arena *)lock && lock_try(lock))
			return true;
	}
	return false;
}

/* False after LOCK_WAITS of those. */
static __always_inline bool lock_wait_long(u32 __arena *lock)
{
	u32 waits;

#pragma clang loop unroll(disable)
	for (waits = 0; waits < LOCK_WAITS; waits++)
		if (lock_wait(lock))
			return true;
	return false;
}

/* x86 does not reorder a store with what came before it. */
static __always_inline void lock_drop(u32 __arena *lock)
{
	barrier();
	*(volatile u32 __arena *)lock = 0;
}

/* The task of an account; NULL when it is gone. */
static __always_inline struct task_struct *task_struct_of(task_ptr t)
{
	u32 slot = t->slot;
	struct task_slot *s = bpf_map_lookup_elem(&slots, &slot);

	return s ? s->task : NULL;
}

/* Is the account still that task's? */
static __always_inline bool task_is(task_ptr t, s32 pid)
{
	struct task_struct *p = task_struct_of(t);

	return p && p->pid == pid;
}

#endif /* LEDGER_BPF_H */
