// SPDX-License-Identifier: GPL-2.0
/*
 * Event by event: the oracle computes from the book what must have happened, the record says what
 * did. Directed yields are in check_credit.c.
 */
#include "check.h"

static void check_update(struct audit_event *ev)
{
	struct audit_entity *e = ev->e;
	u64 was;

	expect_exec(ev);
	was = e->se.vruntime;
	oracle_charge(&e->se, ev->rec->exec - e->exec, ev->facts->slice);
	ev->book->counts.consumed +=
		oracle_use_credit(&e->se, (e->se.vruntime - was) * e->se.weight);
	expect_entity(ev, AUDIT_VRUNTIME);
	expect_avg(ev);
	expect_zero(ev);
}

/**
 * check_weight_due - what the task must weigh
 * @ev: event of a task
 *
 * What its group's members weigh is believed, for it depends on tasks of other timelines at some
 * moment; what follows from that is not.
 *
 * Return: its weight.
 */
u64 check_weight_due(const struct audit_event *ev)
{
	const struct ledger_event *rec = ev->rec;

	if (!rec->group_load)
		return ev->facts->weight;
	return oracle_group_weight(ev->facts->weight, rec->group_weight, rec->group_load);
}

static void check_join(struct audit_event *ev)
{
	const struct ledger_event *rec = ev->rec;
	const struct audit_facts *facts = ev->facts;
	struct oracle_se *se = &ev->e->se;
	u64 weight = check_weight_due(ev);
	bool never = !se->weight;

	expect_avg(ev);
	expect_exec(ev);
	expect(ev, AUDIT_WEIGHT, weight, rec->weight);
	if (!ev->e->known) {
		/* It has a past that was not seen: its lag is believed, its deadline not judged. */
		ev->unsure = true;
		se->weight = weight;
		se->vlag = rec->vlag;
		se->carry = rec->carry;
		se->rel_deadline = false;
	} else if (oracle_reweight(se, weight)) {
		expect(ev, AUDIT_RESCALE, (u64)se->vlag, (u64)rec->vlag);
	} else {
		ev->unsure = true;
		return;
	}
	expect(ev, AUDIT_SLICE, facts->slice, rec->slice);
	if (!oracle_place(&ev->book->rq, se, rec->avg, facts->slice, audit.how.rules,
			  never && (rec->flags & LEDGER_F_INITIAL))) {
		ev->unsure = true;
		return;
	}
	expect(ev, AUDIT_PLACEMENT, se->vruntime, rec->vruntime);
	expect(ev, AUDIT_CREDIT, 0, rec->credit);
	expect(ev, AUDIT_TRANSFER, se->carry, rec->carry);
	if (ev->e->known)
		expect(ev, AUDIT_DEADLINE, se->deadline, rec->deadline);
	/* Protection has no meaning in the tree. */
	if (ev->e->known && (rec->flags & LEDGER_F_CURR)) {
		oracle_set_protect(&ev->book->rq, se, rec->zero_vruntime, audit.how.rules);
		expect(ev, AUDIT_SLICE_PROTECTION, se->vprot, rec->vprot);
	}
}

/* The running entity sleeps: may it not leave yet (__dequeue_task)? */
static bool must_delay(const struct audit_event *ev)
{
	struct oracle_sum sum;

	if (!ruled(LEDGER_RULE_DELAY_DEQUEUE) || ev->facts->special)
		return false;
	oracle_sum(&ev->book->rq, true, &sum);
	return !oracle_eligible(&sum, ev->e->se.vruntime);
}

static void check_delay(struct audit_event *ev)
{
	struct oracle_se *se = &ev->e->se;

	expect_avg(ev);
	expect_zero(ev);
	expect_exec(ev);
	expect(ev, AUDIT_DELAYED, must_delay(ev), true);
	se->vlag = oracle_lag(&ev->book->rq, se, ev->rec->avg, audit.how.tick, audit.how.rules);
	expect_entity(ev, AUDIT_VRUNTIME);
}

