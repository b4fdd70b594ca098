// SPDX-License-Identifier: GPL-2.0
/*
 * What a difference says about its cause. avg_vruntime() moves the zero point by delta with two
 * plain stores: sum_w_vruntime -= delta * sum_weight, zero_vruntime += delta. Two callers at once,
 * of which one does not hold the run queue's lock, lose a store of one of them; what is then
 * missing is a multiple of the queue's sum_weight, and the factor is the shift.
 */
#include "replay_check.h"

/* By how much avg_vruntime() would move @zero, with the running entity if there is one. */
static s128 due_delta(const struct replay *r, const struct replay_queue *q, s128 sum,
		      uint64_t zero, uint64_t vruntime)
{
	return books_delta(sum, books_weight(&r->books, q), zero, vruntime,
			   q->curr ? books_counted(&r->books, q->curr->weight) : 0);
}

static uint64_t curr_vruntime(const struct replay_queue *q)
{
	return q->curr ? q->curr->vruntime : 0;
}

/**
 * explain_sum() - why a sum may be wrong
 * @r: run
 * @f: finding that says how much; what is known of the cause is added
 * @q: queue, with the sums of the line before
 * @line: that has the wrong sum
 * @wrong: how much of the sum is new and too much; negative = missing
 * @delta: of the line, if it is a shift; 0 = it is none
 */
void explain_sum(struct replay *r, struct replay_finding *f, const struct replay_queue *q,
		 const struct replay_line *line, s128 wrong, int64_t delta)
{
	s128 weight = books_weight(&r->books, q), shift, due;
	char a[48], b[48];

	if (!weight || wrong % weight) {
		report_add(f, "; that is no multiple of the queue's sum_weight %s",
			   books_number(weight, a, sizeof(a)));
		return;
	}
	shift = -wrong / weight;
	f->shift = shift;
	f->weight = weight;
	report_add(f, " = %s x %s, its sum_weight", books_number(shift < 0 ? -shift : shift, a,
								 sizeof(a)),
		   books_number(weight, b, sizeof(b)));
	if (delta && shift == -(s128)delta) {
		report_add(f, ": the shift of this very line did not reach the sum");
		return;
	}
	report_add(f, ": the signature of a foreign shift of the zero point, by %s, of which the "
		   "sum kept its part and zero_vruntime did not", books_number(shift, a, sizeof(a)));
	if (line->kind != REPLAY_SHIFT || !q->sums_known)
		return;
	due = due_delta(r, q, q->sum, q->zero, curr_vruntime(q));
	if (due != shift)
		return;
	report_add(f, ". avg_vruntime() was due to shift by just that here");
	due = due_delta(r, q, q->sum - weight * shift, q->zero, curr_vruntime(q));
	if (due == delta)
		report_add(f, "; delta(%lld) is what it computes from the sum after a first such "
			   "subtraction with the zero point from before it: two callers at once, "
			   "one without the lock, and the first one's store of zero_vruntime was "
			   "lost", (long long)delta);
}

/**
 * explain_zero() - why the zero point may be where it is
 * @r: run
 * @f: finding that says how far it moved; what is known of the cause is added
 * @q: queue, with the sums of the line before
 * @line: that has the zero point
 * @foreign: by how much it moved beyond @delta
 * @delta: of the line, if it is a shift; 0 = it is none
 */
void explain_zero(struct replay *r, struct replay_finding *f, const struct replay_queue *q,
		  const struct replay_line *line, int64_t foreign, int64_t delta)
{
	s128 weight = books_weight(&r->books, q), sum = q->sum - weight * foreign;
	char a[48];

	f->shift = foreign;
	f->weight = weight;
	report_add(f, ": a foreign shift by %lld, at sum_weight %s", (long long)foreign,
		   books_number(weight, a, sizeof(a)));
	if (line->kind != REPLAY_SHIFT)
		return;
	if (line->sum == sum - weight * delta)
		report_add(f, ", that was stored completely: the sum moved by both");
	else
		return;
	if (due_delta(r, q, sum, q->zero + foreign, curr_vruntime(q)) == delta)
		report_add(f, "; delta(%lld) is what avg_vruntime() computes behind it",
			   (long long)delta);
}
