// SPDX-License-Identifier: GPL-2.0
/* Whether a virtual CPU still waits: include/ledger/kvm_wait.h. */
#include <ledger/kvm_wait.h>

#include "tap.h"

#define SENT 1000000000ULL

int main(void)
{
	plan(9);
	ok(ledger_wait_look(0, SENT, 0, SENT) == LEDGER_WAIT_NONE, "no receiver");
	ok(ledger_wait_look(0, 0, 0, ~0ULL) == LEDGER_WAIT_NONE, "nor ever one");
	ok(ledger_wait_look(1, SENT, 0, SENT) == LEDGER_WAIT_LASTS, "just sent");
	ok(ledger_wait_look(1, SENT, SENT - 1, SENT + 5) == LEDGER_WAIT_LASTS,
	   "the end of an earlier interrupt is no answer");
	ok(ledger_wait_look(1, SENT, SENT, SENT + 5) == LEDGER_WAIT_ANSWERED,
	   "an end at that moment is");
	ok(ledger_wait_look(1, SENT, SENT + 3, SENT + LEDGER_WAIT_MAX * 2) == LEDGER_WAIT_ANSWERED,
	   "an answer does not expire");
	ok(ledger_wait_look(1, SENT, 0, SENT + LEDGER_WAIT_MAX) == LEDGER_WAIT_LASTS, "50 ms");
	ok(ledger_wait_look(1, SENT, 0, SENT + LEDGER_WAIT_MAX + 1) == LEDGER_WAIT_EXPIRED,
	   "and a nanosecond");
	ok(ledger_wait_look(1, SENT, 0, SENT - 100) == LEDGER_WAIT_LASTS,
	   "another CPU's clock may be behind");
	return done();
}
