// SPDX-License-Identifier: GPL-2.0
/* The counters of the module eevdf_audit, read from debugfs. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "stats.h"
#include "util.h"

#define NAME_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-."

/* One "name value" line. Anything else is passed over: the file may grow other lines. */
static void parse_line(struct ledger_module *module, const char *line, size_t len)
{
	size_t name_len = strspn(line, NAME_LETTERS), digits;
	char value[24];
	uint64_t number;

	if (module->nr == LEDGER_MODULE_COUNTERS)
		return;
	if (!name_len || name_len >= LEDGER_MODULE_NAME_LEN || name_len >= len ||
	    line[name_len] != ' ')
		return;
	digits = len - name_len - 1;
	if (digits >= sizeof(value))
		return;
	memcpy(value, line + name_len + 1, digits);
	value[digits] = '\0';
	if (!parse_number(value, 0, UINT64_MAX, &number))
		return;
	memcpy(module->counters[module->nr].name, line, name_len);
	module->counters[module->nr].name[name_len] = '\0';
	module->counters[module->nr].value = number;
	module->nr++;
}

/**
 * module_parse() - understand what the module's files hold
 * @module: overwritten
 * @counters: content of its file "counters"
 * @mode: content of its file "mode", or whatever begins with the mode
 */
void module_parse(struct ledger_module *module, const char *counters, const char *mode)
{
	size_t len;

	memset(module, 0, sizeof(*module));
	module->state = LEDGER_MODULE_OK;
	snprintf(module->mode, sizeof(module->mode), "%s", mode);
	module->mode[strcspn(module->mode, "\n")] = '\0';
	clean_text(module->mode, false);
	while (*counters) {
		len = strcspn(counters, "\n");
		parse_line(module, counters, len);
		counters += len + (counters[len] == '\n');
	}
}

/**
 * module_read() - ask the module
 * @module: overwritten
 * @root: put before paths
 * @audited: the program says that the module takes its events
 */
void module_read(struct ledger_module *module, const char *root, bool audited)
{
	char counters[16384], mode[64];
	const char *line;
	int len;

	memset(module, 0, sizeof(*module));
	if (!audited)
		return;
	len = read_text(root, LEDGER_MODULE_DIR "/counters", counters, sizeof(counters));
	/* A file that fills the buffer may have been cut inside a number. */
	if (len < 0 || len == sizeof(counters) - 1) {
		module->state = LEDGER_MODULE_MUTE;
		return;
	}
	if (read_text(root, LEDGER_MODULE_DIR "/mode", mode, sizeof(mode)) >= 0) {
		module_parse(module, counters, mode);
		return;
	}
	/* Lockdown closes what can be written. The counters tell the mode too, less exactly. */
	line = strstr(counters, "\nmode ");
	module_parse(module, counters, line ? line + strlen("\nmode ") : "unknown");
}

/**
 * module_counter() - a counter by its name
 * @module: read
 * @name: as in the file
 * Return: NULL if there is none
 */
const __u64 *module_counter(const struct ledger_module *module, const char *name)
{
	__u32 i;

	for (i = 0; i < module->nr; i++)
		if (!strcmp(module->counters[i].name, name))
			return &module->counters[i].value;
	return NULL;
}
