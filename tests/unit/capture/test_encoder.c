/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>

#include <cmocka.h>

#include "capture/encoder.h"
#include "capture/frame_pool.h"
#include "geotag/jpeg_segments.h"
#include "tests/unit/tiny_jpeg.h"

#define MAX_TICKETS 64

/* What the workers deliver; while held, they wait in `done`. */
struct results {
        pthread_mutex_t mutex;
        pthread_cond_t changed;
        bool held;
        unsigned waiting, count;
        struct encoded all[MAX_TICKETS];
};

static void take(void *userdata, const struct encoded *encoded)
{
        struct results *results = userdata;

        pthread_mutex_lock(&results->mutex);
        results->waiting++;
        pthread_cond_broadcast(&results->changed);
        while (results->held)
                pthread_cond_wait(&results->changed, &results->mutex);
        results->waiting--;
        results->all[results->count++] = *encoded;
        pthread_cond_broadcast(&results->changed);
        pthread_mutex_unlock(&results->mutex);
}

static void results_init(struct results *results)
{
        *results = (struct results){0};
        pthread_mutex_init(&results->mutex, NULL);
        pthread_cond_init(&results->changed, NULL);
}

static void results_finish(struct results *results)
{
        for (unsigned i = 0; i < results->count; i++)
                free(results->all[i].jpeg);
        pthread_mutex_destroy(&results->mutex);
        pthread_cond_destroy(&results->changed);
}

static void hold(struct results *results, bool held)
{
        pthread_mutex_lock(&results->mutex);
        results->held = held;
        pthread_cond_broadcast(&results->changed);
        pthread_mutex_unlock(&results->mutex);
}

static void wait_for_waiting(struct results *results, unsigned count)
{
        pthread_mutex_lock(&results->mutex);
        while (results->waiting < count)
                pthread_cond_wait(&results->changed, &results->mutex);
        pthread_mutex_unlock(&results->mutex);
}

static struct camera_frame *make_frame(struct frame_pool *pool, unsigned width, unsigned height)
{
        uint8_t *planes[3];
        struct camera_frame *frame = frame_pool_take_yuv420(pool, FRAME_WITHIN_LIMIT, width, height, planes);

        assert_non_null(frame);
        for (unsigned y = 0; y < height; y++) {
                for (unsigned x = 0; x < width; x++)
                        planes[0][y * (size_t)frame->strides[0] + x] = (uint8_t)(x + 2 * y);
        }
        for (unsigned i = 1; i < 3; i++)
                memset(planes[i], i == 1 ? 100 : 160, frame->sizes[i]);
        return frame;
}

/* Decodes into planes again: as good as the encoder got them, within what the quality costs. */
static void assert_decodes_to(const uint8_t *jpeg, size_t size, const struct camera_frame *frame)
{
        tjhandle handle = tjInitDecompress();
        int width, height, subsampling, colorspace, largest = 0;
        int pitch = ((int)frame->width + 1) / 2 * 2;
        unsigned char *planes[3];
        int strides[3] = {pitch, pitch / 2, pitch / 2};

        assert_int_equal(tjDecompressHeader3(handle, jpeg, size, &width, &height, &subsampling, &colorspace), 0);
        assert_int_equal(width, frame->width);
        assert_int_equal(height, frame->height);
        assert_int_equal(subsampling, TJSAMP_420);
        assert_int_equal(colorspace, TJCS_YCbCr);
        for (int i = 0; i < 3; i++)
                planes[i] = calloc((size_t)strides[i], (size_t)height + 1);
        assert_int_equal(tjDecompressToYUVPlanes(handle, jpeg, size, planes, width, strides, height, 0), 0);
        for (int i = 0; i < 3; i++) {
                int plane_width = i == 0 ? width : (width + 1) / 2, plane_height = i == 0 ? height : (height + 1) / 2;

                for (int y = 0; y < plane_height; y++) {
                        for (int x = 0; x < plane_width; x++) {
                                int difference = abs(planes[i][y * strides[i] + x] -
                                                     frame->planes[i][y * frame->strides[i] + x]);

                                largest = difference > largest ? difference : largest;
                        }
                }
        }
        assert_true(largest <= 8);
        for (int i = 0; i < 3; i++)
                free(planes[i]);
        tjDestroy(handle);
}

