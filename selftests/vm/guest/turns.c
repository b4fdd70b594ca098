// SPDX-License-Identifier: GPL-2.0
/*
 * How long busy loops run at a stretch. usage: turns SECONDS CPU NICE:SLICE_US|wake...
 *
 * "wake" is a task that sleeps for 5 ms and works for 1 ms. Printed for it: the word, wakeups,
 * the longest time from the wakeup to the first instruction (ns).
 *
 * A loop a NICE:SLICE_US, all on one CPU; a slice of 0 is the scheduler's own, taken for 700 us.
 * A gap in a loop's clock that is longer than a short slice ends its turn; a shorter one is an
 * interrupt or a kernel thread. How long a turn was says the kernel, by what it charged. That is
 * one or more requests, for who has the earliest deadline again goes on; what it is longer than
 * that, an overrun, is divided among them.
 *
 * A kernel thread that wakes up can end a turn within a request, and the rest of the request
 * follows in the next turn. So a turn that ends far from a request's end is taken together with
 * the next one. After a request that really ended late by as much, ends would not fit for a long
 * time: how many did is printed, and is to be compared with the turns. By chance a kernel thread's
 * moment may fit as well, as a late end; so the largest overrun says less than a percentile.
 *
 * Prints for each loop: nice, turns, ends that fit, turns of more than one request, the longest
 * turn (ns), the largest overrun a request (ns), the 95th percentile (ns), the service (ns).
 */
#define _GNU_SOURCE
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "guest.h"

#define LOOPS_MAX 64
#define TURNS_MAX 100000
#define SHORTEST_NS 80000
/* By which a request may seem too short: the way to the first look at the clock differs. */
#define SLACK_NS 5000
/*
 * How late a turn may end to be taken for the end of a request, a quarter of a slice at most; and
 * more for each request before.
 */
#define LATE_NS 100000
#define LATE_MORE_NS 10000

struct loop {
	int nice, wakes;
	uint64_t slice, service;
	uint32_t n;
	uint64_t turn[TURNS_MAX];
};

/* Like a loop, but turn[] holds delays. */
static void wake(struct loop *l, uint64_t end)
{
	uint64_t at;

	for (at = now(); at < end && l->n < TURNS_MAX; l->n++) {
		struct timespec t;

		at = now() + 5000000;
		t.tv_sec = at / 1000000000;
		t.tv_nsec = at % 1000000000;
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
		l->turn[l->n] = now() - at;
		for (at = now(); now() < at + 1000000;)
			spin();
	}
	_exit(0);
}

static void run(struct loop *l, int cpu, uint64_t start, uint64_t end)
{
	struct attr attr = { .size = sizeof(attr), .nice = l->nice, .runtime = l->slice };
	uint64_t at, last, charged, before = 0;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set) || syscall(SYS_sched_setattr, 0, &attr, 0)) {
		perror("turns");
		_exit(1);
	}
	if (l->wakes)
		wake(l, end);
	while (now() < start)
		spin();
	l->service = -clock_ns(CLOCK_THREAD_CPUTIME_ID);
	for (last = now(); last < end; last = at) {
		spin();
		at = now();
		if (at - last < SHORTEST_NS)
			continue;
		charged = clock_ns(CLOCK_THREAD_CPUTIME_ID);
		/* The first turn began before the first look. */
		if (before && l->n < TURNS_MAX)
			l->turn[l->n++] = charged - before;
		before = charged;
		at = now();
	}
	l->service += clock_ns(CLOCK_THREAD_CPUTIME_ID);
	_exit(0);
}

static int by_size(const void *a, const void *b)
{
	int64_t d = *(const int64_t *)a - *(const int64_t *)b;

	return (d > 0) - (d < 0);
}

static void report(struct loop *l)
{
	uint64_t slice = l->slice ? l->slice : 700000, longest = 0, sum = 0;
	int64_t most = slice / 4 < LATE_NS ? slice / 4 : LATE_NS;
	uint32_t i, more = 0, ends = 0;
	int64_t *over;

	if (l->wakes) {
		qsort(l->turn, l->n, sizeof(*l->turn), by_size);
		printf("wake %u %llu\n", l->n, (unsigned long long)l->turn[l->n ? l->n - 1 : 0]);
		return;
	}
	over = malloc((l->n + 1) * sizeof(*over));
	if (!over) {
		perror("turns");
		exit(1);
	}
	over[0] = 0;
	for (i = 0; i < l->n; i++) {
		uint64_t requests;
		int64_t late;

		if (l->turn[i] > longest)
			longest = l->turn[i];
		requests = (l->turn[i] + SLACK_NS) / slice;
		more += requests > 1;

		sum += l->turn[i];
		requests = (sum + SLACK_NS) / slice;
		late = sum - requests * slice;
		if (requests && late <= most + (int64_t)(requests - 1) * LATE_MORE_NS) {
			over[ends++] = late / (int64_t)requests;
			sum = 0;
		}
	}
	qsort(over, ends, sizeof(*over), by_size);
	printf("%d %u %u %u %llu %lld %lld %llu\n", l->nice, l->n, ends, more,
	       (unsigned long long)longest, (long long)over[ends ? ends - 1 : 0],
	       (long long)over[ends * 95 / 100], (unsigned long long)l->service);
	free(over);
}

int main(int argc, char **argv)
{
	uint64_t start = now() + 100000000ULL, end;
	int i, n = argc - 3, status, failed = 0;
	struct loop *loops;

	if (n < 1 || n > LOOPS_MAX) {
		fprintf(stderr, "usage: turns SECONDS CPU NICE:SLICE_US...\n");
		return 2;
	}
	end = start + atoi(argv[1]) * 1000000000ULL;
	loops = mmap(NULL, n * sizeof(*loops), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		     -1, 0);
	if (loops == MAP_FAILED) {
		perror("turns");
		return 1;
	}
	/* No page fault in the middle of a turn. */
	memset(loops, 0, n * sizeof(*loops));
	for (i = 0; i < n; i++) {
		const char *slice = strchr(argv[i + 3], ':');

		loops[i].wakes = !strcmp(argv[i + 3], "wake");
		loops[i].nice = atoi(argv[i + 3]);
		loops[i].slice = slice ? atoi(slice + 1) * 1000ULL : 0;
		switch (fork()) {
		case 0:
			run(&loops[i], atoi(argv[2]), start, end);
		/* fall through */
		case -1:
			perror("turns");
			return 1;
		}
	}
	while (wait(&status) > 0)
		failed |= status;
	for (i = 0; i < n; i++)
		report(&loops[i]);
	return failed ? 1 : 0;
}
