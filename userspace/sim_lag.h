/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A distribution of signed numbers in constant memory: exact below 64, beyond that in 64 steps a
 * doubling, so a quantile is off by less than 1.6 %. Smallest and largest are exact.
 */
#ifndef LEDGER_SIM_LAG_H
#define LEDGER_SIM_LAG_H

#include "sim_eevdf.h"

#define SIM_LAG_SIDE 3712

struct sim_lag {
	u64 count;
	s64 min;
	s64 max;
	u64 bucket[2 * SIM_LAG_SIDE];
};

void sim_lag_add(struct sim_lag *lag, s64 value);
s64 sim_lag_quantile(const struct sim_lag *lag, u32 percent);

#endif /* LEDGER_SIM_LAG_H */
