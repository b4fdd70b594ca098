/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The actors of chaos: what each action does. All waits are bounded by a time and all work as a
 * real-time or deadline task by an amount, so whoever is stuck or starved is so by the scheduler.
 */
#ifndef CHAOS_ACTOR_H
#define CHAOS_ACTOR_H

#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "chaos-cgroup.h"

#define YIELD_TO "/sys/kernel/debug/eevdf_audit/yield_to"
#define POLICY_EXT 7
#define CALM_NS (300 * MS)
/* A scheduler that did not come within this time is not waited for any longer. */
#define EXT_MS 20000
#define EXT_STATE "/sys/kernel/sched_ext/state"

/**
 * struct child - forked by an actor, and not waited for yet
 * @pid: 0 = none
 * @status: as waitpid() must give it
 */
struct child {
	pid_t pid;
	int status;
};

/**
 * struct self - an actor's own state
 * @actor: on the stage; NULL in a child
 * @stream: its steps
 * @children: not waited for yet
 * @yield_to: file of the module; -1 = it is not there
 * @status: it is to exit with
 * @leaves: at the end of this step
 */
struct self {
	struct actor *actor;
	struct stream stream;
	struct child children[CHILDREN_MAX];
	int yield_to;
	int status;
	bool leaves;
};

/* An actor's exit status says which one it was. */
static inline int status_of(uint32_t number, uint32_t life)
{
	return 3 + (number + life * 7) % 120;
}

static inline long futex(_Atomic uint32_t *word, int op, uint32_t value, uint64_t ns)
{
	struct timespec ts = { ns / NSEC_PER_SEC, ns % NSEC_PER_SEC };

	return syscall(SYS_futex, word, op, value, op == FUTEX_WAIT ? &ts : NULL, NULL, 0);
}

/* Half of what can concern others concerns oneself. */
static inline pid_t target(const struct step *step)
{
	return step->a & 1 ? 0 : stage->actors[step->who].pid;
}

/* "enabled", "enabling" ...; without sched_ext none of them */
static inline bool ext_state_is(const char *name)
{
	char text[16] = "";
	FILE *state = fopen(EXT_STATE, "re");

	if (state && !fgets(text, sizeof(text), state))
		*text = '\0';
	if (state)
		fclose(state);
	text[strcspn(text, "\n")] = '\0';
	return !strcmp(text, name);
}

/*
 * Each place of the kernel that asks whether there is a sched_ext scheduler learns it on its own,
 * one after the other (static keys). A task may be of its class before __schedule() asks that
 * class: the CPU idles, and put_prev_task_scx() warns. 7.2.12 does so with an empty scheduler and
 * two tasks that change their own policy. Only SCX_OPS_ENQ_LAST, see userspace/loader.c, prevents
 * it.
 */
static inline void await_enabled(void)
{
	uint64_t end = now() + stage->patience * EXT_MS * MS;

	while (ext_state_is("enabling") && now() < end)
		nap(10 * MS);
}

static inline bool set_attr(pid_t pid, const struct attr *attr)
{
	if (stage->settled)
		await_enabled();
	return !syscall(SYS_sched_setattr, pid, attr, 0);
}

static inline bool set_policy(pid_t pid, uint32_t policy, int nice, uint64_t slice)
{
	struct attr attr = { .size = sizeof(attr), .policy = policy };

	if (policy == SCHED_FIFO || policy == SCHED_RR) {
		attr.priority = 1 + nice;
	} else {
		attr.nice = nice;
		attr.runtime = slice;
	}
	return set_attr(pid, &attr);
}

static inline bool do_compute(struct self *self, const struct step *step)
{
	(void)self;
	compute(10 + step->a % 500);
	return true;
}

static inline bool do_nap(struct self *self, const struct step *step)
{
	(void)self;
	nap(50 * US + step->a % 8000 * US);
	return true;
}

static inline bool do_ring(struct self *self, const struct step *step)
{
	struct actor *other = &stage->actors[step->who];

	(void)self;
	other->bell++;
	return futex(&other->bell, FUTEX_WAKE, 1, 0) >= 0;
}

