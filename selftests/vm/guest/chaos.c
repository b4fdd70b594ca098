// SPDX-License-Identifier: GPL-2.0
/*
 * Everything at once that a scheduler must put up with: hundreds of tasks that sleep, wake each
 * other, compute, yield, to each other too, change nice values, slices, CPUs, classes and cgroups
 * of themselves and others, fork, execute and exit, while CPUs go off and on. At the end the roll
 * is called: each must answer, and each must have ended as it was meant to.
 *
 * The director makes the stage, fills it and waits; another process takes CPUs off and on.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <getopt.h>
#include <sys/mman.h>

#include "chaos-actor.h"

#define ANSWER_S 10
#define ANSWER_NS (ANSWER_S * NSEC_PER_SEC)
/* With --ext: calm may last so many times as long as the rest, and longer. */
#define LATE 4
#define LATE_NS (200 * NSEC_PER_SEC)
/* A CPU is off for up to this long, then all are on for this long to twice as long. */
#define OFF_MS 1500
#define ON_MS 3000
/* How late the kernel may be to notice that a task is no deadline task any more. */
#define DEADLINE_REST_MS 500

struct options {
	uint64_t seed;
	long seconds;
	long actors;
	long plan;
	long patience;
	bool hotplug;
	bool ext;
	bool lone;
	bool settled;
	bool unlimited;
	bool apart;
	bool restarts;
};

enum {
	OPT_SEED,
	OPT_SECONDS,
	OPT_ACTORS,
	OPT_PATIENCE,
	OPT_PLAN,
	OPT_NO_HOTPLUG,
	OPT_EXT,
	OPT_LONE,
	OPT_SETTLED,
	OPT_UNLIMITED,
	OPT_APART,
	OPT_RESTARTS,
	OPT_CHILD,
	OPT_HELP,
};

static const struct {
	const char *name;
	const char *value;
	const char *text;
} option_infos[] = {
	[OPT_SEED] = { "seed", "N", "of all random streams (default: the time)" },
	[OPT_SECONDS] = { "seconds", "S", "how long, without calm, 1 to 86400 (default 60)" },
	[OPT_ACTORS] = { "actors", "N", "how many, 2 to 2000 (default 200)" },
	[OPT_PATIENCE] = { "patience", "N",
			   "on a slow machine: wait and rest N times as long, 1 to 100" },
	[OPT_PLAN] = { "plan", "N", "print the first N steps of each actor and do nothing" },
	[OPT_NO_HOTPLUG] = { "no-hotplug", NULL, "leave the CPUs as they are" },
	[OPT_EXT] = { "ext", NULL, "be calm while no sched_ext scheduler is attached" },
	[OPT_LONE] = { "lone", NULL, "at most one real-time task at a time, no deadline task" },
	[OPT_SETTLED] = { "settled", NULL, "change no policy while a scheduler is being enabled" },
	[OPT_UNLIMITED] = { "unlimited", NULL, "give no group a cpu.max" },
	[OPT_APART] = { "apart", NULL, "remove no group while somebody writes to its files" },
	[OPT_RESTARTS] = { "restarts", NULL,
			   "leave the CPUs as they are for as long as a scheduler took to come back" },
	[OPT_CHILD] = { "child", "STATUS", "what an actor executes: leaves with STATUS" },
	[OPT_HELP] = { "help", NULL, "print this and leave" },
};

#define NR_OPTIONS (sizeof(option_infos) / sizeof(option_infos[0]))

static void usage(FILE *out)
{
	size_t i;
	int len;

	fputs("usage: chaos [OPTION]...    (as root)\n\n"
	      "Prints NAME VALUE lines: what was done how often, what the kernel refused, and what\n"
	      "went wrong. Exit status: 0, 1 if a task was lost or is stuck, 2 for bad usage.\n\n", out);
	for (i = 0; i < NR_OPTIONS; i++) {
		len = fprintf(out, "  --%s %s", option_infos[i].name,
			      option_infos[i].value ? option_infos[i].value : "");
		fprintf(out, "%*s%s\n", 20 - len, "", option_infos[i].text);
	}
}

static uint64_t seed_number(const char *text)
{
	char *end;
	uint64_t n;

	errno = 0;
	n = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || errno) {
		fprintf(stderr, "chaos: '%s' is no seed; a number from 0 to 2^64 - 1 is\n", text);
		exit(2);
	}
	return n;
}

