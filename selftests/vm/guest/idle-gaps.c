// SPDX-License-Identifier: GPL-2.0
/*
 * Counts how often a task waited while a CPU that it may use idled, for longer than a limit. usage:
 * idle-gaps LIMIT_US COMMAND...
 *
 * Prints "LIMIT us: GAPS gaps of WAITS waits, longest LONGEST us (TASK)" when COMMAND ends, and
 * leaves with its exit status.
 */
#define _GNU_SOURCE
#include <string.h>
#include <sys/wait.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "guest.h"
#include "idle_gaps.h"
#include "idle_gaps.skel.h"

int main(int argc, char **argv)
{
	const struct idle_gaps *totals;
	struct idle_gaps_bpf *skel;
	int status = 0, nr_cpus = libbpf_num_possible_cpus();
	pid_t pid;

	if (argc < 3) {
		fputs("usage: idle-gaps LIMIT_US COMMAND...\n", stderr);
		return 2;
	}
	skel = idle_gaps_bpf__open();
	if (!skel)
		fail("cannot open the program: %s", strerror(errno));
	skel->rodata->limit = (uint64_t)number(argv[1], 1, 10000000) * 1000;
	if (nr_cpus < 1 || nr_cpus > IDLE_GAPS_CPUS)
		fail("%d CPUs; it can watch 1 to %d", nr_cpus, IDLE_GAPS_CPUS);
	skel->rodata->nr_cpus = nr_cpus;
	if (idle_gaps_bpf__load(skel) || idle_gaps_bpf__attach(skel))
		fail("cannot attach the program: %s", strerror(errno));
	pid = fork();
	if (!pid) {
		execvp(argv[2], argv + 2);
		fail("cannot run %s: %s", argv[2], strerror(errno));
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		fail("cannot wait for %s: %s", argv[2], strerror(errno));
	totals = &skel->bss->totals;
	printf("%s us: %llu gaps of %llu waits, longest %llu us (%s)\n", argv[1],
	       (unsigned long long)totals->gaps, (unsigned long long)totals->waits,
	       (unsigned long long)totals->longest / 1000, totals->longest ? totals->worst : "-");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