static void check_requeue(struct audit_event *ev)
{
	const struct ledger_event *rec = ev->rec;
	struct oracle_se *se = &ev->e->se;

	expect_avg(ev);
	expect_zero(ev);
	expect_exec(ev);
	expect(ev, AUDIT_DELAYED, true, se->delayed);
	/* What was changed while it slept takes effect by leaving and joining only. */
	expect(ev, AUDIT_WEIGHT, check_weight_due(ev), rec->weight);
	expect(ev, AUDIT_SLICE, ev->facts->slice, rec->slice);
	se->vlag = oracle_stored_lag(&ev->book->rq, se, rec->avg, audit.how.tick, audit.how.rules);
	/* A lag that met a bound is not where the entity stands: it had to be placed anew. */
	expect(ev, AUDIT_DELAYED, rec->avg - (u64)se->vlag, se->vruntime);
	expect_entity(ev, AUDIT_VRUNTIME);
}

static void check_reweight(struct audit_event *ev)
{
	struct oracle_rq *rq = &ev->book->rq;
	u64 weight = check_weight_due(ev);

	expect_avg(ev);
	expect_exec(ev);
	expect(ev, AUDIT_WEIGHT, weight, ev->rec->weight);
	if (rq->curr != &ev->e->se)
		oracle_forget(rq);
	if (!oracle_reweight_here(rq, &ev->e->se, weight, ev->rec->avg, audit.how.tick,
				  audit.how.rules)) {
		ev->unsure = true;
		return;
	}
	expect_entity(ev, AUDIT_RESCALE);
}

/*
 * A CPU that is ahead took a waiting task, whose lag is now what all CPUs together owe it. How much
 * that is depends on other timelines at some moment, and is believed within the bound of lag.
 */
static void check_owed(struct audit_event *ev)
{
	const struct ledger_event *rec = ev->rec;
	struct oracle_se *se = &ev->e->se;
	s64 limit = oracle_lag_limit(&ev->book->rq, se, audit.how.tick, audit.how.rules);

	expect(ev, AUDIT_DELAYED, false, se->delayed);
	expect_that(ev, AUDIT_LAG, rec->vlag <= limit && rec->vlag >= -limit, (u64)limit,
		    (u64)rec->vlag);
	se->vlag = rec->vlag;
}

static void check_leave(struct audit_event *ev)
{
	const struct ledger_event *rec = ev->rec;
	struct oracle_se *se = &ev->e->se;
	bool sleep = rec->flags & LEDGER_F_SLEEP;

	expect_avg(ev);
	expect_zero(ev);
	expect_exec(ev);
	if (sleep && audit_where(ev->book, ev->e) == AUDIT_CURR)
		expect(ev, AUDIT_DELAYED, false, must_delay(ev));
	oracle_leave(&ev->book->rq, se, rec->avg, audit.how.tick, audit.how.rules, sleep);
	if (rec->flags & LEDGER_F_OWED)
		check_owed(ev);
	/* A sleeper's deadline and a leaver's protection are dead fields. */
	if (sleep || !ruled(LEDGER_RULE_PLACE_REL_DEADLINE))
		se->deadline = rec->deadline;
	se->vprot = rec->vprot;
	ev->book->counts.expired += oracle_use_credit(se, U64_MAX);
	expect_entity(ev, AUDIT_VRUNTIME);
}

/* After a walk that was to prove the memo; if it did not, the memo goes. */
static void expect_own_sums(struct audit_event *ev, bool proven)
{
	struct oracle_rq *rq = &ev->book->rq;
	u64 kept = 0, added_up = 0;

	if (!proven) {
		kept = oracle_tree_w_vruntime(rq, ev->rec->zero_vruntime);
		oracle_forget(rq);
		added_up = oracle_tree_w_vruntime(rq, ev->rec->zero_vruntime);
	}
	expect_that(ev, AUDIT_OWN_SUMS, proven, added_up, kept);
}

