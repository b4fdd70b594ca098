// SPDX-License-Identifier: GPL-2.0
/*
 * Virtual CPUs that wait for each other, beside busy loops: how much of the CPU they get, and how
 * long what they do together takes. A small user of /dev/kvm with machines of its own, which boot
 * nothing (vcpu_guest.h). Prints "name value" lines, or JSON.
 *
 * Exit status: 0 done, 1 something failed, 2 bad usage, 77 no KVM here.
 */
#define _GNU_SOURCE
#include <cpuid.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "guest.h"
#include "vcpu_guest.h"

#define MAX_VMS 3
#define MAX_HOGS 64
#define MAX_CPUS 64
#define WARM_UP_ROUNDS 32
#define SKIPPED 77

enum mode { HAND_OFF, LOCK, IPI, NR_MODES };
enum wait { HYPERCALL, PAUSE, SPIN, NR_WAITS };

static const char *const mode_names[NR_MODES] = { "hand-off", "lock", "ipi" };
static const char *const wait_names[NR_WAITS] = { "hypercall", "pause", "spin" };

static struct {
	enum mode mode;
	enum wait wait;
	unsigned int vms, vcpus, cpus, hogs;
	unsigned int count, seconds, work, idle;
	bool wrong, all, spread, json;
} how = { .vms = 1, .vcpus = 2, .cpus = 1, .count = 1000, .work = 0, .idle = 100 };

struct vcpu {
	unsigned int id, cpu;
	int fd;
	struct kvm_run *run;
	pthread_t thread;
};

struct vm {
	int fd;
	uint8_t *memory;
	volatile struct shared *shared;
	struct vcpu vcpus[MAX_VCPUS];
};

/* Time and service at a moment, ns. */
struct snapshot {
	uint64_t at;
	uint64_t vcpu[MAX_VMS * MAX_VCPUS], hog[MAX_HOGS];
};

static struct vm vms[MAX_VMS];
static pthread_t hogs[MAX_HOGS];
static volatile bool hogs_stop;
static struct snapshot begin, end;
static pthread_barrier_t warm, ready, machines, started;
static pthread_mutex_t end_lock = PTHREAD_MUTEX_INITIALIZER;

static int kvm(int fd, unsigned long request, void *arg, const char *what)
{
	int ret = ioctl(fd, request, arg);

	if (ret < 0)
		fail("%s: %s", what, strerror(errno));
	return ret;
}

/* --- time and service ------------------------------------------------------------------------ */

/* All threads are alive. */
static void take(struct snapshot *s)
{
	unsigned int i, j;

	s->at = clock_ns(CLOCK_MONOTONIC);
	for (i = 0; i < how.vms; i++)
		for (j = 0; j < how.vcpus; j++)
			s->vcpu[i * MAX_VCPUS + j] = thread_ns(vms[i].vcpus[j].thread);
	for (i = 0; i < how.hogs; i++)
		s->hog[i] = thread_ns(hogs[i]);
}

