// SPDX-License-Identifier: GPL-2.0
/*
 * What cgroups got of the CPUs, beside what an ideal scheduler would have given them: at each
 * moment a group gets its weight's part of its parent, but not more than a CPU for each of its
 * tasks that can run, and what it cannot use goes to its siblings. Prints lines, one a window and
 * group.
 *
 * Exit status: 0 done, 1 something failed, 2 bad usage.
 */
#define _GNU_SOURCE
#include <getopt.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "guest.h"
#include "group_time.skel.h"
#include "group_time.h"

#define ROOT "/sys/fs/cgroup"
#define NODES_MAX (4 * GROUP_TIME_MAX)

/**
 * struct node - a group whose tasks are looked at, or one above
 * @path: below the root
 * @parent: number of the node above; -1: the root
 * @weight: cpu.weight
 * @leaf: its own tasks are looked at
 * @runnable: of these
 * @wants: CPUs that it could use
 * @gets: CPUs that it would get now
 * @due: what it would have had, ns of CPU time
 * @had: what it had before this window, us
 */
struct node {
	char path[256];
	int parent;
	double weight;
	bool leaf;
	long runnable;
	double wants, gets, due;
	uint64_t had;
};

static struct node nodes[NODES_MAX];
static int nr_nodes;
static int group_node[GROUP_TIME_MAX];
static double nr_cpus;
static uint64_t last;

/* The number after @key in a file of a group. */
static uint64_t read_value(const char *group, const char *file, const char *key)
{
	char path[512], line[256];
	unsigned long long value;
	FILE *f;

	snprintf(path, sizeof(path), ROOT "/%s/%s", group, file);
	f = fopen(path, "r");
	if (!f)
		fail("cannot read %s: %s; make the group, and write +cpu to its parent's "
		     "cgroup.subtree_control", path, strerror(errno));
	while (fgets(line, sizeof(line), f))
		if (!strncmp(line, key, strlen(key)) &&
		    sscanf(line + strlen(key), "%llu", &value) == 1) {
			fclose(f);
			return value;
		}
	fail("%s does not tell %s", path, key);
}

/* A group and those above it, each once. */
static int node_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	int i, parent = -1;
	char up[256];

	for (i = 0; i < nr_nodes; i++)
		if (!strcmp(nodes[i].path, path))
			return i;
	if (slash) {
		snprintf(up, sizeof(up), "%.*s", (int)(slash - path), path);
		parent = node_of(up);
	}
	if (nr_nodes == NODES_MAX || strlen(path) >= sizeof(nodes[0].path))
		fail("too many groups, or too long a name");
	snprintf(nodes[nr_nodes].path, sizeof(nodes[0].path), "%s", path);
	nodes[nr_nodes].parent = parent;
	nodes[nr_nodes].weight = read_value(path, "cpu.weight", "");
	return nr_nodes++;
}

static double least(double a, double b)
{
	return a < b ? a : b;
}

/* What the members of a node get of @cpus: whoever needs less than its part leaves the rest. */
static void divide(int parent, double cpus)
{
	bool done[NODES_MAX] = { false }, again = true;
	double weight, part;
	int i;

	while (again) {
		again = false;
		weight = 0;
		for (i = 0; i < nr_nodes; i++)
			if (nodes[i].parent == parent && !done[i])
				weight += nodes[i].wants > 0 ? nodes[i].weight : 0;
		part = weight > 0 ? cpus / weight : 0;
		for (i = 0; i < nr_nodes; i++) {
			struct node *n = &nodes[i];

			if (n->parent != parent || done[i])
				continue;
			n->gets = n->wants > 0 ? part * n->weight : 0;
			if (n->gets > n->wants) {
				n->gets = n->wants;
				cpus -= n->wants;
				done[i] = true;
				again = true;
			}
		}
	}
	for (i = 0; i < nr_nodes; i++)
		if (nodes[i].parent == parent && !nodes[i].leaf)
			divide(i, nodes[i].gets);
}

/* Time goes on to @now with everybody as it was. */
static void integrate(uint64_t now)
{
	int i;

	if (now <= last)
		return;
	for (i = 0; i < nr_nodes; i++)
		nodes[i].wants = nodes[i].leaf ? least(nodes[i].runnable, nr_cpus) : 0;
	/* A node comes after those above it. */
	for (i = nr_nodes - 1; i >= 0; i--)
		if (nodes[i].parent >= 0)
			nodes[nodes[i].parent].wants =
				least(nodes[nodes[i].parent].wants + nodes[i].wants, nr_cpus);
	divide(-1, nr_cpus);
	for (i = 0; i < nr_nodes; i++)
		nodes[i].due += nodes[i].gets * (double)(now - last);
	last = now;
}