static inline bool do_await(struct self *self, const struct step *step)
{
	_Atomic uint32_t *bell = &self->actor->bell;

	/* A ring in between, or none for so long: both are answers. */
	futex(bell, FUTEX_WAIT, *bell, MS + step->a % 30 * MS);
	return true;
}

static inline bool do_send(struct self *self, const struct step *step)
{
	char c = step->a;

	(void)self;
	return write(stage->actors[step->who].pipe[1], &c, 1) == 1;
}

static inline bool do_receive(struct self *self, const struct step *step)
{
	struct pollfd poll_fd = { .fd = self->actor->pipe[0], .events = POLLIN };
	char bytes[64];

	if (poll(&poll_fd, 1, 1 + step->a % 30) <= 0)
		return true;
	return read(poll_fd.fd, bytes, sizeof(bytes)) > 0;
}

static inline bool do_yield(struct self *self, const struct step *step)
{
	uint32_t i;

	(void)self;
	for (i = 0; i <= step->a % 3; i++)
		sched_yield();
	return true;
}

static inline bool do_yield_to(struct self *self, const struct step *step)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%d\n", stage->actors[step->who].pid);

	return self->yield_to >= 0 && write(self->yield_to, text, len) == len;
}

static inline bool do_renice(struct self *self, const struct step *step)
{
	(void)self;
	return !setpriority(PRIO_PROCESS, target(step), (int)(step->b % 40) - 20);
}

static inline bool do_slice(struct self *self, const struct step *step)
{
	(void)self;
	return set_policy(target(step), SCHED_OTHER, (int)(step->b % 20) - 10,
			  step->b & 0x100 ? (1 + (step->b >> 16) % 1000) * 100 * US : 0);
}

static inline bool do_affinity(struct self *self, const struct step *step)
{
	cpu_set_t set;
	uint32_t i;

	(void)self;
	CPU_ZERO(&set);
	for (i = 0; i < stage->nr_cpus; i++)
		if (step->b % 3 == 0 || step->b >> (8 + i % 24) & 1)
			CPU_SET(i, &set);
	/* None at all is refused; so are CPUs all of which are off. */
	return !sched_setaffinity(target(step), sizeof(set), &set);
}

static inline bool do_class(struct self *self, const struct step *step)
{
	static const uint32_t policies[] = { SCHED_OTHER, SCHED_OTHER, SCHED_BATCH, SCHED_IDLE,
					     POLICY_EXT };

	(void)self;
	return set_policy(target(step), policies[step->b % 5], (int)(step->b >> 8) % 20, 0);
}

/* At most a fifth of a millisecond of work at a time. */
static inline bool be_fifo(const struct step *step)
{
	if (!set_policy(0, step->b & 1 ? SCHED_FIFO : SCHED_RR, step->b % 10, 0))
		return false;
	compute(10 + step->a % 200);
	nap(100 * US);
	compute(10 + step->a % 200);
	return set_policy(0, SCHED_OTHER, 0, 0);
}

/*
 * Before 6.19 the kernel lets go of a runqueue when a scheduler attaches, with the callback pending
 * that pulls for a deadline task (prio_changed_dl()), or pushes away the second of two real-time
 * tasks (set_next_task_rt()), and warns of that (rq_pin_lock()).
 */
static inline bool do_fifo(struct self *self, const struct step *step)
{
	bool done;

	(void)self;
	if (!stage->lone)
		return be_fifo(step);
	if (atomic_exchange(&stage->taken, true))
		return false;
	done = be_fifo(step);
	stage->taken = false;
	return done;
}

/*
 * Wants all CPUs, and the kernel admits only as many as it has time for. Half of the time is much,
 * but who overruns because its CPU was put aside by a host waits only as long again.
 */
