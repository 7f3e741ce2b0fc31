/* SPDX-License-Identifier: MIT */
/* That nothing leaks and nothing is used after it was freed is for the sanitizers to see. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "capture/frame_pool.h"

#define LIMIT 3

static struct camera_frame *take(struct frame_pool *pool, enum frame_limit limit)
{
        uint8_t *planes[3];

        return frame_pool_take_yuv420(pool, limit, 33, 17, planes);
}

static void no_more_than_the_limit_is_out(void **state)
{
        struct camera_frame *frames[LIMIT];
        struct frame_pool *pool;

        assert_int_equal(frame_pool_create(LIMIT, &pool), 0);
        for (unsigned round = 0; round < 3; round++) {
                for (unsigned i = 0; i < LIMIT; i++) {
                        frames[i] = take(pool, FRAME_WITHIN_LIMIT);
                        assert_non_null(frames[i]);
                }
                assert_null(take(pool, FRAME_WITHIN_LIMIT));
                for (unsigned i = 0; i < LIMIT; i++)
                        camera_frame_unref(frames[i]);
        }
        frame_pool_destroy(pool);
}

static void replay_may_go_beyond_it(void **state)
{
        struct camera_frame *frames[3 * LIMIT];
        struct frame_pool *pool;

        assert_int_equal(frame_pool_create(LIMIT, &pool), 0);
        for (unsigned i = 0; i < 3 * LIMIT; i++) {
                frames[i] = take(pool, FRAME_BEYOND_LIMIT);
                assert_non_null(frames[i]);
        }
        for (unsigned i = 0; i < 2 * LIMIT; i++)
                camera_frame_unref(frames[i]);
        assert_null(take(pool, FRAME_WITHIN_LIMIT)); /* LIMIT are still out */
        for (unsigned i = 2 * LIMIT; i < 3 * LIMIT; i++)
                camera_frame_unref(frames[i]);
        frame_pool_destroy(pool);
}

static void frame_comes_back_with_the_last_reference(void **state)
{
        struct camera_frame *frame;
        struct frame_pool *pool;

        assert_int_equal(frame_pool_create(1, &pool), 0);
        frame = take(pool, FRAME_WITHIN_LIMIT);
        assert_ptr_equal(camera_frame_ref(frame), frame);
        assert_null(camera_frame_unref(frame));
        assert_null(take(pool, FRAME_WITHIN_LIMIT));
        camera_frame_unref(frame);
        frame = take(pool, FRAME_WITHIN_LIMIT);
        assert_non_null(frame);
        camera_frame_unref(frame);
        assert_null(camera_frame_unref(NULL));
        frame_pool_destroy(pool);
}

static void planes_hold_odd_sizes_and_do_not_overlap(void **state)
{
        struct camera_frame *frame;
        struct frame_pool *pool;
        uint8_t *planes[3];

        assert_int_equal(frame_pool_create(1, &pool), 0);
        frame = frame_pool_take_yuv420(pool, FRAME_WITHIN_LIMIT, 33, 17, planes);
        for (unsigned i = 0; i < 3; i++) {
                size_t width = i == 0 ? 33 : 17, height = i == 0 ? 17 : 9;

                assert_ptr_equal(planes[i], frame->planes[i]);
                assert_true((size_t)frame->strides[i] >= width);
                assert_true(frame->sizes[i] >= (size_t)frame->strides[i] * height);
                memset(planes[i], (int)i + 1, frame->sizes[i]);
        }
        for (unsigned i = 0; i < 3; i++) {
                assert_int_equal(planes[i][0], i + 1);
                assert_int_equal(planes[i][frame->sizes[i] - 1], i + 1);
        }
        camera_frame_unref(frame);
        frame_pool_destroy(pool);
}

static void jpeg_is_taken_over(void **state)
{
        uint8_t *jpeg = malloc(5), *refused = malloc(5);
        struct camera_frame *frame;
        struct frame_pool *pool;

        assert_int_equal(frame_pool_create(1, &pool), 0);
        frame = frame_pool_take_jpeg(pool, FRAME_WITHIN_LIMIT, jpeg, 5, 640, 480);
        assert_int_equal(frame->format, FRAME_JPEG);
        assert_ptr_equal(frame->planes[0], jpeg);
        assert_int_equal(frame->sizes[0], 5);
        assert_int_equal(frame->width, 640);
        assert_null(frame_pool_take_jpeg(pool, FRAME_WITHIN_LIMIT, refused, 5, 640, 480));
        free(refused); /* still ours */
        camera_frame_unref(frame);
        frame = take(pool, FRAME_WITHIN_LIMIT); /* the same frame, now with planes */
        assert_int_equal(frame->format, FRAME_YUV420);
        camera_frame_unref(frame);
        frame_pool_destroy(pool);
}

static void frames_outlive_their_pool(void **state)
{
        struct camera_frame *first, *second;
        struct frame_pool *pool;

        assert_int_equal(frame_pool_create(LIMIT, &pool), 0);
        first = take(pool, FRAME_WITHIN_LIMIT);
        second = take(pool, FRAME_WITHIN_LIMIT);
        camera_frame_unref(take(pool, FRAME_WITHIN_LIMIT));
        frame_pool_destroy(pool);
        memset((uint8_t *)first->planes[0], 1, first->sizes[0]);
        camera_frame_unref(first);
        memset((uint8_t *)second->planes[0], 1, second->sizes[0]);
        camera_frame_unref(second);
        frame_pool_destroy(NULL);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(no_more_than_the_limit_is_out),
                cmocka_unit_test(replay_may_go_beyond_it),
                cmocka_unit_test(frame_comes_back_with_the_last_reference),
                cmocka_unit_test(planes_hold_odd_sizes_and_do_not_overlap),
                cmocka_unit_test(jpeg_is_taken_over),
                cmocka_unit_test(frames_outlive_their_pool),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
