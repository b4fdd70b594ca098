// SPDX-License-Identifier: GPL-2.0
/*
 * Attaches the scheduler with one injected mistake after the other, and looks who notices first.
 *
 * It is linked with the loader's own files, against the program that holds the mistakes (apply);
 * that is loaded once, for its verification takes longer than all the rest.
 *
 * It runs as a real-time task, so that no mistake of the scheduler can stop it.
 */
#include <bpf/libbpf.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "audit.h"
#include "exit.h"
#include "loader.h"
#include "options.h"
#include "stats.h"
#include "util.h"

#include <mutants.h>

/* As in userspace/loader.c. */
typedef __u32 u32;
typedef void *cpu_ptr;
typedef void *task_ptr;
#include "ledger.skel.h"

/* A mistake must be noticed within this time. */
#define LIMIT_NS NSEC_PER_SEC
#define POLL_NS (5 * NSEC_PER_MSEC)

enum needs {
	NOTHING,
	MARGIN,
	WATCHDOG,
	GROUP,
	LIMIT,
	HISTORY,
};

static const char *const needs_name[] = { "nothing", "margin", "watchdog", "group", "limit",
					  "history", NULL };

/* A mutant's number is its place here; 0 is none. */
static const struct mutant {
	enum needs needs;
	const char *name;
	const char *trips;
	const char *what;
} mutants[] = {
	{ NOTHING, "none", "", "the scheduler as it should be" },
#define ROW(needs, included, name, trips, what) { needs, name, trips, what },
	MUTANTS(ROW)
#undef ROW
};

#define NR_MUTANTS ARRAY_SIZE(mutants)

static struct ledger_loader loader;
static int nr_tests;
static bool failed;

static void usage(FILE *out)
{
	fprintf(out,
		"usage: ledger-mutants --list\n"
		"       ledger-mutants WHAT -- [OPTION of scx_ledger]...\n"
		"\n"
		"Attaches scx_ledger with injected mistakes, one after the other, beside whatever\n"
		"load there is, and prints in TAP what noticed each first and how long that took.\n"
		"WHAT is --inject NAME[,NAME]..., --inject all, or --needs KIND: all of a kind, which is\n"
		"nothing, margin, watchdog, group or limit (see selftests/mutants/apply --help).\n");
}

static void nap(__u64 ns)
{
	struct timespec ts = { .tv_nsec = ns };

	nanosleep(&ts, NULL);
}

/* The first violation since the last reset: its invariant and when it was found. */
static bool first_violation(char name[64], __u64 *at)
{
	char text[256];

	if (read_text("", LEDGER_MODULE_DIR "/violations", text, sizeof(text)) <= 0)
		return false;
	return sscanf(text, "seq 1 at %llu cpu %*u invariant %63s", at, name) == 2;
}

/* Of the counters that must stay zero the first that did not. */
static bool first_counter(char name[64], __u64 *at)
{
	struct ledger_totals sum;
	int i;

	loader_stats(&loader, &sum);
	for (i = 0; i < LEDGER_STAT_NR; i++) {
		if (ledger_stat_infos[i].kind != LEDGER_STAT_ZERO || !sum.v[i])
			continue;
		snprintf(name, 64, "%s", ledger_stat_infos[i].name);
		*at = now_ns();
		return true;
	}
	return false;
}

static bool ejected(char name[64], __u64 *at)
{
	const struct ledger_exit *record = loader_exit(&loader);

	if (!exit_kind(record))
		return false;
	snprintf(name, 64, "%s", strstr(record->reason, "stall") ? "watchdog" : "ejected");
	*at = now_ns();
	return true;
}

/* Is @name one of the @words, which @comma divides? */
static bool among(const char *words, char comma, const char *name)
{
	size_t len = strlen(name);
	const char *at;

	if (!len)
		return false;
	for (at = words; (at = strstr(at, name)); at += len)
		if ((at == words || at[-1] == comma) && (!at[len] || at[len] == comma))
			return true;
	return false;
}

static bool module_reset(void)
{
	FILE *f = fopen(LEDGER_MODULE_DIR "/reset", "w");

	return f && fputs("1", f) >= 0 && !fclose(f);
}

static bool attach(__u32 number)
{
	struct ledger_refusal why;

	scx_settle("");
	if (!module_reset())
		return false;
	memset(&loader.skel->bss->exit_record, 0, sizeof(loader.skel->bss->exit_record));
	loader.skel->bss->inject = number;
	loader.link = bpf_map__attach_struct_ops(loader.skel->maps.ledger_ops);
	if (!loader.link) {
		printf("# cannot attach: %s\n", strerror(errno));
		return false;
	}
	if (!exit_kind(loader_exit(&loader)) &&
	    audit_attached(LEDGER_AUDIT_REQUIRE, &loader.skel->bss->state, &why)) {
		printf("# %s\n", why.text);
		return false;
	}
	return true;
}

/*
 * Whoever notices: violations first, for what the others say may be a consequence. Where the table
 * names a counter or the watchdog, that is what is waited for.
 */
