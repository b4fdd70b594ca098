// SPDX-License-Identifier: GPL-2.0
/*
 * One event: the oracle computes from the book what must have happened, the record says what did,
 * any difference is a violation. Then the book takes over what was reported, so that one defect
 * gives one violation and not an avalanche.
 */
#include "check.h"

static const u32 flags_of[LEDGER_EV_NR] = {
	[LEDGER_EV_UPDATE] = LEDGER_F_AVG | LEDGER_F_FRESH,
	[LEDGER_EV_JOIN] = LEDGER_F_AVG | LEDGER_F_CURR | LEDGER_F_INITIAL,
	[LEDGER_EV_LEAVE] = LEDGER_F_AVG | LEDGER_F_SLEEP | LEDGER_F_FRESH,
	[LEDGER_EV_PUT] = LEDGER_F_AVG,
	[LEDGER_EV_SET] = LEDGER_F_AVG,
	[LEDGER_EV_PICK] = LEDGER_F_AVG | LEDGER_F_PROTECT | LEDGER_F_GUARD,
	[LEDGER_EV_YIELD] = LEDGER_F_AVG,
	[LEDGER_EV_PROTECT] = LEDGER_F_AVG,
	[LEDGER_EV_CANCEL] = LEDGER_F_AVG,
	[LEDGER_EV_BUDDY] = LEDGER_F_AVG,
	[LEDGER_EV_DELAY] = LEDGER_F_AVG,
	[LEDGER_EV_REQUEUE] = LEDGER_F_AVG,
	[LEDGER_EV_GRANT] = LEDGER_F_AVG,
	[LEDGER_EV_PAID] = 0,
	[LEDGER_EV_MARGIN] = LEDGER_F_AVG,
	[LEDGER_EV_RETURN] = LEDGER_F_AVG,
	[LEDGER_EV_HERE] = LEDGER_F_CURR | LEDGER_F_GHOST | LEDGER_F_BUDDY,
};

/* Events that are computed from V, which they must therefore tell. */
static const bool needs_avg[LEDGER_EV_NR] = {
	[LEDGER_EV_JOIN] = true,  [LEDGER_EV_LEAVE] = true,   [LEDGER_EV_PROTECT] = true,
	[LEDGER_EV_DELAY] = true, [LEDGER_EV_REQUEUE] = true, [LEDGER_EV_GRANT] = true,
	[LEDGER_EV_MARGIN] = true, [LEDGER_EV_RETURN] = true,
};

/* enum audit_needs: who comes into the tree begins to wait. */
const u8 audit_needs[LEDGER_EV_NR] = {
	[LEDGER_EV_UPDATE] = AUDIT_NEEDS_CLOCK,
	[LEDGER_EV_JOIN] = AUDIT_NEEDS_WEIGHT | AUDIT_NEEDS_CLOCK | AUDIT_NEEDS_NOW,
	[LEDGER_EV_PUT] = AUDIT_NEEDS_NOW,
	[LEDGER_EV_DELAY] = AUDIT_NEEDS_NOW,
	[LEDGER_EV_REQUEUE] = AUDIT_NEEDS_WEIGHT | AUDIT_NEEDS_NOW,
	[LEDGER_EV_HERE] = AUDIT_NEEDS_WEIGHT | AUDIT_NEEDS_CLOCK | AUDIT_NEEDS_NOW,
};

/* Events of two tasks. */
static const bool needs_peer[LEDGER_EV_NR] = {
	[LEDGER_EV_GRANT] = true, [LEDGER_EV_PAID] = true, [LEDGER_EV_RETURN] = true,
};

/**
 * audit_record_bad - can this record be at all?
 * @rec: record, at least @size bytes
 * @size: bytes
 * @task: it comes with a task
 *
 * Return: true if it must be thrown away: unknown layout, a CPU, slot, flag or figure out of range,
 * no V where the event is computed from V.
 */
