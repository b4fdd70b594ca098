/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Fairness over all CPUs (include/eevdf/global.h). At each tick a CPU notes how far its tasks are,
 * looks at what the others have noted, and if one is behind and more loaded it takes a task from
 * there with its next pick.
 */
#ifndef LEDGER_GLOBAL_BPF_H
#define LEDGER_GLOBAL_BPF_H

#include "balance.bpf.h"

/* What other CPUs go by. */
static __always_inline void global_note(cpu_ptr c, u64 level)
{
	c->load = eevdf_total_weight(&c->tl);
	c->runnable = eevdf_nr(&c->tl) - c->tl.nr_delayed;
	c->level = level;
}

/**
 * global_tick() - how this CPU is off the others
 * @c: locked, its running entity charged
 *
 * Return: true if there is a task to be taken from another CPU; @c->behind says which.
 */
__noinline bool global_tick(struct ledger_cpu __arena *c __arg_arena)
{
	struct eevdf_timeline __arena *tl = &c->tl;
	u32 i, v, busy = 0, from = 0, fuller = 0, cpu = c->cpu;
	const struct ledger_near *near;
	s64 best = EEVDF_AHEAD, sum = 0;
	u64 level = eevdf_mean_level(tl);
	bool first = true;

	global_note(c, level);
	/* Only those that are near, on a larger machine. */
	near = bpf_map_lookup_elem(&near_cpus, &cpu);
	for (i = 0; near && i < nr_others() && i < LEDGER_NEAR_CPUS && can_loop(); i++) {
		s64 ahead;
		cpu_ptr o;

		v = near->cpus[i];
		o = cpu_of(v);
		if (!o->runnable)
			continue;
		ahead = level - o->level;
		sum += eevdf_within(ahead, 4 * EEVDF_LEVEL_MAX);
		busy++;
		if (o->load <= c->load) {
			first &= ahead >= -EEVDF_AHEAD / 2;
			continue;
		}
		if (o->runnable > c->runnable + 1)
			fuller = v + 1;
		if (o->runnable > 1 && ahead > best) {
			best = ahead;
			from = v + 1;
		}
	}
	if (busy)
		level += eevdf_bound_level(tl, eevdf_div_zero(sum, busy));
	c->level = level;
	machine_level = level;
	/* The one that is furthest ahead goes first: its task has run alone for longest. */
	c->behind = first && from ? from : fuller;
	return c->behind;
}

/* Does a waiting task fit better than @best, which may be NULL, and may it come? */
__noinline bool fits_better(struct ledger_cpu __arena *victim __arg_arena,
			    struct eevdf_entity __arena *e __arg_arena,
			    struct eevdf_entity __arena *best __arg_arena,
			    struct ledger_cpu __arena *c __arg_arena)
{
	struct task_struct *p;

	if (!may_leave(entity_task(e)) || !eevdf_may_move(&victim->tl, e, c->load, c->level) ||
	    (best && !eevdf_rather_moves(&victim->tl, e, best, c->load)))
		return false;
	p = task_struct_of(entity_task(e));
	return p && may_run_on(p, c->cpu);
}

/* From one locked timeline, of the waiting tasks that may come the one that fits best. */
__noinline bool take_from(struct ledger_cpu __arena *victim __arg_arena,
			  struct ledger_cpu __arena *c __arg_arena)
{
	entity_ptr e = victim->tl.oldest, best = NULL;
	struct task_struct *p;
	int i;

	for (i = 0; e && i < STEAL_TASKS && can_loop(); i++, e = e->newer)
		if (fits_better(victim, e, best, c))
			best = e;
	if (!best)
		return false;
	p = task_struct_of(entity_task(best));
	if (!p || !hand_over(victim, entity_task(best), p, DSQ_LOCAL, LEDGER_F_OWED,
			     eevdf_owed(&victim->tl, best, c->load, c->level)))
		return false;
	/*
	 * Not only with the next ticks: those CPUs that tick after this one and before the victim
	 * would come in vain each time, and who runs alone there would never be interrupted.
	 */
	global_note(victim, eevdf_mean_level(&victim->tl));
	c->load += best->weight;
	c->runnable++;
	return true;
}

/* In ops.dispatch() of @c, with no timeline locked. */
static __always_inline bool take_behind(cpu_ptr c)
{
	cpu_ptr victim = cpu_of(c->behind - 1);
	bool found = false;

	c->behind = 0;
	if (!cpu_trylock(victim))
		return false;
	if (somebody_waits(victim))
		found = take_from(victim, c);
	cpu_unlock(victim);
	if (found)
		count(c->cpu, LEDGER_STAT_BALANCED);
	return found;
}

#endif /* LEDGER_GLOBAL_BPF_H */
