// SPDX-License-Identifier: GPL-2.0
/*
 * Threads that yield to each other by the module's file yield_to, or by sched_yield, beside busy
 * loops: who ran next, and how soon. Needs no KVM. Prints "name value" lines, or JSON.
 *
 * A yielder leaves its number in a word of its CPU before each call, and whoever runs in user mode
 * puts its own there; so a thread that comes back finds there who ran before it.
 *
 * Exit status: 0 done, 1 something failed, 2 bad usage, 77 no file yield_to here.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "guest.h"

#define YIELD_TO "/sys/kernel/debug/eevdf_audit/yield_to"
#define MAX_HOGS 64
#define MAX_PAIR 16
#define RAN_HOG 255
#define SKIPPED 77

static struct {
	unsigned int tasks, hogs, seconds;
	bool plain, cross, json;
} how = { .tasks = 2, .seconds = 1 };

/**
 * struct yielder - one thread of the ring
 * @calls: yields
 * @helped: of these, yield_to() said that the target was helped
 * @after_other: it came back, or was pulled, right after another yielder had called
 * @after_hog: a busy loop ran in between
 * @after_self: it went on itself after its call
 * @inside: it has called and not come back
 * @called: when it last called, ns
 * @took: from another's call to here, ns in all; @least the shortest
 */
struct yielder {
	pthread_t thread;
	unsigned int id;
	volatile pid_t tid;
	uint64_t calls, helped, after_other, after_hog, after_self;
	volatile bool inside;
	volatile uint64_t called;
	uint64_t took, least;
};

static struct yielder yielders[MAX_PAIR];
static pthread_t hogs[MAX_HOGS];
static pthread_barrier_t ready;
static volatile bool stop;
/* By CPU: who ran last in user mode; a line of the cache for each. */
static struct {
	volatile unsigned int who;
} __attribute__((aligned(64))) ran[2];

