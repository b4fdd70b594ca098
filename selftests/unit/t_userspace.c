// SPDX-License-Identifier: GPL-2.0
/*
 * The parts of the loader that look at a machine and print what was found, on a made-up /sys and
 * /proc in a folder of its own.
 */
#define _GNU_SOURCE
#include "tap.h"

#include <ftw.h>
#include <sys/stat.h>

#include "../../userspace/exit.c"
#include "../../userspace/module.c"
#include "../../userspace/near.c"
#include "../../userspace/options.c"
#include "../../userspace/plan.c"
#include "../../userspace/refuse.c"
#include "../../userspace/stats.c"
#include "../../userspace/util.c"

static char root[] = "/tmp/t_userspace.XXXXXX";

/* Write a file below root, with the folders on its way. */
static void make_bytes(const char *path, const char *content, size_t len)
{
	char full[LEDGER_PATH_LEN], *slash;
	FILE *file;

	snprintf(full, sizeof(full), "%s%s", root, path);
	for (slash = strchr(full + strlen(root) + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(full, 0700);
		*slash = '/';
	}
	file = fopen(full, "w");
	if (!file || fwrite(content, 1, len, file) != len || fclose(file)) {
		perror(full);
		exit(1);
	}
}

static void make(const char *path, const char *content)
{
	make_bytes(path, content, strlen(content));
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void drop(const char *path)
{
	char full[LEDGER_PATH_LEN];

	snprintf(full, sizeof(full), "%s%s", root, path);
	nftw(full, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static struct utsname kernel_named(const char *release, const char *version)
{
	struct utsname uts = { 0 };

	snprintf(uts.release, sizeof(uts.release), "%s", release);
	snprintf(uts.version, sizeof(uts.version), "%s", version);
	return uts;
}

static bool machine_refused(const struct utsname *uts, const char *part)
{
	struct ledger_refusal why = { 0 };

	if (refuse_machine(root, uts, &why) && why.status == LEDGER_STATUS_CANNOT &&
	    strstr(why.text, part))
		return true;
	diag("status %d: %s", why.status, why.text);
	return false;
}

static void test_machine(void)
{
	struct utsname uts = kernel_named("7.3.4-test", "#1 SMP PREEMPT_DYNAMIC");
	struct utsname rt = kernel_named("7.3.4-rt", "#1 SMP PREEMPT_RT Debian");
	struct utsname old = kernel_named("6.11.0", "#1 SMP");
	struct ledger_refusal why;

	ok(machine_refused(&uts, "mount -t sysfs"), "no sysfs");
	make("/sys/kernel/notes", "");
	ok(machine_refused(&uts, "CONFIG_SCHED_CLASS_EXT"), "no sched_ext");
	ok(machine_refused(&old, "6.11.0 is too old"), "too old for sched_ext");
	make("/sys/kernel/sched_ext/state", "disabled\n");
	ok(machine_refused(&uts, "CONFIG_DEBUG_INFO_BTF"), "no BTF");
	make("/sys/kernel/btf/vmlinux", "x");
	ok(!refuse_machine(root, &uts, &why), "a good kernel");
	ok(machine_refused(&rt, "PREEMPT_RT"), "PREEMPT_RT by its version");
	make("/sys/kernel/realtime", "1\n");
	ok(machine_refused(&uts, "PREEMPT_RT"), "PREEMPT_RT by its file");
	make("/sys/kernel/realtime", "0\n");
	ok(!refuse_machine(root, &uts, &why), "a file that says no");
}

static void test_caller(void)
{
	struct ledger_refusal why = { 0 };
	static const struct {
		const char *status;
		bool refused;
		const char *name;
	} cases[] = {
		{ "x\nCapEff:\t0000000000000000\nCapBnd:\t000001ffffffffff\n", true, "none" },
		{ "Name:\tx\nCapEff:\t000001ffffffffff\n", false, "all" },
		{ "Name:\tx\nCapEff:\t0000000000200000\n", false, "CAP_SYS_ADMIN" },
		{ "Name:\tx\nCapEff:\t0000008000000000\n", true, "CAP_BPF alone" },
		{ "Name:\tx\nCapEff:\t000000c000000000\n", false, "CAP_BPF and CAP_PERFMON" },
		{ "Name:\tx\n", false, "a file that does not tell" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		make("/proc/self/status", cases[i].status);
		why.status = 0;
		ok(refuse_caller(root, &why) == cases[i].refused &&
		   why.status == (cases[i].refused ? LEDGER_STATUS_PRIVILEGE : 0),
		   "capabilities: %s", cases[i].name);
	}
}

static void test_other(void)
{
	struct ledger_refusal why = { 0 };
	char name[16];

	ok(!refuse_other(root, &why), "nobody is attached");
	make("/sys/kernel/sched_ext/state", "enabled\n");
	make("/sys/kernel/sched_ext/root/ops", "simple\n");
	ok(refuse_other(root, &why) && why.status == LEDGER_STATUS_OTHER &&
	   strstr(why.text, "'simple'"), "another scheduler is named");
	make("/sys/kernel/sched_ext/root/ops", "\033[2Jwith a very long name and\na line\n");
	ok(scx_attached(root, name, sizeof(name)) && !strcmp(name, "?[2Jwith a very"),
	   "a hostile name is made harmless and cut");
	drop("/sys/kernel/sched_ext/root");
	ok(scx_attached(root, name, sizeof(name)) && !strcmp(name, "unknown"),
	   "a scheduler without a name is one all the same");
	make("/sys/kernel/sched_ext/state", "disabled\n");
	ok(!scx_attached(root, name, sizeof(name)) && !*name, "gone");
}

static void test_locked(void)
{
	static const char off[] = { 6, 0, 0, 0, 0 }, on[] = { 6, 0, 0, 0, 1 };
	static const char efi[] = "/sys/firmware/efi/efivars/"
				  "SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";
	struct ledger_refusal why;
	char text[64];

	ok(!module_locked(root, text, sizeof(text)), "an open machine");
	make("/sys/kernel/security/lockdown", "[none] integrity confidentiality\n");
	make_bytes(efi, off, sizeof(off));
	ok(!module_locked(root, text, sizeof(text)), "locks that are open");
	make_bytes(efi, on, sizeof(on));
	ok(module_locked(root, text, sizeof(text)) && strstr(text, "Secure Boot"), "Secure Boot");
	make("/sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
	ok(module_locked(root, text, sizeof(text)) && strstr(text, "lockdown"), "lockdown");
	refuse_load(root, EPERM, &why);
	eq(why.status, LEDGER_STATUS_PRIVILEGE, "integrity does not forbid BPF");
	make("/sys/kernel/security/lockdown", "none integrity [confidentiality]\n");
	refuse_load(root, EPERM, &why);
	ok(why.status == LEDGER_STATUS_CANNOT && strstr(why.text, "lockdown=integrity"),
	   "confidentiality does");
	refuse_load(root, ENOMEM, &why);
	eq(why.status, LEDGER_STATUS_FAILED, "no memory is a failure, not a refusal");
	refuse_attach(root, EBUSY, &why);
	eq(why.status, LEDGER_STATUS_OTHER, "busy, but nobody there any more");
	make("/sys/devices/system/cpu/isolated", "2-3\n");
	refuse_attach(root, EINVAL, &why);
	ok(why.status == LEDGER_STATUS_CANNOT && strstr(why.text, "2-3"), "isolcpus= is named");
}

static void test_plan(void)
{
	static const __u64 slices[][2] = {
		{ 1, 700000 }, { 2, 1400000 }, { 3, 1400000 }, { 4, 2100000 }, { 7, 2100000 },
		{ 8, 2800000 }, { 9, 2800000 }, { 1024, 2800000 },
	};
	struct ledger_options opts = {
		.rules = 5, .audit = LEDGER_AUDIT_OFF, .guard_ms = 10000,
	};
	struct ledger_config config;
	bool good = true, quiet;
	__u32 online;
	int saved;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(slices); i++)
		good &= plan_base_slice(slices[i][0]) == slices[i][1];
	ok(good, "the base slice is fair's");
	ok(plan_slots(32768, 8000) == 8000 + SLOTS_EXTRA &&
	   plan_slots(4194304, 1ULL << 40) == 4194304 + SLOTS_EXTRA &&
	   plan_slots(UINT64_MAX, UINT64_MAX) == SLOTS_MAX, "slots follow the smaller limit");
	ok(arena_pages(8192, SLOTS_MAX) < 1 << 20, "the largest arena is below 4 GiB");
	ok(arena_pages(4, 1024) * 4096ULL >= 4 * 8192 + 1024 * 512, "the smallest is large enough");

	/* What it says about that does not belong into the test's output. */
	saved = dup(STDERR_FILENO);
	quiet = freopen("/dev/null", "w", stderr) && !plan_config(root, &opts, &config, &online);
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
	ok(quiet, "a machine without CPUs");
	make("/sys/devices/system/cpu/possible", "0-7,9\n");
	make("/sys/devices/system/cpu/online", "0-2,9\n");
	make("/proc/sys/kernel/pid_max", "4194304\n");
	make("/proc/sys/kernel/threads-max", "7000\n");
	ok(plan_config(root, &opts, &config, &online) && config.nr_cpus == 10 && online == 4 &&
	   config.nr_slots == 7000 + SLOTS_EXTRA && config.rules == 5 && !config.audit &&
	   config.base_slice == 2100000 && config.guard == 10 * NSEC_PER_SEC &&
	   config.tick >= NSEC_PER_MSEC && config.tick <= 10 * NSEC_PER_MSEC,
	   "a machine with a hole in its CPUs");
	opts.slice_us = 123;
	opts.audit = LEDGER_AUDIT_AUTO;
	ok(plan_config(root, &opts, &config, &online) && config.base_slice == 123000 &&
	   config.audit == 1, "options go where they belong");
	ok(!config.kvm_wait, "without kvm there is nobody to watch");
	make("/sys/module/kvm", "");
	opts.yield = LEDGER_YIELD_TRANSFER;
	ok(plan_config(root, &opts, &config, &online) && config.kvm_wait, "with kvm there is");
	opts.no_kvm_wait = true;
	ok(plan_config(root, &opts, &config, &online) && !config.kvm_wait, "unless told not to");
}

/* The others of @cpu, as @nearest tells them. */
static bool is_near(__u32 nr_cpus, __u32 cpu, const char *nearest)
{
	struct ledger_near near[10] = { 0 };
	char text[64] = "";
	__u32 i;

	if (!near_fill(root, nr_cpus, near))
		return false;
	for (i = 0; i < nr_cpus - 1; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%u", i ? " " : "",
			 near[cpu].cpus[i]);
	if (strcmp(text, nearest))
		diag("cpu %u: %s, and not %s", cpu, text, nearest);
	return !strcmp(text, nearest);
}

static void make_cpu(int cpu, const char *file, const char *text)
{
	char path[96];

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/%s", cpu, file);
	make(path, text);
}

static void test_near(void)
{
	static const char *const siblings[] = { "0,4\n", "1,5\n", "2,6\n", "3,7\n" };
	int cpu;

	ok(is_near(4, 2, "3 0 1"), "a machine that tells nothing: by their numbers");
	for (cpu = 0; cpu < 8; cpu++) {
		make_cpu(cpu, "topology/core_cpus_list", siblings[cpu % 4]);
		make_cpu(cpu, "cache/index0/shared_cpu_list", siblings[cpu % 4]);
		make_cpu(cpu, "cache/index1/shared_cpu_list",
			 cpu % 4 < 2 ? "0-1,4-5\n" : "2-3,6-7\n");
	}
	ok(is_near(8, 0, "4 1 5 2 3 6 7"), "core, last-level cache, the rest");
	ok(is_near(8, 7, "3 2 6 0 1 4 5"), "each begins with its own");
	make_cpu(8, "topology/core_cpus_list", "8\n");
	make("/sys/devices/system/node/node0/cpulist", "0-1,4-5\n");
	make("/sys/devices/system/node/node0/distance", "10 31 20\n");
	make("/sys/devices/system/node/node2/cpulist", "2-3,6-7\n");
	make("/sys/devices/system/node/node2/distance", "31 10 25\n");
	make("/sys/devices/system/node/node5/cpulist", "8-9\n");
	make("/sys/devices/system/node/node5/distance", "20 25 10\n");
	ok(is_near(10, 0, "4 1 5 8 9 2 3 6 7"), "memory nodes by their distance, with holes");
	ok(is_near(10, 8, "9 0 1 4 5 2 3 6 7"), "one of no known cache is near its node's");
	make("/sys/devices/system/node/node5/cpulist", "8-zzz\n");
	make("/sys/devices/system/node/node0/distance", "999999999999 -4\n");
	make_cpu(1, "topology/core_cpus_list", "77777777777777777777\n");
	ok(is_near(10, 0, "4 1 5 2 3 6 7 8 9"), "nonsense is far");
	drop("/sys/devices");
}

static void test_lists(void)
{
	static const struct {
		const char *text;
		bool good;
		__u32 count;
		__u32 end;
	} cases[] = {
		{ "0", true, 1, 1 }, { "0-3", true, 4, 4 }, { "1,3-4,8", true, 4, 9 },
		{ "", true, 0, 0 }, { "3-1", false, 0, 0 }, { "1,", false, 0, 0 },
		{ "a", false, 0, 0 }, { "0-", false, 0, 0 }, { "4,2", false, 0, 0 },
		{ "0 1", false, 0, 0 }, { "99999999999", false, 0, 0 }, { "-1", false, 0, 0 },
	};
	char text[] = "a\tb\nc\x7f\x80\033[0m";
	uint64_t number = 7;
	bool good = true;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		__u32 count = 0, end = 0;
		bool is = parse_cpulist(cases[i].text, &count, &end) == cases[i].good &&
			  count == cases[i].count && end == cases[i].end;

		if (!is)
			diag("'%s': %u, %u", cases[i].text, count, end);
		good &= is;
	}
	ok(good, "lists of CPUs");
	clean_text(text, true);
	ok(!strcmp(text, "a\tb\nc???[0m"), "text is made harmless: '%s'", "a..c");
	ok(parse_number("18446744073709551615", 0, UINT64_MAX, &number) && number == UINT64_MAX &&
	   !parse_number("18446744073709551616", 0, UINT64_MAX, &number) &&
	   number == UINT64_MAX, "the largest number, and one more");
}

static char report[8192];

static enum ledger_status report_of(int kind, const char *reason, const char *msg, const char *dump,
				    size_t len)
{
	static struct ledger_exit record;
	FILE *out = fmemopen(report, sizeof(report), "w");
	enum ledger_status status;

	memset(&record, 0, sizeof(record));
	record.kind = kind;
	memcpy(record.reason, reason, strlen(reason));
	memcpy(record.msg, msg, strlen(msg));
	status = exit_report(out, &record, dump, len);
	fclose(out);
	return status;
}

static void test_exit(void)
{
	char full[LEDGER_EXIT_MSG_LEN + 1];
	const char *dump = "CPU 0: evil\033]0;x\007 [7]\n  account\n";

	ok(!report_of(0, "", "", NULL, 0) &&
	   !strcmp(report, "EXIT: unregistered from user space\n"), "no record");
	ok(!report_of(64, "unregistered from user space", "", dump, strlen(dump)) &&
	   !strcmp(report, "EXIT: unregistered from user space\n"), "detached: no dump");
	ok(!report_of(67, "disabled by sysrq-S", "", NULL, 0) &&
	   !strcmp(report, "EXIT: disabled by sysrq-S\n"), "SysRq-S");
	ok(report_of(1026, "runnable task stall", "x[1] failed to run", dump, strlen(dump)) ==
	   LEDGER_STATUS_FAILED &&
	   strstr(report, "DEBUG DUMP\n====") == report &&
	   strstr(report, "\nCPU 0: evil?]0;x? [7]\n  account\n====") &&
	   strstr(report, "\nEXIT: runnable task stall (x[1] failed to run)\n"),
	   "a stall: the dump comes first");
	ok(report_of(1025, "x", "", "no end", 2) == LEDGER_STATUS_FAILED &&
	   strstr(report, "\nno\n===="), "a dump without an end");
	ok(report_of(1999, "new", "", NULL, 0) == LEDGER_STATUS_FAILED &&
	   !strcmp(report, "EXIT: kind 1999: new\n"), "an unknown error is told by number");
	ok(!report_of(99, "", "", NULL, 0) && !strcmp(report, "EXIT: kind 99\n"),
	   "an unknown way to detach");
	ok(report_of(3, "odd", "", NULL, 0) == LEDGER_STATUS_FAILED, "neither of both");
	{
		struct ledger_exit record = { .kind = 65 };

		ok(!exit_is_error(&record), "the program ended itself");
		record.exit_code = LEDGER_EXIT_ERROR;
		ok(exit_is_error(&record), "with an error that its kernel takes no report of");
	}
	memset(full, 'm', sizeof(full));
	full[sizeof(full) - 1] = '\0';
	ok(report_of(1024, "e", full, NULL, 0) && strlen(report) == strlen("EXIT: e ()\n") +
	   LEDGER_EXIT_MSG_LEN, "a message that fills its field");
}

static void test_stats(void)
{
	static struct ledger_stats cpus[3];
	static struct ledger_sample sample;
	struct ledger_totals sum;
	char text[1024], tiny[40];

	cpus[0].v[LEDGER_STAT_SWITCHES] = 1;
	cpus[2].v[LEDGER_STAT_SWITCHES] = 41;
	cpus[1].v[LEDGER_STAT_PICKS] = 7;
	stats_sum(cpus, 3, &sum);
	ok(sum.v[LEDGER_STAT_SWITCHES] == 42 && sum.v[LEDGER_STAT_PICKS] == 7 &&
	   !sum.v[LEDGER_STAT_Z_TREE], "counters are summed over CPUs");
	sample.total = sum;
	stats_add(&sample.total, &sum);
	sample.delta = sum;
	sample.elapsed = 12.34;
	sample.interval = 2;
	sample.tasks = 9;
	stats_text(&sample, text, sizeof(text));
	ok(!strncmp(text, "stats t=12.3 dt=2.0 tasks=9 switches=42 picks=7 ", 47),
	   "a period has its own counts");
	ok(strstr(text, " zero:ok no module\n"), "all is well, and no module");
	sample.total.v[LEDGER_STAT_Z_SUM] = 3;
	stats_text(&sample, text, sizeof(text));
	ok(strstr(text, " zero:z_sum=3 no module\n"), "a defect is told in every line after it");
	sample.final = true;
	sample.total.v[LEDGER_STAT_Z_TREE] = UINT64_MAX;
	sample.module.state = LEDGER_MODULE_MUTE;
	stats_text(&sample, text, sizeof(text));
	ok(!strncmp(text, "total ", 6) && strstr(text, " switches=84 picks=14 "),
	   "the final line has the totals");
	ok(strstr(text, " zero:z_sum=3,z_tree=18446744073709551615 module:unreadable\n"),
	   "what should be zero is spelled out");
	ok(stats_text(&sample, tiny, sizeof(tiny)) == 39 && tiny[38] == '\n' && !tiny[39],
	   "a line that does not fit is cut and still ends");
}

/* The largest values of three periods, with a restart in the second. */
static void test_max(void)
{
	static struct ledger_totals now, before, last;
	static struct ledger_stats cpus[2];
	static struct ledger_sample sample;
	char text[1024];

	cpus[0].v[LEDGER_STAT_LAG_MAX] = 70;
	cpus[1].v[LEDGER_STAT_LAG_MAX] = 90;
	cpus[1].v[LEDGER_STAT_PICKS] = 4;
	stats_sum(cpus, 2, &now);
	stats_line(&sample, &now, &before, &last);
	eq(sample.delta.v[LEDGER_STAT_LAG_MAX], 90, "the largest of all CPUs, not the sum");
	stats_text(&sample, text, sizeof(text));
	ok(strstr(text, " guards=0 lag_max_ns=90 zero:"), "in the line, and no zeros beside it");

	cpus[0].v[LEDGER_STAT_LAG_MAX] = 50;
	cpus[1].v[LEDGER_STAT_PICKS] = 6;
	stats_sum(cpus, 2, &before);
	cpus[1].v[LEDGER_STAT_PICKS] = 1;
	cpus[0].v[LEDGER_STAT_LAG_MAX] = 40;
	stats_sum(cpus, 2, &now);
	stats_line(&sample, &now, &before, &last);
	ok(sample.delta.v[LEDGER_STAT_LAG_MAX] == 50 && sample.total.v[LEDGER_STAT_LAG_MAX] == 90,
	   "a period has its own, a restart loses none");
	ok(sample.delta.v[LEDGER_STAT_PICKS] == 3 && sample.total.v[LEDGER_STAT_PICKS] == 7,
	   "counts go on");
	stats_sum(cpus, 2, &now);
	stats_line(&sample, &now, &before, &last);
	ok(!sample.delta.v[LEDGER_STAT_LAG_MAX] && sample.total.v[LEDGER_STAT_LAG_MAX] == 90,
	   "what came before the restart is told once");
}

static void test_module(void)
{
	static struct ledger_module module;
	static struct ledger_sample sample;
	static char many[65536];
	char text[1024];
	size_t len = 0;
	int i;

	module_parse(&module, "checks 10\nnot_checked 2\nviolations 0\n", "sample 8\n");
	sample.module = module;
	stats_text(&sample, text, sizeof(text));
	ok(strstr(text, " module:sample-8 checks=10 not_checked=2 violations=0\n"), "the line");
	module_parse(&module, "checks 1", "full");
	sample.module = module;
	stats_text(&sample, text, sizeof(text));
	ok(strstr(text, " module:full checks=1 not_checked=? violations=?\n"), "half of it");
	module_parse(&module, "mode full\nbad\n \n a 1\nb  2\nc -3\nd 4 5\ne\t6\n\"f\" 7\n"
		     "checks 8\ng 18446744073709551616\nh 18446744073709551615\n",
		     "f\033u\xffll\nx");
	ok(module.nr == 2 && *module_counter(&module, "checks") == 8 &&
	   *module_counter(&module, "h") == UINT64_MAX, "lines of another form are passed over");
	ok(!strcmp(module.mode, "f?u?ll"), "a hostile mode is made harmless");
	for (i = 0; i < 1000; i++)
		len += snprintf(many + len, sizeof(many) - len, "counter_%d %d\n", i, i);
	module_parse(&module, many, "full");
	ok(module.nr == LEDGER_MODULE_COUNTERS, "too many lines: the first ones");
	module_read(&module, root, false);
	ok(module.state == LEDGER_MODULE_NONE, "not audited: no module");
	module_read(&module, root, true);
	ok(module.state == LEDGER_MODULE_MUTE, "audited, and nothing to be read");
	make(LEDGER_MODULE_DIR "/counters", many);
	make(LEDGER_MODULE_DIR "/mode", "sample 3\n");
	module_read(&module, root, true);
	ok(module.state == (len >= 16383 ? LEDGER_MODULE_MUTE : LEDGER_MODULE_OK),
	   "a file of %zu bytes", len);
	make(LEDGER_MODULE_DIR "/counters", "abi 1\nmode sample\nchecks 4\n");
	module_read(&module, root, true);
	ok(!strcmp(module.mode, "sample 3") && module.nr == 2, "the mode is that of its file");
	drop(LEDGER_MODULE_DIR "/mode");
	module_read(&module, root, true);
	ok(module.state == LEDGER_MODULE_OK && !strcmp(module.mode, "sample"),
	   "lockdown hides that file: then that of the counters");
	memset(many, '1', sizeof(many) - 1);
	make(LEDGER_MODULE_DIR "/counters", many);
	module_read(&module, root, true);
	ok(module.state == LEDGER_MODULE_MUTE, "a file that is too long is not half read");
}

int main(void)
{
	if (!mkdtemp(root)) {
		perror(root);
		return 1;
	}
	plan(8 + 6 + 5 + 12 + 6 + 7 + 3 + 11 + 7 + 5 + 11);
	test_machine();
	test_caller();
	test_other();
	test_locked();
	test_plan();
	test_near();
	test_lists();
	test_exit();
	test_stats();
	test_max();
	test_module();
	drop("");
	return done();
}
