/* SPDX-License-Identifier: GPL-2.0 */
/* What group_time.bpf.c tells. */
#ifndef GROUP_TIME_H
#define GROUP_TIME_H

#define GROUP_TIME_MAX 16

/**
 * struct group_time_event - a task has become runnable, or sleeps
 * @time: CLOCK_MONOTONIC, ns
 * @group: number of its cgroup
 * @delta: 1 or -1
 */
struct group_time_event {
	__u64 time;
	__u32 group;
	__s32 delta;
};

#endif /* GROUP_TIME_H */
