/* SPDX-License-Identifier: MIT */
/* The libcamera backend on whatever this machine has, mostly nothing: it answers, and no exception leaves it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

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
        struct frame_inbox *inbox = frame_inbox_create();
        struct camera *first = create("no such camera", inbox), *second = create("", inbox);

        for (unsigned i = 0; i < 2; i++) {
                assert_int_equal(backend->start(first), 0);
                assert_non_null(strstr(frame_inbox_why(inbox), "no camera"));
                assert_int_equal(backend->start(second), 0);
                backend->stop(first);
                backend->stop(second);
        }
        backend->destroy(first);
        backend->destroy(second);
        backend->destroy(NULL);
        frame_inbox_destroy(inbox);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(camera_that_cannot_stream_is_a_state_with_a_reason),
                cmocka_unit_test(cameras_and_retries_do_not_disturb_each_other),
        };

        if (!camera_backend_find("libcamera")) {
                puts("skipped: built without libcamera");
                return 77;
        }
        return cmocka_run_group_tests(tests, NULL, NULL);
}