static inline bool be_deadline(const struct step *step)
{
	struct attr attr = {
		.size = sizeof(attr), .policy = SCHED_DEADLINE,
		.runtime = 10 * MS, .deadline = 20 * MS, .period = 20 * MS,
	};
	uint64_t had = clock_ns(CLOCK_THREAD_CPUTIME_ID), end, was;
	cpu_set_t set;

	memset(&set, 0xff, sizeof(set));
	sched_setaffinity(0, sizeof(set), &set);
	if (!set_attr(0, &attr))
		return false;
	compute(10 + step->a % 400);
	if (step->b & 1)
		sched_yield();
	compute(10 + step->a % 400);
	set_policy(0, SCHED_OTHER, 0, 0);

	/* Its bandwidth is given back after its deadline, which moves with what it ran. */
	end = now() + 2 * (clock_ns(CLOCK_THREAD_CPUTIME_ID) - had + attr.period);
	for (was = stage->deadline_end; was < end;)
		if (atomic_compare_exchange_weak(&stage->deadline_end, &was, end))
			break;
	return true;
}

/*
 * Not while CPUs go: when a task's bandwidth is given back while it sleeps where a CPU went off,
 * the kernel divides by the CPUs of that place, none (inactive_task_timer(), 7.3.4): a panic.
 */
static inline bool do_deadline(struct self *self, const struct step *step)
{
	bool done;

	(void)self;
	stage->deadlines++;
	done = !stage->hotplug && !stage->lone && be_deadline(step);
	stage->deadlines--;
	return done;
}

static inline void reap(struct self *self, struct child *child)
{
	int status = 0;

	if (!child->pid)
		return;
	if (waitpid(child->pid, &status, 0) != child->pid || status != child->status) {
		fprintf(stderr, "chaos: child %d ended with status %#x, not %#x\n", child->pid,
			status, child->status);
		self->actor->lost++;
	}
	child->pid = 0;
}

static inline bool act(struct self *self, const struct step *step);

/* What a child does before it leaves: a few steps that concern itself only. */
static inline void live(struct stream stream, uint32_t steps)
{
	struct self self = { .stream = stream, .yield_to = -1 };
	struct step step;

	while (steps--) {
		step = draw_step(&self.stream);
		/* Odd: oneself. */
		step.a |= 1;
		if (!actions[step.action].child)
			step.action = ACTION_compute;
		act(&self, &step);
	}
}

static inline void execute(int status)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", status);
	execl("/proc/self/exe", "chaos", "--child", text, NULL);
	_exit(2);
}

/* A child that ends by itself, as another program, or is killed wherever it is. */
static inline bool fork_child(struct self *self, const struct step *step)
{
	struct child *child = &self->children[step->b % CHILDREN_MAX];
	struct stream stream = { mix(step->a) };
	int status = 3 + step->b % 120;

	reap(self, child);
	child->status = step->action == ACTION_fork_kill ? SIGKILL : W_EXITCODE(status, 0);
	child->pid = fork();
	if (child->pid < 0) {
		child->pid = 0;
		return false;
	}
	if (!child->pid) {
		live(stream, step->a % 6);
		if (step->action == ACTION_fork_exec)
			execute(status);
		/*
		 * Until it is killed. These four steps may contain no sleep, but changes of itself:
		 * while a scheduler is being enabled or disabled the kernel gives it a new slice
		 * with each, and on the last CPU that is on nobody else runs, whoever kills it
		 * among them.
		 */
		while (step->action == ACTION_fork_kill) {
			live(stream, 4);
			nap(MS);
		}
		_exit(status);
	}
	self->actor->children++;
	if (step->action == ACTION_fork_kill) {
		nap(step->a % 4000 * US);
		kill(child->pid, SIGKILL);
	}
	if (step->b & 1)
		reap(self, child);
	return true;
}

static void *thread_main(void *arg)
{
	const struct step *step = arg;

	compute(10 + step->a % 200);
	nap(step->a % 2000 * US);
	return NULL;
}

static inline bool do_thread(struct self *self, const struct step *step)
{
	pthread_t thread;

	(void)self;
	if (pthread_create(&thread, NULL, thread_main, (void *)step))
		return false;
	compute(step->b % 300);
	return !pthread_join(thread, NULL);
}

static inline bool do_cgroup_weight(struct self *self, const struct step *step)
{
	/* The whole range, low ones as often as high ones. */
	long weight = 1 + (step->a & 0x1fff) * 10000ULL / (0x2000 << (step->a >> 16) % 13);

	(void)self;
	return cgroup_set_number(step->b % NR_CGROUPS, "cpu.weight", weight);
}

