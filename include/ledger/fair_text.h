/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A finding as lines of text, alike in the kernel's log and from user space. The queue is in the
 * form of the trace that eevdf-audit replay reads. The includer must have snprintf().
 */
#ifndef LEDGER_FAIR_TEXT_H
#define LEDGER_FAIR_TEXT_H

#include <ledger/fair.h>

/* A line and its NUL; symbol() may need this much. */
#define FAIR_TEXT 256
#define FAIR_SYMBOL 96

/**
 * struct fair_text_to - where the lines go
 * @line: takes one, without a line end
 * @symbol: name of a code address, into @text of FAIR_SYMBOL bytes
 * @arg: for both
 */
struct fair_text_to {
	void (*line)(void *arg, const char *text);
	void (*symbol)(void *arg, __u64 address, char *text);
	void *arg;
};

static const char *const fair_check_name[] = {
#define FAIR_CHECK_NAME(id, name, room, promise) name,
	FAIR_CHECKS(FAIR_CHECK_NAME)
#undef FAIR_CHECK_NAME
};

static const char *const fair_hook_name[] = {
#define FAIR_HOOK_NAME(id, name) name,
	FAIR_HOOKS(FAIR_HOOK_NAME)
#undef FAIR_HOOK_NAME
};

/* Anybody chooses the name of a task. */
static inline void fair_text_comm(const char *from, char *to)
{
	int i;

	for (i = 0; i < FAIR_COMM - 1 && from[i]; i++)
		to[i] = from[i] >= ' ' && from[i] <= '~' ? from[i] : '?';
	to[i] = '\0';
}

/* A shift of the reference point of which one half was lost leaves a multiple of the weight. */
static inline int fair_is_multiple(const struct fair_finding *f)
{
	__s64 difference = (__s64)(f->kept - f->recomputed);

	return f->check == FAIR_CHECK_SUM && difference && (__s64)f->weight > 0 &&
	       difference % (__s64)f->weight == 0;
}

static inline void fair_text_entity(const struct fair_line *l, const struct fair_text_to *to)
{
	char text[FAIR_TEXT], comm[FAIR_COMM];

	fair_text_comm(l->comm, comm);
	snprintf(text, sizeof(text),
		 "%c%c%c%c se(%llx): vruntime(%llu%s) deadline(%llu) weight(%llu) -- %s:%d",
		 l->flags & FAIR_LINE_GROUP ? '@' : 'T', l->flags & FAIR_LINE_CHOSEN ? '<' : ' ',
		 l->flags & FAIR_LINE_PROTECTED ? '=' : ' ', l->flags & FAIR_LINE_CURR ? '>' : ' ',
		 l->id, l->vruntime, l->flags & FAIR_LINE_ELIGIBLE ? ", E" : "", l->deadline,
		 l->weight, comm, l->pid);
	to->line(to->arg, text);
}

static inline void fair_text_event(const struct fair_event *e, const struct fair_text_to *to)
{
	char text[FAIR_TEXT];
	int len;

	len = snprintf(text, sizeof(text), "%llu.%06llu %s: cfs_rq(%llx): ", e->time / 1000000000,
		       e->time / 1000 % 1000000,
		       e->hook < FAIR_HOOK_NR ? fair_hook_name[e->hook] : "?", e->queue);
	if (e->hook == FAIR_HOOK_AVG)
		len += snprintf(text + len, sizeof(text) - len, "delta(%lld) ", e->delta);
	len += snprintf(text + len, sizeof(text) - len,
			"sum_w_vruntime(%lld) sum_weight(%llu) zero_vruntime(%llu)", e->sum,
			e->weight, e->zero);
	if (e->id)
		snprintf(text + len, sizeof(text) - len, " vruntime(%llu) deadline(%llu) pid(%d)",
			 e->vruntime, e->deadline, e->pid);
	to->line(to->arg, text);
}

static inline void fair_text_head(const struct fair_finding *f, const struct fair_text_to *to)
{
	char text[FAIR_TEXT], comm[FAIR_COMM], symbol[FAIR_SYMBOL];
	unsigned int i;

	fair_text_comm(f->comm, comm);
	if (f->check == FAIR_CHECK_UNLOCKED) {
		snprintf(text, sizeof(text),
			 "fair: %s: avg_vruntime(cfs_rq(%u:%llx)) without the queue's lock, by %s:%d on cpu %u",
			 fair_check_name[FAIR_CHECK_UNLOCKED], f->cpu, f->queue, comm, f->pid,
			 f->here);
		to->line(to->arg, text);
	} else {
		snprintf(text, sizeof(text),
			 "fair: %s: cpu %u at %s, kept %lld, recomputed %lld, difference %lld%s",
			 f->check < FAIR_CHECK_NR ? fair_check_name[f->check] : "?", f->cpu,
			 f->hook < FAIR_HOOK_NR ? fair_hook_name[f->hook] : "?", (__s64)f->kept,
			 (__s64)f->recomputed, (__s64)(f->kept - f->recomputed),
			 fair_is_multiple(f) ? " (a multiple of the sum of weights)" : "");
		to->line(to->arg, text);
		snprintf(text, sizeof(text),
			 "fair: seen on cpu %u by %s:%d, entity %llx, %u in the tree",
			 f->here, comm, f->pid, f->id, f->nr_queue);
		to->line(to->arg, text);
	}
	for (i = 0; i < f->nr_stack && i < FAIR_STACK; i++) {
		to->symbol(to->arg, f->stack[i], symbol);
		snprintf(text, sizeof(text), "fair:   from %s", symbol);
		to->line(to->arg, text);
	}
}

/**
 * fair_text() - a finding, line by line
 * @f: not trusted, but its size is
 * @to: where to
 */
static inline void fair_text(const struct fair_finding *f, const struct fair_text_to *to)
{
	char text[FAIR_TEXT];
	unsigned int i;

	fair_text_head(f, to);
	if (f->check == FAIR_CHECK_UNLOCKED)
		return;
	snprintf(text, sizeof(text),
		 "cfs_rq(%u:%llx): sum_w_vruntime(%lld) sum_weight(%llu) zero_vruntime(%llu) avg_vruntime(%llu)",
		 f->cpu, f->queue, f->sum, f->weight, f->zero,
		 f->avg);
	to->line(to->arg, text);
	for (i = 0; i < f->nr_lines && i < FAIR_LINES; i++)
		fair_text_entity(&f->lines[i], to);
	for (i = 0; i < f->nr_events && i < FAIR_EVENTS; i++)
		if (f->events[i].time)
			fair_text_event(&f->events[i], to);
}

#endif /* LEDGER_FAIR_TEXT_H */
