/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#undef stop /* a macro of cmocka 2, and a camera's function */

#include "base/fd.h"
#include "capture/encoder.h"
#include "tests/unit/capture/frame_inbox.h"

#define HEIGHT 8

static const struct camera_backend *backend(void)
{
        return camera_backend_find("files");
}

/* A folder of its own for each test; every picture in it is as wide as its number says. */
static int make_folder(void **state)
{
        char path[] = "/tmp/streetcap-files-XXXXXX";

        if (!mkdtemp(path))
                return -1;
        *state = strdup(path);
        return 0;
}

static int remove_folder(void **state)
{
        char command[128];
        int r;

        snprintf(command, sizeof(command), "rm -rf '%s'", (char *)*state);
        r = system(command);
        free(*state);
        return r;
}

static void put_file(const char *folder, const char *name, const void *data, size_t size)
{
        char path[256];

        snprintf(path, sizeof(path), "%s/%s", folder, name);
        assert_int_equal(fd_write_file_atomic(AT_FDCWD, path, data, size, 0), 0);
}

static void encode(unsigned width, uint8_t **jpeg, size_t *size)
{
        uint8_t gray[64 * HEIGHT];
        struct camera_frame frame = {
                .format = FRAME_YUV420,
                .width = width,
                .height = HEIGHT,
                .planes = {gray, gray, gray},
                .strides = {64, 64, 64},
                .sizes = {sizeof(gray), sizeof(gray), sizeof(gray)},
        };

        memset(gray, 128, sizeof(gray));
        assert_int_equal(encode_frame(&frame, 90, jpeg, size), 0);
}

static void put_picture(const char *folder, const char *name, unsigned width)
{
        uint8_t *jpeg;
        size_t size;

        encode(width, &jpeg, &size);
        put_file(folder, name, jpeg, size);
        free(jpeg);
}

static int try_create(const char *folder, struct frame_inbox *inbox, struct camera **camera, const char **problem)
{
        struct camera_handlers handlers = frame_inbox_handlers(inbox);
        struct config_camera settings = {.name = "front", .backend = "files", .rate_hz = 500};

        snprintf(settings.device, sizeof(settings.device), "%s", folder);
        return backend()->create(&settings, 24, &handlers, camera, problem);
}

static struct camera *create(const char *folder, struct frame_inbox *inbox)
{
        const char *problem = NULL;
        struct camera *camera = NULL;

        if (try_create(folder, inbox, &camera, &problem) < 0)
                fail_msg("%s", problem);
        return camera;
}

static unsigned rendered_width(struct camera *camera, uint64_t number)
{
        struct camera_frame *frame = backend()->render(camera, number, 1000);
        unsigned width;

        assert_non_null(frame);
        assert_int_equal(frame->format, FRAME_JPEG);
        assert_int_equal(frame->number, number);
        assert_int_equal(frame->exposure_mid_boottime_ns, 1000);
        assert_int_equal(frame->exposure_ns, 0);
        assert_true(isnan(frame->gain));
        assert_int_equal(frame->height, HEIGHT);
        width = frame->width;
        camera_frame_unref(frame);
        return width;
}

static void folder_without_pictures_is_refused(void **state)
{
        struct frame_inbox *inbox = frame_inbox_create();
        struct camera *camera = NULL;
        const char *problem = NULL;
        char missing[128];

        put_file(*state, "readme.txt", "jpg", 3);
        put_file(*state, ".hidden.jpg", "jpg", 3);
        assert_int_equal(try_create(*state, inbox, &camera, &problem), -ENOENT);
        assert_string_equal(problem, "the folder has no *.jpg or *.jpeg file");
        put_file(*state, "broken.jpg", "jpg", 3);
        assert_int_equal(try_create(*state, inbox, &camera, &problem), -ENOENT);
        assert_string_equal(problem, "no file of the folder is a whole JPEG");
        snprintf(missing, sizeof(missing), "%s/missing", (char *)*state);
        assert_int_equal(try_create(missing, inbox, &camera, &problem), -ENOENT);
        assert_string_equal(problem, "there is no such folder");
        assert_int_equal(try_create("", inbox, &camera, &problem), -EINVAL);
        assert_string_equal(problem, "the device must name a folder");
        assert_null(camera);
        frame_inbox_destroy(inbox);
}

static void pictures_come_by_name_and_in_a_loop(void **state)
{
        struct frame_inbox *inbox = frame_inbox_create();
        struct camera *camera;

        put_picture(*state, "b.JPG", 12);
        put_picture(*state, "a.jpeg", 11);
        put_picture(*state, "c.jpg", 13);
        put_picture(*state, "c.png", 60);
        camera = create(*state, inbox);
        assert_int_equal(rendered_width(camera, 1), 11);
        assert_int_equal(rendered_width(camera, 2), 12);
        assert_int_equal(rendered_width(camera, 3), 13);
        assert_int_equal(rendered_width(camera, 4), 11);
        assert_int_equal(rendered_width(camera, UINT64_C(3000000000000)), 13);
        backend()->destroy(camera);
        frame_inbox_destroy(inbox);
}