static bool noticed(const struct mutant *m, char name[64], __u64 *at)
{
	char counter[64];
	__u64 when;

	if (first_counter(counter, &when) && among(m->trips, ' ', counter)) {
		strcpy(name, counter);
		*at = when;
		return true;
	}
	if (ejected(counter, &when) &&
	    (among(m->trips, ' ', counter) || !first_violation(name, at))) {
		strcpy(name, counter);
		*at = when;
		return true;
	}
	if (strstr(m->trips, "z_") || strstr(m->trips, "watchdog"))
		return false;
	if (first_violation(name, at))
		return true;
	if (*m->trips || !first_counter(counter, &when))
		return false;
	strcpy(name, counter);
	*at = when;
	return true;
}

static void verdict(bool good, const struct mutant *m, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
static void verdict(bool good, const struct mutant *m, const char *fmt, ...)
{
	char text[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	printf("%sok %d - %s: %s\n", good ? "" : "not ", ++nr_tests, m->name, text);
	fflush(stdout);
	failed |= !good;
}

static void show_violations(void)
{
	static char text[4096];
	char *line = text, *end;
	int i;

	if (read_text("", LEDGER_MODULE_DIR "/violations", text, sizeof(text)) <= 0)
		return;
	for (i = 0; i < 5 && *line && (end = strchr(line, '\n')); i++, line = end + 1)
		printf("# %.*s\n", (int)(end - line), line);
}

static void run(__u32 number)
{
	const struct mutant *m = &mutants[number];
	char name[64] = "";
	__u64 began, at = 0;
	bool found = false;

	if (!attach(number)) {
		verdict(false, m, "it did not attach");
		loader_detach(&loader);
		return;
	}
	began = now_ns();
	while (!(found = noticed(m, name, &at)) && now_ns() - began < LIMIT_NS)
		nap(POLL_NS);
	if (!number) {
		verdict(!found, m, "%s%s", m->what, found ? name : "");
	} else if (!found) {
		verdict(false, m, "nobody noticed that %s%s", m->what,
			first_violation(name, &at) ? name : "");
	} else {
		/* It may have begun before all tasks were attached. */
		verdict(among(m->trips, ' ', name), m, "%s after %.1f ms%s", name,
			at > began ? (at - began) / 1e6 : 0,
			among(m->trips, ' ', name) ? "" : ", which the table does not name");
	}
	if (found != among(m->trips, ' ', name) || (!number && found)) {
		show_violations();
		if (exit_kind(loader_exit(&loader)))
			printf("# ejected: %s: %s\n", loader_exit(&loader)->reason,
			       loader_exit(&loader)->msg);
	}
	loader_detach(&loader);
	loader.skel->bss->inject = 0;
}

static bool be_undisturbed(void)
{
	struct sched_param param = { .sched_priority = 50 };

	return !sched_setscheduler(0, SCHED_FIFO, &param);
}

static bool load(int argc, char **argv)
{
	struct ledger_kernel kernel;
	struct ledger_options opts;
	struct ledger_refusal why;

	if (options_parse(argc, argv, &opts, stderr))
		return false;
	loader_log(opts.verbose);
	if (loader_read_kernel(&kernel, &why) ||
	    audit_prepare("", LEDGER_AUDIT_REQUIRE, &why) ||
	    loader_start(&loader, &opts, &kernel, &why)) {
		say("%s", why.text);
		return false;
	}
	loader_detach(&loader);
	return true;
}

static int list(void)
{
	size_t i;

	for (i = 1; i < NR_MUTANTS; i++)
		printf("%s\t%s\t%s\t%s\n", mutants[i].name, needs_name[mutants[i].needs],
		       mutants[i].trips, mutants[i].what);
	return 0;
}

static bool wanted(const struct mutant *m, bool by_needs, const char *what)
{
	if (by_needs)
		return !strcmp(needs_name[m->needs], what);
	return !strcmp(what, "all") || among(what, ',', m->name);
}

int main(int argc, char **argv)
{
	bool by_needs;
	__u64 began;
	size_t i;

	if (argc == 2 && !strcmp(argv[1], "--list"))
		return list();
	if (argc < 4 || strcmp(argv[3], "--") ||
	    (strcmp(argv[1], "--inject") && strcmp(argv[1], "--needs"))) {
		usage(argc == 2 && !strcmp(argv[1], "--help") ? stdout : stderr);
		return argc == 2 && !strcmp(argv[1], "--help") ? 0 : 2;
	}
	by_needs = !strcmp(argv[1], "--needs");
	if (!be_undisturbed()) {
		say("cannot become a real-time task: %s", strerror(errno));
		return 1;
	}
	began = now_ns();
	if (!load(argc - 3, argv + 3))
		return 1;
	printf("# loaded in %.1f s\n", (now_ns() - began) / 1e9);
	run(0);
	for (i = 1; i < NR_MUTANTS; i++)
		if (wanted(&mutants[i], by_needs, argv[2]))
			run(i);
	if (nr_tests == 1) {
		say("there is no mutant '%s'", argv[2]);
		return 2;
	}
	run(0);
	printf("1..%d\n", nr_tests);
	loader_free(&loader);
	return failed;
}
