// SPDX-License-Identifier: GPL-2.0
/*
 * A check that cannot fail is a defect. For each invariant there is a mistake, put into a history
 * that was right so far, whose first violation is that invariant. Mistakes that stay within one
 * entity must give exactly one.
 */
#include "t_oracle_sim.h"

#define WARM_UP 3000
#define STEPS 60000

static struct sim sim;

struct mutant {
	enum audit_invariant invariant;
	const char *what;
	/* True if the mistake was made in this record. */
	bool (*make)(struct ledger_event *rec, struct audit_facts *facts);
	/* The scheduler's own state has the mistake as well, so nothing may follow. */
	bool alone;
};

static const struct mutant *mutant;
static bool made;

static struct sim_task *task_of(const struct ledger_event *rec)
{
	return rec->slot < SIM_TASKS ? &sim.task[rec->slot] : NULL;
}

static struct eevdf_timeline *tl_of(const struct ledger_event *rec)
{
	return &sim.tl[rec->cpu];
}

static bool is(const struct ledger_event *rec, u16 type)
{
	return rec->type == type && audit_nr(audit.books[rec->cpu]) >= 2;
}

/* Another task of this timeline that fits, or NULL. */
static struct sim_task *other(const struct ledger_event *rec,
			      bool (*fits)(const struct ledger_event *, struct sim_task *))
{
	int i;

	for (i = 0; i < SIM_TASKS; i++)
		if (sim.task[i].cpu == (int)rec->cpu && (u32)i != rec->slot &&
		    fits(rec, &sim.task[i]))
			return &sim.task[i];
	return NULL;
}

/* After the state was changed: the record as it would have been. */
static bool again(struct ledger_event *rec, struct audit_facts *facts)
{
	u64 exec = facts->exec_max;

	sim_fill(&sim, rec->cpu, task_of(rec), rec, facts);
	facts->exec_max = exec;
	return true;
}

static bool double_join(struct ledger_event *rec, struct audit_facts *facts)
{
	if (!is(rec, LEDGER_EV_UPDATE))
		return false;
	rec->type = LEDGER_EV_JOIN;
	rec->flags = LEDGER_F_AVG;
	(void)facts;
	return true;
}

static bool not_joined(struct ledger_event *rec, struct audit_facts *facts)
{
	if (!is(rec, LEDGER_EV_JOIN) || (rec->flags & LEDGER_F_CURR))
		return false;
	rec->type = LEDGER_EV_UPDATE;
	rec->flags = 0;
	(void)facts;
	return true;
}

static bool not_running(struct ledger_event *rec, struct audit_facts *facts)
{
	if (!is(rec, LEDGER_EV_SET))
		return false;
	rec->type = LEDGER_EV_UPDATE;
	(void)facts;
	return true;
}

static bool avg_above(struct ledger_event *rec, struct audit_facts *facts)
{
	(void)facts;
	return is(rec, LEDGER_EV_PICK) && ++rec->avg;
}

static bool avg_below(struct ledger_event *rec, struct audit_facts *facts)
{
	(void)facts;
	return is(rec, LEDGER_EV_LEAVE) && --rec->avg;
}

static bool exec_more(struct ledger_event *rec, struct audit_facts *facts)
{
	return is(rec, LEDGER_EV_UPDATE) && (rec->flags & LEDGER_F_FRESH) && facts->exec--;
}

static bool exec_less(struct ledger_event *rec, struct audit_facts *facts)
{
	if (!is(rec, LEDGER_EV_UPDATE) || (rec->flags & LEDGER_F_FRESH))
		return false;
	facts->exec = rec->exec + 1;
	return true;
}

static bool exec_beyond_clock(struct ledger_event *rec, struct audit_facts *facts)
{
	if (!is(rec, LEDGER_EV_UPDATE) || (rec->flags & LEDGER_F_FRESH))
		return false;
	facts->exec_max = rec->exec - 1;
	return true;
}

static bool wrong_weight(struct ledger_event *rec, struct audit_facts *facts)
{
	return is(rec, LEDGER_EV_JOIN) && !rec->group_load && ++facts->weight;
}

static bool wrong_share(struct ledger_event *rec, struct audit_facts *facts)
{
	(void)facts;
	return is(rec, LEDGER_EV_JOIN) && rec->group_load && ++rec->weight;
}

static bool reweighted_wrongly(struct ledger_event *rec, struct audit_facts *facts)
{
	(void)facts;
	return is(rec, LEDGER_EV_REWEIGHT) && ++rec->weight;
}

static bool reweighted_in_place(struct ledger_event *rec, struct audit_facts *facts)
{
	(void)facts;
	return is(rec, LEDGER_EV_REWEIGHT) && ++rec->vruntime;
}

