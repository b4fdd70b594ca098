// SPDX-License-Identifier: GPL-2.0
/*
 * What happens to a timeline, in the order in which bpf/ does it: enqueue.bpf.h, dispatch.bpf.h,
 * balance.bpf.h. Slices end on time (or at ticks), switching is free, there is no anti-stall guard.
 */
#include "sim_engine.h"

/* How far a search for work goes, as in bpf/balance.bpf.h. */
#define STEAL_CPUS 64

/* What a decision is, for the hash. */
enum decision {
	PICKED,
	WOKEN,
	SLEPT,
	STOLEN,
};

u64 sim_rounds;

/* FNV-1a over words. */
static void decided(struct sim *sim, const struct sim_cpu *c, enum decision what,
		    const struct sim_task *t)
{
	u64 words[] = { sim->now, ((u64)c->index << 32) | what, sim_id(sim, t) };
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		sim->res->hash = (sim->res->hash ^ words[i]) * 0x100000001b3ULL;
	sim->decisions++;
}

static void set_idle(struct sim *sim, const struct sim_cpu *c, bool idle)
{
	u64 bit = 1ULL << (c->index % 64);

	if (idle)
		sim->idle[c->index / 64] |= bit;
	else
		sim->idle[c->index / 64] &= ~bit;
}

/* The first idle CPU from @from on, around the end; NULL: all are busy. */
static struct sim_cpu *idle_cpu(const struct sim *sim, u32 from)
{
	u32 words = (sim->cfg->cpus + 63) / 64, i;

	for (i = 0; i <= words; i++) {
		u32 word = (from / 64 + i) % words;
		u64 bits = sim->idle[word];

		if (i == 0)
			bits &= ~0ULL << (from % 64);
		else if (i == words)
			bits &= ~(~0ULL << (from % 64));
		if (bits)
			return &sim->cpus[word * 64 + __builtin_ctzll(bits)];
	}
	return NULL;
}

static void insert(struct sim *sim, struct sim_cpu *c, struct sim_task *t, bool put)
{
	u32 nr = c->tl.nr_tree;
	u64 before = sim_rounds;

	if (put)
		eevdf_put(&c->tl);
	else
		eevdf_join(&c->tl, &t->e, t->initial, false);
	sim_check_cost(sim, c, SIM_OP_INSERT, nr, sim_rounds - before);
	eevdf_wait_begin(&c->tl, &t->e, sim->now);
}

/**
 * sim_charge() - the running task ran until now (cpu_charge)
 * @sim: the machine
 * @c: a CPU with a running task
 *
 * Return: enum eevdf_charge bits.
 */
u32 sim_charge(struct sim *sim, struct sim_cpu *c)
{
	struct sim_task *t = sim_task_of(c->tl.curr);
	u64 delta = sim->now - c->charged;
	s64 over;
	u32 found;

	found = eevdf_charge(&c->tl, delta);
	if (!delta)
		return found;
	c->charged = sim->now;
	t->service += delta;
	t->charges++;
	sim->res->busy += delta;
	if (t->burst != SIM_FOREVER)
		t->burst -= delta;
	if (!c->tl.nr_tree) {
		c->due = t->e.deadline;
		return found;
	}
	over = sim_service(t->e.vruntime - c->due, t->e.weight);
	if (over > (s64)sim->res->overrun)
		sim->res->overrun = over;
	sim_check_lag(sim, c, t, eevdf_avg(&c->tl), SIM_AT_CHARGE);
	sim_trace(sim, c);
	return found;
}

/* When the running task's turn ends if nothing happens. */
static u64 slice_end(const struct sim *sim, const struct sim_cpu *c)
{
	const struct eevdf_entity *e = c->tl.curr;
	u64 tick = sim->cfg->tick, at = sim->now + eevdf_left(e);

	if (!c->tl.nr_tree)
		return SIM_NEVER;
	/* Each tick looks, and ends the turn of who is not protected any more. */
	if (tick && !eevdf_protected(e))
		at = sim->now + 1;
	if (at < c->picked + sim->cfg->min_turn)
		at = c->picked + sim->cfg->min_turn;
	return tick ? (at + tick - 1) / tick * tick : at;
}

static u64 turn_end(const struct sim *sim, const struct sim_cpu *c)
{
	const struct sim_task *t = sim_task_of(c->tl.curr);
	u64 end = slice_end(sim, c);

	if (t->burst != SIM_FOREVER && sim->now + t->burst < end)
		end = sim->now + t->burst;
	return end;
}

/**
 * sim_arm() - set a CPU's timer for the end of the running task's turn
 * @sim: the machine
 * @c: a CPU with a running task, charged up to now
 */
void sim_arm(struct sim *sim, struct sim_cpu *c)
{
	sim_event_set(&sim->events, c->index, turn_end(sim, c));
}

