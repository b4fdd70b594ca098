// SPDX-License-Identifier: GPL-2.0
/*
 * The lines between two picks: the zero point is shifted, an entity comes, goes, is charged or
 * placed. Each is compared with what it makes of the line before, and the sum with a new one over
 * the whole tree.
 */
#include <string.h>

#include "replay_check.h"

static s128 counted_curr(const struct replay *r, const struct replay_queue *q)
{
	return q->curr ? books_counted(&r->books, q->curr->weight) : 0;
}

/**
 * step_kept() - compare the sums of a line with those of the line before
 * @r: run
 * @row: of the line, not decided
 * @q: queue whose tree is known, as it is after the line; takes over the line's sums
 * @line: with the sums
 * @delta: by which the line itself shifts
 * Return: whether they hold; otherwise a finding tells
 */
bool step_kept(struct replay *r, struct replay_row *row, struct replay_queue *q,
	       const struct replay_line *line, int64_t delta)
{
	s128 due = books_sum(&r->books, q, line->zero), off = line->sum - due;
	int64_t foreign = (int64_t)(line->zero - q->zero - (uint64_t)delta);
	s128 wrong = off - q->off;
	struct replay_finding *f;
	char a[48], b[48], c[48];
	bool good = true;

	if (q->sums_known && foreign) {
		f = report_find(&r->report, row, q, "zero_vruntime",
				"zero_vruntime is %llu where %llu is due",
				(unsigned long long)line->zero,
				(unsigned long long)(q->zero + (uint64_t)delta));
		report_figures(f, line->zero, q->zero + (uint64_t)delta);
		explain_zero(r, f, q, line, foreign, delta);
		good = false;
	}
	if (wrong) {
		f = report_find(&r->report, row, q, "sum_w_vruntime",
				"sum_w_vruntime is %lld where %s is due%s: %s %s",
				(long long)line->sum,
				books_number(due + q->off, a, sizeof(a)),
				q->off ? " after the lines before" : "",
				books_number(wrong < 0 ? -wrong : wrong, b, sizeof(b)),
				wrong < 0 ? "is missing" : "is too much");
		report_figures(f, line->sum, due + q->off);
		explain_sum(r, f, q, line, wrong, delta);
		if (q->off)
			report_add(f, ". By the entities %s is due",
				   books_number(due, c, sizeof(c)));
		good = false;
		q->off_since = row->number;
	}
	q->off = off;
	q->sums_known = true;
	q->sum = line->sum;
	q->zero = line->zero;
	return good;
}

/* Decide the row of a line whose step was compared. */
static void say_step(struct replay_row *row, const struct replay_queue *q, const char *what)
{
	char a[48], b[48];

	if (row->findings)
		report_say(row, REPLAY_WRONG, "%s", what);
	else if (!q->off)
		report_say(row, REPLAY_HOLDS, "%s", what);
	else
		report_say(row, REPLAY_CARRIED, "%s; follows from the line before, but %s is due: "
			   "still %s off, as since line %lu", what,
			   books_number(q->sum - q->off, a, sizeof(a)),
			   books_number(q->off, b, sizeof(b)), q->off_since);
}

/* What the running entity leaves with, should it not be seen any more (update_entity_lag). */
static void note_lag(struct replay_queue *q, uint64_t zero)
{
	if (!q->curr)
		return;
	q->curr->has_lag = true;
	q->curr->lag = (int64_t)(zero - q->curr->vruntime);
	q->curr->rest = (int64_t)(q->curr->deadline - q->curr->vruntime);
}

static void say_shift(struct replay_row *row, const struct replay_queue *q, int64_t delta)
{
	char what[80];

	snprintf(what, sizeof(what), "shift by %lld", (long long)delta);
	say_step(row, q, what);
}

/*
 * Whether the pending shift went to the average with an entity that runs at @vruntime. A weight of
 * 0: with nobody running.
 */
static bool went_to_average(const struct replay *r, const struct replay_queue *q,
			    uint64_t vruntime, s128 curr_weight)
{
	const struct replay_pending *p = &q->pending;
	s128 weight = books_weight(&r->books, q);

	return books_delta(p->sum + weight * p->delta, weight, p->zero - (uint64_t)p->delta,
			   vruntime, curr_weight) == p->delta;
}

static bool explained(const struct replay *r, const struct replay_queue *q)
{
	const struct replay_entity *curr = q->curr;
	s128 weight = counted_curr(r, q);

	if (went_to_average(r, q, 0, 0))
		return true;
	/* yield_task_fair() lets the vruntime go up to the deadline and prints no line for it. */
	return curr && (went_to_average(r, q, curr->vruntime, weight) ||
			went_to_average(r, q, curr->deadline, weight));
}

