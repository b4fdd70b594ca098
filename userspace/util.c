// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "util.h"

const char *say_as = "scx_ledger";

/**
 * say() - one sentence on stderr, after the program's name
 * @fmt: printf format without line end
 *
 * Written with one call, so that lines of several programs on one terminal do not mix.
 */
void say(const char *fmt, ...)
{
	char text[2048];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	fprintf(stderr, "%s: %s\n", say_as, text);
	fflush(stderr);
}

/**
 * hold_standard_files() - see to it that the three standard files are open
 *
 * A program started without them would write its lines into whatever it opens next. Output is
 * opened for reading only: a write then fails as it should. Ends the program with status 1 if it
 * cannot.
 */
void hold_standard_files(void)
{
	int fd;

	for (fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDONLY) != fd)
			_exit(1);
}

/**
 * read_text() - the beginning of a small file
 * @root: put before @path; "" for this machine, a folder in tests
 * @path: absolute
 * @buf: receives a string, without line ends at its end; empty on error
 * @size: of @buf, at least 1
 *
 * The content is not trusted: use clean_text() before it is printed.
 * Return: length, or a negative errno
 */
int read_text(const char *root, const char *path, char *buf, size_t size)
{
	char full[LEDGER_PATH_LEN];
	size_t len = 0;
	ssize_t got;
	int fd;

	buf[0] = '\0';
	if (snprintf(full, sizeof(full), "%s%s", root, path) >= (int)sizeof(full))
		return -ENAMETOOLONG;
	fd = open(full, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	while (len + 1 < size) {
		got = read(fd, buf + len, size - 1 - len);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			int err = -errno;

			close(fd);
			buf[0] = '\0';
			return err;
		}
		if (!got)
			break;
		len += got;
	}
	close(fd);
	while (len && buf[len - 1] == '\n')
		len--;
	buf[len] = '\0';
	return len;
}

/**
 * read_number() - a file that holds one number
 * @root: put before @path
 * @path: absolute
 * @value: untouched on error
 * Return: 0, or a negative errno
 */
int read_number(const char *root, const char *path, uint64_t *value)
{
	char text[32];
	int ret;

	ret = read_text(root, path, text, sizeof(text));
	if (ret < 0)
		return ret;
	return parse_number(text, 0, UINT64_MAX, value) ? 0 : -EINVAL;
}

/**
 * file_exists() - whether a file or folder is there
 * @root: put before @path
 * @path: absolute
 */
bool file_exists(const char *root, const char *path)
{
	char full[LEDGER_PATH_LEN];

	if (snprintf(full, sizeof(full), "%s%s", root, path) >= (int)sizeof(full))
		return false;
	return !access(full, F_OK);
}

/**
 * clean_text() - make a foreign string harmless for a terminal, a log and JSON
 * @text: changed in place; whatever is not printable ASCII becomes '?'
 * @lines: keep line ends and tabs
 *
 * Task names, for one, are chosen by anybody and appear in the kernel's dumps.
 */
void clean_text(char *text, bool lines)
{
	for (; *text; text++) {
		if (lines && (*text == '\n' || *text == '\t'))
			continue;
		if (*text < ' ' || *text > '~')
			*text = '?';
	}
}

/**
 * parse_number() - a decimal number and nothing else
 * @text: no sign, no blank, no junk behind
 * @min: smallest value allowed
 * @max: largest value allowed
 * @value: untouched on failure
 * Return: whether it was one
 */
bool parse_number(const char *text, uint64_t min, uint64_t max, uint64_t *value)
{
	uint64_t sum = 0;

	if (!*text)
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return false;
		if (__builtin_mul_overflow(sum, 10, &sum) ||
		    __builtin_add_overflow(sum, (uint64_t)(*text - '0'), &sum))
			return false;
	}
	if (sum < min || sum > max)
		return false;
	*value = sum;
	return true;
}

/* A CPU number at *pos, which moves behind it. */
static bool parse_cpu(const char **pos, uint32_t *cpu)
{
	uint32_t sum = 0;

	if (**pos < '0' || **pos > '9')
		return false;
	for (; **pos >= '0' && **pos <= '9'; (*pos)++) {
		sum = sum * 10 + (**pos - '0');
		if (sum > 1000000)
			return false;
	}
	*cpu = sum;
	return true;
}

/**
 * parse_cpu_range() - the next range, or single CPU, of a list like "0-3,8"
 * @pos: moved behind it and its comma
 * @first: its first CPU
 * @last: its last, not below @first
 * Return: whether it was understood, and what follows can be a list
 */
bool parse_cpu_range(const char **pos, uint32_t *first, uint32_t *last)
{
	if (!parse_cpu(pos, first))
		return false;
	*last = *first;
	if (**pos == '-') {
		(*pos)++;
		if (!parse_cpu(pos, last) || *last < *first)
			return false;
	}
	if (**pos == ',' && (*pos)[1])
		(*pos)++;
	else if (**pos)
		return false;
	return true;
}

/**
 * parse_cpulist() - a list like "0-3,8" of /sys/devices/system/cpu
 * @text: ascending, as the kernel writes it; may be empty
 * @count: CPUs in the list
 * @end: one more than the highest CPU, 0 if there is none
 * Return: whether the list was understood; the results are only set if it was
 */
bool parse_cpulist(const char *text, uint32_t *count, uint32_t *end)
{
	uint32_t first, last, sum = 0, next = 0;

	while (*text) {
		if (!parse_cpu_range(&text, &first, &last) || first < next)
			return false;
		sum += last - first + 1;
		next = last + 1;
	}
	*count = sum;
	*end = next;
	return true;
}

/**
 * now_ns() - CLOCK_MONOTONIC
 */
uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}