static inline bool do_cgroup_nice(struct self *self, const struct step *step)
{
	(void)self;
	return cgroup_set_number(step->b % NR_CGROUPS, "cpu.weight.nice",
				 (int)(step->a % 40) - 20);
}

static inline bool do_cgroup_idle(struct self *self, const struct step *step)
{
	(void)self;
	return cgroup_set_number(step->b % NR_CGROUPS, "cpu.idle", step->a & 1);
}

/*
 * Half of the time none; else 10 to 137 % of a CPU: hundreds get on with that. Before 6.18 the fair
 * class takes a sleeper that has stayed in a throttled group off its queue, but leaves it marked as
 * being on one (dequeue_entities). Enabling any sched_ext scheduler takes it off once more then:
 * "WARNING ... update_entity_lag", broken sums, and pick_task_fair() follows a null pointer.
 */
static inline bool do_cgroup_max(struct self *self, const struct step *step)
{
	uint32_t period_us = 20000 + step->a % 180000;
	char text[32] = "max";

	(void)self;
	if (stage->unlimited)
		return false;
	if (step->b >> 16 & 1)
		snprintf(text, sizeof(text), "%u %u",
			 period_us / 100 * (10 + (step->b >> 17) % 128), period_us);
	return cgroup_set(step->b % NR_CGROUPS, "cpu.max", text);
}

static inline bool act(struct self *self, const struct step *step)
{
	uint32_t group = step->b % NR_CGROUPS;

	switch (step->action) {
	case ACTION_compute: return do_compute(self, step);
	case ACTION_nap: return do_nap(self, step);
	case ACTION_ring: return do_ring(self, step);
	case ACTION_await: return do_await(self, step);
	case ACTION_send: return do_send(self, step);
	case ACTION_receive: return do_receive(self, step);
	case ACTION_yield: return do_yield(self, step);
	case ACTION_yield_to: return do_yield_to(self, step);
	case ACTION_renice: return do_renice(self, step);
	case ACTION_slice: return do_slice(self, step);
	case ACTION_affinity: return do_affinity(self, step);
	case ACTION_class: return do_class(self, step);
	case ACTION_fifo: return do_fifo(self, step);
	case ACTION_deadline: return do_deadline(self, step);
	case ACTION_fork_exit:
	case ACTION_fork_exec:
	case ACTION_fork_kill: return fork_child(self, step);
	case ACTION_thread: return do_thread(self, step);
	case ACTION_leave: return self->leaves = true;
	case ACTION_cgroup_make: return cgroup_make(group);
	case ACTION_cgroup_remove: return cgroup_remove(group);
	case ACTION_cgroup_move: return cgroup_move(group, target(step));
	case ACTION_cgroup_weight: return do_cgroup_weight(self, step);
	case ACTION_cgroup_nice: return do_cgroup_nice(self, step);
	case ACTION_cgroup_idle: return do_cgroup_idle(self, step);
	case ACTION_cgroup_max: return do_cgroup_max(self, step);
	case NR_ACTIONS: break;
	}
	return false;
}

/* Until it leaves by itself or the roll is called; never returns. */
static inline void actor_run(uint32_t number)
{
	struct actor *actor = &stage->actors[number];
	struct self self = {
		.actor = actor,
		.stream = stream_of(stage->seed, number, actor->life),
		.yield_to = open(YIELD_TO, O_WRONLY | O_CLOEXEC),
		.status = status_of(number, actor->life),
	};
	struct step step;
	uint64_t began;
	int i;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (!stage->over && !self.leaves) {
		step = draw_step(&self.stream);
		began = now();
		if (act(&self, &step))
			actor->done[step.action]++;
		else
			actor->refused[step.action]++;
		began = now() - began;
		if (began > actor->longest)
			actor->longest = began;
		actor->steps++;
		if (stage->calm)
			nap(CALM_NS * stage->patience);
	}
	for (i = 0; i < CHILDREN_MAX; i++)
		reap(&self, &self.children[i]);
	if (!self.leaves) {
		actor->answered = 1;
		while (!stage->dismissed)
			futex(&stage->dismissed, FUTEX_WAIT, 0, NSEC_PER_SEC);
	}
	_exit(self.status);
}

#endif /* CHAOS_ACTOR_H */
