/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the scheduler tells the auditor: one record an event, written by the BPF program
 * (bpf/ledger.bpf.c) and read by the module (kmod/) and its host tests. Layout only; the
 * formulas on the two sides are independent of each other on purpose.
 *
 * Every event is sent with the timeline's lock held and IRQs off. The entity fields and the
 * timeline fields hold the state *after* the event, unless a field says otherwise.
 */
#ifndef LEDGER_AUDIT_H
#define LEDGER_AUDIT_H

#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

/* Raised with every change of a layout or of a meaning below; compared at attach. */
#define LEDGER_ABI 6

/**
 * enum ledger_event_type - what happened to a timeline
 * @LEDGER_EV_UPDATE: the running entity was charged up to @exec; its deadline was renewed if the
 *	vruntime reached it (update_curr, update_deadline)
 * @LEDGER_EV_JOIN: a task entered the timeline: weight taken from the task (lag and relative
 *	deadline rescaled to it), placed against @avg, then inserted into the tree, or made the
 *	running entity with its slice protection set, with %LEDGER_F_CURR (place_entity)
 * @LEDGER_EV_LEAVE: a task left: its lag against @avg was stored in @vlag, its deadline made
 *	relative unless %LEDGER_F_SLEEP, and it was taken out of the tree, or stopped being the
 *	running entity (update_entity_lag, dequeue_entity). With %LEDGER_F_OWED a waiting task was
 *	taken by a CPU that is ahead of this one
 * @LEDGER_EV_PUT: the running entity went back into the tree, nothing else changed
 *	(put_prev_entity)
 * @LEDGER_EV_SET: a queued entity left the tree and became the running one; its slice protection
 *	was set (set_next_entity with first). The buddy is cleared if it was this entity
 * @LEDGER_EV_PICK: a choice over tree and running entity; the task is the chosen one, or NULL for
 *	an empty timeline. Nothing moves (pick_eevdf). @avg is V at the pick
 * @LEDGER_EV_YIELD: the running entity gave up the rest of its request if it was eligible:
 *	vruntime := deadline, deadline renewed (yield_task_fair)
 * @LEDGER_EV_PROTECT: a wakeup did not preempt; the running entity's protection was shortened
 *	(update_protect_slice)
 * @LEDGER_EV_CANCEL: a wakeup preempts; the running entity's protection ended
 *	(cancel_protect_slice)
 * @LEDGER_EV_BUDDY: the task became the timeline's buddy, or NULL: the buddy was cleared
 * @LEDGER_EV_DELAY: the running entity sleeps but is ahead of V: its lag against @avg was stored in
 *	@vlag, and it went into the tree as a ghost (set_delayed). A ghost that is picked, or whose
 *	task is changed, leaves: its lag is neither worse than before nor, with delay-zero, positive
 * @LEDGER_EV_REQUEUE: a ghost's task woke up, and no bound changed its lag against @avg: it is no
 *	longer a ghost, nothing else changed (requeue_delayed_entity). Otherwise it leaves and joins
 * @LEDGER_EV_GRANT: a directed yield: the task was given service by @peer, V being @avg. PAID
 *	follows; the timeline's figures may have that in already
 * @LEDGER_EV_PAID: what the task gave to @peer was taken from it; its protection ended, its
 *	deadline was renewed if it was reached
 * @LEDGER_EV_MARGIN: a directed yield lifted the task's lag to the margin, at everybody's expense
 * @LEDGER_EV_RETURN: @peer, the donor of the task's credit, exits owing it: the task gave back what
 *	it had not consumed
 * @LEDGER_EV_REWEIGHT: the weight of the task, running or in the tree, became what its group leaves
 *	for it now: lag against @avg, what is left of the deadline and, of a running task within it,
 *	of the protection are scaled; in the tree it comes after those of equal deadlines
 *	(reweight_eevdf)
 * @LEDGER_EV_PASSED: the CPU @peer has found nobody to run and idles: the task waits here, and was
 *	not taken. One for each entity of the tree, and then one without a task. Nothing changes
 * @LEDGER_EV_HERE: of an inspection: the task is on the timeline, in the tree or running. One for
 *	each of them, the tree in its order, and then the PICK. Nothing changes
 */
enum ledger_event_type {
	LEDGER_EV_UPDATE = 1,
	LEDGER_EV_JOIN,
	LEDGER_EV_LEAVE,
	LEDGER_EV_PUT,
	LEDGER_EV_SET,
	LEDGER_EV_PICK,
	LEDGER_EV_YIELD,
	LEDGER_EV_PROTECT,
	LEDGER_EV_CANCEL,
	LEDGER_EV_BUDDY,
	LEDGER_EV_DELAY,
	LEDGER_EV_REQUEUE,
	LEDGER_EV_GRANT,
	LEDGER_EV_PAID,
	LEDGER_EV_MARGIN,
	LEDGER_EV_RETURN,
	LEDGER_EV_REWEIGHT,
	LEDGER_EV_PASSED,
	LEDGER_EV_HERE,
	LEDGER_EV_NR,
};

/* Flags of a record. */
#define LEDGER_F_AVG		0x0001	/* @avg is valid: V as the event used it */
#define LEDGER_F_CURR		0x0002	/* JOIN: placed as the running entity, not in the tree;
					 * HERE: it is the running entity */
