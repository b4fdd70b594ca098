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
extern void eevdf_audit_event(struct task_struct *p__nullable, const struct ledger_event *rec,
			      u32 rec__sz) __ksym __weak;

/* The flags of an event share an argument with its type. */
#define EVENT(type, flags) (LEDGER_EV_##type | (u64)(flags) << 32)

static __noinline void audit_send(cpu_ptr c, task_ptr t, struct task_struct *p, u64 event, u64 avg)
{
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
		return;
	if (t) {
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
	}
	eevdf_audit_event(p, &rec, sizeof(rec));
}

static __always_inline bool audited(void)
{
	return conf.audit && bpf_ksym_exists(eevdf_audit_event) && state.audited;
}

/**
 * audit() - tell the module
 * @c: whose timeline; its lock is held
 * @t: the task, or NULL
 * @p: the same, or NULL if the caller has none at hand
 * @event: EVENT(type, flags)
 * @avg: V, if the flags hold F_AVG
 */
static __always_inline void audit(cpu_ptr c, task_ptr t, struct task_struct *p, u64 event, u64 avg)
{
	if (!audited())
		return;
	if (t && !p)
		p = task_struct_of(t);
	audit_send(c, t, p, event, avg);
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
	state.audited = !state.audit_error;
}

static __always_inline void audit_detach(void)
{
	if (conf.audit && bpf_ksym_exists(eevdf_audit_detach) && state.audited)
		eevdf_audit_detach();
	state.audited = 0;
}

#endif /* LEDGER_AUDIT_BPF_H */
