/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The options of scx_ledger, as one table: parsing, --help, the man page and
 * Documentation/options.md all come from it. The rules' switches are taken from ledger/rules.h.
 */
#ifndef LEDGER_OPTIONS_H
#define LEDGER_OPTIONS_H

#include <stdbool.h>
#include <stdio.h>

#include <ledger/control.h>

#ifndef LEDGER_VERSION
#define LEDGER_VERSION "unknown"
#endif

/* X(CONSTANT, value, "what it means") */
#define LEDGER_STATUS(X)                                                                           \
	X(OK, 0, "detached by a signal, by --duration, by SysRq-S or by another program; or the "  \
		 "information asked for was printed")                                              \
	X(FAILED, 1, "the kernel ejected the scheduler with an error, or reading, writing or "     \
		     "memory failed; with --status: scx_ledger is not attached")                   \
	X(USAGE, 2, "bad usage: unknown option, bad value, options that exclude each other")       \
	X(CANNOT, 3, "this kernel or machine cannot run it")                                       \
	X(OTHER, 4, "another sched_ext scheduler is attached")                                     \
	X(MODULE, 5, "--audit require, and the module is not available or refused")                \
	X(PRIVILEGE, 6, "the caller lacks a privilege")

enum ledger_status {
#define LEDGER_STATUS_ENUM(id, value, meaning) LEDGER_STATUS_##id = (value),
	LEDGER_STATUS(LEDGER_STATUS_ENUM)
#undef LEDGER_STATUS_ENUM
};

/* What is asked for: to schedule, or to print something. */
enum ledger_action {
	LEDGER_ACTION_RUN,
	LEDGER_ACTION_HELP,
	LEDGER_ACTION_VERSION,
	LEDGER_ACTION_HELP_STATS,
	LEDGER_ACTION_STATUS,
	LEDGER_ACTION_DOC,
};

enum ledger_audit {
	LEDGER_AUDIT_AUTO,
	LEDGER_AUDIT_REQUIRE,
	LEDGER_AUDIT_OFF,
	LEDGER_AUDIT_NR,
};

/**
 * struct ledger_options - the command line, understood
 * @action: what to do
 * @doc: %LEDGER_ACTION_DOC: which text
 * @rules: enum ledger_rule bits in force
 * @audit: enum ledger_audit
 * @yield: enum ledger_yield
 * @slice_us: 0 = as the fair class
 * @guard_ms: 0 = off
 * @watchdog_ms: the kernel ejects the scheduler when a task waits for longer
 * @duration: seconds; 0 = until a signal
 * @stats: seconds between two stats lines; 0 = none
 * @dump_len: bytes kept of the kernel's debug dump
 * @json: stats as JSON objects
 * @no_pull: a yield's target stays on its CPU
 * @no_global_lag: only a CPU that would idle takes tasks
 * @no_hotplug: a restart for each CPU that goes or comes
 * @no_cgroups: cgroups do not change what a task weighs
 * @measure: keep the counters of %LEDGER_STAT_MAX
 * @no_kvm_wait: virtual CPUs are not watched
 * @strict: every deviation from fair.c is off
 * @no_hrtick: slices end with a tick
 * @verbose: show libbpf's messages
 */
struct ledger_options {
	enum ledger_action action;
	const char *doc;
	__u32 rules;
	__u32 audit;
	__u32 yield;
	__u32 slice_us;
	__u32 guard_ms;
	__u32 watchdog_ms;
	__u32 duration;
	__u32 stats;
	__u32 dump_len;
	bool json;
	bool no_pull;
	bool no_global_lag;
	bool no_hotplug;
	bool no_cgroups;
	bool measure;
	bool no_kvm_wait;
	bool strict;
	bool no_hrtick;
	bool verbose;
};

/* How an option is read. */
enum ledger_option_kind {
	LEDGER_OPTION_ACTION,
	LEDGER_OPTION_FLAG,
	LEDGER_OPTION_NUMBER,
	LEDGER_OPTION_CHOICE,
	LEDGER_OPTION_RULE,
	LEDGER_OPTION_TEXT,
};

/**
 * struct ledger_option - a row of the table
 * @name: long name without dashes
 * @letter: short name, or 0
 * @kind: how it is read; says which of the following are used
 * @arg: what the value is called in the help; NULL = takes none
 * @offset: of the field in struct ledger_options, or in that of another program's options
 * @min: NUMBER: smallest value; ACTION: enum ledger_action; RULE: the bit
 * @max: NUMBER: largest value
 * @initial: value without the option
 * @initial_text: that value in words; NULL = the number
 * @choices: CHOICE: words, by value, %NULL at the end
 * @fair: RULE: the fair.c function it follows
 * @hidden: not in the help
 * @help: what it does, without a full stop
 */
struct ledger_option {
	const char *name;
	char letter;
	enum ledger_option_kind kind;
	const char *arg;
	size_t offset;
	__u32 min;
	__u32 max;
	__u32 initial;
	const char *initial_text;
	const char *const *choices;
	const char *fair;
	bool hidden;
	const char *help;
};

/**
 * struct ledger_option_table - the options of a program, or of a command of one
 * @program: name that complaints begin with
 * @command: whose --help tells more
 * @rows: options; their offsets are into the structure given to options_read()
 * @nr: length of @rows
 * @in_front: options end at the first argument that is none
 */
struct ledger_option_table {
	const char *program;
	const char *command;
	const struct ledger_option *rows;
	size_t nr;
	bool in_front;
};

/* Rows of a table. */
#define LEDGER_OPTIONS_MAX 64

extern const struct ledger_option ledger_options[];
extern const size_t ledger_options_nr;
extern const char *const ledger_audit_names[];
extern const char *const ledger_yield_names[];

enum ledger_status options_read(const struct ledger_option_table *table, int argc, char **argv,
				void *into, FILE *err);
enum ledger_status options_complain(const struct ledger_option_table *table, FILE *err,
				    const char *before, const char *theirs, const char *after);
enum ledger_status options_parse(int argc, char **argv, struct ledger_options *opts, FILE *err);
void options_describe(const struct ledger_options *opts, char *buf, size_t size);

#endif /* LEDGER_OPTIONS_H */
