/* SPDX-License-Identifier: MIT */
/* With an encoder of this test's own (by the linker), which finishes when and how it is told; and once with the real one. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "capture/encoder.h"
#include "capture/frame_pool.h"
#include "capture/quality_watch.h"
#include "capture/shots.h"

#define JOBS 600

struct job {
        uint64_t ticket;
        struct camera_frame *frame;
        bool done;
};

static struct {
        bool real;
        int refuse; /* what submit answers, if not 0 */
        void (*done)(void *userdata, const struct encoded *encoded);
        void *userdata;
        struct job jobs[JOBS];
        unsigned count;
        struct picture_quality quality; /* of every picture */
        unsigned ring_frames;           /* of every frame */
} fake;

int __real_encoder_create(unsigned threads, unsigned queue_length, void (*done)(void *, const struct encoded *),
                          void *userdata, struct encoder **ret_encoder);
int __wrap_encoder_create(unsigned threads, unsigned queue_length, void (*done)(void *, const struct encoded *),
                          void *userdata, struct encoder **ret_encoder);
void __real_encoder_destroy(struct encoder *encoder);
void __wrap_encoder_destroy(struct encoder *encoder);
int __real_encoder_submit(struct encoder *encoder, uint64_t ticket, struct camera_frame *frame, int quality);
int __wrap_encoder_submit(struct encoder *encoder, uint64_t ticket, struct camera_frame *frame, int quality);

int __wrap_encoder_create(unsigned threads, unsigned queue_length, void (*done)(void *, const struct encoded *),
                          void *userdata, struct encoder **ret_encoder)
{
        if (fake.real)
                return __real_encoder_create(threads, queue_length, done, userdata, ret_encoder);
        fake.done = done;
        fake.userdata = userdata;
        *ret_encoder = NULL;
        return 0;
}

/* Finishes a job: its JPEG is the frame's number as text. */
static void finish(unsigned job, int error)
{
        struct encoded encoded = {.ticket = fake.jobs[job].ticket, .error = error, .quality = fake.quality};

        assert_true(job < fake.count && !fake.jobs[job].done);
        fake.jobs[job].done = true;
        if (error == 0) {
                encoded.jpeg = calloc(1, 24);
                assert_non_null(encoded.jpeg);
                encoded.jpeg_size = (size_t)snprintf((char *)encoded.jpeg, 24, "%llu",
                                                     (unsigned long long)fake.jobs[job].frame->number);
        }
        camera_frame_unref(fake.jobs[job].frame);
        fake.done(fake.userdata, &encoded);
}

void __wrap_encoder_destroy(struct encoder *encoder)
{
        if (fake.real) {
                __real_encoder_destroy(encoder);
                return;
        }
        for (unsigned i = 0; i < fake.count; i++)
                if (!fake.jobs[i].done)
                        finish(i, 0);
}

int __wrap_encoder_submit(struct encoder *encoder, uint64_t ticket, struct camera_frame *frame, int quality)
{
        if (fake.real)
                return __real_encoder_submit(encoder, ticket, frame, quality);
        if (fake.refuse)
                return fake.refuse;
        assert_true(fake.count < JOBS);
        fake.jobs[fake.count++] = (struct job){.ticket = ticket, .frame = camera_frame_ref(frame)};
        return 0;
}

/* --- frames --- */

static struct config_quality limits;
static struct frame_pool *pool;
static struct shots *shots;
static unsigned rotation_deg;

static int set_up(void **state)
{
        memset(&fake, 0, sizeof(fake));
        limits = (struct config_quality){.dark_percent = 15, .blurred_percent = 5, .clipped_percent = 40};
        return frame_pool_create(4, &pool) || shots_create(2, 4, &shots);
}

static int tear_down(void **state)
{
        shots_destroy(shots);
        frame_pool_destroy(pool);
        return 0;
}

static int encode_at(unsigned camera, uint64_t number, int64_t mid_ns)
{
        uint8_t *planes[3];
        struct camera_frame *frame = frame_pool_take_yuv420(pool, FRAME_BEYOND_LIMIT, 32, 16, planes);
        int r;

        assert_non_null(frame);
        memset(planes[0], 128, frame->sizes[0]);
        memset(planes[1], 128, frame->sizes[1]);
        memset(planes[2], 128, frame->sizes[2]);
        frame->number = number;
        frame->exposure_ns = 4000;
        frame->gain = 2.5;
        frame->rotation_deg = rotation_deg;
        frame->ring_frames = fake.ring_frames;
        frame->exposure_mid_boottime_ns = mid_ns;
        r = shots_encode(shots, camera, number, frame, 80, false);
        camera_frame_unref(frame);
        return r;
}

