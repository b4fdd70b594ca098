/* SPDX-License-Identifier: GPL-2.0 */
/* Lines for the kernel's log from below the scheduler's locks. */
#ifndef EEVDF_AUDIT_CONSOLE_H
#define EEVDF_AUDIT_CONSOLE_H

void console_line(const char *text);

#endif /* EEVDF_AUDIT_CONSOLE_H */
