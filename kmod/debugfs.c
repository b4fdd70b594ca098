// SPDX-License-Identifier: GPL-2.0
/* /sys/kernel/debug/eevdf_audit/, root only. */
#include "hrtick.h"
#include "module.h"

#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

static struct dentry *dir;

static void put(struct seq_file *m, const char *name, u64 value)
{
	seq_printf(m, "%s %llu\n", name, value);
}

static int counters_show(struct seq_file *m, void *unused)
{
	static const char *const mode_name[] = {
		[AUDIT_OFF] = "off",
		[AUDIT_IDENTITIES] = "identities",
		[AUDIT_SAMPLE] = "sample",
		[AUDIT_FULL] = "full",
	};
	struct audit_totals *t = kmalloc(sizeof(*t), GFP_KERNEL);
	u64 events = 0, checks = 0, violations = 0;
	int i;

	if (!t)
		return -ENOMEM;
	audit_totals(t);
	for (i = 1; i < LEDGER_EV_NR; i++)
		events += t->counts.events[i];
	for (i = 0; i < AUDIT_NR_INVARIANTS; i++) {
		checks += t->counts.checks[i];
		violations += t->counts.violations[i];
	}

	put(m, "abi", LEDGER_ABI);
	put(m, "attached", READ_ONCE(audit.attached));
	seq_printf(m, "mode %s\n", mode_name[READ_ONCE(audit.mode)]);
	put(m, "stride", READ_ONCE(audit.stride));
	put(m, "attaches", t->attaches);
	put(m, "takeovers", t->takeovers);
	put(m, "events", events);
	put(m, "checks", checks);
	put(m, "checks_trivial", t->counts.checks_trivial);
	put(m, "not_checked", t->counts.not_checked);
	put(m, "sampled_out", t->counts.sampled_out);
	put(m, "truncated", t->counts.truncated);
	put(m, "resyncs", t->counts.resyncs);
	put(m, "bad_records", t->counts.bad_records);
	put(m, "inspections", t->counts.inspections);
	put(m, "violations", violations);
	put(m, "freezes", audit_freezes());
	for (i = 1; i < LEDGER_EV_NR; i++)
		seq_printf(m, "events_%s %llu\n", audit_event_name[i], t->counts.events[i]);
	for (i = 0; i < AUDIT_NR_INVARIANTS; i++)
		seq_printf(m, "checks_%s %llu\n", audit_invariant_name[i], t->counts.checks[i]);
	for (i = 0; i < AUDIT_NR_INVARIANTS; i++)
		seq_printf(m, "violations_%s %llu\n", audit_invariant_name[i],
			   t->counts.violations[i]);
	hrtick_show(m);
	kfree(t);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(counters);

static void show_violation(struct seq_file *m, const struct audit_violation *v)
{
	const struct ledger_event *r = &v->rec;

	seq_printf(m,
		   "seq %llu at %llu cpu %u invariant %s event %s flags %#x task %s:%d slot %d\n",
		   v->seq, v->at, r->cpu, audit_invariant_name[v->invariant],
		   audit_event_name[r->type], r->flags, v->comm[0] ? v->comm : "nobody",
		   v->pid, (s32)r->slot);
	seq_printf(m,
		   "  expected %lld got %lld difference %lld multiple_of_weights %u\n",
		   (s64)v->expected, (s64)v->got, (s64)(v->got - v->expected),
		   audit_is_multiple(v));
	seq_printf(m,
		   "  entity vruntime %llu deadline %llu vprot %llu vlag %lld slice %llu weight %llu exec %llu\n",
		   r->vruntime, r->deadline, r->vprot, r->vlag, r->slice, r->weight,
		   r->exec);
	seq_printf(m,
		   "  timeline avg %llu zero_vruntime %llu sum_w_vruntime %lld sum_weight %llu nr_tree %u has_curr %u\n",
		   r->avg, r->zero_vruntime, r->sum_w_vruntime, r->sum_weight, r->nr_tree,
		   r->has_curr);
	seq_printf(m,
		   "  books entities %u weights %llu sum_w_vruntime %lld sum_weight %llu\n",
		   v->entities, v->weight, (s64)v->tree_w_vruntime, v->tree_weight);
}

static int violations_show(struct seq_file *m, void *unused)
{
	u64 seq = audit_ring_first(), end = seq + AUDIT_RING;
	struct audit_violation *v = kmalloc(sizeof(*v), GFP_KERNEL);

	if (!v)
		return -ENOMEM;
	if (seq > 1 && audit_ring_read(1, v))
		show_violation(m, v);
	for (; seq < end && audit_ring_read(seq, v); seq++)
		show_violation(m, v);
	kfree(v);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(violations);

static int cpus_show(struct seq_file *m, void *unused)
{
	struct audit_book *book;
	unsigned long flags;
	u32 cpu, tree, curr, state;

	for (cpu = 0; cpu < audit.nr_books; cpu++) {
		book = audit.books[cpu];
		if (!book)
			continue;
		raw_spin_lock_irqsave(&book->lock, flags);
		state = book->state;
		tree = book->rq.nr_tree;
		curr = !!book->rq.curr;
		raw_spin_unlock_irqrestore(&book->lock, flags);
		seq_printf(m, "cpu %u %s entities %u tree %u curr %u\n", cpu,
			   READ_ONCE(audit.mode) == AUDIT_OFF	? "off" :
			   READ_ONCE(audit.mode) == AUDIT_IDENTITIES ? "inspected" :
			   state == AUDIT_BOOK_LIVE		? "live" :
								  "learning",
			   tree + curr, tree, curr);
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(cpus);

static int selftest_show(struct seq_file *m, void *unused)
{
	audit_selftest(m);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(selftest);

static ssize_t mode_read(struct file *file, char __user *to, size_t size, loff_t *pos)
{
	char text[32];
	int len = audit_format_mode(text, sizeof(text) - 1);

	text[len++] = '\n';
	return simple_read_from_buffer(to, size, pos, text, len);
}

static ssize_t mode_write(struct file *file, const char __user *from, size_t size, loff_t *pos)
{
	char text[32];
	int ret;

	/* One write is one mode; what is longer than any mode is none. */
	if (*pos || !size || size >= sizeof(text))
		return -EINVAL;
	if (copy_from_user(text, from, size))
		return -EFAULT;
	text[size] = '\0';
	if (strlen(text) != size)
		return -EINVAL;
	ret = audit_parse_mode(text);
	return ret ?: size;
}

static const struct file_operations mode_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.read = mode_read,
	.write = mode_write,
};

static ssize_t reset_write(struct file *file, const char __user *from, size_t size, loff_t *pos)
{
	audit_reset();
	return size;
}

static const struct file_operations reset_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = reset_write,
};

/**
 * audit_debugfs_init - make the files
 *
 * Return: 0 or an error; a kernel without debugfs is none.
 */
int audit_debugfs_init(void)
{
	dir = debugfs_create_dir("eevdf_audit", NULL);
	if (IS_ERR(dir))
		return PTR_ERR(dir) == -ENODEV || PTR_ERR(dir) == -EPERM ? 0 : PTR_ERR(dir);
	d_inode(dir)->i_mode = S_IFDIR | 0700;
	debugfs_create_file("counters", 0400, dir, NULL, &counters_fops);
	debugfs_create_file("violations", 0400, dir, NULL, &violations_fops);
	debugfs_create_file("cpus", 0400, dir, NULL, &cpus_fops);
	debugfs_create_file("selftest", 0400, dir, NULL, &selftest_fops);
	debugfs_create_file("mode", 0600, dir, NULL, &mode_fops);
	debugfs_create_file("reset", 0200, dir, NULL, &reset_fops);
	debugfs_create_file("yield_to", 0600, dir, NULL, &audit_yield_to_fops);
	return 0;
}

/**
 * audit_debugfs_exit - remove them
 */
void audit_debugfs_exit(void)
{
	debugfs_remove(dir);
}