static int encode(unsigned camera, uint64_t number)
{
        return encode_at(camera, number, (int64_t)number * 100);
}

static void tag_at(unsigned camera, uint64_t number, int64_t mid_ns)
{
        struct picture_tag picture = {.sequence = number * 10, .exposure_mid_boottime_ns = mid_ns};

        shots_tag(shots, camera, number, &picture, &limits);
}

static void tag(unsigned camera, uint64_t number)
{
        tag_at(camera, number, (int64_t)number * 100);
}

static void assert_next_at(unsigned camera, uint64_t number, int64_t mid_ns)
{
        struct shot_result result;
        char text[24];

        assert_true(shots_next(shots, &result));
        assert_int_equal(result.error, 0);
        assert_int_equal(result.camera, camera);
        assert_int_equal(result.frame_number, number);
        assert_int_equal(result.exposure_mid_boottime_ns, mid_ns);
        assert_int_equal(result.tag.exposure_mid_boottime_ns, mid_ns);
        assert_int_equal(result.tag.sequence, number * 10);
        assert_int_equal(result.tag.width, 32);
        assert_int_equal(result.tag.height, 16);
        snprintf(text, sizeof(text), "%llu", (unsigned long long)number);
        if (!fake.real)
                assert_string_equal((const char *)result.jpeg, text);
        free(result.jpeg);
}

static void assert_next(unsigned camera, uint64_t number)
{
        assert_next_at(camera, number, (int64_t)number * 100);
}

static void assert_none(void)
{
        struct shot_result result;

        assert_false(shots_next(shots, &result));
}

static bool is_readable(void)
{
        struct pollfd fd = {.fd = shots_fd(shots), .events = POLLIN};

        return poll(&fd, 1, 0) == 1;
}

static void a_picture_needs_its_jpeg_and_its_tag(void **state)
{
        assert_int_equal(encode(0, 1), 0);
        assert_int_equal(encode(0, 2), 0);
        assert_int_equal(shots_count(shots), 2);
        assert_false(is_readable());
        finish(0, 0);
        assert_true(is_readable());
        assert_none();
        assert_false(is_readable());
        tag(0, 1);
        assert_next(0, 1);
        tag(0, 2);
        assert_none();
        finish(1, 0);
        assert_true(is_readable());
        assert_next(0, 2);
        assert_int_equal(shots_count(shots), 0);
}

static void pictures_come_in_the_order_of_their_tags(void **state)
{
        for (uint64_t i = 1; i <= 4; i++)
                encode(0, i);
        tag(0, 3);
        tag(0, 1);
        finish(0, 0);
        finish(3, 0);
        assert_none(); /* 3 was tagged first */
        finish(2, 0);
        assert_next(0, 3);
        assert_next(0, 1);
        tag(0, 4);
        assert_next(0, 4);
        assert_none();
        finish(1, 0);
        tag(0, 2);
        assert_next(0, 2);
}

static void cameras_do_not_mix(void **state)
{
        encode(0, 5);
        encode(1, 5);
        finish(0, 0);
        finish(1, 0);
        tag(1, 5);
        assert_next(1, 5);
        assert_none();
        tag(0, 5);
        assert_next(0, 5);
}

static void a_failure_is_told_at_once(void **state)
{
        struct shot_result result;

        for (uint64_t i = 1; i <= 3; i++)
                encode(0, i);
        tag(0, 1);
        tag(0, 2);
        finish(1, -EBADMSG);
        finish(2, -ENOMEM); /* not tagged yet */
        for (unsigned i = 0; i < 2; i++) {
                assert_true(shots_next(shots, &result));
                assert_true(result.error == (result.frame_number == 2 ? -EBADMSG : -ENOMEM));
                assert_null(result.jpeg);
        }
        assert_none();
        tag(0, 3); /* too late: ignored */
        finish(0, 0);
        assert_next(0, 1);
        assert_int_equal(shots_count(shots), 0);
}

static void a_discarded_picture_does_not_come(void **state)
{
        for (uint64_t i = 1; i <= 4; i++)
                encode(0, i);
        finish(0, 0);
        assert_none();
        shots_discard(shots, 0, 1, 100); /* encoded already */
        shots_discard(shots, 0, 2, 200); /* not yet */
        shots_discard(shots, 0, 99, 9900);
        tag(0, 1);
        tag(0, 2);
        tag(0, 3);
        finish(1, 0);
        finish(2, 0);
        assert_next(0, 3);
        assert_none();
        shots_discard(shots, 0, 4, 400);
        finish(3, -EBADMSG); /* nobody wants to know */
        assert_none();
        assert_int_equal(shots_count(shots), 0);
}

