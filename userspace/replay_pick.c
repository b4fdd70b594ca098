// SPDX-License-Identifier: GPL-2.0
/*
 * A pick: the kept sums, then everybody in the tree from the earliest deadline on, then the running
 * entity. From these all that the kernel keeps is computed anew.
 */
#include <stdlib.h>
#include <string.h>

#include "replay_check.h"

/**
 * pick_begin() - the first line of a pick
 * @r: run
 * @cpu: that picks
 * @line: %REPLAY_PICK
 */
void pick_begin(struct replay *r, struct replay_cpu *cpu, const struct replay_line *line)
{
	cpu->pick = *line;
	cpu->pick_row = report_row(&r->report, line);
	cpu->picking = true;
	cpu->cut = false;
	cpu->seen_nr = 0;
	cpu->result.valid = false;
}

/**
 * pick_entity() - one of the entities of a pick
 * @r: run
 * @cpu: that picks
 * @line: %REPLAY_ENTITY
 */
void pick_entity(struct replay *r, struct replay_cpu *cpu, const struct replay_line *line)
{
	struct replay_row *row = report_row(&r->report, line);
	struct replay_seen *more;

	if (cpu->seen_nr == REPLAY_TREE_MAX) {
		report_say(row, REPLAY_UNCHECKED, "the queue is too long");
		cpu->cut = true;
		return;
	}
	if (cpu->seen_nr == cpu->seen_size) {
		more = realloc(cpu->seen, (cpu->seen_size + 16) * 2 * sizeof(*more));
		if (!more) {
			r->report.no_memory = true;
			report_say(row, REPLAY_UNCHECKED, "no memory");
			cpu->cut = true;
			return;
		}
		cpu->seen = more;
		cpu->seen_size = (cpu->seen_size + 16) * 2;
	}
	cpu->seen[cpu->seen_nr].line = *line;
	cpu->seen[cpu->seen_nr++].row = row;
}

/* Sum of the weights in the tree of this pick, counted in one way. */
static s128 seen_weight(const struct replay_cpu *cpu, enum replay_weights weights)
{
	struct replay_books how = { .weights = weights };
	s128 sum = 0;
	size_t i;

	for (i = 0; i < cpu->seen_nr; i++)
		if (!cpu->seen[i].line.running)
			sum += books_counted(&how, cpu->seen[i].line.weight);
	return sum;
}

/* The first pick whose sum_weight one way of counting makes right, and the other does not. */
static void learn_weights(struct replay *r, const struct replay_cpu *cpu)
{
	bool scaled = seen_weight(cpu, REPLAY_WEIGHTS_SCALED) == cpu->pick.sum_weight;
	bool full = seen_weight(cpu, REPLAY_WEIGHTS_FULL) == cpu->pick.sum_weight;

	if (r->books.weights == REPLAY_WEIGHTS_AUTO && scaled != full)
		r->books.weights = scaled ? REPLAY_WEIGHTS_SCALED : REPLAY_WEIGHTS_FULL;
}

/**
 * pick_is_complete() - whether all entities of a pick seem to be there
 * @r: run
 * @cpu: that picks
 */
bool pick_is_complete(const struct replay *r, const struct replay_cpu *cpu)
{
	enum replay_weights how = r->books.weights;

	return (how != REPLAY_WEIGHTS_FULL &&
		seen_weight(cpu, REPLAY_WEIGHTS_SCALED) == cpu->pick.sum_weight) ||
	       (how != REPLAY_WEIGHTS_SCALED &&
		seen_weight(cpu, REPLAY_WEIGHTS_FULL) == cpu->pick.sum_weight);
}

static void skip_pick(struct replay_cpu *cpu, struct replay_queue *q, const char *why)
{
	size_t i;

	for (i = 0; i < cpu->seen_nr; i++)
		report_say(cpu->seen[i].row, REPLAY_UNCHECKED, "%s", cpu->seen[i].line.name);
	report_say(cpu->pick_row, REPLAY_UNCHECKED, "%s", why);
	books_forget(q);
}

