/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The simulated machine. sim_cpu.c does to a timeline what bpf/ does in its callbacks, sim_work.c
 * decides when tasks run and sleep, sim_check.c looks over their shoulder.
 */
#ifndef LEDGER_SIM_ENGINE_H
#define LEDGER_SIM_ENGINE_H

#include "sim.h"
#include "sim_event.h"

#define SIM_NO_CPU (-1)
/* A burst without an end. */
#define SIM_FOREVER (~0ULL)

/**
 * struct sim_task - a task
 * @e: its account; first, so that an entity is its task
 * @burst: ns that it runs before it does something else, or %SIM_FOREVER
 * @service: ns that it has run
 * @charges: how often that was rounded
 * @cpu: whose timeline it is on, if only as a ghost, or %SIM_NO_CPU
 * @last_cpu: where it was last, or %SIM_NO_CPU
 * @messages: that it was sent while it did not sleep
 * @nice: -20..19
 * @initial: forked and not on a timeline yet
 * @sent: it has handed the message on and is about to sleep
 */
struct sim_task {
	struct eevdf_entity e;
	u64 burst;
	u64 service;
	u32 charges;
	s32 cpu;
	s32 last_cpu;
	u32 messages;
	s8 nice;
	bool initial;
	bool sent;
};

/**
 * struct sim_cpu - a CPU
 * @tl: its timeline
 * @ghosts: the entities in the tree whose tasks sleep, along their older and newer
 * @charged: up to when the running entity is charged, ns
 * @picked: when the running task was picked last, ns
 * @due: end of the running task's request as of that, or as of its last charge alone; virtual ns
 * @index: which one
 * @steady: nobody with lag came or went since lags were zero: Theorem 1 holds
 * @constant: nobody came or went at all since the first moment
 */
struct sim_cpu {
	struct eevdf_timeline tl;
	struct eevdf_entity *ghosts;
	u64 charged;
	u64 picked;
	u64 due;
	u32 index;
	bool steady;
	bool constant;
};

struct sim {
	const struct sim_config *cfg;
	struct sim_result *res;
	struct sim_cpu *cpus;
	struct sim_task *tasks;
	struct sim_events events;
	FILE *trace;
	u64 now;
	u64 random;
	u64 decisions;
	u64 next_check;
	u64 idle[SIM_CPUS_MAX / 64];
};

static inline struct sim_task *sim_task_of(struct eevdf_entity *e)
{
	return (struct sim_task *)e;
}

static inline u32 sim_id(const struct sim *sim, const struct sim_task *t)
{
	return t - sim->tasks;
}

/* Asleep, whether it is a ghost or gone. */
static inline bool sim_asleep(const struct sim_task *t)
{
	return t->cpu == SIM_NO_CPU || t->e.delayed;
}

/* Virtual ns of an entity as ns of service. */
static inline s64 sim_service(s64 virtual_ns, u64 weight)
{
	return (__int128)virtual_ns * weight / (s64)EEVDF_NICE_0;
}

/* sim_cpu.c */
u32 sim_charge(struct sim *sim, struct sim_cpu *c);
void sim_dispatch(struct sim *sim, struct sim_cpu *c);
void sim_wake(struct sim *sim, struct sim_task *t);
void sim_sleep(struct sim *sim, struct sim_cpu *c);
void sim_arm(struct sim *sim, struct sim_cpu *c);

/* sim_check.c */
void sim_check_violated(struct sim *sim, enum sim_check check, const struct sim_cpu *c,
			const struct sim_task *t, s64 got, s64 low, s64 high);
void sim_check_lag(struct sim *sim, struct sim_cpu *c, struct sim_task *t, u64 avg,
		   enum sim_moment moment);
void sim_check_cost(struct sim *sim, struct sim_cpu *c, enum sim_op op, u32 nr, u64 rounds);
void sim_check_step(struct sim *sim, struct sim_cpu *c);
void sim_check_end(struct sim *sim);
void sim_trace(struct sim *sim, struct sim_cpu *c);

#endif /* LEDGER_SIM_ENGINE_H */
