/* SPDX-License-Identifier: GPL-2.0 */
/* Small things that every program needs: sentences, strict numbers, files of sysfs. */
#ifndef LEDGER_UTIL_H
#define LEDGER_UTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define NSEC_PER_SEC 1000000000ULL
#define NSEC_PER_MSEC 1000000ULL

/* The longest path that is put together from a root and a fixed name. */
#define LEDGER_PATH_LEN 512

/* The name that say() puts first. */
extern const char *say_as;

void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void hold_standard_files(void);
int read_text(const char *root, const char *path, char *buf, size_t size);
int read_number(const char *root, const char *path, uint64_t *value);
bool file_exists(const char *root, const char *path);
void clean_text(char *text, bool lines);
bool parse_number(const char *text, uint64_t min, uint64_t max, uint64_t *value);
bool parse_cpu_range(const char **pos, uint32_t *first, uint32_t *last);
bool parse_cpulist(const char *text, uint32_t *count, uint32_t *end);
uint64_t now_ns(void);

#endif /* LEDGER_UTIL_H */
