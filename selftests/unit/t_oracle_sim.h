/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A scheduler of a few CPUs and tasks on include/eevdf that tells the books of kmod/ what it does,
 * as bpf/ does: random histories for the checks, and a place to put a mistake into.
 */
#ifndef T_ORACLE_SIM_H
#define T_ORACLE_SIM_H

#include "eevdf_host.h"
#include <eevdf/credit.h>
#include <eevdf/global.h>
#include <eevdf/group.h>
#include "tap.h"

#include "oracle.c"
#include "sums.c"
#include "credit.c"
#include "books.c"
#include "expect.c"
#include "check_event.c"
#include "check_credit.c"
#include "check.c"
#include "inspect.c"

#define SIM_CPUS 3
#define SIM_TASKS 24

struct audit_state audit;

struct sim_task {
	struct eevdf_entity e;	/* first: an entity is its task */
	u32 slot;
	int nice;
	bool idle;
	bool initial;
	bool special;		/* its sleep is none that a ghost may stand for */
	bool changed;		/* since it went to sleep */
	int cpu;		/* -1: on no timeline */
	u64 group_weight;	/* of all in its group; 0: in the root */
	u64 group_load;
	u64 id;
	u64 exec;		/* charged */
	u64 sum_exec;		/* what the kernel says */
};

struct sim {
	struct eevdf_timeline tl[SIM_CPUS];
	struct sim_task task[SIM_TASKS];
	unsigned long long random;
	u64 now;
	u64 ids;
	/* May change the record or the facts before the books see them. */
	void (*doctor)(struct sim *sim, struct ledger_event *rec, struct audit_facts *facts);
	/* What the books said. */
	u32 violations;
	enum audit_invariant first;
	enum audit_invariant last;
	bool verbose;
};

static struct sim *the_sim;

static const char *const invariant_name[] = {
#define SIM_NAME(id, name, promise) [AUDIT_##id] = name,
	AUDIT_INVARIANTS(SIM_NAME)
};

void audit_report(struct audit_book *book, enum audit_invariant invariant,
		  const struct ledger_event *rec, const struct audit_facts *facts, u64 expected,
		  u64 got)
{
	if (!the_sim->violations++)
		the_sim->first = invariant;
	the_sim->last = invariant;
	if (the_sim->verbose && the_sim->violations <= 3)
		diag("%s at event %u of slot %d on cpu %u with %u there: expected %lld, got %lld",
		     invariant_name[invariant], rec->type, (int)rec->slot, rec->cpu,
		     audit_nr(book), (s64)expected, (s64)got);
	(void)facts;
}

static u32 sim_rnd(struct sim *sim, u32 below)
{
	return rnd(&sim->random) % below;
}

static void sim_books(void)
{
	static struct audit_entity entities[SIM_TASKS];
	static struct audit_book book[SIM_CPUS], *books[SIM_CPUS];
	static u32 generation;
	int i;

	audit.entities = entities;
	audit.nr_entities = SIM_TASKS;
	audit.books = books;
	audit.nr_books = SIM_CPUS;
	audit.max_walk = 4096;
	audit.mode = AUDIT_FULL;
	audit.stride = 1;
	memset(entities, 0, sizeof(entities));
	memset(book, 0, sizeof(book));
	for (i = 0; i < SIM_TASKS; i++) {
		INIT_LIST_HEAD(&entities[i].se.node);
		entities[i].cpu = -1;
	}
	generation++;
	for (i = 0; i < SIM_CPUS; i++) {
		books[i] = &book[i];
		audit_book_init(&book[i], i + 1);
		audit_book_reset(&book[i], generation, true);
	}
}

static void sim_new_task(struct sim *sim, u32 slot)
{
	struct sim_task *t = &sim->task[slot];

	*t = (struct sim_task){ .slot = slot, .cpu = -1, .initial = sim_rnd(sim, 2) };
	t->id = ++sim->ids << 6;
	t->nice = (int)sim_rnd(sim, 40) - 20;
	t->idle = !sim_rnd(sim, 12);
	t->sum_exec = sim_rnd(sim, 1000000);
	if (!sim_rnd(sim, 3))
		t->e.custom_slice = 100000 + sim_rnd(sim, 20000000);
}