static void pin(unsigned int nr)
{
	cpu_set_t set;
	unsigned int i;

	CPU_ZERO(&set);
	if (how.spread)
		for (i = 0; i < how.cpus; i++)
			CPU_SET(i, &set);
	else
		CPU_SET(nr % how.cpus, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		fail("cannot run on CPU %u: %s", nr % how.cpus, strerror(errno));
}

static void *hog(void *arg)
{
	unsigned int i;

	pin((uintptr_t)arg);
	while (!hogs_stop) {
		for (i = 0; i < how.vms; i++)
			vms[i].shared->ran = RAN_HOG;
		spin();
	}
	return NULL;
}

/* --- virtual machines ------------------------------------------------------------------------ */

static void init_segment(struct kvm_segment *s, unsigned int base)
{
	s->base = base;
	s->selector = base >> 4;
	s->limit = 0xffff;
}

static unsigned int offset_of_wait(void)
{
	unsigned int a, b, c, d;

	switch (how.wait) {
	case PAUSE:
		return guest_pause - guest_begin;
	case SPIN:
		return guest_spin - guest_begin;
	default:
		__cpuid(0, a, b, c, d);
		return (b == signature_AMD_ebx ? guest_vmmcall : guest_vmcall) - guest_begin;
	}
}

/* As if it had just been switched on, at the beginning of what it shall do. */
static void reset_vcpu(struct vcpu *v)
{
	static const char *const entry[NR_MODES] = { guest_hand_off, guest_lock, guest_ipi };
	struct kvm_sregs sregs;
	struct kvm_regs regs = {
		.rip = entry[how.mode] - guest_begin,
		.rflags = 2,
		.rsi = v->id,
		.rdi = how.vcpus,
		.rbp = offset_of_wait(),
		.rsp = (v->id + 1) * GUEST_STACK_SIZE,
	};

	kvm(v->fd, KVM_GET_SREGS, &sregs, "cannot read a virtual CPU");
	init_segment(&sregs.cs, GUEST_CODE);
	init_segment(&sregs.ds, GUEST_DATA);
	init_segment(&sregs.es, GUEST_DATA);
	init_segment(&sregs.ss, GUEST_STACK);
	/* Enabled, x2APIC */
	sregs.apic_base |= 0xc00;
	kvm(v->fd, KVM_SET_SREGS, &sregs, "cannot set up a virtual CPU");
	kvm(v->fd, KVM_SET_REGS, &regs, "cannot set up a virtual CPU");
}

static void reset_shared(struct vm *vm, unsigned int rounds)
{
	struct shared fresh = {
		.wrong = how.wrong,
		.work = how.work,
		.idle = how.idle,
		.left = rounds,
		.command = GUEST_VECTOR | (how.all ? TO_ALL_OTHERS : 0),
	};

	memcpy((void *)vm->shared, &fresh, sizeof(fresh));
}

static void make_vcpu(int sys, struct vm *vm, unsigned int id, struct kvm_cpuid2 *cpuid)
{
	struct kvm_mp_state runnable = { .mp_state = KVM_MP_STATE_RUNNABLE };
	struct vcpu *v = &vm->vcpus[id];
	int size = kvm(sys, KVM_GET_VCPU_MMAP_SIZE, NULL, "cannot ask KVM for a size");

	v->id = id;
	v->fd = kvm(vm->fd, KVM_CREATE_VCPU, (void *)(uintptr_t)id, "cannot make a virtual CPU");
	v->run = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, v->fd, 0);
	if (v->run == MAP_FAILED)
		fail("cannot map a virtual CPU: %s", strerror(errno));
	kvm(v->fd, KVM_SET_CPUID2, cpuid, "cannot set up a virtual CPU");
	kvm(v->fd, KVM_SET_MP_STATE, &runnable, "cannot set up a virtual CPU");
}

