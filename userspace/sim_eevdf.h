/* SPDX-License-Identifier: GPL-2.0 */
/*
 * include/eevdf for the simulator: every round of every loop in there is counted, which is what an
 * operation on the tree costs whatever machine this runs on.
 */
#ifndef LEDGER_SIM_EEVDF_H
#define LEDGER_SIM_EEVDF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef int8_t s8;
typedef uint8_t u8;
typedef int32_t s32;
typedef uint32_t u32;
typedef unsigned long long u64;
typedef long long s64;

extern u64 sim_rounds;
#ifndef EEVDF_CAN_LOOP
#define EEVDF_CAN_LOOP (sim_rounds++, true)
#endif

#include <eevdf/guard.h>
#include <eevdf/pick.h>

#endif /* LEDGER_SIM_EEVDF_H */
