/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which virtual CPU waits for which: what bpf/kvm_wait.bpf.c writes into a virtual CPU's thread and
 * ops.yield reads.
 */
#ifndef LEDGER_KVM_WAIT_H
#define LEDGER_KVM_WAIT_H

#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

/* An interrupt that has not been answered for so long is not waited for any more, ns. */
#define LEDGER_WAIT_MAX 50000000ULL

#define LEDGER_WAIT_VECTORS 256

/**
 * struct ledger_wait - of a virtual CPU's thread, in its task storage
 * @receiver: its last interrupt went to the thread with this account (address in the arena), and to
 *	nobody else; 0 = to several, to none, or that wait is over
 * @since: when, before it was delivered, ns of the monotonic clock
 * @receiver_pid: tells @receiver from another task that has got its account
 * @vector: of that interrupt
 * @sending: 1 while this thread is in KVM's code that sends an interrupt
 * @accepted: how many have accepted it
 * @redirected: vector + 1 of an interrupt to this thread whose sender's yield was sent here, until
 *	it is answered; 0 = none
 * @ended: when this thread last ended an interrupt (EOI) of each vector, ns; 0 = never
 *
 * All but @redirected is written by the thread itself, or in an interrupt of its CPU while it runs.
 */
struct ledger_wait {
	__u64 receiver;
	__u64 since;
	__s32 receiver_pid;
	__u32 vector;
	__u32 sending;
	__u32 accepted;
	__u32 redirected;
	__u64 ended[LEDGER_WAIT_VECTORS];
};

/* What kvm_wait.bpf.c itself counts, a CPU each. */
struct ledger_wait_counts {
	__u64 waits;
	__u64 confirmed;
};

enum ledger_wait_state {
	LEDGER_WAIT_NONE,	/* there is none */
	LEDGER_WAIT_ANSWERED,
	LEDGER_WAIT_EXPIRED,
	LEDGER_WAIT_LASTS,
};

/**
 * ledger_wait_look() - does a thread still wait for the receiver of its interrupt?
 * @receiver: of struct ledger_wait
 * @since: the same
 * @ended: when the receiver last ended an interrupt of that vector; 0 = never
 * @now: ns of the monotonic clock
 *
 * An end at the very moment of the sending is an answer: the interrupt is noted before it is sent.
 * Clocks of two CPUs may differ a little: @now before @since is no expiry.
 */
static inline enum ledger_wait_state ledger_wait_look(__u64 receiver, __u64 since, __u64 ended,
						      __u64 now)
{
	if (!receiver)
		return LEDGER_WAIT_NONE;
	if (ended >= since)
		return LEDGER_WAIT_ANSWERED;
	return now > since && now - since > LEDGER_WAIT_MAX ? LEDGER_WAIT_EXPIRED :
							      LEDGER_WAIT_LASTS;
}

#endif /* LEDGER_KVM_WAIT_H */