static void make_vm(int sys, struct vm *vm, struct kvm_cpuid2 *cpuid)
{
	struct kvm_userspace_memory_region region = { .memory_size = GUEST_SIZE };
	unsigned int id, size = guest_end - guest_begin;
	uint16_t *vector;

	vm->fd = kvm(sys, KVM_CREATE_VM, NULL, "cannot make a virtual machine");
	/* Intel wants it, far from our memory. */
	ioctl(vm->fd, KVM_SET_TSS_ADDR, 0xfffbd000UL);
	kvm(vm->fd, KVM_CREATE_IRQCHIP, NULL, "cannot make an interrupt controller");

	vm->memory = mmap(NULL, GUEST_SIZE, PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (vm->memory == MAP_FAILED)
		fail("no memory for a virtual machine: %s", strerror(errno));
	region.userspace_addr = (uintptr_t)vm->memory;
	kvm(vm->fd, KVM_SET_USER_MEMORY_REGION, &region, "cannot give a machine its memory");
	vm->shared = (void *)(vm->memory + GUEST_DATA);
	memcpy(vm->memory + GUEST_CODE, guest_begin, size);
	vector = (uint16_t *)vm->memory + 2 * GUEST_VECTOR;
	vector[0] = guest_interrupt - guest_begin;
	vector[1] = GUEST_CODE >> 4;

	/*
	 * All before one runs: KVM finds the target of a hypercall in a map that it renews when a
	 * virtual CPU is made or its APIC changes.
	 */
	for (id = 0; id < how.vcpus; id++)
		make_vcpu(sys, vm, id, cpuid);
	for (id = 0; id < how.vcpus; id++)
		reset_vcpu(&vm->vcpus[id]);
}

static struct kvm_cpuid2 *get_cpuid(int sys)
{
	unsigned int n = 256;
	struct kvm_cpuid2 *cpuid = calloc(1, sizeof(*cpuid) + n * sizeof(cpuid->entries[0]));

	if (!cpuid)
		fail("no memory");
	cpuid->nent = n;
	kvm(sys, KVM_GET_SUPPORTED_CPUID, cpuid, "cannot ask KVM what a CPU can");
	return cpuid;
}

/*
 * All virtual CPUs of a machine have come to its rendezvous; this one's thread speaks for it. The
 * counters begin when all machines have.
 */
static void start(void)
{
	if (pthread_barrier_wait(&machines) == PTHREAD_BARRIER_SERIAL_THREAD)
		take(&begin);
	pthread_barrier_wait(&started);
}

/* Until it leaves by itself. A signal for this process is not expected, but is no reason. */
static void run_vcpu(struct vcpu *v, bool warm_up)
{
	for (;;) {
		while (ioctl(v->fd, KVM_RUN, NULL) < 0)
			if (errno != EINTR)
				fail("virtual CPU %u does not run: %s", v->id, strerror(errno));
		if (v->run->exit_reason != KVM_EXIT_IO || (v->run->io.port != GUEST_EXIT_PORT &&
							   v->run->io.port != GUEST_START_PORT))
			fail("virtual CPU %u ended with reason %u instead of its output", v->id,
			     v->run->exit_reason);
		if (v->run->io.port == GUEST_EXIT_PORT)
			return;
		if (!warm_up)
			start();
	}
}

/* The first that is done says when that was, and stops everybody. */
static void finish(void)
{
	unsigned int i;

	pthread_mutex_lock(&end_lock);
	if (!end.at) {
		take(&end);
		for (i = 0; i < how.vms; i++)
			vms[i].shared->stop = 1;
	}
	pthread_mutex_unlock(&end_lock);
}

static void *vcpu_thread(void *arg)
{
	struct vcpu *v = arg;

	pin(v->cpu);
	/* Once without counting: memory is mapped, code has been seen. */
	run_vcpu(v, true);
	if (pthread_barrier_wait(&warm) == PTHREAD_BARRIER_SERIAL_THREAD) {
		unsigned int i;

		for (i = 0; i < how.vms; i++)
			reset_shared(&vms[i], how.seconds ? 0 : how.count);
	}
	reset_vcpu(v);
	pthread_barrier_wait(&ready);
	run_vcpu(v, false);
	finish();
	/* Its CPU time can be read as long as it lives. */
	pthread_barrier_wait(&warm);
	return NULL;
}

/* --- what was found -------------------------------------------------------------------------- */

static bool first_line = true;

static void put(const char *name, uint64_t value)
{
	if (how.json)
		printf("%s\"%s\":%llu", first_line ? "{" : ",", name, (unsigned long long)value);
	else
		printf("%s %llu\n", name, (unsigned long long)value);
	first_line = false;
}

static void put_nr(const char *name, unsigned int i, uint64_t value)
{
	char text[32];

	snprintf(text, sizeof(text), "%s_%u", name, i);
	put(text, value);
}

static void put_text(const char *name, const char *value)
{
	if (how.json)
		printf("%s\"%s\":\"%s\"", first_line ? "{" : ",", name, value);
	else
		printf("%s %s\n", name, value);
	first_line = false;
}

/* A figure of KVM's, over all machines; -1 if it is not to be had. */
static long long kvm_stat(const char *name)
{
	long long value = -1;
	char path[96];
	FILE *f;

	snprintf(path, sizeof(path), "/sys/kernel/debug/kvm/%s", name);
	f = fopen(path, "re");
	if (!f)
		return -1;
	if (fscanf(f, "%lld", &value) != 1)
		value = -1;
	fclose(f);
	return value;
}

static void put_counts(void)
{
	uint64_t rounds = 0, waits = 0, other = 0, hog_ran = 0, self = 0, next = 0;
	unsigned int i, j;

	for (i = 0; i < how.vms; i++) {
		uint64_t in_vm = 0;

		for (j = 0; j < how.vcpus; j++) {
			volatile struct counts *c = &vms[i].shared->of[j];

			/* A receiver's answer is the second half of a round. */
			if (how.mode != IPI || !j)
				in_vm += c->rounds;
			if (how.mode == IPI && j)
				next += c->after_other;
			waits += c->waits;
			other += c->after_other;
			hog_ran += c->after_hog;
			self += c->after_self;
		}
		rounds += in_vm;
		if (how.vms > 1)
			put_nr("rounds", i, in_vm);
	}
	put("rounds", rounds);
	put("waits", waits);
	/* Who ran last is one word a machine. */
	if (how.vms > 1 || how.cpus > 1)
		return;
	if (how.mode == IPI)
		put("answered_next", next);
	put("after_other", other);
	put("after_hog", hog_ran);
	put("after_self", self);
}

static void put_service(void)
{
	uint64_t sum = 0, ns;
	unsigned int i, j;

	put("time_ns", end.at - begin.at);
	for (i = 0; i < how.vms; i++)
		for (j = 0; j < how.vcpus; j++) {
			ns = end.vcpu[i * MAX_VCPUS + j] - begin.vcpu[i * MAX_VCPUS + j];
			put_nr("vcpu_ns", i * how.vcpus + j, ns);
			sum += ns;
		}
	put("vcpu_ns", sum);
	sum = 0;
	for (i = 0; i < how.hogs; i++) {
		ns = end.hog[i] - begin.hog[i];
		put_nr("hog_ns", i, ns);
		sum += ns;
	}
	put("hog_ns", sum);
}

static void measure(void)
{
	static const char *const stats[] = { "directed_yield_attempted",
					     "directed_yield_successful" };
	long long before[2];
	unsigned int i, j, n = 0;

	pthread_barrier_init(&warm, NULL, how.vms * how.vcpus);
	pthread_barrier_init(&ready, NULL, how.vms * how.vcpus);
	pthread_barrier_init(&machines, NULL, how.vms);
	/* With the thread that waits for the seconds to pass. */
	pthread_barrier_init(&started, NULL, how.vms + 1);
	for (i = 0; i < 2; i++)
		before[i] = kvm_stat(stats[i]);

	for (i = 0; i < how.hogs; i++)
		if (pthread_create(&hogs[i], NULL, hog, (void *)(uintptr_t)i))
			fail("cannot start a thread");
	for (i = 0; i < how.vms; i++) {
		reset_shared(&vms[i], WARM_UP_ROUNDS);
		for (j = 0; j < how.vcpus; j++) {
			struct vcpu *v = &vms[i].vcpus[j];

			v->cpu = n++;
			if (pthread_create(&v->thread, NULL, vcpu_thread, v))
				fail("cannot start a thread");
		}
	}
	pthread_barrier_wait(&started);
	if (how.seconds) {
		struct timespec left = { .tv_sec = how.seconds };

		clock_nanosleep(CLOCK_MONOTONIC, 0, &left, NULL);
		finish();
	}
	for (i = 0; i < how.vms; i++)
		for (j = 0; j < how.vcpus; j++)
			pthread_join(vms[i].vcpus[j].thread, NULL);
	hogs_stop = true;
	for (i = 0; i < how.hogs; i++)
		pthread_join(hogs[i], NULL);

	put_text("mode", mode_names[how.mode]);
	put_text("wait", wait_names[how.wait]);
	put("vms", how.vms);
	put("vcpus", how.vcpus);
	put("cpus", how.cpus);
	put("hogs", how.hogs);
	put_counts();
	put_service();
	/* With the warm-up, but for so few rounds that it does not matter. */
	for (i = 0; i < 2; i++)
		if (before[i] >= 0)
			put(stats[i], kvm_stat(stats[i]) - before[i]);
	if (how.json)
		puts("}");
}

/* --- options --------------------------------------------------------------------------------- */

static const struct {
	struct option o;
	const char *arg, *help;
} options[] = {
	{ { "mode", required_argument, NULL, 'm' }, "WHAT",
	  "hand-off (default): each in turn hands a flag on; lock: a ticket lock;\n"
	  "                    ipi: one interrupts the others in turn and waits for the answer" },
	{ { "wait", required_argument, NULL, 'w' }, "HOW",
	  "hypercall (default): yield to the one waited for; pause; spin" },
	{ { "vms", required_argument, NULL, 'v' }, "N", "virtual machines, 1 to 3 (1)" },
	{ { "vcpus", required_argument, NULL, 'n' }, "N", "virtual CPUs of each, 2 to 16 (2)" },
	{ { "cpus", required_argument, NULL, 'c' }, "N",
	  "CPUs, from number 0 on, that they are pinned to one by one, 1 to 64 (1)" },
	{ { "spread", no_argument, NULL, 'S' }, NULL, "pin each to all of these CPUs instead" },
	{ { "hogs", required_argument, NULL, 'H' }, "N",
	  "busy loops on the same CPUs, 0 to 64 (0)" },
	{ { "count", required_argument, NULL, 'r' }, "N",
	  "until one machine has done so many rounds, 1 to 100000000 (1000)" },
	{ { "seconds", required_argument, NULL, 's' }, "N", "for so long instead, 1 to 3600" },
	{ { "work", required_argument, NULL, 'k' }, "N",
	  "loops of a turn, a critical section or an answer, 0 to 1000000000 (0)" },
	{ { "idle", required_argument, NULL, 'i' }, "N",
	  "loops between two critical sections or interrupts, 0 to 1000000000 (100)" },
	{ { "wrong", no_argument, NULL, 'x' }, NULL,
	  "ipi: name the receiver after the one that is waited for" },
	{ { "all", no_argument, NULL, 'a' }, NULL,
	  "ipi: interrupt all others at once, and wait for one as before" },
	{ { "json", no_argument, NULL, 'j' }, NULL, "one object instead of lines" },
	{ { "help", no_argument, NULL, 'h' }, NULL, "this" },
};
#define NR_OPTIONS (sizeof(options) / sizeof(options[0]))

static void usage(void)
{
	size_t i;

	puts("usage: vcpu_handoff [OPTION]...\n\n"
	     "Virtual CPUs that wait for each other, beside busy loops. Needs KVM.\n");
	for (i = 0; i < NR_OPTIONS; i++) {
		char left[32];

		snprintf(left, sizeof(left), "--%s%s%s", options[i].o.name,
			 options[i].arg ? " " : "", options[i].arg ? options[i].arg : "");
		printf("  %-16s  %s\n", left, options[i].help);
	}
	puts("\ntime_ns is what the rounds took, vcpu_ns and hog_ns is CPU time. after_other: a virtual\n"
	     "CPU returned from a wait, or answered, and the last one to run was another that waits;\n"
	     "after_hog: it was a busy loop; after_self: itself. answered_next: a receiver ran right\n"
	     "after the one that waits for it. Exit status: 0; 1 something failed; 2 bad usage;\n"
	     "77 no KVM here.");
}

static void bad_usage(const char *why, const char *what)
{
	fprintf(stderr, "vcpu_handoff: %s '%s' (see --help)\n", why, what);
	exit(2);
}

static unsigned int choice(const char *text, const char *const *names, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (!strcmp(text, names[i]))
			return i;
	bad_usage("no such choice:", text);
	return 0;
}

static void read_options(int argc, char **argv)
{
	struct option longs[NR_OPTIONS + 1] = { 0 };
	size_t i;
	int c;

	for (i = 0; i < NR_OPTIONS; i++)
		longs[i] = options[i].o;
	while ((c = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		switch (c) {
		case 'm': how.mode = choice(optarg, mode_names, NR_MODES); break;
		case 'w': how.wait = choice(optarg, wait_names, NR_WAITS); break;
		case 'v': how.vms = number(optarg, 1, MAX_VMS); break;
		case 'n': how.vcpus = number(optarg, 2, MAX_VCPUS); break;
		case 'c': how.cpus = number(optarg, 1, MAX_CPUS); break;
		case 'S': how.spread = true; break;
		case 'H': how.hogs = number(optarg, 0, MAX_HOGS); break;
		case 'r': how.count = number(optarg, 1, 100000000); break;
		case 's': how.seconds = number(optarg, 1, 3600); break;
		case 'k': how.work = number(optarg, 0, 1000000000); break;
		case 'i': how.idle = number(optarg, 0, 1000000000); break;
		case 'a': how.all = true; break;
		case 'x': how.wrong = true; break;
		case 'j': how.json = true; break;
		case 'h': usage(); exit(EXIT_SUCCESS);
		default: exit(2);
		}
	}
	if (optind < argc)
		bad_usage("what is", argv[optind]);
	if (how.all && how.mode != IPI)
		bad_usage("--mode ipi is needed for", "--all");
	if (how.wrong && (how.mode != IPI || how.vcpus < 3))
		bad_usage("two receivers, so --mode ipi and --vcpus 3 or more, are needed for",
			  "--wrong");
}

int main(int argc, char **argv)
{
	struct kvm_cpuid2 *cpuid;
	unsigned int i;
	int sys;

	read_options(argc, argv);
	sys = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (sys < 0) {
		fprintf(stderr, "vcpu_handoff: no KVM here (/dev/kvm: %s): load kvm_amd or "
			"kvm_intel, or use a machine that has it\n", strerror(errno));
		return SKIPPED;
	}
	if (ioctl(sys, KVM_GET_API_VERSION, 0) != KVM_API_VERSION)
		fail("this is not the KVM that is known");
	cpuid = get_cpuid(sys);
	for (i = 0; i < how.vms; i++)
		make_vm(sys, &vms[i], cpuid);
	free(cpuid);
	measure();
	return EXIT_SUCCESS;
}
