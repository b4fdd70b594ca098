// SPDX-License-Identifier: GPL-2.0
/*
 * Records what the kernel's fair class decides, with all that it decides by, for a program that
 * decides again and compares. For 7.3, which has one flat timeline a CPU.
 *
 * All the functions run with the queue's lock held and interrupts off, so what an entry notes for
 * its exit can be kept by the queue's CPU, and each kind needs one place only: requeueing contains
 * a placement, but nothing contains its like.
 */
#include "fair.bpf.h"
#include "fair_record.h"

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 64 << 20);
} records SEC(".maps");

/* What an entry tells its exit. */
enum begun {
	NOT_BEGUN,
	SKIPPED,
	NOTED,
};

struct scratch {
	struct fair_record r;
	/* enum begun */
	u32 begun;
	/* The tree was too long for the record. */
	u32 too_long;
};

/* A place for each kind and CPU; user space sets the size. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, FAIR_KINDS);
	__type(key, u32);
	__type(value, struct scratch);
} scratches SEC(".maps");

/* Calls not sent, of each kind: no room for it, too long a tree, an exit without its entry. */
u64 lost[FAIR_KINDS];
u64 too_long[FAIR_KINDS];
u64 unpaired[FAIR_KINDS];
/* Calls that change nothing: the new weight is the old one. */
u64 same_weight;
/* Set by user space once it can read, and cleared before it detaches. */
bool recording;

extern const void sysctl_sched_base_slice __ksym;

static __always_inline void count(u64 *counter)
{
	__sync_fetch_and_add(counter, 1);
}

static __always_inline struct scratch *scratch_of(struct cfs_rq *q, u32 kind)
{
	u32 key = fair_queue_cpu(q) * FAIR_KINDS + kind;

	return bpf_map_lookup_elem(&scratches, &key);
}

static __always_inline void note_entity(struct fair_entity *to, struct sched_entity *se)
{
	to->id = (u64)se;
	to->vruntime = se->vruntime;
	to->deadline = se->deadline;
	to->vprot = fair_vprot(se);
	to->vlag = se->vlag;
	to->slice = se->slice;
	to->weight = fair_weight(se);
	to->pid = fair_entity_task(se)->pid;
	to->on_rq = se->on_rq;
	to->delayed = se->sched_delayed;
	to->rel_deadline = se->rel_deadline;
	to->custom_slice = se->custom_slice;
}

static __always_inline void note_sums(struct fair_sums *to, struct cfs_rq *q)
{
	struct cfs_rq___flat *f = fair_sums(q);

	to->zero_vruntime = f->zero_vruntime;
	to->sum_w_vruntime = f->sum_w_vruntime;
	to->sum_weight = f->sum_weight;
	to->sum_shift = f->sum_shift;
	to->nr_queued = f->h_nr_queued;
}

/* All of the queue but its tree. */
static __always_inline void note_queue(struct scratch *s, struct cfs_rq *q, u32 kind)
{
	struct fair_record *r = &s->r;

	r->kind = kind;
	r->cpu = fair_queue_cpu(q);
	r->nr_tree = 0;
	r->chosen = 0;
	r->next = (u64)q->next;
	bpf_probe_read_kernel(&r->base_slice, sizeof(u32), &sysctl_sched_base_slice);
	note_sums(&r->before, q);
	r->curr.id = 0;
	if (q->curr)
		note_entity(&r->curr, q->curr);
	s->too_long = 0;
}

static __always_inline void note_tree(struct scratch *s, struct cfs_rq *q)
{
	struct rb_node *node = fair_first(q);
	u32 i = 0;

	while (node && i < FAIR_MAX_TREE && can_loop()) {
		note_entity(&s->r.tree[i], fair_node_entity(node));
		node = fair_after(node);
		i++;
	}
	s->r.nr_tree = i;
	s->too_long = node ? 1 : 0;
}

