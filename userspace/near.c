// SPDX-License-Identifier: GPL-2.0
/*
 * The order in which a CPU looks at the others: those of its core, of its last-level cache, of its
 * memory node, and then by the distance of theirs. What sysfs does not tell counts as far.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "near.h"
#include "util.h"

/* The kernel's distances are bytes; what has none is beyond them all. */
#define DISTANCE_MAX 256
/* Numbers that a memory node can have, and how many there may be; the others' CPUs are far. */
#define NODE_NUMBERS 1024
#define NODES_MAX 64

/* Steps of nearness; memory nodes come after these. */
enum { NEAR_CORE, NEAR_CACHE, NEAR_NODE, NEAR_STEPS = NEAR_NODE + DISTANCE_MAX + 1 };

/**
 * struct place - where a CPU is
 * @core: first CPU of its core; -1 = not known
 * @cache: first CPU of its last-level cache; same
 * @node: its memory node; same
 */
struct place {
	int core;
	int cache;
	int node;
};

/* The first CPU of a list; -1: there is no such file, or it is none. */
static int first_of(const char *root, const char *path)
{
	char text[4096];
	const char *pos = text;
	__u32 first, last;

	if (read_text(root, path, text, sizeof(text)) <= 0 || !parse_cpu_range(&pos, &first, &last))
		return -1;
	return first;
}

static void find_place(const char *root, __u32 cpu, struct place *place)
{
	char path[96];
	int level, first;

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%u/topology/core_cpus_list", cpu);
	place->core = first_of(root, path);
	place->cache = -1;
	for (level = 0; level < 10; level++) {
		snprintf(path, sizeof(path),
			 "/sys/devices/system/cpu/cpu%u/cache/index%d/shared_cpu_list", cpu, level);
		first = first_of(root, path);
		if (first < 0)
			break;
		place->cache = first;
	}
	place->node = -1;
}

/* The CPUs of a memory node. */
static void mark_node(const char *list, int node, struct place *places, __u32 nr_cpus)
{
	__u32 first, last;

	while (*list && parse_cpu_range(&list, &first, &last))
		for (; first <= last && first < nr_cpus; first++)
			places[first].node = node;
}

/*
 * A node's distances to the others, as the kernel writes them: one for each node that is online, in
 * their order.
 */
static void read_distances(const char *root, int number, __u16 *distances)
{
	char path[64], text[4096], *pos = text;
	int to;

	snprintf(path, sizeof(path), "/sys/devices/system/node/node%d/distance", number);
	if (read_text(root, path, text, sizeof(text)) <= 0)
		*text = '\0';
	for (to = 0; to < NODES_MAX; to++) {
		unsigned long distance = DISTANCE_MAX;

		if (*pos >= '0' && *pos <= '9')
			distance = strtoul(pos, &pos, 10);
		distances[to] = distance < DISTANCE_MAX ? distance : DISTANCE_MAX;
		pos += strspn(pos, " ");
	}
}

/* The memory nodes, numbered as they come, and which CPUs are theirs. */
static void find_nodes(const char *root, struct place *places, __u32 nr_cpus,
		       __u16 (*distances)[NODES_MAX])
{
	char path[64], text[8192];
	int number, node = 0;
	__u32 count, end;

	for (number = 0; number < NODE_NUMBERS && node < NODES_MAX; number++) {
		snprintf(path, sizeof(path), "/sys/devices/system/node/node%d/cpulist", number);
		if (read_text(root, path, text, sizeof(text)) < 0 ||
		    !parse_cpulist(text, &count, &end))
			continue;
		mark_node(text, node, places, nr_cpus);
		read_distances(root, number, distances[node++]);
	}
}

static __u32 step(const struct place *a, const struct place *b, __u16 (*distances)[NODES_MAX])
{
	if (a->core >= 0 && a->core == b->core)
		return NEAR_CORE;
	if (a->cache >= 0 && a->cache == b->cache)
		return NEAR_CACHE;
	if (a->node >= 0 && a->node == b->node)
		return NEAR_NODE;
	if (a->node < 0 || b->node < 0)
		return NEAR_NODE + DISTANCE_MAX;
	return NEAR_NODE + distances[a->node][b->node];
}

/* By their steps; within a step from the next number on, so that not all begin with one. */
static void sort_others(const struct place *places, __u32 nr_cpus, __u16 (*distances)[NODES_MAX],
			__u32 cpu, struct ledger_near *near)
{
	__u32 begin[NEAR_STEPS + 1] = { 0 }, i, at, s;

	for (i = 1; i < nr_cpus; i++)
		begin[step(&places[cpu], &places[(cpu + i) % nr_cpus], distances) + 1]++;
	for (s = 0; s < NEAR_STEPS; s++)
		begin[s + 1] += begin[s];
	for (i = 1; i < nr_cpus; i++) {
		at = begin[step(&places[cpu], &places[(cpu + i) % nr_cpus], distances)]++;
		if (at < LEDGER_NEAR_CPUS)
			near->cpus[at] = (cpu + i) % nr_cpus;
	}
}

/**
 * near_fill() - for each CPU, the others, the nearest first
 * @root: put before paths
 * @nr_cpus: possible CPUs
 * @near: filled: one for each CPU; where there are not so many others the rest is left
 * Return: false without memory
 */
bool near_fill(const char *root, __u32 nr_cpus, struct ledger_near *near)
{
	struct place *places = calloc(nr_cpus, sizeof(*places));
	__u16 distances[NODES_MAX][NODES_MAX];
	__u32 cpu;

	if (!places)
		return false;
	for (cpu = 0; cpu < nr_cpus; cpu++)
		find_place(root, cpu, &places[cpu]);
	find_nodes(root, places, nr_cpus, distances);
	for (cpu = 0; cpu < nr_cpus; cpu++)
		sort_others(places, nr_cpus, distances, cpu, &near[cpu]);
	free(places);
	return true;
}