/**
 * check_pick - a choice against the oracle's
 * @ev: event
 */
void check_pick(struct audit_event *ev)
{
	static const enum audit_invariant by_clause[] = {
		[ORACLE_SOLE] = AUDIT_PICK_EARLIEST,
		[ORACLE_BUDDY] = AUDIT_BUDDY,
		[ORACLE_PROTECTED] = AUDIT_SLICE_PROTECTION,
		[ORACLE_EARLIEST] = AUDIT_PICK_EARLIEST,
	};
	struct audit_book *book = ev->book;
	const struct ledger_event *rec = ev->rec;
	struct oracle_se *want, *got = ev->e ? &ev->e->se : NULL;
	struct oracle_sum sum;
	enum oracle_why why;

	expect_avg(ev);
	want = oracle_pick(&book->rq, audit.how.rules, rec->flags & LEDGER_F_PROTECT, &why);
	if (why >= ORACLE_EARLIEST)
		expect_own_sums(ev, why != ORACLE_ASTRAY);
	expect_that(ev, AUDIT_PICK_EMPTY, !want == !got, want ? slot_of(want) : NO_SLOT, rec->slot);
	if (!want || !got)
		return;

	if (rec->flags & LEDGER_F_GUARD) {
		u64 waited = audit_where(book, ev->e) == AUDIT_TREE ? ev->facts->waited : 0;

		expect(ev, AUDIT_DELAYED, false, got->delayed);
		expect_that(ev, AUDIT_GUARD, audit.how.guard && waited >= audit.how.guard,
			    audit.how.guard, waited);
	} else {
		oracle_sum(&book->rq, true, &sum);
		expect_that(ev, AUDIT_PICK_ELIGIBLE,
			    why == ORACLE_SOLE || oracle_eligible(&sum, got->vruntime),
			    slot_of(want), rec->slot);
		expect_that(ev, by_clause[why], want == got, slot_of(want), rec->slot);
	}
	expect_exec(ev);
	expect_entity(ev, AUDIT_VRUNTIME);
}

static void check_set(struct audit_event *ev)
{
	expect(ev, AUDIT_DELAYED, false, ev->e->se.delayed);
	oracle_set_protect(&ev->book->rq, &ev->e->se, ev->rec->zero_vruntime, audit.how.rules);
	expect_exec(ev);
	expect_entity(ev, AUDIT_VRUNTIME);
	expect_avg(ev);
}

static void check_yield(struct audit_event *ev)
{
	const struct ledger_event *rec = ev->rec;
	struct oracle_se *se = &ev->e->se;
	u64 was = se->vruntime;

	expect_avg(ev);
	expect_exec(ev);
	/* Alone, the kernel returns at once; giving up the request changes nothing either. */
	if (audit_nr(ev->book) > 1 || rec->vruntime != se->vruntime)
		oracle_yield(&ev->book->rq, se, ev->facts->slice, audit.how.rules);
	ev->book->counts.expired += oracle_use_credit(se, (se->vruntime - was) * se->weight);
	expect_entity(ev, AUDIT_YIELD);
}

static void check_protect(struct audit_event *ev)
{
	expect_avg(ev);
	expect_zero(ev);
	if (ruled(LEDGER_RULE_RUN_TO_PARITY))
		oracle_update_protect(&ev->book->rq, &ev->e->se, ev->rec->avg);
	expect_exec(ev);
	expect_entity(ev, AUDIT_VRUNTIME);
}

/*
 * May the wakee interrupt the running entity (wakeup_preempt_fair)? What would forbid it besides, a
 * fork or the policy BATCH, is not known here.
 */
