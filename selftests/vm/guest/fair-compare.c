// SPDX-License-Identifier: GPL-2.0
/*
 * Watches the kernel's own fair class and decides each of its picks, placements, requeues and
 * reweights again with include/eevdf, from the same state. For 7.3.
 */
#include <errno.h>
#include <getopt.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "fair-check.h"
#include "fair_record.skel.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
/* How often the records are fetched: 2 ms. */
#define POLL_NSEC 2000000

static const char *const stat_names[] = {
#define STAT_NAME(name) #name,
	FAIR_STATS(STAT_NAME)
#undef STAT_NAME
};

static const char *const kind_names[FAIR_KINDS] = {
	"picks", "placements", "requeues", "reweights",
};

/* The kernel's features (/sys/kernel/debug/sched/features) that have a rule here. */
static const struct {
	const char *name;
	u32 rule;
} features[] = {
	{ "NO_PLACE_LAG", LEDGER_RULE_PLACE_LAG },
	{ "NO_PLACE_DEADLINE_INITIAL", LEDGER_RULE_PLACE_INITIAL },
	{ "NO_PLACE_REL_DEADLINE", LEDGER_RULE_PLACE_REL_DEADLINE },
	{ "NO_PICK_BUDDY", LEDGER_RULE_BUDDY },
	{ "NO_DELAY_ZERO", LEDGER_RULE_DELAY_ZERO },
};

static const char help[] =
	"usage: fair-compare [OPTION]...\n"
	"\n"
	"Compares what the fair class of Linux 7.3 decides with what include/eevdf decides from the\n"
	"same state, until its quotas are met, its time is up, or a signal ends it.\n"
	"\n"
	"  --quota NAME=N   a statistic and what it must reach; all quotas together end the run\n"
	"  --seconds S      the longest run (default 60)\n"
	"  --mutate NAME    decide wrongly, in one of the ways that --mutants prints\n"
	"  --mutants        decide in each wrong way as well, until each has been seen to be wrong\n"
	"  --show N         print the first N mismatches in full (default 3)\n"
	"  --help\n"
	"\n"
	"Exit status: 0 no mismatch and all quotas met, 1 a mismatch, 2 bad usage, 3 no mismatch but\n"
	"a quota missed, 4 it could not watch.\n";

/* All that fair.c has. */
static struct fair_check check = { .rules = LEDGER_RULE_ALL & ~LEDGER_RULE_PROTECT_ENDS,
				   .show = 3 };
static u64 quota[FAIR_STAT_COUNT];
static u64 malformed;
static volatile sig_atomic_t ended;

static void fail(int status, const char *fmt, ...) __attribute__((noreturn, format(printf, 2, 3)));
static void fail(int status, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fprintf(stderr, "fair-compare: ");
	vfprintf(stderr, fmt, args);
	fprintf(stderr, "\n");
	va_end(args);
	exit(status);
}

static u64 number(const char *text, const char *what)
{
	char *end;
	u64 n;

	errno = 0;
	n = strtoull(text, &end, 10);
	if (errno || *text < '0' || *text > '9' || *end)
		fail(2, "%s must be a whole number, not '%s'", what, text);
	return n;
}

static void set_quota(char *text)
{
	char *value = strchr(text, '=');
	u32 i;

	if (!value)
		fail(2, "--quota needs NAME=N, not '%s'", text);
	*value++ = 0;
	for (i = 0; i < FAIR_STAT_COUNT; i++) {
		if (!strcmp(text, stat_names[i])) {
			quota[i] = number(value, "a quota");
			return;
		}
	}
	fail(2, "there is no statistic '%s'", text);
}

static void set_mutant(const char *name)
{
	u32 i;

	for (i = 0; i < FAIR_MUTANTS; i++) {
		if (!strcmp(name, fair_mutants[i].name)) {
			check.side = fair_mutants[i];
			return;
		}
	}
	fail(2, "there is no mutant '%s': see --help", name);
}

/* The rules by which the kernel goes at the moment. */
static void read_features(void)
{
	const char *path = "/sys/kernel/debug/sched/features";
	FILE *f = fopen(path, "re");
	char word[64];
	u32 i;

	if (!f)
		fail(4, "cannot read %s (%m): mount debugfs", path);
	while (fscanf(f, "%63s", word) == 1) {
		for (i = 0; i < ARRAY_SIZE(features); i++)
			if (!strcmp(word, features[i].name))
				check.rules &= ~features[i].rule;
		if (!strcmp(word, "PARANOID_AVG"))
			fail(4, "the scheduler feature %s has no counterpart here: switch it off",
			     word);
	}
	fclose(f);
}

static void on_signal(int sig)
{
	(void)sig;
	ended = 1;
}