/**
 * step_settle() - judge the pending shift of a queue, for the last time
 * @r: run
 * @q: queue whose tree is known now
 * @more: an entity with a newer vruntime that ran at the shift, or %NULL
 */
void step_settle(struct replay *r, struct replay_queue *q, const struct replay_entity *more)
{
	struct replay_pending *p = &q->pending;
	s128 weight = books_weight(&r->books, q), curr_weight = counted_curr(r, q), due;
	struct replay_row *row = p->row;
	struct replay_finding *f;
	char a[48];

	if (!row)
		return;
	if (more)
		curr_weight = books_counted(&r->books, more->weight);
	p->row = NULL;
	if ((more && went_to_average(r, q, more->vruntime, curr_weight)) || explained(r, q)) {
		say_shift(row, q, p->delta);
		return;
	}
	if (!q->curr && !more && !p->weight_known) {
		report_say(row, REPLAY_UNCHECKED, "shift by %lld; who ran is not known",
			   (long long)p->delta);
		return;
	}
	due = books_delta(p->sum + weight * p->delta, weight, p->zero - (uint64_t)p->delta,
			  more ? more->vruntime : q->curr ? q->curr->vruntime : 0, curr_weight);
	f = report_find(&r->report, row, q, "delta",
			"the zero point moves by %lld, the average is ahead of it by %s",
			(long long)p->delta, books_number(due, a, sizeof(a)));
	report_figures(f, p->delta, due);
	say_shift(row, q, p->delta);
}

/**
 * step_shift() - update_zero_vruntime(), mostly for avg_vruntime()
 * @r: run
 * @cpu: that ran it
 * @line: %REPLAY_SHIFT
 */
void step_shift(struct replay *r, struct replay_cpu *cpu, const struct replay_line *line)
{
	struct replay_row *row = report_row(&r->report, line);
	struct replay_queue *q = cpu->queue;
	const struct replay_entity *e = cpu->entity;

	/* update_curr() names no queue; without groups a CPU has but one. */
	if (!q->known && !q->curr && cpu->charged && !e->queue && e->place == REPLAY_RUNS &&
	    q->cpu == cpu->cpu && !r->groups) {
		q->curr = cpu->entity;
		q->curr->queue = q;
	}
	if (q->known && !step_kept(r, row, q, line, line->delta)) {
		say_shift(row, q, line->delta);
		note_lag(q, line->zero);
		return;
	}
	q->sums_known = true;
	q->sum = line->sum;
	q->zero = line->zero;
	/* An older one was waiting for the queue's weight: it still may, this one must not. */
	if (q->pending.row) {
		report_say(row, REPLAY_UNCHECKED, "shift by %lld; nothing is known of the queue",
			   (long long)line->delta);
		note_lag(q, line->zero);
		return;
	}
	q->pending = (struct replay_pending){
		.row = row, .cpu = cpu->cpu, .sum = line->sum, .zero = line->zero,
		.delta = line->delta, .weight_known = q->known,
	};
	note_lag(q, line->zero);
	if (!q->known)
		return;
	if (explained(r, q) || (cpu->placed && cpu->entity &&
				went_to_average(r, q, cpu->entity->vruntime, 0)))
		step_settle(r, q, NULL);
	else
		cpu->unsettled = q;
}

/* Whether a change of the sum is that of @e with @vruntime coming (1) or going (-1). */
static bool is_change(const struct replay *r, const struct replay_entity *e, uint64_t vruntime,
		      uint64_t zero, s128 change, int direction)
{
	return change == direction * books_key(vruntime, zero) *
			 (s128)books_counted(&r->books, e->weight);
}

static struct replay_entity *who_left(const struct replay *r, const struct replay_queue *q,
				      uint64_t zero, s128 change)
{
	struct replay_entity *found = NULL, *e;
	size_t i;

	for (i = 0; i < q->nr; i++) {
		e = q->tree[i];
		if (!is_change(r, e, e->vruntime, zero, change, -1))
			continue;
		if (e == q->picked)
			return e;
		found = e;
	}
	return found;
}

static struct replay_entity *who_came(const struct replay *r, const struct replay_cpu *cpu,
				      const struct replay_queue *q, uint64_t zero, s128 change)
{
	struct replay_entity *e = cpu->entity, *curr = q->curr;

	if (cpu->placed && is_change(r, e, e->vruntime, zero, change, 1))
		return e;
	if (curr && is_change(r, curr, curr->vruntime, zero, change, 1))
		return curr;
	if (curr && is_change(r, curr, curr->deadline, zero, change, 1)) {
		curr->vruntime = curr->deadline;
		curr->yielded = true;
		return curr;
	}
	return NULL;
}