/* One with few buffers would have none left to fill. */
static void the_encoder_takes_few_frames_of_a_camera_with_few_buffers(void **state)
{
        fake.ring_frames = 2;
        assert_true(2 + SHOTS_SCARCE_ENCODING < 4); /* a USB camera has 4 */
        for (uint64_t i = 1; i <= SHOTS_SCARCE_ENCODING; i++)
                assert_int_equal(encode(1, i), 0);
        assert_int_equal(encode(1, 9), -EAGAIN);
        assert_int_equal(encode(0, 1), 0); /* the other camera has its own */
        finish(0, 0);
        assert_none();
        assert_int_equal(encode(1, 9), 0);
        fake.ring_frames = 0;
        for (uint64_t i = 10; i <= 30; i++)
                assert_int_equal(encode(1, i), 0);
}

static void a_full_encoder_refuses(void **state)
{
        fake.refuse = -EAGAIN;
        assert_int_equal(encode(0, 1), -EAGAIN);
        assert_int_equal(shots_count(shots), 0);
        fake.refuse = 0;
        for (uint64_t i = 1; i <= 512; i++)
                assert_int_equal(encode(0, i), 0);
        assert_int_equal(encode(0, 513), -EAGAIN);
        for (unsigned i = 0; i < 512; i++) {
                finish(i, 0);
                tag(0, i + 1);
        }
        for (uint64_t i = 1; i <= 512; i++)
                assert_next(0, i);
        assert_int_equal(encode(0, 514), 0);
}

static void a_number_may_come_again_after_its_camera_began_anew(void **state)
{
        encode(0, 1);
        tag(0, 1);
        encode(0, 1);
        tag(0, 1);
        finish(1, 0);
        assert_none();
        finish(0, 0);
        assert_next(0, 1);
        assert_next(0, 1);
}

/* The camera began anew while a picture of before still waits for its tag. */
static void of_two_with_one_number_the_exposure_says_which(void **state)
{
        for (unsigned newer_first = 0; newer_first < 2; newer_first++) {
                unsigned job = fake.count;
                int64_t first = newer_first ? 900 : 100, second = newer_first ? 100 : 900;

                encode_at(0, 1, 100);
                encode_at(0, 1, 900);
                finish(job, 0);
                finish(job + 1, 0);
                tag_at(0, 1, 500); /* of none */
                assert_none();
                tag_at(0, 1, first);
                assert_next_at(0, 1, first);
                assert_none();
                tag_at(0, 1, second);
                assert_next_at(0, 1, second);
                assert_int_equal(shots_count(shots), 0);
        }
}

static void of_two_with_one_number_the_exposure_says_which_is_discarded(void **state)
{
        static const int64_t discarded[] = {100, 900, 0 /* unknown: the newest */};

        for (unsigned i = 0; i < 3; i++) {
                unsigned job = fake.count;
                int64_t kept = i == 0 ? 900 : 100;

                encode_at(0, 7, 100);
                encode_at(0, 7, 900);
                shots_discard(shots, 0, 7, discarded[i]);
                finish(job, 0);
                finish(job + 1, 0);
                assert_none();
                assert_int_equal(shots_count(shots), 1);
                tag_at(0, 7, kept);
                assert_next_at(0, 7, kept);
                assert_int_equal(shots_count(shots), 0);
        }
}

static void wait_takes_what_is_encoded(void **state)
{
        assert_false(shots_wait(shots));
        encode(0, 1);
        encode(0, 2);
        tag(0, 1);
        tag(0, 2);
        finish(0, 0);
        assert_true(shots_wait(shots));
        finish(1, 0);
        assert_true(shots_wait(shots));
        assert_false(shots_wait(shots));
        assert_next(0, 1);
        assert_next(0, 2);
}

static void destroy_drops_what_is_left(void **state)
{
        for (uint64_t i = 1; i <= 6; i++)
                encode(0, i);
        finish(0, 0);
        tag(0, 1);
        tag(0, 2);
        finish(4, 0);
        assert_int_equal(shots_count(shots), 6); /* tear_down destroys; leaks would show */
        shots_destroy(NULL);
}

/* --- what is known of a picture beside its tag --- */

static void the_quality_goes_into_the_tag(void **state)
{
        struct shot_result result;

        fake.quality = (struct picture_quality){.sharpness = 0.03, .brightness = 0.6, .clipped_share = 0.5};
        encode(0, 1);
        finish(0, 0);
        tag(0, 1);
        assert_true(shots_next(shots, &result));
        assert_memory_equal(&result.quality, &fake.quality, sizeof(fake.quality));
        assert_int_equal(result.quality_flags, 1U << QUALITY_CLIPPED | 1U << QUALITY_BLURRED);
        assert_true(result.tag.sharpness == 0.03);
        assert_true(result.tag.brightness == 0.6);
        assert_true(result.tag.clipped_share == 0.5);
        assert_string_equal(result.tag.quality, "clipped,blurred");
        free(result.jpeg);
}

