/* SPDX-License-Identifier: MIT */
/* pthread_cond_wait is wrapped by the linker, so that a test knows when a thread waits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>

#include "base/queue.h"

#define PRODUCERS 3
#define CONSUMERS 3
#define ITEMS_EACH 20000

static sem_t waits; /* one up for each wait that begins */

int __real_pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex);
int __wrap_pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex);

int __wrap_pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex)
{
        /* The caller holds the mutex until it really waits: who takes it next finds a thread that waits. */
        sem_post(&waits);
        return __real_pthread_cond_wait(condition, mutex);
}

static void keeps_the_order_round_its_end(void **state)
{
        struct queue *queue;
        int items[5];

        assert_int_equal(queue_create(3, &queue), 0);
        assert_null(queue_try_take(queue));
        for (int round = 0; round < 5; round++) {
                assert_int_equal(queue_try_put(queue, &items[0]), 0);
                assert_int_equal(queue_try_put(queue, &items[1]), 0);
                assert_ptr_equal(queue_take(queue), &items[0]);
                assert_int_equal(queue_try_put(queue, &items[2]), 0);
                assert_ptr_equal(queue_try_take(queue), &items[1]);
                assert_ptr_equal(queue_take(queue), &items[2]);
        }
        assert_null(queue_try_take(queue));
        queue_destroy(queue);
        queue_destroy(NULL);
}

static void is_bounded(void **state)
{
        struct queue *queue;
        int items[3];

        assert_int_equal(queue_create(2, &queue), 0);
        assert_int_equal(queue_try_put(queue, &items[0]), 0);
        assert_int_equal(queue_length(queue), 1);
        assert_int_equal(queue_put(queue, &items[1]), 0);
        assert_int_equal(queue_try_put(queue, &items[2]), -EAGAIN);
        assert_int_equal(queue_length(queue), 2);
        assert_ptr_equal(queue_take(queue), &items[0]);
        assert_int_equal(queue_try_put(queue, &items[2]), 0);
        assert_ptr_equal(queue_take(queue), &items[1]);
        assert_ptr_equal(queue_take(queue), &items[2]);
        queue_destroy(queue);
}

static void too_large_is_no_memory(void **state)
{
        struct queue *queue = (struct queue *)state;

        assert_int_equal(queue_create(SIZE_MAX / 4, &queue), -ENOMEM);
        assert_ptr_equal(queue, state);
}

static void closed_gives_what_is_left(void **state)
{
        struct queue *queue;
        int items[2];

        assert_int_equal(queue_create(2, &queue), 0);
        assert_int_equal(queue_put(queue, &items[0]), 0);
        assert_int_equal(queue_put(queue, &items[1]), 0);
        queue_close(queue);
        /* Closed says more than full: nobody needs to try again. */
        assert_int_equal(queue_try_put(queue, &items[0]), -EPIPE);
        assert_int_equal(queue_put(queue, &items[0]), -EPIPE);
        assert_ptr_equal(queue_take(queue), &items[0]);
        assert_ptr_equal(queue_try_take(queue), &items[1]);
        assert_null(queue_take(queue));
        assert_null(queue_try_take(queue));
        queue_close(queue);
        queue_destroy(queue);
}

static void a_wait_with_a_limit_ends(void **state)
{
        struct queue *queue;
        void *item = NULL;
        int items[1];

        assert_int_equal(queue_create(1, &queue), 0);
        assert_int_equal(queue_take_within(queue, 0, &item), -ETIMEDOUT);
        assert_int_equal(queue_take_within(queue, 1000000, &item), -ETIMEDOUT);
        assert_null(item);
        assert_int_equal(queue_put(queue, &items[0]), 0);
        assert_int_equal(queue_take_within(queue, 0, &item), 0);
        assert_ptr_equal(item, &items[0]);
        assert_int_equal(queue_put(queue, &items[0]), 0);
        queue_close(queue);
        item = NULL;
        assert_int_equal(queue_take_within(queue, INT64_MAX, &item), 0);
        assert_ptr_equal(item, &items[0]);
        assert_int_equal(queue_take_within(queue, INT64_MAX, &item), -EPIPE);
        queue_destroy(queue);
}

static void *take_one(void *userdata)
{
        return queue_take(userdata);
}

static void *put_one(void *userdata)
{
        return (void *)(intptr_t)queue_put(userdata, userdata);
}

static void close_wakes_waiters(void **state)
{
        struct queue *empty, *full;
        pthread_t takers[2], putters[2];
        int item;
        void *result;

        assert_int_equal(sem_init(&waits, 0, 0), 0);
        assert_int_equal(queue_create(1, &empty), 0);
        assert_int_equal(queue_create(1, &full), 0);
        assert_int_equal(queue_put(full, &item), 0);
        for (int i = 0; i < 2; i++) {
                assert_int_equal(pthread_create(&takers[i], NULL, take_one, empty), 0);
                assert_int_equal(pthread_create(&putters[i], NULL, put_one, full), 0);
        }
        for (int i = 0; i < 4; i++)
                assert_int_equal(sem_wait(&waits), 0);
        queue_close(empty);
        queue_close(full);
        for (int i = 0; i < 2; i++) {
                assert_int_equal(pthread_join(takers[i], &result), 0);
                assert_null(result);
                assert_int_equal(pthread_join(putters[i], &result), 0);
                assert_int_equal((intptr_t)result, -EPIPE);
        }
        queue_destroy(empty);
        queue_destroy(full);
}

struct producer {
        struct queue *queue;
        int items[ITEMS_EACH]; /* how often each was taken; written by the one consumer that has it */
};

static void *produce(void *userdata)
{
        struct producer *producer = userdata;

        for (int i = 0; i < ITEMS_EACH; i++) {
                if (queue_put(producer->queue, &producer->items[i]) < 0)
                        return producer;
        }
        return NULL;
}

static void *consume(void *userdata)
{
        int *item;

        while ((item = queue_take(userdata)) != NULL)
                (*item)++;
        return NULL;
}

static void each_item_is_taken_once(void **state)
{
        static struct producer producers[PRODUCERS];
        pthread_t producer_threads[PRODUCERS], consumer_threads[CONSUMERS];
        struct queue *queue;
        void *result;

        assert_int_equal(queue_create(4, &queue), 0);
        for (int i = 0; i < CONSUMERS; i++)
                assert_int_equal(pthread_create(&consumer_threads[i], NULL, consume, queue), 0);
        for (int i = 0; i < PRODUCERS; i++) {
                producers[i].queue = queue;
                assert_int_equal(pthread_create(&producer_threads[i], NULL, produce, &producers[i]), 0);
        }
        for (int i = 0; i < PRODUCERS; i++) {
                assert_int_equal(pthread_join(producer_threads[i], &result), 0);
                assert_null(result);
        }
        queue_close(queue);
        for (int i = 0; i < CONSUMERS; i++)
                assert_int_equal(pthread_join(consumer_threads[i], NULL), 0);
        for (int i = 0; i < PRODUCERS; i++) {
                for (int j = 0; j < ITEMS_EACH; j++)
                        assert_int_equal(producers[i].items[j], 1);
        }
        assert_int_equal(queue_length(queue), 0);
        queue_destroy(queue);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(keeps_the_order_round_its_end), cmocka_unit_test(is_bounded),
                cmocka_unit_test(too_large_is_no_memory),        cmocka_unit_test(closed_gives_what_is_left),
                cmocka_unit_test(a_wait_with_a_limit_ends),      cmocka_unit_test(close_wakes_waiters),
                cmocka_unit_test(each_item_is_taken_once),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