static bool named(const struct replay_line *line, const char *a, const char *b)
{
	return strstr(line->function, a) || strstr(line->function, b);
}

/* Nobody fits: who was it most likely? */
static struct replay_entity *guess(const struct replay_cpu *cpu, const struct replay_queue *q,
				   bool came)
{
	if (came)
		return cpu->placed ? cpu->entity : q->curr;
	return q->picked && q->picked->place == REPLAY_IN_TREE ? q->picked : NULL;
}

/**
 * step_books() - __enqueue_entity() and __dequeue_entity()
 * @r: run
 * @cpu: that ran it
 * @line: %REPLAY_BOOKS
 */
void step_books(struct replay *r, struct replay_cpu *cpu, const struct replay_line *line)
{
	struct replay_row *row = report_row(&r->report, line);
	bool came = named(line, "enqueue", "_add"), left = named(line, "dequeue", "_sub");
	struct replay_queue *q = cpu->queue;
	struct replay_entity *e = NULL;
	struct replay_finding *f;
	char what[80];
	s128 change;

	if (q->pending.row && !q->pending.weight_known) {
		report_say(q->pending.row, REPLAY_UNCHECKED,
			   "shift by %lld; the queue's weight is not known then",
			   (long long)q->pending.delta);
		q->pending.row = NULL;
	}
	if (!q->known) {
		report_say(row, REPLAY_UNCHECKED, "nothing is known of the queue yet");
		goto adopt;
	}
	/* A shift that is not this line's is found below; it must not hide who came or left. */
	change = line->sum - q->sum + books_weight(&r->books, q) *
				      books_key(line->zero, q->zero);
	if (left || !came)
		e = who_left(r, q, line->zero, change);
	if (e)
		left = true;
	else if (came || !left)
		e = who_came(r, cpu, q, line->zero, change);
	if (!e && cpu->reweighted) {
		report_say(row, REPLAY_UNCHECKED,
			   "the weight changes; the queue is learnt anew at its next pick");
		goto forget;
	}
	if (!e)
		e = guess(cpu, q, !left);
	if (!e) {
		f = report_find(&r->report, row, q, "sum_w_vruntime",
				"sum_w_vruntime goes from %lld to %lld; no entity that is known "
				"makes such a step", (long long)q->sum, (long long)line->sum);
		report_figures(f, line->sum, q->sum);
		report_say(row, REPLAY_WRONG, "%s", left ? "somebody leaves" : "somebody comes");
		goto forget;
	}
	if (left) {
		books_leave(q, e, e == q->picked ? REPLAY_RUNS : REPLAY_AWAY);
		if (e == q->picked)
			q->picked = NULL;
	} else if (!books_join(q, e)) {
		report_say(row, REPLAY_UNCHECKED, "the queue is too long");
		goto forget;
	}
	step_kept(r, row, q, line, 0);
	snprintf(what, sizeof(what), "%s %s", e->name, left ? "leaves the tree" : "joins the tree");
	say_step(row, q, what);
	return;
forget:
	books_forget(q);
adopt:
	q->sums_known = true;
	q->sum = line->sum;
	q->zero = line->zero;
}

/* The E of a line, by the kept sums: as entity_eligible() saw them. */
static bool kept_eligible(const struct replay *r, const struct replay_queue *q, uint64_t vruntime,
			  bool with_curr)
{
	s128 weight = books_weight(&r->books, q), sum = q->sum, curr = counted_curr(r, q);

	if (with_curr && curr) {
		sum += books_key(q->curr->vruntime, q->zero) * curr;
		weight += curr;
	}
	return books_eligible(sum, weight, books_key(vruntime, q->zero));
}

static void check_eligible(struct replay *r, struct replay_row *row, const struct replay_queue *q,
			   const struct replay_line *line)
{
	/* Somebody who has just gone to sleep does not count, and no line tells. */
	if (kept_eligible(r, q, line->vruntime, true) == line->eligible ||
	    (!line->running && kept_eligible(r, q, line->vruntime, false) == line->eligible))
		return;
	report_find(&r->report, row, q, "eligible", "%s is %seligible by the kept sums, and is "
		    "marked as %s", line->name, line->eligible ? "not " : "",
		    line->eligible ? "eligible" : "not eligible");
}

/*
 * A joiner is placed so that its lag survives its own weight (place_entity): the lag with which it
 * left, inflated by (W + w) / W. Only where no bound on lag can have cut it.
 */
