// SPDX-License-Identifier: GPL-2.0
/*
 * Who is on which timeline. An entity is in at most one book; its audit_entity::cpu says in which,
 * and only the holder of that book's lock takes it out. So a scheduler that sends nonsense about
 * one task from two CPUs at once gets a violation, and no list is ever touched without its lock.
 */
#include "check.h"

/**
 * audit_book_init - an empty book
 * @book: book
 * @random: seed of the sampling stride, not 0
 */
void audit_book_init(struct audit_book *book, u32 random)
{
	INIT_LIST_HEAD(&book->rq.tree);
	book->random = random;
	audit_book_reset(book, 0, false);
}

static void forget(struct audit_book *book, struct audit_entity *e)
{
	if (book->rq.buddy == &e->se)
		book->rq.buddy = NULL;
	book->outstanding -= e->se.credit;
	e->se.credit = 0;
	if (book->rq.curr == &e->se)
		book->rq.curr = NULL;
	else
		oracle_quit(&book->rq, &e->se);
	smp_store_release(&e->cpu, -1);
}

static void empty(struct audit_book *book)
{
	if (book->rq.curr)
		forget(book, audit_entity_of(book->rq.curr));
	while (!list_empty(&book->rq.tree))
		forget(book, audit_entity_of(list_first_entry(&book->rq.tree, struct oracle_se,
							      node)));
	book->rq.buddy = NULL;
}

/**
 * audit_book_blank - the book knows nobody, and keeps nobody from other books
 * @book: book, its lock held
 */
void audit_book_blank(struct audit_book *book)
{
	empty(book);
	book->inspecting = false;
}

/* The sums are exact, nothing is to be overlooked. */
static void no_offsets(struct audit_book *book)
{
	book->off_nr_tree = 0;
	book->off_has_curr = 0;
	book->off_weight = 0;
	book->off_w_vruntime = 0;
	book->gift_state = AUDIT_GIFT_NONE;
	book->wakee = NULL;
	book->drain = NULL;
	book->passed = 0;
}

/**
 * audit_book_reset - begin anew: what was known before is worth nothing
 * @book: book, its lock held
 * @generation: what tells this beginning from all others
 * @fresh: a scheduler begins, with empty timelines; else one is running and must be learned
 */
void audit_book_reset(struct audit_book *book, u32 generation, bool fresh)
{
	audit_book_blank(book);
	no_offsets(book);
	book->generation = generation;
	book->fresh = fresh;
	book->state = fresh ? AUDIT_BOOK_LIVE : AUDIT_BOOK_LEARNING;
	book->off_credit = book->outstanding - audit_ledger(book);
	book->zero_known = false;
	book->skip = 0;
}

/**
 * audit_book_learn - the book has lost track of who is there
 * @book: book, its lock held
 */
void audit_book_learn(struct audit_book *book)
{
	if (book->state == AUDIT_BOOK_LEARNING)
		return;
	book->state = AUDIT_BOOK_LEARNING;
	no_offsets(book);
}

/**
 * audit_book_agrees - has a learning book seen everybody?
 * @book: book, its lock held; emptied if the record says that nobody is there
 * @rec: record that was just taken in
 *
 * Each entity in the tree was seen to enter it, so their order is known too, and so is the buddy:
 * whoever was chosen before the book began would have ceased to be it by running.
 *
 * Return: true if the book's sums are the reported ones.
 */
bool audit_book_agrees(struct audit_book *book, const struct ledger_event *rec)
{
	if (!rec->nr_tree && !rec->has_curr)
		empty(book);
	return rec->nr_tree == book->rq.nr_tree && rec->has_curr == !!book->rq.curr &&
	       rec->sum_weight == oracle_tree_weight(&book->rq) &&
	       (u64)rec->sum_w_vruntime == oracle_tree_w_vruntime(&book->rq, rec->zero_vruntime);
}

/**
 * audit_book_offsets - after a violation, expect the timeline to stay off by the same amounts
 * @book: book, its lock held
 * @rec: record with the violation
 */
