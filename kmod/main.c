// SPDX-License-Identifier: GPL-2.0
/*
 * eevdf_audit: a second set of books for the scheduler scx_ledger.
 *
 * The scheduler, a BPF program, calls the functions below and says what it does to its timelines.
 * The module computes the same from its own reading of the tasks and reports the first wrong
 * figure. It changes nothing, but ends a task's turn when the scheduler asked for that (hrtick.c).
 * A loaded program holds a reference to the module, so it cannot be removed from under one.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "hrtick.h"
#include "kfuncs.h"
#include "module.h"

#include <linux/bpf.h>
#include <linux/btf.h>
#include <linux/btf_ids.h>
#include <linux/ctype.h>
#include <linux/module.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>
#ifdef CONFIG_SCHED_CLASS_EXT
#include <linux/sched/ext.h>
#endif
#include <linux/timekeeping.h>
#include <linux/vmalloc.h>

static unsigned int max_tasks = 65536;
module_param(max_tasks, uint, 0444);
MODULE_PARM_DESC(max_tasks, "tasks with a place in the books, 64 to 1048576 (65536)");

static unsigned int max_walk = 2048;
module_param(max_walk, uint, 0444);
MODULE_PARM_DESC(max_walk,
		 "tasks on one timeline beyond which nothing is compared, 2 to 65536 (2048)");

static char *mode = "full";
module_param(mode, charp, 0444);
MODULE_PARM_DESC(mode,
		 "off, \"identities N\", \"sample N\" or full at load; later see debugfs (full)");

bool audit_freeze;
module_param_named(freeze, audit_freeze, bool, 0644);
MODULE_PARM_DESC(freeze,
		 "stop at the first violation: mode off, counters and timelines as they were (N)");

unsigned int audit_log_level = LOGLEVEL_WARNING;
module_param_named(log_level, audit_log_level, uint, 0644);
MODULE_PARM_DESC(log_level,
		 "of a violation's line in the kernel log, 0 emergency to 7 debug; 8 = no line (4)");

struct audit_state audit;

/*
 * Serializes attach, detach, change of mode, reset. Taken before a book's lock, never within one.
 */
static DEFINE_RAW_SPINLOCK(state_lock);
static u32 generation;
static u64 attaches, takeovers;

/* Bad records that name no CPU; the others are counted in its book. */
static atomic64_t homeless_records;

/*
 * Empties all books. No event is taken while this runs; one that was under way ends in either
 * state.
 */
static void reset_books(bool fresh, bool counts)
{
	bool attached = audit.attached;
	struct audit_book *book;
	u32 cpu;

	lockdep_assert_held(&state_lock);
	smp_store_release(&audit.attached, false);
	generation++;
	for (cpu = 0; cpu < audit.nr_books; cpu++) {
		book = audit.books[cpu];
		if (!book)
			continue;
		raw_spin_lock(&book->lock);
		audit_book_reset(book, generation, fresh);
		if (counts)
			memset(&book->counts, 0, sizeof(book->counts));
		raw_spin_unlock(&book->lock);
	}
	smp_store_release(&audit.attached, attached);
}

/**
 * audit_reset - counters and violations to zero; books learn anew
 */
void audit_reset(void)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&state_lock, flags);
	reset_books(false, true);
	attaches = 0;
	takeovers = 0;
	atomic64_set(&homeless_records, 0);
	raw_spin_unlock_irqrestore(&state_lock, flags);
	audit_ring_reset();
	hrtick_reset();
}

/* "@name N", N being a stride */
static bool has_stride(const char *text, const char *name, u32 *stride)
{
	size_t len = strlen(name);

	return !strncmp(text, name, len) && text[len] == ' ' && isdigit(text[len + 1]) &&
	       !kstrtou32(text + len + 1, 10, stride) && *stride && *stride <= AUDIT_MAX_STRIDE;
}

/**
 * audit_parse_mode - set the mode
 * @text: "off", "full", "identities N" or "sample N"; nothing else, but one line end
 *
 * From or to a mode without books these are emptied, and learn anew.
 *
 * Return: 0 or -EINVAL.
 */
int audit_parse_mode(const char *text)
{
	u32 stride = 1, wanted, was;
	unsigned long flags;

	if (sysfs_streq(text, "off")) {
		wanted = AUDIT_OFF;
	} else if (sysfs_streq(text, "full")) {
		wanted = AUDIT_FULL;
	} else if (has_stride(text, "sample", &stride)) {
		wanted = AUDIT_SAMPLE;
	} else if (has_stride(text, "identities", &stride)) {
		wanted = AUDIT_IDENTITIES;
	} else {
		return -EINVAL;
	}

	raw_spin_lock_irqsave(&state_lock, flags);
	WRITE_ONCE(audit.stride, stride);
	was = audit.mode;
	WRITE_ONCE(audit.mode, wanted);
	if (was != wanted && !(audit_keeps_books(was) && audit_keeps_books(wanted)))
		reset_books(false, false);
	raw_spin_unlock_irqrestore(&state_lock, flags);
	return 0;
}

