#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# A branch of the scheduler is patched again and again while all CPUs run through it. Emulated CPUs that
# race with each other trip over that every dozen seconds (vm/heal).
# usage: 01-heal.sh SECONDS
# shellcheck shell=dash source=lib.sh
. /selftests/lib.sh

stress-ng -q --switch 4 --yield 4 --timeout "$1" &
while quiet kill -0 $!; do
	echo 1 >/proc/sys/kernel/sched_schedstats
	echo 0 >/proc/sys/kernel/sched_schedstats
done
