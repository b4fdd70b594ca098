// SPDX-License-Identifier: GPL-2.0
/*
 * Mode identities: nothing is told but, at some picks, the whole timeline as it stands: who is in
 * the tree, who runs, and whom the pick chose. What must hold at any moment is checked on that: the
 * sums, V, the choice. The book is filled for this and emptied again, so it knows nothing of the
 * past.
 */
#include "check.h"

/**
 * audit_inspect - a pick: shall the timeline be told?
 * @book: its book, lock held
 * @entities: on the timeline
 *
 * Return: as eevdf_audit_ask().
 */
u64 audit_inspect(struct audit_book *book, u32 entities)
{
	u64 leave_out = audit_stride(book);

	audit_book_blank(book);
	book->counts.sampled_out += leave_out;
	if (entities > audit.max_walk) {
		book->counts.truncated++;
		return leave_out;
	}
	book->inspecting = true;
	book->inspect_all = true;
	return leave_out | LEDGER_ASK_INSPECT;
}

/* The running entity is charged by the kernel's figure or by the CPU's clock. */
static void check_running(struct audit_event *ev)
{
	const struct audit_facts *facts = ev->facts;
	u64 exec = ev->rec->exec;

	expect_that(ev, AUDIT_NOT_RUNNING, !ev->book->rq.curr, 0, 1);
	expect_that(ev, AUDIT_EXEC_TIME, exec >= facts->exec, facts->exec, exec);
	expect_that(ev, AUDIT_EXEC_TIME, exec <= facts->exec_max, facts->exec_max, exec);
}

static void check_here(struct audit_event *ev)
{
	const struct ledger_event *rec = ev->rec;
	struct audit_book *book = ev->book;
	struct audit_entity *e = ev->e;
	bool running = rec->flags & LEDGER_F_CURR, mine = audit_is_here(rec->cpu, e, ev->facts);

	/* A second time, or on another timeline that is being told at this moment. */
	expect_that(ev, AUDIT_DOUBLE_JOIN, mine && audit_where(book, e) == AUDIT_NOWHERE, ~0ULL,
		    (u64)(s64)READ_ONCE(e->cpu));
	if (ev->failed) {
		book->inspect_all = false;
		return;
	}
	if (running)
		check_running(ev);
	/* A ghost's weight is looked at when it wakes. */
	if (!(rec->flags & LEDGER_F_GHOST))
		expect(ev, AUDIT_WEIGHT, check_weight_due(ev), rec->weight);
	expect_that(ev, AUDIT_KEY_BOUND, oracle_key_fits(&(struct oracle_se){
			.vruntime = rec->vruntime, .weight = rec->weight }, rec->zero_vruntime),
		    rec->zero_vruntime, rec->vruntime);

	check_take_over(book, e, rec);
	e->se.rel_deadline = false;
	e->se.delayed = rec->flags & LEDGER_F_GHOST;
	book->outstanding += rec->credit;
	audit_move(book, e, running ? AUDIT_CURR : AUDIT_TREE);
	if (rec->flags & LEDGER_F_BUDDY)
		book->rq.buddy = &e->se;
}

/* All are there: who was chosen among them? */
static void check_choice(struct audit_event *ev)
{
	struct audit_book *book = ev->book;

	book->counts.inspections++;
	if (ev->e && (!audit_is_here(ev->rec->cpu, ev->e, ev->facts) ||
		      audit_where(book, ev->e) == AUDIT_NOWHERE))
		expect_that(ev, AUDIT_NOT_JOINED, false, ev->rec->cpu,
			    (u64)(s64)READ_ONCE(ev->e->cpu));
	oracle_remember(&book->rq);
	check_pick(ev);
	check_timeline(ev);
}

/**
 * check_inspection - an event while no books are kept
 * @ev: event; what is not part of an inspection is ignored
 */
void check_inspection(struct audit_event *ev)
{
	struct audit_book *book = ev->book;
	const struct ledger_event *rec = ev->rec;

	if (!book->inspecting || (rec->type != LEDGER_EV_HERE && rec->type != LEDGER_EV_PICK))
		return;
	ev->nr = rec->nr_tree + rec->has_curr;
	ev->usual = ev->nr >= 2;
	if (ev->facts->task) {
		ev->e = audit_find(book, rec, ev->facts);
		/* No place in the table. */
		if (!ev->e)
			book->inspect_all = false;
	}
	if (rec->type == LEDGER_EV_HERE) {
		if (ev->e)
			check_here(ev);
	} else if (book->inspect_all) {
		check_choice(ev);
	} else {
		book->counts.not_checked++;
	}
	if (ev->e)
		audit_release(book, rec->cpu, ev->e);
	if (rec->type == LEDGER_EV_PICK)
		audit_book_blank(book);
}
