/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Between kfuncs.c, main.c, debugfs.c and hrtick.c. Includes nothing that defines task_struct, see
 * kfuncs.c.
 */
#ifndef EEVDF_HRTICK_H
#define EEVDF_HRTICK_H

#include <linux/types.h>

struct seq_file;

int hrtick_init(void);
void hrtick_exit(void);
void hrtick_enable(bool on);
void hrtick_start(u32 cpu, u64 task, u64 due);
void hrtick_show(struct seq_file *m);
void hrtick_reset(void);

#endif /* EEVDF_HRTICK_H */