/**
 * audit_format_mode - the mode as audit_parse_mode() reads it
 * @text: result, without a line end
 * @size: its size
 *
 * Return: its length.
 */
int audit_format_mode(char *text, size_t size)
{
	switch (READ_ONCE(audit.mode)) {
	case AUDIT_OFF:
		return scnprintf(text, size, "off");
	case AUDIT_IDENTITIES:
		return scnprintf(text, size, "identities %u", READ_ONCE(audit.stride));
	case AUDIT_SAMPLE:
		return scnprintf(text, size, "sample %u", READ_ONCE(audit.stride));
	default:
		return scnprintf(text, size, "full");
	}
}

/**
 * audit_totals - sum up the counters
 * @totals: result
 */
void audit_totals(struct audit_totals *totals)
{
	unsigned long flags;
	u32 cpu;
	size_t i;

	/* Nothing but u64 counters in it, so that it can be summed up without naming them. */
	BUILD_BUG_ON(sizeof(struct audit_counts) % sizeof(u64));

	memset(totals, 0, sizeof(*totals));
	for (cpu = 0; cpu < audit.nr_books; cpu++) {
		struct audit_book *book = audit.books[cpu];
		u64 *to = (u64 *)&totals->counts, *from;

		if (!book)
			continue;
		raw_spin_lock_irqsave(&book->lock, flags);
		from = (u64 *)&book->counts;
		for (i = 0; i < sizeof(struct audit_counts) / sizeof(u64); i++)
			to[i] += from[i];
		raw_spin_unlock_irqrestore(&book->lock, flags);
	}
	totals->counts.bad_records += atomic64_read(&homeless_records);
	totals->attaches = READ_ONCE(attaches);
	totals->takeovers = READ_ONCE(takeovers);
}

/* is_special_task_state() */
#define SPECIAL_STATES (__TASK_STOPPED | __TASK_TRACED | TASK_PARKED | TASK_DEAD | TASK_FROZEN)

/* As check_rq_for_timeouts(). A kernel without sched_ext has no pick that could ask. */
static u64 waited(const struct task_struct *p)
{
#ifdef CONFIG_SCHED_CLASS_EXT
	return jiffies64_to_nsecs(jiffies - READ_ONCE(p->scx.runnable_at));
#else
	return 0;
#endif
}

static void read_task(struct task_struct *p, const struct ledger_event *rec,
		      struct audit_facts *facts)
{
	bool own_slice = (audit.how.rules & LEDGER_RULE_CUSTOM_SLICE) && p->se.custom_slice;
	u8 needs = audit_needs[rec->type];
	s64 ran;

	facts->task = (unsigned long)p;
	facts->start = p->start_time;
	facts->pid = p->pid;
	/* Not under the lock of its writer: it may be torn, but ends within the array. */
	memcpy(facts->comm, p->comm, sizeof(facts->comm));
	facts->comm[sizeof(facts->comm) - 1] = '\0';
	facts->idle = p->policy == SCHED_IDLE;
	facts->special = READ_ONCE(p->__state) & SPECIAL_STATES;
	facts->movable = (needs & AUDIT_NEEDS_CPU) && !p->migration_disabled &&
			 cpumask_test_cpu(rec->peer, p->cpus_ptr);
	facts->weight = needs & AUDIT_NEEDS_WEIGHT ? oracle_weight(p->static_prio, facts->idle) : 0;
	facts->slice = own_slice ? READ_ONCE(p->se.slice) : audit.how.base_slice;
	facts->exec = READ_ONCE(p->se.sum_exec_runtime);
	facts->exec_max = facts->exec;
	facts->waited = rec->flags & LEDGER_F_GUARD ? waited(p) : 0;
	if (!(needs & AUDIT_NEEDS_CLOCK) || (rec->flags & LEDGER_F_FRESH))
		return;
	/* The run queue's clock, which charges tasks, is at most this one. */
	ran = (s64)(sched_clock_cpu(rec->cpu) - READ_ONCE(p->se.exec_start));
	facts->exec_max += (ran > 0 ? ran : 0) + AUDIT_CLOCK_SLACK;
}

/* Without sched_ext there is no such scheduler; the module is for the fair class's audit then. */
static bool scheduled_by_bpf(struct task_struct *p)
{
#ifdef CONFIG_SCHED_CLASS_EXT
	return p->scx.flags & SCX_TASK_STATE_MASK;
#else
	return false;
#endif
}