/* A tree's entity stands still; the running one moves forward, and is charged before a pick. */
static void check_still(struct replay *r, const struct replay_seen *s,
			const struct replay_queue *q, const struct replay_entity *e)
{
	const struct replay_line *line = &s->line;
	struct replay_finding *f;

	if (e->queue != q || e->place == REPLAY_AWAY)
		return;
	if (line->running ? (int64_t)(line->vruntime - e->vruntime) < 0 :
			    line->vruntime != e->vruntime) {
		f = report_find(&r->report, s->row, q, "vruntime",
				"the vruntime of %s moves without a line that says so", line->name);
		report_figures(f, line->vruntime, e->vruntime);
	}
	if (!line->running && !e->yielded && line->deadline != e->deadline) {
		f = report_find(&r->report, s->row, q, "deadline",
				"the deadline of %s moves without a line that says so", line->name);
		report_figures(f, line->deadline, e->deadline);
	}
	if (line->weight != e->weight) {
		f = report_find(&r->report, s->row, q, "weight",
				"the weight of %s was %llu before", line->name,
				(unsigned long long)e->weight);
		report_figures(f, line->weight, e->weight);
	}
}

/* Who is in the tree by the lines before, and who is in the pick? */
static void check_members(struct replay *r, struct replay_cpu *cpu, struct replay_queue *q)
{
	size_t tree = 0, i;
	bool same = true;

	for (i = 0; i < cpu->seen_nr; i++) {
		struct replay_entity *e = books_entity(&r->books, cpu->seen[i].line.se);

		if (!e || cpu->seen[i].line.running)
			continue;
		tree++;
		same &= e->place == REPLAY_IN_TREE && e->queue == q;
	}
	if (!same || tree != q->nr)
		report_find(&r->report, cpu->pick_row, q, "members",
			    "the tree has %zu entities, by the lines before %zu%s", tree, q->nr,
			    tree == q->nr ? ", and others" : "");
}

/* Make the queue what the pick shows. */
static bool take_over(struct replay *r, struct replay_cpu *cpu, struct replay_queue *q)
{
	size_t i;

	while (q->nr)
		books_leave(q, q->tree[0], REPLAY_AWAY);
	if (q->curr)
		q->curr->place = REPLAY_AWAY;
	q->curr = NULL;
	q->picked = NULL;
	for (i = 0; i < cpu->seen_nr; i++) {
		const struct replay_line *line = &cpu->seen[i].line;
		struct replay_entity *e = books_entity(&r->books, line->se);

		if (!e || (!line->running && !books_join(q, e))) {
			r->report.no_memory = true;
			return false;
		}
		e->vruntime = line->vruntime;
		e->deadline = line->deadline;
		e->weight = line->weight;
		e->yielded = false;
		memcpy(e->name, line->name, sizeof(e->name));
		if (line->running) {
			if (e->queue)
				books_leave(e->queue, e, REPLAY_AWAY);
			e->queue = q;
			books_leave(q, e, REPLAY_RUNS);
		} else if (line->picked) {
			q->picked = e;
		}
	}
	return true;
}

/**
 * struct view - a queue's sums with the running entity, kept or recomputed
 * @sum: of weighted keys
 * @weight: of weights
 */
struct view {
	s128 sum, weight;
};

static bool view_eligible(const struct view *v, uint64_t zero, const struct replay_line *line)
{
	return books_eligible(v->sum, v->weight, books_key(line->vruntime, zero));
}

/* The eligible one with the earliest deadline; the first of equals. */
static const struct replay_line *view_pick(const struct replay_cpu *cpu, const struct view *v,
					   size_t *eligible)
{
	const struct replay_line *best = NULL, *line;
	size_t i;

	*eligible = 0;
	for (i = 0; i < cpu->seen_nr; i++) {
		line = &cpu->seen[i].line;
		if (!view_eligible(v, cpu->pick.zero, line))
			continue;
		++*eligible;
		if (!best || (int64_t)(line->deadline - best->deadline) < 0)
			best = line;
	}
	return best;
}

/* The rows of the entities: their marks and their order. */
static void check_rows(struct replay *r, struct replay_cpu *cpu, struct replay_queue *q,
		       const struct view *kept, const struct view *due)
{
	const struct replay_line *before = NULL, *line;
	bool by_kept, by_due;
	size_t i;

	for (i = 0; i < cpu->seen_nr; i++) {
		struct replay_row *row = cpu->seen[i].row;

		line = &cpu->seen[i].line;
		entity_check(r, row, q, line);
		by_kept = view_eligible(kept, cpu->pick.zero, line);
		by_due = view_eligible(due, cpu->pick.zero, line);
		if (line->eligible != by_kept)
			report_find(&r->report, row, q, "eligible",
				    "%s is %seligible by the kept sums, and is marked as %s",
				    line->name, by_kept ? "" : "not ",
				    line->eligible ? "eligible" : "not eligible");
		if (before && !line->running && (int64_t)(line->deadline - before->deadline) < 0)
			report_find(&r->report, row, q, "order",
				    "the deadline of %s is before that of %s, which stands before "
				    "it in the tree", line->name, before->name);
		if (!line->running)
			before = line;
		if (by_kept == by_due)
			report_say(row, REPLAY_HOLDS, "%s%s%s", line->name,
				   by_due ? ", eligible" : "", line->picked ? ", picked" : "");
		else
			report_say(row, REPLAY_CARRIED, "%s%s; %s by the recomputed average, %s by "
				   "the kept one", line->name, line->picked ? ", picked" : "",
				   by_due ? "eligible" : "not eligible",
				   by_kept ? "eligible" : "not");
	}
}

