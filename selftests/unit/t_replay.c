// SPDX-License-Identifier: GPL-2.0
/*
 * eevdf-audit replay: the two traces of the bug, compared with what is expected of them; the same
 * in a mail, quoted and wrapped; every digit of them wrong in turn; and texts that are no trace.
 */
#define _GNU_SOURCE
#include "tap.h"

#include <time.h>

#include "replay_host.h"

#define DATA "selftests/data/"

static const char *const traces[] = { "empty-pick", "lost-shift" };

static char *read_data(const char *name, const char *end, size_t *len)
{
	char path[128], *text = calloc(1, 1 << 16);
	FILE *file;

	snprintf(path, sizeof(path), DATA "%s%s", name, end);
	file = fopen(path, "r");
	if (!text || !file) {
		perror(path);
		exit(1);
	}
	*len = fread(text, 1, (1 << 16) - 1, file);
	fclose(file);
	return text;
}

static void test_golden(const char *name)
{
	size_t len, wanted_len;
	char *trace = read_data(name, ".trace", &len), file[64];
	char *wanted = read_data(name, ".expected", &wanted_len);
	struct said s;

	snprintf(file, sizeof(file), "%s.trace", name);
	s = run_on(trace, len, file, &rows);
	ok(s.end == REPLAY_VIOLATION, "%s: a violation", name);
	if (!ok(!strcmp(s.text, wanted), "%s: every line is as expected", name))
		diag("eevdf-audit replay says now:\n%s", s.text);
	free(s.text);
	free(wanted);
	free(trace);
}

/* The figures that the two traces are known for, apart from the wording. */
static void test_figures(void)
{
	size_t len;
	char *trace = read_data("empty-pick", ".trace", &len);
	struct said s = run_on(trace, len, "t", &json);

	ok(strstr(s.text, "The average is 105210161644451, kept is 105210161179272"),
	   "the average where it should be, and where it is");
	ok(strstr(s.text, "pick empty: of 5 entities 3 are eligible by the recomputed average "
		  "105210161644451, none by the kept one 105210161179272"), "pick empty");
	free(s.text);
	free(trace);

	trace = read_data("lost-shift", ".trace", &len);
	s = run_on(trace, len, "t", &json);
	ok(strstr(s.text, "\"findings\":[{\"line\":15,\"time\":\"34.483169\","
		  "\"queue\":\"9:ff37d0bcfe46b680\",\"check\":\"sum_w_vruntime\",\"kept\":319064896,"
		  "\"due\":1003344726,\"difference\":-684279830,\"shift\":133258,"
		  "\"sum_weight\":5135,"), "the line where the books stop adding up, and why");
	ok(strstr(s.text, "\"shift\":-131754,\"sum_weight\":6159"), "the second foreign shift");
	free(s.text);
	free(trace);
}

/* Put each line of a trace into a mail: quoted, broken at blanks, with prose between. */
static char *as_mail(const char *trace, unsigned int width, const char *line_end)
{
	char *mail = NULL;
	size_t size;
	FILE *out = open_memstream(&mail, &size);

	if (!out)
		exit(1);
	while (*trace) {
		size_t len = strcspn(trace, "\n"), take;

		fprintf(out, "> On Tue, somebody [1] wrote of x-12:%s>%s", line_end, line_end);
		while (len) {
			take = len;
			if (take > width) {
				take = width;
				while (take && trace[take] != ' ')
					take--;
				if (!take)
					take = len;
			}
			fprintf(out, "> > %.*s%s", (int)take, trace, line_end);
			trace += take;
			len -= take;
			if (len) {
				trace++;
				len--;
			}
		}
		trace += *trace == '\n';
	}
	fclose(out);
	return mail;
}

/* Of the summary, the line with the verdicts. */
static char *verdicts(const char *text)
{
	const char *end = strstr(text, " unknown\n"), *from = end;

	while (from && from > text && from[-1] != '\n')
		from--;
	return end ? strndup(from, end - from) : strdup("nothing");
}

