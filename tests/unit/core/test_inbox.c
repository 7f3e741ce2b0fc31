/* SPDX-License-Identifier: MIT */
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "capture/inbox.h"

static atomic_int frames_alive;

static void release(struct camera_frame *frame)
{
        atomic_fetch_sub(&frames_alive, 1);
        free(frame);
}

static struct camera_frame *frame_new(uint64_t number)
{
        struct camera_frame *frame = calloc(1, sizeof(*frame));

        if (!frame)
                abort();
        frame->number = number;
        frame->release = release;
        atomic_init(&frame->references, 1);
        atomic_fetch_add(&frames_alive, 1);
        return frame;
}

static bool is_readable(struct inbox *inbox)
{
        struct pollfd fd = {.fd = inbox_fd(inbox), .events = POLLIN};

        return poll(&fd, 1, 0) == 1;
}

static void what_is_put_comes_out_in_order(void **state)
{
        struct inbox_item item;
        struct inbox *inbox;

        assert_int_equal(inbox_create(&inbox), 0);
        assert_false(is_readable(inbox));
        assert_false(inbox_take(inbox, &item));
        inbox_put_frame(inbox, 1, 8, frame_new(7));
        inbox_put_state(inbox, 0, 9, CAMERA_STALLED, "no frame comes");
        assert_true(is_readable(inbox));
        assert_true(inbox_take(inbox, &item));
        assert_int_equal(item.camera, 1);
        assert_int_equal(item.opening, 8);
        assert_int_equal(item.frame->number, 7);
        camera_frame_unref(item.frame);
        assert_true(inbox_take(inbox, &item));
        assert_null(item.frame);
        assert_int_equal(item.opening, 9);
        assert_int_equal(item.state, CAMERA_STALLED);
        assert_string_equal(item.why, "no frame comes");
        assert_false(inbox_take(inbox, &item));
        assert_false(is_readable(inbox));
        inbox_destroy(inbox);
        assert_int_equal(frames_alive, 0);
}

static void what_does_not_fit_is_dropped(void **state)
{
        struct inbox_item item;
        struct inbox *inbox;
        uint64_t count = 0;

        assert_int_equal(inbox_create(&inbox), 0);
        for (uint64_t i = 1; i <= 1000; i++)
                inbox_put_frame(inbox, 0, 1, frame_new(i));
        while (inbox_take(inbox, &item)) {
                assert_int_equal(item.frame->number, ++count); /* the oldest stay */
                camera_frame_unref(item.frame);
        }
        assert_in_range(count, 4, 999);
        assert_int_equal(frames_alive, 0);
        inbox_put_frame(inbox, 0, 1, frame_new(1));
        assert_true(is_readable(inbox));
        inbox_destroy(inbox); /* with one in it */
        assert_int_equal(frames_alive, 0);
        inbox_destroy(NULL);
}

/* However many frames wait: a camera whose state is lost is lost for good. */
static void a_state_is_never_dropped(void **state)
{
        enum camera_state told[CONFIG_MAX_CAMERAS] = {0};
        struct inbox_item item;
        struct inbox *inbox;

        assert_int_equal(inbox_create(&inbox), 0);
        for (uint64_t i = 1; i <= 1000; i++)
                inbox_put_frame(inbox, 0, 1, frame_new(i));
        for (unsigned i = 0; i < CONFIG_MAX_CAMERAS; i++)
                inbox_put_state(inbox, i, 1, CAMERA_ABSENT, "unplugged");
        while (inbox_take(inbox, &item)) {
                camera_frame_unref(item.frame);
                if (!item.frame)
                        told[item.camera] = item.state;
        }
        for (unsigned i = 0; i < CONFIG_MAX_CAMERAS; i++)
                assert_int_equal(told[i], CAMERA_ABSENT);
        inbox_destroy(inbox);
}

