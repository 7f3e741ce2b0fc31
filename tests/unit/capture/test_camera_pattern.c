/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#undef stop /* a macro of cmocka 2, and a camera's function */

#include "base/clock.h"
#include "capture/core.h"
#include "tests/unit/capture/frame_inbox.h"

static struct config_camera settings_of(unsigned width, unsigned height, double rate_hz, const char *device)
{
        struct config_camera settings = {
                .name = "front", .backend = "pattern", .width = width, .height = height, .rate_hz = rate_hz};

        snprintf(settings.device, sizeof(settings.device), "%s", device);
        return settings;
}

static struct camera *create_limited(const struct config_camera *settings, unsigned frame_limit,
                                     struct frame_inbox *inbox)
{
        const struct camera_backend *backend = camera_backend_find("pattern");
        struct camera_handlers handlers = frame_inbox_handlers(inbox);
        const char *problem = NULL;
        struct camera *camera;

        assert_non_null(backend);
        assert_int_equal(backend->create(settings, frame_limit, &handlers, &camera, &problem), 0);
        return camera;
}

static struct camera *create(const struct config_camera *settings, struct frame_inbox *inbox)
{
        return create_limited(settings, 24, inbox);
}

static void backends_are_found_by_name(void **state)
{
        assert_string_equal(camera_backend_find("pattern")->name, "pattern");
        assert_string_equal(camera_backend_find("files")->name, "files");
        assert_null(camera_backend_find("webcam"));
        assert_null(camera_backend_find(""));
        assert_string_equal(camera_state_text(CAMERA_STALLED), "stalled");
        assert_string_equal(camera_state_text((enum camera_state)99), "unknown");
}

static void wrong_settings_are_refused(void **state)
{
        static const struct {
                unsigned width, height;
                double rate_hz;
                const char *device;
        } wrong[] = {
                {0, 10, 10, ""},
                {10, 0, 10, ""},
                {70000, 10, 10, ""},
                {10, 70000, 10, ""},
                {10, 10, 0, ""},
                {10, 10, -1, ""},
                {10, 10, NAN, ""},
                {10, 10, INFINITY, ""},
                {10, 10, 1, "x"},
                {10, 10, 1, "stall-after:"},
                {10, 10, 1, "stall-after:0"},
                {10, 10, 1, "stall-after:-1"},
                {10, 10, 1, "stall-after:3,"},
                {10, 10, 1, "stall-after:3,0"},
                {10, 10, 1, "stall-after:3,1s"},
        };
        struct camera_handlers handlers = {0};

        for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
                struct config_camera settings =
                        settings_of(wrong[i].width, wrong[i].height, wrong[i].rate_hz, wrong[i].device);
                struct camera *camera = NULL;
                const char *problem = NULL;

                assert_int_equal(camera_backend_find("pattern")->create(&settings, 24, &handlers, &camera, &problem),
                                 -EINVAL);
                assert_non_null(problem);
                assert_null(camera);
        }
}

static bool pixels_equal(const struct camera_frame *a, const struct camera_frame *b)
{
        for (unsigned i = 0; i < 3; i++) {
                size_t width = i == 0 ? a->width : (a->width + 1) / 2,
                       height = i == 0 ? a->height : (a->height + 1) / 2;

                for (size_t y = 0; y < height; y++) {
                        if (memcmp(a->planes[i] + y * (size_t)a->strides[i], b->planes[i] + y * (size_t)b->strides[i],
                                   width) != 0)
                                return false;
                }
        }
        return true;
}

static void same_arguments_give_the_same_picture(void **state)
{
        struct frame_inbox *inbox = frame_inbox_create();
        struct config_camera settings = settings_of(643, 481, 10, "");
        settings.rotation_quarters = 2;
        struct camera *camera = create(&settings, inbox);
        const struct camera_backend *backend = camera_backend_find("pattern");
        struct camera_frame *a = backend->render(camera, 7, 123456789000);
        struct camera_frame *b = backend->render(camera, 8, 123456789000);
        struct camera_frame *c = backend->render(camera, 7, 123457789000);
        struct camera_frame *d = backend->render(camera, 7, 123456789000);

        assert_int_equal(a->format, FRAME_YUV420);
        assert_int_equal(a->width, 643);
        assert_int_equal(a->height, 481);
        assert_int_equal(a->number, 7);
        assert_int_equal(a->exposure_mid_boottime_ns, 123456789000);
        assert_int_equal(a->rotation_deg, 180);
        assert_int_equal(a->exposure_ns, 5 * NS_PER_MS);
        assert_false(pixels_equal(a, b)); /* number */
        assert_false(pixels_equal(a, c)); /* instant */
        assert_true(pixels_equal(a, d));
        camera_frame_unref(a);
        camera_frame_unref(b);
        camera_frame_unref(c);
        camera_frame_unref(d);
        backend->destroy(camera);
        frame_inbox_destroy(inbox);
}

