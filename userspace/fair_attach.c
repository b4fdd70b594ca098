// SPDX-License-Identifier: GPL-2.0
/* What of the fair class is there to be watched, and the programs for it. */
#define _GNU_SOURCE
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fair.h"
#include "util.h"

typedef __u32 u32;
typedef __u64 u64;
#include "fair_audit.skel.h"

#define FAIR_DUMP "/proc/sys/kernel/ftrace_dump_on_oops"
#define FAIR_PRINTK "/sys/kernel/tracing/events/bpf_trace/bpf_trace_printk/enable"

/* The program of a function, and the room that it is for. */
static const struct {
	const char *program;
	const char *function;
	__u32 rooms;
} programs[] = {
#define ROOM(name) (1U << FAIR_ROOM_##name)
	{ "pick_exit", "pick_eevdf", ROOM(QUEUE) | ROOM(RECORD) },
	{ "pick_task_entry", "pick_task_fair", ROOM(QUEUE) },
	{ "avg_entry", "avg_vruntime", ROOM(ZERO) | ROOM(RECORD) },
	{ "avg_exit", "avg_vruntime", ROOM(ZERO) | ROOM(RECORD) },
	{ "update_entry", "update_curr", ROOM(CHARGE) },
	{ "update_exit", "update_curr", ROOM(CHARGE) | ROOM(RECORD) },
	{ "leave_entry", "dequeue_task_fair", ROOM(LAG) },
	{ "leave_exit", "dequeue_task_fair", ROOM(LAG) },
	{ "enqueue_exit", "__enqueue_entity", ROOM(RECORD) },
	{ "dequeue_exit", "__dequeue_entity", ROOM(RECORD) },
	{ "place_exit", "place_entity", ROOM(RECORD) },
#undef ROOM
};

/* The end of what libbpf complained about, for the case that loading fails. */
static char complaints[16384];

static int keep_complaint(enum libbpf_print_level level, const char *fmt, va_list args)
{
	static char text[1 << 20];
	size_t len, have;

	if (level != LIBBPF_WARN)
		return 0;
	vsnprintf(text, sizeof(text), fmt, args);
	len = strlen(text);
	if (len >= sizeof(complaints) / 2) {
		memmove(text, text + len - sizeof(complaints) / 2 + 1, sizeof(complaints) / 2);
		len = sizeof(complaints) / 2 - 1;
	}
	have = strlen(complaints);
	if (have + len >= sizeof(complaints)) {
		memmove(complaints, complaints + len, have + 1 - len);
		have -= len;
	}
	memcpy(complaints + have, text, len + 1);
	return 0;
}

/* Which of the functions have a symbol of exactly that name: bits by index. */
static __u32 symbols(void)
{
	char line[512], *name, *end;
	__u32 found = 0;
	FILE *f = fopen("/proc/kallsyms", "re");
	size_t i;

	while (f && fgets(line, sizeof(line), f)) {
		name = strchr(line, ' ');
		name = name ? strchr(name + 1, ' ') : NULL;
		if (!name)
			continue;
		name++;
		end = name + strcspn(name, " \t\n");
		*end = '\0';
		for (i = 0; i < ARRAY_SIZE(programs); i++)
			if (!strcmp(name, programs[i].function))
				found |= 1U << i;
	}
	if (f)
		fclose(f);
	return found;
}

/* A field of a struct, in anonymous parts of it too. */
static bool has_field(const struct btf *btf, const struct btf_type *t, const char *name)
{
	const struct btf_member *m = btf_members(t);
	const struct btf_type *type;
	__u16 i;

	for (i = 0; i < btf_vlen(t); i++, m++) {
		const char *field = btf__name_by_offset(btf, m->name_off);

		if (field && *field && !strcmp(field, name))
			return true;
		type = btf__type_by_id(btf, m->type);
		if (field && !*field && btf_is_composite(type) && has_field(btf, type, name))
			return true;
	}
	return false;
}

