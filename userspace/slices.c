// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE /* CPU_ALLOC */
#include <bpf/bpf.h>
#include <sched.h>

#include "slices.h"

/**
 * slices_start_timers() - have each CPU start its timer
 * @prog_fd: the program ledger_slice_timer; it pins the timer to the CPU that it runs on
 * @nr_cpus: possible CPUs
 *
 * This thread visits every CPU that is online and that it may use, and comes back.
 * Return: CPUs with a timer
 */
__u32 slices_start_timers(int prog_fd, __u32 nr_cpus)
{
	size_t size = CPU_ALLOC_SIZE(nr_cpus);
	cpu_set_t *before = CPU_ALLOC(nr_cpus), *one = CPU_ALLOC(nr_cpus);
	__u32 cpu, started = 0;

	if (!before || !one || sched_getaffinity(0, size, before))
		goto out;
	for (cpu = 0; cpu < nr_cpus; cpu++) {
		LIBBPF_OPTS(bpf_test_run_opts, run);

		CPU_ZERO_S(size, one);
		CPU_SET_S(cpu, size, one);
		if (sched_setaffinity(0, size, one))
			continue;
		if (!bpf_prog_test_run_opts(prog_fd, &run) && !run.retval)
			started++;
	}
	sched_setaffinity(0, size, before);
out:
	CPU_FREE(before);
	CPU_FREE(one);
	return started;
}