static void sim_init(struct sim *sim, u32 rules, u64 seed)
{
	u32 i;

	*sim = (struct sim){ .random = seed, .now = 1ULL << 40 };
	the_sim = sim;
	sim_books();
	audit.how = (struct ledger_attach){ .abi = LEDGER_ABI, .size = sizeof(audit.how),
					    .nr_cpus = SIM_CPUS, .nr_slots = SIM_TASKS,
					    .rules = rules, .base_slice = 1400000, .tick = 4000000,
					    .guard = 50000000 };
	audit.attached = true;
	for (i = 0; i < SIM_CPUS; i++)
		sim->tl[i] = (struct eevdf_timeline){
			.rules = rules, .base_slice = 1400000, .tick = 4000000,
			/* As the kernel begins; near the wrap of the sign; anywhere. */
			.zero_vruntime = i == 0 ? -(1ULL << 20) :
					 i == 1 ? (1ULL << 63) - 1000000 : rnd(&sim->random),
		};
	for (i = 0; i < SIM_TASKS; i++)
		sim_new_task(sim, i);
}

/* One record to the books, as eevdf_audit_event() takes it: with no more facts than it reads. */
static void sim_take(const struct ledger_event *rec, const struct audit_facts *known)
{
	u8 needs = rec->type < LEDGER_EV_NR ? audit_needs[rec->type] : 0;
	struct audit_facts read = *known, *facts = &read;

	if (!(needs & AUDIT_NEEDS_WEIGHT))
		read.weight = 0;
	if (!(needs & AUDIT_NEEDS_CLOCK))
		read.exec_max = 0;
	if (!(rec->flags & LEDGER_F_GUARD))
		read.waited = 0;
	if (audit_record_bad(rec, sizeof(*rec), facts->task)) {
		if (rec->cpu < audit.nr_books) {
			audit.books[rec->cpu]->counts.bad_records++;
			audit_book_learn(audit.books[rec->cpu]);
		}
		return;
	}
	audit_check(audit.books[rec->cpu], rec, facts);
}

/* The figures of one task and its timeline as they stand, and what the module would read. */
static void sim_fill(struct sim *sim, int cpu, struct sim_task *t, struct ledger_event *rec,
		     struct audit_facts *facts)
{
	struct eevdf_timeline *tl = &sim->tl[cpu];

	rec->cpu = cpu;
	rec->slot = ~0U;
	rec->credit = 0;
	rec->carry = 0;
	rec->group_weight = 0;
	rec->group_load = 0;
	rec->zero_vruntime = tl->zero_vruntime;
	rec->sum_w_vruntime = tl->sum_w_vruntime;
	rec->sum_weight = tl->sum_weight;
	rec->nr_tree = tl->nr_tree;
	rec->has_curr = !!tl->curr;
	*facts = (struct audit_facts){};
	if (!t)
		return;
	rec->slot = t->slot;
	rec->vruntime = t->e.vruntime;
	rec->deadline = t->e.deadline;
	rec->vprot = t->e.vprot;
	rec->vlag = t->e.vlag;
	rec->slice = t->e.slice;
	rec->weight = t->e.weight;
	rec->exec = t->exec;
	rec->credit = t->e.credit;
	rec->carry = t->e.carry;
	rec->group_weight = t->group_weight;
	rec->group_load = t->group_load;
	facts->task = t->id;
	facts->pid = t->id >> 6;
	facts->start = t->id;
	facts->idle = t->idle;
	facts->special = t->special;
	facts->movable = t->slot & 1;
	facts->weight = oracle_weight(120 + t->nice, t->idle);
	facts->slice = t->e.custom_slice && (audit.how.rules & LEDGER_RULE_CUSTOM_SLICE) ?
			       t->e.custom_slice : audit.how.base_slice;
	facts->exec = t->sum_exec;
	facts->exec_max = t->exec + AUDIT_CLOCK_SLACK;
	facts->waited = t->e.on_tree ? sim->now - t->e.since : 0;
}

static void sim_tell_peer(struct sim *sim, int cpu, struct sim_task *t, u16 type, u32 flags,
			  u64 avg, u32 peer)
{
	struct ledger_event rec = {
		.size = sizeof(rec), .type = type, .flags = flags, .avg = avg, .peer = peer,
	};
	struct audit_facts facts;

	sim_fill(sim, cpu, t, &rec, &facts);
	if (sim->doctor)
		sim->doctor(sim, &rec, &facts);
	sim_take(&rec, &facts);
}

static struct sim_task *sim_task_of(struct eevdf_entity *e)
{
	return (struct sim_task *)e;
}

