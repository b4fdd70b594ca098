// SPDX-License-Identifier: GPL-2.0
/*
 * Directed yields. A transfer comes as two events, the target's gain and the donor's payment; what
 * the second must be follows from the first. The ledger of credit is kept here from the same
 * events: each of its terms on its own, never one as the rest of the others.
 */
#include "check.h"

/* The other task, if it is on this timeline. */
static struct audit_entity *peer_of(struct audit_event *ev)
{
	u32 slot = ev->rec->peer;
	struct audit_entity *peer = slot < audit.nr_entities ? &audit.entities[slot] : NULL;
	bool here = peer && peer != ev->e && READ_ONCE(peer->cpu) == (s32)ev->rec->cpu &&
		    audit_where(ev->book, peer) != AUDIT_NOWHERE;

	if (!peer) {
		/* No place in the table. */
		ev->unsure = true;
		return NULL;
	}
	expect_that(ev, AUDIT_TRANSFER, here, ev->rec->cpu, (u64)(s64)READ_ONCE(peer->cpu));
	return here ? peer : NULL;
}

/* By how much a target stands further back, its protection with it if it runs. */
static void move_back(struct audit_event *ev, u64 by)
{
	struct oracle_se *se = &ev->e->se;

	oracle_forget(&ev->book->rq);
	se->vruntime -= by;
	se->deadline -= by;
	if (audit_where(ev->book, ev->e) == AUDIT_CURR)
		se->vprot -= by;
}

/**
 * check_grant - the target's side of a transfer
 * @ev: event
 */
void check_grant(struct audit_event *ev)
{
	const struct ledger_event *rec = ev->rec;
	struct audit_book *book = ev->book;
	struct oracle_se *to = &ev->e->se;
	struct audit_entity *from = peer_of(ev);

	expect_avg(ev);
	expect_exec(ev);
	expect(ev, AUDIT_DELAYED, false, to->delayed);
	if (!from)
		return;
	expect(ev, AUDIT_DELAYED, false, from->se.delayed);
	book->gift = oracle_transfer(&book->rq, &from->se, to, rec->avg, audit.how.tick,
				     audit.how.rules);
	book->gift_service = book->gift.gain * to->weight;
	book->gift_from = rec->peer;
	book->gift_to = rec->slot;
	book->gift_state = AUDIT_GIFT_PENDING;
	expect_that(ev, AUDIT_TRANSFER, book->gift.gain, 1, 0);
	book->counts.granted += (to->vruntime - rec->vruntime) * to->weight;
	move_back(ev, book->gift.gain);
	to->credit += book->gift_service;
	expect_entity(ev, AUDIT_TRANSFER);
}

/**
 * check_paid - the donor's side of a transfer
 * @ev: event
 */
void check_paid(struct audit_event *ev)
{
	const struct ledger_event *rec = ev->rec;
	struct audit_book *book = ev->book;
	struct oracle_se *from = &ev->e->se;
	s128 paid, carried;

	if (book->gift_state == AUDIT_GIFT_UNSEEN) {
		ev->unsure = true;
		return;
	}
	expect(ev, AUDIT_TRANSFER, AUDIT_GIFT_PENDING, book->gift_state);
	expect(ev, AUDIT_TRANSFER, book->gift_from, rec->slot);
	expect(ev, AUDIT_TRANSFER, book->gift_to, rec->peer);
	expect_exec(ev);

	/* All figures but the gift itself as they are reported. */
	paid = (s128)(s64)(rec->vruntime - from->vruntime) * from->weight;
	carried = (s128)rec->carry - from->carry;
	expect_that(ev, AUDIT_TRANSFER_SUM, paid - book->gift_service == carried,
		    book->gift_service + (u64)carried, (u64)paid);

	oracle_forget(&book->rq);
	from->vruntime += book->gift.cost;
	from->carry = book->gift.carry;
	book->counts.consumed += oracle_use_credit(from, book->gift_service);
	oracle_cancel_protect(from);
	if (!oracle_before(from->vruntime, from->deadline)) {
		from->slice = ev->facts->slice;
		from->deadline = from->vruntime + oracle_delta(from->slice, from->weight);
	}
	expect_entity(ev, AUDIT_TRANSFER);
}

/**
 * check_margin - a target was lifted at everybody's expense
 * @ev: event
 */
void check_margin(struct audit_event *ev)
{
	const struct ledger_event *rec = ev->rec;
	u64 by;

	expect_avg(ev);
	expect_exec(ev);
	expect(ev, AUDIT_DELAYED, false, ev->e->se.delayed);
	by = oracle_margin(&ev->book->rq, &ev->e->se, rec->avg, audit.how.base_slice,
			   audit.how.tick, audit.how.rules);
	expect_that(ev, AUDIT_TRANSFER, by, 1, 0);
	move_back(ev, by);
	expect_entity(ev, AUDIT_TRANSFER);
}

/**
 * check_return - a donor exits in debt
 * @ev: event
 */
void check_return(struct audit_event *ev)
{
	struct audit_entity *from = peer_of(ev);
	struct oracle_se *to = &ev->e->se;
	u64 by;

	expect_avg(ev);
	expect_exec(ev);
	if (!from)
		return;
	by = oracle_give_back(&from->se, to, ev->rec->avg);
	ev->book->counts.returned += (ev->rec->vruntime - to->vruntime) * to->weight;
	move_back(ev, -by);
	to->credit -= by * to->weight;
	expect_entity(ev, AUDIT_TRANSFER);
}

/**
 * audit_ledger - the credit that should be outstanding
 * @book: book, its lock held
 *
 * Return: virtual ns * weight, modulo 2^64.
 */
u64 audit_ledger(const struct audit_book *book)
{
	const struct audit_counts *counts = &book->counts;

	return counts->granted - counts->consumed - counts->returned - counts->expired;
}

/**
 * check_ledger - the identity, after any event but the first half of a transfer
 * @ev: event
 *
 * In sample mode what is consumed between two checks is not seen.
 */
void check_ledger(struct audit_event *ev)
{
	struct audit_book *book = ev->book;

	if (READ_ONCE(audit.mode) != AUDIT_FULL || ev->unsure)
		return;
	expect(ev, AUDIT_CREDIT, audit_ledger(book) + book->off_credit, book->outstanding);
}