static void test_mail(void)
{
	static const unsigned int widths[] = { 60, 72, 80, 120, 1000 };
	bool same = true;
	size_t len, i, j;

	for (i = 0; i < ARRAY_SIZE(traces); i++) {
		char *trace = read_data(traces[i], ".trace", &len);
		struct said want = run_on(trace, len, "t", &quiet);
		char *wanted = verdicts(want.text);

		for (j = 0; j < ARRAY_SIZE(widths); j++) {
			char *mail = as_mail(trace, widths[j], j & 1 ? "\r\n" : "\n"), *got;
			struct said s = run_on(mail, strlen(mail), "t", &quiet);

			got = verdicts(s.text);
			if (strcmp(got, wanted) || s.end != want.end) {
				diag("width %u: %s, wanted %s", widths[j], got, wanted);
				same = false;
			}
			free(got);
			free(s.text);
			free(mail);
		}
		free(wanted);
		free(want.text);
		free(trace);
	}
	ok(same, "quoted, wrapped at 60 to 120 columns, among prose: the same verdicts");
}

/* Both traces at once, a line of one and a line of the other. */
static void test_interleaved(void)
{
	size_t len;
	char *a = read_data("empty-pick", ".trace", &len), *b = read_data("lost-shift", ".trace",
									    &len);
	char *mixed = NULL, *p = a, *q = b;
	size_t size;
	FILE *out = open_memstream(&mixed, &size);
	struct said s;

	if (!out)
		exit(1);
	while (*p || *q) {
		fprintf(out, "%.*s\n%.*s\n", (int)strcspn(p, "\n"), p, (int)strcspn(q, "\n"), q);
		p += strcspn(p, "\n");
		p += *p == '\n';
		q += strcspn(q, "\n");
		q += *q == '\n';
	}
	fclose(out);
	s = run_on(mixed, strlen(mixed), "t", &quiet);
	/* 2 + 22, 2 + 2, 4 + 5, 0 + 1 of the two expected texts */
	ok(strstr(s.text, "2 queues, 3 picks") &&
	   strstr(s.text, "24 hold, 4 wrong, 9 carried on from these, 1 unknown"),
	   "two CPUs interleaved: each as it is alone");
	free(s.text);
	free(mixed);
	free(a);
	free(b);
}

/* What a figure of a line is called: the word before its bracket. */
static void field_of(const char *line, const char *at, char *name, size_t size)
{
	const char *end = at, *from;

	while (end > line && *end != '(')
		end--;
	for (from = end; from > line && (is_word(from[-1])); from--)
		;
	snprintf(name, size, "%.*s", (int)(end - from), from);
}

/**
 * struct field - how many wrong digits of a figure are allowed to go unseen, over both traces
 * @name: of the figure
 * @allowed: digits that nothing else in the traces depends on; see test_digits()
 * @digits: tried
 * @unseen: not reported
 */
struct field {
	const char *name;
	int allowed, digits, unseen;
};

static char *findings(const char *text)
{
	return strdup(strstr(text, "\"hold\""));
}

/*
 * Each digit of each figure one higher. What is allowed to go unseen is counted to the digit: the
 * deadline of an entity that is printed once, where it stays in order and ahead of the vruntime (37
 * of the first trace, 14 of the second one's first line); limit() of the first trace, which has
 * one; the very first delta(), for nothing before it tells where it began; and the last digit of
 * a vruntime that reaches other figures through a division only.
 */