static bool check_placement(struct replay *r, struct replay_row *row, const struct replay_queue *q,
			    const struct replay_entity *e, const struct replay_line *line)
{
	s128 load = books_weight(&r->books, q) + counted_curr(r, q);
	s128 weight = books_counted(&r->books, line->weight);
	struct replay_finding *f;
	uint64_t due;

	if (!e->has_lag || e->queue != q || e->weight != line->weight || !load ||
	    e->lag > e->rest || -(s128)e->lag > e->rest)
		return false;
	due = q->zero - (uint64_t)(int64_t)(e->lag * (load + weight) / load);
	if (due == line->vruntime)
		return true;
	f = report_find(&r->report, row, q, "placement",
			"%s left with a lag of %lld and is placed at %llu where %llu is due",
			line->name, (long long)e->lag, (unsigned long long)line->vruntime,
			(unsigned long long)due);
	report_figures(f, line->vruntime, due);
	return true;
}

/* Whoever reweights an entity prints it. */
static void check_weight_kept(struct replay *r, struct replay_row *row,
			      const struct replay_queue *q, const struct replay_entity *e,
			      const struct replay_line *line)
{
	struct replay_finding *f;

	if (e->weight == line->weight || strcmp(e->name, line->name))
		return;
	f = report_find(&r->report, row, q, "weight", "the weight of %s was %llu before",
			line->name, (unsigned long long)e->weight);
	report_figures(f, line->weight, e->weight);
}

static void check_charge(struct replay *r, struct replay_row *row, const struct replay_queue *q,
			 const struct replay_entity *e, const struct replay_line *line)
{
	struct replay_finding *f;
	bool reached = (int64_t)(line->vruntime - e->deadline) >= 0;

	if ((int64_t)(line->vruntime - e->vruntime) < 0) {
		f = report_find(&r->report, row, q, "vruntime",
				"the vruntime of %s goes back by %lld", line->name,
				(long long)(e->vruntime - line->vruntime));
		report_figures(f, line->vruntime, e->vruntime);
	}
	if (reached ? (int64_t)(line->deadline - line->vruntime) <= 0 :
		      line->deadline != e->deadline) {
		f = report_find(&r->report, row, q, "deadline", reached ?
				"the vruntime of %s has reached its deadline, and that is not "
				"renewed" : "the deadline of %s changes before it is reached",
				line->name);
		report_figures(f, line->deadline, e->deadline);
	}
}

/**
 * step_entity() - a line about one entity, outside of a pick
 * @r: run
 * @cpu: that ran it
 * @line: %REPLAY_ENTITY
 */
void step_entity(struct replay *r, struct replay_cpu *cpu, const struct replay_line *line)
{
	struct replay_row *row = report_row(&r->report, line);
	struct replay_entity *e = books_entity(&r->books, line->se);
	bool charge = strstr(line->function, "update_curr");
	bool place = strstr(line->function, "place");
	struct replay_queue *q;
	bool checked = false;

	if (!e) {
		r->report.no_memory = true;
		report_say(row, REPLAY_UNCHECKED, "no memory");
		return;
	}
	/* place_entity() has just asked for the average of the queue that it places on. */
	q = place && cpu->shifted ? cpu->queue : place ? NULL : e->queue;
	if (place && q && q->known)
		checked = check_placement(r, row, q, e, line);
	else if (charge && q && q->known && q->curr == e)
		check_charge(r, row, q, e, line);
	else if (charge && e->place == REPLAY_IN_TREE)
		books_forget(q);
	if (place || charge)
		check_weight_kept(r, row, q, e, line);
	entity_check(r, row, q, line);

	e->vruntime = line->vruntime;
	e->deadline = line->deadline;
	e->weight = line->weight;
	e->yielded = false;
	e->has_lag = false;
	memcpy(e->name, line->name, sizeof(e->name));
	if (line->running && !e->queue)
		e->place = REPLAY_RUNS;
	if (cpu->unsettled) {
		step_settle(r, cpu->unsettled, cpu->unsettled == q && q->curr == e ? e : NULL);
		cpu->unsettled = NULL;
	}
	if (q && q->known && q->sums_known && (place || q->curr == e)) {
		check_eligible(r, row, q, line);
		checked = true;
	}
	report_say(row, !checked ? REPLAY_UNCHECKED : q->off ? REPLAY_CARRIED : REPLAY_HOLDS,
		   "%s%s", line->name, place ? " is placed" : charge ? " is charged" : "");
	cpu->entity = e;
	cpu->charged = charge;
	cpu->placed = place;
	cpu->reweighted = strstr(line->function, "reweight");
}
