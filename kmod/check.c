// SPDX-License-Identifier: GPL-2.0
/*
 * One event: can it be, shall it be looked at, is it right? Then the book takes over what was
 * reported, so that one defect gives one violation and not an avalanche.
 */
#include "check.h"

static const u32 flags_of[LEDGER_EV_NR] = {
	[LEDGER_EV_UPDATE] = LEDGER_F_AVG | LEDGER_F_FRESH,
	[LEDGER_EV_JOIN] = LEDGER_F_AVG | LEDGER_F_CURR | LEDGER_F_INITIAL,
	[LEDGER_EV_LEAVE] = LEDGER_F_AVG | LEDGER_F_SLEEP | LEDGER_F_FRESH | LEDGER_F_OWED,
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
	[LEDGER_EV_REWEIGHT] = LEDGER_F_AVG,
	[LEDGER_EV_PASSED] = LEDGER_F_BOUND,
	[LEDGER_EV_HERE] = LEDGER_F_CURR | LEDGER_F_GHOST | LEDGER_F_BUDDY,
};

/* enum audit_needs */
const u8 audit_needs[LEDGER_EV_NR] = {
	[LEDGER_EV_UPDATE] = AUDIT_NEEDS_CLOCK,
	[LEDGER_EV_JOIN] = AUDIT_NEEDS_AVG | AUDIT_NEEDS_WEIGHT | AUDIT_NEEDS_CLOCK,
	[LEDGER_EV_LEAVE] = AUDIT_NEEDS_AVG,
	[LEDGER_EV_PROTECT] = AUDIT_NEEDS_AVG,
	[LEDGER_EV_DELAY] = AUDIT_NEEDS_AVG,
	[LEDGER_EV_REQUEUE] = AUDIT_NEEDS_AVG | AUDIT_NEEDS_WEIGHT,
	[LEDGER_EV_GRANT] = AUDIT_NEEDS_AVG | AUDIT_NEEDS_PEER,
	[LEDGER_EV_PAID] = AUDIT_NEEDS_PEER,
	[LEDGER_EV_MARGIN] = AUDIT_NEEDS_AVG,
	[LEDGER_EV_RETURN] = AUDIT_NEEDS_AVG | AUDIT_NEEDS_PEER,
	[LEDGER_EV_REWEIGHT] = AUDIT_NEEDS_AVG | AUDIT_NEEDS_WEIGHT,
	[LEDGER_EV_PASSED] = AUDIT_NEEDS_CPU,
	[LEDGER_EV_HERE] = AUDIT_NEEDS_WEIGHT | AUDIT_NEEDS_CLOCK,
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
	u32 type;
	u8 needs;

	if (size < sizeof(*rec) || rec->size != sizeof(*rec))
		return true;
	type = rec->type;
	if (!type || type >= LEDGER_EV_NR)
		return true;
	needs = audit_needs[type];
	if (rec->cpu >= audit.how.nr_cpus || rec->cpu >= audit.nr_books || rec->has_curr > 1)
		return true;
	if (rec->flags & ~flags_of[type])
		return true;
	if ((needs & AUDIT_NEEDS_CPU) && rec->peer >= audit.how.nr_cpus)
		return true;
	if (!task)
		return rec->slot != NO_SLOT ||
		       (type != LEDGER_EV_PICK && type != LEDGER_EV_BUDDY &&
			type != LEDGER_EV_PASSED);
	if (rec->slot >= audit.how.nr_slots || rec->weight - 1 >= AUDIT_MAX_WEIGHT ||
	    rec->slice - 1 >= AUDIT_MAX_NS)
		return true;
	if (rec->group_weight > ORACLE_WEIGHT_MAX || rec->group_load > AUDIT_MAX_LOAD ||
	    (rec->group_weight && !rec->group_load))
		return true;
	if (needs & AUDIT_NEEDS_PEER && rec->peer >= audit.how.nr_slots)
		return true;
	if (rec->reserved ||
	    (!(needs & (AUDIT_NEEDS_PEER | AUDIT_NEEDS_CPU)) && rec->peer != NO_SLOT))
		return true;
	return (needs & AUDIT_NEEDS_AVG) && !(rec->flags & LEDGER_F_AVG);
}