/**
 * audit_attach - a scheduler begins
 * @how: what it is and does
 * @size: bytes at @how
 *
 * To be called from ops.init, when all timelines are empty. A scheduler that died without detaching
 * is replaced: while one is enabled every task is initialized for it, also the caller; so if the
 * caller is not, the one that attached is gone.
 *
 * Return: 0; -EPROTO if layout or meaning of the records differs, -EBUSY if a living scheduler is
 * attached, -E2BIG for more CPUs than there can be, -EINVAL for a figure out of range.
 */
int audit_attach(const struct ledger_attach *how, u32 size)
{
	unsigned long flags;
	int ret = 0;

	if (size != sizeof(*how) || how->abi != LEDGER_ABI || how->size != sizeof(*how))
		return -EPROTO;
	if (how->nr_cpus > audit.nr_books)
		return -E2BIG;
	if (!how->nr_cpus || !how->nr_slots || how->reserved || (how->rules & ~LEDGER_RULE_ALL) ||
	    !how->base_slice || how->base_slice > AUDIT_MAX_NS || how->tick > AUDIT_MAX_NS)
		return -EINVAL;

	raw_spin_lock_irqsave(&state_lock, flags);
	if (audit.attached) {
		if (scheduled_by_bpf(current)) {
			ret = -EBUSY;
			goto unlock;
		}
		takeovers++;
	}
	smp_store_release(&audit.attached, false);
	audit.how = *how;
	reset_books(true, false);
	attaches++;
	smp_store_release(&audit.attached, true);
unlock:
	raw_spin_unlock_irqrestore(&state_lock, flags);
	return ret;
}

/**
 * audit_detach - the scheduler ends
 *
 * To be called from ops.exit. Without a scheduler attached nothing happens.
 */
void audit_detach(void)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&state_lock, flags);
	smp_store_release(&audit.attached, false);
	raw_spin_unlock_irqrestore(&state_lock, flags);
}

/**
 * audit_event - something happened to a timeline
 * @p: the task, or NULL
 * @rec: what happened
 * @size: bytes at @rec
 *
 * To be called with the timeline's lock held and IRQs off. Never sleeps, allocates or prints.
 *
 * Return: 0, or 1 if no more events are wanted: then audit_ask() has to be called with picks.
 */
int audit_event(struct task_struct *p, const struct ledger_event *rec, u32 size)
{
	struct audit_facts facts;
	struct audit_book *book;
	unsigned long flags;

	if (!smp_load_acquire(&audit.attached))
		return 0;
	if (READ_ONCE(audit.mode) == AUDIT_OFF)
		return 1;

	if (audit_record_bad(rec, size, p)) {
		book = size >= offsetofend(struct ledger_event, cpu) &&
				       rec->cpu < audit.nr_books ?
			       audit.books[rec->cpu] : NULL;
		if (!book) {
			atomic64_inc(&homeless_records);
			return 0;
		}
		raw_spin_lock_irqsave(&book->lock, flags);
		book->counts.bad_records++;
		audit_book_learn(book);
		raw_spin_unlock_irqrestore(&book->lock, flags);
		return 0;
	}

	if (p)
		read_task(p, rec, &facts);
	else
		facts = (struct audit_facts){ 0 };
	book = audit.books[rec->cpu];
	raw_spin_lock_irqsave(&book->lock, flags);
	audit_check(book, rec, &facts);
	raw_spin_unlock_irqrestore(&book->lock, flags);
	return READ_ONCE(audit.mode) == AUDIT_IDENTITIES;
}

/* Picks until it is asked again whether the mode is still off. */
#define ASK_AGAIN 100

/**
 * audit_ask - a scheduler that tells no events has picked
 * @cpu: whose timeline
 * @entities: on that timeline
 *
 * To be called with the timeline's lock held and IRQs off, as audit_event().
 *
 * The books begin anew with the first event after this if all are wanted, because some were left
 * out.
 *
 * Return: LEDGER_ASK_* bits, and the picks until it should be asked again.
 */
u64 audit_ask(u32 cpu, u32 entities)
{
	struct audit_book *book = cpu < audit.nr_books ? audit.books[cpu] : NULL;
	u64 answer = ASK_AGAIN;
	unsigned long flags;

	if (!book || !smp_load_acquire(&audit.attached))
		return ASK_AGAIN;
	if (READ_ONCE(audit.mode) == AUDIT_IDENTITIES) {
		raw_spin_lock_irqsave(&book->lock, flags);
		answer = audit_inspect(book, entities);
		raw_spin_unlock_irqrestore(&book->lock, flags);
	} else if (audit_keeps_books(READ_ONCE(audit.mode))) {
		raw_spin_lock_irqsave(&state_lock, flags);
		if (audit_keeps_books(audit.mode)) {
			reset_books(false, false);
			answer = LEDGER_ASK_ALL;
		}
		raw_spin_unlock_irqrestore(&state_lock, flags);
	}
	return answer;
}