bool audit_record_bad(const struct ledger_event *rec, u32 size, bool task)
{
	if (size < sizeof(*rec) || rec->size != sizeof(*rec) || !rec->type ||
	    rec->type >= LEDGER_EV_NR)
		return true;
	if (rec->cpu >= audit.how.nr_cpus || rec->cpu >= audit.nr_books || rec->has_curr > 1)
		return true;
	if (rec->flags & ~flags_of[rec->type])
		return true;
	if (!task)
		return rec->slot != NO_SLOT ||
		       (rec->type != LEDGER_EV_PICK && rec->type != LEDGER_EV_BUDDY);
	if (rec->slot >= audit.how.nr_slots || !rec->weight || rec->weight > AUDIT_MAX_WEIGHT ||
	    !rec->slice || rec->slice > AUDIT_MAX_NS)
		return true;
	if (rec->reserved || (needs_peer[rec->type] ? rec->peer >= audit.how.nr_slots :
						      rec->peer != NO_SLOT))
		return true;
	return needs_avg[rec->type] && !(rec->flags & LEDGER_F_AVG);
}

static void fail(struct audit_event *ev, enum audit_invariant invariant, u64 expected, u64 got)
{
	ev->failed = true;
	ev->usual = false;
	ev->book->counts.violations[invariant]++;
	audit_report(ev->book, invariant, ev->rec, ev->facts, expected, got);
}

/**
 * expect_rarely - expect_that() where that is not all in order, or not in company
 * @ev: event
 * @invariant: what is compared
 * @holds: it is as it must be
 * @expected: by the books
 * @got: as reported
 */
void expect_rarely(struct audit_event *ev, enum audit_invariant invariant, bool holds, u64 expected,
		   u64 got)
{
	if (ev->failed)
		return;
	if (ev->nr >= 2)
		ev->book->counts.checks[invariant]++;
	else
		ev->book->counts.checks_trivial++;
	if (!holds)
		fail(ev, invariant, expected, got);
}

/**
 * expect_avg - the reported V against the books as they are now
 * @ev: event
 */
void expect_avg(struct audit_event *ev)
{
	struct audit_book *book = ev->book;
	const struct ledger_event *rec = ev->rec;
	struct oracle_sum sum;
	bool right;
	u64 v = 0;

	if (!(rec->flags & LEDGER_F_AVG))
		return;
	oracle_sum(&book->rq, true, &sum);
	if (sum.w) {
		right = oracle_is_avg(&sum, rec->avg);
		if (!right)
			oracle_avg(&sum, &v);
		expect_that(ev, AUDIT_AVG_VRUNTIME, right, v, rec->avg);
	} else if (book->zero_known) {
		/* Nobody is there: V stands where the reference point was left. */
		expect(ev, AUDIT_AVG_VRUNTIME, book->zero, rec->avg);
	}
}

/*
 * The running entity stops, on its own CPU: what it ran must have been charged by now. (Without
 * sleep a LEAVE may come from another CPU, while the task runs there.)
 */
static bool ends_turn(const struct audit_event *ev)
{
	const struct ledger_event *rec = ev->rec;

	switch (rec->type) {
	case LEDGER_EV_PUT:
	case LEDGER_EV_DELAY:
	case LEDGER_EV_YIELD:
		return true;
	case LEDGER_EV_LEAVE:
		return (rec->flags & LEDGER_F_SLEEP) && audit_where(ev->book, ev->e) == AUDIT_CURR;
	}
	return false;
}

/**
 * expect_exec - the run time charged against the task's own
 * @ev: event of a task
 */
void expect_exec(struct audit_event *ev)
{
	const struct ledger_event *rec = ev->rec;
	const struct audit_facts *facts = ev->facts;
	u64 low = facts->exec;

	switch (rec->type) {
	case LEDGER_EV_JOIN:
	case LEDGER_EV_UPDATE:
		if (ev->e->known && low < ev->e->exec)
			low = ev->e->exec;
		if (rec->flags & LEDGER_F_FRESH)
			expect(ev, AUDIT_EXEC_TIME, facts->exec, rec->exec);
		expect_that(ev, AUDIT_EXEC_TIME, rec->exec >= low, low, rec->exec);
		expect_that(ev, AUDIT_EXEC_TIME, rec->exec <= facts->exec_max || rec->exec == low,
			    facts->exec_max, rec->exec);
		break;
	default:
		expect(ev, AUDIT_EXEC_TIME, ev->e->exec, rec->exec);
		if ((rec->flags & LEDGER_F_FRESH) || ends_turn(ev))
			expect(ev, AUDIT_EXEC_TIME, facts->exec, rec->exec);
	}
}