static bool reweighted_later(struct ledger_event *rec, struct audit_facts *facts)
{
	(void)facts;
	return is(rec, LEDGER_EV_REWEIGHT) && ++rec->deadline;
}

static bool reweighted_protection(struct ledger_event *rec, struct audit_facts *facts)
{
	(void)facts;
	return is(rec, LEDGER_EV_REWEIGHT) && ++rec->vprot;
}

static bool reweighted_lag(struct ledger_event *rec, struct audit_facts *facts)
{
	(void)facts;
	return is(rec, LEDGER_EV_REWEIGHT) && ++rec->vlag;
}

static bool wrong_weight_later(struct ledger_event *rec, struct audit_facts *facts)
{
	(void)facts;
	return is(rec, LEDGER_EV_UPDATE) && ++rec->weight;
}

static bool not_rescaled(struct ledger_event *rec, struct audit_facts *facts)
{
	const struct audit_entity *e = &audit.entities[rec->slot];

	(void)facts;
	if (!is(rec, LEDGER_EV_JOIN) || e->task != facts->task || !e->se.weight ||
	    e->se.weight == rec->weight || !e->se.vlag || e->se.vlag == rec->vlag)
		return false;
	rec->vlag = e->se.vlag;
	return true;
}

static bool wrong_slice(struct ledger_event *rec, struct audit_facts *facts)
{
	return is(rec, LEDGER_EV_JOIN) && ++facts->slice;
}

static bool vruntime_more(struct ledger_event *rec, struct audit_facts *facts)
{
	if (!is(rec, LEDGER_EV_UPDATE) || task_of(rec)->e.vruntime + 1 == rec->deadline)
		return false;
	task_of(rec)->e.vruntime++;
	return again(rec, facts);
}

static bool vruntime_in_tree(struct ledger_event *rec, struct audit_facts *facts)
{
	struct sim_task *t = task_of(rec);

	if (!is(rec, LEDGER_EV_PUT))
		return false;
	eevdf_erase(tl_of(rec), &t->e);
	t->e.vruntime--;
	eevdf_insert(tl_of(rec), &t->e);
	return again(rec, facts);
}

static bool placed_off(struct ledger_event *rec, struct audit_facts *facts)
{
	struct sim_task *t = task_of(rec);

	if (!is(rec, LEDGER_EV_JOIN) || (rec->flags & LEDGER_F_CURR))
		return false;
	eevdf_erase(tl_of(rec), &t->e);
	t->e.vruntime++;
	t->e.deadline++;
	eevdf_insert(tl_of(rec), &t->e);
	return again(rec, facts);
}

static bool yields_less(struct ledger_event *rec, struct audit_facts *facts)
{
	struct sim_task *t = task_of(rec);

	if (!is(rec, LEDGER_EV_YIELD) || t->e.vruntime == audit.entities[rec->slot].se.vruntime)
		return false;
	t->e.vruntime--;
	return again(rec, facts);
}

static bool is_owed(const struct ledger_event *rec)
{
	return is(rec, LEDGER_EV_LEAVE) && rec->flags & LEDGER_F_OWED;
}

static bool lag_off(struct ledger_event *rec, struct audit_facts *facts)
{
	if (!is(rec, LEDGER_EV_LEAVE) || is_owed(rec))
		return false;
	task_of(rec)->e.vlag++;
	rec->vlag++;
	(void)facts;
	return true;
}

static bool lag_beyond_bound(struct ledger_event *rec, struct audit_facts *facts)
{
	const struct oracle_se *se = &audit.entities[rec->slot].se;
	s64 lag = (s64)(rec->avg - rec->vruntime);

	(void)facts;
	if (!is(rec, LEDGER_EV_LEAVE) || is_owed(rec) || lag == rec->vlag || !se->weight)
		return false;
	task_of(rec)->e.vlag = lag;
	rec->vlag = lag;
	return true;
}

static bool owed_beyond_bound(struct ledger_event *rec, struct audit_facts *facts)
{
	s64 limit;

	(void)facts;
	if (!is_owed(rec))
		return false;
	limit = oracle_lag_limit(&audit.books[rec->cpu]->rq, &audit.entities[rec->slot].se,
				 audit.how.tick, audit.how.rules);
	rec->vlag = rec->vlag < 0 ? -limit - 1 : limit + 1;
	task_of(rec)->e.vlag = rec->vlag;
	return true;
}

static bool owed_while_running(struct ledger_event *rec, struct audit_facts *facts)
{
	(void)facts;
	if (!is(rec, LEDGER_EV_LEAVE) || rec->flags & LEDGER_F_SLEEP ||
	    audit.books[rec->cpu]->rq.curr != &audit.entities[rec->slot].se)
		return false;
	rec->flags |= LEDGER_F_OWED;
	return true;
}