static void sim_here(struct sim *sim, int cpu, struct eevdf_entity *e)
{
	struct eevdf_timeline *tl = &sim->tl[cpu];

	sim_tell_peer(sim, cpu, sim_task_of(e), LEDGER_EV_HERE,
		      (tl->curr == e ? LEDGER_F_CURR : 0) | (tl->next == e ? LEDGER_F_BUDDY : 0) |
			      (e->delayed ? LEDGER_F_GHOST : 0), 0, ~0U);
}

/* The tree in its order. */
static void sim_here_all(struct sim *sim, int cpu, struct eevdf_entity *e)
{
	if (!e)
		return;
	sim_here_all(sim, cpu, e->left);
	sim_here(sim, cpu, e);
	sim_here_all(sim, cpu, e->right);
}

static void sim_passed(struct sim *sim, int cpu, struct eevdf_entity *e, u32 idle)
{
	struct sim_task *t = sim_task_of(e);

	if (!e)
		return;
	sim_passed(sim, cpu, e->left, idle);
	/* Who might go there is on its way already. */
	sim_tell_peer(sim, cpu, t, LEDGER_EV_PASSED, t->slot & 1 ? LEDGER_F_BOUND : 0, 0, idle);
	sim_passed(sim, cpu, e->right, idle);
}

/* A CPU idles beside this timeline. */
static void sim_pass(struct sim *sim, int cpu)
{
	u32 idle = (cpu + 1) % SIM_CPUS;

	if (audit.mode == AUDIT_IDENTITIES)
		return;
	sim_passed(sim, cpu, sim->tl[cpu].root, idle);
	sim_tell_peer(sim, cpu, NULL, LEDGER_EV_PASSED, 0, 0, idle);
}

/* A timeline as audit_ask() of bpf/ tells it. */
static void sim_inspect(struct sim *sim, int cpu, struct sim_task *t, u32 flags, u64 avg)
{
	struct eevdf_timeline *tl = &sim->tl[cpu];

	if (!(audit_inspect(audit.books[cpu], tl->nr_tree + !!tl->curr) & LEDGER_ASK_INSPECT))
		return;
	if (tl->curr)
		sim_here(sim, cpu, tl->curr);
	sim_here_all(sim, cpu, tl->root);
	sim_tell_peer(sim, cpu, t, LEDGER_EV_PICK, flags, avg, ~0U);
}

static void sim_tell(struct sim *sim, int cpu, struct sim_task *t, u16 type, u32 flags, u64 avg)
{
	if (audit.mode == AUDIT_IDENTITIES) {
		if (type == LEDGER_EV_PICK && t && !t->e.delayed)
			sim_inspect(sim, cpu, t, flags, avg);
		return;
	}
	sim_tell_peer(sim, cpu, t, type, flags, avg, ~0U);
}

/* Tasks of its group have come and gone elsewhere; the task may have come from another group. */
static u64 sim_weight(struct sim *sim, struct sim_task *t)
{
	u64 own = eevdf_weight(120 + t->nice, t->idle);

	if (!t->group_load)
		return own;
	t->group_weight = 1 + sim_rnd(sim, 1 << sim_rnd(sim, 29));
	t->group_load = own + (sim_rnd(sim, 4) ? (u64)sim_rnd(sim, 1 << 28) : 0);
	/* Alone in an idle group: as light as an idle task, and none. */
	if (!sim_rnd(sim, 4)) {
		t->group_weight = oracle_weight(120, true);
		t->group_load = own;
	}
	return eevdf_clamp_weight(eevdf_group_share(t->group_weight, t->group_load, own));
}

static void sim_reweight(struct sim *sim, struct sim_task *t)
{
	u64 avg, weight = sim_weight(sim, t);

	if (weight == t->e.weight)
		return;
	avg = eevdf_reweight(&sim->tl[t->cpu], &t->e, weight);
	sim_tell(sim, t->cpu, t, LEDGER_EV_REWEIGHT, LEDGER_F_AVG, avg);
}

static void sim_join(struct sim *sim, struct sim_task *t, int cpu, bool running)
{
	u64 avg;

	if (t->cpu < 0 && !sim_rnd(sim, 16)) {
		t->group_load = sim_rnd(sim, 2);
		t->group_weight = 0;
	}
	eevdf_rescale(&t->e, sim_weight(sim, t));
	t->e.policy = t->idle ? EEVDF_IDLE : EEVDF_NORMAL;
	t->exec = t->sum_exec;
	t->cpu = cpu;
	t->changed = false;
	avg = eevdf_join(&sim->tl[cpu], &t->e, t->initial, running);
	if (!running)
		eevdf_wait_begin(&sim->tl[cpu], &t->e, sim->now);
	sim_tell(sim, cpu, t, LEDGER_EV_JOIN,
		 LEDGER_F_AVG | (running ? LEDGER_F_CURR : 0) |
			 (t->initial ? LEDGER_F_INITIAL : 0), avg);
	t->initial = false;
}

