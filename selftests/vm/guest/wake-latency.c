// SPDX-License-Identifier: GPL-2.0
/*
 * How late a task wakes that works for 20 us every 1.1 to 1.4 ms, beside busy loops on CPU 0: the
 * time from when its timer is due to when it reads the clock.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "guest.h"

#define HOGS_MAX 1024
#define WAKEUPS_MAX 10000000
/* ns: work of a period, its shortest length, what is added at random. */
#define BURST 20000
#define PERIOD 1100000
#define JITTER 300000
/* Wakeups before those that count: caches of code and of lags fill. */
#define WARM_UP 100

static pthread_barrier_t start;
static int stop;

static void *hog(void *arg)
{
	pthread_barrier_wait(&start);
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED))
		spin();
	return arg;
}

static void set_slice(uint64_t slice)
{
	struct attr attr = { .size = sizeof(attr), .runtime = slice }, have = { 0 };

	if (syscall(SYS_sched_setattr, 0, &attr, 0))
		fail("cannot have a slice of %ju ns: %s", (uintmax_t)slice, strerror(errno));
	if (syscall(SYS_sched_getattr, 0, &have, sizeof(have), 0) || have.runtime != slice)
		fail("the kernel gave a slice of %ju ns for %ju", (uintmax_t)have.runtime,
		     (uintmax_t)slice);
}

static void measure(uint64_t *late, size_t nr)
{
	uint64_t seed = 1, due, t;
	struct timespec ts;

	for (size_t i = 0; i < nr + WARM_UP; i++) {
		seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
		due = now() + PERIOD + (seed >> 33) % JITTER;
		ts.tv_sec = due / NSEC_PER_SEC;
		ts.tv_nsec = due % NSEC_PER_SEC;
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
		t = now();
		if (i >= WARM_UP)
			late[i - WARM_UP] = t - due;
		while (now() - t < BURST)
			;
	}
}

static int compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* The smallest value that so many of a thousand are not above. */
static uint64_t permille(const uint64_t *sorted, size_t nr, size_t part)
{
	return sorted[(nr * part + 999) / 1000 - 1];
}

static void usage(FILE *out)
{
	fputs("usage: wake-latency [--slice NS] HOGS WAKEUPS\n\n"
	      "Prints how late a task with a slice of so many ns (default: as others) wakes beside\n"
	      "HOGS busy loops on CPU 0: p50, p90, p99, p99.9 and the maximum, in ns.\n", out);
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "slice", required_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	static pthread_t threads[HOGS_MAX];
	unsigned long slice = 0, hogs, nr, i;
	uint64_t *late;
	cpu_set_t one;
	int key, error;

	while ((key = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		if (key == 's') {
			slice = number(optarg, 0, 100000000);
			continue;
		}
		usage(key == 'h' ? stdout : stderr);
		return key == 'h' ? 0 : 2;
	}
	if (argc - optind != 2) {
		usage(stderr);
		return 2;
	}
	hogs = number(argv[optind], 0, HOGS_MAX);
	nr = number(argv[optind + 1], 1, WAKEUPS_MAX);

	CPU_ZERO(&one);
	CPU_SET(0, &one);
	if (sched_setaffinity(0, sizeof(one), &one) || mlockall(MCL_CURRENT | MCL_FUTURE) ||
	    prctl(PR_SET_TIMERSLACK, 1UL))
		fail("cannot be pinned to CPU 0 or kept in memory: %s", strerror(errno));
	late = calloc(nr, sizeof(*late));
	if (!late)
		fail("no memory for %lu wakeups", nr);
	pthread_barrier_init(&start, NULL, hogs + 1);
	for (i = 0; i < hogs; i++) {
		error = pthread_create(&threads[i], NULL, hog, NULL);
		if (error)
			fail("cannot start a thread: %s", strerror(error));
	}
	/* After that, so that the loops have the default. */
	if (slice)
		set_slice(slice);
	pthread_barrier_wait(&start);
	measure(late, nr);
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	for (i = 0; i < hogs; i++)
		pthread_join(threads[i], NULL);

	qsort(late, nr, sizeof(*late), compare);
	printf("hogs=%lu slice_ns=%lu wakeups=%lu p50_ns=%ju p90_ns=%ju p99_ns=%ju p999_ns=%ju "
	       "max_ns=%ju\n", hogs, slice, nr, (uintmax_t)permille(late, nr, 500),
	       (uintmax_t)permille(late, nr, 900), (uintmax_t)permille(late, nr, 990),
	       (uintmax_t)permille(late, nr, 999), (uintmax_t)late[nr - 1]);
	return 0;
}