static void test_digits(void)
{
	struct field fields[] = {
		{ "sum_w_vruntime", 0, 0, 0 }, { "sum_weight", 0, 0, 0 },
		{ "zero_vruntime", 0, 0, 0 }, { "avg_vruntime", 0, 0, 0 }, { "delta", 5, 0, 0 },
		{ "weight", 0, 0, 0 }, { "min_lag", 0, 0, 0 }, { "max_lag", 0, 0, 0 },
		{ "swv", 0, 0, 0 }, { "vruntime", 1, 0, 0 },
		{ "deadline", 51, 0, 0 }, { "limit", 8, 0, 0 },
	};
	int blind_lines = 0, lines = 0;
	size_t len, i, j;

	for (i = 0; i < ARRAY_SIZE(traces); i++) {
		char *trace = read_data(traces[i], ".trace", &len), *line, *p;
		struct said want = run_on(trace, len, "t", &json), s;
		char *wanted = findings(want.text), *got, name[32];

		for (line = trace; *line; line = p + 1) {
			const char *names = memmem(line, strcspn(line, "\n"), " -- ", 4);
			int seen = 0, tried = 0;

			for (p = strstr(line, ": ") + 2; *p != '\n'; p++) {
				char digit = *p;

				if (!is_digit(digit))
					continue;
				field_of(line, p, name, sizeof(name));
				for (j = 0; j < ARRAY_SIZE(fields); j++)
					if (!strcmp(name, fields[j].name))
						break;
				/* An address, a CPU's number, a pid: names, no figures. */
				if (j == ARRAY_SIZE(fields) || (names && names < p))
					continue;
				*p = digit == '9' ? '0' : digit + 1;
				s = run_on(trace, len, "t", &json);
				*p = digit;
				got = findings(s.text);
				tried++;
				fields[j].digits++;
				if (strcmp(got, wanted))
					seen++;
				else
					fields[j].unseen++;
				free(got);
				free(s.text);
			}
			lines += !!tried;
			blind_lines += tried && !seen;
		}
		free(wanted);
		free(want.text);
		free(trace);
	}
	for (j = 0; j < ARRAY_SIZE(fields); j++) {
		eq(fields[j].unseen, fields[j].allowed, "%s: %d of %d wrong digits go unseen",
		   fields[j].name, fields[j].allowed, fields[j].digits);
	}
	eq(blind_lines, 0, "no line of %d in which every wrong digit goes unseen", lines);
}

/* Each mark of an eligible entity taken away, and put where it was not. */
static void test_marks(void)
{
	int lines = 0, blind = 0;
	size_t len, i;

	for (i = 0; i < ARRAY_SIZE(traces); i++) {
		char *trace = read_data(traces[i], ".trace", &len), *line, *end, *close, *text;
		struct said want = run_on(trace, len, "t", &json), s;
		char *wanted = findings(want.text), *got;
		bool marked;

		for (line = trace; *line; line = end + 1) {
			end = strchr(line, '\n');
			close = memmem(line, end - line, "vruntime(", 9);
			if (!memmem(line, end - line, " se(", 4) || !close)
				continue;
			close = strpbrk(close, ",)");
			marked = *close == ',';
			if (asprintf(&text, "%.*s%s%s", (int)(close - trace), trace,
				     marked ? "" : ", E", marked ? close + 3 : close) < 0)
				exit(1);
			s = run_on(text, strlen(text), "t", &json);
			got = findings(s.text);
			lines++;
			blind += !strcmp(got, wanted);
			free(got);
			free(s.text);
			free(text);
		}
		free(wanted);
		free(want.text);
		free(trace);
	}
	/* Nothing is known of the queue at the first line of the second trace. */
	ok(lines == 23 && blind == 1, "%d of %d wrong marks of the eligible go unseen", blind,
	   lines);
}

/* scale_load_down(): a group may be lighter than any task. */
static void test_counted(void)
{
	struct replay_books scaled = { .weights = REPLAY_WEIGHTS_SCALED };
	struct replay_books full = { .weights = REPLAY_WEIGHTS_FULL };

	ok(!books_counted(&scaled, 0) && books_counted(&scaled, 1) == 2 &&
	   books_counted(&scaled, 3071) == 2 && books_counted(&scaled, 3072) == 3 &&
	   books_counted(&scaled, 1048576) == 1024 && books_counted(&full, 3071) == 3071,
	   "what a weight counts");
}

static bool survives(const char *text, size_t len)
{
	struct said s = run_on(text, len, "t", &rows);
	bool good = s.end == REPLAY_CLEAN || s.end == REPLAY_VIOLATION || s.end == REPLAY_NOTHING;

	free(s.text);
	return good;
}

static void test_cut(void)
{
	size_t len, i, cut;
	bool good = true;

	for (i = 0; i < ARRAY_SIZE(traces); i++) {
		char *trace = read_data(traces[i], ".trace", &len);

		for (cut = 0; cut <= len; cut++)
			good &= survives(trace, cut);
		free(trace);
	}
	ok(good, "a trace that ends anywhere");
}