static bool renewed_from_deadline(struct ledger_event *rec, struct audit_facts *facts)
{
	struct sim_task *t = task_of(rec);
	u64 old = audit.entities[rec->slot].se.deadline;

	/* From the old deadline instead of from where it stands: overrun is not forgiven. */
	if (!is(rec, LEDGER_EV_UPDATE) || old == rec->deadline || rec->vruntime == old ||
	    rec->vruntime - old >= eevdf_scale(t->e.slice, t->e.weight))
		return false;
	t->e.deadline = old + eevdf_scale(t->e.slice, t->e.weight);
	return again(rec, facts);
}

static bool deadline_not_relative(struct ledger_event *rec, struct audit_facts *facts)
{
	if (!is(rec, LEDGER_EV_LEAVE) || (rec->flags & LEDGER_F_SLEEP))
		return false;
	rec->deadline += rec->vruntime;
	(void)facts;
	return true;
}

static bool protected_longer(struct ledger_event *rec, struct audit_facts *facts)
{
	if (!is(rec, LEDGER_EV_SET))
		return false;
	task_of(rec)->e.vprot++;
	return again(rec, facts);
}

static bool not_cancelled(struct ledger_event *rec, struct audit_facts *facts)
{
	struct oracle_se *se = &audit.entities[rec->slot].se;

	if (!is(rec, LEDGER_EV_CANCEL) || !oracle_before(se->vruntime, se->vprot))
		return false;
	task_of(rec)->e.vprot = se->vprot;
	return again(rec, facts);
}

static bool picks_nobody(struct ledger_event *rec, struct audit_facts *facts)
{
	if (!is(rec, LEDGER_EV_PICK))
		return false;
	rec->flags &= ~LEDGER_F_GUARD;
	rec->slot = ~0U;
	facts->task = 0;
	return true;
}

static bool ahead(const struct ledger_event *rec, struct sim_task *t)
{
	return oracle_before(rec->avg, t->e.vruntime);
}

static bool later(const struct ledger_event *rec, struct sim_task *t)
{
	return !ahead(rec, t) && oracle_before(task_of(rec)->e.deadline, t->e.deadline);
}

static bool anybody(const struct ledger_event *rec, struct sim_task *t)
{
	return !ahead(rec, t);
}

static bool takes(struct ledger_event *rec, struct audit_facts *facts, enum oracle_why why,
		  bool (*fits)(const struct ledger_event *, struct sim_task *))
{
	struct sim_task *t;
	enum oracle_why clause;

	if (!is(rec, LEDGER_EV_PICK) || (rec->flags & LEDGER_F_GUARD))
		return false;
	oracle_pick(&audit.books[rec->cpu]->rq, audit.how.rules, true, &clause);
	t = other(rec, fits);
	if (clause != why || !t)
		return false;
	sim_fill(&sim, rec->cpu, t, rec, facts);
	return true;
}

static bool picks_ineligible(struct ledger_event *rec, struct audit_facts *facts)
{
	return takes(rec, facts, ORACLE_EARLIEST, ahead);
}

static bool picks_later(struct ledger_event *rec, struct audit_facts *facts)
{
	return takes(rec, facts, ORACLE_EARLIEST, later);
}

/* Equal deadlines are rare: one that came later is given the chosen one's, on both sides. */
static bool picks_younger(struct ledger_event *rec, struct audit_facts *facts)
{
	struct audit_book *book = audit.books[rec->cpu];
	struct list_head *tree = &book->rq.tree, *node;
	enum oracle_why clause;

	if (!is(rec, LEDGER_EV_PICK) || (rec->flags & LEDGER_F_GUARD))
		return false;
	oracle_pick(&book->rq, audit.how.rules, true, &clause);
	if (clause != ORACLE_EARLIEST || tl_of(rec)->curr == &task_of(rec)->e)
		return false;
	for (node = audit.entities[rec->slot].se.node.next; node != tree; node = node->next) {
		struct oracle_se *se = container_of(node, struct oracle_se, node);
		struct sim_task *t = &sim.task[slot_of(se)];

		if (ahead(rec, t))
			continue;
		eevdf_erase(tl_of(rec), &t->e);
		t->e.deadline = rec->deadline;
		eevdf_insert(tl_of(rec), &t->e);
		se->deadline = rec->deadline;
		sim_fill(&sim, rec->cpu, t, rec, facts);
		return true;
	}
	return false;
}

static bool ignores_buddy(struct ledger_event *rec, struct audit_facts *facts)
{
	return takes(rec, facts, ORACLE_BUDDY, anybody);
}

static bool ignores_protection(struct ledger_event *rec, struct audit_facts *facts)
{
	return takes(rec, facts, ORACLE_PROTECTED, anybody);
}

