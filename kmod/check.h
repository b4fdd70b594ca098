/* SPDX-License-Identifier: GPL-2.0 */
/* Between check.c, check_event.c, check_credit.c, expect.c and inspect.c. */
#ifndef EEVDF_AUDIT_CHECK_H
#define EEVDF_AUDIT_CHECK_H

#include "audit.h"

#define NO_SLOT (~0U)

/**
 * struct audit_event - one event while it is looked at
 * @book: its timeline's, lock held
 * @rec: what is reported
 * @facts: what the module read itself
 * @e: entity, NULL without a task
 * @nr: entities on the timeline before or after, whichever is more
 * @usual: @nr is at least two, and nothing has failed
 * @failed: a violation was found; the comparisons that would follow mean nothing
 * @unsure: something could not be compared
 * @renewed: the record has another deadline than the book had
 * @credit: the entity's, before the event
 */
struct audit_event {
	struct audit_book *book;
	const struct ledger_event *rec;
	const struct audit_facts *facts;
	struct audit_entity *e;
	u32 nr;
	bool usual;
	bool failed;
	bool unsure;
	bool renewed;
	u64 credit;
};

static inline u64 slot_of(const struct oracle_se *se)
{
	return (u64)(container_of(se, struct audit_entity, se) - audit.entities);
}

static inline bool ruled(u32 rule)
{
	return audit.how.rules & rule;
}

/* expect.c */
void expect_rarely(struct audit_event *ev, enum audit_invariant invariant, bool holds, u64 expected,
		   u64 got);
void expect_avg(struct audit_event *ev);
void expect_exec(struct audit_event *ev);
void expect_entity(struct audit_event *ev, enum audit_invariant vruntime);
void expect_zero(struct audit_event *ev);

/**
 * expect_that - one comparison; after the first that fails in an event, none is made
 * @ev: event
 * @invariant: what is compared
 * @holds: it is as it must be
 * @expected: by the books
 * @got: as reported
 *
 * A dozen are made for each event: only what is usual is inline.
 */
static inline void expect_that(struct audit_event *ev, enum audit_invariant invariant, bool holds,
			       u64 expected, u64 got)
{
	if (ev->usual && holds)
		ev->book->counts.checks[invariant]++;
	else
		expect_rarely(ev, invariant, holds, expected, got);
}

static inline void expect(struct audit_event *ev, enum audit_invariant invariant, u64 expected,
			  u64 got)
{
	expect_that(ev, invariant, expected == got, expected, got);
}

/* check.c, for inspect.c */
u32 audit_stride(struct audit_book *book);
void check_take_over(struct audit_book *book, struct audit_entity *e,
		     const struct ledger_event *rec);
void check_timeline(struct audit_event *ev);

/* check_event.c */
void check_entity(struct audit_event *ev);
void check_pick(struct audit_event *ev);
u64 check_weight_due(const struct audit_event *ev);

/* inspect.c */
void check_inspection(struct audit_event *ev);

/* check_credit.c */
void check_grant(struct audit_event *ev);
void check_paid(struct audit_event *ev);
void check_margin(struct audit_event *ev);
void check_return(struct audit_event *ev);
void check_ledger(struct audit_event *ev);
u64 audit_ledger(const struct audit_book *book);

#endif /* EEVDF_AUDIT_CHECK_H */
