// SPDX-License-Identifier: GPL-2.0
/*
 * Violations. They are found below the scheduler's locks, where printk may wake somebody and so
 * take those locks again: here they are only stored, and a worker prints them. irq_work gets from
 * the one to the other without touching the scheduler.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "module.h"

#include <linux/ctype.h>
#include <linux/irq_work.h>
#include <linux/printk.h>
#include <linux/ratelimit.h>
#include <linux/timekeeping.h>
#include <linux/workqueue.h>

#define AUDIT_NAME(id, name, ...) [AUDIT_##id] = name,
const char *const audit_invariant_name[AUDIT_NR_INVARIANTS] = { AUDIT_INVARIANTS(AUDIT_NAME) };
#undef AUDIT_NAME

const char *const audit_event_name[LEDGER_EV_NR] = {
	[LEDGER_EV_UPDATE] = "update",	 [LEDGER_EV_JOIN] = "join",
	[LEDGER_EV_LEAVE] = "leave",	 [LEDGER_EV_PUT] = "put",
	[LEDGER_EV_SET] = "set",	 [LEDGER_EV_PICK] = "pick",
	[LEDGER_EV_YIELD] = "yield",	 [LEDGER_EV_PROTECT] = "protect",
	[LEDGER_EV_CANCEL] = "cancel",	 [LEDGER_EV_BUDDY] = "buddy",
	[LEDGER_EV_DELAY] = "delay",	 [LEDGER_EV_REQUEUE] = "requeue",
	[LEDGER_EV_GRANT] = "grant",	 [LEDGER_EV_PAID] = "paid",
	[LEDGER_EV_MARGIN] = "margin",	 [LEDGER_EV_RETURN] = "return",
	[LEDGER_EV_REWEIGHT] = "reweight", [LEDGER_EV_PASSED] = "passed",
	[LEDGER_EV_HERE] = "here",
};

static DEFINE_RAW_SPINLOCK(ring_lock);
static struct audit_violation ring[AUDIT_RING];	/* seq s is in ring[s % AUDIT_RING] */
static struct audit_violation first;		/* what came after may follow from it */
static u64 ring_seq;				/* of the newest; 0 = none yet */
static u64 printed_seq;				/* up to here they are in the kernel log */
static u64 freezes;				/* times that one stopped everything */

/**
 * audit_is_multiple - is the difference a multiple of the sum of weights?
 * @v: violation
 *
 * Then it looks like a moved reference point whose sum was not moved along, or the reverse.
 *
 * Return: true if it is, and not 0.
 */
bool audit_is_multiple(const struct audit_violation *v)
{
	s64 difference = (s64)(v->got - v->expected);

	return difference && v->weight && difference % (s64)v->weight == 0;
}

/**
 * audit_ring_first - where to begin to read
 *
 * Return: number of the oldest violation of the ring. The very first is kept beside it.
 */
u64 audit_ring_first(void)
{
	unsigned long flags;
	u64 seq;

	raw_spin_lock_irqsave(&ring_lock, flags);
	seq = ring_seq > AUDIT_RING ? ring_seq - AUDIT_RING + 1 : 1;
	raw_spin_unlock_irqrestore(&ring_lock, flags);
	return seq;
}

/**
 * audit_ring_read - one violation
 * @seq: its number
 * @v: result
 *
 * Return: 1, or 0 if it is no longer or not yet there.
 */
u32 audit_ring_read(u64 seq, struct audit_violation *v)
{
	unsigned long flags;
	u32 found = 0;

	raw_spin_lock_irqsave(&ring_lock, flags);
	if (seq && first.seq == seq) {
		*v = first;
		found = 1;
	} else if (seq && ring[seq % AUDIT_RING].seq == seq) {
		*v = ring[seq % AUDIT_RING];
		found = 1;
	}
	raw_spin_unlock_irqrestore(&ring_lock, flags);
	return found;
}

/**
 * audit_freezes - how often has a violation stopped the audit?
 *
 * Return: since load.
 */
u64 audit_freezes(void)
{
	return READ_ONCE(freezes);
}

