// SPDX-License-Identifier: GPL-2.0
/* eevdf-audit fair: the loop. */
#include <bpf/libbpf.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fair.h"
#include "util.h"

static volatile sig_atomic_t fair_stop;

static void on_fair_stop(int signal)
{
	(void)signal;
	fair_stop = 1;
}

static int take_finding(void *arg, void *data, size_t size)
{
	struct fair_watch *w = arg;
	const struct fair_finding *f = data;

	if (size < sizeof(*f))
		return 0;
	if (f->check != FAIR_CHECK_STALE_SLICE)
		w->found++;
	fair_print_finding(w, f, stdout);
	fflush(stdout);
	return 0;
}

static enum audit_status verdict(const struct fair_counts *c)
{
	if (fair_violations(c)) {
		say("%llu violations in %llu checks", (unsigned long long)fair_violations(c),
		    (unsigned long long)fair_checks(c));
		return AUDIT_STATUS_VIOLATION;
	}
	if (!fair_checks(c)) {
		say("nothing was checked meanwhile: nothing that the fair class schedules has run");
		return AUDIT_STATUS_FAILED;
	}
	return AUDIT_STATUS_CLEAN;
}

static bool show(const struct fair_watch *w, const struct fair_totals *now,
		 const struct fair_totals *last, bool final)
{
	if (!w->opts->json)
		fair_table(w, now, last, stdout);
	else if (!fair_json(w, now, last, final, stdout))
		return false;
	return !fflush(stdout);
}

static enum audit_status watch(struct fair_watch *w, struct ring_buffer *ring)
{
	__u64 began = now_ns(), period = w->opts->interval * NSEC_PER_SEC, next = began + period;
	__u64 end = w->opts->duration ? began + w->opts->duration * NSEC_PER_SEC : UINT64_MAX;
	struct fair_totals now = { 0 }, last = { 0 };
	bool done = false;

	while (!done) {
		__u64 until = next < end ? next : end, at = now_ns();
		int wait = at < until ? (until - at) / NSEC_PER_MSEC + 1 : 0;
		int err = ring_buffer__poll(ring, wait);

		if (err < 0 && err != -EINTR) {
			say("cannot read what was found: %s", strerror(-err));
			return AUDIT_STATUS_FAILED;
		}
		done = fair_stop || now_ns() >= end || (w->opts->until_violation && w->found);
		if (!done && now_ns() < next)
			continue;
		last = now;
		now.elapsed = (now_ns() - began) / (double)NSEC_PER_SEC;
		if (!fair_read(w, &now.sum)) {
			say("cannot read the counters: %s", strerror(errno));
			return AUDIT_STATUS_FAILED;
		}
		if (!show(w, &now, &last, done))
			break;
		while (next <= now_ns())
			next += period;
	}
	return verdict(&now.sum);
}

/**
 * fair_run() - eevdf-audit fair
 * @options: struct fair_options
 * @operand: none
 *
 * Return: exit status
 */
enum audit_status fair_run(const void *options, const char *operand)
{
	struct sigaction stop = { .sa_handler = on_fair_stop };
	struct fair_watch w = { .opts = options };
	enum audit_status status = AUDIT_STATUS_FAILED;
	struct ring_buffer *ring = NULL;

	(void)operand;
	sigemptyset(&stop.sa_mask);
	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGTERM, &stop, NULL);
	if (fair_attach(&w) && fair_learn(&w)) {
		ring = ring_buffer__new(fair_reports(&w), take_finding, &w, NULL);
		if (ring) {
			fair_announce(&w);
			status = watch(&w, ring);
		} else {
			say("no memory for what is found");
		}
	}
	ring_buffer__free(ring);
	fair_detach(&w);
	return status;
}