static int take(void *ctx, void *data, size_t size)
{
	const struct group_time_event *e = data;

	(void)ctx;
	(void)size;
	integrate(e->time);
	nodes[group_node[e->group]].runnable += e->delta;
	return 0;
}

static void take_all(struct ring_buffer *ring)
{
	if (ring_buffer__consume(ring) < 0)
		fail("cannot read what was recorded");
	integrate(now());
}

static void window(struct ring_buffer *ring, long seconds, long number)
{
	struct timespec left = { .tv_sec = seconds };
	double due = 0, got = 0, had;
	int i;

	take_all(ring);
	for (i = 0; i < nr_nodes; i++) {
		nodes[i].due = 0;
		nodes[i].had = read_value(nodes[i].path, "cpu.stat", "usage_usec ");
	}
	while (clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) == EINTR)
		;
	take_all(ring);
	for (i = 0; i < nr_nodes; i++) {
		nodes[i].had = read_value(nodes[i].path, "cpu.stat", "usage_usec ") - nodes[i].had;
		if (nodes[i].leaf) {
			due += nodes[i].due;
			got += (double)nodes[i].had * 1000;
		}
	}
	for (i = 0; i < nr_nodes; i++) {
		had = (double)nodes[i].had * 1000;
		printf("window %ld group %s got_ms %.1f share %.2f due_ms %.1f due_share %.2f off "
		       "%.2f\n", number, nodes[i].path, had / 1e6, 100 * had / got,
		       nodes[i].due / 1e6, 100 * nodes[i].due / due,
		       100 * had / got - 100 * nodes[i].due / due);
	}
	fflush(stdout);
}

static void usage(FILE *out)
{
	fputs("usage: group-time [OPTION]... GROUP...\n\n"
	      "What cgroups (paths below " ROOT ") got of the CPUs, and what an ideal scheduler\n"
	      "would have given them. To be started before their tasks are.\n\n"
	      "  --seconds N  length of a window, 1 to 3600 (10)\n"
	      "  --windows N  how many, 1 to 1000 (1)\n"
	      "  --settle N   seconds before the first, 0 to 3600 (0)\n"
	      "  --help       this\n", out);
}

static const struct option options[] = {
	{ "seconds", required_argument, NULL, 's' },
	{ "windows", required_argument, NULL, 'w' },
	{ "settle", required_argument, NULL, 'e' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

static void watch(struct group_time_bpf *skel, int nr, char **paths)
{
	struct stat status;
	char path[512];
	uint32_t i;

	for (i = 0; i < (uint32_t)nr; i++) {
		group_node[i] = node_of(paths[i]);
		nodes[group_node[i]].leaf = true;
		snprintf(path, sizeof(path), ROOT "/%s", paths[i]);
		if (stat(path, &status))
			fail("no group %s: %s", path, strerror(errno));
		/* The number of the folder is that of the group. */
		if (bpf_map__update_elem(skel->maps.groups, &status.st_ino, sizeof(status.st_ino),
					 &i, sizeof(i), BPF_ANY))
			fail("cannot tell the program of %s: %s", path, strerror(errno));
	}
	for (i = 0; i < (uint32_t)nr_nodes; i++)
		if (nodes[i].parent >= 0 && nodes[nodes[i].parent].leaf)
			fail("%s and %s: one lies in the other", nodes[i].path,
			     nodes[nodes[i].parent].path);
}

int main(int argc, char **argv)
{
	long seconds = 10, windows = 1, settle = 0, i;
	struct group_time_bpf *skel;
	struct ring_buffer *ring;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 's': seconds = number(optarg, 1, 3600); break;
		case 'w': windows = number(optarg, 1, 1000); break;
		case 'e': settle = number(optarg, 0, 3600); break;
		case 'h': usage(stdout); return 0;
		default: usage(stderr); return 2;
		}
	}
	if (optind == argc || argc - optind > GROUP_TIME_MAX) {
		usage(stderr);
		return 2;
	}
	nr_cpus = sysconf(_SC_NPROCESSORS_ONLN);
	skel = group_time_bpf__open_and_load();
	if (!skel)
		fail("cannot load the program: %s", strerror(errno));
	watch(skel, argc - optind, argv + optind);
	ring = ring_buffer__new(bpf_map__fd(skel->maps.events), take, NULL, NULL);
	last = now();
	if (!ring || group_time_bpf__attach(skel))
		fail("cannot attach the program: %s", strerror(errno));
	/* Whoever waits for this line starts the tasks then. */
	puts("watching");
	fflush(stdout);
	sleep(settle);
	for (i = 1; i <= windows; i++)
		window(ring, seconds, i);
	if (skel->bss->lost)
		fail("%llu events were lost", (unsigned long long)skel->bss->lost);
	return 0;
}
