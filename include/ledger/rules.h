/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The rules that can be switched off one by one (--no-<name>), as one table: the BPF program, the
 * loader's options and help, and the auditor's oracle use the same bits.
 */
#ifndef LEDGER_RULES_H
#define LEDGER_RULES_H

/* X(bit, CONSTANT, "name", "the fair.c function it follows", "what it does") */
#define LEDGER_RULES(X)                                                                            \
	X(0, PLACE_LAG, "place-lag", "place_entity",                                               \
	  "lag survives sleep and is re-applied by placement (off: a joiner starts at V)")         \
	X(1, PLACE_INITIAL, "place-initial", "place_entity",                                       \
	  "a forked task starts with half a request")                                              \
	X(2, PLACE_REL_DEADLINE, "place-rel-deadline", "place_entity",                             \
	  "a migrated or changed task keeps the rest of its deadline")                             \
	X(3, RUN_TO_PARITY, "run-to-parity", "set_protect_slice",                                  \
	  "the running task is protected until its request ends or a shorter one could start")     \
	X(4, PREEMPT_SHORT, "preempt-short", "wakeup_preempt_fair",                                \
	  "a shorter request preempts a longer one as soon as it is eligible")                     \
	X(5, WAKEUP_PREEMPTION, "wakeup-preemption", "wakeup_preempt_fair",                        \
	  "a waking task may preempt the running one")                                             \
	X(6, BUDDY, "buddy", "pick_eevdf",                                                         \
	  "the buddy is taken first while it is eligible")                                         \
	X(7, LAG_CLAMP, "lag-clamp", "entity_lag",                                                 \
	  "stored lag is bounded by the largest request on the queue plus a tick")                 \
	X(8, YIELD_FORFEIT, "yield-forfeit", "yield_task_fair",                                    \
	  "sched_yield gives up the rest of the request")                                          \
	X(9, CUSTOM_SLICE, "custom-slice", "update_deadline",                                      \
	  "a slice set by sched_setattr is the task's request")                                    \
	X(10, DELAY_DEQUEUE, "delay-dequeue", "__dequeue_task",                                    \
	  "a sleeper that is ahead of V stays on the timeline until it would be picked")           \
	X(11, DELAY_ZERO, "delay-zero", "update_entity_lag",                                       \
	  "one that stayed for that gains no positive lag by it")                                  \
	X(12, PROTECT_ENDS, "protect-ends", "reweight_eevdf",                                      \
	  "a protection that is over stays over (off, as in fair.c: more weight brings it back)")

enum ledger_rule {
#define LEDGER_RULE_BIT(bit, id, name, fair, help) LEDGER_RULE_##id = 1 << (bit),
	LEDGER_RULES(LEDGER_RULE_BIT)
#undef LEDGER_RULE_BIT
#define LEDGER_RULE_SUM(bit, id, name, fair, help) | (1 << (bit))
	LEDGER_RULE_ALL = 0 LEDGER_RULES(LEDGER_RULE_SUM)
#undef LEDGER_RULE_SUM
};

#endif /* LEDGER_RULES_H */
