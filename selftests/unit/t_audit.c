// SPDX-License-Identifier: GPL-2.0
/*
 * The commands of eevdf-audit: their command line, their texts, and what show and ledger make of
 * the module's files, here made up in a folder.
 */
#define _GNU_SOURCE
#include "tap.h"

#include <sys/stat.h>

#include "../../userspace/command.c"
#include "../../userspace/command_doc.c"
#include "../../userspace/doc.c"
#include "../../userspace/module.c"
#include "../../userspace/options.c"
#include "../../userspace/show.c"
#include "../../userspace/stats.c"
#include "../../userspace/util.c"
#include "../../userspace/watch.c"
#include "../../userspace/watch_module.c"
#include "../../userspace/watch_print.c"

/* t_replay.c has the rest of replay. */
const char *const replay_weights_names[REPLAY_WEIGHTS_NR + 1] = { "auto", "scaled", "full", NULL };

enum audit_status replay_run(const void *options, const char *path)
{
	(void)options;
	(void)path;
	return AUDIT_STATUS_FAILED;
}

/* What needs a kernel is tested in a guest. */
const char *const fair_hooks_names[] = { "all", "pick", "queue", NULL };
const char *const fair_mutate_names[] = { "none", NULL };

enum audit_status fair_run(const void *options, const char *operand)
{
	(void)options;
	(void)operand;
	return AUDIT_STATUS_FAILED;
}

static char sentence[1024];

/* Parse "a b c", keep what was said in sentence[]. The words live as long as the program. */
static enum audit_status parse(struct audit_wish *wish, const char *line)
{
	static char words[512];
	char *argv[12] = { "eevdf-audit" }, *arg;
	FILE *err = fmemopen(sentence, sizeof(sentence), "w");
	enum audit_status status;
	int argc = 1;

	if (!err)
		exit(1);
	snprintf(words, sizeof(words), "%s", line);
	for (arg = strtok(words, " "); arg && argc < 11; arg = strtok(NULL, " "))
		argv[argc++] = arg;
	*sentence = '\0';
	status = command_parse(argc, argv, wish, err);
	fclose(err);
	return status;
}

static bool refused(const char *line, const char *part)
{
	struct audit_wish wish;
	enum audit_status status = parse(&wish, line);
	size_t len = strlen(sentence);
	bool good = status == AUDIT_STATUS_USAGE && len > 20 && strstr(sentence, part) &&
		    strchr(sentence, '\n') == sentence + len - 1 &&
		    !strncmp(sentence, "eevdf-audit: ", 13);

	if (!good)
		diag("'%s' gave %d: %s", line, status, sentence);
	return good;
}

static void test_command_line(void)
{
	const struct replay_options *replay;
	const struct watch_options *watch;
	struct audit_wish wish;

	ok(refused("", "which command?"), "no command");
	ok(refused("watch", "unknown command 'watch'"), "an unknown one");
	ok(refused("\033[2J", "unknown command '?[2J'"), "control characters are not echoed");
	ok(refused("--bogus", "'--bogus'"), "an unknown option before the command");
	ok(refused("replay", "replay wants a FILE"), "no file");
	ok(refused("replay a b", "unexpected argument 'b'"), "two files");
	ok(refused("show a", "unexpected argument 'a'"), "an operand that is not wanted");
	ok(refused("replay --weights heavy a", "auto scaled full"), "weights that do not exist");
	ok(refused("ledger --duration 0", "from 1 to 31536000"), "no duration");
	ok(refused("ledger --quiet", "eevdf-audit ledger --help"), "another command's option");

	ok(!parse(&wish, "replay -") && !strcmp(wish.operand, "-") &&
	   !strcmp(wish.command->name, "replay"), "replay of standard input");
	ok(!parse(&wish, "replay trace --json -q --weights full") && !strcmp(wish.operand, "trace"),
	   "options behind the file");
	replay = (const void *)wish.opts;
	ok(replay->json && replay->quiet && replay->weights == REPLAY_WEIGHTS_FULL, "are read");
	ok(!parse(&wish, "replay -- --json") && !strcmp(wish.operand, "--json"),
	   "a file whose name begins with dashes");
	ok(!parse(&wish, "ledger --until-violation --duration 5"), "ledger");
	watch = (const void *)wish.opts;
	ok(watch->until_violation && watch->duration == 5 && watch->interval == 1 && !watch->json,
	   "its options, and what they are without being given");
	ok(!parse(&wish, "--help") && wish.action == LEDGER_ACTION_HELP && !wish.command,
	   "--help of all");
	ok(!parse(&wish, "replay --help") && wish.action == LEDGER_ACTION_HELP && wish.command,
	   "--help of a command, which needs no file");
	ok(!parse(&wish, "-V show") && wish.action == LEDGER_ACTION_VERSION, "-V");
	ok(!parse(&wish, "--print-doc eevdf-audit.8") && wish.action == LEDGER_ACTION_DOC,
	   "--print-doc");
}

