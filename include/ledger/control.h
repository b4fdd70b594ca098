/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the loader tells the BPF program before it is loaded (struct ledger_config, in rodata), and
 * what the program tells the loader (struct ledger_state, struct ledger_exit).
 */
#ifndef LEDGER_CONTROL_H
#define LEDGER_CONTROL_H

#include <ledger/rules.h>
#include <ledger/stats.h>

#ifndef __BPF__
#include <stdbool.h>
#endif

/**
 * struct ledger_config - `const volatile struct ledger_config config` of the BPF program
 * @nr_cpus: possible CPUs, [1, 8192]; timelines
 * @nr_slots: tasks that can be kept at once; also the size of the map "slots"
 * @rules: enum ledger_rule bits in force
 * @audit: 0 = never call the module, 1 = call it when its functions exist
 * @yield: enum ledger_yield
 * @pull: 1 = a yielder's target may be taken to its CPU
 * @strict: 1 = as fair.c also where something else would serve better
 * @base_slice: request length of a task without its own slice, ns, [100000, 100000000]
 * @tick: length of a scheduler tick, ns
 * @guard: run a task that has waited this long, ns; 0 = never
 * @hrtick: 0 = the tick ends slices, 1 = a timer does where that is possible
 * @measure: 1 = keep the counters of %LEDGER_STAT_MAX
 * @kvm_wait: 1 = a yield goes to whom kvm_wait.bpf.c says that the yielder waits for
 * @cgroups: 1 = a task weighs what its cgroup leaves for it, 0 = as in the root
 * @global_lag: 1 = tasks are balanced by what they have had of the whole machine, and groups too
 * @limits: 1 = a cgroup's cpu.max is kept
 * @leaving: 1 = the kernel asks nobody for the tasks of a CPU that goes off (leaving.bpf.h)
 * @guard_ticks: @guard, rounded up
 */
struct ledger_config {
	__u32 nr_cpus;
	__u32 nr_slots;
	__u32 rules;
	__u32 audit;
	__u64 base_slice;
	__u64 tick;
	__u64 guard;
	__u32 strict;
	__u32 yield;
	__u32 pull;
	__u32 hrtick;
	__u32 measure;
	__u32 kvm_wait;
	__u32 global_lag;
	__u32 cgroups;
	__u32 limits;
	__u32 leaving;
	__u32 guard_ticks;
};

#define LEDGER_NEAR_CPUS 64

/**
 * struct ledger_near - a CPU's others
 * @cpus: the nearest first; a machine may have more, or fewer
 */
struct ledger_near {
	__u16 cpus[LEDGER_NEAR_CPUS];
};

/* What a yield that names a target does for it. */
enum ledger_yield {
	LEDGER_YIELD_OFF,	/* nothing */
	LEDGER_YIELD_HINT,	/* it becomes the buddy, as in fair.c */
	LEDGER_YIELD_MARGIN,	/* and its lag is lifted, at everybody's expense */
	LEDGER_YIELD_TRANSFER,	/* it gets what the yielder gives up */
	LEDGER_YIELD_NR,
};

/* Who ends a slice. X(CONSTANT, "name in the start line") */
#define LEDGER_SLICE_ENDS(X)                                                                       \
	X(TICK, "tick")                                                                            \
	X(BPF_TIMER, "bpf-timer")                                                                  \
	X(MODULE, "module")

enum ledger_slice_end {
#define LEDGER_SLICE_ENUM(id, name) LEDGER_SLICE_##id,
	LEDGER_SLICE_ENDS(LEDGER_SLICE_ENUM)
#undef LEDGER_SLICE_ENUM
	LEDGER_SLICE_NR,
};

/*
 * What the program found in this kernel.
 * X(CONSTANT, "name", "what is used when it is there", "what is done without it")
 */
#define LEDGER_FEATURES(X)                                                                         \
	X(CUSTODY, "custody", "ops.dequeue ends each custody exactly once",                        \
	  "a dispatched task is unlinked when it runs")                                            \
	X(IMMED, "immed", "a preempting task is handed back if it cannot run at once",             \
	  "a preempting task waits on the local queue if a higher class runs")                     \
	X(INSERT_BOOL, "insert-bool", "a refused insert is seen at once",                          \
	  "a refused insert is seen at the next enqueue")                                          \
	X(KICK, "kick", "a waiting task wakes an idle CPU, a preemption interrupts at once",       \
	  "an idle CPU finds waiting tasks when it wakes up, some preemptions wait for a tick")    \
	X(EXT_SERVER, "ext-server", "a real-time hog leaves 5 % of a CPU to this class",           \
	  "a real-time hog can starve this class")                                                 \
	X(HRTICK, "hrtick", "a timer ends slices, see \"ended by\" in the start line",             \
	  "slices end with a tick")                                                                \
	X(CPU_MAX, "cpu-max", "no group runs for longer than its cpu.max allows",                  \
	  "cpu.max limits nobody: groups are off, or this kernel is older than 7.3")               \
	X(HOTPLUG, "hotplug", "CPUs may go off and come back meanwhile",                           \
	  "when a CPU goes off or comes back the scheduler is loaded anew")                        \
	X(KVM_WAIT, "kvm-wait", "a virtual CPU's yield goes to the one that has its interrupt",    \
	  "a virtual CPU's yield goes to the one that KVM names: kvm was not loaded, "             \
	  "or it is off")                                                                          \
	X(MODULE, "module", "eevdf_audit keeps a second set of books",                             \
	  "nothing is audited")

enum ledger_feature {
#define LEDGER_FEATURE_ENUM(id, name, with, without) LEDGER_FEATURE_##id,
	LEDGER_FEATURES(LEDGER_FEATURE_ENUM)
#undef LEDGER_FEATURE_ENUM
	LEDGER_FEATURE_NR,
};

/**
 * struct ledger_state - `struct ledger_state state` of the BPF program, in its .bss
 * @stats: array of @config.nr_cpus struct ledger_stats in the arena, readable by the loader at this
 *	very address once the program is attached; 0 before
 * @features: 1 << enum ledger_feature for each that was found
 * @audit_error: 0, or the negative errno with which the module refused the attachment
 * @audited: enum ledger_tell
 * @tasks: tasks that hold a slot now
 * @slice_end: enum ledger_slice_end
 * @reserved: 0
 */
struct ledger_state {
	__u64 stats;
	__u32 features;
	__s32 audit_error;
	__u32 audited;
	__u32 tasks;
	__u32 slice_end;
	__u32 reserved;
};

/* Of struct scx_exit_info, as much as is printed. */
#define LEDGER_EXIT_REASON_LEN 128
#define LEDGER_EXIT_MSG_LEN 1024

/* Exit code of an error on a kernel that lets no program report one as such. */
#define LEDGER_EXIT_ERROR 1

/* The dump has a data section of its own, ".data.dump", so that its size can be set before load. */
#define LEDGER_DUMP_LEN 32768

/**
 * struct ledger_exit - `struct ledger_exit exit_record` of the BPF program, in its .bss
 * @kind: enum scx_exit_kind; 0 while running. Written last, with release order
 * @exit_code: kernel's or user's code
 * @reason: what the kernel calls it
 * @msg: the message that goes with it
 */
struct ledger_exit {
	__s32 kind;
	__s32 reserved;
	__s64 exit_code;
	char reason[LEDGER_EXIT_REASON_LEN];
	char msg[LEDGER_EXIT_MSG_LEN];
};

#endif /* LEDGER_CONTROL_H */