static const struct replay_line *marked(const struct replay_cpu *cpu, bool picked)
{
	size_t i;

	for (i = 0; i < cpu->seen_nr; i++)
		if (picked ? cpu->seen[i].line.picked : cpu->seen[i].line.running)
			return &cpu->seen[i].line;
	return NULL;
}

/*
 * Nobody but the earliest eligible deadline is taken, unless the running one is protected, is
 * alone, or an eligible buddy is to be preferred; no line tells who the buddy is.
 */
static void check_choice(struct replay *r, struct replay_cpu *cpu, struct replay_queue *q,
			 const struct view *kept, const struct replay_line *kept_pick,
			 const struct replay_line *due_pick)
{
	const struct replay_line *pick = marked(cpu, true);

	if (!pick || cpu->seen_nr == 1 || (pick->running && pick->guarded))
		return;
	if (!view_eligible(kept, cpu->pick.zero, pick))
		report_find(&r->report, cpu->pick_row, q, "pick",
			    "%s is picked and not eligible by the kept sums", pick->name);
	else if (pick == kept_pick && due_pick && due_pick != pick)
		report_find(&r->report, cpu->pick_row, q, "pick",
			    "%s is picked, by the recomputed average it would be %s", pick->name,
			    due_pick->name);
}

static void check_weight(struct replay *r, struct replay_cpu *cpu, struct replay_queue *q)
{
	s128 due = books_weight(&r->books, q);
	struct replay_finding *f;
	char a[48];

	if (cpu->pick.sum_weight == (unsigned __int128)due)
		return;
	f = report_find(&r->report, cpu->pick_row, q, "sum_weight",
			"sum_weight is %llu where %s is due", (unsigned long long)cpu->pick.sum_weight,
			books_number(due, a, sizeof(a)));
	report_figures(f, cpu->pick.sum_weight, due);
}

static void check_average(struct replay *r, struct replay_cpu *cpu, struct replay_queue *q,
			  const struct view *kept)
{
	uint64_t due = cpu->pick.zero +
		       (uint64_t)(int64_t)books_delta(kept->sum, kept->weight, 0, 0, 0);
	struct replay_finding *f;

	if (!kept->weight || cpu->pick.avg == due)
		return;
	f = report_find(&r->report, cpu->pick_row, q, "avg_vruntime",
			"avg_vruntime is %llu, the kept sums make it %llu",
			(unsigned long long)cpu->pick.avg, (unsigned long long)due);
	report_figures(f, cpu->pick.avg, due);
}

static void fill_result(struct replay *r, struct replay_cpu *cpu, struct replay_queue *q,
			const struct view *due)
{
	struct replay_result *res = &cpu->result;
	size_t i;

	res->valid = true;
	res->number = cpu->pick.number;
	res->off = q->off;
	res->due_sum = books_sum(&r->books, q, cpu->pick.zero);
	res->kept_avg = cpu->pick.avg;
	res->due_avg = cpu->pick.zero +
		       (uint64_t)(int64_t)books_delta(due->sum, due->weight, 0, 0, 0);
	res->min_lag = 0;
	res->max_lag = 0;
	res->nr = cpu->seen_nr;
	res->picked = marked(cpu, true);
	for (i = 0; i < cpu->seen_nr; i++) {
		int64_t lag = (int64_t)(cpu->pick.avg - cpu->seen[i].line.vruntime);

		res->min_lag = lag < res->min_lag ? lag : res->min_lag;
		res->max_lag = lag > res->max_lag ? lag : res->max_lag;
	}
}