/* Somebody came who does not preempt: the turn may end earlier than it would have, never later. */
static void arm_earlier(struct sim *sim, struct sim_cpu *c)
{
	u64 end = turn_end(sim, c);

	if (end < sim_event_at(&sim->events, c->index))
		sim_event_set(&sim->events, c->index, end);
}

/* A joiner with lag, or anybody who is not alone and owed nothing, moves V: see struct sim_cpu. */
static void joins(struct sim *sim, struct sim_cpu *c, struct sim_task *t)
{
	bool alone = !eevdf_nr(&c->tl);

	if (alone)
		c->steady = true;
	else if (t->e.vlag && (c->tl.rules & LEDGER_RULE_PLACE_LAG))
		c->steady = false;
	if (sim->now)
		c->constant = false;
	if (t->last_cpu != SIM_NO_CPU && t->last_cpu != (s32)c->index)
		sim->res->migrations++;
	t->cpu = c->index;
	t->last_cpu = c->index;
}

static void add_ghost(struct sim_cpu *c, struct eevdf_entity *e)
{
	e->older = NULL;
	e->newer = c->ghosts;
	if (e->newer)
		e->newer->older = e;
	c->ghosts = e;
}

static void remove_ghost(struct sim_cpu *c, struct eevdf_entity *e)
{
	if (e->older)
		e->older->newer = e->newer;
	else
		c->ghosts = e->newer;
	if (e->newer)
		e->newer->older = e->older;
}

/* A task leaves its timeline (cpu_leave); as the running one it is charged up to now. */
static void leave(struct sim *sim, struct sim_cpu *c, struct sim_task *t, bool sleep)
{
	u32 nr = c->tl.nr_tree;
	u64 before = sim_rounds, avg;
	bool running = c->tl.curr == &t->e;

	if (t->e.delayed)
		remove_ghost(c, &t->e);
	else if (!running)
		eevdf_wait_end(&c->tl, &t->e);
	avg = eevdf_leave(&c->tl, &t->e, sleep);
	if (!running)
		sim_check_cost(sim, c, SIM_OP_ERASE, nr, sim_rounds - before);
	t->cpu = SIM_NO_CPU;
	c->constant = false;
	if (eevdf_nr(&c->tl) <= 1)
		c->steady = true;
	else if (avg != t->e.vruntime)
		c->steady = false;
	sim_trace(sim, c);
}

/* A CPU without a task takes the one that waits longest elsewhere (steal). */
static bool steal(struct sim *sim, struct sim_cpu *c)
{
	u32 i, v = c->index;

	for (i = 1; i < sim->cfg->cpus && i <= STEAL_CPUS; i++) {
		struct sim_cpu *victim;
		struct sim_task *t;

		if (++v == sim->cfg->cpus)
			v = 0;
		victim = &sim->cpus[v];
		if (victim->tl.nr_tree == victim->tl.nr_delayed)
			continue;
		t = sim_task_of(victim->tl.oldest);
		leave(sim, victim, t, false);
		joins(sim, c, t);
		eevdf_join(&c->tl, &t->e, false, true);
		decided(sim, c, STOLEN, t);
		sim->res->steals++;
		return true;
	}
	return false;
}

/*
 * The pick; ghosts that come up leave (cpu_pick). @avg is V at that pick. NULL only if nobody is
 * left.
 */
static struct eevdf_entity *choose(struct sim *sim, struct sim_cpu *c, bool protect, u64 *avg)
{
	struct eevdf_timeline *tl = &c->tl;

	while (eevdf_nr(tl)) {
		u64 before = sim_rounds;
		struct eevdf_entity *e;

		*avg = eevdf_avg(tl);
		e = eevdf_pick(tl, *avg, protect);
		sim_check_cost(sim, c, SIM_OP_PICK, tl->nr_tree, sim_rounds - before);
		sim->res->checked[SIM_CHECK_PICK]++;
		if (!e) {
			sim_check_violated(sim, SIM_CHECK_PICK, c, NULL, 0, 1, 1);
			e = tl->leftmost;
		}
		if (!e->delayed)
			return e;
		leave(sim, c, sim_task_of(e), true);
		sim->res->drains++;
	}
	return NULL;
}

/* The next task, which may be the one that runs already. True if that was put back for another. */
static bool switch_to(struct sim *sim, struct sim_cpu *c, struct eevdf_entity *e, u64 avg)
{
	struct eevdf_timeline *tl = &c->tl;
	bool puts = tl->curr && e != tl->curr;
	u64 before;
	u32 nr;

	if (eevdf_nr(tl) > 1)
		sim_check_lag(sim, c, sim_task_of(e), avg, SIM_AT_PICK);
	sim->res->picks++;
	decided(sim, c, PICKED, sim_task_of(e));
	if (e == tl->curr) {
		sim->res->kept++;
		return false;
	}
	if (puts)
		insert(sim, c, sim_task_of(tl->curr), true);
	eevdf_wait_end(tl, e);
	nr = tl->nr_tree;
	before = sim_rounds;
	eevdf_set(tl, e);
	sim_check_cost(sim, c, SIM_OP_ERASE, nr, sim_rounds - before);
	sim->res->switches++;
	return puts;
}

