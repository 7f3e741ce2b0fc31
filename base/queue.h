/* SPDX-License-Identifier: MIT */
/* A bounded first-in first-out queue of pointers between threads. Never allocates after creation. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct queue;

/* Returns 0 or -ENOMEM. capacity at least 1. */
int queue_create(size_t capacity, struct queue **ret_queue);
/* No thread may use it any more; items still in it are the caller's to drain first. NULL allowed. */
void queue_destroy(struct queue *queue);

/* Puts item (not NULL) at the end. Never blocks: -EAGAIN when full, -EPIPE when closed; the item stays the caller's. */
int queue_try_put(struct queue *queue, void *item);
/* As above but waits while full. 0 or -EPIPE. */
int queue_put(struct queue *queue, void *item);

/* Takes the first item; NULL when empty. Never blocks. */
void *queue_try_take(struct queue *queue);
/* Waits for an item; NULL once the queue is closed and empty. */
void *queue_take(struct queue *queue);
/* Waits for an item at most so long (INT64_MAX: until there is one). 0, -ETIMEDOUT, or -EPIPE once the queue is closed and empty. */
int queue_take_within(struct queue *queue, int64_t timeout_ns, void **ret_item);

/* No item can be put any more; takers get what is left, then NULL. */
void queue_close(struct queue *queue);
size_t queue_length(struct queue *queue);
