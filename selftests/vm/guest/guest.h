/* SPDX-License-Identifier: GPL-2.0 */
/*
 * For the programs of this folder: time, work, weights, numbers. Define _GNU_SOURCE before.
 */
#ifndef GUEST_H
#define GUEST_H

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NSEC_PER_SEC 1000000000ULL

/* struct sched_attr of linux/sched/types.h, which clashes with glibc's sched.h. */
struct attr {
	uint32_t size;
	uint32_t policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime;
	uint64_t deadline;
	uint64_t period;
};

/* sched_prio_to_weight: nice -20 to 19. */
static const double nice_weight[40] = {
	88761, 71755, 56483, 46273, 36291, 29154, 23254, 18705, 14949, 11916,
	 9548,  7620,  6100,  4904,  3906,  3121,  2501,  1991,  1586,  1277,
	 1024,   820,   655,   526,   423,   335,   272,   215,   172,   137,
	  110,    87,    70,    56,    45,    36,    29,    23,    18,    15,
};

/*
 * Work between two looks at the clock, a microsecond. An emulator that counts instructions takes
 * as long for one that does nothing as for any other, but is done with it much sooner.
 */
static inline void spin(void)
{
	asm volatile(".rept 900; nop; .endr");
}

static inline void __attribute__((noreturn, format(printf, 1, 2))) fail(const char *fmt, ...)
{
	va_list args;

	fprintf(stderr, "%s: ", program_invocation_short_name);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

static inline uint64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	if (clock_gettime(clock, &ts))
		fail("cannot read a clock: %s", strerror(errno));
	return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

static inline uint64_t now(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

/* The CPU time of a thread that is alive. */
static inline uint64_t thread_ns(pthread_t thread)
{
	clockid_t clock;

	if (pthread_getcpuclockid(thread, &clock))
		fail("cannot read a thread's CPU time");
	return clock_ns(clock);
}

/* Below @below, another sequence in each thread. */
static inline uint32_t rnd(uint32_t below)
{
	static _Thread_local uint32_t x;

	if (!x)
		x = gettid() * 2654435761U | 1;
	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return x % below;
}

/* A number between @low and @high, or the end of the program with a sentence. */
static inline long number(const char *text, long low, long high)
{
	char *end;
	long n = strtol(text, &end, 10);

	/* strtol() would also take blanks and a plus. */
	if ((*text != '-' && (*text < '0' || *text > '9')) || end == text || *end || n < low ||
	    n > high) {
		fprintf(stderr, "%s: '%s' is no number from %ld to %ld\n",
			program_invocation_short_name, text, low, high);
		exit(2);
	}
	return n;
}

#endif /* GUEST_H */
