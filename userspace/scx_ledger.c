// SPDX-License-Identifier: GPL-2.0
/*
 * The loader of scx_ledger: refuses with a sentence or attaches the program, prints what it counts,
 * and detaches when it is told to, when its time is over or when the kernel ejected it.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "audit.h"
#include "doc.h"
#include "exit.h"
#include "loader.h"
#include "options.h"
#include "refuse.h"
#include "stats.h"
#include "util.h"

/* How often it is looked whether the kernel ejected the program. */
#define POLL_NS (100 * NSEC_PER_MSEC)
/* A life shorter than this is followed by a pause before the next one. */
#define SHORT_LIFE_NS NSEC_PER_SEC
#define PAUSE_NS (200 * NSEC_PER_MSEC)

/**
 * struct session - what lasts over restarts of the program
 * @opts: command line
 * @kernel: flag values
 * @uts: the kernel's name
 * @loader: the program
 * @before: counters of earlier lives
 * @last: counters at the last stats line, all lives
 * @started: when the program was first attached, CLOCK_MONOTONIC ns; 0 = not yet
 * @last_line: when the last stats line was printed
 * @next_line: when the next one is due
 * @restarts: lives before this one
 * @output_gone: nobody reads standard output any more
 * @output_failed: standard output cannot be written
 */
struct session {
	struct ledger_options opts;
	struct ledger_kernel kernel;
	struct utsname uts;
	struct ledger_loader loader;
	struct ledger_totals before;
	struct ledger_totals last;
	__u64 started;
	__u64 last_line;
	__u64 next_line;
	__u32 restarts;
	bool output_gone;
	bool output_failed;
};

static volatile sig_atomic_t stop_signal;

static void on_stop(int signal)
{
	static const char text[] = "scx_ledger: stopped before it was attached\n";

	/* The second one: whoever sends it does not want to wait. The kernel detaches for us. */
	if (stop_signal)
		_exit(128 + signal);
	stop_signal = signal;
	if (!loader_loading)
		return;
	if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
		_exit(LEDGER_STATUS_FAILED);
	_exit(LEDGER_STATUS_OK);
}

static bool catch_signals(void)
{
	struct sigaction stop = { .sa_handler = on_stop }, ignore = { .sa_handler = SIG_IGN };

	sigemptyset(&stop.sa_mask);
	sigemptyset(&ignore.sa_mask);
	return !sigaction(SIGINT, &stop, NULL) && !sigaction(SIGTERM, &stop, NULL) &&
	       !sigaction(SIGPIPE, &ignore, NULL);
}

static void print_line(struct session *s, const char *line)
{
	if (s->output_gone || s->output_failed)
		return;
	if (fputs(line, stdout) >= 0 && !fflush(stdout))
		return;
	if (errno == EPIPE) {
		s->output_gone = true;
		return;
	}
	/* A full disk is no reason to end a scheduler. */
	say("cannot write to standard output (%s): no more stats, the scheduler goes on",
	    strerror(errno));
	s->output_failed = true;
}

static void print_stats(struct session *s, bool final)
{
	static struct ledger_sample sample;
	struct ledger_totals counted;
	struct timespec wall;
	char text[1024], *json;
	__u64 now = now_ns();

	clock_gettime(CLOCK_REALTIME, &wall);
	memset(&sample, 0, sizeof(sample));
	sample.final = final;
	sample.time = wall.tv_sec + wall.tv_nsec / (double)NSEC_PER_SEC;
	sample.elapsed = (now - s->started) / (double)NSEC_PER_SEC;
	sample.interval = (now - s->last_line) / (double)NSEC_PER_SEC;
	sample.tasks = loader_tasks(&s->loader);
	sample.restarts = s->restarts;
	loader_stats(&s->loader, &counted);
	stats_line(&sample, &counted, &s->before, &s->last);
	s->last_line = now;
	module_read(&sample.module, "", s->loader.audited);

	if (s->opts.json) {
		json = stats_json(&sample);
		if (json)
			print_line(s, json);
		else
			say("no memory for a stats line");
		free(json);
		return;
	}
	stats_text(&sample, text, sizeof(text));
	if (s->opts.stats)
		print_line(s, text);
	else
		fputs(text, stderr);
}

static __u64 earlier(__u64 a, __u64 b)
{
	return a < b ? a : b;
}

/* Returns when the program was ejected, or is to be detached; true = the former. */
static bool attend(struct session *s)
{
	__u64 end = s->opts.duration ? s->started + s->opts.duration * NSEC_PER_SEC : UINT64_MAX;
	__u64 period = s->opts.stats * NSEC_PER_SEC, now, wake;
	struct timespec ts;

	for (;;) {
		if (exit_kind(loader_exit(&s->loader)))
			return true;
		now = now_ns();
		if (stop_signal || s->output_gone || now >= end)
			return false;
		if (period && now >= s->next_line) {
			print_stats(s, false);
			/* Lines that were missed while nobody ran us are not made up for. */
			s->next_line += period * ((now - s->next_line) / period + 1);
			continue;
		}
		wake = earlier(now + POLL_NS, earlier(end, period ? s->next_line : end));
		ts.tv_sec = wake / NSEC_PER_SEC;
		ts.tv_nsec = wake % NSEC_PER_SEC;
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
	}
}

