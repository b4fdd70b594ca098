/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parts of chaos share: the stage with all actors, random streams, what an actor does.
 *
 * Nothing here is drawn from time or pids: an actor's steps depend on the seed, its number, and how
 * many lives it has had. How they interleave, and what the kernel refuses for that, is up to the
 * machine.
 */
#ifndef CHAOS_H
#define CHAOS_H

#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>

#include "guest.h"

#define US 1000ULL
#define MS 1000000ULL
#define ACTORS_MAX 2000
/* Children of an actor that it has not waited for yet. */
#define CHILDREN_MAX 3

/*
 * X(name, weight, also of a child): the actions, and how often of the sum of all weights. A child
 * does what concerns itself only, and nothing that leaves something to be waited for.
 */
#define ACTIONS(X)			\
	X(compute,	  220, true)	\
	X(nap,		  160, true)	\
	X(ring,		  90, false)	\
	X(await,	  60, false)	\
	X(send,		  90, false)	\
	X(receive,	  60, false)	\
	X(yield,	  60, true)	\
	X(yield_to,	  60, false)	\
	X(renice,	  40, true)	\
	X(slice,	  40, true)	\
	X(affinity,	  40, true)	\
	X(class,	  40, true)	\
	X(fifo,		  20, false)	\
	X(deadline,	  15, false)	\
	X(fork_exit,	  15, false)	\
	X(fork_exec,	  4, false)	\
	X(fork_kill,	  10, false)	\
	X(thread,	  10, false)	\
	X(leave,	  5, false)	\
	X(cgroup_make,	  15, false)	\
	X(cgroup_remove,  5, false)	\
	X(cgroup_move,	  30, true)	\
	X(cgroup_weight,  8, false)	\
	X(cgroup_nice,	  8, false)	\
	X(cgroup_idle,	  8, false)	\
	X(cgroup_max,	  8, false)

enum action {
#define ENUM(name, weight, child) ACTION_##name,
	ACTIONS(ENUM)
#undef ENUM
	NR_ACTIONS
};

/**
 * struct step - what is done next; drawn as a whole, so that no refusal changes what follows
 * @action: what
 * @who: it concerns, of the actors
 * @a: how long, or how many
 * @b: which value
 */
struct step {
	enum action action;
	uint32_t who;
	uint32_t a;
	uint32_t b;
};

/**
 * struct actor - one who acts; its pipe and bell are for the others
 * @pid: of its present life; 0 = none
 * @life: how many it has had before
 * @steps: done in all lives
 * @answered: the roll call; it does nothing any more
 * @bell: futex, counts rings
 * @pipe: without blocking
 * @done: how often an action was done, and
 * @refused: how often the kernel refused it
 * @children: forked
 * @lost: children that did not end as they should have
 * @longest: step, ns
 */
struct actor {
	_Atomic pid_t pid;
	uint32_t life;
	_Atomic uint64_t steps;
	_Atomic uint32_t answered;
	_Atomic uint32_t bell;
	int pipe[2];
	uint64_t done[NR_ACTIONS];
	uint64_t refused[NR_ACTIONS];
	uint64_t children;
	uint64_t lost;
	uint64_t longest;
};

/**
 * struct stage - shared by all processes
 * @seed: of all streams
 * @nr_actors: at most ACTORS_MAX
 * @nr_cpus: at the beginning
 * @patience: how many times as long as on a good machine to wait for others, and to rest
 * @over: answer the roll call
 * @calm: rest after each step
 * @hotplug: a CPU is about to go, or off: nobody may become a deadline task
 * @lone: one actor at most may be a real-time task, and none a deadline task
 * @settled: nobody's policy changes while a sched_ext scheduler is being enabled
 * @unlimited: no group has a cpu.max
 * @apart: no group is removed while somebody writes to it
 * @holds: with @apart: a file with a byte for each group, to be locked, see cgroup_hold()
 * @restarts: the scheduler ends when a CPU goes off or comes on, and is loaded again
 * @taken: with @lone: one is a real-time task
 * @deadlines: how many are deadline tasks, or are about to
 * @deadline_end: until then the kernel may take one that was for one that is, now()
 * @dismissed: futex; leave
 * @cpu_off: how often a CPU went off, and
 * @cpu_on: back on, and
 * @cpu_refused: how often it stayed as it was
 */
struct stage {
	uint64_t seed;
	uint32_t nr_actors;
	uint32_t nr_cpus;
	uint32_t patience;
	_Atomic uint32_t over;
	_Atomic uint32_t calm;
	_Atomic uint32_t hotplug;
	bool lone;
	bool settled;
	bool unlimited;
	bool apart;
	int holds;
	bool restarts;
	_Atomic bool taken;
	_Atomic uint32_t deadlines;
	_Atomic uint64_t deadline_end;
	_Atomic uint32_t dismissed;
	uint64_t cpu_off;
	uint64_t cpu_on;
	uint64_t cpu_refused;
	struct actor actors[ACTORS_MAX];
};

static struct stage *stage;

/* splitmix64 (Steele, Lea, Flood 2014): any seed will do, and streams are independent. */
struct stream {
	uint64_t state;
};

static inline uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ x >> 27) * 0x94d049bb133111ebULL;
	return x ^ x >> 31;
}

static inline struct stream stream_of(uint64_t seed, uint32_t number, uint32_t life)
{
	return (struct stream){ mix(seed ^ mix(((uint64_t)number << 32 | life) + 1)) };
}

static inline uint32_t draw(struct stream *stream)
{
	stream->state += 0x9e3779b97f4a7c15ULL;
	return mix(stream->state) >> 32;
}

static const struct {
	const char *name;
	uint32_t weight;
	bool child;
} actions[NR_ACTIONS] = {
#define ROW(name, weight, child) { #name, weight, child },
	ACTIONS(ROW)
#undef ROW
};

static inline struct step draw_step(struct stream *stream)
{
	uint32_t sum = 0, at;
	struct step step;
	int i;

	for (i = 0; i < NR_ACTIONS; i++)
		sum += actions[i].weight;
	at = draw(stream) % sum;
	for (i = 0; at >= actions[i].weight; i++)
		at -= actions[i].weight;
	step.action = i;
	step.who = draw(stream) % stage->nr_actors;
	step.a = draw(stream);
	step.b = draw(stream);
	return step;
}

static inline void nap(uint64_t ns)
{
	struct timespec ts = { ns / NSEC_PER_SEC, ns % NSEC_PER_SEC };

	nanosleep(&ts, NULL);
}

/* Work, not time: who waits meanwhile has not done it. */
static inline void compute(uint32_t us)
{
	while (us--)
		spin();
}

#endif /* CHAOS_H */