static bool idle_buddy(struct ledger_event *rec, struct audit_facts *facts)
{
	return is(rec, LEDGER_EV_BUDDY) && facts->task && (facts->idle = true);
}

static bool came_just_now(const struct ledger_event *rec, struct sim_task *t)
{
	return tl_of(rec)->curr != &t->e && sim.now - t->e.since < 20000000;
}

static bool guard_too_early(struct ledger_event *rec, struct audit_facts *facts)
{
	struct sim_task *t = other(rec, came_just_now);

	if (!is(rec, LEDGER_EV_PICK) || !t)
		return false;
	rec->flags = LEDGER_F_AVG | LEDGER_F_GUARD;
	sim_fill(&sim, rec->cpu, t, rec, facts);
	return true;
}

static bool counts_one_more(struct ledger_event *rec, struct audit_facts *facts)
{
	(void)facts;
	return is(rec, LEDGER_EV_PUT) && ++rec->nr_tree;
}

static bool forgets_running(struct ledger_event *rec, struct audit_facts *facts)
{
	(void)facts;
	return is(rec, LEDGER_EV_UPDATE) && rec->has_curr--;
}

static bool sum_weight_off(struct ledger_event *rec, struct audit_facts *facts)
{
	(void)facts;
	return is(rec, LEDGER_EV_JOIN) && (rec->sum_weight += 1024);
}

static bool sum_w_vruntime_off(struct ledger_event *rec, struct audit_facts *facts)
{
	(void)facts;
	return is(rec, LEDGER_EV_PUT) && (++rec->sum_w_vruntime || true);
}

/* The reference point moved, the sum was not moved along. */
static bool zero_alone(struct ledger_event *rec, struct audit_facts *facts)
{
	(void)facts;
	return is(rec, LEDGER_EV_PUT) && (++rec->zero_vruntime || true);
}

static void shift(struct ledger_event *rec, u64 by)
{
	rec->zero_vruntime += by;
	rec->sum_w_vruntime = (s64)((u64)rec->sum_w_vruntime - rec->sum_weight * by);
}

static bool key_too_large(struct ledger_event *rec, struct audit_facts *facts)
{
	(void)facts;
	if (!is(rec, LEDGER_EV_PUT))
		return false;
	shift(rec, 1ULL << 60);
	return true;
}

static bool zero_astray(struct ledger_event *rec, struct audit_facts *facts)
{
	(void)facts;
	if (!is(rec, LEDGER_EV_LEAVE))
		return false;
	shift(rec, 1ULL << 46);
	return true;
}

/* A stopped task must leave. */
static bool delays_stopped(struct ledger_event *rec, struct audit_facts *facts)
{
	return is(rec, LEDGER_EV_DELAY) && (facts->special = true);
}

static bool not_delayed(struct ledger_event *rec, struct audit_facts *facts)
{
	const struct audit_book *book = audit.books[rec->cpu];

	if (!is(rec, LEDGER_EV_LEAVE) || !facts->special ||
	    !oracle_before(rec->avg, book->rq.curr->vruntime))
		return false;
	facts->special = false;
	return true;
}

static bool is_ghost(const struct ledger_event *rec)
{
	return rec->slot != ~0U && audit.entities[rec->slot].se.delayed;
}

static bool owed_by_ghost(struct ledger_event *rec, struct audit_facts *facts)
{
	(void)facts;
	if (!is(rec, LEDGER_EV_LEAVE) || !is_ghost(rec))
		return false;
	rec->flags |= LEDGER_F_OWED;
	return true;
}

static bool runs_ghost(struct ledger_event *rec, struct audit_facts *facts)
{
	(void)facts;
	if (!is(rec, LEDGER_EV_LEAVE) || !is_ghost(rec) || rec->has_curr)
		return false;
	rec->type = LEDGER_EV_SET;
	rec->flags = 0;
	return true;
}

static bool ghost_buddy(struct ledger_event *rec, struct audit_facts *facts)
{
	if (!is(rec, LEDGER_EV_PICK) || !is_ghost(rec) || facts->idle)
		return false;
	rec->type = LEDGER_EV_BUDDY;
	rec->flags = 0;
	return true;
}

static bool ghost_stays(struct ledger_event *rec, struct audit_facts *facts)
{
	if (!is(rec, LEDGER_EV_LEAVE) || !audit.books[rec->cpu]->drain)
		return false;
	rec->type = LEDGER_EV_PICK;
	rec->flags = LEDGER_F_AVG | LEDGER_F_PROTECT;
	(void)facts;
	return true;
}

static bool ghost_reweighted(struct ledger_event *rec, struct audit_facts *facts)
{
	return is(rec, LEDGER_EV_REQUEUE) && !rec->group_load && ++facts->weight;
}

static bool ghost_resliced(struct ledger_event *rec, struct audit_facts *facts)
{
	return is(rec, LEDGER_EV_REQUEUE) && ++facts->slice;
}

