// SPDX-License-Identifier: GPL-2.0
/*
 * Watches the interrupts that virtual CPUs send to each other, and says which one a spinning one
 * waits for: the receiver of the last interrupt it sent, if that had one receiver only. ops.yield
 * gives it what the spinner gives up (wait.bpf.h).
 *
 * An object of its own, because it is loaded only where kvm is, and the scheduler must load where
 * this does not: what it hooks is internal to kvm. All interrupts of a virtual CPU's own making
 * pass kvm_apic_send_ipi() or, as a hypercall, kvm_pv_send_ipi(); each receiver's local APIC takes
 * them in __apic_accept_irq(), in the sender's thread. What hardware delivers passes none of these.
 */
#define BPF_NO_KFUNC_PROTOTYPES
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wmissing-declarations"
#include <vmlinux.h>
#pragma clang diagnostic pop
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>

#include <ledger/kvm_wait.h>

char _license[] SEC("license") = "GPL";

/* Delivery mode "fixed" of a local APIC: the vector says what is wanted. */
#define APIC_FIXED 0

/* As much of KVM's own types as is read. */
struct kvm_vcpu___wait {
	struct pid *pid;
} __attribute__((preserve_access_index));

struct kvm_lapic___wait {
	struct kvm_vcpu___wait *vcpu;
} __attribute__((preserve_access_index));

/* The scheduler's map; the loader puts it in. */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct ledger_wait);
} kvm_waits SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct ledger_wait_counts);
} counts SEC(".maps");

static __always_inline struct ledger_wait_counts *counts_here(void)
{
	u32 key = 0;

	return bpf_map_lookup_elem(&counts, &key);
}

/* Of the thread that runs; NULL: it has none and @flags does not say to make one. */
static __always_inline struct ledger_wait *wait_here(u64 flags)
{
	return bpf_task_storage_get(&kvm_waits, bpf_get_current_task_btf(), NULL, flags);
}

/* An interrupt is sent. Whoever the last one went to, the thread has got on since. */
static __always_inline void send_begin(void)
{
	struct ledger_wait *w = wait_here(BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (!w)
		return;
	w->receiver = 0;
	w->accepted = 0;
	w->since = bpf_ktime_get_ns();
	w->sending = 1;
}

static __always_inline void send_end(void)
{
	struct ledger_wait *w = wait_here(0);
	struct ledger_wait_counts *c;

	if (!w)
		return;
	w->sending = 0;
	c = counts_here();
	if (w->receiver && c)
		c->waits++;
}

SEC("fentry/kvm_apic_send_ipi")
int BPF_PROG(send_ipi_begin)
{
	send_begin();
	return 0;
}

SEC("fexit/kvm_apic_send_ipi")
int BPF_PROG(send_ipi_end)
{
	send_end();
	return 0;
}

SEC("fentry/kvm_pv_send_ipi")
int BPF_PROG(pv_send_ipi_begin)
{
	send_begin();
	return 0;
}

SEC("fexit/kvm_pv_send_ipi")
int BPF_PROG(pv_send_ipi_end)
{
	send_end();
	return 0;
}

/*
 * Only the sum over all receivers tells whether there is one to wait for, however they were
 * addressed.
 */
SEC("fexit/__apic_accept_irq")
int BPF_PROG(accept_irq, struct kvm_lapic___wait *apic, int mode, u32 vector, int level,
	     int trigger, void *status, int accepted)
{
	struct ledger_wait *w = wait_here(0);
	struct task_struct *p;
	struct pid *pid;
	s32 nr;

	if (!w || !w->sending || !accepted)
		return 0;
	w->receiver = 0;
	if (w->accepted++ || mode != APIC_FIXED || vector >= LEDGER_WAIT_VECTORS)
		return 0;
	pid = apic->vcpu->pid;
	nr = BPF_CORE_READ(pid, numbers[0].nr);
	if (nr == bpf_get_current_task_btf()->pid)
		return 0;
	p = (void *)BPF_CORE_READ(pid, tasks[PIDTYPE_PID].first);
	if (!p)
		return 0;
	p = (void *)p - bpf_core_field_offset(struct task_struct, pid_links);
	w->receiver_pid = nr;
	w->vector = vector;
	w->receiver = BPF_CORE_READ(p, scx.dsq_vtime);
	return 0;
}

/* The thread that runs has ended an interrupt, or has been found to have. */
SEC("tp_btf/kvm_eoi")
int BPF_PROG(eoi, void *apic, u32 vector)
{
	struct ledger_wait_counts *c;
	struct ledger_wait *w;

	if (vector >= LEDGER_WAIT_VECTORS)
		return 0;
	w = wait_here(BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!w)
		return 0;
	w->ended[vector] = bpf_ktime_get_ns();
	if (w->redirected != vector + 1)
		return 0;
	w->redirected = 0;
	c = counts_here();
	if (c)
		c->confirmed++;
	return 0;
}

/* Who halts does not spin: its interrupt was not one whose answer it waits for. */
SEC("fentry/kvm_vcpu_halt")
int BPF_PROG(halt)
{
	struct ledger_wait *w = wait_here(0);

	if (w)
		w->receiver = 0;
	return 0;
}
