/* SPDX-License-Identifier: GPL-2.0 */
/* The oracle's side of directed yields: see credit.c. */
#ifndef EEVDF_AUDIT_CREDIT_H
#define EEVDF_AUDIT_CREDIT_H

#include "oracle.h"

/**
 * struct oracle_gift - what a directed yield must do
 * @gain: how far the target's vruntime and deadline go back, virtual ns; 0 = nothing happens
 * @cost: how far the donor's vruntime goes on, virtual ns
 * @carry: the donor's carry afterwards, virtual ns * weight
 */
struct oracle_gift {
	u64 gain;
	u64 cost;
	u64 carry;
};

struct oracle_gift oracle_transfer(const struct oracle_rq *rq, const struct oracle_se *from,
				   const struct oracle_se *to, u64 v, u64 tick, u32 rules);
u64 oracle_margin(const struct oracle_rq *rq, const struct oracle_se *to, u64 v, u64 base_slice,
		  u64 tick, u32 rules);
u64 oracle_give_back(const struct oracle_se *from, const struct oracle_se *to, u64 v);
u64 oracle_use_credit(struct oracle_se *se, u64 service);

#endif /* EEVDF_AUDIT_CREDIT_H */
