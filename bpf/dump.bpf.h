/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is printed when the scheduler is ejected or asked for a dump: the books as they stand. No
 * lock is taken, a timeline may be in the middle of a change.
 */
#ifndef LEDGER_DUMP_BPF_H
#define LEDGER_DUMP_BPF_H

#include "yield.bpf.h"

void OPS(ledger_dump, struct scx_dump_ctx *dump)
{
	scx_dump("ledger: %llu tasks, rules 0x%llx, base slice %llu ns, audited %llu",
		 (u64)state.tasks, (u64)conf.rules, conf.base_slice, (u64)state.audited);
}

void OPS(ledger_dump_cpu, struct scx_dump_ctx *dump, s32 cpu, bool idle)
{
	cpu_ptr c = cpu_of(cpu);
	struct eevdf_timeline __arena *tl = &c->tl;

	if (idle && !eevdf_nr(tl))
		return;
	scx_dump("timeline: nr_tree %llu ghosts %llu running %llu dispatched %llu lock %llu",
		 (u64)tl->nr_tree, (u64)tl->nr_delayed, (u64)!!tl->curr, (u64)c->nr_dispatched,
		 (u64)c->lock);
	scx_dump("timeline: sum_w_vruntime %lld sum_weight %llu zero_vruntime %llu V %llu",
		 tl->sum_w_vruntime, tl->sum_weight, tl->zero_vruntime, eevdf_avg(tl));
}

void OPS(ledger_dump_task, struct scx_dump_ctx *dump, struct task_struct *p)
{
	task_ptr t = task_of(p);

	if (!t)
		return;
	scx_dump("account: cpu %lld tree %llu ghost %llu dispatched %llu weight %llu slice %llu", (s64)t->cpu,
		 (u64)t->e.on_tree, (u64)t->e.delayed, (u64)t->dispatched, t->e.weight, t->e.slice);
	scx_dump("account: vruntime %llu deadline %llu lag %lld exec %llu", t->e.vruntime,
		 t->e.deadline,
		 t->cpu >= 0 ? (s64)(eevdf_avg(&cpu_of(t->cpu)->tl) - t->e.vruntime) : t->e.vlag,
		 t->exec);
}

#endif /* LEDGER_DUMP_BPF_H */
