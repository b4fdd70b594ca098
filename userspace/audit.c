// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE /* pipe2 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "audit.h"
#include "util.h"

#define MODULE "eevdf_audit"

/* Start modprobe with its complaints going into @err_fd. */
static int start_modprobe(const char *flags, int err_fd, pid_t *pid)
{
	static const char *const paths[] = {
		"/usr/sbin/modprobe", "/sbin/modprobe", "/usr/bin/modprobe", "/bin/modprobe",
	};
	char *const argv[] = { "modprobe", (char *)flags, MODULE, NULL };
	char *const envp[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t defaults;
	size_t i;
	int err;

	for (i = 0; i < ARRAY_SIZE(paths) && access(paths[i], X_OK); i++)
		;
	if (i == ARRAY_SIZE(paths))
		return ENOENT;
	err = posix_spawn_file_actions_init(&files);
	if (err)
		return err;
	err = posix_spawnattr_init(&attr);
	if (err)
		goto out_files;
	/* We ignore SIGPIPE; that must not be inherited. */
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	err = posix_spawnattr_setsigdefault(&attr, &defaults);
	if (!err)
		err = posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF);
	if (!err)
		err = posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
	if (!err)
		err = posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
	if (!err)
		err = posix_spawn_file_actions_adddup2(&files, err_fd, 2);
	if (!err)
		err = posix_spawn(pid, paths[i], &files, &attr, argv, envp);
	posix_spawnattr_destroy(&attr);
out_files:
	posix_spawn_file_actions_destroy(&files);
	return err;
}

/*
 * Run modprobe. Returns its exit status, or -1 if it could not be run. @msg has the reason, or what
 * modprobe complained about.
 */
static int run_modprobe(const char *flags, char *msg, size_t size)
{
	char junk[256];
	size_t len = 0;
	ssize_t got;
	int fds[2], status, err;
	pid_t pid;

	*msg = '\0';
	if (pipe2(fds, O_CLOEXEC)) {
		snprintf(msg, size, "%s", strerror(errno));
		return -1;
	}
	err = start_modprobe(flags, fds[1], &pid);
	close(fds[1]);
	if (err) {
		close(fds[0]);
		snprintf(msg, size, "cannot run modprobe: %s", strerror(err));
		return -1;
	}
	/* To the end, or modprobe would hang on a full pipe; the first part is kept. */
	for (;;) {
		bool keep = len + 1 < size;

		got = read(fds[0], keep ? msg + len : junk, keep ? size - 1 - len : sizeof(junk));
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		if (keep)
			len += got;
	}
	close(fds[0]);
	msg[len] = '\0';
	msg[strcspn(msg, "\n")] = '\0';
	clean_text(msg, false);
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return -1;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Load the module if it is installed; says what happened, or notes why not. */
static bool load(const char *root, char *why, size_t size)
{
	char msg[192], lock[64];

	if (run_modprobe("-nqb", msg, sizeof(msg))) {
		snprintf(why, size, "the module " MODULE " is not installed for this kernel%s%s "
			 "(install it with 'make install')", *msg ? ": " : "", msg);
		return false;
	}
	if (!run_modprobe("-b", msg, sizeof(msg))) {
		if (file_exists(root, "/sys/module/" MODULE)) {
			say("loaded the module " MODULE "; it stays loaded, rmmod " MODULE
			    " removes it");
			return true;
		}
		snprintf(why, size, "modprobe does not load the module " MODULE ": it is "
			 "blacklisted, or not installed for this kernel (see "
			 "/etc/modprobe.d, 'make install')");
		return false;
	}
	if (module_locked(root, lock, sizeof(lock)))
		snprintf(why, size, "%s, so the kernel refused the module " MODULE " (%s); sign it "
			 "with a key that this kernel trusts", lock,
			 *msg ? msg : "no reason given");
	else
		snprintf(why, size, "the module " MODULE " did not load (%s); the kernel log says "
			 "more (dmesg)", *msg ? msg : "no reason given");
	return false;
}

/**
 * audit_prepare() - have the module loaded if it is wanted
 * @root: put before paths
 * @audit: enum ledger_audit
 * @why: filled if the module is required and cannot be had
 *
 * A scheduler that starts without it says so here.
 * Return: true = refused
 */
bool audit_prepare(const char *root, __u32 audit, struct ledger_refusal *why)
{
	char text[448] = "";

	if (audit == LEDGER_AUDIT_OFF)
		return false;
	if (!file_exists(root, "/sys/module/" MODULE) && !load(root, text, sizeof(text)))
		;
	else if (!file_exists(root, "/sys/kernel/btf/" MODULE))
		snprintf(text, sizeof(text), "the module " MODULE " has no type information, so "
			 "its functions cannot be called; build it with pahole installed");
	else
		return false;
	if (audit == LEDGER_AUDIT_REQUIRE) {
		refuse(why, LEDGER_STATUS_MODULE, "%s", text);
		return true;
	}
	say("runs without the module: %s", text);
	return false;
}

/**
 * audit_attached() - whether the module plays along, once the scheduler is attached
 * @audit: enum ledger_audit
 * @state: of the program
 * @why: filled if the module is required and does not
 * Return: true = refused, the scheduler must be detached
 */
bool audit_attached(__u32 audit, const struct ledger_state *state, struct ledger_refusal *why)
{
	int error = -state->audit_error;
	char text[256];

	if (audit == LEDGER_AUDIT_OFF || (state->audited && !error))
		return false;
	if (error == EPROTO)
		snprintf(text, sizeof(text), "the module " MODULE " is of another version than "
			 "scx_ledger (%s); install both from the same tree and load it anew",
			 strerror(error));
	else if (error == EBUSY)
		snprintf(text, sizeof(text),
			 "the module " MODULE " is used by another program; stop that first (%s)",
			 strerror(error));
	else if (error)
		snprintf(text, sizeof(text), "the module " MODULE " refused this scheduler (%s); "
			 "the kernel log says more (dmesg)", strerror(error));
	else
		snprintf(text, sizeof(text), "the scheduler did not find the functions of the "
			 "module " MODULE "; was it removed meanwhile, or built without pahole?");
	if (audit == LEDGER_AUDIT_REQUIRE) {
		refuse(why, LEDGER_STATUS_MODULE, "%s", text);
		return true;
	}
	/* Without the module at all it has been said before. */
	if (error)
		say("runs without the module: %s", text);
	return false;
}
