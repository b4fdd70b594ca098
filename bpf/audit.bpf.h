/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Telling the module: an event each time a timeline changes or a choice is made. Without the module
 * the calls vanish when the program is loaded.
 */
#ifndef LEDGER_AUDIT_BPF_H
#define LEDGER_AUDIT_BPF_H

#include "ledger.bpf.h"

extern int eevdf_audit_attach(const struct ledger_attach *how, u32 how__sz) __ksym __weak;
extern void eevdf_audit_detach(void) __ksym __weak;
extern int eevdf_audit_event(struct task_struct *p__nullable, const struct ledger_event *rec,
			     u32 rec__sz) __ksym __weak;
extern u64 eevdf_audit_ask(u32 cpu, u32 entities) __ksym __weak;

/* The flags of an event share an argument with its type. */
#define EVENT(type, flags) (LEDGER_EV_##type | (u64)(flags) << 32)

/* Verified on its own, for it is called in very many places. */
__noinline int audit_send(struct ledger_cpu __arena *c __arg_arena,
			  struct ledger_task __arena *t __arg_arena, u64 event, u64 avg)
{
	struct task_struct *p = NULL;
	struct ledger_event rec = {
		.size = sizeof(rec),
		.type = (u16)event,
		.flags = event >> 32,
		.cpu = c->cpu,
		.slot = NO_SLOT,
		.peer = c->peer,
		.avg = avg,
		.zero_vruntime = c->tl.zero_vruntime,
		.sum_w_vruntime = c->tl.sum_w_vruntime,
		.sum_weight = c->tl.sum_weight,
		.nr_tree = c->tl.nr_tree,
		.has_curr = c->tl.curr ? 1 : 0,
	};

	if (!bpf_ksym_exists(eevdf_audit_event))
		return 0;
	if (t) {
		p = task_struct_of(t);
		rec.slot = t->slot;
		rec.vruntime = t->e.vruntime;
		rec.deadline = t->e.deadline;
		rec.vprot = t->e.vprot;
		rec.vlag = t->e.vlag;
		rec.slice = t->e.slice;
		rec.weight = t->e.weight;
		rec.exec = t->exec;
		rec.credit = t->e.credit;
		rec.carry = t->e.carry;
		rec.group_weight = t->group_weight;
		rec.group_load = t->group_load;
	}
	if (eevdf_audit_event(p, &rec, sizeof(rec)) && state.audited)
		state.audited = LEDGER_TELL_PICKS;
	return 0;
}

static __always_inline bool audited(enum ledger_tell how)
{
	return conf.audit && bpf_ksym_exists(eevdf_audit_event) && state.audited == how;
}

/**
 * audit() - tell the module
 * @c: whose timeline; its lock is held
 * @t: the task, or NULL
 * @event: EVENT(type, flags)
 * @avg: V, if the flags hold F_AVG
 */
static __always_inline void audit(cpu_ptr c, task_ptr t, u64 event, u64 avg)
{
	if (audited(LEDGER_TELL_ALL))
		audit_send(c, t, event, avg);
}

/* The next in the order of the tree, or NULL; as a number because it is verified on its own. */
__noinline u64 audit_next(struct eevdf_entity __arena *e __arg_arena)
{
	entity_ptr n = e->right;

	if (n) {
		while (n->left && can_loop())
			n = n->left;
		return (u64)n;
	}
	while ((n = e->parent) && n->right == e && can_loop())
		e = n;
	return (u64)n;
}

__noinline int audit_here(struct ledger_cpu __arena *c __arg_arena,
			  struct eevdf_entity __arena *e __arg_arena)
{
	task_ptr t = entity_task(e);
	u64 flags = (c->tl.curr == e ? LEDGER_F_CURR : 0) | (c->tl.next == e ? LEDGER_F_BUDDY : 0) |
		    (e->delayed ? LEDGER_F_GHOST : 0);

	audit_send(c, t, EVENT(HERE, flags), 0);
	return 0;
}

/**
 * audit_ask() - a pick is about to be carried out: what does the module want to know?
 * @c: whose; its lock is held
 * @t: who was chosen
 * @flags: of the PICK
 *
 * Verified on its own, and so is all that its loop enters, see cpu_pick_no_ghost().
 *
 * Return: 0
 */
__noinline int audit_ask(struct ledger_cpu __arena *c __arg_arena,
			 struct ledger_task __arena *t __arg_arena, u64 flags)
{
	struct eevdf_timeline __arena *tl = &c->tl;
	u64 answer;
	entity_ptr e;
	u32 i = 0;

	if (!bpf_ksym_exists(eevdf_audit_ask))
		return 0;
	answer = eevdf_audit_ask(c->cpu, tl->nr_tree + !!tl->curr);
	c->unasked = answer & LEDGER_ASK_LEAVE_OUT;
	if (answer & LEDGER_ASK_ALL)
		state.audited = LEDGER_TELL_ALL;
	if (!(answer & LEDGER_ASK_INSPECT))
		return 0;
	if (tl->curr)
		audit_here(c, tl->curr);
	/* One more than there are is enough to be told. */
	for (e = tl->leftmost; e && i <= tl->nr_tree && can_loop(); i++) {
		audit_here(c, e);
		e = (entity_ptr)audit_next(e);
	}
	audit_send(c, t, EVENT(PICK, flags), c->avg);
	return 0;
}

/**
 * audit_pick() - a pick that is about to be carried out
 * @c: whose; its lock is held; c->avg is V
 * @t: who was chosen
 * @flags: of the event
 */
static __always_inline void audit_pick(cpu_ptr c, task_ptr t, u64 flags)
{
	audit(c, t, EVENT(PICK, flags), c->avg);
	if (!audited(LEDGER_TELL_PICKS))
		return;
	if (c->unasked)
		c->unasked--;
	else
		audit_ask(c, t, flags);
}

static __always_inline void audit_attach(void)
{
	struct ledger_attach how = {
		.abi = LEDGER_ABI,
		.size = sizeof(how),
		.nr_cpus = conf.nr_cpus,
		.nr_slots = conf.nr_slots,
		.rules = conf.rules,
		.base_slice = conf.base_slice,
		.tick = conf.tick,
		.guard = conf.guard,
	};

	if (!conf.audit || !bpf_ksym_exists(eevdf_audit_attach))
		return;
	state.features |= 1 << LEDGER_FEATURE_MODULE;
	state.audit_error = eevdf_audit_attach(&how, sizeof(how));
	state.audited = state.audit_error ? LEDGER_TELL_NOTHING : LEDGER_TELL_ALL;
}

static __always_inline void audit_detach(void)
{
	if (conf.audit && bpf_ksym_exists(eevdf_audit_detach) && state.audited)
		eevdf_audit_detach();
	state.audited = LEDGER_TELL_NOTHING;
}

#endif /* LEDGER_AUDIT_BPF_H */