static void sim_leave(struct sim *sim, struct sim_task *t, bool sleep)
{
	struct eevdf_timeline *tl = &sim->tl[t->cpu];
	s64 owed = 0;
	u64 avg;
	u32 how;

	if (tl->curr != &t->e && !t->e.delayed)
		eevdf_wait_end(tl, &t->e);
	how = sleep ? LEDGER_F_SLEEP : 0;
	/* Taken by a CPU that is ahead, or not quite. */
	if (!sleep && t->e.on_tree && !t->e.delayed && !sim_rnd(sim, 4)) {
		owed = eevdf_lag_limit(tl, &t->e) * ((s64)sim_rnd(sim, 13) - 6) / 4;
		owed = eevdf_owed(tl, &t->e, 1ULL << 30, eevdf_level(tl, &t->e) + owed);
		how = LEDGER_F_OWED;
	}
	avg = eevdf_leave(tl, &t->e, sleep);
	if (how == LEDGER_F_OWED)
		t->e.vlag = owed;
	t->e.credit = 0;
	sim_tell(sim, t->cpu, t, LEDGER_EV_LEAVE, LEDGER_F_AVG | how, avg);
	t->cpu = -1;
}

static void sim_put(struct sim *sim, int cpu)
{
	struct sim_task *t = sim_task_of(sim->tl[cpu].curr);

	eevdf_put(&sim->tl[cpu]);
	eevdf_wait_begin(&sim->tl[cpu], &t->e, sim->now);
	sim_tell(sim, cpu, t, LEDGER_EV_PUT, 0, 0);
}

static void sim_set(struct sim *sim, int cpu, struct eevdf_entity *e)
{
	eevdf_wait_end(&sim->tl[cpu], e);
	eevdf_set(&sim->tl[cpu], e);
	sim_tell(sim, cpu, sim_task_of(e), LEDGER_EV_SET, 0, 0);
}

/* The running task ran for up to two ticks; the kernel's own figure may lag behind. */
static void sim_charge(struct sim *sim, int cpu)
{
	struct sim_task *t = sim_task_of(sim->tl[cpu].curr);
	bool fresh = sim_rnd(sim, 2);
	u64 ns = sim_rnd(sim, 4) ? sim_rnd(sim, 300000) + 1 : sim_rnd(sim, 8000000) + 1;
	u64 was;

	t->exec += ns;
	if (fresh)
		t->sum_exec = t->exec;
	was = t->e.vruntime;
	eevdf_charge(&sim->tl[cpu], ns);
	eevdf_use_credit(&t->e, (t->e.vruntime - was) * t->e.weight);
	sim_tell(sim, cpu, t, LEDGER_EV_UPDATE, fresh ? LEDGER_F_FRESH : 0, 0);
}

static void sim_settle(struct sim *sim, int cpu)
{
	struct sim_task *t;

	if (!sim->tl[cpu].curr)
		return;
	sim_charge(sim, cpu);
	t = sim_task_of(sim->tl[cpu].curr);
	t->sum_exec = t->exec;
}

/* A pick, and the ghosts that come up leave. */
static struct eevdf_entity *sim_pick(struct sim *sim, int cpu, bool protect, u64 *avg)
{
	struct eevdf_timeline *tl = &sim->tl[cpu];
	struct eevdf_entity *e;

	for (;;) {
		*avg = eevdf_avg(tl);
		e = eevdf_pick(tl, *avg, protect);
		if (!e || !e->delayed)
			return e;
		sim_tell(sim, cpu, sim_task_of(e), LEDGER_EV_PICK,
			 LEDGER_F_AVG | (protect ? LEDGER_F_PROTECT : 0), *avg);
		sim_leave(sim, sim_task_of(e), true);
	}
}

static void sim_dispatch(struct sim *sim, int cpu)
{
	struct eevdf_timeline *tl = &sim->tl[cpu];
	u32 flags = LEDGER_F_AVG | LEDGER_F_PROTECT;
	struct eevdf_entity *e;
	u64 avg;

	sim_settle(sim, cpu);
	avg = eevdf_avg(tl);
	e = eevdf_starving(tl, sim->now, audit.how.guard);
	if (e)
		flags = LEDGER_F_AVG | LEDGER_F_GUARD;
	else
		e = sim_pick(sim, cpu, true, &avg);
	sim_tell(sim, cpu, e ? sim_task_of(e) : NULL, LEDGER_EV_PICK, flags, avg);
	if (!e || e == tl->curr)
		return;
	if (tl->curr)
		sim_put(sim, cpu);
	sim_set(sim, cpu, e);
}

