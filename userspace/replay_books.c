// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "replay_books.h"

static struct replay_entity **bucket(struct replay_books *b, uint64_t se)
{
	return &b->buckets[(se * 0x9E3779B97F4A7C15ULL) >> 52];
}

/**
 * books_entity() - an entity by its address, made if it is new
 * @b: books
 * @se: address
 * Return: NULL without memory, or if there are too many
 */
struct replay_entity *books_entity(struct replay_books *b, uint64_t se)
{
	struct replay_entity **head = bucket(b, se), *e;

	for (e = *head; e; e = e->next)
		if (e->se == se)
			return e;
	if (b->entities_nr == REPLAY_ENTITIES_MAX)
		return NULL;
	e = calloc(1, sizeof(*e));
	if (!e)
		return NULL;
	b->entities_nr++;
	e->se = se;
	e->next = *head;
	*head = e;
	return e;
}

/**
 * books_queue() - a queue by its name, made if it is new
 * @b: books
 * @cpu: first half
 * @rq: second half
 * Return: NULL without memory, or if there are too many
 */
struct replay_queue *books_queue(struct replay_books *b, uint32_t cpu, uint64_t rq)
{
	struct replay_queue **link, *q;

	/* To the front: the next line is likely to be of the same queue. */
	for (link = &b->queues; (q = *link); link = &q->next) {
		if (q->cpu == cpu && q->rq == rq) {
			*link = q->next;
			q->next = b->queues;
			b->queues = q;
			return q;
		}
	}
	if (b->queues_nr == REPLAY_QUEUES_MAX)
		return NULL;
	q = calloc(1, sizeof(*q));
	if (!q)
		return NULL;
	b->queues_nr++;
	q->cpu = cpu;
	q->rq = rq;
	q->next = b->queues;
	b->queues = q;
	return q;
}

/**
 * books_free() - forget everything but how weights count
 * @b: books
 */
void books_free(struct replay_books *b)
{
	enum replay_weights weights = b->weights;
	struct replay_entity *e;
	struct replay_queue *q;
	size_t i;

	for (i = 0; i < REPLAY_BUCKETS; i++) {
		while ((e = b->buckets[i])) {
			b->buckets[i] = e->next;
			free(e);
		}
	}
	while ((q = b->queues)) {
		b->queues = q->next;
		free(q->tree);
		free(q);
	}
	memset(b, 0, sizeof(*b));
	b->weights = weights;
}

/**
 * books_join() - put an entity into a queue's tree
 * @q: queue
 * @e: entity; leaves where it was
 * Return: false without memory, or if the tree is too large; then @e is away
 */
bool books_join(struct replay_queue *q, struct replay_entity *e)
{
	struct replay_entity **more;

	if (e->queue)
		books_leave(e->queue, e, REPLAY_AWAY);
	e->queue = q;
	if (q->nr == REPLAY_TREE_MAX)
		return false;
	if (q->nr == q->size) {
		more = realloc(q->tree, (q->size + 16) * 2 * sizeof(*more));
		if (!more)
			return false;
		q->tree = more;
		q->size = (q->size + 16) * 2;
	}
	q->tree[q->nr++] = e;
	e->place = REPLAY_IN_TREE;
	e->has_lag = false;
	return true;
}

/**
 * books_leave() - take an entity out of a queue
 * @q: its queue
 * @e: in the tree, running, or away already
 * @place: where it goes; %REPLAY_RUNS makes it the running entity
 */
void books_leave(struct replay_queue *q, struct replay_entity *e, enum replay_place place)
{
	size_t i;

	if (e->place == REPLAY_IN_TREE) {
		for (i = 0; i < q->nr && q->tree[i] != e; i++)
			;
		if (i < q->nr)
			q->tree[i] = q->tree[--q->nr];
	}
	if (q->curr == e)
		q->curr = NULL;
	e->place = place;
	if (place != REPLAY_RUNS)
		return;
	if (q->curr)
		q->curr->place = REPLAY_AWAY;
	q->curr = e;
	e->has_lag = false;
}

