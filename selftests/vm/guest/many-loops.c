// SPDX-License-Identifier: GPL-2.0
/*
 * Many busy loops at once. usage: many-loops N [asleep]
 *
 * N threads of class SCHED_OTHER, begun and watched by one of SCHED_FIFO. Prints "began N pid PID"
 * and leaves them behind in process PID; if there cannot be so many, how many there are and with
 * what error the next one failed: "began N pid PID EAGAIN". That process prints "round K SECONDS"
 * each time that all have run again, until it is killed. "asleep": they sleep instead.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "guest.h"

#define LOOPS_MAX 100000
#define STACK_BYTES 16384
/* Threads that end when no more can be begun: the shell that looks on must be able to fork. */
#define RESERVE 64
/* Between two looks at all clocks, us. */
#define LOOK_US 100000

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static clockid_t *clocks;
static uint64_t *had;

static void *run_loop(void *arg)
{
	(void)arg;
	for (;;)
		spin();
	return NULL;
}

static void *run_asleep(void *arg)
{
	(void)arg;
	for (;;)
		pause();
	return NULL;
}

static void *run_reserve(void *arg)
{
	(void)arg;
	pthread_mutex_lock(&gate);
	pthread_mutex_unlock(&gate);
	return NULL;
}

static void prepare(pthread_attr_t *attr, int policy, int priority)
{
	struct sched_param param = { .sched_priority = priority };
	int err = pthread_attr_init(attr);

	if (!err)
		err = pthread_attr_setstacksize(attr, STACK_BYTES);
	if (!err)
		err = pthread_attr_setdetachstate(attr, PTHREAD_CREATE_DETACHED);
	if (!err)
		err = pthread_attr_setinheritsched(attr, PTHREAD_EXPLICIT_SCHED);
	if (!err)
		err = pthread_attr_setschedpolicy(attr, policy);
	if (!err)
		err = pthread_attr_setschedparam(attr, &param);
	if (err)
		fail("no attributes for threads: %s", strerror(err));
}

static long begin(long nr, void *(*run)(void *))
{
	pthread_attr_t loop, reserve;
	pthread_t thread;
	int err = 0;
	long i;

	prepare(&loop, SCHED_OTHER, 0);
	prepare(&reserve, SCHED_FIFO, 1);
	pthread_mutex_lock(&gate);
	for (i = 0; i < RESERVE; i++)
		if (pthread_create(&thread, &reserve, run_reserve, NULL))
			fail("not even %d threads can be begun", RESERVE);
	for (i = 0; i < nr; i++) {
		err = pthread_create(&thread, &loop, run, NULL);
		if (err)
			break;
		if (pthread_getcpuclockid(thread, &clocks[i]))
			fail("a thread without a clock");
	}
	pthread_mutex_unlock(&gate);
	printf("began %ld pid %d%s%s\n", i, getpid(), err ? " " : "",
	       err ? strerrorname_np(err) : "");
	return i;
}

/* Until each has run since it was last looked at. */
static void wait_for_all(long nr)
{
	uint64_t service;
	long i = 0;

	while (i < nr) {
		service = clock_ns(clocks[i]);
		if (service == had[i]) {
			usleep(LOOK_US);
			continue;
		}
		had[i++] = service;
	}
}

static void watch(long nr)
{
	uint64_t start;
	long round, i;

	for (round = 1; nr; round++) {
		start = now();
		for (i = 0; i < nr; i++)
			had[i] = clock_ns(clocks[i]);
		wait_for_all(nr);
		printf("round %ld %.1f\n", round, (now() - start) / 1e9);
	}
}

int main(int argc, char **argv)
{
	struct sched_param first = { .sched_priority = 1 };
	bool asleep = argc == 3 && !strcmp(argv[2], "asleep");
	int begun[2];
	char byte;
	long nr;

	if (argc != 2 && !asleep) {
		fputs("usage: many-loops N [asleep]\n", stderr);
		return 2;
	}
	nr = number(argv[1], 1, LOOPS_MAX);
	clocks = calloc(nr, sizeof(*clocks));
	had = calloc(nr, sizeof(*had));
	if (!clocks || !had || pipe(begun))
		fail("out of memory");
	if (sched_setscheduler(0, SCHED_FIFO, &first))
		fail("cannot become SCHED_FIFO; run it as root");
	setvbuf(stdout, NULL, _IOLBF, 0);
	switch (fork()) {
	case -1:
		fail("cannot fork: %s", strerror(errno));
	case 0:
		nr = begin(nr, asleep ? run_asleep : run_loop);
		if (write(begun[1], "", 1) != 1)
			fail("nobody waits");
		if (asleep)
			run_asleep(NULL);
		watch(nr);
		return 0;
	}
	close(begun[1]);
	return read(begun[0], &byte, 1) == 1 ? 0 : 1;
}