/* CPUs as bits. */
static void allow(unsigned int cpus)
{
	cpu_set_t set;
	int i;

	CPU_ZERO(&set);
	for (i = 0; i < 2; i++)
		if (cpus & 1 << i)
			CPU_SET(i, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		fail("cannot choose the CPU: %s", strerror(errno));
}

static void *hog(void *arg)
{
	/* With --cross on both CPUs in turn. */
	unsigned int cpu = how.cross ? (uintptr_t)arg % 2 : 0;

	allow(1 << cpu);
	while (!stop) {
		ran[cpu].who = RAN_HOG;
		spin();
	}
	return NULL;
}

static void call(struct yielder *me, int fd, const char *pid, int size)
{
	unsigned int before;
	char answer[32];

	me->calls++;
	ran[0].who = me->id;
	me->called = clock_ns(CLOCK_MONOTONIC);
	me->inside = true;
	if (how.plain)
		sched_yield();
	/* Once all stop, the other one may be gone. */
	else if (pwrite(fd, pid, size, 0) != size && !(stop && errno == ESRCH))
		fail("cannot yield to thread %s: %s", pid, strerror(errno));
	me->inside = false;
	/* Before anything else, and once: a loop may preempt this one at any time. */
	before = ran[0].who;
	if (before == me->id) {
		me->after_self++;
	} else if (before == RAN_HOG) {
		me->after_hog++;
	} else {
		uint64_t took = clock_ns(CLOCK_MONOTONIC) - yielders[before].called;

		me->after_other++;
		me->took += took;
		if (!me->least || took < me->least)
			me->least = took;
	}
	if (how.plain)
		return;
	ran[0].who = me->id;
	if (pread(fd, answer, sizeof(answer), 0) > 7 && answer[7] == '1')
		me->helped++;
}

static void *yielder(void *arg)
{
	struct yielder *me = arg, *next = &yielders[(me->id + 1) % how.tasks];
	int fd = how.plain ? -1 : open(YIELD_TO, O_RDWR | O_CLOEXEC);
	char pid[16];
	int size;

	if (!how.plain && fd < 0)
		fail("cannot open " YIELD_TO ": %s", strerror(errno));
	me->tid = syscall(SYS_gettid);
	allow(1);
	pthread_barrier_wait(&ready);
	size = snprintf(pid, sizeof(pid), "%d", next->tid);
	while (!stop)
		call(me, fd, pid, size);
	if (fd >= 0)
		close(fd);
	return NULL;
}

/* --cross: waits on CPU 1 until it is pulled to CPU 0, says who ran there before, and goes back. */
static void *pulled(void *arg)
{
	struct yielder *me = arg;

	me->tid = syscall(SYS_gettid);
	allow(2);
	allow(3);
	pthread_barrier_wait(&ready);
	while (!stop) {
		if (sched_getcpu() != 0)
			continue;
		if (ran[0].who == RAN_HOG)
			me->after_hog++;
		else if (yielders[0].inside)
			me->after_other++;
		ran[0].who = me->id;
		allow(2);
		allow(3);
	}
	return NULL;
}

static bool first_line = true;

static void put(const char *name, uint64_t value)
{
	if (how.json)
		printf("%s\"%s\":%llu", first_line ? "{" : ",", name, (unsigned long long)value);
	else
		printf("%s %llu\n", name, (unsigned long long)value);
	first_line = false;
}

static void put_all(uint64_t time, const uint64_t *service, const uint64_t *hog_service)
{
	struct yielder sum = { 0 };
	uint64_t ns = 0, hogs_ns = 0;
	unsigned int i;
	char text[32];

	for (i = 0; i < how.tasks; i++) {
		struct yielder *y = &yielders[i];

		sum.calls += y->calls;
		sum.helped += y->helped;
		ns += service[i];
		/* The one that yields is not pulled. */
		if (how.cross && !i)
			continue;
		sum.after_other += y->after_other;
		sum.after_hog += y->after_hog;
		sum.after_self += y->after_self;
		sum.took += y->took;
		if (y->least && (!sum.least || y->least < sum.least))
			sum.least = y->least;
	}
	put("tasks", how.tasks);
	put("hogs", how.hogs);
	put("calls", sum.calls);
	put("helped", sum.helped);
	put("after_other", sum.after_other);
	put("after_hog", sum.after_hog);
	put("after_self", sum.after_self);
	put("took_mean_ns", sum.after_other ? sum.took / sum.after_other : 0);
	put("took_least_ns", sum.least);
	put("time_ns", time);
	put("task_ns", ns);
	for (i = 0; i < how.hogs; i++) {
		snprintf(text, sizeof(text), "hog_ns_%u", i);
		put(text, hog_service[i]);
		hogs_ns += hog_service[i];
	}
	put("hog_ns", hogs_ns);
	if (how.json)
		puts("}");
}

static void measure(void)
{
	uint64_t time, service[MAX_PAIR], hog_service[MAX_HOGS];
	struct timespec left = { .tv_sec = how.seconds };
	unsigned int i;

	pthread_barrier_init(&ready, NULL, how.tasks + 1);
	for (i = 0; i < how.tasks; i++) {
		yielders[i].id = i;
		if (pthread_create(&yielders[i].thread, NULL, how.cross && i ? pulled : yielder,
				   &yielders[i]))
			fail("cannot start a thread");
	}
	for (i = 0; i < how.hogs; i++)
		if (pthread_create(&hogs[i], NULL, hog, (void *)(uintptr_t)i))
			fail("cannot start a thread");
	pthread_barrier_wait(&ready);
	/* Until whoever sleeps at the barrier runs as well. */
	usleep(100000);
	time = clock_ns(CLOCK_MONOTONIC);
	for (i = 0; i < how.tasks; i++)
		service[i] = thread_ns(yielders[i].thread);
	for (i = 0; i < how.hogs; i++)
		hog_service[i] = thread_ns(hogs[i]);
	clock_nanosleep(CLOCK_MONOTONIC, 0, &left, NULL);
	time = clock_ns(CLOCK_MONOTONIC) - time;
	for (i = 0; i < how.tasks; i++)
		service[i] = thread_ns(yielders[i].thread) - service[i];
	for (i = 0; i < how.hogs; i++)
		hog_service[i] = thread_ns(hogs[i]) - hog_service[i];
	stop = true;
	for (i = 0; i < how.tasks; i++)
		pthread_join(yielders[i].thread, NULL);
	for (i = 0; i < how.hogs; i++)
		pthread_join(hogs[i], NULL);
	put_all(time, service, hog_service);
}

static const struct {
	struct option o;
	const char *arg, *help;
} options[] = {
	{ { "tasks", required_argument, NULL, 't' }, "N",
	  "threads that yield, each to the next, 2 to 16 (2)" },
	{ { "hogs", required_argument, NULL, 'H' }, "N", "busy loops beside them, 0 to 64 (0)" },
	{ { "seconds", required_argument, NULL, 's' }, "N", "for so long, 1 to 3600 (1)" },
	{ { "plain", no_argument, NULL, 'p' }, NULL, "by sched_yield, which names nobody" },
	{ { "cross", no_argument, NULL, 'c' }, NULL,
	  "one yields on CPU 0, the other waits on CPU 1 and goes back there" },
	{ { "json", no_argument, NULL, 'j' }, NULL, "one object instead of lines" },
	{ { "help", no_argument, NULL, 'h' }, NULL, "this" },
};
#define NR_OPTIONS (sizeof(options) / sizeof(options[0]))

static void usage(void)
{
	size_t i;

	puts("usage: yield-pair [OPTION]...\n\n"
	     "Threads on CPU 0 that yield to each other by the module's file yield_to.\n");
	for (i = 0; i < NR_OPTIONS; i++) {
		char left[32];

		snprintf(left, sizeof(left), "--%s%s%s", options[i].o.name,
			 options[i].arg ? " " : "", options[i].arg ? options[i].arg : "");
		printf("  %-14s  %s\n", left, options[i].help);
	}
	puts("\nafter_other: a thread came back, or to CPU 0, and the last one to run was another that\n"
	     "yields; after_hog: it was a busy loop; after_self: itself (with --cross, of the one that\n"
	     "is pulled only). took: from that one's call to there.\n"
	     "Exit status: 0; 1 something failed; 2 bad usage; 77 no file yield_to here.");
}

static void read_options(int argc, char **argv)
{
	struct option longs[NR_OPTIONS + 1] = { 0 };
	size_t i;
	int c;

	for (i = 0; i < NR_OPTIONS; i++)
		longs[i] = options[i].o;
	while ((c = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		switch (c) {
		case 't': how.tasks = number(optarg, 2, MAX_PAIR); break;
		case 'H': how.hogs = number(optarg, 0, MAX_HOGS); break;
		case 's': how.seconds = number(optarg, 1, 3600); break;
		case 'p': how.plain = true; break;
		case 'c': how.cross = true; break;
		case 'j': how.json = true; break;
		case 'h': usage(); exit(EXIT_SUCCESS);
		default: exit(2);
		}
	}
	if (optind < argc || (how.cross && (how.plain || how.tasks != 2))) {
		fprintf(stderr, optind < argc ?
			"yield-pair: it takes no arguments (see --help)\n" :
			"yield-pair: --cross is for two threads, and not with --plain\n");
		exit(2);
	}
}

int main(int argc, char **argv)
{
	read_options(argc, argv);
	if (!how.plain && access(YIELD_TO, R_OK | W_OK)) {
		fprintf(stderr, "yield-pair: no " YIELD_TO " (%s): load eevdf_audit, be root\n",
			strerror(errno));
		return SKIPPED;
	}
	measure();
	return EXIT_SUCCESS;
}