/* How many lines a run could not read, and whether it ended well. */
static bool unreadable(const char *body, unsigned long broken, unsigned long resyncs)
{
	char text[1024], want[64];
	struct said s;
	bool good;

	snprintf(text, sizeof(text), "a-1 [009] d..2. 3.4: f: %s\na-1 [009] d..2. 3.4: f: FAIL\n",
		 body);
	s = run_on(text, strlen(text), "t", &json);
	snprintf(want, sizeof(want), "\"unreadable\":%lu,\"resyncs\":%lu,", broken, resyncs);
	good = s.end == REPLAY_CLEAN && strstr(s.text, want);
	if (!good)
		diag("%s: %s", body, s.text);
	free(s.text);
	return good;
}

static void test_numbers(void)
{
	ok(unreadable("swv(9223372036854775808)", 1, 1), "a sum beyond 64 bits");
	ok(unreadable("swv(-9223372036854775808)", 0, 0), "the smallest sum");
	ok(unreadable("swv(-9223372036854775809)", 1, 1), "one less");
	ok(unreadable("swv(99999999999999999999999999999999999)", 1, 1), "far beyond");
	ok(unreadable("swv()", 1, 1) && unreadable("swv(-)", 1, 1) && unreadable("swv(0x5)", 1, 1),
	   "no number");
	ok(unreadable("swv(1", 1, 1), "no bracket");
	ok(unreadable("swv(1) and more", 1, 1), "rubbish behind it");
	ok(unreadable("T se(12345678901234567): vruntime(1) deadline(2) weight(1024) -- a:1", 1, 1),
	   "an address of more than 64 bits");
	ok(unreadable("T se(1): vruntime(1) deadline(2) weight(281474976710657) -- a:1", 1, 1),
	   "a weight that no group has");
	ok(unreadable("T se(1): vruntime(18446744073709551615) deadline(-0) "
		      "weight(281474976710656) -- a:1", 0, 0), "the largest one; a vruntime about to wrap");
	ok(unreadable("T se(1): vruntime(1) deadline(2) weight(1024) -- "
		      "a name that is far too long to be that of any task:1", 1, 1),
	   "a name that is too long");
	ok(unreadable("cfs_rq(9999999999:1): sum_w_vruntime(1) zero_vruntime(1)", 1, 1),
	   "a CPU beyond all");
	ok(unreadable("something else", 0, 0), "another event");
}

static void test_lost_events(void)
{
	size_t len;
	char *trace = read_data("lost-shift", ".trace", &len), *text, *p;
	struct said s;
	int i;

	/* Before the line with the lost shift, so that it cannot be seen. */
	for (p = trace, i = 0; i < 14; i++)
		p = strchr(p, '\n') + 1;
	if (asprintf(&text, "%.*sCPU:9 [LOST 12 EVENTS]\n%s", (int)(p - trace), trace, p) < 0)
		exit(1);
	s = run_on(text, strlen(text), "t", &rows);
	ok(strstr(s.text, "events were lost\n") && strstr(s.text, "events were missed 1 time"),
	   "lost events are told");
	ok(s.end == REPLAY_VIOLATION && strstr(s.text, "first violation: line 21 "),
	   "nothing is said before the next pick, and that one is wrong");
	free(s.text);
	free(text);
	free(trace);
}