static void every_size_decodes_to_what_went_in(void **state)
{
        static const unsigned sizes[][2] = {{1, 1},   {2, 2},   {3, 5},    {15, 17},
                                            {16, 16}, {33, 31}, {100, 99}, {101, 100}};
        struct frame_pool *pool;

        assert_int_equal(frame_pool_create(2, &pool), 0);
        for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
                struct camera_frame *frame = make_frame(pool, sizes[i][0], sizes[i][1]);
                struct jpeg_info info;
                uint8_t *jpeg;
                size_t size;

                assert_int_equal(encode_frame(frame, 100, &jpeg, &size), 0);
                assert_int_equal(jpeg_check(jpeg, size, &info), 0);
                assert_int_equal(info.size, size);
                if (sizes[i][0] < 86 && sizes[i][1] < 77) /* the ramp does not wrap */
                        assert_decodes_to(jpeg, size, frame);
                free(jpeg);
                camera_frame_unref(frame);
        }
        frame_pool_destroy(pool);
}

/* What lies beside the pixels is not the frame's: it must not show in the bytes. */
static void only_pixels_count(void **state)
{
        static const unsigned sizes[][2] = {{1, 1}, {16, 15}, {15, 16}, {33, 31}, {64, 48}, {62, 46}};
        struct frame_pool *pool;

        assert_int_equal(frame_pool_create(2, &pool), 0);
        for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
                struct camera_frame *frame = make_frame(pool, sizes[i][0], sizes[i][1]);
                uint8_t *first, *second;
                size_t first_size, second_size;

                assert_int_equal(encode_frame(frame, 90, &first, &first_size), 0);
                for (unsigned plane = 0; plane < 3; plane++) {
                        size_t width = plane == 0 ? frame->width : (frame->width + 1) / 2;

                        for (size_t at = 0; at < frame->sizes[plane]; at++) {
                                if (at % (size_t)frame->strides[plane] >= width)
                                        ((uint8_t *)frame->planes[plane])[at] = 0xa5;
                        }
                }
                assert_int_equal(encode_frame(frame, 90, &second, &second_size), 0);
                assert_int_equal(first_size, second_size);
                assert_memory_equal(first, second, first_size);
                free(first);
                free(second);
                camera_frame_unref(frame);
        }
        frame_pool_destroy(pool);
}

static void wrong_frames_are_refused(void **state)
{
        struct frame_pool *pool;
        struct camera_frame *frame, wrong;
        uint8_t *jpeg = NULL;
        size_t size = 0;

        assert_int_equal(frame_pool_create(1, &pool), 0);
        frame = make_frame(pool, 64, 48);
        wrong = *frame;
        wrong.strides[1] = 31;
        assert_int_equal(encode_frame(&wrong, 90, &jpeg, &size), -EBADMSG);
        wrong = *frame;
        wrong.sizes[2] = 10;
        assert_int_equal(encode_frame(&wrong, 90, &jpeg, &size), -EBADMSG);
        wrong = *frame;
        wrong.planes[0] = NULL;
        assert_int_equal(encode_frame(&wrong, 90, &jpeg, &size), -EBADMSG);
        wrong = *frame;
        wrong.width = 0;
        assert_int_equal(encode_frame(&wrong, 90, &jpeg, &size), -EBADMSG);
        assert_int_equal(encode_frame(frame, 0, &jpeg, &size), -EBADMSG);
        assert_int_equal(encode_frame(frame, 101, &jpeg, &size), -EBADMSG);
        wrong = (struct camera_frame){.format = FRAME_JPEG};
        assert_int_equal(encode_frame(&wrong, 90, &jpeg, &size), -EBADMSG);
        assert_null(jpeg);
        camera_frame_unref(frame);
        frame_pool_destroy(pool);
}

static void jpeg_passes_untouched(void **state)
{
        struct frame_pool *pool;
        struct camera_frame *frame, whole = {.format = FRAME_JPEG, .width = 64, .height = 48};
        uint8_t *made, *filled, *jpeg;
        size_t made_size, size;

        assert_int_equal(frame_pool_create(1, &pool), 0);
        frame = make_frame(pool, 64, 48);
        assert_int_equal(encode_frame(frame, 90, &made, &made_size), 0);
        /* As a camera that fills its buffer up. */
        filled = calloc(1, made_size + 100);
        assert_non_null(filled);
        memcpy(filled, made, made_size);
        whole.planes[0] = filled;
        whole.sizes[0] = made_size + 100;
        assert_int_equal(encode_frame(&whole, 50, &jpeg, &size), 0);
        assert_int_equal(size, made_size);
        assert_memory_equal(jpeg, made, size);
        assert_ptr_not_equal(jpeg, filled);
        free(jpeg);
        free(filled);
        free(made);
        camera_frame_unref(frame);
        frame_pool_destroy(pool);
}