static void sim_wakeup(struct sim *sim, struct sim_task *t)
{
	int cpu = t->cpu >= 0 && sim_rnd(sim, 4) ? t->cpu : (int)sim_rnd(sim, SIM_CPUS);
	struct eevdf_timeline *tl = &sim->tl[cpu];
	struct eevdf_entity *picked;
	enum eevdf_wakeup means;
	u64 avg;

	sim_settle(sim, cpu);
	if (t->cpu == cpu && !t->changed && eevdf_requeue(tl, &t->e)) {
		eevdf_wait_begin(tl, &t->e, sim->now);
		sim_tell(sim, cpu, t, LEDGER_EV_REQUEUE, LEDGER_F_AVG, tl->zero_vruntime);
	} else {
		if (t->cpu >= 0)
			sim_leave(sim, t, true);
		sim_join(sim, t, cpu, false);
	}
	if (!tl->curr)
		return;
	means = eevdf_wakeup(tl, &t->e, false);
	if (means == EEVDF_WAKE_ASK || means == EEVDF_WAKE_ASK_SHORT) {
		picked = sim_pick(sim, cpu, means == EEVDF_WAKE_ASK, &avg);
		means = eevdf_wakeup_picked(means, &t->e, picked, avg);
	}
	switch (means) {
	default:
		break;
	case EEVDF_WAKE_SHORTEN:
		if (!(tl->rules & LEDGER_RULE_RUN_TO_PARITY))
			break;
		avg = eevdf_shorten_protection(tl);
		sim_tell(sim, cpu, sim_task_of(tl->curr), LEDGER_EV_PROTECT, LEDGER_F_AVG, avg);
		break;
	case EEVDF_WAKE_PREEMPT_SHORT:
	case EEVDF_WAKE_PREEMPT:
		eevdf_cancel_protection(tl->curr);
		sim_tell(sim, cpu, sim_task_of(tl->curr), LEDGER_EV_CANCEL, 0, 0);
		if (means == EEVDF_WAKE_PREEMPT_SHORT && eevdf_set_buddy(tl, &t->e))
			sim_tell(sim, cpu, t, LEDGER_EV_BUDDY, 0, 0);
		break;
	}
}

static void sim_change(struct sim *sim, struct sim_task *t)
{
	int what = sim_rnd(sim, 4);

	t->changed = true;
	if (what & 1)
		t->nice = (int)sim_rnd(sim, 40) - 20;
	else
		t->e.custom_slice = sim_rnd(sim, 2) ? 100000 + sim_rnd(sim, 20000000) : 0;
	if (what == 3)
		t->idle = !sim_rnd(sim, 4);
}

/* The running task sleeps, charged. */
static void sim_sleep(struct sim *sim, struct sim_task *t)
{
	struct eevdf_timeline *tl = &sim->tl[t->cpu];

	t->special = !sim_rnd(sim, 8);
	if (!t->special && eevdf_delay(tl))
		sim_tell(sim, t->cpu, t, LEDGER_EV_DELAY, LEDGER_F_AVG, tl->zero_vruntime);
	else
		sim_leave(sim, t, true);
	t->special = false;
}

/*
 * Somebody of the same timeline gives to @t: the running one, or one that waits when @t has been
 * pulled; or, seldom, the other ways.
 */
static void sim_yield_to(struct sim *sim, struct sim_task *t)
{
	struct sim_task *from = &sim->task[sim_rnd(sim, SIM_TASKS)];
	struct eevdf_timeline *tl = &sim->tl[t->cpu];
	struct eevdf_gift gift;
	u32 way = sim_rnd(sim, 8);
	u64 avg = 0;

	if (tl->curr && sim_rnd(sim, 4))
		from = sim_task_of(tl->curr);
	if (from == t || from->cpu != t->cpu || from->e.delayed)
		return;
	sim_settle(sim, t->cpu);
	avg = eevdf_avg(tl);
	if (way == 0) {
		if (t->e.on_tree && eevdf_margin(tl, &t->e))
			sim_tell(sim, t->cpu, t, LEDGER_EV_MARGIN, LEDGER_F_AVG, avg);
	} else if (way == 1) {
		if (eevdf_give_back(tl, &from->e, &t->e))
			sim_tell_peer(sim, t->cpu, t, LEDGER_EV_RETURN, LEDGER_F_AVG, avg,
				      from->slot);
	} else {
		gift = eevdf_transfer(tl, &from->e, &t->e);
		if (!gift.gain)
			return;
		sim_tell_peer(sim, t->cpu, t, LEDGER_EV_GRANT, LEDGER_F_AVG, avg, from->slot);
		sim_tell_peer(sim, t->cpu, from, LEDGER_EV_PAID, 0, 0, t->slot);
	}
}