static void a_newer_state_takes_the_place_of_one_that_waits(void **state)
{
        struct inbox_item item;
        struct inbox *inbox;

        assert_int_equal(inbox_create(&inbox), 0);
        inbox_put_state(inbox, 0, 1, CAMERA_ABSENT, "unplugged");
        inbox_put_state(inbox, 1, 1, CAMERA_STALLED, "no frame comes");
        inbox_put_frame(inbox, 0, 1, frame_new(1));
        inbox_put_state(inbox, 0, 1, CAMERA_STREAMING, "");
        inbox_put_frame(inbox, 0, 1, frame_new(2));
        assert_true(inbox_take(inbox, &item));
        assert_int_equal(item.camera, 1); /* another camera's is its own */
        assert_int_equal(item.state, CAMERA_STALLED);
        assert_true(inbox_take(inbox, &item));
        assert_int_equal(item.frame->number, 1);
        camera_frame_unref(item.frame);
        assert_true(inbox_take(inbox, &item));
        assert_null(item.frame);
        assert_int_equal(item.camera, 0);
        assert_int_equal(item.state, CAMERA_STREAMING);
        assert_string_equal(item.why, "");
        assert_true(inbox_take(inbox, &item));
        assert_int_equal(item.frame->number, 2);
        camera_frame_unref(item.frame);
        assert_false(inbox_take(inbox, &item));
        inbox_destroy(inbox);
}

static void a_long_reason_is_cut(void **state)
{
        struct inbox_item item;
        struct inbox *inbox;
        char why[500];

        memset(why, 'x', sizeof(why) - 1);
        why[sizeof(why) - 1] = '\0';
        assert_int_equal(inbox_create(&inbox), 0);
        inbox_put_state(inbox, 0, 1, CAMERA_ABSENT, why);
        assert_true(inbox_take(inbox, &item));
        assert_int_equal(strlen(item.why), sizeof(item.why) - 1);
        inbox_destroy(inbox);
}

#define ROUNDS 500
#define PER_ROUND 20

struct putter {
        struct inbox *inbox;
        unsigned camera;
        sem_t taken; /* one count a round that the test took */
};

static void *put_many(void *userdata)
{
        struct putter *putter = userdata;

        for (uint64_t i = 0; i < ROUNDS * PER_ROUND; i++) {
                if (i >= PER_ROUND && i % PER_ROUND == 0)
                        sem_wait(&putter->taken);
                inbox_put_frame(putter->inbox, putter->camera, 1, frame_new(i + 1));
        }
        return NULL;
}

/* Two threads put at most 40 ahead of the one that takes, so nothing may be dropped. */
static void threads_may_put_while_one_takes(void **state)
{
        uint64_t taken[2] = {0, 0};
        struct putter putters[2];
        struct inbox_item item;
        pthread_t threads[2];
        struct inbox *inbox;

        assert_int_equal(inbox_create(&inbox), 0);
        for (unsigned i = 0; i < 2; i++) {
                putters[i] = (struct putter){.inbox = inbox, .camera = i};
                sem_init(&putters[i].taken, 0, 0);
                assert_int_equal(pthread_create(&threads[i], NULL, put_many, &putters[i]), 0);
        }
        while (taken[0] + taken[1] < 2 * ROUNDS * PER_ROUND) {
                struct pollfd fd = {.fd = inbox_fd(inbox), .events = POLLIN};

                assert_int_equal(poll(&fd, 1, 30000), 1);
                while (inbox_take(inbox, &item)) {
                        assert_int_equal(item.frame->number, ++taken[item.camera]);
                        camera_frame_unref(item.frame);
                        if (taken[item.camera] % PER_ROUND == 0)
                                sem_post(&putters[item.camera].taken);
                }
        }
        for (unsigned i = 0; i < 2; i++) {
                pthread_join(threads[i], NULL);
                sem_destroy(&putters[i].taken);
        }
        inbox_destroy(inbox);
        assert_int_equal(frames_alive, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_is_put_comes_out_in_order),
                cmocka_unit_test(what_does_not_fit_is_dropped),
                cmocka_unit_test(a_state_is_never_dropped),
                cmocka_unit_test(a_newer_state_takes_the_place_of_one_that_waits),
                cmocka_unit_test(a_long_reason_is_cut),
                cmocka_unit_test(threads_may_put_while_one_takes),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