/* The JPEG without its Huffman tables, as cameras leave them out; in place. */
static void drop_tables(uint8_t *jpeg, size_t *size)
{
        size_t at = 2;

        while (jpeg[at + 1] != JPEG_SOS) {
                size_t length = 2 + ((size_t)jpeg[at + 2] << 8 | jpeg[at + 3]);

                if (jpeg[at + 1] == JPEG_DHT) {
                        memmove(jpeg + at, jpeg + at + length, *size - at - length);
                        *size -= length;
                } else {
                        at += length;
                }
        }
}

static size_t coded_size(const uint8_t *jpeg, size_t size)
{
        size_t at = 2;

        while (jpeg[at + 1] != JPEG_SOS)
                at += 2 + ((size_t)jpeg[at + 2] << 8 | jpeg[at + 3]);
        return size - at;
}

static void tables_that_a_jpeg_lacks_are_put_in(void **state)
{
        struct frame_pool *pool;
        struct camera_frame *frame, bare = {.format = FRAME_JPEG, .width = 64, .height = 48};
        uint8_t *made, *jpeg;
        size_t made_size, size;

        assert_int_equal(frame_pool_create(1, &pool), 0);
        frame = make_frame(pool, 64, 48);
        assert_int_equal(encode_frame(frame, 100, &made, &made_size), 0);
        drop_tables(made, &made_size);
        bare.planes[0] = made;
        bare.sizes[0] = made_size;
        assert_int_equal(encode_frame(&bare, 50, &jpeg, &size), 0);
        assert_int_equal(size, made_size + 420);
        assert_memory_equal(jpeg + size - coded_size(made, made_size), made + made_size - coded_size(made, made_size),
                            coded_size(made, made_size));
        assert_int_equal(coded_size(jpeg, size), coded_size(made, made_size));
        assert_decodes_to(jpeg, size, frame);
        free(jpeg);
        free(made);
        camera_frame_unref(frame);
        frame_pool_destroy(pool);
}

static void a_broken_jpeg_is_refused_and_said_why(void **state)
{
        static const struct camera_frame cut = {.format = FRAME_JPEG,
                                                .width = 8,
                                                .height = 8,
                                                .planes = {tiny_jpeg},
                                                .sizes = {sizeof(tiny_jpeg) - 3},
                                                .references = 2};
        struct camera_frame frame = cut;
        struct results results;
        struct encoder *encoder;
        uint8_t *jpeg;
        size_t size;

        results_init(&results);
        assert_int_equal(encoder_create(1, 3, take, &results, &encoder), 0);
        assert_int_equal(encoder_submit(encoder, 7, &frame, 80), 0);
        encoder_destroy(encoder);
        assert_int_equal(results.count, 1);
        assert_int_equal(results.all[0].error, -EBADMSG);
        assert_string_equal(results.all[0].problem, "truncated: 0 of 1 blocks");
        assert_null(results.all[0].jpeg);
        /* Nobody wants to know, so it was not measured. */
        assert_true(isnan(results.all[0].quality.brightness));
        assert_true(isnan(results.all[0].quality.sharpness));
        assert_true(isnan(results.all[0].quality.clipped_share));
        results_finish(&results);

        frame.sizes[0] = sizeof(tiny_jpeg);
        assert_int_equal(encode_frame(&frame, 80, &jpeg, &size), 0);
        free(jpeg);
        frame.width = 16;
        assert_int_equal(encode_frame(&frame, 80, &jpeg, &size), -EBADMSG);
}