/* One thing happens somewhere. */
static void sim_step(struct sim *sim)
{
	int cpu = sim_rnd(sim, SIM_CPUS), to;
	struct eevdf_timeline *tl = &sim->tl[cpu];
	struct sim_task *t = &sim->task[sim_rnd(sim, SIM_TASKS)];
	bool running = t->cpu >= 0 && sim->tl[t->cpu].curr == &t->e;
	u64 avg, was;

	sim->now += sim_rnd(sim, 2000000);
	switch (sim_rnd(sim, 16)) {
	case 0:
	case 1:
	case 2:
		sim_dispatch(sim, cpu);
		break;
	case 3:
		if (tl->curr)
			sim_charge(sim, cpu);
		break;
	case 4:
	case 5:
	case 6:
		if (t->cpu < 0 || t->e.delayed)
			sim_wakeup(sim, t);
		break;
	case 7:		/* the running task sleeps */
		if (!tl->curr)
			break;
		sim_settle(sim, cpu);
		sim_sleep(sim, sim_task_of(tl->curr));
		sim_dispatch(sim, cpu);
		break;
	case 8:		/* a waiting task moves, or a CPU that would idle takes it */
		if (t->cpu < 0 || running)
			break;
		if (t->e.delayed) {
			sim_leave(sim, t, true);
			break;
		}
		sim_leave(sim, t, false);
		to = sim_rnd(sim, SIM_CPUS);
		sim_join(sim, t, to, !sim->tl[to].curr && sim_rnd(sim, 2));
		break;
	case 9:		/* nice, policy or slice changes */
		if (t->cpu < 0 || t->e.delayed) {
			sim_change(sim, t);
			break;
		}
		to = t->cpu;
		if (running)
			sim_settle(sim, to);
		sim_leave(sim, t, false);
		sim_change(sim, t);
		sim_join(sim, t, to, false);
		break;
	case 10:
		if (!tl->curr || !tl->nr_tree)
			break;
		sim_settle(sim, cpu);
		avg = eevdf_avg(tl);
		t = sim_task_of(tl->curr);
		was = t->e.vruntime;
		eevdf_yield(tl);
		eevdf_use_credit(&t->e, (t->e.vruntime - was) * t->e.weight);
		sim_tell(sim, cpu, t, LEDGER_EV_YIELD, LEDGER_F_AVG, avg);
		break;
	case 11: /* it ends, and its slot goes to another one; or somebody is asked to go first */
		if (t->cpu < 0) {
			sim_new_task(sim, t->slot);
		} else if (!t->idle && !t->e.delayed) {
			sim->tl[t->cpu].next = &t->e;
			sim_tell(sim, t->cpu, t, LEDGER_EV_BUDDY, 0, 0);
		}
		break;
	case 12:
	case 13: /* a directed yield */
		if (t->cpu >= 0 && !t->e.delayed)
			sim_yield_to(sim, t);
		break;
	case 14:
		if (t->cpu < 0 || t->e.delayed || !t->group_load)
			break;
		if (running)
			sim_settle(sim, t->cpu);
		sim_reweight(sim, t);
		break;
	case 15:
		sim_pass(sim, cpu);
		break;
	}
}

static inline void sim_counts(struct audit_counts *total)
{
	size_t i;
	int cpu;

	memset(total, 0, sizeof(*total));
	for (cpu = 0; cpu < SIM_CPUS; cpu++)
		for (i = 0; i < sizeof(*total) / sizeof(u64); i++)
			((u64 *)total)[i] += ((u64 *)&audit.books[cpu]->counts)[i];
}

static inline u64 sim_checks(const struct audit_counts *counts)
{
	u64 sum = 0;
	int i;

	for (i = 0; i < AUDIT_NR_INVARIANTS; i++)
		sum += counts->checks[i];
	return sum;
}

#endif /* T_ORACLE_SIM_H */
