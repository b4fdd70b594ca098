// SPDX-License-Identifier: GPL-2.0
/*
 * The differential test as a target for libFuzzer: every input is a history.
 *
 *	fuzz_history [-max_total_time=SECONDS] [CORPUS FOLDER]
 *
 * A difference is shrunk, told, kept in the folder that HISTORY_CASES names, and aborts.
 */
#include "history.h"
#include "generate.h"
#include "shrink.h"

#include "oracle.c"
#include "sums.c"
#include "credit.c"

/* Longer queues cost time and show nothing that these do not. */
#define FUZZ_TASKS 64

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);
size_t LLVMFuzzerCustomMutator(u8 *data, size_t size, size_t max_size, unsigned int seed);
size_t LLVMFuzzerMutate(u8 *data, size_t size, size_t max_size);

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static struct hist h;
	u8 *copy;

	/* -1: not to be kept in the corpus. */
	if (size < 2 * HIST_UNIT || hist_nr_tasks(data) > FUZZ_TASKS)
		return -1;
	if (hist_run(&h, data, size, NULL))
		return 0;
	copy = malloc(size);
	if (copy) {
		memcpy(copy, data, size);
		case_report(stderr, "", copy, size);
	}
	abort();
}

/* Whole steps are put in, taken out and exchanged; now and then a history is made in a style. */
size_t LLVMFuzzerCustomMutator(u8 *data, size_t size, size_t max_size, unsigned int seed)
{
	u64 state = (seed + 1ULL) * 0x9E3779B97F4A7C15ULL;
	size_t units = size / HIST_UNIT, most = max_size / HIST_UNIT, at, i;

	if (most < 2)
		return LLVMFuzzerMutate(data, size, max_size);
	if (units < 2 || !gen_random(&state, 64)) {
		units = 2 + gen_random(&state, most - 1);
		gen_history(&state, &gen_styles[gen_random(&state, GEN_STYLES)], data, units, -1);
		return units * HIST_UNIT;
	}
	at = 1 + gen_random(&state, units - 1);
	switch (gen_random(&state, 4)) {
	case 0:
		if (units == 2)
			break;
		memmove(data + at * HIST_UNIT, data + (at + 1) * HIST_UNIT,
			(units - at - 1) * HIST_UNIT);
		return (units - 1) * HIST_UNIT;
	case 1:
		if (units >= most)
			break;
		memmove(data + (at + 1) * HIST_UNIT, data + at * HIST_UNIT,
			(units - at) * HIST_UNIT);
		for (i = 0; i < HIST_UNIT; i++)
			data[at * HIST_UNIT + i] = gen_random(&state, 256);
		return (units + 1) * HIST_UNIT;
	case 2:
		for (i = 0; i < HIST_UNIT; i++)
			data[at * HIST_UNIT + i] =
				data[(1 + gen_random(&state, units - 1)) * HIST_UNIT + i];
		return units * HIST_UNIT;
	}
	return LLVMFuzzerMutate(data, size, max_size);
}