static void full_queue_says_so_and_destroy_finishes_all(void **state)
{
        struct results results;
        struct frame_pool *pool;
        struct encoder *encoder;
        struct camera_frame *frame;
        uint64_t seen = 0;

        results_init(&results);
        hold(&results, true);
        assert_int_equal(frame_pool_create(1, &pool), 0);
        frame = make_frame(pool, 64, 48);
        assert_int_equal(encoder_create(2, 3, take, &results, &encoder), 0);
        for (unsigned i = 0; i < 2; i++)
                assert_int_equal(encoder_submit(encoder, i, frame, 90), 0);
        wait_for_waiting(&results, 2); /* both workers are stuck: what comes now stays in the queue */
        for (unsigned i = 2; i < 5; i++)
                assert_int_equal(encoder_submit(encoder, i, frame, 90), 0);
        assert_int_equal(encoder_submit(encoder, 5, frame, 90), -EAGAIN);
        assert_int_equal(encoder_submit(encoder, 6, frame, 90), -EAGAIN);
        /* Its own, and one for each job in the queue: none for those refused or done. */
        assert_int_equal(atomic_load(&frame->references), 4);

        hold(&results, false);
        encoder_destroy(encoder);
        assert_int_equal(results.count, 5);
        for (unsigned i = 0; i < results.count; i++) {
                assert_int_equal(results.all[i].error, 0);
                assert_true(results.all[i].jpeg_size > 0);
                seen |= UINT64_C(1) << results.all[i].ticket;
        }
        assert_int_equal(seen, 0x1f);
        assert_int_equal(atomic_load(&frame->references), 1);
        camera_frame_unref(frame);
        frame_pool_destroy(pool);
        results_finish(&results);
}

static void waiting_submit_loses_nothing(void **state)
{
        struct results results;
        struct frame_pool *pool;
        struct encoder *encoder;
        uint8_t *alone;
        size_t alone_size;

        results_init(&results);
        assert_int_equal(frame_pool_create(MAX_TICKETS, &pool), 0);
        assert_int_equal(encoder_create(3, 1, take, &results, &encoder), 0);
        for (unsigned i = 0; i < MAX_TICKETS; i++) {
                struct camera_frame *frame = make_frame(pool, 16 + i, 80 - i); /* sizes change under the workers */

                assert_int_equal(encoder_submit_wait(encoder, i, frame, 80), 0);
                camera_frame_unref(frame);
        }
        encoder_destroy(encoder);
        assert_int_equal(results.count, MAX_TICKETS);
        for (unsigned i = 0; i < MAX_TICKETS; i++) {
                unsigned ticket = (unsigned)results.all[i].ticket;
                struct camera_frame *frame = make_frame(pool, 16 + ticket, 80 - ticket);

                /* A worker's handle that has seen other frames gives what a new one gives. */
                assert_int_equal(encode_frame(frame, 80, &alone, &alone_size), 0);
                assert_int_equal(results.all[i].jpeg_size, alone_size);
                assert_memory_equal(results.all[i].jpeg, alone, alone_size);
                free(alone);
                camera_frame_unref(frame);
        }
        frame_pool_destroy(pool);
        results_finish(&results);
}

static void failure_is_reported_with_its_ticket(void **state)
{
        struct camera_frame broken = {.format = FRAME_YUV420, .width = 16, .height = 16, .references = 1};
        struct results results;
        struct encoder *encoder;

        results_init(&results);
        assert_int_equal(encoder_create(1, 1, take, &results, &encoder), 0);
        assert_int_equal(encoder_submit(encoder, 77, &broken, 80), 0);
        encoder_destroy(encoder);
        assert_int_equal(results.count, 1);
        assert_int_equal(results.all[0].ticket, 77);
        assert_int_equal(results.all[0].error, -EBADMSG);
        assert_null(results.all[0].jpeg);
        results_finish(&results);
}

static void nothing_to_work_with_is_refused(void **state)
{
        struct encoder *encoder = NULL;

        assert_int_equal(encoder_create(0, 1, take, NULL, &encoder), -EINVAL);
        assert_int_equal(encoder_create(1, 0, take, NULL, &encoder), -EINVAL);
        assert_null(encoder);
        encoder_destroy(NULL);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_size_decodes_to_what_went_in),
                cmocka_unit_test(only_pixels_count),
                cmocka_unit_test(wrong_frames_are_refused),
                cmocka_unit_test(jpeg_passes_untouched),
                cmocka_unit_test(tables_that_a_jpeg_lacks_are_put_in),
                cmocka_unit_test(a_broken_jpeg_is_refused_and_said_why),
                cmocka_unit_test(full_queue_says_so_and_destroy_finishes_all),
                cmocka_unit_test(waiting_submit_loses_nothing),
                cmocka_unit_test(failure_is_reported_with_its_ticket),
                cmocka_unit_test(nothing_to_work_with_is_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
