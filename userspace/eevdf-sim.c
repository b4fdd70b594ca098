// SPDX-License-Identifier: GPL-2.0
/*
 * eevdf-sim: the algorithm of include/eevdf on simulated CPUs.
 *
 * For questions that no real machine answers: what is everybody's lag after 10^6 tasks on 256 CPUs,
 * how many entities does a pick look at, what changes if a rule is off.
 */
#include "sim.h"

int main(int argc, char **argv)
{
	return sim_main(argc, argv, stdout, stderr);
}
