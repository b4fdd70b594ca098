// SPDX-License-Identifier: GPL-2.0
/*
 * Comparisons: what the books say against what is reported. The first of an event that fails is its
 * violation.
 */
#include "check.h"

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

static bool entity_is(const struct oracle_se *se, const struct ledger_event *rec)
{
	return !((se->weight ^ rec->weight) | (se->slice ^ rec->slice) |
		 (se->vruntime ^ rec->vruntime) | (se->deadline ^ rec->deadline) |
		 (se->vprot ^ rec->vprot) | (u64)(se->vlag ^ rec->vlag) |
		 (se->credit ^ rec->credit) | (se->carry ^ rec->carry));
}

/* Which is it? */
static noinline void expect_each(struct audit_event *ev, enum audit_invariant vruntime)
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

/**
 * expect_entity - the entity's fields against what the oracle made of them
 * @ev: event of a task
 * @vruntime: what a wrong vruntime breaks
 */
void expect_entity(struct audit_event *ev, enum audit_invariant vruntime)
{
	u64 *checks = ev->book->counts.checks;

	if (!ev->usual || !entity_is(&ev->e->se, ev->rec)) {
		expect_each(ev, vruntime);
		return;
	}
	/* Nearly always all are right: one comparison for all, and each is counted. */
	checks[AUDIT_WEIGHT]++;
	checks[AUDIT_SLICE]++;
	checks[vruntime]++;
	checks[AUDIT_DEADLINE]++;
	checks[AUDIT_SLICE_PROTECTION]++;
	checks[AUDIT_LAG]++;
	checks[AUDIT_CREDIT]++;
	checks[AUDIT_TRANSFER]++;
}

/**
 * expect_zero - the reference point follows V, and V lies among the vruntimes
 * @ev: event
 */
void expect_zero(struct audit_event *ev)
{
	const struct oracle_rq *rq = &ev->book->rq;

	if (!(ev->rec->flags & LEDGER_F_AVG) || !audit_nr(ev->book))
		return;
	expect_that(ev, AUDIT_ZERO_POINT, oracle_spans(rq, ev->rec->zero_vruntime), ev->rec->avg,
		    ev->rec->zero_vruntime);
}
