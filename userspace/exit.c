// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "exit.h"
#include "util.h"

/*
 * enum scx_exit_kind: an ABI of the kernel, unlike its flags. A later kernel may know more; those
 * are told by number.
 */
enum {
	KIND_FIRST_UNREG = 64,
	KIND_UNREG_BPF = 65,
	KIND_LAST_KNOWN_UNREG = 69,
	KIND_FIRST_ERROR = 1024,
	KIND_LAST_KNOWN_ERROR = 1028,
};

/**
 * exit_kind() - whether the scheduler has ended
 * @record: in the program's .bss
 * Return: enum scx_exit_kind, 0 while it runs. The rest of the record is valid once it is not 0
 */
int exit_kind(const struct ledger_exit *record)
{
	return __atomic_load_n(&record->kind, __ATOMIC_ACQUIRE);
}

/**
 * exit_is_error() - whether the scheduler was ejected, not detached
 * @record: its exit_kind() is not 0
 *
 * Where a kernel does not let the program report an error, it ends itself with a code of its own.
 */
bool exit_is_error(const struct ledger_exit *record)
{
	int kind = exit_kind(record);

	return kind < KIND_FIRST_UNREG || kind >= KIND_FIRST_ERROR ||
	       (kind == KIND_UNREG_BPF && record->exit_code == LEDGER_EXIT_ERROR);
}

static bool kind_is_known(int kind)
{
	return (kind >= KIND_FIRST_UNREG && kind <= KIND_LAST_KNOWN_UNREG) ||
	       (kind >= KIND_FIRST_ERROR && kind <= KIND_LAST_KNOWN_ERROR);
}

static void print_dump(FILE *out, const char *dump, size_t dump_len)
{
	static const char rule[] = "========================================"
				   "========================================";
	size_t len = dump ? strnlen(dump, dump_len) : 0;
	char *text;

	if (!len)
		return;
	text = malloc(len + 1);
	if (!text) {
		fprintf(out, "DEBUG DUMP: no memory to print it\n");
		return;
	}
	memcpy(text, dump, len);
	text[len] = '\0';
	clean_text(text, true);
	fprintf(out, "DEBUG DUMP\n%s\n%s%s%s\n\n", rule, text, text[len - 1] == '\n' ? "" : "\n",
		rule);
	free(text);
}

/**
 * exit_report() - print why the scheduler ended
 * @out: stream
 * @record: filled by ops.exit; a kind of 0 means that it could not be
 * @dump: the kernel's debug dump, shown for errors; need not end with a NUL, may be %NULL
 * @dump_len: length of @dump
 * Return: %LEDGER_STATUS_OK, or %LEDGER_STATUS_FAILED for an error
 */
enum ledger_status exit_report(FILE *out, const struct ledger_exit *record, const char *dump,
			       size_t dump_len)
{
	char reason[LEDGER_EXIT_REASON_LEN + 1] = "", msg[LEDGER_EXIT_MSG_LEN + 1] = "";
	int kind = exit_kind(record);

	if (!kind) {
		fprintf(out, "EXIT: unregistered from user space\n");
		fflush(out);
		return LEDGER_STATUS_OK;
	}
	memcpy(reason, record->reason, sizeof(record->reason));
	memcpy(msg, record->msg, sizeof(record->msg));
	clean_text(reason, false);
	clean_text(msg, false);
	if (exit_is_error(record))
		print_dump(out, dump, dump_len);
	fputs("EXIT: ", out);
	if (!kind_is_known(kind) || !*reason)
		fprintf(out, "kind %d%s", kind, *reason ? ": " : "");
	fprintf(out, "%s%s%s%s\n", reason, *msg ? " (" : "", msg, *msg ? ")" : "");
	fflush(out);
	return exit_is_error(record) ? LEDGER_STATUS_FAILED : LEDGER_STATUS_OK;
}
