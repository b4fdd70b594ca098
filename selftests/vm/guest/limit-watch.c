// SPDX-License-Identifier: GPL-2.0
/*
 * What a cgroup had in each period of cpu.max. usage: limit-watch PATH PERIOD_MS PERIODS
 *
 * The periods of scx_ledger end at multiples of their length since boot: cpu.stat is read shortly
 * before, by a thread of class SCHED_FIFO. Prints "PERIODS periods: TOTAL us, LEAST to MOST".
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "guest.h"

/*
 * Before the end of a period: a group that has used up its budget does not run then, and the
 * kernel's figure is exact. For one that runs it lacks what was run since the last tick, ns.
 */
#define BEFORE_NS 5000000ULL

static uint64_t usage(const char *path)
{
	unsigned long long us;
	FILE *f = fopen(path, "r");

	if (!f || fscanf(f, "usage_usec %llu", &us) != 1)
		fail("%s tells no usage", path);
	fclose(f);
	return us;
}

static void wait_until(uint64_t ns)
{
	struct timespec ts = { .tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000 };

	if (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL))
		fail("cannot sleep");
}

int main(int argc, char **argv)
{
	struct sched_param first = { .sched_priority = 1 };
	uint64_t period, was, had, before, next, least = UINT64_MAX, most = 0;
	char path[512];
	long periods, i;

	if (argc != 4) {
		fputs("usage: limit-watch PATH PERIOD_MS PERIODS\n", stderr);
		return 2;
	}
	period = number(argv[2], 10, 10000) * 1000000;
	periods = number(argv[3], 1, 10000);
	snprintf(path, sizeof(path), "%s/cpu.stat", argv[1]);
	if (sched_setscheduler(0, SCHED_FIFO, &first))
		fail("cannot become SCHED_FIFO; run it as root");
	next = clock_ns(CLOCK_MONOTONIC) / period * period + 2 * period;
	wait_until(next - BEFORE_NS);
	before = was = usage(path);
	for (i = 0; i < periods; i++) {
		next += period;
		wait_until(next - BEFORE_NS);
		had = usage(path);
		least = had - was < least ? had - was : least;
		most = had - was > most ? had - was : most;
		was = had;
	}
	printf("%ld periods: %llu us, %llu to %llu\n", periods, (unsigned long long)(was - before),
	       (unsigned long long)least, (unsigned long long)most);
	return 0;
}
