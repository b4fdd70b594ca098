/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The cgroups of chaos: a fixed tree of names, eight deep, of which anybody makes and removes any
 * at any time. The kernel refuses much of that (there already, not there, not empty, an inner group
 * whose children have tasks); what it refuses is counted.
 */
#ifndef CHAOS_CGROUP_H
#define CHAOS_CGROUP_H

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "chaos.h"

#define CGROUP_ROOT "/sys/fs/cgroup/chaos"
/* Where all begin, and who loses a group goes. Outside of the tree nobody competes with it. */
#define CGROUP_REST CGROUP_ROOT "/rest"
#define CGROUP_DEPTH 8
/* A chain of eight, and beside each link of it two more. */
#define NR_CGROUPS (3 * CGROUP_DEPTH)

struct cgroup {
	char path[128];
};

/* The folder of group @n: the n-th link of the chain, or a sibling of it. */
static inline struct cgroup cgroup_of(uint32_t n)
{
	uint32_t depth = n % CGROUP_DEPTH, i, len = strlen(CGROUP_ROOT);
	struct cgroup group = { CGROUP_ROOT };

	for (i = 0; i < depth; i++)
		len += snprintf(group.path + len, sizeof(group.path) - len, "/c%u", i);
	snprintf(group.path + len, sizeof(group.path) - len, "/%c%u",
		 "cde"[n / CGROUP_DEPTH], depth);
	return group;
}

static inline bool write_text(const char *folder, const char *file, const char *text)
{
	size_t len = strlen(text);
	char path[192];
	bool done;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", folder, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	done = write(fd, text, len) == (ssize_t)len;
	close(fd);
	return done;
}

static inline bool write_number(const char *folder, const char *file, long value)
{
	char text[24];

	snprintf(text, sizeof(text), "%ld", value);
	return write_text(folder, file, text);
}

/*
 * With --apart: a group is either written to (F_RDLCK) or removed (F_WRLCK), until F_UNLCK. False
 * if somebody else is at it.
 *
 * Before 7.3 a sched_ext scheduler that is enabled or disabled takes the lock of the cpu.* files
 * first and cgroup_mutex then. Who removes a group has that mutex, and waits for those who write to
 * its files, who wait for the lock of the files: none of the three goes on (scx_cgroup_lock() of
 * 7.3 says so).
 */
static inline bool cgroup_hold(uint32_t n, short how)
{
	struct flock lock = { .l_type = how, .l_whence = SEEK_SET, .l_start = n, .l_len = 1 };

	return !stage->apart || !fcntl(stage->holds, F_SETLK, &lock);
}

static inline bool cgroup_set(uint32_t n, const char *file, const char *text)
{
	bool done;

	if (!cgroup_hold(n, F_RDLCK))
		return false;
	done = write_text(cgroup_of(n).path, file, text);
	cgroup_hold(n, F_UNLCK);
	return done;
}

static inline bool cgroup_set_number(uint32_t n, const char *file, long value)
{
	char text[24];

	snprintf(text, sizeof(text), "%ld", value);
	return cgroup_set(n, file, text);
}

/* With all links above it, which hand on the cpu controller. */
static inline bool cgroup_make(uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n % CGROUP_DEPTH; i++) {
		mkdir(cgroup_of(i).path, 0755);
		write_text(cgroup_of(i).path, "cgroup.subtree_control", "+cpu");
	}
	return !mkdir(cgroup_of(n).path, 0755);
}

static inline bool cgroup_move(uint32_t n, pid_t pid)
{
	return write_number(cgroup_of(n).path, "cgroup.procs", pid);
}

/* Its tasks go elsewhere first; who comes meanwhile keeps it from going. */
static inline bool cgroup_remove(uint32_t n)
{
	struct cgroup group = cgroup_of(n);
	char file[160];
	FILE *procs;
	bool done;
	long pid;

	snprintf(file, sizeof(file), "%s/cgroup.procs", group.path);
	procs = fopen(file, "re");
	if (!procs)
		return false;
	while (fscanf(procs, "%ld", &pid) == 1)
		write_number(CGROUP_REST, "cgroup.procs", pid);
	fclose(procs);
	if (!cgroup_hold(n, F_WRLCK))
		return false;
	done = !rmdir(group.path);
	cgroup_hold(n, F_UNLCK);
	return done;
}

/* The caller is in the tree afterwards. False if the kernel's cpu controller cannot be had. */
static inline bool cgroups_begin(void)
{
	return write_text("/sys/fs/cgroup", "cgroup.subtree_control", "+cpu") &&
	       (!mkdir(CGROUP_ROOT, 0755) || errno == EEXIST) &&
	       write_text(CGROUP_ROOT, "cgroup.subtree_control", "+cpu") &&
	       (!mkdir(CGROUP_REST, 0755) || errno == EEXIST) &&
	       write_number(CGROUP_REST, "cgroup.procs", 0);
}

/* No group has a cpu.max any more. */
static inline void cgroups_lift(void)
{
	uint32_t i;

	for (i = 0; i < NR_CGROUPS; i++)
		cgroup_set(i, "cpu.max", "max");
}

/* False if something is left. */
static inline bool cgroups_end(void)
{
	int depth, row;

	for (depth = CGROUP_DEPTH - 1; depth >= 0; depth--)
		for (row = 0; row < NR_CGROUPS / CGROUP_DEPTH; row++)
			cgroup_remove(row * CGROUP_DEPTH + depth);
	return write_number("/sys/fs/cgroup", "cgroup.procs", 0) && !rmdir(CGROUP_REST) &&
	       !rmdir(CGROUP_ROOT);
}

#endif /* CHAOS_CGROUP_H */