/**
 * check_timeline - what is reported of the timeline against the book
 * @ev: event, taken over into the book
 */
void check_timeline(struct audit_event *ev)
{
	struct audit_book *book = ev->book;
	const struct ledger_event *rec = ev->rec;
	struct oracle_sum tree;
	u64 drift, w_vruntime;

	/* The donor may have paid already. */
	if (rec->type == LEDGER_EV_GRANT)
		return;
	check_ledger(ev);

	expect(ev, AUDIT_NR_QUEUED, book->rq.nr_tree + book->off_nr_tree, rec->nr_tree);
	expect(ev, AUDIT_NR_QUEUED, !!book->rq.curr + book->off_has_curr, rec->has_curr);
	oracle_sum(&book->rq, false, &tree);
	expect(ev, AUDIT_SUM_WEIGHT, tree.w + book->off_weight, rec->sum_weight);
	/* A wrong sum of weights spoils the other sum each time the reference point moves. */
	drift = book->off_w_vruntime - book->off_weight * (rec->zero_vruntime - book->off_zero);
	w_vruntime = oracle_w_vruntime(&tree, rec->zero_vruntime);
	expect(ev, AUDIT_SUM_W_VRUNTIME, w_vruntime + drift, (u64)rec->sum_w_vruntime);

	if (rec->type == LEDGER_EV_JOIN)
		expect_zero(ev);
	if (rec->type == LEDGER_EV_JOIN || rec->type == LEDGER_EV_PUT ||
	    rec->type == LEDGER_EV_DELAY || rec->type == LEDGER_EV_REWEIGHT)
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
	book->passed = rec->type == LEDGER_EV_PASSED && e ? book->passed + 1 : 0;
	if (rec->type == LEDGER_EV_JOIN || rec->type == LEDGER_EV_REQUEUE) {
		book->wakee = e;
		book->wakee_idle = ev->facts->idle;
	}
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
	if (rec->type != LEDGER_EV_PICK && rec->type != LEDGER_EV_BUDDY &&
	    rec->type != LEDGER_EV_PASSED)
		e->se.delayed = false;
	switch (rec->type) {
	case LEDGER_EV_JOIN:
		where = rec->flags & LEDGER_F_CURR ? AUDIT_CURR : AUDIT_TREE;
		audit_move(book, e, where);
		break;
	case LEDGER_EV_PUT:
		audit_move(book, e, AUDIT_TREE);
		break;
	case LEDGER_EV_LEAVE:
		audit_move(book, e, AUDIT_NOWHERE);
		break;
	case LEDGER_EV_DELAY:
		audit_move(book, e, AUDIT_TREE);
		e->se.delayed = true;
		break;
	case LEDGER_EV_REWEIGHT:
		/* Out of the tree and in again. */
		if (where == AUDIT_TREE)
			audit_move(book, e, AUDIT_TREE);
		break;
	case LEDGER_EV_REQUEUE:
	case LEDGER_EV_PICK:
	case LEDGER_EV_BUDDY:
	case LEDGER_EV_GRANT:
	case LEDGER_EV_PAID:
	case LEDGER_EV_MARGIN:
	case LEDGER_EV_RETURN:
	case LEDGER_EV_PASSED:
		break;
	default:
		if (where != AUDIT_CURR)
			audit_move(book, e, AUDIT_CURR);
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
	case LEDGER_EV_PASSED:
		expect(ev, AUDIT_NOT_RUNNING, AUDIT_TREE, where);
		break;
	case LEDGER_EV_LEAVE:
		if (rec->flags & LEDGER_F_OWED)
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
	if (!book->rq.memo.known)
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
