// SPDX-License-Identifier: GPL-2.0
/*
 * A load in which everything happens to a timeline that can: tasks burn, sleep, wake each other,
 * yield, fork and exit, have slices of their own, move, and get other nice values, policies and
 * slices, of themselves and while they run, wait or sleep. In the last third of every 100 ms the
 * burners sleep, so that CPUs idle and take tasks from each other.
 *
 * usage: stir SECONDS [nice|slice]: with the second, of the changes only these, but many of them
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "guest.h"

#define US 1000ULL
#define MS 1000000ULL
#define PERIOD (100 * MS)
#define BUSY (67 * MS)
#define YIELD_TO "/sys/kernel/debug/eevdf_audit/yield_to"

/**
 * struct role - what a thread does
 * @name: of the thread
 * @run: until the end
 * @nice: at the beginning
 * @slice: its own request length, ns; 0 = none
 * @policy: SCHED_OTHER, SCHED_BATCH or SCHED_IDLE
 * @pair: ping-pong: which pipe; renicer: of whom on; giver: to whom only, and as often as it can
 */
struct role {
	const char *name;
	void (*run)(const struct role *role);
	int nice;
	uint64_t slice;
	int policy;
	int pair;
};

static atomic_bool over;
static _Atomic pid_t tids[64];
static int pipes[8][2];
static int nr_cpus;
static bool directed;

/* The changes that a changer makes; all of them, or one for a storm of it. */
enum change { CHANGE_NICE, CHANGE_SLICE, CHANGE_POLICY, CHANGE_CPU, CHANGE_ANY };
static enum change storm = CHANGE_ANY;

static void burn(uint64_t ns)
{
	uint64_t end = now() + ns;

	while (now() < end && !over)
		spin();
}

static void nap(uint64_t ns)
{
	struct timespec ts = { ns / (1000 * MS), ns % (1000 * MS) };

	nanosleep(&ts, NULL);
}

/* In the idle part of a period: sleep until it ends. */
static void rest(void)
{
	uint64_t phase = now() % PERIOD;

	if (phase > BUSY)
		nap(PERIOD - phase);
}

static void set_attr(pid_t tid, int policy, int nice, uint64_t slice)
{
	struct attr attr = {
		.size = sizeof(attr), .policy = policy, .nice = nice, .runtime = slice,
	};

	/* A thread that is gone is no mishap. */
	if (syscall(SYS_sched_setattr, tid, &attr, 0) && errno != ESRCH) {
		perror("stir: sched_setattr");
		exit(1);
	}
}

static void set_cpu(pid_t tid, int cpu)
{
	cpu_set_t set;
	int i;

	CPU_ZERO(&set);
	for (i = 0; i < nr_cpus; i++)
		if (cpu < 0 || i == cpu)
			CPU_SET(i, &set);
	sched_setaffinity(tid, sizeof(set), &set);
}

static void hog(const struct role *role)
{
	(void)role;
	while (!over) {
		burn(MS);
		rest();
	}
}

static void sleeper(const struct role *role)
{
	(void)role;
	while (!over) {
		burn(rnd(400) * US);
		nap(rnd(2000) * US + 1);
	}
}

static void yielder(const struct role *role)
{
	(void)role;
	while (!over) {
		burn(rnd(100) * US);
		sched_yield();
		rest();
	}
}

/* Each reads its own pipe and writes to the other's. */
static void ponger(const struct role *role)
{
	int in = pipes[role->pair][0], out = pipes[role->pair ^ 1][1];
	char c = 0;

	if (role->pair & 1 && write(out, &c, 1) != 1)
		return;
	while (!over && read(in, &c, 1) == 1) {
		burn(rnd(60) * US);
		if (write(out, &c, 1) != 1)
			return;
	}
}

static void forker(const struct role *role)
{
	pid_t pid;

	(void)role;
	while (!over) {
		pid = fork();
		if (!pid) {
			burn(rnd(300) * US);
			nap(US);
			burn(100 * US);
			_exit(0);
		}
		if (pid > 0 && rnd(2))
			burn(200 * US);
		if (pid > 0)
			waitpid(pid, NULL, 0);
		nap(2 * MS);
	}
}

static void mover(const struct role *role)
{
	(void)role;
	while (!over) {
		set_cpu(0, rnd(nr_cpus));
		burn(rnd(800) * US);
		if (rnd(2))
			nap(rnd(500) * US + 1);
	}
	set_cpu(0, -1);
}

/* Another thread's nice value, policy, slice or CPU, whatever it is doing. */
static void changer(const struct role *role)
{
	static const int policies[] = { SCHED_OTHER, SCHED_OTHER, SCHED_BATCH, SCHED_IDLE };
	pid_t tid;

	(void)role;
	while (!over) {
		tid = tids[rnd(sizeof(tids) / sizeof(tids[0]))];
		if (tid && tid != gettid())
			switch (storm == CHANGE_ANY ? rnd(CHANGE_ANY) : storm) {
			case CHANGE_NICE:
				setpriority(PRIO_PROCESS, tid, (int)rnd(30) - 10);
				break;
			case CHANGE_SLICE:
				set_attr(tid, SCHED_OTHER, (int)rnd(20) - 5,
					 rnd(2) ? (rnd(80) + 1) * 100 * US : 0);
				break;
			case CHANGE_POLICY:
				set_attr(tid, policies[rnd(4)], (int)rnd(10), 0);
				break;
			case CHANGE_CPU:
				set_cpu(tid, (int)rnd(nr_cpus + 2) - 2);
				break;
			}
		nap(rnd(storm == CHANGE_ANY ? 800 : 20) * US + 1);
	}
}

