/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The oracle, the books and the checks compile twice: into the module, and on the host for the unit
 * tests. This header is all that differs.
 */
#ifndef EEVDF_AUDIT_PORT_H
#define EEVDF_AUDIT_PORT_H

#ifdef __KERNEL__

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/types.h>

#else /* on the host */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <linux/types.h>

/* As the kernel has them, which is also how include/eevdf's tests have them. */
typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef unsigned long long u64;
typedef int32_t s32;
typedef long long s64;
typedef __int128 s128;
typedef unsigned __int128 u128;

#define U64_MAX UINT64_MAX
#define S64_MAX INT64_MAX
#define S64_MIN INT64_MIN

#define READ_ONCE(x) (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile __typeof__(x) *)&(x) = (v))
#define smp_store_release(p, v) __atomic_store_n(p, v, __ATOMIC_RELEASE)
#define cmpxchg(p, old, new) __sync_val_compare_and_swap(p, old, new)
#define noinline __attribute__((noinline))

/* The tests have one thread. */
typedef struct {
	int held;
} raw_spinlock_t;
#define raw_spin_trylock(lock) ((void)(lock), 1)
#define raw_spin_unlock(lock) ((void)(lock))

struct list_head {
	struct list_head *next, *prev;
};

static inline void INIT_LIST_HEAD(struct list_head *list)
{
	list->next = list;
	list->prev = list;
}

static inline void list_add_tail(struct list_head *node, struct list_head *head)
{
	node->prev = head->prev;
	node->next = head;
	head->prev->next = node;
	head->prev = node;
}

static inline void list_del_init(struct list_head *node)
{
	node->prev->next = node->next;
	node->next->prev = node->prev;
	INIT_LIST_HEAD(node);
}

static inline bool list_empty(const struct list_head *head)
{
	return head->next == head;
}

#define container_of(ptr, type, member) ((type *)((char *)(ptr) - offsetof(type, member)))
#define list_first_entry(head, type, member) container_of((head)->next, type, member)
#define list_for_each_entry(pos, head, member)                                                     \
	for (pos = list_first_entry(head, __typeof__(*pos), member); &pos->member != (head);       \
	     pos = list_first_entry(&pos->member, __typeof__(*pos), member))

#endif /* __KERNEL__ */

#ifndef __SIZEOF_INT128__
#error "the oracle computes in 128 bits; this architecture has no such type"
#endif

#endif /* EEVDF_AUDIT_PORT_H */
