// SPDX-License-Identifier: GPL-2.0
/*
 * What BPF programs see. This file alone is compiled with type information (Kbuild), and it must
 * not know what a task_struct looks like: its BTF then says "struct task_struct, defined
 * elsewhere", which becomes the kernel's own. From a full definition pahole may make a second type
 * of that name (it does with Linux 7.2), and to the verifier a task is then not a task.
 */
#include "fair.h"
#include "hrtick.h"
#include "kfuncs.h"

#include <linux/btf_ids.h>

/* As in <linux/btf.h>, which would define task_struct. */
#define __bpf_kfunc __used __retain __noclone noinline
#define KF_RCU (1 << 7)

__diag_push();
__diag_ignore_all("-Wmissing-declarations", "declared by the programs that call them");
__diag_ignore_all("-Wmissing-prototypes", "declared by the programs that call them");

/**
 * eevdf_audit_attach - see audit_attach()
 * @how: what the scheduler is and does
 * @how__sz: bytes at @how
 *
 * Return: 0 or an error.
 */
__bpf_kfunc int eevdf_audit_attach(const struct ledger_attach *how, u32 how__sz)
{
	return audit_attach(how, how__sz);
}

/**
 * eevdf_audit_detach - see audit_detach()
 */
__bpf_kfunc void eevdf_audit_detach(void)
{
	audit_detach();
}

/**
 * eevdf_audit_event - see audit_event()
 * @p__nullable: the task, or NULL
 * @rec: what happened
 * @rec__sz: bytes at @rec
 */
__bpf_kfunc int eevdf_audit_event(struct task_struct *p__nullable, const struct ledger_event *rec,
				  u32 rec__sz)
{
	return audit_event(p__nullable, rec, rec__sz);
}

/**
 * eevdf_audit_ask - see audit_ask()
 * @cpu: whose pick
 * @entities: on that CPU's timeline
 *
 * Return: see enum ledger_tell.
 */
__bpf_kfunc u64 eevdf_audit_ask(u32 cpu, u32 entities)
{
	return audit_ask(cpu, entities);
}

/**
 * eevdf_hrtick_enable - see hrtick_enable()
 * @on: a scheduler begins; false: it ends
 */
__bpf_kfunc void eevdf_hrtick_enable(bool on)
{
	hrtick_enable(on);
}

/**
 * eevdf_hrtick_start - see hrtick_start()
 * @cpu: whose running task
 * @task: its p->scx.dsq_vtime
 * @due: when its turn ends, ns of rq->clock; 0 = open
 */
__bpf_kfunc void eevdf_hrtick_start(u32 cpu, u64 task, u64 due)
{
	hrtick_start(cpu, task, due);
}

/**
 * eevdf_end_turn_at_user - see hrtick_end_at_user()
 */
__bpf_kfunc void eevdf_end_turn_at_user(void)
{
	hrtick_end_at_user();
}

/**
 * eevdf_audit_fair - see audit_fair()
 * @rec: struct fair_finding; to the verifier its arrays of structs are none
 * @rec__sz: bytes at @rec
 *
 * Return: 0 or an error.
 */
__bpf_kfunc int eevdf_audit_fair(const void *rec, u32 rec__sz)
{
	return audit_fair(rec, rec__sz);
}

__diag_pop();

BTF_KFUNCS_START(audit_kfunc_ids)
BTF_ID_FLAGS(func, eevdf_audit_attach)
BTF_ID_FLAGS(func, eevdf_audit_detach)
BTF_ID_FLAGS(func, eevdf_audit_event, KF_RCU)
BTF_ID_FLAGS(func, eevdf_audit_ask)
BTF_ID_FLAGS(func, eevdf_hrtick_enable)
BTF_ID_FLAGS(func, eevdf_hrtick_start)
BTF_ID_FLAGS(func, eevdf_end_turn_at_user)
BTF_KFUNCS_END(audit_kfunc_ids)

BTF_KFUNCS_START(fair_kfunc_ids)
BTF_ID_FLAGS(func, eevdf_audit_fair)
BTF_KFUNCS_END(fair_kfunc_ids)

struct btf_id_set8 *const eevdf_audit_kfuncs = &audit_kfunc_ids;
struct btf_id_set8 *const eevdf_audit_fair_kfuncs = &fair_kfunc_ids;