/* Nice values of those who sleep most. */
static void renicer(const struct role *role)
{
	pid_t tid;

	while (!over) {
		tid = tids[role->pair + rnd(8)];
		if (tid)
			setpriority(PRIO_PROCESS, tid, (int)rnd(12) - 4);
		nap(rnd(60) * US + 1);
	}
}

/* Yields to somebody of its own kind and to others, by the module's file. */
static void giver(const struct role *role)
{
	int fd = open(YIELD_TO, O_WRONLY | O_CLOEXEC), len;
	char text[16];
	pid_t tid;

	while (fd >= 0 && !over) {
		rest();
		if (role->pair) {
			tid = tids[role->pair];
		} else {
			burn(rnd(300) * US);
			tid = tids[rnd(sizeof(tids) / sizeof(tids[0]))];
		}
		len = snprintf(text, sizeof(text), "%d\n", tid);
		/* It is refused when the target sleeps, runs or is gone. */
		if (tid && tid != gettid() && write(fd, text, len) < 0)
			continue;
	}
}

static const struct role roles[] = {
	{ .name = "hog", .run = hog },
	{ .name = "hog-nice", .run = hog, .nice = 5 },
	{ .name = "hog-long", .run = hog, .slice = 20 * MS },
	{ .name = "hog-idle", .run = hog, .policy = SCHED_IDLE },
	{ .name = "hog-batch", .run = hog, .policy = SCHED_BATCH },
	{ .name = "sleeper", .run = sleeper },
	{ .name = "sleeper", .run = sleeper, .nice = -5 },
	{ .name = "sleeper", .run = sleeper, .nice = 10 },
	{ .name = "sleeper-short", .run = sleeper, .slice = 100 * US },
	{ .name = "sleeper-short", .run = sleeper, .slice = 300 * US, .nice = 3 },
	{ .name = "yielder", .run = yielder },
	{ .name = "yielder", .run = yielder, .nice = 19 },
	{ .name = "pong", .run = ponger, .pair = 0 },
	{ .name = "pong", .run = ponger, .pair = 1 },
	{ .name = "pong-nice", .run = ponger, .pair = 2, .nice = -10 },
	{ .name = "pong-nice", .run = ponger, .pair = 3, .nice = 8 },
	{ .name = "forker", .run = forker },
	{ .name = "mover", .run = mover },
	{ .name = "mover", .run = mover, .nice = -3 },
	{ .name = "changer", .run = changer, .nice = -15 },
	/* The eight from the first sleeper on. */
	{ .name = "renicer", .run = renicer, .nice = -10, .pair = 5 },
	{ .name = "giver", .run = giver },
	{ .name = "giver", .run = giver, .nice = 2 },
	{ .name = "giver", .run = giver, .nice = -2, .slice = 3 * MS },
	/* More than their target may be owed. */
	{ .name = "giver-eager", .run = giver, .pair = 1, .slice = 20 * MS },
	{ .name = "giver-eager", .run = giver, .pair = 1, .slice = 20 * MS },
};

#define NR_ROLES (sizeof(roles) / sizeof(roles[0]))

static void *begin(void *arg)
{
	const struct role *role = arg;

	pthread_setname_np(pthread_self(), role->name);
	set_attr(0, role->policy, role->nice, role->slice);
	/* Changes of a changer would slow down all changes. */
	if (role->run != changer)
		tids[role - roles] = gettid();
	role->run(role);
	tids[role - roles] = 0;
	return NULL;
}

int main(int argc, char **argv)
{
	char *end = NULL;
	long seconds = argc > 1 ? strtol(argv[1], &end, 10) : 0;
	pthread_t threads[NR_ROLES] = { 0 };
	size_t i;

	if (argc == 3 && !strcmp(argv[2], "nice"))
		storm = CHANGE_NICE;
	else if (argc == 3 && !strcmp(argv[2], "slice"))
		storm = CHANGE_SLICE;
	if (seconds < 1 || seconds > 86400 || *end || (argc != 2 && storm == CHANGE_ANY)) {
		fprintf(stderr, "usage: stir SECONDS [nice|slice]    (1 to 86400, as root)\n");
		return 2;
	}
	nr_cpus = sysconf(_SC_NPROCESSORS_ONLN);
	directed = !access(YIELD_TO, W_OK);
	for (i = 0; i < sizeof(pipes) / sizeof(pipes[0]); i++)
		if (pipe2(pipes[i], O_CLOEXEC)) {
			perror("stir: pipe2");
			return 1;
		}
	for (i = 0; i < NR_ROLES; i++) {
		if (roles[i].run == giver && !directed)
			continue;
		if (pthread_create(&threads[i], NULL, begin, (void *)&roles[i])) {
			fprintf(stderr, "stir: no thread to be had\n");
			return 1;
		}
	}
	nap(seconds * 1000 * MS);
	over = true;
	/* Who waits at a pipe: let it go. */
	for (i = 0; i < sizeof(pipes) / sizeof(pipes[0]); i++)
		if (write(pipes[i][1], "", 1) != 1)
			perror("stir: write");
	for (i = 0; i < NR_ROLES; i++)
		if (threads[i])
			pthread_join(threads[i], NULL);
	return 0;
}