/* The sanitizers watch over the edges. */
static void any_size_can_be_drawn(void **state)
{
        static const unsigned sides[] = {1, 2, 3, 7, 31, 64, 65, 241};
        struct frame_inbox *inbox = frame_inbox_create();

        for (unsigned i = 0; i < 8; i++) {
                for (unsigned j = 0; j < 8; j++) {
                        struct config_camera settings = settings_of(sides[i], sides[j], 10, "");
                        struct camera *camera = create(&settings, inbox);
                        struct camera_frame *frame;

                        frame = camera_backend_find("pattern")->render(camera, UINT64_MAX, INT64_MAX);
                        assert_true((size_t)frame->strides[1] >= (sides[i] + 1) / 2);
                        assert_true(frame->sizes[2] >= (size_t)frame->strides[2] * ((sides[j] + 1) / 2));
                        camera_frame_unref(frame);
                        camera_backend_find("pattern")->destroy(camera);
                }
        }
        frame_inbox_destroy(inbox);
}

static void frames_come_numbered_and_timed(void **state)
{
        struct frame_inbox *inbox = frame_inbox_create();
        struct config_camera settings = settings_of(64, 48, 500, "");
        struct camera *camera = create(&settings, inbox);
        const struct camera_backend *backend = camera_backend_find("pattern");
        int64_t before = clock_boottime_ns();
        struct camera_frame *last = NULL;
        unsigned i;

        assert_int_equal(backend->start(camera), 0);
        frame_inbox_wait(inbox, 10);
        backend->stop(camera);
        for (i = 0; i < 10; i++) {
                struct camera_frame *frame = frame_inbox_at(inbox, i);

                assert_true(frame->number >= i + 1);
                assert_true(frame->exposure_mid_boottime_ns > before);
                /* Numbers and instants advance together, holes or not; each instant is rounded by itself. */
                if (last)
                        assert_true(llabs(frame->exposure_mid_boottime_ns - last->exposure_mid_boottime_ns -
                                          (int64_t)(frame->number - last->number) * 2 * NS_PER_MS) <= 1);
                last = frame;
        }
        assert_true(last->exposure_mid_boottime_ns < clock_boottime_ns());
        backend->destroy(camera);
        frame_inbox_destroy(inbox);
}

/* A live frame is the one that a replay draws of its number and instant. */
static void live_and_rendered_are_alike(void **state)
{
        struct frame_inbox *inbox = frame_inbox_create();
        struct config_camera settings = settings_of(320, 240, 200, "");
        struct camera *camera = create(&settings, inbox), *other = create(&settings, inbox);
        const struct camera_backend *backend = camera_backend_find("pattern");
        struct camera_frame *live, *rendered;

        assert_int_equal(backend->start(camera), 0);
        frame_inbox_wait(inbox, 3);
        backend->stop(camera);
        live = frame_inbox_at(inbox, 2);
        rendered = backend->render(other, live->number, live->exposure_mid_boottime_ns);
        assert_true(pixels_equal(live, rendered));
        assert_int_equal(live->exposure_ns, rendered->exposure_ns);
        camera_frame_unref(rendered);
        backend->destroy(camera);
        backend->destroy(other);
        frame_inbox_destroy(inbox);
}

static void nothing_comes_after_stop(void **state)
{
        struct frame_inbox *inbox = frame_inbox_create();
        struct config_camera settings = settings_of(16, 16, 1000, "");
        struct camera *camera = create(&settings, inbox);
        const struct camera_backend *backend = camera_backend_find("pattern");

        for (unsigned i = 0; i < 20; i++) {
                unsigned count = frame_inbox_count(inbox), stopped;

                assert_int_equal(backend->start(camera), 0);
                assert_int_equal(backend->start(camera), -EALREADY);
                frame_inbox_wait(inbox, count + 1);
                frame_inbox_clear(inbox);
                backend->stop(camera);
                backend->stop(camera);
                stopped = frame_inbox_count(inbox);
                frame_inbox_clear(inbox);
                assert_int_equal(frame_inbox_count(inbox), stopped);
        }
        backend->destroy(camera);
        backend->destroy(NULL);
        frame_inbox_destroy(inbox);
}

/* A camera at one frame in 100 s is stopped at once: nobody waits for its next frame. */
static void slow_camera_stops_at_once(void **state)
{
        struct frame_inbox *inbox = frame_inbox_create();
        struct config_camera settings = settings_of(16, 16, 0.01, "");
        struct camera *camera = create(&settings, inbox);
        const struct camera_backend *backend = camera_backend_find("pattern");

        assert_int_equal(backend->start(camera), 0);
        frame_inbox_wait_state(inbox, CAMERA_STREAMING);
        backend->stop(camera);
        assert_int_equal(frame_inbox_count(inbox), 0);
        backend->destroy(camera);
        frame_inbox_destroy(inbox);
}