/**
 * expect_entity - the entity's fields against what the oracle made of them
 * @ev: event of a task
 * @vruntime: what a wrong vruntime breaks
 */
void expect_entity(struct audit_event *ev, enum audit_invariant vruntime)
{
	const struct oracle_se *se = &ev->e->se;
	const struct ledger_event *rec = ev->rec;

	expect(ev, AUDIT_WEIGHT, se->weight, rec->weight);
	expect(ev, AUDIT_SLICE, se->slice, rec->slice);
	expect(ev, vruntime, se->vruntime, rec->vruntime);
	expect(ev, AUDIT_DEADLINE, se->deadline, rec->deadline);
	expect(ev, AUDIT_SLICE_PROTECTION, se->vprot, rec->vprot);
	expect(ev, AUDIT_LAG, (u64)se->vlag, (u64)rec->vlag);
	expect(ev, AUDIT_CREDIT, se->credit, rec->credit);
	expect(ev, AUDIT_TRANSFER, se->carry, rec->carry);
}

/* The reference point follows V, and V lies among the vruntimes. */
static void expect_zero(struct audit_event *ev)
{
	const struct oracle_rq *rq = &ev->book->rq;

	if (!(ev->rec->flags & LEDGER_F_AVG) || !audit_nr(ev->book))
		return;
	expect_that(ev, AUDIT_ZERO_POINT, oracle_spans(rq, ev->rec->zero_vruntime), ev->rec->avg,
		    ev->rec->zero_vruntime);
}

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

