/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Between kfuncs.c, main.c, debugfs.c and hrtick.c. Includes nothing that defines task_struct, see
 * kfuncs.c.
 */
#ifndef EEVDF_HRTICK_H
#define EEVDF_HRTICK_H

#include <linux/types.h>

struct seq_file;

#ifdef CONFIG_SCHED_CLASS_EXT
int hrtick_init(void);
void hrtick_exit(void);
void hrtick_enable(bool on);
void hrtick_start(u32 cpu, u64 task, u64 due);
void hrtick_end_at_user(void);
void hrtick_show(struct seq_file *m);
void hrtick_reset(void);
#else
/* Nobody to have slices: the module is for the fair class's audit alone. */
static inline int hrtick_init(void)
{
	return 0;
}
static inline void hrtick_exit(void) { }
static inline void hrtick_enable(bool on) { }
static inline void hrtick_start(u32 cpu, u64 task, u64 due) { }
static inline void hrtick_end_at_user(void) { }
static inline void hrtick_show(struct seq_file *m) { }
static inline void hrtick_reset(void) { }
#endif

#endif /* EEVDF_HRTICK_H */
