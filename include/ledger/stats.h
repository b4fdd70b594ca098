/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The scheduler's counters, as one table: the BPF program counts by index, the loader prints,
 * explains (--help-stats) and documents them from here.
 */
#ifndef LEDGER_STATS_H
#define LEDGER_STATS_H

#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

/* How a counter is read. */
enum ledger_stat_kind {
	LEDGER_STAT_COUNT,	/* an event that happens in normal operation */
	LEDGER_STAT_MAX,	/* the largest value seen, with --measure; else zero */
	LEDGER_STAT_ZERO,	/* must stay zero: anything else is a defect, in every stats line */
};

/* X(CONSTANT, "name", kind, "what one count means, or what the largest value is of") */
#define LEDGER_STATS(X)                                                                            \
	X(SWITCHES, "switches", COUNT, "another task began to run")                                \
	X(PICKS, "picks", COUNT, "choices made over a timeline with at least one entity")          \
	X(KEPT, "kept", COUNT, "picks that kept the running task")                                 \
	X(WAKEUPS, "wakeups", COUNT, "tasks that joined a timeline by waking up")                  \
	X(FORKS, "forks", COUNT, "tasks that joined a timeline for the first time")                \
	X(MOVES, "moves", COUNT, "tasks that joined a timeline after a move or another change")    \
	X(REQUEUES, "requeues", COUNT, "running tasks put back into their timeline")               \
	X(LEAVES, "leaves", COUNT, "tasks that left a timeline, for sleep or for a change")        \
	X(DELAYS, "delays", COUNT, "sleepers that stayed as ghosts, being ahead of V")             \
	X(DRAINS, "drains", COUNT, "ghosts that left because they were picked")                    \
	X(GHOST_WAKES, "ghost_wakes", COUNT, "ghosts whose task woke up before that")              \
	X(LIGHTER, "lighter", COUNT, "tasks that woke up on a CPU with less to run than theirs")  \
	X(DIRECT, "direct", COUNT, "tasks sent straight to an idle CPU's local queue")             \
	X(PREEMPTS, "preempts", COUNT, "wakeups that preempted the running task")                  \
	X(TICKS, "ticks", COUNT, "scheduler ticks")                                                \
	X(SLICE_ENDS, "slice_ends", COUNT, "ticks that ended the running task's turn")             \
	X(RENEWALS, "renewals", COUNT, "deadlines renewed because a request was complete")         \
	X(YIELDS, "yields", COUNT, "sched_yield calls")                                            \
	X(YIELD_TOS, "yield_tos", COUNT, "directed yields that named a target")                    \
	X(GRANTS, "grants", COUNT, "gifts: a yielder's service went to the task it named")         \
	X(GRANTS_SHORT, "grants_short", COUNT, "gifts after which the target was not eligible")    \
	X(GRANTS_PASSED, "grants_passed", COUNT, "gifts after which it was, but another ran next") \
	X(MARGINS, "margins", COUNT, "targets lifted by --yield margin")                           \
	X(HINTS, "hints", COUNT, "targets that became the buddy and got nothing else")             \
	X(PULLS, "pulls", COUNT, "targets taken from another CPU's timeline to the yielder's")     \
	X(REFUSED_AWAY, "refused_away", COUNT, "targets on no timeline: asleep, on the move, or "  \
		"already chosen to run")                                                           \
	X(REFUSED_MASK, "refused_mask", COUNT, "targets not pulled: affinity, migration "          \
		"disabled, still being switched out")                                              \
	X(REFUSED_EMPTY, "refused_empty", COUNT, "yielders with nothing to give, or targets "      \
		"with no room")                                                                    \
	X(REDIRECTS, "redirects", COUNT, "virtual CPUs' yields that went to the one that has "     \
		"their interrupt")                                                                 \
	X(WAIT_EXPIRED, "wait_expired", COUNT, "yields whose interrupt had found no answer in "    \
		"50 ms, so they went to whom they named")                                          \
	X(KVM_WAITS, "kvm_waits", COUNT, "interrupts from one virtual CPU to one other")           \
	X(CONFIRMED, "confirmed", COUNT, "such interrupts that were ended after a redirect")       \
	X(GRANTED, "granted", COUNT, "credit given, in service of 2^-20 ns, as the next three")    \
	X(CONSUMED, "consumed", COUNT, "credit run, or given on, by its holder")                   \
	X(RETURNED, "returned", COUNT, "credit taken back because the donor exited owing it")      \
	X(EXPIRED, "expired", COUNT, "credit left when its holder left the timeline or gave up")   \
	X(REWEIGHTS, "reweights", COUNT, "tasks whose weight changed with what their group does")  \
	X(PARKS, "parks", COUNT, "tasks put aside, a group's cpu.max being used up")               \
	X(RELEASES, "releases", COUNT, "such tasks that may run again")                            \
	X(EXCUSED, "excused", COUNT, "such tasks that waited so long that they run all the same")  \
	X(STEALS, "steals", COUNT, "tasks pulled by a CPU that would have idled")                  \
	X(STEAL_MISSES, "steal_misses", COUNT, "searches for a task to pull: there was none")      \
	X(STEAL_UNSEEN, "steal_unseen", COUNT, "the same, but one was still being switched out, "  \
		"or stopped by its cpu.max")                                                       \
	X(BALANCED, "balanced", COUNT, "tasks pulled from a CPU whose tasks had had less")         \
	X(IDLE_KICKS, "idle_kicks", COUNT, "idle CPUs told that a task waits")                     \
	X(CLAMPS, "clamps", COUNT, "stored lags that met their bound")                             \
	X(GUARDS, "guards", COUNT, "picks by the anti-stall guard instead of EEVDF")               \
	X(REENQS, "reenqs", COUNT, "tasks the kernel handed back before they ran")                 \
	X(DISPLACED, "displaced", COUNT, "running tasks put aside by the kernel, not by a pick")   \
	X(LAG_MAX, "lag_max_ns", MAX, "service that a task was owed when it began to run")         \
	X(LAG_MIN, "lag_min_ns", MAX, "service that a running task had beyond its share")          \
	X(OVERRUN_MAX, "overrun_max_ns", MAX, "time run beyond a turn's end while others wait")    \
	X(Z_LOCK, "z_lock", ZERO, "a timeline's lock was not to be had")                           \
	X(Z_EMPTY, "z_empty", ZERO, "nobody eligible on a timeline that is not empty")             \
	X(Z_SUM, "z_sum", ZERO, "a sum was not zero on an empty tree")                             \
	X(Z_STRAY, "z_stray", ZERO, "a task was found on another timeline than its record says")   \
	X(Z_CLOCK, "z_clock", ZERO, "a task's run time went backwards")                            \
	X(Z_KEY, "z_key", ZERO, "a key times its weight left the 62 bits that sums can carry")     \
	X(Z_TREE, "z_tree", ZERO, "a walk of the tree did not end within its bound")

enum ledger_stat {
#define LEDGER_STAT_ENUM(id, name, kind, help) LEDGER_STAT_##id,
	LEDGER_STATS(LEDGER_STAT_ENUM)
#undef LEDGER_STAT_ENUM
	LEDGER_STAT_NR,
};

/**
 * struct ledger_stats - the counters of one CPU
 * @v: by enum ledger_stat; only grow, but for %LEDGER_STAT_MAX, which user space takes away when
 *	it reads. Written on behalf of that CPU's timeline with its lock held, except those that
 *	need no exactness. Read by user space without a lock
 */
struct ledger_stats {
	__u64 v[LEDGER_STAT_NR];
} __attribute__((aligned(64)));

#endif /* LEDGER_STATS_H */
