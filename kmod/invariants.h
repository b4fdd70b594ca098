/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is checked, as one table: the counters, the kernel log, Documentation/invariants.md and the
 * tests all use these names.
 */
#ifndef EEVDF_AUDIT_INVARIANTS_H
#define EEVDF_AUDIT_INVARIANTS_H

/* X(CONSTANT, "name", "what it promises") */
#define AUDIT_INVARIANTS(X)                                                                        \
	X(DOUBLE_JOIN, "double_join", "a task joins only when it is on no timeline")               \
	X(NOT_JOINED, "not_joined", "an event names a task of this timeline")                      \
	X(NOT_RUNNING, "not_running", "what is charged or put back runs, what is set waited")      \
	X(AVG_VRUNTIME, "avg_vruntime", "V is the floor of the weighted average")                  \
	X(EXEC_TIME, "exec_time", "the run time charged is the kernel's, no less and no more")     \
	X(WEIGHT, "weight", "the weight is that of policy and nice value")                         \
	X(RESCALE, "rescale", "stored lag times weight survives a change of weight")               \
	X(SLICE, "slice", "the request length is the task's own or the base slice")                \
	X(VRUNTIME, "vruntime", "vruntime grows by run time / weight, and by nothing else")        \
	X(PLACEMENT, "placement", "a joiner is placed so that it has its stored lag")              \
	X(YIELD, "yield", "a yield gives up the rest of an eligible request, nothing else")        \
	X(LAG, "lag", "the lag stored is V - vruntime within its bound")                           \
	X(DEADLINE, "deadline", "a deadline is vruntime + request / weight, or the rest of it")    \
	X(SLICE_PROTECTION, "slice_protection", "the running task is protected as long as due")    \
	X(PREEMPT, "preempt", "a wakeup interrupts only whom the wakee may interrupt")             \
	X(DELAYED, "delayed", "who sleeps ahead of V stays until picked, and nobody else does")    \
	X(TRANSFER, "transfer", "a gift is the least of rest, headroom and room, and is paid")     \
	X(TRANSFER_SUM, "transfer_sum", "a gift changes sum(w * v) by the donor's carry only")     \
	X(CREDIT, "credit", "granted = consumed + returned + expired + outstanding")               \
	X(PICK_EMPTY, "pick_empty", "a pick finds somebody if anybody is there")                   \
	X(PICK_ELIGIBLE, "pick_eligible", "the chosen task is not ahead of V")                     \
	X(PICK_EARLIEST, "pick_earliest", "the chosen task has the earliest eligible deadline")    \
	X(BUDDY, "buddy", "the buddy is on the timeline, and is taken first while eligible")       \
	X(GUARD, "guard", "the anti-stall guard takes only who has waited that long")              \
	X(CONSERVATION, "conservation", "no CPU idles while a task waits that could run there")   \
	X(NR_QUEUED, "nr_queued", "tasks counted are the tasks there")                             \
	X(SUM_WEIGHT, "sum_weight", "the kept sum of weights is the sum of the weights")           \
	X(SUM_W_VRUNTIME, "sum_w_vruntime", "the kept sum of weighted keys is their sum")          \
	X(KEY_BOUND, "key_bound", "a key times its weight stays within 62 bits")                   \
	X(ZERO_POINT, "zero_point", "the reference point lies among the vruntimes")                \
	X(OWN_SUMS, "own_sums", "what the module keeps of its own list is what that adds up to")

enum audit_invariant {
#define AUDIT_INVARIANT_ENUM(id, name, promise) AUDIT_##id,
	AUDIT_INVARIANTS(AUDIT_INVARIANT_ENUM)
#undef AUDIT_INVARIANT_ENUM
	AUDIT_NR_INVARIANTS,
};

#endif /* EEVDF_AUDIT_INVARIANTS_H */