/**
 * sim_dispatch() - a CPU needs somebody to run (ledger_dispatch, ledger_running)
 * @sim: the machine
 * @c: its running task, if any, is charged up to now
 */
void sim_dispatch(struct sim *sim, struct sim_cpu *c)
{
	struct eevdf_entity *e;
	struct sim_cpu *idle;
	bool put = false;
	u64 avg;

	e = choose(sim, c, true, &avg);
	if (e) {
		put = switch_to(sim, c, e, avg);
	} else if (!sim->cfg->steal || !steal(sim, c)) {
		set_idle(sim, c, true);
		sim_event_cancel(&sim->events, c->index);
		return;
	}
	set_idle(sim, c, false);
	c->charged = sim->now;
	c->picked = sim->now;
	c->due = c->tl.curr->deadline;
	sim_arm(sim, c);
	sim_check_step(sim, c);
	if (!put || !sim->cfg->steal)
		return;
	/* Who was put back might run elsewhere. */
	idle = idle_cpu(sim, c->index);
	if (idle)
		sim_dispatch(sim, idle);
}

/* True if the newcomer interrupts the running task (enqueue_preempt). */
static bool preempts(struct sim *sim, struct sim_cpu *c, struct sim_task *t, bool forked)
{
	struct eevdf_timeline *tl = &c->tl;
	enum eevdf_wakeup verdict = eevdf_wakeup(tl, &t->e, forked);
	struct eevdf_entity *first;
	u64 avg;

	if (verdict == EEVDF_WAKE_ASK || verdict == EEVDF_WAKE_ASK_SHORT) {
		first = choose(sim, c, verdict == EEVDF_WAKE_ASK, &avg);
		verdict = eevdf_wakeup_picked(verdict, &t->e, first, avg);
	}
	switch (verdict) {
	case EEVDF_WAKE_SHORTEN:
		if (tl->rules & LEDGER_RULE_RUN_TO_PARITY)
			eevdf_shorten_protection(tl);
		return false;
	case EEVDF_WAKE_PREEMPT_SHORT:
		eevdf_set_buddy(tl, &t->e);
		break;
	case EEVDF_WAKE_PREEMPT:
		break;
	default:
		return false;
	}
	eevdf_cancel_protection(tl->curr);
	return true;
}

/* A ghost's task woke up. True if it waits again as it is; else it has left (cpu_requeue). */
static bool requeue(struct sim *sim, struct sim_cpu *c, struct sim_task *t)
{
	sim->res->ghost_wakes++;
	if (t->cpu == (s32)c->index && eevdf_requeue(&c->tl, &t->e)) {
		remove_ghost(c, &t->e);
		eevdf_wait_begin(&c->tl, &t->e, sim->now);
		return true;
	}
	leave(sim, &sim->cpus[t->cpu], t, true);
	return false;
}

/**
 * sim_wake() - a task becomes runnable (ledger_select_cpu, ledger_enqueue)
 * @sim: the machine
 * @t: asleep; a forked one has its CPU in last_cpu and no say in it
 */
void sim_wake(struct sim *sim, struct sim_task *t)
{
	struct sim_cpu *c = &sim->cpus[t->last_cpu];
	bool forked = t->initial;

	if (!forked) {
		struct sim_cpu *idle = idle_cpu(sim, c->index);

		if (idle)
			c = idle;
		sim->res->wakeups++;
	}
	if (c->tl.curr)
		sim_charge(sim, c);
	if (!t->e.delayed || !requeue(sim, c, t)) {
		joins(sim, c, t);
		insert(sim, c, t, false);
	}
	t->initial = false;
	decided(sim, c, WOKEN, t);
	sim_trace(sim, c);
	if (!c->tl.curr) {
		sim_dispatch(sim, c);
	} else if (preempts(sim, c, t, forked)) {
		sim->res->preempts++;
		sim_dispatch(sim, c);
	} else {
		arm_earlier(sim, c);
		sim_check_step(sim, c);
	}
}

/**
 * sim_sleep() - the running task goes to sleep (ledger_quiescent, then ledger_dispatch)
 * @sim: the machine
 * @c: a CPU with a running task, charged up to now
 */
void sim_sleep(struct sim *sim, struct sim_cpu *c)
{
	struct sim_task *t = sim_task_of(c->tl.curr);
	u32 nr = c->tl.nr_tree;
	u64 before = sim_rounds;

	if (eevdf_delay(&c->tl)) {
		sim_check_cost(sim, c, SIM_OP_INSERT, nr, sim_rounds - before);
		add_ghost(c, &t->e);
		c->constant = false;
		sim->res->delays++;
	} else {
		leave(sim, c, t, true);
	}
	decided(sim, c, SLEPT, t);
	sim->res->sleeps++;
	sim_dispatch(sim, c);
}