/* A replay tags it under the same limits, whenever its encoder is done. */
static void the_limits_are_those_of_its_tag(void **state)
{
        struct shot_result result;

        fake.quality = (struct picture_quality){.sharpness = 0.15, .brightness = 0.2, .clipped_share = 0};
        encode(0, 1);
        limits.dark_percent = 25;
        tag(0, 1);
        limits.dark_percent = 15;
        finish(0, 0);
        assert_true(shots_next(shots, &result));
        assert_string_equal(result.tag.quality, "night");
        free(result.jpeg);
}

static void a_camera_that_is_turned_says_so(void **state)
{
        static const unsigned turned[][2] = {{0, 1}, {90, 6}, {180, 3}, {270, 8}};

        for (unsigned i = 0; i < 4; i++) {
                struct shot_result result;

                rotation_deg = turned[i][0];
                encode(0, i + 1);
                tag(0, i + 1);
                finish(i, 0);
                assert_true(shots_next(shots, &result));
                assert_int_equal(result.tag.orientation, turned[i][1]);
                free(result.jpeg);
        }
        rotation_deg = 0;
}

static struct {
        unsigned count;
        struct shot_measured last;
} told;

static void take_measured(void *userdata, const struct shot_measured *measured)
{
        assert_ptr_equal(userdata, &told);
        told.count++;
        told.last = *measured;
}

static void what_is_measured_is_told_before_the_tag(void **state)
{
        told.count = 0;
        shots_set_measured(shots, take_measured, &told);
        fake.quality.brightness = 0.25;
        encode(3, 7);
        encode(0, 8);
        encode(0, 9);
        encode(0, 10);
        finish(0, 0);
        assert_int_equal(told.count, 0); /* not on the encoder's thread */
        assert_none();
        assert_int_equal(told.count, 1);
        assert_int_equal(told.last.camera, 3);
        assert_int_equal(told.last.exposure_mid_boottime_ns, 700);
        assert_int_equal(told.last.exposure_ns, 4000);
        assert_true(told.last.gain == 2.5);
        assert_true(told.last.quality.brightness == 0.25);
        shots_discard(shots, 0, 8, 0); /* it is a picture of that street all the same */
        finish(1, 0);
        assert_none();
        assert_int_equal(told.count, 2);
        finish(2, -EIO);
        assert_true(shots_wait(shots));
        assert_int_equal(told.count, 2);
        shots_destroy(shots);
        assert_int_equal(told.count, 2);
        assert_int_equal(shots_create(2, 4, &shots), 0);
}

static void the_real_encoder_s_threads_do_it_too(void **state)
{
        uint64_t next = 1;

        shots_destroy(shots);
        fake.real = true;
        assert_int_equal(shots_create(3, 8, &shots), 0);
        for (uint64_t i = 1; i <= 300; i++) {
                while (encode(0, i) == -EAGAIN)
                        assert_true(shots_wait(shots));
                tag(0, i);
        }
        while (next <= 300) {
                struct shot_result result;

                if (!shots_next(shots, &result)) {
                        assert_true(shots_wait(shots));
                        continue;
                }
                assert_int_equal(result.error, 0);
                assert_int_equal(result.frame_number, next++);
                assert_true(result.jpeg_size > 100 && result.jpeg[0] == 0xff && result.jpeg[1] == 0xd8);
                assert_true(result.tag.brightness == 128 / 255.0 && result.tag.sharpness == 0);
                assert_string_equal(result.tag.quality, "blurred");
                free(result.jpeg);
        }
        encode(0, 1); /* one is under way at the end */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(a_picture_needs_its_jpeg_and_its_tag),
                TEST(pictures_come_in_the_order_of_their_tags),
                TEST(cameras_do_not_mix),
                TEST(a_failure_is_told_at_once),
                TEST(a_discarded_picture_does_not_come),
                TEST(the_encoder_takes_few_frames_of_a_camera_with_few_buffers),
                TEST(a_full_encoder_refuses),
                TEST(a_number_may_come_again_after_its_camera_began_anew),
                TEST(of_two_with_one_number_the_exposure_says_which),
                TEST(of_two_with_one_number_the_exposure_says_which_is_discarded),
                TEST(wait_takes_what_is_encoded),
                TEST(destroy_drops_what_is_left),
                TEST(the_quality_goes_into_the_tag),
                TEST(the_limits_are_those_of_its_tag),
                TEST(a_camera_that_is_turned_says_so),
                TEST(what_is_measured_is_told_before_the_tag),
                TEST(the_real_encoder_s_threads_do_it_too),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