static char *text_of(const struct audit_command *command)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		exit(1);
	command_help(out, command);
	fclose(out);
	return text;
}

static bool narrow(const char *text)
{
	size_t len;

	for (; *text; text += len + (text[len] == '\n')) {
		len = strcspn(text, "\n");
		if (len > WIDTH || (len && text[len - 1] == ' ')) {
			diag("too wide, or a blank at the end: %.*s", (int)len, text);
			return false;
		}
	}
	return true;
}

static void test_help(void)
{
	char *all = text_of(NULL), *one, name[64];
	bool listed = true, options = true, fits = narrow(all);
	size_t i, j;

	for (i = 0; i < audit_commands_nr; i++) {
		const struct audit_command *c = &audit_commands[i];

		snprintf(name, sizeof(name), "\n  %s ", c->name);
		listed &= !!strstr(all, name);
		one = text_of(c);
		fits &= narrow(one);
		for (j = 0; j < c->nr; j++) {
			snprintf(name, sizeof(name), "--%s", c->rows[j].name);
			options &= c->rows[j].hidden || strstr(one, name);
		}
		free(one);
	}
	ok(listed, "--help lists every command");
	ok(options, "each command's --help has every option of it");
	ok(fits, "all fit a terminal of 80 columns");
	ok(!strstr(all, "print-doc"), "but for the hidden one");
	free(all);
}

/* Run from the top of the source tree. */
static void test_man(void)
{
	static char wanted[65536], found[65536];
	FILE *out = fmemopen(wanted, sizeof(wanted), "w");
	size_t i;
	int len;

	if (!out || !command_doc(out, "eevdf-audit.8"))
		exit(1);
	fclose(out);
	for (i = strlen(wanted); i && wanted[i - 1] == '\n'; i--)
		wanted[i - 1] = '\0';
	len = read_text(".", "/Documentation/man/eevdf-audit.8", found, sizeof(found));
	if (!ok(len > 0 && !strcmp(found, wanted), "the man page is what the program prints"))
		diag("make it new: userspace/print-docs BUILD");
}

static char root[] = "/tmp/t_audit.XXXXXX";

static void make(const char *path, const char *content)
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
	if (!file || fputs(content, file) < 0 || fclose(file)) {
		perror(full);
		exit(1);
	}
}

static void drop(const char *path)
{
	char full[LEDGER_PATH_LEN];

	snprintf(full, sizeof(full), "%s%s", root, path);
	remove(full);
}

static const char counters[] =
	"abi 1\nattached 1\nmode full\nevents 29492\nchecks 401389\nchecks_trivial 32869\n"
	"not_checked 1\ntruncated 2\nresyncs 3\nviolations 5\nevents_update 7\n"
	"checks_sum_weight 27260\nchecks_pick_empty 0\nchecks_new 9\n"
	"violations_sum_weight 5\nviolations_pick_empty 0\n";

static const char records[] =
	"seq 4 at 12345678901 cpu 1 invariant sum_w_vruntime event join flags 0x1 "
	"task an odd slot 3 name:123 slot 7\n"
	"  expected 1003344726 got 319064896 difference -684279830 multiple_of_weights 1\n"
	"  entity vruntime 56921691285759 deadline 56921694076707 vprot 0 vlag -5 slice 2800000\n"
	"  timeline avg 56921691597344 zero_vruntime 56921691597344\n"
	"seq 5 at 1 cpu 0 invariant pick_empty event pick flags 0 task nobody:0 slot -1\n"
	"  expected 1 got 0 difference -1 multiple_of_weights 0\n"
	"something of a later module\n";

static bool sentence_of(const char *part)
{
	static struct watch_sample sample;
	char why[512] = "";

	if (!module_ask(&sample, root, why, sizeof(why)) && strstr(why, part))
		return true;
	diag("%s", why);
	return false;
}

static char *show(enum audit_status *status)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		exit(1);
	*status = show_stream(root, out);
	fclose(out);
	return text;
}

