// SPDX-License-Identifier: GPL-2.0
/*
 * Busy loops on CPU 0 that measure themselves: how far the service that each got is from what its
 * weight was due, at every moment.
 *
 * No task samples: it would disturb what it samples. Each loop reads the clock about every
 * microsecond, and a gap of more than 20 us means that it did not run; so it logs when it ran, and
 * with each run the CPU time that the kernel has charged it so far. The ideal of loop i is its
 * share of what all loops ran up to that moment: s_i = w_i / W * sum(S). So time that others took
 * is nobody's. (Without the kernel's charge the cost of a switch is nobody's either, and a loop
 * that others interrupt more often seems to fall behind, by 8 us each time.)
 *
 * The thread that starts them is of class SCHED_FIFO and sleeps meanwhile.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "guest.h"

#define LOOPS_MAX 256
/* ns: longer than an interrupt, shorter than a turn. */
#define GAP 20000

/* From when to when a loop ran, and what it was charged before that, ns. */
struct run {
	uint64_t from;
	uint64_t to;
	uint64_t charged;
};

/**
 * struct loop - a busy loop
 * @thread: it
 * @nice: its nice level
 * @error: errno with which it could not start
 * @runs: its log, with one more entry for the charge at the end
 * @nr: runs in the log
 * @next: first run that the evaluation has not taken
 * @service: what it ran, ns
 * @low: least S_i - s_i, ns
 * @high: the most
 */
struct loop {
	pthread_t thread;
	int nice;
	int error;
	struct run *runs;
	size_t nr;
	size_t next;
	double service;
	double low;
	double high;
};

static struct loop loops[LOOPS_MAX];
static int nr_loops;
static size_t max_runs;
static pthread_barrier_t start;
/* Time between the starts of two loops, us; 0 = all at once. */
static unsigned int apart;
/* What is evaluated, ns; and when it begins by the wall clock, s. */
static uint64_t begin, end = UINT64_MAX;
static double began;

static void *run_loop(void *arg)
{
	struct loop *l = arg;
	struct sched_param none = { 0 };
	uint64_t last, t;
	struct run *r;

	/* The class first: a nice level is that of the class it is set in. */
	l->error = pthread_setschedparam(pthread_self(), SCHED_OTHER, &none);
	if (!l->error && setpriority(PRIO_PROCESS, gettid(), l->nice))
		l->error = errno;
	if (!apart)
		pthread_barrier_wait(&start);
	if (l->error)
		return NULL;

	r = l->runs;
	r->from = last = now();
	r->charged = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	do {
		spin();
		t = now();
		if (t - last > GAP) {
			r->to = last;
			if (++l->nr == max_runs)
				return NULL;
			(++r)->from = t;
			r->charged = clock_ns(CLOCK_THREAD_CPUTIME_ID);
		}
		last = t;
	} while (t < __atomic_load_n(&end, __ATOMIC_RELAXED));
	r->to = last;
	l->nr++;
	(++r)->charged = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	return NULL;
}

