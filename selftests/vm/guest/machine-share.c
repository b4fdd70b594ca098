// SPDX-License-Identifier: GPL-2.0
/*
 * Busy loops that may run on any CPU: how far the service that each gets, in any second and in all
 * of the time, is from its share of the machine, m CPUs * weight / sum of weights. Their clocks are
 * read twenty times a second by a thread of class SCHED_FIFO.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "guest.h"

#define LOOPS_MAX 256
#define SAMPLES 20		/* a second */
#define SECONDS_MAX 600
/* Before the time counts, s: forks, the last wakeups. */
#define WARM_UP 1

static struct loop {
	pthread_t thread;
	clockid_t clock;
	int nice;
	double share;
	double *service;	/* at each sample, s */
} loops[LOOPS_MAX];
static double *at;
static int over;

static double clock_s(clockid_t clock)
{
	return clock_ns(clock) / 1e9;
}

static void *run_loop(void *arg)
{
	struct loop *l = arg;

	if (setpriority(PRIO_PROCESS, gettid(), l->nice)) {
		perror("machine-share: setpriority");
		exit(1);
	}
	while (!__atomic_load_n(&over, __ATOMIC_RELAXED))
		spin();
	return NULL;
}

/* A weight of more than a CPU's worth gets a CPU; the others share the rest. */
static void set_shares(int nr, int cpus)
{
	double weights, left;
	int i, full = -1, was;

	do {
		was = full;
		weights = 0;
		left = cpus;
		for (full = 0, i = 0; i < nr; i++) {
			if (loops[i].share == 1) {
				left--;
				full++;
			} else {
				weights += nice_weight[loops[i].nice + 20];
			}
		}
		for (i = 0; i < nr; i++)
			if (loops[i].share != 1)
				loops[i].share = fmin(1, left * nice_weight[loops[i].nice + 20] /
								 weights);
	} while (full != was);
}

/* Between two samples, s: what it got, and its share. */
static double had(const struct loop *l, long from, long to)
{
	return l->service[to] - l->service[from];
}

static double due(const struct loop *l, long from, long to)
{
	return l->share * (at[to] - at[from]);
}

int main(int argc, char **argv)
{
	struct sched_param first = { .sched_priority = 1 };
	double worst = 0, worst_part = 0, worst_all = 0, start;
	struct timespec next;
	long seconds, samples;
	int i, k, nr;

	if (argc < 3 || argc - 2 > LOOPS_MAX) {
		fputs("usage: machine-share SECONDS NICE...\n", stderr);
		return 2;
	}
	seconds = number(argv[1], 2, SECONDS_MAX);
	samples = seconds * SAMPLES + 1;
	nr = argc - 2;
	at = calloc(samples, sizeof(*at));
	for (i = 0; i < nr; i++) {
		loops[i].nice = number(argv[i + 2], -20, 19);
		loops[i].service = calloc(samples, sizeof(double));
		if (!at || !loops[i].service) {
			fputs("machine-share: out of memory\n", stderr);
			return 1;
		}
	}
	set_shares(nr, sysconf(_SC_NPROCESSORS_ONLN));
	for (i = 0; i < nr; i++) {
		if (pthread_create(&loops[i].thread, NULL, run_loop, &loops[i]) ||
		    pthread_getcpuclockid(loops[i].thread, &loops[i].clock)) {
			fputs("machine-share: no thread to be had\n", stderr);
			return 1;
		}
	}
	if (pthread_setschedparam(pthread_self(), SCHED_FIFO, &first)) {
		fputs("machine-share: cannot become SCHED_FIFO; run it as root\n", stderr);
		return 1;
	}
	clock_gettime(CLOCK_MONOTONIC, &next);
	next.tv_sec += WARM_UP;
	start = next.tv_sec + next.tv_nsec / 1e9;
	for (k = 0; k < samples; k++) {
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
		at[k] = clock_s(CLOCK_MONOTONIC) - start;
		for (i = 0; i < nr; i++)
			loops[i].service[k] = clock_s(loops[i].clock);
		next.tv_nsec += 1000000000 / SAMPLES;
		next.tv_sec += next.tv_nsec / 1000000000;
		next.tv_nsec %= 1000000000;
	}
	__atomic_store_n(&over, 1, __ATOMIC_RELAXED);

	/* In each second that begins with a sample. */
	for (i = 0; i < nr; i++) {
		struct loop *l = &loops[i];
		double all = due(l, 0, samples - 1);

		worst_all = fmax(worst_all, fabs(had(l, 0, samples - 1) - all) / all);
		for (k = SAMPLES; k < samples; k++) {
			double second = due(l, k - SAMPLES, k);
			double off = fabs(had(l, k - SAMPLES, k) - second);

			worst = fmax(worst, off);
			worst_part = fmax(worst_part, off / second);
		}
	}
	printf("loops=%d worst_us=%.0f worst_percent=%.2f all_percent=%.2f", nr, worst * 1e6,
	       worst_part * 100, worst_all * 100);
	for (i = 0; i < nr && i < 8; i++)
		printf(" %.3f/%.3f", had(&loops[i], 0, samples - 1),
		       due(&loops[i], 0, samples - 1));
	putchar('\n');
	return 0;
}