static bool put_uncharged(struct ledger_event *rec, struct audit_facts *facts)
{
	return is(rec, LEDGER_EV_PUT) && ++facts->exec;
}

static bool sleep_uncharged(struct ledger_event *rec, struct audit_facts *facts)
{
	return is(rec, LEDGER_EV_LEAVE) && (rec->flags & LEDGER_F_SLEEP) && !is_ghost(rec) &&
	       ++facts->exec;
}

static bool delay_uncharged(struct ledger_event *rec, struct audit_facts *facts)
{
	return is(rec, LEDGER_EV_DELAY) && ++facts->exec;
}

/* A wakee that may not interrupt, for a reason that the books know, does. */
static bool preempts_unduly(struct ledger_event *rec, struct audit_facts *facts)
{
	const struct audit_entity *wakee = audit.books[rec->cpu]->wakee;

	if (!is(rec, LEDGER_EV_PROTECT) || wakee->se.weight == oracle_weight(120, true))
		return false;
	rec->type = LEDGER_EV_CANCEL;
	(void)facts;
	return true;
}

/* It has paid, or would owe more, and goes on as if nothing were. */
static bool wakes_unbound(struct ledger_event *rec, struct audit_facts *facts)
{
	if (!is(rec, LEDGER_EV_REQUEUE))
		return false;
	audit.entities[rec->slot].se.vlag = task_of(rec)->e.vlag + 1;
	(void)facts;
	return true;
}

static bool ghost_debt_grows(struct ledger_event *rec, struct audit_facts *facts)
{
	s64 lag = (s64)(rec->avg - rec->vruntime);

	if (!is(rec, LEDGER_EV_LEAVE) || !is_ghost(rec) ||
	    lag >= audit.entities[rec->slot].se.vlag)
		return false;
	rec->vlag = lag;
	task_of(rec)->e.vlag = lag;
	(void)facts;
	return true;
}

static bool ghost_earns(struct ledger_event *rec, struct audit_facts *facts)
{
	s64 lag = (s64)(rec->avg - rec->vruntime);

	if (!is(rec, LEDGER_EV_LEAVE) || !is_ghost(rec) || lag <= 0)
		return false;
	rec->vlag = lag;
	task_of(rec)->e.vlag = lag;
	(void)facts;
	return true;
}

static bool grant_more(struct ledger_event *rec, struct audit_facts *facts)
{
	if (!is(rec, LEDGER_EV_GRANT))
		return false;
	eevdf_move_back(tl_of(rec), &task_of(rec)->e, 1);
	return again(rec, facts);
}

static bool grant_deadline_left(struct ledger_event *rec, struct audit_facts *facts)
{
	(void)facts;
	rec->deadline += is(rec, LEDGER_EV_GRANT);
	return is(rec, LEDGER_EV_GRANT);
}

static bool paid_less(struct ledger_event *rec, struct audit_facts *facts)
{
	(void)facts;
	rec->vruntime -= is(rec, LEDGER_EV_PAID);
	return is(rec, LEDGER_EV_PAID);
}

/* The remainder is dropped: less was paid, and the next gift does not know. */
static bool carry_dropped(struct ledger_event *rec, struct audit_facts *facts)
{
	(void)facts;
	if (!is(rec, LEDGER_EV_PAID) || !rec->carry)
		return false;
	rec->carry = 0;
	task_of(rec)->e.carry = 0;
	return true;
}

static bool carry_dropped_later(struct ledger_event *rec, struct audit_facts *facts)
{
	(void)facts;
	if (!is(rec, LEDGER_EV_UPDATE) || !rec->carry)
		return false;
	rec->carry = 0;
	return true;
}

static bool grant_unpaid(struct ledger_event *rec, struct audit_facts *facts)
{
	(void)facts;
	if (!is(rec, LEDGER_EV_PAID))
		return false;
	rec->type = LEDGER_EV_PUT;
	rec->peer = ~0U;
	return audit_where(audit.books[rec->cpu], &audit.entities[rec->slot]) == AUDIT_CURR;
}

static bool paid_ungranted(struct ledger_event *rec, struct audit_facts *facts)
{
	(void)facts;
	if (!is(rec, LEDGER_EV_UPDATE) || rec->slot == 0)
		return false;
	rec->type = LEDGER_EV_PAID;
	rec->flags = 0;
	rec->peer = 0;
	return true;
}

static bool donor_elsewhere(struct ledger_event *rec, struct audit_facts *facts)
{
	u32 i;

	(void)facts;
	for (i = 0; is(rec, LEDGER_EV_GRANT) && i < SIM_TASKS; i++)
		if (sim.task[i].cpu != (int)rec->cpu) {
			rec->peer = i;
			return true;
		}
	return false;
}