static bool has(const struct btf *btf, const char *type, const char *name)
{
	__s32 id = btf__find_by_name_kind(btf, type, BTF_KIND_STRUCT);

	return id > 0 && has_field(btf, btf__type_by_id(btf, id), name);
}

/* A layout without one of these is not the fair class that we know. */
static bool known_layout(const struct btf *btf)
{
	static const struct {
		const char *type, *one, *other;
	} needed[] = {
		{ "cfs_rq", "sum_w_vruntime", "avg_vruntime" },
		{ "cfs_rq", "sum_weight", "avg_load" },
		{ "cfs_rq", "zero_vruntime", "min_vruntime" },
		{ "cfs_rq", "tasks_timeline", "tasks_timeline" },
		{ "cfs_rq", "rq", "rq" },
		{ "cfs_rq", "curr", "curr" },
		{ "sched_entity", "my_q", "my_q" },
		{ "sched_entity", "run_node", "run_node" },
		{ "sched_entity", "deadline", "deadline" },
		{ "sched_entity", "min_vruntime", "min_vruntime" },
		{ "sched_entity", "vlag", "vlag" },
		{ "sched_entity", "slice", "slice" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(needed); i++) {
		if (has(btf, needed[i].type, needed[i].one) ||
		    has(btf, needed[i].type, needed[i].other))
			continue;
		say("this kernel's struct %s has no field %s: its fair class is none that this program knows, or was built without CONFIG_FAIR_GROUP_SCHED; watch a kernel from 6.12 to 7.3",
		    needed[i].type, needed[i].one);
		return false;
	}
	return true;
}

/* Is there a place for this program's check, or another one that serves better? */
static bool left_out(const struct fair_watch *w, const struct bpf_program *p)
{
	bool all = w->opts->hooks == FAIR_HOOKS_ALL;

	/* Looks at the queue only, before the pick: by an entry, which costs half of an exit. */
	if (p == w->skel->progs.pick_exit)
		return w->opts->hooks == FAIR_HOOKS_QUEUE && !w->opts->record;
	if (p == w->skel->progs.pick_task_entry)
		return bpf_program__autoload(w->skel->progs.pick_exit);
	/* The recorder sees the reference point with every other event as well. */
	if (p == w->skel->progs.avg_entry || p == w->skel->progs.avg_exit)
		return !all;
	return false;
}

/* What is on, by what the kernel has and the command line wants. */
static bool choose(struct fair_watch *w, const struct btf *btf)
{
	__u32 there = symbols(), want = 1U << FAIR_ROOM_QUEUE, got = 0;
	size_t i;

	if (w->opts->hooks == FAIR_HOOKS_ALL)
		want |= 1U << FAIR_ROOM_ZERO | 1U << FAIR_ROOM_CHARGE | 1U << FAIR_ROOM_LAG;
	if (w->opts->record)
		want |= 1U << FAIR_ROOM_RECORD;
	for (i = 0; i < ARRAY_SIZE(programs); i++) {
		struct bpf_program *p =
			bpf_object__find_program_by_name(w->skel->obj, programs[i].program);
		bool load = there & (1U << i) && programs[i].rooms & want &&
			    btf__find_by_name_kind(btf, programs[i].function, BTF_KIND_FUNC) > 0;

		if (left_out(w, p))
			load = false;
		bpf_program__set_autoload(p, load);
		if (load)
			got |= programs[i].rooms & want;
	}
	w->rooms = got;
#define MISSING(id, name, room, promise)                                                           \
	if (!(got & (1U << FAIR_ROOM_##room)))                                                     \
		w->missing |= 1U << FAIR_CHECK_##id;
	FAIR_CHECKS(MISSING)
#undef MISSING
	if (!bpf_program__autoload(w->skel->progs.pick_exit))
		w->missing |= 1U << FAIR_CHECK_PICK;
	if (!has(btf, "sched_entity", "max_slice"))
		w->missing |= 1U << FAIR_CHECK_MAX_SLICE | 1U << FAIR_CHECK_MIN_SLICE;
	else
		w->missing |= 1U << FAIR_CHECK_STALE_SLICE;
	if (!has(btf, "sched_entity", "min_slice"))
		w->missing |= 1U << FAIR_CHECK_STALE_SLICE;
	return got & (1U << FAIR_ROOM_QUEUE);
}

/* Without the module a crash itself must print what was found. */
static void dump_on_oops(struct fair_watch *w)
{
	FILE *f;

	if (read_text("", FAIR_DUMP, w->dump_before, sizeof(w->dump_before)) < 0 ||
	    strcmp(w->dump_before, "0")) {
		w->dump_before[0] = '\0';
		return;
	}
	f = fopen(FAIR_DUMP, "we");
	if (!f || fputs("1\n", f) < 0)
		w->dump_before[0] = '\0';
	if (f)
		fclose(f);
}

static void restore_dump(struct fair_watch *w)
{
	FILE *f = w->dump_before[0] ? fopen(FAIR_DUMP, "we") : NULL;

	if (!f)
		return;
	fprintf(f, "%s\n", w->dump_before);
	fclose(f);
	w->dump_before[0] = '\0';
}

/*
 * A program that may call bpf_trace_printk() has the kernel turn that trace event on, for good; as
 * long as any is on, each switch of tasks costs more.
 */
static void note_printk(struct fair_watch *w)
{
	char text[8];

	w->printk_was_off = read_text("", FAIR_PRINTK, text, sizeof(text)) > 0 && *text == '0';
}

static void restore_printk(struct fair_watch *w)
{
	FILE *f = w->printk_was_off ? fopen(FAIR_PRINTK, "we") : NULL;

	if (!f)
		return;
	fputs("0\n", f);
	fclose(f);
	w->printk_was_off = false;
}

static bool prepare(struct fair_watch *w)
{
	struct btf *btf = btf__load_vmlinux_btf();
	struct timespec tick;
	bool good;

	if (!btf) {
		say("the type information of this kernel in /sys/kernel/btf/vmlinux cannot be read (%s); boot a kernel with CONFIG_DEBUG_INFO_BTF=y",
		    strerror(errno));
		return false;
	}
	good = known_layout(btf);
	if (good && !choose(w, btf)) {
		say("neither pick_eevdf nor pick_task_fair can be traced on this kernel; read /proc/kallsyms as root, and boot a kernel with CONFIG_FUNCTION_TRACER=y");
		good = false;
	}
	btf__free(btf);
	if (!good)
		return false;
	w->module = file_exists("", "/sys/kernel/btf/eevdf_audit");
	w->trace = !w->module;
	clock_getres(CLOCK_MONOTONIC_COARSE, &tick);
	w->skel->rodata->tick_ns = tick.tv_sec * NSEC_PER_SEC + tick.tv_nsec;
	w->skel->rodata->sample = w->opts->sample;
	w->skel->rodata->max_walk = w->opts->max_walk;
	w->skel->rodata->rooms = w->rooms;
	w->skel->rodata->to_trace = w->trace;
	w->skel->rodata->mutated = w->opts->mutate ? 1U << (w->opts->mutate - 1) : 0;
	return !bpf_map__set_max_entries(w->skel->maps.notes, w->cpus);
}

static bool explain(int err)
{
	if (err == EPERM || err == EACCES)
		say("watching the kernel needs the capabilities CAP_BPF and CAP_PERFMON; run it as root, with sudo for instance");
	else {
		clean_text(complaints, true);
		fputs(complaints, stderr);
		say("the programs cannot be loaded: %s", strerror(err));
	}
	return false;
}

/**
 * fair_attach() - begin to watch
 * @w: @opts set, the rest zero; filled
 *
 * Return: false: not possible, and a sentence was printed
 */
bool fair_attach(struct fair_watch *w)
{
	int err;

	libbpf_set_print(keep_complaint);
	w->cpus = libbpf_num_possible_cpus();
	w->skel = fair_audit_bpf__open();
	if (!w->skel)
		return explain(errno);
	if (!prepare(w))
		return false;
	note_printk(w);
	err = fair_audit_bpf__load(w->skel);
	if (err)
		return explain(-err);
	if (w->trace)
		dump_on_oops(w);
	else
		restore_printk(w);
	err = fair_audit_bpf__attach(w->skel);
	return err ? explain(-err) : true;
}

/**
 * fair_detach() - stop, and leave everything as it was
 * @w: attached or not
 */
void fair_detach(struct fair_watch *w)
{
	fair_audit_bpf__destroy(w->skel);
	w->skel = NULL;
	restore_dump(w);
	restore_printk(w);
}

/**
 * fair_reports() - where findings arrive
 * @w: attached
 *
 * Return: file descriptor of the ring buffer
 */
int fair_reports(const struct fair_watch *w)
{
	return bpf_map__fd(w->skel->maps.reports);
}

/**
 * fair_read() - the counters of all CPUs
 * @w: attached
 * @sum: overwritten
 *
 * Return: false without memory, or if the map cannot be read
 */
bool fair_read(const struct fair_watch *w, struct fair_counts *sum)
{
	struct fair_counts *all = calloc(w->cpus, sizeof(*all));
	__u64 *to = (__u64 *)sum, longest = 0, worst = 0;
	__u32 key = 0;
	int cpu;
	size_t i;

	memset(sum, 0, sizeof(*sum));
	if (!all || bpf_map_lookup_elem(bpf_map__fd(w->skel->maps.counters), &key, all)) {
		free(all);
		return false;
	}
	for (cpu = 0; cpu < w->cpus; cpu++) {
		const __u64 *from = (const __u64 *)&all[cpu];

		for (i = 0; i < sizeof(*sum) / sizeof(__u64); i++)
			to[i] += from[i];
		if (all[cpu].longest > longest)
			longest = all[cpu].longest;
		if (all[cpu].worst_lag > worst)
			worst = all[cpu].worst_lag;
	}
	sum->longest = longest;
	sum->worst_lag = worst;
	free(all);
	return true;
}

/* Some tasks on one CPU, so that its queue is not empty. */
static void be_busy(pid_t *pids, int nr)
{
	cpu_set_t one;
	int i;

	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	for (i = 0; i < nr; i++) {
		pids[i] = fork();
		if (pids[i])
			continue;
		sched_setaffinity(0, sizeof(one), &one);
		alarm(20);
		for (;;)
			sched_yield();
	}
}

static __u32 decide(const struct fair_counts *c)
{
	__u32 i;

	for (i = FAIR_WEIGHTING_FLAT; i < FAIR_WEIGHTING_NR; i++)
		if (c->matches[i] * 100 >= c->learned * 99)
			return i;
	return FAIR_WEIGHTING_NONE;
}

/**
 * fair_learn() - find out how this kernel weighs, by its own sums
 * @w: attached
 *
 * Return: false: it weighs in no way that is known, and a sentence was printed
 */
bool fair_learn(struct fair_watch *w)
{
	static const struct timespec pause = { .tv_nsec = 50000000 };
	struct fair_counts c;
	pid_t pids[3];
	int i, tries;

	be_busy(pids, ARRAY_SIZE(pids));
	for (tries = 0; tries < 200; tries++) {
		nanosleep(&pause, NULL);
		if (!fair_read(w, &c) || c.learned >= 200)
			break;
	}
	for (i = 0; i < (int)ARRAY_SIZE(pids); i++) {
		if (pids[i] <= 0)
			continue;
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
	w->skel->bss->weighting = c.learned ? decide(&c) : FAIR_WEIGHTING_NONE;
	if (w->skel->bss->weighting)
		return true;
	say("in %llu queues the kept sum of weights agrees with none of the ways to weigh that this program knows (flat %llu, full %llu, scaled %llu): this kernel's fair class is another one, or its sums are wrong already",
	    (unsigned long long)c.learned,
	    (unsigned long long)c.matches[FAIR_WEIGHTING_FLAT],
	    (unsigned long long)c.matches[FAIR_WEIGHTING_FULL],
	    (unsigned long long)c.matches[FAIR_WEIGHTING_SCALED]);
	return false;
}
