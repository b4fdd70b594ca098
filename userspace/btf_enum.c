// SPDX-License-Identifier: GPL-2.0
#include <bpf/btf.h>
#include <string.h>

#include "btf_enum.h"

/**
 * btf_has_member() - does a structure have this member?
 * @btf: of the running kernel
 * @type: name of the structure
 * @member: of it
 * Return: false also if there is no such structure
 */
bool btf_has_member(const struct btf *btf, const char *type, const char *member)
{
	int id = btf__find_by_name_kind(btf, type, BTF_KIND_STRUCT), i;
	const struct btf_type *t = id < 0 ? NULL : btf__type_by_id(btf, id);
	const char *name;

	for (i = 0; t && i < btf_vlen(t); i++) {
		name = btf__name_by_offset(btf, btf_members(t)[i].name_off);
		if (name && !strcmp(name, member))
			return true;
	}
	return false;
}

/**
 * btf_function_args() - how many arguments does a function take?
 * @btf: of the running kernel
 * @function: its name
 * Return: the number; -1 if there is no such function
 */
int btf_function_args(const struct btf *btf, const char *function)
{
	int id = btf__find_by_name_kind(btf, function, BTF_KIND_FUNC);
	const struct btf_type *t = id < 0 ? NULL : btf__type_by_id(btf, id);

	t = t ? btf__type_by_id(btf, t->type) : NULL;
	return t ? btf_vlen(t) : -1;
}

/**
 * btf_enum_value() - look up an enumerator
 * @btf: of the running kernel
 * @type: name of the enum
 * @name: of the enumerator
 * @value: untouched if there is none
 * Return: whether there is one
 */
bool btf_enum_value(const struct btf *btf, const char *type, const char *name, uint64_t *value)
{
	const struct btf_type *t;
	const char *text;
	int id, i;

	/* Which of the two kinds it is depends on its values, so on the kernel. */
	id = btf__find_by_name_kind(btf, type, BTF_KIND_ENUM64);
	if (id < 0)
		id = btf__find_by_name_kind(btf, type, BTF_KIND_ENUM);
	t = id < 0 ? NULL : btf__type_by_id(btf, id);
	if (!t)
		return false;
	for (i = 0; i < btf_vlen(t); i++) {
		const struct btf_enum64 *wide = btf_enum64(t) + i;
		const struct btf_enum *narrow = btf_enum(t) + i;

		text = btf__name_by_offset(btf, btf_is_enum64(t) ? wide->name_off :
								   narrow->name_off);
		if (!text || strcmp(text, name))
			continue;
		/* A negative value of a signed 32-bit enum is extended, as C would. */
		if (btf_is_enum64(t))
			*value = btf_enum64_value(wide);
		else if (btf_kflag(t))
			*value = (uint64_t)(int64_t)narrow->val;
		else
			*value = (uint32_t)narrow->val;
		return true;
	}
	return false;
}