static __always_inline void send(struct scratch *s, u32 kind)
{
	u32 nr = s->r.nr_tree;
	u64 size;

	if (s->too_long || nr > FAIR_MAX_TREE) {
		count(&too_long[kind]);
		return;
	}
	size = offsetof(struct fair_record, tree) + nr * sizeof(struct fair_entity);
	/* The reader comes by often enough; waking it here would take part in what is recorded. */
	if (bpf_ringbuf_output(&records, &s->r, size, BPF_RB_NO_WAKEUP))
		count(&lost[kind]);
}

static __always_inline struct scratch *begin(struct cfs_rq *q, struct sched_entity *se, u32 kind,
					     u64 arg, bool skip)
{
	struct scratch *s = scratch_of(q, kind);

	if (!s)
		return NULL;
	if (skip || !recording) {
		s->begun = SKIPPED;
		return NULL;
	}
	note_queue(s, q, kind);
	note_entity(&s->r.se, se);
	s->r.arg = arg;
	s->r.on_rq = 0;
	s->begun = NOTED;
	return s;
}

static __always_inline void end(struct cfs_rq *q, struct sched_entity *se, u32 kind)
{
	struct scratch *s = scratch_of(q, kind);
	u32 begun;

	if (!s)
		return;
	begun = s->begun;
	s->begun = NOT_BEGUN;
	if (begun == SKIPPED)
		return;
	if (begun == NOT_BEGUN || s->r.se.id != (u64)se) {
		if (recording)
			count(&unpaired[kind]);
		return;
	}
	note_sums(&s->r.after, q);
	note_entity(&s->r.se_after, se);
	send(s, kind);
}

/*
 * The pick changes nothing, so all there is at entry is still there at exit. Its bool is a u8 here,
 * for a register holds more than the byte that counts.
 */
SEC("fexit/pick_eevdf")
int BPF_PROG(pick_exit, struct cfs_rq *q, u8 protect, struct sched_entity *chosen)
{
	struct scratch *s = scratch_of(q, FAIR_PICK);

	if (!s || !recording)
		return 0;
	note_queue(s, q, FAIR_PICK);
	note_tree(s, q);
	s->r.arg = protect;
	s->r.chosen = (u64)chosen;
	send(s, FAIR_PICK);
	return 0;
}

SEC("fentry/place_entity")
int BPF_PROG(place_entry, struct cfs_rq *q, struct sched_entity *se, int flags)
{
	begin(q, se, FAIR_PLACE, (u32)flags, false);
	return 0;
}

SEC("fexit/place_entity")
int BPF_PROG(place_exit, struct cfs_rq *q, struct sched_entity *se, int flags)
{
	end(q, se, FAIR_PLACE);
	return 0;
}

SEC("fentry/requeue_delayed_entity")
int BPF_PROG(requeue_entry, struct cfs_rq *q, struct sched_entity *se)
{
	struct scratch *s = begin(q, se, FAIR_REQUEUE, 0, false);

	if (s)
		note_tree(s, q);
	return 0;
}

SEC("fexit/requeue_delayed_entity")
int BPF_PROG(requeue_exit, struct cfs_rq *q, struct sched_entity *se)
{
	end(q, se, FAIR_REQUEUE);
	return 0;
}

SEC("fentry/reweight_eevdf")
int BPF_PROG(reweight_entry, struct cfs_rq *q, struct sched_entity *se, unsigned long weight,
	     u8 on_rq)
{
	bool same = fair_weight(se) == weight;
	struct scratch *s = begin(q, se, FAIR_REWEIGHT, weight, same);

	if (same && recording)
		count(&same_weight);
	if (!s)
		return 0;
	s->r.on_rq = on_rq;
	if (on_rq)
		note_tree(s, q);
	return 0;
}

SEC("fexit/reweight_eevdf")
int BPF_PROG(reweight_exit, struct cfs_rq *q, struct sched_entity *se, unsigned long weight,
	     u8 on_rq)
{
	end(q, se, FAIR_REWEIGHT);
	return 0;
}
