/* SPDX-License-Identifier: GPL-2.0 */
/*
 * TAP 13 for the host tests: plan() first, ok() for each check, done() last.
 */
#ifndef TAP_H
#define TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static int tap_planned, tap_run, tap_failed;

static inline void plan(int tests)
{
	tap_planned = tests;
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("TAP version 13\n1..%d\n", tests);
}

static inline void diag(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static inline void diag(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	printf("# ");
	vprintf(fmt, args);
	printf("\n");
	va_end(args);
}

static inline bool ok(bool passed, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static inline bool ok(bool passed, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	printf("%sok %d - ", passed ? "" : "not ", ++tap_run);
	vprintf(fmt, args);
	printf("\n");
	va_end(args);
	tap_failed += !passed;
	return passed;
}

/* A check that prints both sides when it fails. */
#define eq(got, want, ...)                                                                         \
	({                                                                                         \
		long long ____got = (long long)(got), ____want = (long long)(want);                \
		if (!ok(____got == ____want, __VA_ARGS__))                                         \
			diag("%s:%d: got %lld, want %lld", __FILE__, __LINE__, ____got, ____want); \
		____got == ____want;                                                               \
	})

/* The exit status of the test. */
static inline int done(void)
{
	if (tap_run != tap_planned)
		diag("%d checks were planned, %d ran", tap_planned, tap_run);
	return tap_failed || tap_run != tap_planned;
}

/* xorshift64*: the same numbers on every machine. */
static inline unsigned long long rnd(unsigned long long *state)
{
	unsigned long long x = *state;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	*state = x;
	return x * 0x2545F4914F6CDD1DULL;
}

#endif /* TAP_H */
