// SPDX-License-Identifier: GPL-2.0
/*
 * printk() may wake a console's thread or whoever reads the log, and so take a run queue's lock:
 * from below one it can deadlock. Messages of level LOGLEVEL_SCHED are only stored; an irq_work
 * hands them to the consoles. If the kernel crashes before that, whatever prints the crash flushes
 * them first.
 */
#include "console.h"

#include <linux/kern_levels.h>
#include <linux/printk.h>
#include <linux/stdarg.h>

static __printf(1, 2) void emit(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vprintk_emit(0, LOGLEVEL_SCHED, NULL, fmt, args);
	va_end(args);
}

/**
 * console_line - store a line in the kernel's log, at once
 * @text: without a line end
 *
 * May be called with any lock held. Never sleeps, never takes a lock of the scheduler.
 */
void console_line(const char *text)
{
	emit("eevdf_audit: %s\n", text);
}