static void leave_as_child(const char *status)
{
	int n = number(status, 0, 255);

	compute(100);
	exit(n);
}

static struct options read_options(int argc, char **argv)
{
	struct options options = {
		.seed = now(), .seconds = 60, .actors = 200, .patience = 1, .hotplug = true,
	};
	struct option table[NR_OPTIONS + 1] = { 0 };
	size_t i;
	int c;

	for (i = 0; i < NR_OPTIONS; i++) {
		table[i].name = option_infos[i].name;
		table[i].has_arg = option_infos[i].value ? required_argument : no_argument;
		table[i].val = i;
	}
	while ((c = getopt_long(argc, argv, "", table, NULL)) != -1) {
		switch (c) {
		case OPT_SEED: options.seed = seed_number(optarg); break;
		case OPT_SECONDS: options.seconds = number(optarg, 1, 86400); break;
		case OPT_ACTORS: options.actors = number(optarg, 2, ACTORS_MAX); break;
		case OPT_PATIENCE: options.patience = number(optarg, 1, 100); break;
		case OPT_PLAN: options.plan = number(optarg, 1, 1000000); break;
		case OPT_NO_HOTPLUG: options.hotplug = false; break;
		case OPT_EXT: options.ext = true; break;
		case OPT_LONE: options.lone = true; break;
		case OPT_SETTLED: options.settled = true; break;
		case OPT_UNLIMITED: options.unlimited = true; break;
		case OPT_APART: options.apart = true; break;
		case OPT_RESTARTS: options.restarts = true; break;
		case OPT_CHILD: leave_as_child(optarg); break;
		case OPT_HELP: usage(stdout); exit(0);
		default: usage(stderr); exit(2);
		}
	}
	if (optind < argc) {
		usage(stderr);
		exit(2);
	}
	return options;
}

static void set_stage(const struct options *options)
{
	stage = mmap(NULL, sizeof(*stage), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		     0);
	if (stage == MAP_FAILED) {
		perror("chaos: no memory for the stage");
		exit(1);
	}
	stage->seed = options->seed;
	stage->nr_actors = options->actors;
	stage->patience = options->patience;
	stage->lone = options->lone;
	stage->settled = options->settled;
	stage->unlimited = options->unlimited;
	stage->restarts = options->restarts;
	stage->apart = options->apart;
	stage->holds = memfd_create("chaos", MFD_CLOEXEC);
	if (stage->holds < 0) {
		perror("chaos: no file for locks");
		exit(1);
	}
	stage->nr_cpus = sysconf(_SC_NPROCESSORS_CONF);
}

static void print_plan(long steps)
{
	struct stream stream;
	struct step step;
	uint32_t i;
	long n;

	for (i = 0; i < stage->nr_actors; i++) {
		stream = stream_of(stage->seed, i, 0);
		for (n = 0; n < steps; n++) {
			step = draw_step(&stream);
			printf("%u %s %u %u %u\n", i, actions[step.action].name, step.who, step.a,
			       step.b);
		}
	}
}

/* --- CPUs off and on --- */

static bool set_online(uint32_t cpu, bool online)
{
	char folder[64];

	snprintf(folder, sizeof(folder), "/sys/devices/system/cpu/cpu%u", cpu);
	if (!write_number(folder, "online", online)) {
		stage->cpu_refused++;
		return false;
	}
	(*(online ? &stage->cpu_on : &stage->cpu_off))++;
	return true;
}

/* Sleeps in bits, to hear of the end; false at the end. */
static bool pause_ms(uint32_t ms)
{
	for (; ms > 50 && !stage->over; ms -= 50)
		nap(50 * MS);
	if (!stage->over)
		nap(ms * MS);
	return !stage->over;
}

/* Without this a loader might never get so far. */
static bool wait_for_ext(void)
{
	uint32_t ms;

	for (ms = 0; ms < EXT_MS * stage->patience && stage->calm; ms += 100)
		if (!pause_ms(100))
			return false;
	return true;
}

