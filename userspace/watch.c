// SPDX-License-Identifier: GPL-2.0
/* eevdf-audit ledger: a table a second out of the module's counters. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "util.h"
#include "watch.h"

static volatile sig_atomic_t watch_stop;

static void on_watch_stop(int signal)
{
	(void)signal;
	watch_stop = 1;
}

static bool catch_watch_signals(void)
{
	struct sigaction stop = { .sa_handler = on_watch_stop };

	sigemptyset(&stop.sa_mask);
	return !sigaction(SIGINT, &stop, NULL) && !sigaction(SIGTERM, &stop, NULL);
}

/* Ends early at a signal. */
static void sleep_until(__u64 wake)
{
	struct timespec ts = { .tv_sec = wake / NSEC_PER_SEC, .tv_nsec = wake % NSEC_PER_SEC };

	while (!watch_stop && clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
		;
}

static bool take(struct watch_sample *s, __u64 started, double before, char *why, size_t size)
{
	struct timespec wall;

	if (!module_ask(s, "", why, size))
		return false;
	clock_gettime(CLOCK_REALTIME, &wall);
	s->wall = wall.tv_sec + wall.tv_nsec / (double)NSEC_PER_SEC;
	s->elapsed = (now_ns() - started) / (double)NSEC_PER_SEC;
	s->interval = s->elapsed - before;
	return true;
}

/* Somebody wrote into the module's file reset: what was counted before is gone. */
static bool was_reset(const struct watch_sample *now, const struct watch_sample *last)
{
	return watch_counter(now, "events") < watch_counter(last, "events") ||
	       watch_counter(now, "checks") < watch_counter(last, "checks") ||
	       watch_counter(now, "violations") < watch_counter(last, "violations");
}

static enum audit_status verdict(__u64 checks, __u64 violations, __u64 bad_records)
{
	if (violations) {
		say("%llu violation%s in %llu checks; eevdf-audit show prints what is recorded",
		    (unsigned long long)violations, violations == 1 ? "" : "s",
		    (unsigned long long)checks);
		return AUDIT_STATUS_VIOLATION;
	}
	if (!checks && bad_records) {
		say("nothing was checked meanwhile: the module did not understand %llu records; "
		    "install module and scx_ledger from the same tree",
		    (unsigned long long)bad_records);
		return AUDIT_STATUS_FAILED;
	}
	if (!checks) {
		say("nothing was checked meanwhile: start scx_ledger with the module loaded, and "
		    "look at " LEDGER_MODULE_DIR "/mode");
		return AUDIT_STATUS_FAILED;
	}
	return AUDIT_STATUS_CLEAN;
}

/**
 * watch_run() - eevdf-audit ledger
 * @options: struct watch_options
 * @operand: none
 * Return: exit status
 */
enum audit_status watch_run(const void *options, const char *operand)
{
	static struct watch_sample first, last, now;
	const struct watch_options *opts = options;
	__u64 started = now_ns(), wake = started, period = opts->interval * NSEC_PER_SEC;
	__u64 end = opts->duration ? started + opts->duration * NSEC_PER_SEC : UINT64_MAX;
	struct watch_line line = { .now = &now, .last = &last, .first = &first,
				   .tty = isatty(STDOUT_FILENO) };
	__u64 checks = 0, violations = 0;
	char why[512];

	(void)operand;
	if (!catch_watch_signals()) {
		say("cannot prepare: %s", strerror(errno));
		return AUDIT_STATUS_FAILED;
	}
	if (!take(&first, started, 0, why, sizeof(why))) {
		say("%s", why);
		return AUDIT_STATUS_FAILED;
	}
	last = first;
	while (!watch_stop && wake < end &&
	       !(opts->until_violation && violations + watch_grown(&line, "violations"))) {
		/* Tables that were missed while nobody ran us are not made up for. */
		wake += period * ((now_ns() - wake) / period + 1);
		if (wake > end)
			wake = end;
		sleep_until(wake);
		if (!take(&now, started, last.elapsed, why, sizeof(why))) {
			say("%s", why);
			return violations ? AUDIT_STATUS_VIOLATION : AUDIT_STATUS_FAILED;
		}
		if (was_reset(&now, &last)) {
			say("the module's counters were reset");
			line.now = &last;
			checks += watch_grown(&line, "checks");
			violations += watch_grown(&line, "violations");
			line.now = &now;
			first.module.nr = 0;
			last.module.nr = 0;
		}
		if (opts->json && !watch_json(&line, stdout)) {
			say("no memory for a line");
			return AUDIT_STATUS_FAILED;
		}
		if (!opts->json)
			watch_text(&line, stdout);
		if (fflush(stdout))
			break;
		last = now;
	}
	return verdict(checks + watch_grown(&line, "checks"),
		       violations + watch_grown(&line, "violations"),
		       watch_grown(&line, "bad_records"));
}
