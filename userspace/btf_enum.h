/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Values of the running kernel's enums, and what its structures have. Flags of sched_ext have
 * changed their values between releases, so none is taken from a header.
 */
#ifndef LEDGER_BTF_ENUM_H
#define LEDGER_BTF_ENUM_H

#include <stdbool.h>
#include <stdint.h>

struct btf;

bool btf_has_member(const struct btf *btf, const char *type, const char *member);
int btf_function_args(const struct btf *btf, const char *function);
bool btf_enum_value(const struct btf *btf, const char *type, const char *name, uint64_t *value);

#endif /* LEDGER_BTF_ENUM_H */