static void broken_ones_are_skipped(void **state)
{
        struct frame_inbox *inbox = frame_inbox_create();
        struct camera *camera;
        char path[256];
        uint8_t *jpeg;
        size_t size;

        put_picture(*state, "1.jpg", 11);
        encode(12, &jpeg, &size);
        put_file(*state, "2.jpg", jpeg, size - 2); /* no EOI */
        put_file(*state, "3.jpg", "", 0);
        free(jpeg);
        put_picture(*state, "4.jpg", 14);
        snprintf(path, sizeof(path), "%s/5.jpg", (char *)*state);
        assert_int_equal(mkdir(path, 0700), 0);
        snprintf(path, sizeof(path), "%s/6.jpg", (char *)*state);
        assert_int_equal(mkfifo(path, 0600), 0);
        snprintf(path, sizeof(path), "%s/7.jpg", (char *)*state);
        assert_int_equal(symlink("nowhere", path), 0);

        camera = create(*state, inbox);
        assert_int_equal(rendered_width(camera, 1), 11);
        assert_int_equal(rendered_width(camera, 2), 14);
        assert_int_equal(rendered_width(camera, 3), 14);
        assert_int_equal(rendered_width(camera, 4), 14);
        assert_int_equal(rendered_width(camera, 5), 11); /* the link is a file of the list, and leads on to the first */
        assert_int_equal(rendered_width(camera, 6), 11); /* folder and FIFO are not */
        backend()->destroy(camera);
        frame_inbox_destroy(inbox);
}

static void bytes_are_those_of_the_file(void **state)
{
        struct frame_inbox *inbox = frame_inbox_create();
        struct camera_frame *frame;
        struct camera *camera;
        uint8_t *jpeg, padded[8192];
        size_t size;

        encode(30, &jpeg, &size);
        memcpy(padded, jpeg, size);
        memset(padded + size, 0, 100); /* as some cameras leave it */
        put_file(*state, "1.jpg", padded, size + 100);
        camera = create(*state, inbox);
        frame = backend()->render(camera, 1, 1);
        assert_int_equal(frame->sizes[0], size);
        assert_memory_equal(frame->planes[0], jpeg, size);
        backend()->destroy(camera);
        assert_memory_equal(frame->planes[0], jpeg, size);
        camera_frame_unref(frame);
        free(jpeg);
        frame_inbox_destroy(inbox);
}

static void live_frames_come_at_the_rate(void **state)
{
        struct frame_inbox *inbox = frame_inbox_create();
        struct camera *camera;

        put_picture(*state, "1.jpg", 11);
        put_picture(*state, "2.jpg", 12);
        camera = create(*state, inbox);
        assert_int_equal(backend()->start(camera), 0);
        frame_inbox_wait(inbox, 6);
        backend()->stop(camera);
        for (unsigned i = 0; i < 6; i++) {
                struct camera_frame *frame = frame_inbox_at(inbox, i);

                assert_int_equal(frame->width, frame->number % 2 ? 11 : 12);
        }
        backend()->destroy(camera);
        frame_inbox_destroy(inbox);
}

static void lost_folder_is_a_state(void **state)
{
        struct frame_inbox *inbox = frame_inbox_create();
        struct camera *camera;
        char path[256];

        put_picture(*state, "1.jpg", 11);
        camera = create(*state, inbox);
        assert_int_equal(backend()->start(camera), 0);
        frame_inbox_wait(inbox, 1);
        snprintf(path, sizeof(path), "%s/1.jpg", (char *)*state);
        assert_int_equal(unlink(path), 0);
        frame_inbox_wait_state(inbox, CAMERA_ABSENT);
        frame_inbox_clear(inbox);
        put_picture(*state, "1.jpg", 19);
        frame_inbox_wait_state(inbox, CAMERA_STREAMING);
        frame_inbox_wait(inbox, frame_inbox_count(inbox) + 1);
        backend()->stop(camera);
        assert_int_equal(frame_inbox_at(inbox, 0)->width, 19);
        backend()->destroy(camera);
        frame_inbox_destroy(inbox);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(folder_without_pictures_is_refused, make_folder, remove_folder),
                cmocka_unit_test_setup_teardown(pictures_come_by_name_and_in_a_loop, make_folder, remove_folder),
                cmocka_unit_test_setup_teardown(broken_ones_are_skipped, make_folder, remove_folder),
                cmocka_unit_test_setup_teardown(bytes_are_those_of_the_file, make_folder, remove_folder),
                cmocka_unit_test_setup_teardown(live_frames_come_at_the_rate, make_folder, remove_folder),
                cmocka_unit_test_setup_teardown(lost_folder_is_a_state, make_folder, remove_folder),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