/* The row of the first line, when all else is known. */
static void say_pick(struct replay_cpu *cpu, const struct replay_queue *q)
{
	const struct replay_result *res = &cpu->result;
	char a[48], b[48];

	if (!q->off) {
		report_say(cpu->pick_row, REPLAY_HOLDS, "%zu entit%s, average %llu, %zu eligible",
			   res->nr, res->nr == 1 ? "y" : "ies", (unsigned long long)res->due_avg,
			   res->due_eligible);
		return;
	}
	report_say(cpu->pick_row, REPLAY_CARRIED, "%zu entities; sum_w_vruntime %s is due, %s off "
		   "as since line %lu; average %llu is due, %llu is kept", res->nr,
		   books_number(res->due_sum, a, sizeof(a)), books_number(q->off, b, sizeof(b)),
		   q->off_since, (unsigned long long)res->due_avg,
		   (unsigned long long)res->kept_avg);
}

/* The sums of a pick whose queue was not known: those of the line before, and of the tree. */
static void check_sums(struct replay *r, struct replay_cpu *cpu, struct replay_queue *q)
{
	const struct replay_line *line = &cpu->pick;
	struct replay_finding *f;

	if (q->sums_known && (q->sum != line->sum || q->zero != line->zero)) {
		f = report_find(&r->report, cpu->pick_row, q, "sum_w_vruntime",
				"sum_w_vruntime was %lld, zero_vruntime %llu at the line before, "
				"and no line says that they moved", (long long)q->sum,
				(unsigned long long)q->zero);
		report_figures(f, line->sum, q->sum);
	}
	/* Nothing of what came before is wrong as yet. */
	q->off = 0;
	q->sums_known = false;
	step_kept(r, cpu->pick_row, q, line, 0);
}

/* The difference is new: the average shows what it does. */
static void add_average(const struct replay_cpu *cpu, const struct replay_result *res)
{
	struct replay_finding *f;

	for (f = cpu->pick_row->findings; f; f = f->next)
		if (!strcmp(f->check, "sum_w_vruntime"))
			report_add(f, ". The average is %llu, kept is %llu",
				   (unsigned long long)res->due_avg,
				   (unsigned long long)res->kept_avg);
}

/**
 * pick_end() - all lines of a pick are there: check them
 * @r: run
 * @cpu: that picks; nothing happens if it does not
 */
void pick_end(struct replay *r, struct replay_cpu *cpu)
{
	const struct replay_line *kept_pick, *due_pick, *runs;
	struct replay_queue *q;
	struct view kept, due;
	bool was_known;
	size_t i;

	if (!cpu->picking)
		return;
	cpu->picking = false;
	q = cpu->queue;
	if (cpu->cut) {
		skip_pick(cpu, q, "lines of this pick are missing");
		return;
	}
	learn_weights(r, cpu);
	r->total.picks++;
	was_known = q->known;
	if (was_known) {
		check_members(r, cpu, q);
		for (i = 0; i < cpu->seen_nr; i++) {
			struct replay_entity *e = books_entity(&r->books, cpu->seen[i].line.se);

			if (e)
				check_still(r, &cpu->seen[i], q, e);
		}
	}
	/* A shift that waits was made while the entity of that time ran. */
	if (q->pending.row && !was_known) {
		struct replay_entity *ran = q->curr;

		if (!take_over(r, cpu, q))
			return;
		step_settle(r, q, ran);
	} else if (!take_over(r, cpu, q)) {
		return;
	}
	q->known = true;
	check_weight(r, cpu, q);
	if (was_known)
		step_kept(r, cpu->pick_row, q, &cpu->pick, 0);
	else
		check_sums(r, cpu, q);

	runs = marked(cpu, false);
	kept = (struct view){ .sum = q->sum, .weight = cpu->pick.sum_weight };
	due = (struct view){ .sum = q->sum - q->off, .weight = books_weight(&r->books, q) };
	if (runs) {
		s128 weight = books_counted(&r->books, runs->weight);

		kept.sum += books_key(runs->vruntime, q->zero) * weight;
		kept.weight += weight;
		due.sum += books_key(runs->vruntime, q->zero) * weight;
		due.weight += weight;
	}
	check_average(r, cpu, q, &kept);
	kept_pick = view_pick(cpu, &kept, &cpu->result.kept_eligible);
	due_pick = view_pick(cpu, &due, &cpu->result.due_eligible);
	check_choice(r, cpu, q, &kept, kept_pick, due_pick);
	fill_result(r, cpu, q, &due);
	add_average(cpu, &cpu->result);
	check_rows(r, cpu, q, &kept, &due);
	say_pick(cpu, q);
}

