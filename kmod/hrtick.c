// SPDX-License-Identifier: GPL-2.0
/*
 * Slices that end on time: a timer a CPU, which fires in hard interrupt context on that CPU, takes
 * the rest of its slice from the running task and asks for a reschedule (fair.c: hrtick_start_fair,
 * core.c: hrtick). sched_ext itself looks at slices with the tick only.
 *
 * Timers are lazy. The scheduler says when the running task's turn ends, or that nobody competes
 * for the CPU, and that is a store; the timer is touched only if it would fire too late. If it
 * fires too early it moves itself to the end that is due by then, and if none is due it stays off.
 * So two tasks that wake each other a hundred thousand times a second program a timer a thousand
 * times.
 *
 * Nothing here takes a runqueue lock. A timer is armed on its own CPU only; a CPU that gives
 * another one's running task a competitor sends an interrupt there if it must.
 */
#include "hrtick.h"

#include <linux/cpuhotplug.h>
#include <linux/hrtimer.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>
#include <linux/sched/ext.h>
#include <linux/seq_file.h>
#include <linux/smp.h>
#include <linux/suspend.h>

/* Shorter is not worth an interrupt (core.c: hrtick_start), ns. */
#define HRTICK_MIN_NS 10000LL
/* Nobody is asked about longer times than that at once, ns. */
#define HRTICK_MAX_NS 1000000000LL

/**
 * struct hrtick_counts - what happened, a CPU
 * @armed: times the timer was programmed
 * @remote: requests that needed an interrupt on another CPU; counted by the requesting one
 * @moved: firings that found a later end and moved the timer there
 * @fired: turns that were ended
 * @missed: ends at which somebody else was running, of a higher class for instance
 * @none: firings with no end due: the competitor is gone
 * @late: sum of the lateness of @fired, ns
 * @late_max: the largest, ns
 */
struct hrtick_counts {
	u64 armed;
	u64 remote;
	u64 moved;
	u64 fired;
	u64 missed;
	u64 none;
	u64 late;
	u64 late_max;
};

/**
 * struct hrtick - of a CPU
 * @timer: hard, pinned
 * @csd: for requests of other CPUs
 * @task: whose turn ends: p->scx.dsq_vtime, which is compared and nothing else
 * @due: when it ends, in sched_clock_cpu() of this CPU; 0 = open. Written with the CPU's runqueue
 *	lock held, wherever
 * @armed: when the timer fires, same clock; 0 = it does not. Written on this CPU, and when it is
 *	stopped
 * @up: this CPU is not about to go offline
 * @counts: written on this CPU
 */
struct hrtick {
	struct hrtimer timer;
	call_single_data_t csd;
	u64 task;
	u64 due;
	u64 armed;
	bool up;
	struct hrtick_counts counts;
};

static DEFINE_PER_CPU_SHARED_ALIGNED(struct hrtick, hrticks);
static enum cpuhp_state hotplug_state;

/* Serializes changes of the three below; @enabled alone is read without it. */
static DEFINE_RAW_SPINLOCK(enable_lock);
static bool wanted, suspended, enabled;

static u64 hrtick_clock(void)
{
	return sched_clock_cpu(smp_processor_id());
}

static s64 hrtick_delay(u64 due, u64 now)
{
	return clamp((s64)(due - now), HRTICK_MIN_NS, HRTICK_MAX_NS);
}

/* Would the timer as it is be too late? One that was armed for the shortest time is not. */
static bool hrtick_too_late(const struct hrtick *h, u64 due)
{
	u64 armed = READ_ONCE(h->armed);

	return !armed || (s64)(armed - due) > HRTICK_MIN_NS;
}

/* On its CPU, IRQs off. */
static void hrtick_arm(struct hrtick *h)
{
	u64 due = READ_ONCE(h->due), now;
	s64 delay;

	if (!due || !READ_ONCE(enabled) || !h->up || !hrtick_too_late(h, due))
		return;
	now = hrtick_clock();
	delay = hrtick_delay(due, now);
	WRITE_ONCE(h->armed, now + delay);
	h->counts.armed++;
	hrtimer_start(&h->timer, ns_to_ktime(delay), HRTIMER_MODE_REL_PINNED_HARD);
}

static void hrtick_requested(void *data)
{
	/* Our csd is free again; whoever finds it taken stored its due before this. */
	smp_mb();
	hrtick_arm(data);
}

/*
 * The slice is written without the runqueue lock. Another CPU that charges the running task at this
 * very moment, for a reader of its CPU clock, can write back what was left; then the tick ends the
 * turn, as it does without a timer.
 */