/* One or two at a time, never the first. All are on when it exits. */
static void hotplug_run(void)
{
	struct stream stream = stream_of(stage->seed, ACTORS_MAX, 0);
	uint32_t cpus[2], nr, i, on_ms, off_ms;
	uint64_t gone;
	bool off[2];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		on_ms = ON_MS + draw(&stream) % ON_MS;
		off_ms = draw(&stream) % OFF_MS;
		nr = 1 + draw(&stream) % 2;
		for (i = 0; i < 2; i++)
			cpus[i] = 1 + draw(&stream) % (stage->nr_cpus - 1);
		stage->hotplug = 0;
		gone = now();
		if (!wait_for_ext())
			_exit(0);
		if (stage->restarts)
			on_ms += (now() - gone) / MS;
		if (!pause_ms(on_ms))
			_exit(0);
		stage->hotplug = 1;
		while (stage->deadlines || now() < stage->deadline_end + DEADLINE_REST_MS * MS)
			nap(10 * MS);
		for (i = 0; i < nr; i++)
			off[i] = (!i || cpus[1] != cpus[0]) && set_online(cpus[i], false);
		nap(off_ms * MS);
		for (i = 0; i < nr; i++)
			while (off[i] && !set_online(cpus[i], true))
				nap(10 * MS);
	}
}

/* --- the director --- */

static uint64_t lost;

static void enter(uint32_t i)
{
	struct actor *actor = &stage->actors[i];
	pid_t pid = fork();

	if (!pid)
		actor_run(i);
	if (pid < 0) {
		perror("chaos: fork of an actor");
		lost++;
		pid = 0;
	}
	actor->pid = pid;
}

static struct actor *actor_of(pid_t pid)
{
	uint32_t i;

	for (i = 0; i < stage->nr_actors; i++)
		if (stage->actors[i].pid == pid)
			return &stage->actors[i];
	return NULL;
}

/* Whoever has ended; an actor's next life follows, but not after the roll call. False: nobody. */
static bool reap_one(pid_t *hotplug)
{
	struct actor *actor;
	int status, expected;
	uint32_t i;
	pid_t pid = waitpid(-1, &status, WNOHANG);

	if (pid <= 0)
		return false;
	if (pid == *hotplug) {
		*hotplug = 0;
		expected = 0;
	} else {
		actor = actor_of(pid);
		if (!actor) {
			fprintf(stderr, "chaos: %d is nobody's\n", pid);
			lost++;
			return true;
		}
		i = actor - stage->actors;
		expected = W_EXITCODE(status_of(i, actor->life), 0);
		actor->pid = 0;
		actor->life++;
		if (!stage->over)
			enter(i);
	}
	if (status != expected) {
		fprintf(stderr, "chaos: %d ended with status %#x, not %#x\n", pid, status,
			expected);
		lost++;
	}
	return true;
}

static bool ext_attached(void)
{
	return ext_state_is("enabled");
}

static void reap_until(uint64_t end, pid_t *hotplug, bool (*enough)(void))
{
	while (now() < end && !(enough && enough() && !*hotplug))
		if (!reap_one(hotplug))
			nap(10 * MS);
}

static uint32_t silent(void)
{
	uint32_t i, n = 0;

	for (i = 0; i < stage->nr_actors; i++)
		n += stage->actors[i].pid && !stage->actors[i].answered;
	return n;
}

static bool all_answered(void)
{
	return !silent();
}

static uint32_t present(void)
{
	uint32_t i, n = 0;

	for (i = 0; i < stage->nr_actors; i++)
		n += !!stage->actors[i].pid;
	return n;
}

static bool all_left(void)
{
	return !present();
}

static bool read_line(const char *path, char *line, int size)
{
	FILE *file = fopen(path, "re");
	bool ok = file && fgets(line, size, file);

	if (file)
		fclose(file);
	return ok;
}

/* Every task of this program that is not asleep, and where in the kernel it is. */
static void show_stuck(void)
{
	char path[300], line[256], where[64], state;
	struct dirent *entry;
	DIR *proc = opendir("/proc");
	int pid, shown = 0;

	while (proc && shown < 60 && (entry = readdir(proc))) {
		snprintf(path, sizeof(path), "/proc/%s/stat", entry->d_name);
		if (!read_line(path, line, sizeof(line)) ||
		    sscanf(line, "%d (chaos) %c", &pid, &state) != 2 || state == 'S' ||
		    pid == getpid())
			continue;
		snprintf(path, sizeof(path), "/proc/%d/wchan", pid);
		if (!read_line(path, where, sizeof(where)))
			*where = '\0';
		fprintf(stderr, "chaos: stuck: %d %c, policy %d nice %d, in %s\n", pid, state,
			sched_getscheduler(pid), getpriority(PRIO_PROCESS, pid), where);
		shown++;
	}
	if (proc)
		closedir(proc);
}