static int on_record(void *ctx, void *data, size_t size)
{
	const size_t fixed = offsetof(struct fair_record, tree);
	const struct fair_record *r = data;

	(void)ctx;
	if (size < fixed || r->nr_tree > FAIR_MAX_TREE || r->kind >= FAIR_KINDS ||
	    size < fixed + r->nr_tree * sizeof(r->tree[0]))
		malformed++;
	else
		fair_check_record(&check, r);
	return 0;
}

static bool quotas_met(void)
{
	u32 i;

	for (i = 0; i < FAIR_STAT_COUNT; i++)
		if (check.stat[i] < quota[i])
			return false;
	return true;
}

static bool any_quota(void)
{
	u32 i;

	for (i = 0; i < FAIR_STAT_COUNT; i++)
		if (quota[i])
			return true;
	return false;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static void watch(struct ring_buffer *ring, u64 seconds)
{
	const struct timespec pause = { .tv_nsec = POLL_NSEC };
	const bool bounded = any_quota();
	double end = now() + seconds;

	while (!ended && now() < end && !(bounded && quotas_met())) {
		if (ring_buffer__consume(ring) < 0)
			fail(4, "cannot read the ring buffer: %m");
		nanosleep(&pause, NULL);
	}
}

static void print_stats(const struct fair_record_bpf *skel)
{
	u32 i;

	for (i = 0; i < FAIR_STAT_COUNT; i++)
		printf("%s %llu\n", stat_names[i], check.stat[i]);
	for (i = 0; i < FAIR_KINDS; i++) {
		printf("%s_lost %llu\n", kind_names[i], (u64)skel->bss->lost[i]);
		printf("%s_too_long %llu\n", kind_names[i], (u64)skel->bss->too_long[i]);
		printf("%s_unpaired %llu\n", kind_names[i], (u64)skel->bss->unpaired[i]);
	}
	printf("reweights_same_weight %llu\n", (u64)skel->bss->same_weight);
	printf("malformed %llu\n", malformed);
	for (i = 0; check.try_mutants && i < FAIR_MUTANTS; i++)
		printf("mutant_%s %s\n", fair_mutants[i].name, check.caught[i] ? "caught" : "missed");
}

static void parse(int argc, char **argv, u64 *seconds)
{
	static const struct option options[] = {
		{ "quota", required_argument, NULL, 'q' },
		{ "seconds", required_argument, NULL, 's' },
		{ "mutate", required_argument, NULL, 'm' },
		{ "mutants", no_argument, NULL, 'a' },
		{ "show", required_argument, NULL, 'n' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'q')
			set_quota(optarg);
		else if (c == 's')
			*seconds = number(optarg, "--seconds");
		else if (c == 'm')
			set_mutant(optarg);
		else if (c == 'a')
			check.try_mutants = true;
		else if (c == 'n')
			check.show = number(optarg, "--show");
		else if (c == 'h')
			exit(fputs(help, stdout) < 0);
		else
			exit(2);
	}
	if (optind < argc)
		fail(2, "'%s' is no option", argv[optind]);
}

int main(int argc, char **argv)
{
	const struct sched_param first = { .sched_priority = 1 };
	struct fair_record_bpf *skel;
	struct ring_buffer *ring;
	u64 seconds = 60;

	parse(argc, argv, &seconds);
	read_features();
	skel = fair_record_bpf__open();
	if (!skel)
		fail(4, "cannot open the recorder: %m");
	bpf_map__set_max_entries(skel->maps.scratches, libbpf_num_possible_cpus() * FAIR_KINDS);
	if (fair_record_bpf__load(skel) || fair_record_bpf__attach(skel))
		fail(4, "cannot watch this kernel: it must be 7.3 with BTF, and the user root");
	ring = ring_buffer__new(bpf_map__fd(skel->maps.records), on_record, NULL, NULL);
	if (!ring)
		fail(4, "cannot map the ring buffer: %m");
	signal(SIGTERM, on_signal);
	signal(SIGINT, on_signal);
	/* In the fair class it would fall behind what it watches, and be watched itself. */
	if (sched_setscheduler(0, SCHED_FIFO, &first))
		fail(4, "cannot become a real-time task: %m");
	fprintf(stderr, "watching\n");
	skel->bss->recording = true;
	watch(ring, seconds);
	skel->bss->recording = false;
	fair_record_bpf__detach(skel);
	ring_buffer__consume(ring);
	print_stats(skel);
	ring_buffer__free(ring);
	fair_record_bpf__destroy(skel);
	if (check.stat[FAIR_STAT_mismatches] || malformed)
		return 1;
	return quotas_met() ? 0 : 3;
}