static bool may_preempt(const struct audit_event *ev, struct audit_entity *wakee)
{
	struct audit_book *book = ev->book;
	struct oracle_sum sum;
	enum oracle_why why;

	if (!ruled(LEDGER_RULE_WAKEUP_PREEMPTION))
		return false;
	if (ev->facts->idle && !book->wakee_idle)
		return true;
	oracle_sum(&book->rq, true, &sum);
	if (ruled(LEDGER_RULE_PREEMPT_SHORT) && wakee->se.slice < ev->e->se.slice &&
	    oracle_eligible(&sum, wakee->se.vruntime))
		return true;
	return oracle_pick(&book->rq, audit.how.rules, true, &why) == &wakee->se;
}

static void check_cancel(struct audit_event *ev)
{
	struct audit_entity *wakee = ev->book->wakee;

	if (wakee && READ_ONCE(wakee->cpu) == (s32)ev->rec->cpu &&
	    audit_where(ev->book, wakee) == AUDIT_TREE)
		expect(ev, AUDIT_PREEMPT, true, may_preempt(ev, wakee));
	oracle_cancel_protect(&ev->e->se);
	expect_avg(ev);
	expect_exec(ev);
	expect_entity(ev, AUDIT_VRUNTIME);
}

/* An event that changes none of the entity's fields, but perhaps where it is. */
static void check_same(struct audit_event *ev)
{
	expect_avg(ev);
	expect_exec(ev);
	expect_entity(ev, AUDIT_VRUNTIME);
}

/*
 * A CPU idles, and leaves who waits here: nobody who could run there, and nobody untold. Whether a
 * task is on its way elsewhere is believed.
 */
static void check_passed(struct audit_event *ev)
{
	const struct ledger_event *rec = ev->rec;

	if (!ev->e) {
		expect(ev, AUDIT_CONSERVATION, ev->book->rq.nr_tree, ev->book->passed);
		return;
	}
	expect_that(ev, AUDIT_CONSERVATION,
		    ev->e->se.delayed || (rec->flags & LEDGER_F_BOUND) || !ev->facts->movable,
		    rec->cpu, rec->peer);
	check_same(ev);
}

/**
 * check_entity - what an event of this type must be
 * @ev: event
 */
void check_entity(struct audit_event *ev)
{
	switch (ev->rec->type) {
	case LEDGER_EV_UPDATE:
		check_update(ev);
		break;
	case LEDGER_EV_JOIN:
		check_join(ev);
		break;
	case LEDGER_EV_LEAVE:
		check_leave(ev);
		break;
	case LEDGER_EV_PUT:
		check_same(ev);
		break;
	case LEDGER_EV_SET:
		check_set(ev);
		break;
	case LEDGER_EV_PICK:
		check_pick(ev);
		break;
	case LEDGER_EV_YIELD:
		check_yield(ev);
		break;
	case LEDGER_EV_PROTECT:
		check_protect(ev);
		break;
	case LEDGER_EV_CANCEL:
		check_cancel(ev);
		break;
	case LEDGER_EV_BUDDY:
		if (!ev->e)
			break;
		/* set_next_buddy() refuses a SCHED_IDLE task. */
		expect(ev, AUDIT_BUDDY, 0, ev->facts->idle);
		expect(ev, AUDIT_DELAYED, false, ev->e->se.delayed);
		check_same(ev);
		break;
	case LEDGER_EV_DELAY:
		check_delay(ev);
		break;
	case LEDGER_EV_REQUEUE:
		check_requeue(ev);
		break;
	case LEDGER_EV_GRANT:
		check_grant(ev);
		break;
	case LEDGER_EV_PAID:
		check_paid(ev);
		break;
	case LEDGER_EV_MARGIN:
		check_margin(ev);
		break;
	case LEDGER_EV_RETURN:
		check_return(ev);
		break;
	case LEDGER_EV_REWEIGHT:
		check_reweight(ev);
		break;
	case LEDGER_EV_PASSED:
		check_passed(ev);
		break;
	}
}