static void check_join(struct audit_event *ev)
{
	const struct ledger_event *rec = ev->rec;
	const struct audit_facts *facts = ev->facts;
	struct oracle_se *se = &ev->e->se;
	bool never = !se->weight;

	expect_avg(ev);
	expect_exec(ev);
	expect(ev, AUDIT_WEIGHT, facts->weight, rec->weight);
	if (!ev->e->known) {
		/* It has a past that was not seen: its lag is believed, its deadline not judged. */
		ev->unsure = true;
		se->weight = facts->weight;
		se->vlag = rec->vlag;
		se->carry = rec->carry;
		se->rel_deadline = false;
	} else if (oracle_reweight(se, facts->weight)) {
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
	expect(ev, AUDIT_WEIGHT, ev->facts->weight, rec->weight);
	expect(ev, AUDIT_SLICE, ev->facts->slice, rec->slice);
	se->vlag = oracle_stored_lag(&ev->book->rq, se, rec->avg, audit.how.tick, audit.how.rules);
	/* A lag that met a bound is not where the entity stands: it had to be placed anew. */
	expect(ev, AUDIT_DELAYED, rec->avg - (u64)se->vlag, se->vruntime);
	expect_entity(ev, AUDIT_VRUNTIME);
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
	/* A sleeper's deadline and a leaver's protection are dead fields. */
	if (sleep || !ruled(LEDGER_RULE_PLACE_REL_DEADLINE))
		se->deadline = rec->deadline;
	se->vprot = rec->vprot;
	ev->book->counts.expired += oracle_use_credit(se, U64_MAX);
	expect_entity(ev, AUDIT_VRUNTIME);
}

static u64 slot_of(const struct oracle_se *se)
{
	return (u64)(container_of(se, struct audit_entity, se) - audit.entities);
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
		u64 waited = audit_where(book, ev->e) == AUDIT_TREE ?
				     ev->facts->now - ev->e->since : 0;

		expect(ev, AUDIT_DELAYED, false, got->delayed);
		/* The two clocks are read at different moments: a tick is forgiven. */
		expect_that(ev, AUDIT_GUARD,
			    audit.how.guard && waited + audit.how.tick >= audit.how.guard,
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
	if (ev->facts->idle && wakee->se.weight != oracle_weight(120, true))
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

static void check_entity(struct audit_event *ev)
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
	}
}

/**
 * check_timeline - what is reported of the timeline against the book
 * @ev: event, taken over into the book
 */
void check_timeline(struct audit_event *ev)
{
	struct audit_book *book = ev->book;
	const struct ledger_event *rec = ev->rec;
	u64 drift;

	/* The donor may have paid already. */
	if (rec->type == LEDGER_EV_GRANT)
		return;
	check_ledger(ev);

	expect(ev, AUDIT_NR_QUEUED, book->rq.nr_tree + book->off_nr_tree, rec->nr_tree);
	expect(ev, AUDIT_NR_QUEUED, !!book->rq.curr + book->off_has_curr, rec->has_curr);
	expect(ev, AUDIT_SUM_WEIGHT, oracle_tree_weight(&book->rq) + book->off_weight,
	       rec->sum_weight);
	/* A wrong sum of weights spoils the other sum each time the reference point moves. */
	drift = book->off_w_vruntime - book->off_weight * (rec->zero_vruntime - book->off_zero);
	expect(ev, AUDIT_SUM_W_VRUNTIME,
	       oracle_tree_w_vruntime(&book->rq, rec->zero_vruntime) + drift,
	       (u64)rec->sum_w_vruntime);

	if (rec->type == LEDGER_EV_JOIN)
		expect_zero(ev);
	if (rec->type == LEDGER_EV_JOIN || rec->type == LEDGER_EV_PUT ||
	    rec->type == LEDGER_EV_DELAY)
		expect_that(ev, AUDIT_KEY_BOUND, oracle_key_fits(&ev->e->se, rec->zero_vruntime),
			    rec->zero_vruntime, rec->vruntime);
}

/*
 * The running entity ceases to be the buddy at the end of its turn (update_curr, yield_task_fair).
 */
static void feed_buddy(struct audit_event *ev)
{
	struct audit_book *book = ev->book;
	const struct ledger_event *rec = ev->rec;
	bool here;

	if (rec->type == LEDGER_EV_BUDDY) {
		here = ev->e && audit_where(book, ev->e) != AUDIT_NOWHERE;
		book->rq.buddy = here ? &ev->e->se : NULL;
	} else if (ev->e && book->rq.buddy == &ev->e->se) {
		if (rec->type == LEDGER_EV_YIELD || rec->type == LEDGER_EV_DELAY ||
		    (rec->type == LEDGER_EV_UPDATE && rec->nr_tree &&
		     (ev->renewed || !oracle_before(rec->vruntime, rec->vprot))))
			book->rq.buddy = NULL;
	}
}

/**
 * check_take_over - what a record says of an account goes into the book
 * @book: book, its lock held
 * @e: the account
 * @rec: of it
 */
void check_take_over(struct audit_book *book, struct audit_entity *e,
		     const struct ledger_event *rec)
{
	if (e->se.vruntime != rec->vruntime || e->se.weight != rec->weight ||
	    e->se.slice != rec->slice) {
		if (!list_empty(&e->se.node))
			oracle_forget(&book->rq);
	}
	e->se.vruntime = rec->vruntime;
	e->se.deadline = rec->deadline;
	e->se.vprot = rec->vprot;
	e->se.vlag = rec->vlag;
	e->se.slice = rec->slice;
	e->se.weight = rec->weight;
	e->se.credit = rec->credit;
	e->se.carry = rec->carry;
	e->exec = rec->exec;
}

/* Takes the record over: what is where, and what it has. */
static void feed(struct audit_event *ev)
{
	struct audit_book *book = ev->book;
	const struct ledger_event *rec = ev->rec;
	struct audit_entity *e = ev->e;
	enum audit_where where;

	book->zero = rec->zero_vruntime;
	book->zero_known = true;
	book->drain = rec->type == LEDGER_EV_PICK && e && e->se.delayed ? e : NULL;
	if (rec->type == LEDGER_EV_JOIN || rec->type == LEDGER_EV_REQUEUE)
		book->wakee = e;
	feed_buddy(ev);
	if (rec->type == LEDGER_EV_GRANT && book->gift_state != AUDIT_GIFT_PENDING)
		book->gift_state = AUDIT_GIFT_UNSEEN;
	else if (rec->type != LEDGER_EV_GRANT)
		book->gift_state = AUDIT_GIFT_NONE;
	if (!e)
		return;
	book->outstanding += rec->credit - ev->credit;

	check_take_over(book, e, rec);
	e->se.rel_deadline = rec->type == LEDGER_EV_LEAVE && !(rec->flags & LEDGER_F_SLEEP) &&
			     ruled(LEDGER_RULE_PLACE_REL_DEADLINE);
	e->known = true;

	where = audit_where(book, e);
	if (rec->type != LEDGER_EV_PICK && rec->type != LEDGER_EV_BUDDY)
		e->se.delayed = false;
	switch (rec->type) {
	case LEDGER_EV_JOIN:
		where = rec->flags & LEDGER_F_CURR ? AUDIT_CURR : AUDIT_TREE;
		audit_move(book, e, where, ev->facts->now);
		break;
	case LEDGER_EV_PUT:
		audit_move(book, e, AUDIT_TREE, ev->facts->now);
		break;
	case LEDGER_EV_LEAVE:
		audit_move(book, e, AUDIT_NOWHERE, ev->facts->now);
		break;
	case LEDGER_EV_DELAY:
		audit_move(book, e, AUDIT_TREE, ev->facts->now);
		e->se.delayed = true;
		break;
	case LEDGER_EV_REQUEUE:
		e->since = ev->facts->now;
		break;
	case LEDGER_EV_PICK:
	case LEDGER_EV_BUDDY:
	case LEDGER_EV_GRANT:
	case LEDGER_EV_PAID:
	case LEDGER_EV_MARGIN:
	case LEDGER_EV_RETURN:
		break;
	default:
		if (where != AUDIT_CURR)
			audit_move(book, e, AUDIT_CURR, ev->facts->now);
	}
}

/* Is the task where an event of this type can find it? */
static void check_whereabouts(struct audit_event *ev)
{
	const struct ledger_event *rec = ev->rec;
	enum audit_where where = AUDIT_NOWHERE;
	bool here;

	if (!ev->e)
		return;
	here = audit_is_here(rec->cpu, ev->e, ev->facts);
	if (here)
		where = audit_where(ev->book, ev->e);

	if (rec->type == LEDGER_EV_JOIN) {
		expect_that(ev, AUDIT_DOUBLE_JOIN, here && where == AUDIT_NOWHERE, ~0ULL,
			    (u64)(s64)READ_ONCE(ev->e->cpu));
		if (rec->flags & LEDGER_F_CURR)
			expect(ev, AUDIT_NOT_RUNNING, 0, !!ev->book->rq.curr);
		return;
	}

	expect_that(ev, rec->type == LEDGER_EV_BUDDY ? AUDIT_BUDDY : AUDIT_NOT_JOINED,
		    where != AUDIT_NOWHERE, rec->cpu,
		    here ? ~0ULL : (u64)(s64)READ_ONCE(ev->e->cpu));
	switch (rec->type) {
	case LEDGER_EV_SET:
		expect(ev, AUDIT_NOT_RUNNING, AUDIT_TREE, where);
		expect(ev, AUDIT_NOT_RUNNING, 0, !!ev->book->rq.curr);
		break;
	case LEDGER_EV_UPDATE:
	case LEDGER_EV_PUT:
	case LEDGER_EV_YIELD:
	case LEDGER_EV_PROTECT:
	case LEDGER_EV_CANCEL:
	case LEDGER_EV_DELAY:
		expect(ev, AUDIT_NOT_RUNNING, AUDIT_CURR, where);
		break;
	case LEDGER_EV_REQUEUE:
		expect(ev, AUDIT_NOT_RUNNING, AUDIT_TREE, where);
		break;
	}
}

/**
 * audit_stride - how many to leave out, at random, so that no pattern of events hides
 * @book: book, its lock held
 *
 * Return: [0, 2N - 2]: with the one that is not left out N on average.
 */
u32 audit_stride(struct audit_book *book)
{
	/* xorshift32 */
	book->random ^= book->random << 13;
	book->random ^= book->random >> 17;
	book->random ^= book->random << 5;
	return book->random % (2 * READ_ONCE(audit.stride) - 1);
}

static bool sampled_out(struct audit_book *book)
{
	if (READ_ONCE(audit.mode) != AUDIT_SAMPLE)
		return false;
	if (book->skip) {
		book->skip--;
		return true;
	}
	book->skip = audit_stride(book);
	return false;
}

/* Credit moved that nobody looked at. */
static void rebase_ledger(struct audit_book *book)
{
	book->off_credit = book->outstanding - audit_ledger(book);
}

static void learn(struct audit_event *ev)
{
	struct audit_book *book = ev->book;

	book->counts.not_checked++;
	if (ev->e && !audit_is_here(ev->rec->cpu, ev->e, ev->facts) &&
	    !audit_evict(book, ev->rec->cpu, ev->e, ev->facts))
		return;
	feed(ev);
	if (audit_book_agrees(book, ev->rec)) {
		book->state = AUDIT_BOOK_LIVE;
		rebase_ledger(book);
		book->counts.resyncs++;
	}
}

static void check(struct audit_event *ev)
{
	struct audit_book *book = ev->book;

	check_whereabouts(ev);
	if (ev->failed) {
		/* Who is there is no longer known. */
		audit_book_learn(book);
		learn(ev);
		return;
	}
	if (ev->nr > audit.max_walk) {
		book->counts.truncated++;
		feed(ev);
		rebase_ledger(book);
		return;
	}
	if (sampled_out(book)) {
		book->counts.sampled_out++;
		feed(ev);
		rebase_ledger(book);
		return;
	}
	if (book->gift_state == AUDIT_GIFT_PENDING)
		expect(ev, AUDIT_TRANSFER, LEDGER_EV_PAID, ev->rec->type);
	/* A ghost that was picked. */
	if (book->drain)
		expect_that(ev, AUDIT_DELAYED,
			    ev->rec->type == LEDGER_EV_LEAVE && ev->e == book->drain,
			    slot_of(&book->drain->se), ev->rec->slot);
	oracle_remember(&book->rq);
	check_entity(ev);
	feed(ev);
	check_timeline(ev);
	if (ev->failed) {
		audit_book_offsets(book, ev->rec);
		book->counts.resyncs++;
	} else if (ev->unsure) {
		book->counts.not_checked++;
		rebase_ledger(book);
	}
}

/**
 * audit_check - one event
 * @book: its timeline's book, lock held
 * @rec: record that is not bad
 * @facts: its task, or only the time without one
 */
void audit_check(struct audit_book *book, const struct ledger_event *rec,
		 const struct audit_facts *facts)
{
	struct audit_event ev = {
		.book = book,
		.rec = rec,
		.facts = facts,
		.nr = audit_nr(book) + (rec->type == LEDGER_EV_JOIN),
	};

	ev.usual = ev.nr >= 2;
	book->counts.events[rec->type]++;
	if (!audit_keeps_books(READ_ONCE(audit.mode))) {
		check_inspection(&ev);
		return;
	}
	/* The rest of an inspection that the mode has overtaken. */
	if (rec->type == LEDGER_EV_HERE) {
		book->counts.not_checked++;
		return;
	}
	if (facts->task) {
		ev.e = audit_find(book, rec, facts);
		if (!ev.e) {
			/* No place in the table: the sums count it, the book cannot. */
			book->counts.not_checked++;
			if (rec->type == LEDGER_EV_BUDDY)
				book->rq.buddy = NULL;
			audit_book_learn(book);
			return;
		}
	}
	if (ev.e) {
		ev.credit = ev.e->se.credit;
		ev.renewed = ev.e->se.deadline != rec->deadline;
	}
	if (book->state == AUDIT_BOOK_LIVE)
		check(&ev);
	else
		learn(&ev);
	if (ev.e)
		audit_release(book, rec->cpu, ev.e);
}
