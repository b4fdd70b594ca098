// SPDX-License-Identifier: GPL-2.0
/*
 * The audit of the kernel's own fair class is a BPF program of eevdf-audit. What it finds comes
 * here, to be in the kernel's log before the kernel may crash.
 */
#include "fair.h"
#include "console.h"

#include <linux/kernel.h>
#include <linux/ratelimit.h>

#include <ledger/fair_text.h>

static void to_log(void *arg, const char *text)
{
	console_line(text);
}

static void symbol(void *arg, u64 address, char *text)
{
	scnprintf(text, FAIR_SYMBOL, "%pS", (void *)(unsigned long)address);
}

/**
 * audit_fair - write a finding into the kernel's log, at once
 * @rec: finding
 * @size: bytes at @rec
 *
 * Called with a run queue's lock held or without, IRQs on or off. At most 32 records in 5 s.
 *
 * Return: 0; -EPROTO if the layout differs, -EAGAIN if there were too many.
 */
int audit_fair(const struct fair_finding *rec, u32 size)
{
	static const struct fair_text_to to = { .line = to_log, .symbol = symbol };
	static DEFINE_RATELIMIT_STATE(limit, 5 * HZ, 32);

	if (size != sizeof(*rec) || rec->abi != FAIR_ABI || rec->size != sizeof(*rec))
		return -EPROTO;
	/* Its own complaint would be a plain printk(). */
	ratelimit_set_flags(&limit, RATELIMIT_MSG_ON_RELEASE);
	if (!__ratelimit(&limit))
		return -EAGAIN;
	fair_text(rec, &to);
	return 0;
}
