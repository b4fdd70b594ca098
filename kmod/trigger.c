// SPDX-License-Identifier: GPL-2.0
/*
 * debugfs file yield_to: who writes a pid into it yields to that task, as KVM does for a virtual
 * CPU that waits for another. User space has no call for it.
 */
#include "module.h"

#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/uaccess.h>

/* What yield_to() said last to anybody: for a shell, which opens the file anew to read it. */
static int last_result;

/* Kept in file->private_data, where NULL is: nothing written through this open file yet. */
static void *pack(int result)
{
	return (void *)(long)(result * 2 + 1);
}

static int unpack(const void *packed)
{
	return packed ? (int)(((long)packed - 1) / 2) : READ_ONCE(last_result);
}

static ssize_t yield_to_write(struct file *file, const char __user *from, size_t size, loff_t *pos)
{
	struct task_struct *p;
	struct pid *pid;
	char text[16];
	int nr, ret;

	if (!size || size >= sizeof(text))
		return -EINVAL;
	if (copy_from_user(text, from, size))
		return -EFAULT;
	text[size] = '\0';
	if (strlen(text) != size)
		return -EINVAL;
	ret = kstrtoint(text, 10, &nr);
	if (ret)
		return ret;
	if (nr <= 0)
		return -EINVAL;

	pid = find_get_pid(nr);
	p = get_pid_task(pid, PIDTYPE_PID);
	put_pid(pid);
	if (!p)
		return -ESRCH;
	ret = yield_to(p, true);
	put_task_struct(p);
	WRITE_ONCE(last_result, ret);
	WRITE_ONCE(file->private_data, pack(ret));
	return size;
}

static ssize_t yield_to_read(struct file *file, char __user *to, size_t size, loff_t *pos)
{
	int ret = unpack(READ_ONCE(file->private_data));
	char text[48];
	int len = scnprintf(text, sizeof(text), "result %d\nerrno %d\n", ret > 0,
			    ret < 0 ? -ret : 0);

	return simple_read_from_buffer(to, size, pos, text, len);
}

static int yield_to_open(struct inode *inode, struct file *file)
{
	file->private_data = NULL;
	return 0;
}

/**
 * audit_yield_to_fops - the file yield_to, root only
 *
 * Written: a pid, decimal, that of a thread too; the write returns when the writer runs again.
 * -EINVAL or -ERANGE for anything else, -ESRCH if there is no such task. Read: "result 1" if
 * the task was helped, "result 0" if not, and the "errno" of yield_to(): ESRCH if both CPUs have
 * nobody else to run. A write leaves its answer with its open file; a file that was only read has
 * the last answer to anybody.
 */
const struct file_operations audit_yield_to_fops = {
	.owner = THIS_MODULE,
	.open = yield_to_open,
	.read = yield_to_read,
	.write = yield_to_write,
	.llseek = default_llseek,
};
