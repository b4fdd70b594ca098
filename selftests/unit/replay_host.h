/* SPDX-License-Identifier: GPL-2.0 */
/* eevdf-audit replay for the host tests: on a text in memory, with what it says kept. */
#ifndef REPLAY_HOST_H
#define REPLAY_HOST_H

#include <string.h>

#include "../../userspace/replay.c"
#include "../../userspace/replay_books.c"
#include "../../userspace/replay_entity.c"
#include "../../userspace/replay_explain.c"
#include "../../userspace/replay_json.c"
#include "../../userspace/replay_parse.c"
#include "../../userspace/replay_pick.c"
#include "../../userspace/replay_read.c"
#include "../../userspace/replay_report.c"
#include "../../userspace/replay_step.c"
#include "../../userspace/util.c"

/* What a run said, and how it ended. */
struct said {
	enum replay_end end;
	char *text;
};

static struct said run_on(const char *text, size_t len, const char *name,
			  const struct replay_options *opts)
{
	FILE *in = fmemopen((void *)text, len ? len : 1, "r"), *out;
	struct said s = { 0 };
	size_t size;

	out = open_memstream(&s.text, &size);
	if (!in || !out)
		exit(1);
	/* fmemopen() takes no empty buffer. */
	if (!len)
		fseek(in, 0, SEEK_END);
	s.end = replay_stream(in, name, opts, out);
	fclose(in);
	fclose(out);
	return s;
}

static const struct replay_options rows = { 0 };
static const struct replay_options quiet = { .quiet = true };
static const struct replay_options json = { .json = true };

#endif /* REPLAY_HOST_H */
