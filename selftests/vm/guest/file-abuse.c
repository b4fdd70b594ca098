// SPDX-License-Identifier: GPL-2.0
/*
 * usage: file-abuse write FILE DATA | fault FILE | storm FOLDER GO
 * write: all of the file DATA as one write; prints the name of the error, or OK. fault: a write and
 * a read with an address that is none. storm: as long as the file GO is there, threads open, read
 * in odd pieces, seek, write garbage to and now and then something good to the module's files in
 * FOLDER, which may go and come back; prints what came of it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "guest.h"

#define THREADS 8

static const char *folder, *go;
static atomic_ulong opens, reads, writes, taken, errors[134], others;

static void note(long ret)
{
	if (ret >= 0)
		return;
	if (errno < 134)
		errors[errno]++;
	else
		others++;
}

static void read_odd(int fd)
{
	static _Thread_local char buf[70000];
	long ret = 1;
	int i;

	for (i = 0; i < 50 && ret > 0; i++) {
		ret = read(fd, buf, 1 + rnd(rnd(4) ? 100 : sizeof(buf)));
		note(ret);
		reads++;
		if (!rnd(8))
			note(lseek(fd, rnd(2) ? rnd(5000) : -(long)rnd(5), rnd(3)));
		if (!rnd(16))
			note(pread(fd, buf, rnd(5000), rnd(2) ? 1L << 40 : rnd(9999)));
	}
}

static void write_odd(int fd)
{
	static const char *const good[] = {
		"off\n", "full\n", "sample 7", "identities 3\n", "full", "identities 100", "1",
	};
	static _Thread_local char buf[70000];
	const char *text = good[rnd(sizeof(good) / sizeof(good[0]))];
	size_t len = rnd(rnd(2) ? 40 : sizeof(buf)), i;
	long ret;

	if (rnd(2)) {
		ret = write(fd, text, strlen(text));
	} else {
		for (i = 0; i < len; i++)
			buf[i] = rnd(256);
		ret = write(fd, buf, len);
	}
	note(ret);
	writes++;
	taken += ret > 0;
}

/* While a file is open the module stays: a third of the time all are closed, so that it can go. */
static void let_go(void)
{
	struct timespec t;

	do {
		clock_gettime(CLOCK_MONOTONIC, &t);
	} while (t.tv_nsec % 600000000 > 400000000 && !usleep(5000));
}

static void *storm(void *unused)
{
	static const char *const names[] = {
		"counters", "violations", "cpus", "mode", "reset", "yield_to", "selftest", "nothing",
	};
	char path[256];

	while (!access(go, F_OK)) {
		static const int flags[] = {
			O_RDONLY, O_WRONLY, O_RDWR, O_WRONLY | O_TRUNC | O_APPEND,
		};
		int fd;

		let_go();
		snprintf(path, sizeof(path), "%s/%s", folder,
			 names[rnd(sizeof(names) / sizeof(names[0]))]);
		fd = open(path, flags[rnd(4)]);
		note(fd);
		if (fd < 0) {
			usleep(1000);
			continue;
		}
		opens++;
		if (rnd(2))
			read_odd(fd);
		else
			write_odd(fd);
		/* It may be open while the module goes. */
		if (!rnd(8))
			usleep(rnd(20000));
		if (!rnd(4))
			read_odd(fd);
		close(fd);
	}
	return unused;
}

static int storms(void)
{
	pthread_t thread[THREADS];
	int i;

	for (i = 0; i < THREADS; i++)
		if (pthread_create(&thread[i], NULL, storm, NULL))
			return 1;
	for (i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	printf("%lu opened, %lu reads, %lu writes, %lu of them taken\n", opens, reads, writes, taken);
	for (i = 0; i < 134; i++)
		if (errors[i])
			printf("%s %lu\n", strerrorname_np(i), errors[i]);
	return others > 0;
}

static int tell(long ret)
{
	puts(ret < 0 ? strerrorname_np(errno) : "OK");
	return ret < 0;
}

static int write_file(const char *path, const char *data)
{
	static char buf[1 << 20];
	int from = open(data, O_RDONLY), to = open(path, O_WRONLY);
	long len = from < 0 ? -1 : read(from, buf, sizeof(buf));

	if (to < 0 || len < 0) {
		perror("file-abuse");
		return 2;
	}
	return tell(write(to, buf, len));
}

static int fault(const char *path)
{
	char *none = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = open(path, O_RDWR);

	if (fd < 0 || none == MAP_FAILED) {
		perror("file-abuse");
		return 2;
	}
	return tell(write(fd, none, 5)) | tell(read(fd, none, 5));
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "write"))
		return write_file(argv[2], argv[3]);
	if (argc == 3 && !strcmp(argv[1], "fault"))
		return fault(argv[2]);
	if (argc == 4 && !strcmp(argv[1], "storm")) {
		folder = argv[2];
		go = argv[3];
		return storms();
	}
	fprintf(stderr, "usage: file-abuse write FILE DATA | fault FILE | storm FOLDER GO\n");
	return 2;
}