static void camera_without_free_frames_drops_them(void **state)
{
        struct frame_inbox *inbox = frame_inbox_create();
        struct config_camera settings = settings_of(16, 16, 1000, "");
        struct camera *camera = create(&settings, inbox);
        const struct camera_backend *backend = camera_backend_find("pattern");
        unsigned held = 24, i;
        uint64_t last = 0;

        assert_int_equal(backend->start(camera), 0);
        frame_inbox_wait(inbox, held); /* all that the pool has; none is given back */
        for (i = 0; i < held; i++) {
                assert_true(frame_inbox_at(inbox, i)->number > last);
                last = frame_inbox_at(inbox, i)->number;
        }
        frame_inbox_clear(inbox);
        frame_inbox_wait(inbox, held + 1); /* it goes on */
        backend->stop(camera);
        assert_true(frame_inbox_at(inbox, 0)->number > last);
        backend->destroy(camera);
        frame_inbox_destroy(inbox);
}

/* Whatever the technician sets: with a ring full, an encoder full and its threads at work, there is one more frame, which the encoder can
 * refuse. Else the pictures that it could not take would be called the camera's fault. */
static void the_encoder_is_full_before_the_camera_is_empty(void **state)
{
        static const struct {
                int queue, threads;
        } encoders[] = {{1, 1}, {8, 2}, {18, 1}, {64, 2}, {64, 16}};

        for (unsigned i = 0; i < sizeof(encoders) / sizeof(encoders[0]); i++) {
                struct config config = {.encoder_queue = encoders[i].queue, .encoder_threads = encoders[i].threads};
                unsigned held = CORE_RING_FRAMES + (unsigned)(config.encoder_queue + config.encoder_threads);
                struct config_camera settings = settings_of(16, 16, 1000, "");
                struct frame_inbox *inbox = frame_inbox_create();
                const struct camera_backend *backend = camera_backend_find("pattern");
                struct camera *camera = create_limited(&settings, camera_frame_limit(&config), inbox);

                assert_int_equal(backend->start(camera), 0);
                frame_inbox_wait(inbox, held + 1); /* none is given back */
                backend->destroy(camera);
                assert_non_null(frame_inbox_at(inbox, held));
                frame_inbox_destroy(inbox);
        }
}

static void frames_outlive_their_camera(void **state)
{
        struct frame_inbox *inbox = frame_inbox_create();
        struct config_camera settings = settings_of(64, 64, 1000, "");
        struct camera *camera = create(&settings, inbox);
        const struct camera_backend *backend = camera_backend_find("pattern");
        const struct camera_frame *frame;
        unsigned sum = 0;

        assert_int_equal(backend->start(camera), 0);
        frame_inbox_wait(inbox, 3);
        backend->destroy(camera);
        frame = frame_inbox_at(inbox, 2);
        for (unsigned i = 0; i < 64; i++)
                sum += frame->planes[0][63 * (size_t)frame->strides[0] + i];
        assert_true(sum > 0);
        frame_inbox_destroy(inbox);
}

static void stalled_camera_goes_quiet_and_comes_back(void **state)
{
        struct frame_inbox *inbox = frame_inbox_create();
        struct config_camera settings = settings_of(16, 16, 500, "stall-after:3,0.05");
        struct camera *camera = create(&settings, inbox);
        const struct camera_backend *backend = camera_backend_find("pattern");
        unsigned before = 0;
        struct camera_frame *frame;

        assert_int_equal(backend->start(camera), 0);
        frame_inbox_wait(inbox, 5);
        backend->stop(camera);
        while ((frame = frame_inbox_at(inbox, before)) && frame->number <= 3)
                before++;
        assert_true(before <= 3);
        assert_non_null(frame);
        assert_true(frame->number >= 4 + 25); /* 25 periods of 2 ms */
        backend->destroy(camera);
        frame_inbox_destroy(inbox);
}

/* Drawing is a test aid that must not be the bottleneck. No assertion on time: the figure is for people. */
static void say_how_long_drawing_takes(void **state)
{
        struct frame_inbox *inbox = frame_inbox_create();
        struct config_camera settings = settings_of(640, 480, 10, "");
        struct camera *camera = create(&settings, inbox);
        int64_t start = clock_boottime_ns();

        for (unsigned i = 1; i <= 100; i++)
                camera_frame_unref(camera_backend_find("pattern")->render(camera, i, i));
        print_message("640x480: %.3f ms a frame\n", (double)(clock_boottime_ns() - start) / 100 / NS_PER_MS);
        camera_backend_find("pattern")->destroy(camera);
        frame_inbox_destroy(inbox);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(backends_are_found_by_name),
                cmocka_unit_test(wrong_settings_are_refused),
                cmocka_unit_test(same_arguments_give_the_same_picture),
                cmocka_unit_test(any_size_can_be_drawn),
                cmocka_unit_test(frames_come_numbered_and_timed),
                cmocka_unit_test(live_and_rendered_are_alike),
                cmocka_unit_test(nothing_comes_after_stop),
                cmocka_unit_test(slow_camera_stops_at_once),
                cmocka_unit_test(camera_without_free_frames_drops_them),
                cmocka_unit_test(the_encoder_is_full_before_the_camera_is_empty),
                cmocka_unit_test(frames_outlive_their_camera),
                cmocka_unit_test(stalled_camera_goes_quiet_and_comes_back),
                cmocka_unit_test(say_how_long_drawing_takes),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