static void test_show(void)
{
	enum audit_status status;
	char *text;

	ok(sentence_of("is not loaded"), "no module");
	make("/sys/module/eevdf_audit/version", "");
	ok(sentence_of("mount -t debugfs"), "no debugfs");
	make(LEDGER_MODULE_DIR "/counters", counters);
	make(LEDGER_MODULE_DIR "/mode", "full\n");
	ok(sentence_of("mount -t debugfs"), "a file is missing");
	make(LEDGER_MODULE_DIR "/cpus", "cpu 0 live entities 2 tree 1 curr 1\n"
	     "cpu 1 live entities 8 tree 8 curr 0\ncpu 2 off entities 3 tree 3 curr 0\n");
	make(LEDGER_MODULE_DIR "/violations", records);
	text = show(&status);
	eq(status, AUDIT_STATUS_VIOLATION, "violations are a status");
	ok(strstr(text, "eevdf_audit: mode full, a scheduler is attached, "
			"longest queue 8 (CPU 1)\n"),
	   "mode and the longest timeline");
	ok(strstr(text, "\nsum_weight                  27260            5\n") &&
	   !strstr(text, "pick_empty                  ") && !strstr(text, "\nnew  "),
	   "invariants that were checked, and no other counters");
	ok(strstr(text, "violation 4: sum_w_vruntime on CPU 1, at the event join (flags 0x1), "
			"12.345678901 s after boot\n"
			"  task        an odd slot 3 name:123, slot 7\n"
			"  expected    1003344726\n  got         319064896\n"
			"  difference  -684279830, a multiple of the queue's weights: the signature "
			"of a lost or foreign shift\n"
			"  entity      vruntime 56921691285759 "), "a record");
	ok(strstr(text, "violation 5: ") &&
	   strstr(text, "task        nobody:0\n  expected    1\n") &&
	   strstr(text, "difference  -1\nsomething of a later module\n"),
	   "another, without a task; and what is not understood, as it is");
	free(text);

	make(LEDGER_MODULE_DIR "/violations", "");
	make(LEDGER_MODULE_DIR "/counters", "attached 0\nchecks 5\nviolations 0\n");
	text = show(&status);
	eq(status, AUDIT_STATUS_CLEAN, "none is none");
	ok(strstr(text, "no scheduler,") && strstr(text, "no violation is recorded\n"),
	   "and is told");
	free(text);
	make(LEDGER_MODULE_DIR "/counters", "balance 5\n");
	ok(sentence_of("not understood"), "counters of something else");
}

static void test_watch(void)
{
	static struct watch_sample first, now;
	struct watch_line line = { .now = &now, .last = &first, .first = &first };
	char *text = NULL;
	size_t size;
	FILE *out;

	module_parse(&first.module, "attached 1\nevents 10\nchecks 1389\nviolations 2\n", "full\n");
	module_parse(&now.module, counters, "full\n");
	now.elapsed = 2;
	now.interval = 2;
	now.longest = 8;
	out = open_memstream(&text, &size);
	watch_text(&line, out);
	fclose(out);
	ok(strstr(text, "\nchecks                     401389       200000\n") &&
	   strstr(text, "\nviolations                      5 ") &&
	   strstr(text, "\n2 of the violations are from before\n") &&
	   strstr(text, "\nsum_weight                  27260            5\n"), "a table");
	ok(strstr(text, "\nnot_checked                     1 ") &&
	   strstr(text, "\ntruncated                       2 ") &&
	   strstr(text, "\nresyncs                         3 ") && !strstr(text, "\nsampled_out"),
	   "what was not checked stands beside it, what the module lacks does not");
	ok(!strchr(text, '\033'), "nothing for a terminal when there is none");
	free(text);

	line.tty = true;
	out = open_memstream(&text, &size);
	watch_text(&line, out);
	fclose(out);
	ok(!strncmp(text, "\033[H\033[J", 6), "on one it is drawn anew");
	free(text);

	out = open_memstream(&text, &size);
	ok(watch_json(&line, out), "JSON");
	fclose(out);
	ok(strstr(text, "\"mode\":\"full\",\"attached\":true,\"longest_queue\":8,") &&
	   strstr(text, "\"new_checks\":400000,\"new_violations\":3,\"events\":29492,") &&
	   strstr(text, "\"invariants\":{\"sum_weight\":{\"checks\":27260,\"violations\":5},"
			"\"pick_empty\":{\"checks\":0,\"violations\":0}}}\n"), "with all of it");
	ok(strchr(text, '\n') == text + strlen(text) - 1, "on one line");
	free(text);

	ok(was_reset(&first, &now) && !was_reset(&now, &first),
	   "counters that went back were reset");
	/* What they say of it is said in the guest's test. */
	if (!freopen("/dev/null", "w", stderr))
		exit(1);
	eq(verdict(5, 0, 1), AUDIT_STATUS_CLEAN, "checks without a violation");
	eq(verdict(5, 1, 0), AUDIT_STATUS_VIOLATION, "with one");
	eq(verdict(0, 0, 0), AUDIT_STATUS_FAILED, "nothing was checked: that is not clean");
	eq(verdict(0, 0, 9), AUDIT_STATUS_FAILED, "nor if the module understood nothing");
}

int main(void)
{
	if (!mkdtemp(root))
		return 1;
	plan(20 + 4 + 1 + 11 + 12);
	test_command_line();
	test_help();
	test_man();
	test_show();
	test_watch();
	drop(LEDGER_MODULE_DIR "/counters");
	drop(LEDGER_MODULE_DIR "/mode");
	drop(LEDGER_MODULE_DIR "/cpus");
	drop(LEDGER_MODULE_DIR "/violations");
	drop(LEDGER_MODULE_DIR);
	drop("/sys/kernel/debug");
	drop("/sys/kernel");
	drop("/sys/module/eevdf_audit/version");
	drop("/sys/module/eevdf_audit");
	drop("/sys/module");
	drop("/sys");
	drop("");
	return done();
}