static void run_loops(double seconds)
{
	struct sched_param first = { .sched_priority = 1 };
	struct timespec until;
	cpu_set_t one;
	int i, error;

	CPU_ZERO(&one);
	CPU_SET(0, &one);
	if (sched_setaffinity(0, sizeof(one), &one) || mlockall(MCL_CURRENT | MCL_FUTURE))
		fail("cannot be pinned to CPU 0 or kept in memory: %s", strerror(errno));
	error = pthread_setschedparam(pthread_self(), SCHED_FIFO, &first);
	if (error)
		fail("cannot become SCHED_FIFO: %s", strerror(error));
	pthread_barrier_init(&start, NULL, nr_loops + 1);
	for (i = 0; i < nr_loops; i++) {
		/* Populated at once, as memory is locked */
		loops[i].runs = mmap(NULL, (max_runs + 1) * sizeof(struct run),
				     PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (loops[i].runs == MAP_FAILED)
			fail("no memory for %zu runs of each loop", max_runs);
		error = pthread_create(&loops[i].thread, NULL, run_loop, &loops[i]);
		if (error)
			fail("cannot start a thread: %s", strerror(error));
		usleep(apart);
	}
	/* They wait at the barrier by then, and so begin at once; or have all begun. */
	usleep(200000);
	began = clock_ns(CLOCK_REALTIME) / (double)NSEC_PER_SEC;
	begin = now();
	__atomic_store_n(&end, begin + (uint64_t)(seconds * NSEC_PER_SEC), __ATOMIC_RELAXED);
	until.tv_sec = end / NSEC_PER_SEC;
	until.tv_nsec = end % NSEC_PER_SEC;
	if (!apart)
		pthread_barrier_wait(&start);
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
	for (i = 0; i < nr_loops; i++) {
		pthread_join(loops[i].thread, NULL);
		if (loops[i].error)
			fail("a loop cannot have nice %d: %s", loops[i].nice,
			     strerror(loops[i].error));
		if (loops[i].nr == max_runs)
			fail("the log is full after %zu runs: too many switches", max_runs);
	}
}

static double share(const struct loop *l)
{
	double sum = 0;

	for (int i = 0; i < nr_loops; i++)
		sum += nice_weight[loops[i].nice + 20];
	return nice_weight[l->nice + 20] / sum;
}

/* The loop whose next run is the earliest; NULL: all are taken. */
static struct loop *earliest(void)
{
	struct loop *first = NULL;

	for (int i = 0; i < nr_loops; i++) {
		struct loop *l = &loops[i];

		if (l->next < l->nr &&
		    (!first || l->runs[l->next].from < first->runs[first->next].from))
			first = l;
	}
	return first;
}

/* S_i - s_i falls while others run and rises while the loop runs: extremes are where runs meet. */
static void look(struct loop *l, double all)
{
	double off = l->service - share(l) * all;

	l->low = fmin(l->low, off);
	l->high = fmax(l->high, off);
}

static double inside(uint64_t t)
{
	return t < begin ? begin : t > end ? end : t;
}

static void evaluate(double slice)
{
	double all = 0, half = 0, far = 0, final = 0, longest = 0;
	size_t runs = 0, long_runs = 0;
	struct loop *l;
	int i;

	while ((l = earliest())) {
		struct run *r = &l->runs[l->next++];
		double ran = inside(r->to) - inside(r->from);

		if (!ran)
			continue;
		/* And what it was charged for getting there and leaving. */
		ran += (r[1].charged - r->charged) - (double)(r->to - r->from);
		runs++;
		look(l, all);
		l->service += ran;
		all += ran;
		look(l, all);
		longest = fmax(longest, ran);
		if (ran > 2.5 * slice)
			long_runs++;
	}
	for (i = 0; i < nr_loops; i++) {
		l = &loops[i];
		look(l, all);
		half = fmax(half, (l->high - l->low) / 2);
		far = fmax(far, fmax(l->high, -l->low));
		final = fmax(final, fabs(l->service - share(l) * all));
	}
	printf("loops=%d runs=%zu from=%.3f to=%.3f half_range_ns=%.0f half_range_r=%.3f "
	       "farthest_ns=%.0f final_ns=%.0f longest_ns=%.0f long_runs=%zu idle_ns=%.0f\n",
	       nr_loops, runs, began, began + (double)(end - begin) / NSEC_PER_SEC, half,
	       half / slice, far, final, longest, long_runs, end - begin - all);
}

static void usage(FILE *out)
{
	fputs("usage: lag-loops [--slice NS] [--apart US] SECONDS NICE...\n\n"
	      "Busy loops of these nice levels on CPU 0, for so long; all begin at once, or so many\n"
	      "microseconds one after another, before the time counts. Prints a line:\n"
	      "  runs           turns of all loops; two in a row without a gap count as one\n"
	      "  from, to       when it was, seconds since 1970\n"
	      "  half_range_ns  (max - min) / 2 of service - ideal, of the worst loop\n"
	      "  half_range_r   the same in units of --slice (default 700000 ns)\n"
	      "  farthest_ns    largest |service - ideal| at any moment since the start\n"
	      "  final_ns       the same at the end\n"
	      "  longest_ns     the longest run\n"
	      "  long_runs      runs of more than 2.5 slices\n"
	      "  idle_ns        time that no loop had\n", out);
}

static double positive(const char *text)
{
	char *rest;
	double value = strtod(text, &rest);

	if (rest == text || *rest || !(value > 0) || value > 1e9) {
		usage(stderr);
		exit(2);
	}
	return value;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "slice", required_argument, NULL, 's' },
		{ "apart", required_argument, NULL, 'a' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	double slice = 700000, seconds;
	char *rest;
	int key;

	while ((key = getopt_long(argc, argv, "+h", longs, NULL)) != -1) {
		if (key == 's') {
			slice = positive(optarg);
			continue;
		}
		if (key == 'a') {
			apart = fmin(positive(optarg), 999999);
			continue;
		}
		usage(key == 'h' ? stdout : stderr);
		return key == 'h' ? 0 : 2;
	}
	/* Nice levels may begin with a minus. */
	if (argc - optind < 2 || argc - optind - 1 > LOOPS_MAX) {
		usage(stderr);
		return 2;
	}
	seconds = positive(argv[optind++]);
	for (; optind < argc; optind++) {
		long nice = strtol(argv[optind], &rest, 10);

		if (rest == argv[optind] || *rest || nice < -20 || nice > 19) {
			usage(stderr);
			return 2;
		}
		loops[nr_loops++].nice = nice;
	}
	/* Ten times the turns that slices of 0.7 ms make, for all loops together. */
	max_runs = (seconds + (nr_loops * (double)apart) / 1e6 + 1) * 14000 / nr_loops + 10000;
	run_loops(seconds);
	evaluate(slice);
	return 0;
}
