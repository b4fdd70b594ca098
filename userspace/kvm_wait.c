// SPDX-License-Identifier: GPL-2.0
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <ledger/kvm_wait.h>

#include "kvm_wait.h"
#include "kvm_wait.skel.h"
#include "util.h"

/**
 * kvm_wait_start() - load and attach the program that watches virtual CPUs
 * @map_fd: the scheduler's map "kvm_waits"
 *
 * kvm's insides differ between kernels, so a failure is said, and is no reason not to schedule.
 * Return: %NULL if it does not work here
 */
struct kvm_wait_bpf *kvm_wait_start(int map_fd)
{
	struct kvm_wait_bpf *watch = kvm_wait_bpf__open();
	int err = watch ? 0 : -errno;

	if (!err)
		err = bpf_map__reuse_fd(watch->maps.kvm_waits, map_fd);
	if (!err)
		err = kvm_wait_bpf__load(watch);
	if (!err)
		err = kvm_wait_bpf__attach(watch);
	if (!err)
		return watch;
	kvm_wait_bpf__destroy(watch);
	say("this kernel's kvm cannot be watched (%s); -v shows why", strerror(-err));
	return NULL;
}

/**
 * kvm_wait_detach() - watch no more; the counters can still be read
 * @watch: of kvm_wait_start(), or %NULL
 */
void kvm_wait_detach(struct kvm_wait_bpf *watch)
{
	if (watch)
		kvm_wait_bpf__detach(watch);
}

/**
 * kvm_wait_free() - let go of everything; kvm can be unloaded again
 * @watch: of kvm_wait_start(), or %NULL
 */
void kvm_wait_free(struct kvm_wait_bpf *watch)
{
	kvm_wait_bpf__destroy(watch);
}

/**
 * kvm_wait_stats() - add what the program has counted
 * @watch: of kvm_wait_start(), or %NULL
 * @sum: added to
 */
void kvm_wait_stats(const struct kvm_wait_bpf *watch, struct ledger_totals *sum)
{
	struct ledger_wait_counts *counts;
	int i, nr = libbpf_num_possible_cpus();
	__u32 key = 0;

	if (!watch || nr <= 0)
		return;
	counts = calloc(nr, sizeof(*counts));
	if (!counts)
		return;
	if (!bpf_map_lookup_elem(bpf_map__fd(watch->maps.counts), &key, counts)) {
		for (i = 0; i < nr; i++) {
			sum->v[LEDGER_STAT_KVM_WAITS] += counts[i].waits;
			sum->v[LEDGER_STAT_CONFIRMED] += counts[i].confirmed;
		}
	}
	free(counts);
}
