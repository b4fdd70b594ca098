// SPDX-License-Identifier: GPL-2.0
/*
 * What tasks do: run, sleep, wake each other; and the loop that lets time pass.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sim_engine.h"

/* splitmix64: any seed will do. */
static u64 draw(struct sim *sim)
{
	u64 z = sim->random += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

/*
 * -ln(u) of a random u in (0, 1), in 1/65536: log2 bit by bit, because the last digit of a
 * library's log() is not the same everywhere.
 */
static u64 exponential(struct sim *sim)
{
	u64 x = draw(sim) | 1, bits = 0;
	u32 lead = __builtin_clzll(x);
	int i;

	x = x << lead >> 32;
	for (i = 0; i < 16; i++) {
		x = x * x >> 31;
		bits <<= 1;
		if (x >> 32) {
			x >>= 1;
			bits |= 1;
		}
	}
	/* ln(2) = 45426 / 65536 */
	return (((u64)(lead + 1) << 16) - bits) * 45426 >> 16;
}

/* A time of that mean, at least 1 ns. */
static u64 duration(struct sim *sim, u64 mean)
{
	u64 ns = sim->cfg->fixed ? mean : (u64)((unsigned __int128)mean * exponential(sim) >> 16);

	return ns ? ns : 1;
}

static u32 task_timer(const struct sim *sim, const struct sim_task *t)
{
	return sim->cfg->cpus + sim_id(sim, t);
}

/* The next task in the ring of @t; what is left over at the end belongs to the last ring. */
static struct sim_task *next_in_ring(struct sim *sim, struct sim_task *t)
{
	u32 rings = sim->cfg->tasks / sim->cfg->group, id = sim_id(sim, t);
	u32 ring = id / sim->cfg->group, end;

	if (ring >= rings)
		ring = rings - 1;
	end = ring == rings - 1 ? sim->cfg->tasks : (ring + 1) * sim->cfg->group;
	return &sim->tasks[id + 1 < end ? id + 1 : ring * sim->cfg->group];
}

/* The running task of @c has done what it wanted. */
static void burst_ends(struct sim *sim, struct sim_cpu *c)
{
	struct sim_task *t = sim_task_of(c->tl.curr), *next;

	if (sim->cfg->workload == SIM_MIXED) {
		sim_event_set(&sim->events, task_timer(sim, t),
			      sim->now + duration(sim, sim->cfg->sleep));
		sim_sleep(sim, c);
		return;
	}
	if (!t->sent) {
		t->sent = true;
		next = next_in_ring(sim, t);
		if (sim_asleep(next)) {
			next->burst = duration(sim, sim->cfg->run);
			next->sent = false;
			sim_wake(sim, next);
		} else {
			next->messages++;
		}
		/* It may have been interrupted by whom it woke, before it could sleep. */
		if (c->tl.curr != &t->e)
			return;
	}
	if (t->messages) {
		t->messages--;
		t->burst = duration(sim, sim->cfg->run);
		t->sent = false;
		sim_arm(sim, c);
		return;
	}
	sim_sleep(sim, c);
}

static void cpu_timer(struct sim *sim, struct sim_cpu *c)
{
	u32 found;

	sim_event_cancel(&sim->events, c->index);
	found = sim_charge(sim, c);
	if (!sim_task_of(c->tl.curr)->burst)
		burst_ends(sim, c);
	else if (found & EEVDF_RESCHED)
		sim_dispatch(sim, c);
	else
		sim_arm(sim, c);
}

static void task_wakes(struct sim *sim, struct sim_task *t)
{
	sim_event_cancel(&sim->events, task_timer(sim, t));
	t->burst = duration(sim, sim->cfg->run);
	sim_wake(sim, t);
}

static void pass_time(struct sim *sim)
{
	struct sim_events *q = &sim->events;
	u32 i;

	while (q->nr && q->heap[0].at < sim->cfg->length) {
		u32 timer = q->heap[0].timer;

		sim->now = q->heap[0].at;
		if (timer < sim->cfg->cpus)
			cpu_timer(sim, &sim->cpus[timer]);
		else
			task_wakes(sim, &sim->tasks[timer - sim->cfg->cpus]);
	}
	sim->now = sim->cfg->length;
	for (i = 0; i < sim->cfg->cpus; i++)
		if (sim->cpus[i].tl.curr)
			sim_charge(sim, &sim->cpus[i]);
}

/* Spread evenly over @n, so that a share of the tasks is that share of any stretch of them. */
static bool is_hog(const struct sim_config *cfg, u64 id)
{
	if (cfg->workload != SIM_MIXED)
		return cfg->workload != SIM_MESSAGING;
	return (id + 1) * cfg->hogs / 100 != id * cfg->hogs / 100;
}

static void begin(struct sim *sim)
{
	const struct sim_config *cfg = sim->cfg;
	u64 i;

	for (i = 0; i < cfg->cpus; i++) {
		struct sim_cpu *c = &sim->cpus[i];

		c->index = i;
		c->steady = true;
		c->constant = true;
		c->tl.rules = cfg->rules;
		c->tl.base_slice = cfg->slice;
		/* Of the bound of lag: there is a tick even where slices do not wait for it. */
		c->tl.tick = cfg->tick ? cfg->tick : 4000000;
		/* As the kernel begins, so that numbers wrap early. */
		c->tl.zero_vruntime = -(1ULL << 20);
		sim->idle[i / 64] |= 1ULL << (i % 64);
	}
	for (i = 0; i < cfg->tasks; i++) {
		struct sim_task *t = &sim->tasks[i];

		t->nice = cfg->nice[i % cfg->nr_nice];
		sim->res->tasks_of_nice[t->nice + 20]++;
		t->e.custom_slice = cfg->nr_custom ? cfg->custom[i % cfg->nr_custom] : 0;
		t->e.weight = eevdf_weight(120 + t->nice, false);
		t->cpu = SIM_NO_CPU;
		/* Neighbours together, so that every CPU has a part of each list. */
		t->last_cpu = i * cfg->cpus / cfg->tasks;
		t->initial = true;
	}
	for (i = 0; i < cfg->tasks; i++) {
		struct sim_task *t = &sim->tasks[i];

		if (is_hog(cfg, i)) {
			t->burst = SIM_FOREVER;
			sim_wake(sim, t);
		} else if (cfg->workload == SIM_MIXED) {
			sim_event_set(&sim->events, task_timer(sim, t),
				      draw(sim) % cfg->sleep);
		} else if (i % cfg->group == 0 && i / cfg->group < cfg->tasks / cfg->group) {
			t->burst = duration(sim, cfg->run);
			sim_wake(sim, t);
		}
	}
}

static enum sim_status run(struct sim *sim, FILE *err)
{
	const struct sim_config *cfg = sim->cfg;
	u64 timers = cfg->cpus + cfg->tasks;

	sim->cpus = calloc(cfg->cpus, sizeof(*sim->cpus));
	sim->tasks = calloc(cfg->tasks, sizeof(*sim->tasks));
	sim->events.heap = calloc(timers, sizeof(*sim->events.heap));
	sim->events.place = calloc(timers, sizeof(*sim->events.place));
	if (!sim->cpus || !sim->tasks || !sim->events.heap || !sim->events.place) {
		fprintf(err, "eevdf-sim: there is not enough memory for %llu tasks; ask for fewer "
			     "with --tasks\n", cfg->tasks);
		return SIM_STATUS_FAILED;
	}
	begin(sim);
	pass_time(sim);
	sim_check_end(sim);
	return sim_broken(sim->res) ? SIM_STATUS_BROKEN : SIM_STATUS_OK;
}

static enum sim_status close_trace(struct sim *sim, FILE *err)
{
	bool bad = ferror(sim->trace);

	if (!fclose(sim->trace) && !bad)
		return SIM_STATUS_OK;
	fprintf(err, "eevdf-sim: the file of --lag-trace could not be written to its end; is the "
		     "disk full?\n");
	return SIM_STATUS_FAILED;
}

/**
 * sim_run() - simulate
 * @cfg: as sim_options_parse() leaves it
 * @res: zeroed
 * @err: receives a sentence on failure
 *
 * Return: %SIM_STATUS_OK, %SIM_STATUS_FAILED, or %SIM_STATUS_BROKEN if a check did not hold.
 */
enum sim_status sim_run(const struct sim_config *cfg, struct sim_result *res, FILE *err)
{
	struct sim sim = { .cfg = cfg, .res = res, .random = cfg->seed };
	enum sim_status status;

	res->hash = 0xcbf29ce484222325ULL;
	if (cfg->lag_trace) {
		sim.trace = fopen(cfg->lag_trace, "we");
		if (!sim.trace) {
			fprintf(err, "eevdf-sim: cannot write the file of --lag-trace: %s\n",
				strerror(errno));
			return SIM_STATUS_FAILED;
		}
		fprintf(sim.trace, "time_ns\ttask\tlag_ns\n");
	}
	status = run(&sim, err);
	if (sim.trace && close_trace(&sim, err))
		status = SIM_STATUS_FAILED;
	free(sim.cpus);
	free(sim.tasks);
	free(sim.events.heap);
	free(sim.events.place);
	return status;
}