static bool credit_kept(struct ledger_event *rec, struct audit_facts *facts)
{
	(void)facts;
	if (!is(rec, LEDGER_EV_UPDATE) || rec->credit == audit.entities[rec->slot].se.credit)
		return false;
	rec->credit = audit.entities[rec->slot].se.credit;
	task_of(rec)->e.credit = rec->credit;
	return true;
}

static bool credit_survives(struct ledger_event *rec, struct audit_facts *facts)
{
	(void)facts;
	if (!is(rec, LEDGER_EV_LEAVE) || !audit.entities[rec->slot].se.credit)
		return false;
	rec->credit = audit.entities[rec->slot].se.credit;
	return true;
}

static bool returns_more(struct ledger_event *rec, struct audit_facts *facts)
{
	(void)facts;
	rec->vruntime += is(rec, LEDGER_EV_RETURN);
	return is(rec, LEDGER_EV_RETURN);
}

static bool margin_less(struct ledger_event *rec, struct audit_facts *facts)
{
	(void)facts;
	rec->vruntime += is(rec, LEDGER_EV_MARGIN);
	return is(rec, LEDGER_EV_MARGIN);
}

static bool passed_over(struct ledger_event *rec, struct audit_facts *facts)
{
	if (!is(rec, LEDGER_EV_PASSED) || !facts->task || is_ghost(rec))
		return false;
	rec->flags = 0;
	facts->movable = true;
	return true;
}

/* The last of several is not told. */
static bool passed_untold(struct ledger_event *rec, struct audit_facts *facts)
{
	const struct audit_book *book = audit.books[rec->cpu];

	if (!is(rec, LEDGER_EV_PASSED) || !facts->task || book->passed + 1 != book->rq.nr_tree)
		return false;
	rec->slot = ~0U;
	rec->flags = 0;
	*facts = (struct audit_facts){};
	return true;
}

/* Not the scheduler's mistake but the module's: it changes its list behind its memo's back. */
static bool memo_astray(struct ledger_event *rec, struct audit_facts *facts)
{
	const struct oracle_rq *rq = &audit.books[rec->cpu]->rq;
	struct sim_task *t = other(rec, anybody);
	enum oracle_why why;

	(void)facts;
	if (!is(rec, LEDGER_EV_PICK) || !rq->memo.known || !t ||
	    rq->curr == &audit.entities[t->slot].se)
		return false;
	oracle_pick(rq, audit.how.rules, rec->flags & LEDGER_F_PROTECT, &why);
	if (why != ORACLE_EARLIEST)
		return false;
	audit.entities[t->slot].se.vruntime++;
	return true;
}

