/* SPDX-License-Identifier: MIT */
/* The libcamera backend on whatever this machine has, mostly nothing: it answers, and no exception leaves it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#undef stop /* a macro of cmocka 2, and a camera's function */

#include "tests/unit/capture/frame_inbox.h"

static struct camera *create(const char *device, struct frame_inbox *inbox)
{
        struct config_camera settings = {.name = "front", .backend = "libcamera", .rate_hz = 10};
        struct camera_handlers handlers = frame_inbox_handlers(inbox);
        struct camera *camera = NULL;
        const char *problem = NULL;

        snprintf(settings.device, sizeof(settings.device), "%s", device);
        if (camera_backend_find("libcamera")->create(&settings, 24, &handlers, &camera, &problem) < 0)
                fail_msg("%s", problem);
        return camera;
}

static void camera_that_cannot_stream_is_a_state_with_a_reason(void **state)
{
        const struct camera_backend *backend = camera_backend_find("libcamera");
        struct frame_inbox *inbox = frame_inbox_create();
        struct camera *camera = create("", inbox);

        assert_int_equal(backend->start(camera), 0);
        frame_inbox_wait_state(inbox, CAMERA_ABSENT);
        assert_string_not_equal(frame_inbox_why(inbox), "");
        print_message("%s\n", frame_inbox_why(inbox));
        assert_int_equal(frame_inbox_count(inbox), 0);
        backend->stop(camera);
        backend->destroy(camera);
        frame_inbox_destroy(inbox);
}

/* The process may have one manager of libcamera at a time: two cameras, and a retry, do not meet it. */
static void cameras_and_retries_do_not_disturb_each_other(void **state)
{
        const struct camera_backend *backend = camera_backend_find("libcamera");

        for (unsigned i = 0; i < 3; i++) {
                struct frame_inbox *first_inbox = frame_inbox_create(), *second_inbox = frame_inbox_create();
                struct camera *first = create("no such camera", first_inbox), *second = create("", second_inbox);

                assert_int_equal(backend->start(first), 0);
                assert_int_equal(backend->start(first), -EALREADY);
                assert_int_equal(backend->start(second), 0);
                frame_inbox_wait_state(first_inbox, CAMERA_ABSENT);
                assert_non_null(strstr(frame_inbox_why(first_inbox), "no camera"));
                frame_inbox_wait_state(second_inbox, CAMERA_ABSENT);
                backend->stop(first);
                backend->stop(second);
                assert_int_equal(backend->start(first), 0); /* and is destroyed before anybody looked */
                backend->destroy(first);
                backend->destroy(second);
                backend->destroy(NULL);
                frame_inbox_destroy(first_inbox);
                frame_inbox_destroy(second_inbox);
        }
}

static void what_does_not_stream_has_no_stream(void **state)
{
        const struct camera_backend *backend = camera_backend_find("libcamera");
        struct frame_inbox *inbox = frame_inbox_create();
        struct camera *camera = create("", inbox);
        struct camera_exposure exposure = {.automatic = true};
        struct camera_stream stream;

        assert_int_equal(backend->get_stream(camera, &stream), -EAGAIN);
        backend->expose(camera, &exposure);
        assert_int_equal(backend->start(camera), 0);
        frame_inbox_wait_state(inbox, CAMERA_ABSENT);
        assert_int_equal(backend->get_stream(camera, &stream), -EAGAIN);
        backend->expose(camera, &exposure);
        backend->destroy(camera);
        frame_inbox_destroy(inbox);
}

static void count(void *userdata, const struct camera_listing *listing)
{
        assert_string_not_equal(listing->id, "");
        ++*(unsigned *)userdata;
}

static void cameras_are_listed_beside_those_in_use(void **state)
{
        const struct camera_backend *backend = camera_backend_find("libcamera");
        struct frame_inbox *inbox = frame_inbox_create();
        struct camera *camera = create("", inbox);
        unsigned alone = 0, beside = 0;

        assert_int_equal(backend->list(count, &alone), 0);
        assert_int_equal(backend->start(camera), 0);
        assert_int_equal(backend->list(count, &beside), 0);
        assert_int_equal(alone, beside);
        print_message("%u cameras\n", alone);
        backend->destroy(camera);
        frame_inbox_destroy(inbox);
}

int main(void)
{
        int r;
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(camera_that_cannot_stream_is_a_state_with_a_reason),
                cmocka_unit_test(cameras_and_retries_do_not_disturb_each_other),
                cmocka_unit_test(what_does_not_stream_has_no_stream),
                cmocka_unit_test(cameras_are_listed_beside_those_in_use),
        };

        if (!camera_backend_find("libcamera")) {
                puts("skipped: built without libcamera");
                return 77;
        }
        r = cmocka_run_group_tests(tests, NULL, NULL);
        camera_backends_finish();
        return r;
}