static void test_hostile(void)
{
	static const char line[] = "a-1 [009] d..2. 3.4: f: swv(1)\n";
	size_t size = 1 << 20, i;
	char *text = malloc(size + 64), *end = text + size;
	struct said s;
	FILE *out;
	size_t len;

	if (!text)
		exit(1);
	memset(text, 'x', size);
	ok(survives(text, size), "a line of 1 MiB");
	memset(text, '[', size);
	ok(survives(text, size), "a line of 1 MiB of brackets");
	for (i = 0; i < size; i++)
		text[i] = "a-1 [009] "[i % 10];
	ok(survives(text, size), "a line of 1 MiB of heads");
	for (i = 4000; i < size; i += 4001)
		text[i] = '\n';
	ok(survives(text, size), "1 MiB of long lines of heads");
	memset(text, 0, size);
	ok(survives(text, size), "1 MiB of NULs");
	memset(text, '\n', size);
	ok(survives(text, size), "1 MiB of line ends");
	memset(text, 'x', size);
	memcpy(end, "\n", 1);
	memcpy(end + 1, line, sizeof(line));
	s = run_on(text, size + 1 + sizeof(line) - 1, "t", &json);
	ok(strstr(s.text, "\"lines\":1,\"prose\":1,"), "behind a long line all goes on");
	free(s.text);
	free(text);

	/* More tasks, queues and CPUs than there is room for. */
	out = open_memstream(&text, &len);
	if (!out)
		exit(1);
	for (i = 0; i < 80000; i++)
		fprintf(out, "a-1 [%zu] d..2. 3.4: update_curr: T<=> se(%zx): vruntime(1) "
			"deadline(2) weight(1024) -- a:1\n", i % 4, i + 1);
	for (i = 0; i < 20000; i++)
		fprintf(out, "a-1 [1] d..2. 3.4: __enqueue_entity: cfs_rq(%zu:%zx): "
			"sum_w_vruntime(1) zero_vruntime(1)\n", i % 7, i);
	fprintf(out, "a-1 [2] d..2. 3.4: p: cfs_rq(1:2): sum_w_vruntime(0) sum_weight(5000) "
		"zero_vruntime(0) avg_vruntime(0)\n");
	for (i = 0; i < 5000; i++)
		fprintf(out, "a-1 [2] d..2. 3.4: p: T se(%zx): vruntime(0, E) deadline(2) "
			"weight(1024) -- a:1\n", i + 1);
	fclose(out);
	s = run_on(text, len, "t", &quiet);
	ok(s.end == REPLAY_CLEAN && strstr(s.text, "events were missed"),
	   "80000 tasks, 20000 queues, a queue of 5000: forgotten, not checked, not wrong");
	free(s.text);
	free(text);
}

/* Letters changed, lines left out, doubled and swapped, at random. */
static void test_mutations(int rounds)
{
	static const char letters[] = "0123456789-().,:<>=T@E \n\t\0[]ax";
	unsigned long long seed = 20261122;
	bool good = true;
	struct timespec from, to;
	size_t len, i;
	int n;

	clock_gettime(CLOCK_MONOTONIC, &from);
	for (n = 0; n < rounds && good; n++) {
		char *trace = read_data(traces[n % 2], ".trace", &len);

		for (i = rnd(&seed) % 20 + 1; i; i--) {
			size_t at = rnd(&seed) % len, other = rnd(&seed) % len;
			size_t take = rnd(&seed) % 300;

			switch (rnd(&seed) % 4) {
			case 0:
				trace[at] = (char)rnd(&seed);
				break;
			case 1:
			case 2:
				trace[at] = letters[rnd(&seed) % (sizeof(letters) - 1)];
				break;
			case 3:
				if (at + take < len && other + take < len)
					memmove(trace + at, trace + other, take);
				break;
			}
		}
		good &= survives(trace, len);
		free(trace);
	}
	clock_gettime(CLOCK_MONOTONIC, &to);
	ok(good, "%d traces with random faults", rounds);
	ok(to.tv_sec - from.tv_sec < 120, "in good time");
}

static void test_empty(void)
{
	struct said none = run_on("", 0, "t", &json), prose = run_on("Dear all\n", 9, "t", &quiet);

	ok(none.end == REPLAY_NOTHING, "nothing at all");
	ok(prose.end == REPLAY_NOTHING, "prose only");
	free(none.text);
	free(prose.text);
}

int main(void)
{
	size_t i;

	plan(2 * 2 + 4 + 1 + 1 + 13 + 2 + 1 + 13 + 2 + 8 + 2 + 2);
	for (i = 0; i < ARRAY_SIZE(traces); i++)
		test_golden(traces[i]);
	test_figures();
	test_mail();
	test_interleaved();
	test_digits();
	test_marks();
	test_counted();
	test_cut();
	test_numbers();
	test_lost_events();
	test_hostile();
	test_mutations(3000);
	test_empty();
	return done();
}
