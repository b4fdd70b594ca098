// SPDX-License-Identifier: GPL-2.0
/*
 * debugfs file selftest: the arithmetic as it runs in this kernel, against answers worked out by
 * hand. A compiler or a kernel option that breaks 128-bit figures or signed shifts is seen here.
 */
#include "module.h"

#include <linux/seq_file.h>

#include <ledger/rules.h>

struct selftest {
	struct seq_file *m;
	int count;
};

static void check(struct selftest *t, const char *what, s64 expected, s64 got)
{
	bool good = expected == got;

	seq_printf(t->m, "%sok %d - %s\n", good ? "" : "not ", ++t->count, what);
	if (!good)
		seq_printf(t->m, "# expected %lld, got %lld\n", expected, got);
}

/* Of nice 0, 5 and -5, none of them running. */
static void fill(struct oracle_rq *rq, struct oracle_se se[3])
{
	static const u64 weights[] = { 1048576, 343040, 3195904 };
	/* Around the wrap of the clock. */
	static const u64 vruntimes[] = { -1000ULL, 5000, 250 };
	static const u64 deadlines[] = { 1000, 6000, 900 };
	int i;

	*rq = (struct oracle_rq){ 0 };
	INIT_LIST_HEAD(&rq->tree);
	for (i = 0; i < 3; i++) {
		se[i] = (struct oracle_se){
			.vruntime = vruntimes[i], .deadline = deadlines[i], .weight = weights[i],
			.slice = 700000 * (i + 1),
		};
		list_add_tail(&se[i].node, &rq->tree);
		rq->nr_tree++;
	}
}

static void weights(struct selftest *t)
{
	check(t, "nice 0 weighs 1048576", 1048576, oracle_weight(120, false));
	check(t, "nice -20", 90891264, oracle_weight(100, false));
	check(t, "nice 19", 15360, oracle_weight(139, false));
	check(t, "SCHED_IDLE", 3072, oracle_weight(120, true));
	check(t, "1 ms at nice 19 is 68 virtual ms", 68266666, oracle_delta(1000000, 15360));
}

static void sums(struct selftest *t)
{
	struct oracle_se se[3];
	struct oracle_sum sum;
	struct oracle_rq rq;
	u64 v = 0;

	fill(&rq, se);
	/* 343040 * 5000 + 3195904 * 250 - 1048576 * 1000 = 1465600000; / 4587520 = 319.47 */
	check(t, "sum of weights", 4587520, oracle_tree_weight(&rq));
	check(t, "sum of weighted keys", 1465600000, oracle_tree_w_vruntime(&rq, 0));
	oracle_sum(&rq, true, &sum);
	check(t, "V is divided", true, oracle_avg(&sum, &v));
	check(t, "V", 319, v);
	check(t, "V is known as that", true, oracle_is_avg(&sum, 319));
	check(t, "one more is not V", false, oracle_is_avg(&sum, 320));
	check(t, "one less is not V", false, oracle_is_avg(&sum, 318));
	se[1].vruntime = -9000ULL;
	/* (-3087360000 + 798976000 - 1048576000) / 4587520 = -727.4 */
	oracle_sum(&rq, true, &sum);
	oracle_avg(&sum, &v);
	check(t, "below 0 V is the floor, too", -728, v);
	se[1].vruntime = 1ULL << 62;
	se[0].vruntime = -(1ULL << 61);
	oracle_sum(&rq, true, &sum);
	check(t, "a sum of more than 64 bits is divided, too", true,
	      oracle_avg(&sum, &v) && oracle_is_avg(&sum, v));
	check(t, "who is behind V is eligible all the same", true,
	      oracle_eligible(&sum, -(1ULL << 61)));
	check(t, "and who is ahead is not", false, oracle_eligible(&sum, 1ULL << 62));
}

static void choices(struct selftest *t)
{
	enum oracle_why why;
	struct oracle_se se[3];
	struct oracle_rq rq;

	fill(&rq, se);
	check(t, "the earliest eligible deadline", 2,
	      oracle_pick(&rq, LEDGER_RULE_ALL, true, &why) - se);
	se[2].vruntime = 1000;
	check(t, "not of one ahead of V", 0, oracle_pick(&rq, LEDGER_RULE_ALL, true, &why) - se);
	rq.buddy = &se[0];
	se[2].vruntime = 250;
	check(t, "the buddy first", 0, oracle_pick(&rq, LEDGER_RULE_ALL, true, &why) - se);
	check(t, "why", ORACLE_BUDDY, why);
	check(t, "shortest request", 700000, oracle_min_slice(&rq));
	check(t, "longest request", 2100000, oracle_max_slice(&rq));
}

static void charges(struct selftest *t)
{
	struct oracle_se se[3];
	struct oracle_rq rq;

	fill(&rq, se);
	oracle_charge(&se[0], 1999, 700000);
	check(t, "a charge short of the deadline", 1000, se[0].deadline);
	oracle_charge(&se[0], 1, 700000);
	check(t, "and one that reaches it", 701000, se[0].deadline);
	check(t, "lag beyond the bound is cut", -(2100000 + 4000000),
	      oracle_lag(&rq, &se[0], se[0].vruntime - (1ULL << 40), 4000000, LEDGER_RULE_ALL));
	check(t, "lag within it is not", -77,
	      oracle_lag(&rq, &se[0], se[0].vruntime - 77, 4000000, LEDGER_RULE_ALL));
}

/**
 * audit_selftest - run the self-tests
 * @m: where they are told, in TAP
 */
void audit_selftest(struct seq_file *m)
{
	struct selftest t = { .m = m };

	seq_puts(m, "TAP version 13\n");
	weights(&t);
	sums(&t);
	choices(&t);
	charges(&t);
	seq_printf(m, "1..%d\n", t.count);
}