static void print_result(uint32_t unanswered, uint32_t stayed, uint64_t busy)
{
	uint64_t steps = 0, children = 0, lives = 0, longest = 0, done, refused;
	uint32_t i;
	int n;

	for (i = 0; i < stage->nr_actors; i++) {
		const struct actor *actor = &stage->actors[i];

		steps += actor->steps;
		children += actor->children;
		lives += actor->life;
		lost += actor->lost;
		if (actor->longest > longest)
			longest = actor->longest;
	}
	for (n = 0; n < NR_ACTIONS; n++) {
		done = refused = 0;
		for (i = 0; i < stage->nr_actors; i++) {
			done += stage->actors[i].done[n];
			refused += stage->actors[i].refused[n];
		}
		printf("%s %lu\n%s_refused %lu\n", actions[n].name, done, actions[n].name, refused);
	}
	printf("cpu_off %lu\ncpu_on %lu\ncpu_refused %lu\n", stage->cpu_off, stage->cpu_on,
	       stage->cpu_refused);
	printf("actors %u\nlives %lu\nchildren %lu\nsteps %lu\nlongest_step_ms %llu\n",
	       stage->nr_actors, lives, children, steps, longest / MS);
	printf("busy_ms %llu\n", busy / MS);
	printf("unanswered %u\nstayed %u\nlost %lu\n", unanswered, stayed, lost);
}

static void open_pipes(void)
{
	uint32_t i;

	for (i = 0; i < stage->nr_actors; i++)
		if (pipe2(stage->actors[i].pipe, O_CLOEXEC | O_NONBLOCK)) {
			perror("chaos: pipe2");
			exit(1);
		}
}

int main(int argc, char **argv)
{
	struct options options = read_options(argc, argv);
	uint32_t i, unanswered, stayed;
	pid_t hotplug = 0;
	uint64_t end, last, busy = 0;

	set_stage(&options);
	printf("seed %lu\n", options.seed);
	fflush(stdout);
	if (options.plan) {
		print_plan(options.plan);
		return 0;
	}
	if (!cgroups_begin()) {
		fputs("chaos: no cgroup2 with the cpu controller in /sys/fs/cgroup; mount it, as root\n",
		      stderr);
		return 1;
	}
	open_pipes();
	for (i = 0; i < stage->nr_actors; i++)
		enter(i);
	if (options.hotplug && stage->nr_cpus > 1) {
		hotplug = fork();
		if (!hotplug)
			hotplug_run();
	}
	last = now();
	end = last + LATE * options.seconds * NSEC_PER_SEC + LATE_NS * stage->patience;
	while (busy < options.seconds * NSEC_PER_SEC && last < end) {
		stage->calm = options.ext && !ext_attached();
		reap_until(last + 100 * MS, &hotplug, NULL);
		if (!stage->calm)
			busy += now() - last;
		last = now();
	}
	stage->over = 1;
	/*
	 * Who waits for the next period of its group is not lost: hundreds may share a tenth of a
	 * CPU, and owe for what they ran in the kernel. Each second: one may have set a new limit.
	 */
	for (i = 0; i < ANSWER_S && (silent() || hotplug); i++) {
		cgroups_lift();
		reap_until(now() + NSEC_PER_SEC * stage->patience, &hotplug, all_answered);
	}
	unanswered = silent() + !!hotplug;
	if (unanswered)
		show_stuck();
	stage->dismissed = 1;
	futex(&stage->dismissed, FUTEX_WAKE, ACTORS_MAX, 0);
	reap_until(now() + ANSWER_NS * stage->patience, &hotplug, all_left);
	stayed = present();
	if (!cgroups_end()) {
		fputs("chaos: a cgroup cannot be removed\n", stderr);
		lost++;
	}
	print_result(unanswered, stayed, busy);
	return unanswered || stayed || lost;
}
