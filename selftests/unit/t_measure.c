// SPDX-License-Identifier: GPL-2.0
/*
 * The hooks of bpf/measure.bpf.h look at one entity at a time, at two moments of its turn; here
 * everybody's lag is looked at all the time, and the extremes must be the same.
 */
#include "eevdf_host.h"
#include "tap.h"
#include <ledger/control.h>

/* What bpf/ledger.bpf.h has for the hooks. */
#define LEDGER_BPF_H
#ifndef __always_inline
#define __always_inline inline
#endif
typedef struct ledger_task {
	struct eevdf_entity e;
	u64 exec;
	u8 rejoined;
} *task_ptr;
typedef struct ledger_cpu {
	struct eevdf_timeline tl;
	u64 turn_end;
	u32 cpu;
} *cpu_ptr;
static struct ledger_config conf;
static struct ledger_stats stats[1];
#include "../../bpf/measure.bpf.h"

#define LOOPS_MAX 32
#define TURNS 20000
/* Looks a turn. */
#define LOOKS 5

static struct ledger_task loops[LOOPS_MAX];
static struct ledger_cpu cpu;
static unsigned int nr_loops;
static unsigned long long seed;
static u64 most, least, overrun;

static void look_at(const struct eevdf_entity *e, u64 avg)
{
	/* Slices are short here: lag times weight fits. */
	s64 service = (s64)(avg - e->vruntime) * (s64)e->weight / (s64)EEVDF_NICE_0;

	if (service > 0 && (u64)service > most)
		most = service;
	if (service < 0 && (u64)-service > least)
		least = -service;
}

/* Everybody's lag once the running one will have run for @ran, without charging it. */
static void look_at_all(u64 ran)
{
	struct eevdf_timeline tl = cpu.tl;
	struct eevdf_entity curr;
	u64 avg;

	if (tl.curr) {
		curr = *tl.curr;
		curr.vruntime += eevdf_scale(ran, curr.weight);
		tl.curr = &curr;
	}
	avg = eevdf_avg(&tl);
	for (unsigned int i = 0; i < nr_loops; i++)
		look_at(&loops[i].e == cpu.tl.curr ? &curr : &loops[i].e, avg);
}

/* One turn, in the order of the scheduler: charge, put, pick, set. @late: beyond its end, ns. */
static void turn(u64 late)
{
	task_ptr t = (task_ptr)cpu.tl.curr;
	u64 ran = eevdf_left(&t->e) + late;
	struct eevdf_entity *e;

	for (int i = 1; i <= LOOKS; i++)
		look_at_all(ran * i / LOOKS);
	if (late > overrun)
		overrun = late;
	t->exec += ran;
	eevdf_charge(&cpu.tl, ran);
	measure_charge(&cpu, t);

	eevdf_put(&cpu.tl);
	look_at_all(0);
	e = eevdf_pick(&cpu.tl, eevdf_avg(&cpu.tl), true);
	measure_wait(&cpu, (task_ptr)e);
	eevdf_set(&cpu.tl, e);
	measure_turn(&cpu, (task_ptr)e);
}

static void t_extremes(const char *name, unsigned int nr, int spread, u64 late)
{
	const u64 *v = stats[0].v;

	nr_loops = nr;
	most = least = overrun = 0;
	cpu = (struct ledger_cpu){ .tl = { .rules = LEDGER_RULE_ALL, .base_slice = 700000,
					   .tick = 4000000 } };
	stats[0] = (struct ledger_stats){ 0 };
	for (unsigned int i = 0; i < nr; i++) {
		int nice = spread ? (int)(rnd(&seed) % (2 * spread + 1)) - spread : 0;

		loops[i] = (struct ledger_task){ .e.weight = eevdf_weight(120 + nice, false) };
		eevdf_join(&cpu.tl, &loops[i].e, false, false);
	}
	eevdf_set(&cpu.tl, cpu.tl.leftmost);
	measure_turn(&cpu, (task_ptr)cpu.tl.curr);
	for (int i = 0; i < TURNS; i++)
		turn(late ? rnd(&seed) % late : 0);

	eq(v[LEDGER_STAT_LAG_MAX], most, "%s: the most that anybody was owed", name);
	eq(v[LEDGER_STAT_LAG_MIN], least, "%s: the most that anybody had too much", name);
	eq(v[LEDGER_STAT_OVERRUN_MAX], overrun, "%s: the largest overrun", name);
}

int main(void)
{
	plan(16);
	conf.measure = 1;
	seed = 1;
	t_extremes("2 equal", 2, 0, 0);
	t_extremes("8 equal, late by up to 50 us", 8, 0, 50000);
	t_extremes("5 of nice -4..4, late by up to 50 us", 5, 4, 50000);
	t_extremes("20 of nice -4..4, late by up to 4 ms", 20, 4, 4000000);
	t_extremes("32 of nice -19..19, late by up to 50 us", 32, 19, 50000);
	conf.measure = 0;
	turn(4000000);
	ok(stats[0].v[LEDGER_STAT_OVERRUN_MAX] < 4000000, "nothing without --measure");
	return done();
}