/* The kernel registers functions without type information as well: no program would find them. */
static int register_kfuncs(void)
{
	static struct btf_kfunc_id_set set = { .owner = THIS_MODULE };
	static struct btf_kfunc_id_set fair_set = { .owner = THIS_MODULE };
	int ret;

	set.set = eevdf_audit_kfuncs;
	fair_set.set = eevdf_audit_fair_kfuncs;
	if (!THIS_MODULE->btf_data_size || !set.set->cnt || !set.set->pairs[0].id) {
		pr_err("built without BTF, schedulers could not call it; build it where KDIR holds vmlinux and pahole is installed\n");
		return -ENOEXEC;
	}
	ret = register_btf_kfunc_id_set(BPF_PROG_TYPE_STRUCT_OPS, &set);
	if (!ret)
		ret = register_btf_kfunc_id_set(BPF_PROG_TYPE_SYSCALL, &set);
	if (!ret)
		ret = register_btf_kfunc_id_set(BPF_PROG_TYPE_TRACING, &fair_set);
	if (ret)
		pr_err("cannot register the functions for BPF programs: error %d\n", ret);
	return ret;
}

static void free_books(void)
{
	u32 cpu;

	if (audit.books)
		for (cpu = 0; cpu < audit.nr_books; cpu++)
			kvfree(audit.books[cpu]);
	kfree(audit.books);
	vfree(audit.entities);
}

static int alloc_books(void)
{
	struct audit_book *book;
	u32 cpu, slot;

	audit.nr_entities = max_tasks;
	audit.entities = vcalloc(max_tasks, sizeof(*audit.entities));
	audit.nr_books = nr_cpu_ids;
	audit.books = kcalloc(nr_cpu_ids, sizeof(*audit.books), GFP_KERNEL);
	if (!audit.entities || !audit.books)
		return -ENOMEM;
	for (slot = 0; slot < max_tasks; slot++) {
		INIT_LIST_HEAD(&audit.entities[slot].se.node);
		audit.entities[slot].cpu = -1;
	}
	for_each_possible_cpu(cpu) {
		book = kvzalloc_node(sizeof(*book), GFP_KERNEL, cpu_to_node(cpu));
		if (!book)
			return -ENOMEM;
		raw_spin_lock_init(&book->lock);
		audit_book_init(book, get_random_u32() | 1);
		audit.books[cpu] = book;
	}
	return 0;
}

static int __init audit_init(void)
{
	char text[32];
	int ret;

	if (max_tasks < 64 || max_tasks > 1 << 20 || max_walk < 2 || max_walk > 65536) {
		pr_err("max_tasks must be 64 to 1048576, max_walk 2 to 65536\n");
		return -EINVAL;
	}
	audit.max_walk = max_walk;
	if (audit_parse_mode(mode)) {
		pr_err("mode must be off, \"identities N\" or \"sample N\" with N from 1 to %u, or full\n",
		       AUDIT_MAX_STRIDE);
		return -EINVAL;
	}
	ret = alloc_books();
	if (ret)
		goto books;
	ret = hrtick_init();
	if (ret)
		goto books;
	ret = audit_debugfs_init();
	if (ret)
		goto hrtick;
	/* Last: it cannot be taken back, and from then on programs may call. */
	ret = register_kfuncs();
	if (ret)
		goto debugfs;
	audit_format_mode(text, sizeof(text));
	pr_info("version %s, mode %s, %u CPUs, %u tasks (%zu KiB)\n", EEVDF_AUDIT_VERSION, text,
		num_possible_cpus(), max_tasks,
		((size_t)max_tasks * sizeof(struct audit_entity) +
		 num_possible_cpus() * sizeof(struct audit_book)) >> 10);
	return 0;
debugfs:
	audit_debugfs_exit();
hrtick:
	hrtick_exit();
books:
	free_books();
	return ret;
}

static void __exit audit_exit(void)
{
	struct audit_totals *totals = kmalloc(sizeof(*totals), GFP_KERNEL);
	u64 checks = 0, violations = 0;
	int i;

	audit_debugfs_exit();
	hrtick_exit();
	audit_report_stop();
	if (totals) {
		audit_totals(totals);
		for (i = 0; i < AUDIT_NR_INVARIANTS; i++) {
			checks += totals->counts.checks[i];
			violations += totals->counts.violations[i];
		}
		kfree(totals);
	}
	free_books();
	pr_info("unloaded after %llu checks, %llu violations\n", checks, violations);
}

module_init(audit_init);
module_exit(audit_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("A second set of books for the EEVDF scheduler scx_ledger");
MODULE_VERSION(EEVDF_AUDIT_VERSION);