/**
 * books_forget() - events were missed: nothing is known of a queue
 * @q: queue
 */
void books_forget(struct replay_queue *q)
{
	size_t i;

	for (i = 0; i < q->nr; i++)
		q->tree[i]->place = REPLAY_AWAY;
	if (q->curr)
		q->curr->place = REPLAY_AWAY;
	q->nr = 0;
	q->curr = NULL;
	q->picked = NULL;
	q->known = false;
	q->sums_known = false;
}

/**
 * books_counted() - what a weight counts in the sums (avg_vruntime_weight, scale_load_down)
 * @b: books
 * @weight: as printed
 */
uint64_t books_counted(const struct replay_books *b, uint64_t weight)
{
	if (b->weights == REPLAY_WEIGHTS_FULL || !weight)
		return weight;
	return weight >> 10 < 2 ? 2 : weight >> 10;
}

/**
 * books_key() - vruntime less the zero point (entity_key); both wrap
 * @vruntime: virtual ns
 * @zero: virtual ns
 */
s128 books_key(uint64_t vruntime, uint64_t zero)
{
	return (int64_t)(vruntime - zero);
}

/**
 * books_weight() - what sum_weight is due to be
 * @b: books
 * @q: its tree is complete
 */
s128 books_weight(const struct replay_books *b, const struct replay_queue *q)
{
	s128 sum = 0;
	size_t i;

	for (i = 0; i < q->nr; i++)
		sum += books_counted(b, q->tree[i]->weight);
	return sum;
}

/**
 * books_sum() - what sum_w_vruntime is due to be
 * @b: books
 * @q: its tree is complete
 * @zero: zero point
 *
 * Never overflows: 2^12 entities, keys below 2^63 and weights up to 2^48 make 123 bits.
 */
s128 books_sum(const struct replay_books *b, const struct replay_queue *q, uint64_t zero)
{
	s128 sum = 0;
	size_t i;

	for (i = 0; i < q->nr; i++)
		sum += books_key(q->tree[i]->vruntime, zero) *
		       (s128)books_counted(b, q->tree[i]->weight);
	return sum;
}

/**
 * books_delta() - by how much avg_vruntime() is ahead of the zero point, rounded down
 * @sum: sum_w_vruntime
 * @weight: sum_weight
 * @zero: zero point
 * @vruntime: of the running entity
 * @curr_weight: what its weight counts; 0 = nobody runs
 */
s128 books_delta(s128 sum, s128 weight, uint64_t zero, uint64_t vruntime, s128 curr_weight)
{
	s128 total = weight + curr_weight, quotient;

	if (!weight)
		return curr_weight ? books_key(vruntime, zero) : 0;
	if (curr_weight)
		sum += books_key(vruntime, zero) * curr_weight;
	quotient = sum / total;
	return quotient - (sum % total < 0);
}

/**
 * books_eligible() - whether an entity is not ahead of the average (vruntime_eligible)
 * @sum: sum_w_vruntime with the running entity
 * @weight: sum_weight with it
 * @key: the entity's
 */
bool books_eligible(s128 sum, s128 weight, s128 key)
{
	return sum >= key * weight;
}

/**
 * books_number() - 128 bits in decimal
 * @value: number
 * @buf: receives the text
 * @size: of @buf; 48 is enough
 * Return: @buf
 */
const char *books_number(s128 value, char *buf, size_t size)
{
	unsigned __int128 rest = value < 0 ? -(unsigned __int128)value : (unsigned __int128)value;
	char digits[48], *p = digits + sizeof(digits);

	*--p = '\0';
	do {
		*--p = '0' + (char)(rest % 10);
		rest /= 10;
	} while (rest);
	if (value < 0)
		*--p = '-';
	snprintf(buf, size, "%s", p);
	return buf;
}