static bool wants_restart(const struct session *s)
{
	const struct ledger_exit *record = loader_exit(&s->loader);

	return !exit_is_error(record) &&
	       (__u64)record->exit_code & s->kernel.act_restart;
}

/* Let go of a program that asked for a restart, and keep its counters. */
static void bury(struct session *s)
{
	struct ledger_totals sum;

	loader_detach(&s->loader);
	loader_stats(&s->loader, &sum);
	stats_add(&s->before, &sum);
	loader_free(&s->loader);
	s->restarts++;
}

static enum ledger_status end(struct session *s)
{
	enum ledger_status status;
	const char *dump;
	size_t len = 0;

	if (s->output_gone)
		say("nobody reads standard output any more: detaching");
	loader_detach(&s->loader);
	dump = loader_dump(&s->loader, &len);
	status = exit_report(stderr, loader_exit(&s->loader), dump, len);
	if (s->started)
		print_stats(s, true);
	loader_free(&s->loader);
	return status == LEDGER_STATUS_OK && s->output_failed ? LEDGER_STATUS_FAILED : status;
}

static enum ledger_status schedule(struct session *s)
{
	struct timespec pause = { .tv_nsec = PAUSE_NS };
	struct ledger_refusal why;
	__u64 born, gone = 0;

	for (;;) {
		if (loader_start(&s->loader, &s->opts, &s->kernel, &why)) {
			say("%s", why.text);
			return why.status;
		}
		born = now_ns();
		if (!exit_kind(loader_exit(&s->loader))) {
			if (!s->started) {
				s->started = born;
				s->last_line = born;
				s->next_line = born + s->opts.stats * NSEC_PER_SEC;
				loader_announce(&s->loader, &s->opts, &s->kernel, &s->uts);
			} else {
				say("restarted, %u of %u CPUs online; the fair class scheduled for "
				    "%.2f s",
				    s->loader.online, s->loader.config.nr_cpus,
				    (born - gone) / (double)NSEC_PER_SEC);
			}
		}
		if (!attend(s) || stop_signal || !wants_restart(s))
			return end(s);
		gone = now_ns();
		exit_report(stderr, loader_exit(&s->loader), NULL, 0);
		bury(s);
		if (gone - born < SHORT_LIFE_NS)
			clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
	}
}

static enum ledger_status run(const struct ledger_options *opts)
{
	static struct session s;
	struct ledger_refusal why;

	s.opts = *opts;
	if (uname(&s.uts) || !catch_signals()) {
		say("cannot prepare: %s", strerror(errno));
		return LEDGER_STATUS_FAILED;
	}
	loader_log(opts->verbose);
	scx_settle("");
	if (refuse_machine("", &s.uts, &why) || refuse_caller("", &why) || refuse_other("", &why) ||
	    loader_read_kernel(&s.kernel, &why) || audit_prepare("", opts->audit, &why)) {
		say("%s", why.text);
		return why.status;
	}
	return schedule(&s);
}

static enum ledger_status print_status(void)
{
	char name[128];

	if (!file_exists("", LEDGER_SCX_DIR)) {
		puts("no scheduler is attached: this kernel has no sched_ext");
		return LEDGER_STATUS_FAILED;
	}
	if (!scx_attached("", name, sizeof(name))) {
		puts("no sched_ext scheduler is attached");
		return LEDGER_STATUS_FAILED;
	}
	printf("%s is attached\n", name);
	return strcmp(name, LEDGER_OPS_NAME) ? LEDGER_STATUS_FAILED : LEDGER_STATUS_OK;
}

static enum ledger_status act(const struct ledger_options *opts)
{
	switch (opts->action) {
	case LEDGER_ACTION_RUN:
		return run(opts);
	case LEDGER_ACTION_HELP:
		doc_help(stdout);
		break;
	case LEDGER_ACTION_VERSION:
		puts("scx_ledger " LEDGER_VERSION);
		break;
	case LEDGER_ACTION_HELP_STATS:
		doc_help_stats(stdout);
		break;
	case LEDGER_ACTION_STATUS:
		return print_status();
	case LEDGER_ACTION_DOC:
		if (doc_print(stdout, opts->doc))
			break;
		say("there is no such text; --print-doc wants options.md, statistics.md or "
		    "scx_ledger.8");
		return LEDGER_STATUS_USAGE;
	}
	return LEDGER_STATUS_OK;
}

int main(int argc, char **argv)
{
	struct ledger_options opts;
	enum ledger_status status;

	hold_standard_files();
	status = options_parse(argc, argv, &opts, stderr);
	if (status)
		return status;
	status = act(&opts);
	if (opts.action != LEDGER_ACTION_RUN && (ferror(stdout) || fflush(stdout))) {
		say("cannot write to standard output: %s", strerror(errno));
		return LEDGER_STATUS_FAILED;
	}
	return status;
}