void audit_book_offsets(struct audit_book *book, const struct ledger_event *rec)
{
	book->off_nr_tree = rec->nr_tree - book->rq.nr_tree;
	book->off_has_curr = rec->has_curr - !!book->rq.curr;
	book->off_weight = rec->sum_weight - oracle_tree_weight(&book->rq);
	book->off_w_vruntime = (u64)rec->sum_w_vruntime -
			       oracle_tree_w_vruntime(&book->rq, rec->zero_vruntime);
	book->off_zero = rec->zero_vruntime;
	book->off_credit = book->outstanding - audit_ledger(book);
}

/**
 * audit_find - the entity a record is about, claimed for this book
 * @book: book, its lock held
 * @rec: record with a task
 * @facts: that task
 *
 * A slot is reused when its task is gone. A task that executes a new program from a second thread
 * takes over pid and start time of the first, so only a changed address proves another task, and
 * only an unchanged pid and start time prove the same one.
 *
 * Return: the entity, for audit_release(); audit_entity::known is false if nothing is known of this
 * task. It may belong to another book: see audit_is_here(). NULL if the table has no place for it.
 */
struct audit_entity *audit_find(struct audit_book *book, const struct ledger_event *rec,
				const struct audit_facts *facts)
{
	struct audit_entity *e;
	bool seen;

	if (rec->slot >= audit.nr_entities)
		return NULL;
	e = &audit.entities[rec->slot];
	if (cmpxchg(&e->cpu, -1, (s32)rec->cpu) != -1)
		return e;

	seen = e->generation == book->generation;
	if (e->task != facts->task) {
		/* If the slot had an owner in this book's time, the new one has no past either. */
		e->known = book->fresh || (e->task && seen);
		e->se.vlag = 0;
		e->se.weight = 0;
		e->se.rel_deadline = false;
		e->se.delayed = false;
		e->se.credit = 0;
		e->se.carry = 0;
		e->exec = 0;
	} else if (!seen || e->start != facts->start || e->pid != facts->pid) {
		e->known = false;
	}
	e->task = facts->task;
	e->start = facts->start;
	e->pid = facts->pid;
	e->generation = book->generation;
	return e;
}

/**
 * audit_move - enter the tree, run, or leave
 * @book: book, its lock held
 * @e: entity that belongs to it, by audit_is_here()
 * @to: where. Whoever ran there is forgotten, which happens only while learning
 */
void audit_move(struct audit_book *book, struct audit_entity *e, enum audit_where to)
{
	enum audit_where from = audit_where(book, e);

	if (from == AUDIT_CURR)
		book->rq.curr = NULL;
	else if (from == AUDIT_TREE)
		oracle_quit(&book->rq, &e->se);

	switch (to) {
	case AUDIT_TREE:
		oracle_enter(&book->rq, &e->se);
		break;
	case AUDIT_CURR:
		if (book->rq.curr)
			forget(book, audit_entity_of(book->rq.curr));
		book->rq.curr = &e->se;
		break;
	case AUDIT_NOWHERE:
		break;
	}
	if (to != AUDIT_TREE && book->rq.buddy == &e->se)
		book->rq.buddy = NULL;
}

/**
 * audit_evict - take an entity out of another book, or away from another task, for this book
 * @book: book, its lock held
 * @cpu: the book's
 * @e: entity for which audit_is_here() is false
 * @facts: the task that it shall stand for
 *
 * The other book is only tried: its holder may be doing the same to this one. It has to learn anew
 * who is there.
 *
 * Return: true if the entity is this book's now, nothing known of it.
 */
bool audit_evict(struct audit_book *book, u32 cpu, struct audit_entity *e,
		 const struct audit_facts *facts)
{
	s32 owner = READ_ONCE(e->cpu);

	if (owner == (s32)cpu) {
		if (audit_where(book, e) != AUDIT_NOWHERE)
			forget(book, e);
		audit_book_learn(book);
	} else if (owner >= 0) {
		struct audit_book *other = audit.books[owner];

		if (!raw_spin_trylock(&other->lock))
			return false;
		if (READ_ONCE(e->cpu) == owner && audit_where(other, e) != AUDIT_NOWHERE) {
			forget(other, e);
			audit_book_learn(other);
		}
		raw_spin_unlock(&other->lock);
	}
	if (READ_ONCE(e->cpu) != (s32)cpu && cmpxchg(&e->cpu, -1, (s32)cpu) != -1)
		return false;
	e->known = false;
	e->task = facts->task;
	e->start = facts->start;
	e->pid = facts->pid;
	e->generation = book->generation;
	return true;
}