static const struct mutant mutants[] = {
	{ AUDIT_DOUBLE_JOIN, "joins twice", double_join, false },
	{ AUDIT_NOT_JOINED, "runs without joining", not_joined, false },
	{ AUDIT_NOT_RUNNING, "is charged while it waits", not_running, false },
	{ AUDIT_AVG_VRUNTIME, "V is one too large", avg_above, false },
	{ AUDIT_AVG_VRUNTIME, "V is one too small", avg_below, false },
	{ AUDIT_CONSERVATION, "a CPU idles, and leaves who could run there", passed_over, true },
	{ AUDIT_CONSERVATION, "a CPU idles, and one is not looked at", passed_untold, false },
	{ AUDIT_EXEC_TIME, "charges more than it ran", exec_more, true },
	{ AUDIT_EXEC_TIME, "charges less than it ran", exec_less, true },
	{ AUDIT_EXEC_TIME, "charges more than the clock allows", exec_beyond_clock, true },
	{ AUDIT_EXEC_TIME, "puts one back that is not charged", put_uncharged, true },
	{ AUDIT_EXEC_TIME, "lets one sleep that is not charged", sleep_uncharged, true },
	{ AUDIT_EXEC_TIME, "makes one a ghost that is not charged", delay_uncharged, true },
	{ AUDIT_WEIGHT, "joins with another weight", wrong_weight, true },
	{ AUDIT_WEIGHT, "changes weight in its turn", wrong_weight_later, false },
	{ AUDIT_WEIGHT, "joins with more than its part of the group", wrong_share, false },
	{ AUDIT_WEIGHT, "takes more than that later", reweighted_wrongly, false },
	{ AUDIT_RESCALE, "takes it and is moved by one", reweighted_in_place, false },
	{ AUDIT_DEADLINE, "takes it and gets a later deadline", reweighted_later, false },
	{ AUDIT_SLICE_PROTECTION, "takes it and is protected for longer", reweighted_protection,
	  false },
	{ AUDIT_LAG, "takes it and stores another lag", reweighted_lag, false },
	{ AUDIT_RESCALE, "lag is not scaled to a new weight", not_rescaled, false },
	{ AUDIT_SLICE, "joins with another request", wrong_slice, true },
	{ AUDIT_VRUNTIME, "vruntime grows by one too many", vruntime_more, true },
	{ AUDIT_VRUNTIME, "vruntime changes on the way into the tree", vruntime_in_tree, true },
	{ AUDIT_PLACEMENT, "is placed one off", placed_off, true },
	{ AUDIT_YIELD, "yields one less", yields_less, true },
	{ AUDIT_LAG, "stores one more lag", lag_off, true },
	{ AUDIT_LAG, "stores lag beyond its bound", lag_beyond_bound, true },
	{ AUDIT_LAG, "takes more along than its bound", owed_beyond_bound, true },
	{ AUDIT_NOT_RUNNING, "is taken while it runs", owed_while_running, true },
	{ AUDIT_DELAYED, "a ghost is taken", owed_by_ghost, false },
	{ AUDIT_DEADLINE, "renews from the old deadline", renewed_from_deadline, true },
	{ AUDIT_DEADLINE, "leaves with an absolute deadline", deadline_not_relative, false },
	{ AUDIT_SLICE_PROTECTION, "is protected one too long", protected_longer, true },
	{ AUDIT_SLICE_PROTECTION, "protection is not cancelled", not_cancelled, true },
	{ AUDIT_SLICE_PROTECTION, "a pick ignores protection", ignores_protection, false },
	{ AUDIT_LAG, "a ghost's debt grows while it sleeps", ghost_debt_grows, true },
	{ AUDIT_LAG, "a ghost earns lag while it sleeps", ghost_earns, true },
	{ AUDIT_PREEMPT, "a wakeup interrupts one that is protected", preempts_unduly, false },
	{ AUDIT_DELAYED, "a stopped task becomes a ghost", delays_stopped, true },
	{ AUDIT_DELAYED, "a sleeper ahead of V leaves at once", not_delayed, true },
	{ AUDIT_DELAYED, "a ghost is run", runs_ghost, false },
	{ AUDIT_DELAYED, "a ghost becomes the buddy", ghost_buddy, false },
	{ AUDIT_DELAYED, "a ghost wakes with a lag that met its bound", wakes_unbound, true },
	{ AUDIT_DELAYED, "a picked ghost stays", ghost_stays, false },
	{ AUDIT_WEIGHT, "a ghost wakes with its weight of before", ghost_reweighted, true },
	{ AUDIT_SLICE, "a ghost wakes with its slice of before", ghost_resliced, true },
	{ AUDIT_TRANSFER, "a target gains one too many", grant_more, false },
	{ AUDIT_DEADLINE, "a target's deadline stays behind", grant_deadline_left, false },
	{ AUDIT_TRANSFER, "a gift comes from another timeline", donor_elsewhere, false },
	{ AUDIT_TRANSFER, "a gift is not paid", grant_unpaid, false },
	{ AUDIT_TRANSFER, "somebody pays without a gift", paid_ungranted, false },
	{ AUDIT_TRANSFER, "a target gives back one too many", returns_more, false },
	{ AUDIT_TRANSFER, "a margin is one too small", margin_less, false },
	{ AUDIT_TRANSFER, "a carry is forgotten later", carry_dropped_later, false },
	{ AUDIT_TRANSFER_SUM, "a donor pays one too few", paid_less, false },
	{ AUDIT_TRANSFER_SUM, "a donor's carry is dropped", carry_dropped, true },
	{ AUDIT_CREDIT, "credit is run and not consumed", credit_kept, true },
	{ AUDIT_CREDIT, "credit survives leaving", credit_survives, false },
	{ AUDIT_PICK_EMPTY, "picks nobody", picks_nobody, false },
	{ AUDIT_PICK_ELIGIBLE, "picks one that is ahead of V", picks_ineligible, false },
	{ AUDIT_PICK_EARLIEST, "picks a later deadline", picks_later, false },
	{ AUDIT_PICK_EARLIEST, "picks the younger of two equal ones", picks_younger, false },
	{ AUDIT_BUDDY, "a pick ignores the buddy", ignores_buddy, false },
	{ AUDIT_BUDDY, "an idle task becomes the buddy", idle_buddy, true },
	{ AUDIT_GUARD, "the guard takes one that came just now", guard_too_early, false },
	{ AUDIT_NR_QUEUED, "counts one more", counts_one_more, false },
	{ AUDIT_NR_QUEUED, "forgets the running one", forgets_running, false },
	{ AUDIT_SUM_WEIGHT, "the sum of weights is off", sum_weight_off, false },
	{ AUDIT_SUM_W_VRUNTIME, "the sum of keys is off", sum_w_vruntime_off, false },
	{ AUDIT_SUM_W_VRUNTIME, "the reference point moves alone", zero_alone, false },
	{ AUDIT_KEY_BOUND, "a key is too large", key_too_large, false },
	{ AUDIT_ZERO_POINT, "the reference point goes astray", zero_astray, false },
	{ AUDIT_OWN_SUMS, "the memo of the tree goes astray", memo_astray, false },
};

