/* SPDX-License-Identifier: GPL-2.0 */
/* include/eevdf for a program on the host. */
#ifndef EEVDF_HOST_H
#define EEVDF_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint32_t u32;
typedef unsigned long long u64;
typedef long long s64;

#include <eevdf/guard.h>
#include <eevdf/pick.h>

#endif /* EEVDF_HOST_H */
