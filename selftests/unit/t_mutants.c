// SPDX-License-Identifier: GPL-2.0
/*
 * The mutants of include/eevdf (selftests/mutants) in random histories on the host: the first
 * violation must be what the table names. The guest runs them in the scheduler itself.
 *
 * Each runs in a process of its own, for a broken tree may end anywhere.
 */
static unsigned long rounds_left;
/* A walk that does not end is a mistake's doing: it must not be ours to wait for. */
#define EEVDF_CAN_LOOP (rounds_left && rounds_left--)

#include "t_oracle_sim.h"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <mutants.h>

#define STEPS 400000

enum needs {
	NOTHING,
	MARGIN,
	WATCHDOG,
	GROUP,
	LIMIT,
	HISTORY,
};

static const struct mutant {
	enum needs needs;
	bool included;
	const char *name;
	const char *trips;
	const char *what;
} mutants[] = {
	{ NOTHING, true, "none", "", "the algorithm as it should be" },
#define ROW(needs, included, name, trips, what) { needs, included, name, trips, what },
	MUTANTS(ROW)
#undef ROW
};

#define NR_MUTANTS (unsigned int)(sizeof(mutants) / sizeof(mutants[0]))

/* Shared with the process that runs the history. */
static struct shared {
	struct sim sim;
	u64 checks;
} *shared;

/* Called before each record: nothing that comes after a violation matters. */
static void stop(struct sim *s, struct ledger_event *rec, struct audit_facts *facts)
{
	(void)rec;
	(void)facts;
	rounds_left = 100000;
	if (s->violations)
		_exit(0);
}

static void history(unsigned int number)
{
	struct sim *sim = &shared->sim;
	struct audit_counts counts;
	int i;

	alarm(60);
	rounds_left = 100000;
	sim_init(sim, LEDGER_RULE_ALL, 77 + number);
	sim->doctor = stop;
	inject = number;
	for (i = 0; i < STEPS && !sim->violations; i++)
		sim_step(sim);
	sim_counts(&counts);
	shared->checks = sim_checks(&counts);
	_exit(0);
}

static bool among(const char *trips, const char *name)
{
	size_t len = strlen(name);
	const char *at;

	for (at = trips; (at = strstr(at, name)); at += len)
		if ((at == trips || at[-1] == ' ') && (!at[len] || at[len] == ' '))
			return true;
	return false;
}

static bool runs_here(const struct mutant *m)
{
	return m->included && !strstr(m->trips, "z_");
}

static void t_mutant(unsigned int number)
{
	const struct mutant *m = &mutants[number];
	const struct sim *sim = &shared->sim;
	const char *first;
	int status = 0;
	pid_t pid;

	memset(shared, 0, sizeof(*shared));
	fflush(stdout);
	pid = fork();
	if (!pid)
		history(number);
	if (pid < 0 || waitpid(pid, &status, 0) != pid) {
		ok(false, "%s: no process for it", m->name);
		return;
	}
	first = sim->violations ? invariant_name[sim->first] : "nobody noticed";
	if (!number)
		ok(!status && !sim->violations && shared->checks >= STEPS, "%s: %llu checks, %s",
		   m->what, shared->checks, first);
	else
		ok(sim->violations && among(m->trips, first), "%s: %s%s%s", m->name, first,
		   among(m->trips, first) ? "" : ", and not ",
		   among(m->trips, first) ? "" : m->trips);
}

int main(void)
{
	unsigned int i, here = 0;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		      -1, 0);
	if (shared == MAP_FAILED)
		return 1;
	for (i = 0; i < NR_MUTANTS; i++)
		here += runs_here(&mutants[i]);
	plan(here);
	for (i = 0; i < NR_MUTANTS; i++)
		if (runs_here(&mutants[i]))
			t_mutant(i);
	return done();
}
