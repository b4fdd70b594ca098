// SPDX-License-Identifier: GPL-2.0
/*
 * usage: yield-n TASKS MILLISECONDS
 * So many threads on CPU 0 do nothing but sched_yield(). Prints the time that a yield took, with
 * the switch that it leads to: under icount the guest instructions of one decision among so many.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "guest.h"

#define TASKS_MAX 8192
#define STACK (64 << 10)

static _Atomic unsigned long yields;
static atomic_int phase;	/* 0 start, 1 go, 2 stop */
static atomic_uint ready;

static void *run(void *unused)
{
	unsigned long mine = 0;

	atomic_fetch_add(&ready, 1);
	while (atomic_load_explicit(&phase, memory_order_relaxed) == 0)
		sched_yield();
	while (atomic_load_explicit(&phase, memory_order_relaxed) == 1) {
		sched_yield();
		mine++;
	}
	atomic_fetch_add(&yields, mine);
	return unused;
}

static void wait_ms(long ms)
{
	struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

int main(int argc, char **argv)
{
	pthread_t *thread;
	pthread_attr_t attr;
	cpu_set_t cpu;
	double start;
	long i, n, ms;

	if (argc != 3) {
		fputs("usage: yield-n TASKS MILLISECONDS\n", stderr);
		return 2;
	}
	n = number(argv[1], 2, TASKS_MAX);
	ms = number(argv[2], 1, 3600000);
	CPU_ZERO(&cpu);
	CPU_SET(0, &cpu);
	thread = calloc(n, sizeof(*thread));
	if (!thread || sched_setaffinity(0, sizeof(cpu), &cpu) || pthread_attr_init(&attr) ||
	    pthread_attr_setstacksize(&attr, STACK)) {
		perror("yield-n");
		return 1;
	}
	for (i = 0; i < n; i++)
		if (pthread_create(&thread[i], &attr, run, NULL)) {
			fprintf(stderr, "yield-n: no thread %ld of %ld, a limit?\n", i + 1, n);
			return 1;
		}
	while (atomic_load(&ready) < n)
		wait_ms(10);
	start = now();
	atomic_store(&phase, 1);
	wait_ms(ms);
	atomic_store(&phase, 2);
	start = now() - start;
	for (i = 0; i < n; i++)
		pthread_join(thread[i], NULL);
	printf("%.0f\n", start / yields);
	return 0;
}