#define NR_MUTANTS (int)(sizeof(mutants) / sizeof(mutants[0]))

static void doctor(struct sim *s, struct ledger_event *rec, struct audit_facts *facts)
{
	(void)s;
	if (!made && audit.books[rec->cpu]->state == AUDIT_BOOK_LIVE)
		made = mutant->make(rec, facts);
}

static void t_mutant(const struct mutant *m, u64 seed)
{
	int i;

	sim_init(&sim, LEDGER_RULE_ALL, seed);
	mutant = m;
	made = false;
	for (i = 0; i < WARM_UP; i++)
		sim_step(&sim);
	sim.doctor = doctor;
	for (; i < STEPS && !made; i++)
		sim_step(&sim);
	sim.doctor = NULL;
	for (i = 0; i < WARM_UP; i++)
		sim_step(&sim);
	if (!made)
		ok(false, "%s: the occasion never came", m->what);
	else if (!sim.violations)
		ok(false, "%s: nobody noticed", m->what);
	else if (sim.first != m->invariant)
		ok(false, "%s: found as %s, not as %s", m->what, invariant_name[sim.first],
		   invariant_name[m->invariant]);
	else if (m->alone && sim.violations != 1)
		ok(false, "%s: %s, but %u violations, the last %s", m->what,
		   invariant_name[m->invariant], sim.violations, invariant_name[sim.last]);
	else
		ok(true, "%s: %s", m->what, invariant_name[m->invariant]);
}

/*
 * Each figure of an account by itself, one off as it goes back into the tree: noticed with that
 * record and not by what comes of it, and nothing is compared after that.
 */
static const struct figure {
	size_t offset;
	enum audit_invariant invariant;
} figures[] = {
	{ offsetof(struct ledger_event, weight), AUDIT_WEIGHT },
	{ offsetof(struct ledger_event, slice), AUDIT_SLICE },
	{ offsetof(struct ledger_event, vruntime), AUDIT_VRUNTIME },
	{ offsetof(struct ledger_event, deadline), AUDIT_DEADLINE },
	{ offsetof(struct ledger_event, vprot), AUDIT_SLICE_PROTECTION },
	{ offsetof(struct ledger_event, vlag), AUDIT_LAG },
	{ offsetof(struct ledger_event, credit), AUDIT_CREDIT },
	{ offsetof(struct ledger_event, carry), AUDIT_TRANSFER },
};

#define NR_FIGURES (int)(sizeof(figures) / sizeof(figures[0]))

static const struct figure *figure;
static bool at_once;
static u64 compared_after;

/* The comparison that every such event ends with. */
static u64 last_comparisons(void)
{
	struct audit_counts counts;

	sim_counts(&counts);
	return counts.checks[AUDIT_SUM_W_VRUNTIME];
}

static void one_off(struct sim *s, struct ledger_event *rec, struct audit_facts *facts)
{
	(void)facts;
	if (made) {
		at_once = s->violations == 1 && s->first == figure->invariant;
		compared_after = last_comparisons() - compared_after;
		s->doctor = NULL;
	} else if (is(rec, LEDGER_EV_PUT)) {
		++*(u64 *)((char *)rec + figure->offset);
		compared_after = last_comparisons();
		made = true;
	}
}

static void t_figure(const struct figure *f, u64 seed)
{
	int i;

	sim_init(&sim, LEDGER_RULE_ALL, seed);
	figure = f;
	made = false;
	at_once = false;
	for (i = 0; i < WARM_UP; i++)
		sim_step(&sim);
	sim.doctor = one_off;
	for (i = 0; i < WARM_UP && sim.doctor; i++)
		sim_step(&sim);
	ok(at_once && !compared_after, "%s one off is noticed at once, and ends the event",
	   invariant_name[f->invariant]);
}

int main(void)
{
	bool covered[AUDIT_NR_INVARIANTS] = { 0 };
	int i, missing = 0;

	plan(NR_MUTANTS + 1 + NR_FIGURES);
	for (i = 0; i < NR_MUTANTS; i++) {
		t_mutant(&mutants[i], 31 + i);
		covered[mutants[i].invariant] = true;
	}
	for (i = 0; i < AUDIT_NR_INVARIANTS; i++) {
		if (!covered[i])
			diag("no mistake for %s", invariant_name[i]);
		missing += !covered[i];
	}
	eq(missing, 0, "each invariant can fail");
	for (i = 0; i < NR_FIGURES; i++)
		t_figure(&figures[i], 700 + i);
	return done();
}
