/* SPDX-License-Identifier: GPL-2.0 */
/* The program that watches virtual CPUs, loaded beside the scheduler where kvm is. */
#ifndef LEDGER_USER_KVM_WAIT_H
#define LEDGER_USER_KVM_WAIT_H

#include "stats.h"

struct kvm_wait_bpf;

struct kvm_wait_bpf *kvm_wait_start(int map_fd);
void kvm_wait_detach(struct kvm_wait_bpf *watch);
void kvm_wait_free(struct kvm_wait_bpf *watch);
void kvm_wait_stats(const struct kvm_wait_bpf *watch, struct ledger_totals *sum);

#endif /* LEDGER_USER_KVM_WAIT_H */