static void print_violation(u64 seq)
{
	unsigned int wanted = READ_ONCE(audit_log_level);
	/* printk() looks for it in the finished text. */
	char level[] = { KERN_SOH_ASCII, '0' + min(wanted, 7U), '\0' };
	/* ratelimit_set_flags() would begin a new period each time. */
	static struct ratelimit_state limit =
		RATELIMIT_STATE_INIT_FLAGS(limit, 5 * HZ, 10, RATELIMIT_MSG_ON_RELEASE);
	struct audit_violation v;

	if (wanted > LOGLEVEL_DEBUG || !audit_ring_read(seq, &v) || !__ratelimit(&limit))
		return;
	printk("%s" pr_fmt("violation %llu: %s on cpu %u at %s of %s:%d, expected %lld, got %lld, difference %lld%s\n"),
		level, v.seq, audit_invariant_name[v.invariant], v.rec.cpu,
		audit_event_name[v.rec.type], v.comm[0] ? v.comm : "nobody", v.pid,
		(s64)v.expected, (s64)v.got, (s64)(v.got - v.expected),
		audit_is_multiple(&v) ? " (a multiple of the sum of weights)" : "");
}

static void print_violations(struct work_struct *work)
{
	unsigned long flags;
	u64 seq, last, lost;

	raw_spin_lock_irqsave(&ring_lock, flags);
	last = ring_seq;
	seq = printed_seq + 1;
	printed_seq = last;
	raw_spin_unlock_irqrestore(&ring_lock, flags);

	lost = last > AUDIT_RING ? last - AUDIT_RING : 0;
	if (seq == 1 && lost)
		print_violation(1);
	if (seq <= lost)
		seq = lost + 1;
	for (; seq <= last; seq++)
		print_violation(seq);
}

static DECLARE_WORK(print_work, print_violations);

static void queue_print(struct irq_work *work)
{
	schedule_work(&print_work);
}

static DEFINE_IRQ_WORK(print_irq_work, queue_print);

/**
 * audit_report - keep a violation, and have it printed later
 * @book: the timeline's book, lock held
 * @invariant: which promise was broken
 * @rec: the record
 * @facts: its task
 * @expected: by the books
 * @got: as reported
 */
void audit_report(struct audit_book *book, enum audit_invariant invariant,
		  const struct ledger_event *rec, const struct audit_facts *facts, u64 expected,
		  u64 got)
{
	struct audit_violation *v;
	struct oracle_sum sum;
	size_t i;

	oracle_sum(&book->rq, true, &sum);
	raw_spin_lock(&ring_lock);
	v = &ring[++ring_seq % AUDIT_RING];
	*v = (struct audit_violation){
		.seq = ring_seq,
		.at = ktime_get_mono_fast_ns(),
		.invariant = invariant,
		.pid = facts->pid,
		.expected = expected,
		.got = got,
		.entities = audit_nr(book),
		.weight = sum.w,
		.tree_weight = oracle_tree_weight(&book->rq),
		.tree_w_vruntime = oracle_tree_w_vruntime(&book->rq, rec->zero_vruntime),
		.rec = *rec,
	};
	memcpy(v->comm, facts->comm, sizeof(v->comm));
	for (i = 0; v->comm[i]; i++)
		if (!isascii(v->comm[i]) || !isprint(v->comm[i]))
			v->comm[i] = '?';
	if (ring_seq == 1)
		first = *v;
	if (READ_ONCE(audit_freeze) && READ_ONCE(audit.mode) != AUDIT_OFF) {
		WRITE_ONCE(audit.mode, AUDIT_OFF);
		freezes++;
	}
	raw_spin_unlock(&ring_lock);
	irq_work_queue(&print_irq_work);
}

/**
 * audit_ring_reset - forget all violations and count from 1 again
 */
void audit_ring_reset(void)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&ring_lock, flags);
	memset(ring, 0, sizeof(ring));
	memset(&first, 0, sizeof(first));
	ring_seq = 0;
	printed_seq = 0;
	raw_spin_unlock_irqrestore(&ring_lock, flags);
}

/**
 * audit_report_stop - nobody reports any more: wait for what is still to be printed
 */
void audit_report_stop(void)
{
	irq_work_sync(&print_irq_work);
	flush_work(&print_work);
}