#define LEDGER_F_SLEEP		0x0004	/* LEAVE: the task sleeps (no relative deadline) */
#define LEDGER_F_INITIAL	0x0008	/* JOIN: first time after fork (half a slice) */
#define LEDGER_F_PROTECT	0x0010	/* PICK: slice protection and buddy were honoured */
#define LEDGER_F_GUARD		0x0020	/* PICK: not by EEVDF, the task had waited too long */
#define LEDGER_F_FRESH		0x0040	/* UPDATE, LEAVE: @exec is p->se.sum_exec_runtime itself;
					 * without it the time since exec_start was added */
#define LEDGER_F_GHOST		0x0080	/* HERE: its task sleeps */
#define LEDGER_F_BUDDY		0x0100	/* HERE: it is the buddy */
#define LEDGER_F_OWED		0x0200	/* LEAVE: @vlag is what the machine owes the task, within
					 * the bound of its lag */
#define LEDGER_F_BOUND		0x0400	/* PASSED: it is on its way to a CPU */

/**
 * enum ledger_tell - what the scheduler tells
 * @LEDGER_TELL_NOTHING: there is nobody to tell
 * @LEDGER_TELL_ALL: every event, as it happens, until one is answered by "no more"
 * @LEDGER_TELL_PICKS: no event; with a pick, before it is carried out, the module is asked what it
 *	wants (eevdf_audit_ask()), unless the last answer says that this one be left out
 */
enum ledger_tell {
	LEDGER_TELL_NOTHING,
	LEDGER_TELL_ALL,
	LEDGER_TELL_PICKS,
};

/* The answer: the picks of this CPU that are left out until it is asked again, and these. */
#define LEDGER_ASK_LEAVE_OUT	0xffffffffULL
#define LEDGER_ASK_INSPECT	(1ULL << 32)	/* this timeline, now: HERE for each entity, PICK */
#define LEDGER_ASK_ALL		(1ULL << 33)	/* LEDGER_TELL_ALL from now on, on every CPU */

/**
 * struct ledger_event - one event of one timeline
 * @size: sizeof(struct ledger_event), so that a longer record of a later ABI is recognised
 * @type: enum ledger_event_type
 * @flags: LEDGER_F_*
 * @cpu: whose timeline
 * @slot: the scheduler's number for the task: constant while the task lives, reused afterwards,
 *	below the number given at attach; ~0 without a task
 * @vruntime: virtual ns
 * @deadline: virtual ns; after LEAVE without %LEDGER_F_SLEEP relative to @vruntime
 * @vprot: the entity is protected while vruntime < vprot, virtual ns
 * @vlag: lag stored by the last LEAVE, virtual ns; positive = service is owed. At JOIN the stored
 *	value, rescaled to the new weight, that placement used
 * @slice: request length, ns
 * @weight: 1024 * 1024 = nice 0
 * @exec: total run time charged to the task so far, ns (comparable with sum_exec_runtime)
 * @avg: V as the event used it, before a JOIN inserts and before a LEAVE removes; see
 *	%LEDGER_F_AVG. Virtual ns
 * @credit: service granted to the task by directed yields that it has not consumed, virtual ns *
 *	weight; 0 once it has left
 * @carry: what it has paid above what its gifts were, same unit
 * @group_weight: what the active members of the task's group weigh together by the weights of the
 *	root; as of the last JOIN or REWEIGHT, which took the weight from it. 0: it is in the root
 * @group_load: what they weigh within the group
 * @zero_vruntime: the timeline's reference point, virtual ns
 * @sum_w_vruntime: sum over the tree of (vruntime - zero_vruntime) * weight, modulo 2^64
 * @sum_weight: sum over the tree of weight
 * @nr_tree: entities in the tree, ghosts included
 * @has_curr: 1 if a running entity belongs to the timeline (it is not in the tree)
 * @peer: GRANT, PAID, RETURN: slot of the other task; PASSED: the CPU that idles; ~0 otherwise
 * @reserved: 0
 */
struct ledger_event {
	__u16 size;
	__u16 type;
	__u32 flags;
	__u32 cpu;
	__u32 slot;
	__u64 vruntime;
	__u64 deadline;
	__u64 vprot;
	__s64 vlag;
	__u64 slice;
	__u64 weight;
	__u64 exec;
	__u64 avg;
	__u64 credit;
	__u64 carry;
	__u64 group_weight;
	__u64 group_load;
	__u64 zero_vruntime;
	__s64 sum_w_vruntime;
	__u64 sum_weight;
	__u32 nr_tree;
	__u32 has_curr;
	__u32 peer;
	__u32 reserved;
};

_Static_assert(sizeof(struct ledger_event) == 152, "struct ledger_event is an ABI");

/**
 * struct ledger_attach - what the scheduler tells once, from ops.init
 * @abi: %LEDGER_ABI; anything else is refused with -EPROTO
 * @size: sizeof(struct ledger_attach)
 * @nr_cpus: events name CPUs below this
 * @nr_slots: events name slots below this
 * @rules: enum ledger_rule bits in force
 * @reserved: 0
 * @base_slice: request length of a task without its own slice, ns
 * @tick: length of a scheduler tick, ns (part of the lag bound)
 * @guard: the anti-stall guard may pick a task that has waited this long, ns; 0 = never
 */
struct ledger_attach {
	__u32 abi;
	__u32 size;
	__u32 nr_cpus;
	__u32 nr_slots;
	__u32 rules;
	__u32 reserved;
	__u64 base_slice;
	__u64 tick;
	__u64 guard;
};

_Static_assert(sizeof(struct ledger_attach) == 48, "struct ledger_attach is an ABI");

#endif /* LEDGER_AUDIT_H */