static void say_unknown(struct replay_row *row)
{
	report_say(row, REPLAY_UNCHECKED, "there is no complete pick before it");
}

/**
 * pick_lags() - the smallest and the largest lag of a pick
 * @r: run
 * @cpu: that picks
 * @line: %REPLAY_LAGS
 */
void pick_lags(struct replay *r, struct replay_cpu *cpu, const struct replay_line *line)
{
	struct replay_row *row = report_row(&r->report, line);
	const struct replay_result *res = &cpu->result;
	struct replay_finding *f;

	if (!res->valid) {
		say_unknown(row);
		return;
	}
	if (line->min_lag != res->min_lag) {
		f = report_find(&r->report, row, cpu->queue, "min_lag",
				"min_lag is %lld where %lld is due", (long long)line->min_lag,
				(long long)res->min_lag);
		report_figures(f, line->min_lag, res->min_lag);
	}
	if (line->max_lag != res->max_lag) {
		f = report_find(&r->report, row, cpu->queue, "max_lag",
				"max_lag is %lld where %lld is due", (long long)line->max_lag,
				(long long)res->max_lag);
		report_figures(f, line->max_lag, res->max_lag);
	}
	if (r->limit && line->limit != r->limit) {
		f = report_find(&r->report, row, cpu->queue, "limit", "limit was %lld before",
				(long long)r->limit);
		report_figures(f, line->limit, r->limit);
	}
	r->limit = line->limit;
	report_say(row, res->off ? REPLAY_CARRIED : REPLAY_HOLDS, "lags by the kept average%s",
		   res->off ? ", which is wrong" : "");
}

/**
 * pick_swv() - the sum that the patch computes over the tree
 * @r: run
 * @cpu: that picks
 * @line: %REPLAY_SWV
 */
void pick_swv(struct replay *r, struct replay_cpu *cpu, const struct replay_line *line)
{
	struct replay_row *row = report_row(&r->report, line);
	const struct replay_result *res = &cpu->result;
	struct replay_finding *f;
	char a[48];

	if (!res->valid) {
		say_unknown(row);
		return;
	}
	if (line->sum != res->due_sum) {
		f = report_find(&r->report, row, cpu->queue, "swv", "swv is %lld where %s is due",
				(long long)line->sum, books_number(res->due_sum, a, sizeof(a)));
		report_figures(f, line->sum, res->due_sum);
	}
	report_say(row, REPLAY_HOLDS, "the sum over the tree%s",
		   res->off ? "; sum_w_vruntime is not that" : "");
}

/**
 * pick_null() - nobody was picked
 * @r: run
 * @cpu: that picks
 * @line: %REPLAY_NULL
 */
void pick_null(struct replay *r, struct replay_cpu *cpu, const struct replay_line *line)
{
	struct replay_row *row = report_row(&r->report, line);
	const struct replay_result *res = &cpu->result;
	char number[24];

	snprintf(number, sizeof(number), "%zu", res->kept_eligible);
	if (!res->valid) {
		report_find(&r->report, row, cpu->queue, "pick_empty",
			    "pick empty: nobody is picked");
		report_say(row, REPLAY_WRONG, "pick empty");
		return;
	}
	if (res->picked)
		report_find(&r->report, row, cpu->queue, "pick_empty",
			    "nobody is picked, and line %lu has somebody who is", res->number);
	else if (res->nr)
		report_find(&r->report, row, cpu->queue, "pick_empty",
			    "pick empty: of %zu entities %zu are eligible by the recomputed average "
			    "%llu, %s by the kept one %llu", res->nr, res->due_eligible,
			    (unsigned long long)res->due_avg,
			    res->kept_eligible ? number : "none",
			    (unsigned long long)res->kept_avg);
	report_say(row, REPLAY_HOLDS, "%s", res->nr ? "pick empty" : "there is nobody to pick");
}

/**
 * pick_fail() - the patch found that the sums differ
 * @r: run
 * @cpu: that picks
 * @line: %REPLAY_FAIL
 */
void pick_fail(struct replay *r, struct replay_cpu *cpu, const struct replay_line *line)
{
	struct replay_row *row = report_row(&r->report, line);
	const struct replay_result *res = &cpu->result;

	if (!res->valid) {
		say_unknown(row);
		return;
	}
	if (!res->off)
		report_find(&r->report, row, cpu->queue, "fail",
			    "the kernel found a wrong sum at line %lu, and it is right",
			    res->number);
	report_say(row, REPLAY_HOLDS, "the kernel has seen it too");
}