static void hrtick_end_turn(struct hrtick *h, u64 late)
{
	WRITE_ONCE(h->due, 0);
	if (current->scx.dsq_vtime != READ_ONCE(h->task)) {
		h->counts.missed++;
		return;
	}
	h->counts.fired++;
	h->counts.late += late;
	if (late > h->counts.late_max)
		h->counts.late_max = late;
	WRITE_ONCE(current->scx.slice, 0);
	set_tsk_need_resched(current);
	set_preempt_need_resched();
}

static enum hrtimer_restart hrtick_fires(struct hrtimer *timer)
{
	struct hrtick *h = container_of(timer, struct hrtick, timer);
	u64 now = hrtick_clock(), due;
	s64 delay;

	WRITE_ONCE(h->armed, 0);
	/* With hrtick_start(): we see its due, or it sees that nothing is armed. */
	smp_mb();
	due = READ_ONCE(h->due);
	if (!due || !READ_ONCE(enabled) || !h->up) {
		h->counts.none++;
		return HRTIMER_NORESTART;
	}
	if ((s64)(due - now) <= 0) {
		hrtick_end_turn(h, now - due);
		return HRTIMER_NORESTART;
	}
	delay = hrtick_delay(due, now);
	WRITE_ONCE(h->armed, now + delay);
	h->counts.moved++;
	hrtimer_set_expires(timer, ktime_add_ns(hrtimer_cb_get_time(timer), delay));
	return HRTIMER_RESTART;
}

/**
 * hrtick_start - when the turn of a CPU's running task ends
 * @cpu: which; whoever calls holds its runqueue lock, so that nobody else begins to run there
 * @task: p->scx.dsq_vtime of the running task
 * @due: end of its turn, ns of rq->clock; 0 = open, nobody competes
 *
 * At least 10 us from now on. Arguments out of range have no effect but on the timer of @cpu, which
 * may then cost its running task a reschedule.
 */
void hrtick_start(u32 cpu, u64 task, u64 due)
{
	unsigned long flags;
	struct hrtick *h;

	if (!READ_ONCE(enabled) || cpu >= nr_cpu_ids || !cpu_possible(cpu))
		return;
	local_irq_save(flags);
	h = per_cpu_ptr(&hrticks, cpu);
	/* Only on its CPU does the task change while an end is due: no callback sees a mixture. */
	WRITE_ONCE(h->task, task);
	smp_store_release(&h->due, due);
	if (cpu == smp_processor_id()) {
		hrtick_arm(h);
	} else if (due) {
		/* With hrtick_fires() and hrtick_requested(). */
		smp_mb();
		/* Busy: the interrupt is on its way and will see this. Offline: nothing to end. */
		if (hrtick_too_late(h, due) && !smp_call_function_single_async(cpu, &h->csd))
			this_cpu_inc(hrticks.counts.remote);
	}
	local_irq_restore(flags);
}

/**
 * hrtick_end_at_user - the calling task's turn ends when it returns to user space
 *
 * And not before: nothing looks at that mark but the loop that does what is left to do on the way
 * there (exit_to_user_mode_loop), and the tick. With interrupts off it is one with what the caller
 * does; no lock is needed. For a task of another class it is a reschedule for nothing.
 */
void hrtick_end_at_user(void)
{
	WRITE_ONCE(current->scx.slice, 0);
	set_tsk_thread_flag(current, TIF_NEED_RESCHED_LAZY);
}

/*
 * Takes effect on one CPU. Legal anywhere. A callback that runs there right now may leave the timer
 * armed once more; it then fires for nothing.
 */
static void hrtick_stop(struct hrtick *h)
{
	WRITE_ONCE(h->due, 0);
	hrtimer_try_to_cancel(&h->timer);
	/* After the timer: stale the other way round it would never be armed again. */
	WRITE_ONCE(h->armed, 0);
}

static void hrtick_set(bool *what, bool value)
{
	unsigned long flags;
	u32 cpu;

	raw_spin_lock_irqsave(&enable_lock, flags);
	*what = value;
	WRITE_ONCE(enabled, wanted && !suspended);
	smp_mb();
	if (!enabled)
		for_each_possible_cpu(cpu)
			hrtick_stop(per_cpu_ptr(&hrticks, cpu));
	raw_spin_unlock_irqrestore(&enable_lock, flags);
}

/**
 * hrtick_enable - a scheduler begins or ends
 * @on: it begins; otherwise every timer is stopped
 */
