/* SPDX-License-Identifier: GPL-2.0 */
/* Between kfuncs.c and main.c. Includes nothing that defines task_struct. */
#ifndef EEVDF_AUDIT_KFUNCS_H
#define EEVDF_AUDIT_KFUNCS_H

#include <linux/compiler.h>
#include <linux/types.h>

#include <ledger/audit.h>

struct btf_id_set8;
struct task_struct;

/* The functions for BPF programs, with their flags. */
extern struct btf_id_set8 *const eevdf_audit_kfuncs;
/* Those for programs that trace. */
extern struct btf_id_set8 *const eevdf_audit_fair_kfuncs;

int audit_attach(const struct ledger_attach *how, u32 size);
void audit_detach(void);
int audit_event(struct task_struct *p, const struct ledger_event *rec, u32 size);
u64 audit_ask(u32 cpu, u32 entities);

#endif /* EEVDF_AUDIT_KFUNCS_H */
