// SPDX-License-Identifier: GPL-2.0
/* The module's files in debugfs, and a sentence when they cannot be had. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"
#include "watch.h"

#define MODULE_NAME "eevdf_audit"
/* 64 violations have 40 KB, 8192 CPUs have 400 KB. */
#define FILE_MAX (1 << 20)

/* Why a file of the module cannot be read. */
static void why_not(const char *root, int error, char *why, size_t size)
{
	if (!file_exists(root, "/sys/module/" MODULE_NAME))
		snprintf(why, size, "the module " MODULE_NAME " is not loaded, so nothing is "
			 "audited; load it with 'modprobe " MODULE_NAME "' before the scheduler "
			 "starts");
	else if (error == ENOENT)
		snprintf(why, size, "the module's files in debugfs are not there; "
			 "'mount -t debugfs debugfs /sys/kernel/debug', or boot a kernel with "
			 "CONFIG_DEBUG_FS=y");
	else if (error == EACCES)
		snprintf(why, size, "the module's files in debugfs are for root only; run it as "
			 "root, with sudo for instance");
	else if (error == EPERM)
		snprintf(why, size, "the kernel does not let debugfs be read (%s): it is locked "
			 "down, boot with lockdown=none", strerror(error));
	else
		snprintf(why, size, "cannot read the module's files in " LEDGER_MODULE_DIR ": %s",
			 strerror(error));
}

/**
 * module_file() - a file of the module
 * @root: put before the path
 * @name: of the file
 * @error: receives a positive errno
 * Return: its content, to be freed; NULL if it cannot be read
 */
char *module_file(const char *root, const char *name, int *error)
{
	char path[LEDGER_PATH_LEN];
	char *text = malloc(FILE_MAX);
	int len;

	*error = ENOMEM;
	if (!text)
		return NULL;
	snprintf(path, sizeof(path), LEDGER_MODULE_DIR "/%s", name);
	len = read_text(root, path, text, FILE_MAX);
	if (len >= 0 && len < FILE_MAX - 1)
		return text;
	*error = len < 0 ? -len : EFBIG;
	free(text);
	return NULL;
}

/* "cpu N STATE entities E tree T curr C" */
static void find_longest(struct watch_sample *s, const char *cpus)
{
	unsigned int cpu, entities;

	while (*cpus) {
		if (sscanf(cpus, "cpu %u %*15s entities %u", &cpu, &entities) == 2 &&
		    entities > s->longest) {
			s->longest = entities;
			s->longest_cpu = cpu;
		}
		cpus += strcspn(cpus, "\n");
		cpus += *cpus == '\n';
	}
}

/**
 * module_ask() - read counters, mode and timelines
 * @s: overwritten, but for its times
 * @root: put before paths
 * @why: receives a sentence if the module cannot be asked
 * @size: of @why
 * Return: whether it could
 */
bool module_ask(struct watch_sample *s, const char *root, char *why, size_t size)
{
	char *cpus;
	int error;

	s->longest = 0;
	s->longest_cpu = 0;
	module_read(&s->module, root, true);
	if (s->module.state != LEDGER_MODULE_OK) {
		/* Once more, for the reason. */
		cpus = module_file(root, "counters", &error);
		why_not(root, cpus ? EFBIG : error, why, size);
		free(cpus);
		return false;
	}
	if (!module_counter(&s->module, "checks") || !module_counter(&s->module, "violations")) {
		snprintf(why, size, "the module's counters are not understood; install module and "
			 "eevdf-audit from the same tree");
		return false;
	}
	cpus = module_file(root, "cpus", &error);
	if (!cpus) {
		why_not(root, error, why, size);
		return false;
	}
	find_longest(s, cpus);
	free(cpus);
	return true;
}

/**
 * watch_counter() - a counter of a sample
 * @s: sample
 * @name: as in the file
 * Return: 0 if there is none
 */
__u64 watch_counter(const struct watch_sample *s, const char *name)
{
	const __u64 *value = module_counter(&s->module, name);

	return value ? *value : 0;
}

/**
 * watch_grown() - by how much a counter grew since the watch began
 * @line: samples
 * @name: of the counter
 */
__u64 watch_grown(const struct watch_line *line, const char *name)
{
	__u64 now = watch_counter(line->now, name), then = watch_counter(line->first, name);

	return now > then ? now - then : 0;
}

/**
 * watch_invariant() - whether a counter is that of one invariant's checks
 * @s: sample
 * @i: index of the counter
 * Return: the invariant's name, or NULL
 */
const char *watch_invariant(const struct watch_sample *s, __u32 i)
{
	static const char checks[] = "checks_";
	char other[LEDGER_MODULE_NAME_LEN + 16];
	const char *name = s->module.counters[i].name;

	if (strncmp(name, checks, sizeof(checks) - 1))
		return NULL;
	name += sizeof(checks) - 1;
	/* Trivial checks are counted in the same way, and are no invariant. */
	snprintf(other, sizeof(other), "violations_%s", name);
	return module_counter(&s->module, other) ? name : NULL;
}