void hrtick_enable(bool on)
{
	hrtick_set(&wanted, on);
}

static int hrtick_sleep(struct notifier_block *nb, unsigned long action, void *data)
{
	if (action == PM_SUSPEND_PREPARE || action == PM_HIBERNATION_PREPARE)
		hrtick_set(&suspended, true);
	else if (action == PM_POST_SUSPEND || action == PM_POST_HIBERNATION)
		hrtick_set(&suspended, false);
	return NOTIFY_DONE;
}

static struct notifier_block sleep_notifier = { .notifier_call = hrtick_sleep };

static int hrtick_cpu_up(unsigned int cpu)
{
	per_cpu_ptr(&hrticks, cpu)->up = true;
	return 0;
}

/* On that CPU. It still runs tasks for a while; the kernel would take a pinned timer elsewhere. */
static int hrtick_cpu_down(unsigned int cpu)
{
	struct hrtick *h = per_cpu_ptr(&hrticks, cpu);
	unsigned long flags;

	local_irq_save(flags);
	h->up = false;
	hrtick_stop(h);
	local_irq_restore(flags);
	return 0;
}

/**
 * hrtick_init - make the timers, all off
 *
 * Return: 0 or an error.
 */
int hrtick_init(void)
{
	int ret;
	u32 cpu;

	for_each_possible_cpu(cpu) {
		struct hrtick *h = per_cpu_ptr(&hrticks, cpu);

		hrtimer_setup(&h->timer, hrtick_fires, CLOCK_MONOTONIC,
			      HRTIMER_MODE_REL_PINNED_HARD);
		INIT_CSD(&h->csd, hrtick_requested, h);
	}
	ret = cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "eevdf_audit:hrtick", hrtick_cpu_up,
				hrtick_cpu_down);
	if (ret < 0)
		return ret;
	hotplug_state = ret;
	ret = register_pm_notifier(&sleep_notifier);
	if (ret)
		cpuhp_remove_state(hotplug_state);
	return ret;
}

static void hrtick_flush(void *unused)
{
}

/**
 * hrtick_exit - none is left afterwards
 *
 * No program can call hrtick_start() any more.
 */
void hrtick_exit(void)
{
	u32 cpu;

	unregister_pm_notifier(&sleep_notifier);
	hrtick_enable(false);
	/* Requests on their way arrive before this one, or together with it and end soon after. */
	on_each_cpu(hrtick_flush, NULL, 1);
	synchronize_rcu();
	cpuhp_remove_state(hotplug_state);
	for_each_possible_cpu(cpu)
		hrtimer_cancel(&per_cpu_ptr(&hrticks, cpu)->timer);
}

/**
 * hrtick_show - counters, a line each
 * @m: where to
 */
void hrtick_show(struct seq_file *m)
{
	struct hrtick_counts sum = { 0 };
	u32 cpu;

	for_each_possible_cpu(cpu) {
		const struct hrtick_counts *c = &per_cpu_ptr(&hrticks, cpu)->counts;

		sum.armed += READ_ONCE(c->armed);
		sum.remote += READ_ONCE(c->remote);
		sum.moved += READ_ONCE(c->moved);
		sum.fired += READ_ONCE(c->fired);
		sum.missed += READ_ONCE(c->missed);
		sum.none += READ_ONCE(c->none);
		sum.late += READ_ONCE(c->late);
		sum.late_max = max(sum.late_max, READ_ONCE(c->late_max));
	}
	seq_printf(m, "hrtick_enabled %u\n", READ_ONCE(enabled));
	seq_printf(m, "hrtick_armed %llu\n", sum.armed);
	seq_printf(m, "hrtick_remote %llu\n", sum.remote);
	seq_printf(m, "hrtick_moved %llu\n", sum.moved);
	seq_printf(m, "hrtick_fired %llu\n", sum.fired);
	seq_printf(m, "hrtick_missed %llu\n", sum.missed);
	seq_printf(m, "hrtick_none %llu\n", sum.none);
	seq_printf(m, "hrtick_late_ns %llu\n", sum.late);
	seq_printf(m, "hrtick_late_max_ns %llu\n", sum.late_max);
}

/**
 * hrtick_reset - counters to zero; what is counted meanwhile may survive or not
 */
void hrtick_reset(void)
{
	u32 cpu;

	for_each_possible_cpu(cpu)
		memset(&per_cpu_ptr(&hrticks, cpu)->counts, 0, sizeof(struct hrtick_counts));
}
