/* SPDX-License-Identifier: MIT */
#include "base/queue.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"

struct queue {
        pthread_mutex_t mutex; /* guards all below */
        pthread_cond_t not_empty, not_full;
        bool closed;
        size_t capacity, length, first;
        void *items[];
};

int queue_create(size_t capacity, struct queue **ret_queue)
{
        pthread_condattr_t monotonic;
        struct queue *queue;
        size_t size;

        assert(capacity >= 1);
        if (__builtin_mul_overflow(capacity, sizeof(void *), &size) ||
            __builtin_add_overflow(size, sizeof(*queue), &size))
                return -ENOMEM;
        queue = calloc(1, size);
        if (!queue)
                return -ENOMEM;

        /* With default attributes none of these can fail on Linux. */
        pthread_mutex_init(&queue->mutex, NULL);
        pthread_condattr_init(&monotonic);
        pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
        pthread_cond_init(&queue->not_empty, &monotonic);
        pthread_condattr_destroy(&monotonic);
        pthread_cond_init(&queue->not_full, NULL);
        queue->capacity = capacity;
        *ret_queue = queue;
        return 0;
}

void queue_destroy(struct queue *queue)
{
        if (!queue)
                return;
        pthread_cond_destroy(&queue->not_full);
        pthread_cond_destroy(&queue->not_empty);
        pthread_mutex_destroy(&queue->mutex);
        free(queue);
}

static int put_locked(struct queue *queue, void *item)
{
        if (queue->closed)
                return -EPIPE;
        if (queue->length == queue->capacity)
                return -EAGAIN;
        queue->items[(queue->first + queue->length) % queue->capacity] = item;
        queue->length++;
        pthread_cond_signal(&queue->not_empty);
        return 0;
}

static void *take_locked(struct queue *queue)
{
        void *item;

        if (queue->length == 0)
                return NULL;
        item = queue->items[queue->first];
        queue->first = (queue->first + 1) % queue->capacity;
        queue->length--;
        pthread_cond_signal(&queue->not_full);
        return item;
}

int queue_try_put(struct queue *queue, void *item)
{
        int r;

        assert(item);
        pthread_mutex_lock(&queue->mutex);
        r = put_locked(queue, item);
        pthread_mutex_unlock(&queue->mutex);
        return r;
}

int queue_put(struct queue *queue, void *item)
{
        int r;

        assert(item);
        pthread_mutex_lock(&queue->mutex);
        while ((r = put_locked(queue, item)) == -EAGAIN)
                pthread_cond_wait(&queue->not_full, &queue->mutex);
        pthread_mutex_unlock(&queue->mutex);
        return r;
}

void *queue_try_take(struct queue *queue)
{
        void *item;

        pthread_mutex_lock(&queue->mutex);
        item = take_locked(queue);
        pthread_mutex_unlock(&queue->mutex);
        return item;
}

void *queue_take(struct queue *queue)
{
        void *item;

        pthread_mutex_lock(&queue->mutex);
        while (!(item = take_locked(queue)) && !queue->closed)
                pthread_cond_wait(&queue->not_empty, &queue->mutex);
        pthread_mutex_unlock(&queue->mutex);
        return item;
}

int queue_take_within(struct queue *queue, int64_t timeout_ns, void **ret_item)
{
        int64_t until_ns = timeout_ns < INT64_MAX ? clock_monotonic_ns() + timeout_ns : INT64_MAX;
        struct timespec until = {.tv_sec = (time_t)(until_ns / NS_PER_S), .tv_nsec = (long)(until_ns % NS_PER_S)};
        void *item;
        int r = 0;

        pthread_mutex_lock(&queue->mutex);
        while (!(item = take_locked(queue)) && !queue->closed && r == 0) {
                if (until_ns == INT64_MAX)
                        pthread_cond_wait(&queue->not_empty, &queue->mutex);
                else
                        r = -pthread_cond_timedwait(&queue->not_empty, &queue->mutex, &until);
        }
        if (!item && queue->closed)
                r = -EPIPE;
        pthread_mutex_unlock(&queue->mutex);
        if (!item)
                return r;
        *ret_item = item;
        return 0;
}

void queue_close(struct queue *queue)
{
        pthread_mutex_lock(&queue->mutex);
        queue->closed = true;
        pthread_cond_broadcast(&queue->not_empty);
        pthread_cond_broadcast(&queue->not_full);
        pthread_mutex_unlock(&queue->mutex);
}

size_t queue_length(struct queue *queue)
{
        size_t length;

        pthread_mutex_lock(&queue->mutex);
        length = queue->length;
        pthread_mutex_unlock(&queue->mutex);
        return length;
}
