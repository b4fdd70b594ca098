// SPDX-License-Identifier: GPL-2.0
/*
 * A busy loop. usage: spin
 *
 * One of the shell's takes an emulated CPU some seconds of the host for each of its own.
 */
#define _GNU_SOURCE
#include "guest.h"

int main(void)
{
	for (;;)
		spin();
}
