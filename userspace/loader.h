/* SPDX-License-Identifier: GPL-2.0 */
/* One life of the BPF program: opened, told its configuration, loaded, attached, detached. */
#ifndef LEDGER_LOADER_H
#define LEDGER_LOADER_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "refuse.h"
#include "stats.h"

struct bpf_link;
struct ledger_bpf;
struct kvm_wait_bpf;

/**
 * struct ledger_kernel - what the running kernel's type information says
 * @ops_flags: flags for sched_ext_ops that it knows
 * @missing: index bits into the table of flags, for those that it does not
 * @cgroup_set_idle: it tells of a group's cpu.idle (6.19)
 * @keep_idle: the flag that leaves idle CPUs to the kernel though we are told of them; 0: we can
 *	tell none to look again
 * @drains_cpus: it takes the tasks from a CPU that goes off
 * @enq_last: the flag that lets a CPU idle beside a task that cpu.max stops; 0: no cpu.max
 * @act_restart: bit of an exit code that asks for a restart; 0 if it has none
 */
struct ledger_kernel {
	uint64_t ops_flags;
	uint32_t missing;
	bool cgroup_set_idle;
	uint64_t keep_idle;
	bool drains_cpus;
	uint64_t enq_last;
	uint64_t act_restart;
};

/**
 * struct ledger_loader - the program, from loader_start() to loader_free()
 * @skel: the program
 * @link: %NULL while it is not attached
 * @kvm_wait: watches virtual CPUs; %NULL if nothing does
 * @config: what it was told
 * @online: CPUs that ran when it was loaded
 * @hotplug: it stays when CPUs go and come
 * @audited: the module took part when it was attached
 */
struct ledger_loader {
	struct ledger_bpf *skel;
	struct bpf_link *link;
	struct kvm_wait_bpf *kvm_wait;
	struct ledger_config config;
	__u32 online;
	bool hotplug;
	bool audited;
};

/*
 * True while the kernel verifies the program: it may take long, and there is nothing to detach yet.
 */
extern volatile sig_atomic_t loader_loading;

bool loader_read_kernel(struct ledger_kernel *kernel, struct ledger_refusal *why);
void loader_log(bool verbose);
bool loader_start(struct ledger_loader *loader, const struct ledger_options *opts,
		  const struct ledger_kernel *kernel, struct ledger_refusal *why);
void loader_announce(const struct ledger_loader *loader, const struct ledger_options *opts,
		     const struct ledger_kernel *kernel, const struct utsname *uts);
void loader_detach(struct ledger_loader *loader);
void loader_free(struct ledger_loader *loader);
const struct ledger_exit *loader_exit(const struct ledger_loader *loader);
const char *loader_dump(const struct ledger_loader *loader, size_t *len);
void loader_stats(const struct ledger_loader *loader, struct ledger_totals *sum);
__u32 loader_tasks(const struct ledger_loader *loader);

#endif /* LEDGER_LOADER_H */
