/* SPDX-License-Identifier: MIT */
/* With a backend, a clock and timers of this test's own, by the linker. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#undef stop /* a macro of cmocka 2, and a camera's function */

#include "base/clock.h"
#include "capture/core.h"
#include "capture/live_camera.h"

struct camera {
        struct camera_handlers handlers;
};

static struct {
        int64_t now_ns;
        const struct camera_backend *backend;
        int create_error, start_error;
        bool says_nothing;     /* when it starts */
        bool tells_too_soon;   /* that it streams, before its start fails */
        struct camera *camera; /* that lives now */
        unsigned created, started, stopped, destroyed;
        int timer_error; /* what making one answers, if not 0 */
        sd_event_time_handler_t timer;
        void *timer_userdata;
        uint64_t timer_us;
        unsigned changes; /* of state, as told */
        enum camera_state told;
        unsigned exposes;
        struct camera_exposure exposure; /* the last that the camera was told */
} fake;

int64_t __wrap_clock_boottime_ns(void);
const struct camera_backend *__wrap_camera_backend_find(const char *name);
int __wrap_sd_event_add_time_relative(sd_event *event, sd_event_source **source, clockid_t clock, uint64_t usec,
                                      uint64_t accuracy, sd_event_time_handler_t callback, void *userdata);
sd_event_source *__wrap_sd_event_source_disable_unref(sd_event_source *source);

int64_t __wrap_clock_boottime_ns(void)
{
        return fake.now_ns;
}

const struct camera_backend *__wrap_camera_backend_find(const char *name)
{
        return fake.backend;
}

int __wrap_sd_event_add_time_relative(sd_event *event, sd_event_source **source, clockid_t clock, uint64_t usec,
                                      uint64_t accuracy, sd_event_time_handler_t callback, void *userdata)
{
        if (fake.timer_error)
                return fake.timer_error;
        fake.timer = callback;
        fake.timer_userdata = userdata;
        fake.timer_us = usec;
        *source = (sd_event_source *)&fake;
        return 0;
}

sd_event_source *__wrap_sd_event_source_disable_unref(sd_event_source *source)
{
        if (source)
                fake.timer = NULL;
        return NULL;
}

/* The time of the next try has come. */
static void fire_timer(void)
{
        assert_non_null(fake.timer);
        fake.timer(NULL, 0, fake.timer_userdata);
}

static const struct config config = {.cameras = {[2] = {.name = "front",
                                                        .backend = "fake",
                                                        .rate_hz = 10,
                                                        .freeze_s = 2,
                                                        .blur_px = 3,
                                                        .gain_limit = 8,
                                                        .field_of_view_deg = 70,
                                                        .mount_angle_deg = 90,
                                                        .kerb_distance_m = 3}},
                                     .camera_count = 3,
                                     .encoder_queue = 30,
                                     .encoder_threads = 3};

static int create(const struct config_camera *settings, unsigned frame_limit, const struct camera_handlers *handlers,
                  struct camera **ret_camera, const char **ret_problem)
{
        fake.created++;
        assert_int_equal(frame_limit, camera_frame_limit(&config));
        if (fake.create_error) {
                *ret_problem = "it is not plugged in";
                return fake.create_error;
        }
        assert_null(fake.camera); /* one at a time */
        fake.camera = calloc(1, sizeof(*fake.camera));
        assert_non_null(fake.camera);
        fake.camera->handlers = *handlers;
        *ret_camera = fake.camera;
        return 0;
}

static int start(struct camera *camera)
{
        fake.started++;
        if ((fake.start_error == 0 && !fake.says_nothing) || fake.tells_too_soon)
                camera->handlers.state(camera->handlers.userdata, CAMERA_STREAMING, "");
        return fake.start_error;
}

static void stop(struct camera *camera)
{
        fake.stopped++;
}

static void destroy(struct camera *camera)
{
        fake.destroyed++;
        assert_ptr_equal(camera, fake.camera);
        free(camera);
        fake.camera = NULL;
}

static const struct camera_backend backend = {
        .name = "fake", .create = create, .start = start, .stop = stop, .destroy = destroy};

static int get_stream(struct camera *camera, struct camera_stream *ret_stream)
{
        *ret_stream = (struct camera_stream){.width = 1920,
                                             .height = 1080,
                                             .exposure_min_ns = 100000,
                                             .exposure_max_ns = 100000000,
                                             .gain_min = 1,
                                             .gain_max = 16};
        return 0;
}

static void expose(struct camera *camera, const struct camera_exposure *exposure)
{
        assert_ptr_equal(camera, fake.camera);
        fake.exposes++;
        fake.exposure = *exposure;
}

/* That can be told how to expose. */
static const struct camera_backend exposing_backend = {.name = "fake",
                                                       .create = create,
                                                       .start = start,
                                                       .stop = stop,
                                                       .destroy = destroy,
                                                       .get_stream = get_stream,
                                                       .expose = expose};

static unsigned frames_alive;

static void release(struct camera_frame *frame)
{
        frames_alive--;
        free(frame);
}

static struct camera_frame *frame_new(uint64_t number)
{
        struct camera_frame *frame = calloc(1, sizeof(*frame));

        assert_non_null(frame);
        frame->number = number;
        frame->release = release;
        atomic_init(&frame->references, 1);
        frames_alive++;
        return frame;
}

static struct inbox *inbox;
static struct live_camera *camera;

static int set_up(void **state)
{
        memset(&fake, 0, sizeof(fake));
        fake.backend = &backend;
        fake.now_ns = 1000 * NS_PER_S;
        camera = NULL;
        return inbox_create(&inbox);
}

static int tear_down(void **state)
{
        live_camera_destroy(camera);
        inbox_destroy(inbox);
        assert_int_equal(frames_alive, 0);
        assert_null(fake.camera);
        return 0;
}

static void on_changed(void *userdata, unsigned index, enum camera_state state, const char *why)
{
        assert_ptr_equal(userdata, &fake);
        assert_int_equal(index, 2);
        assert_non_null(why);
        fake.changes++;
        fake.told = state;
}

static void open_camera(void)
{
        struct live_camera_settings settings = {
                .config = &config, .index = 2, .inbox = inbox, .changed = on_changed, .userdata = &fake};

        assert_int_equal(live_camera_create(&settings, &camera), 0);
}

/* Does as the pipeline does with what the backend delivered; gives back the state. */
static enum camera_state take_inbox(void)
{
        struct status_camera status;
        struct inbox_item item;

        while (inbox_take(inbox, &item)) {
                assert_int_equal(item.camera, 2);
                if (item.frame)
                        live_camera_keep(camera, item.opening, item.frame);
                else
                        live_camera_set_state(camera, item.opening, item.state, item.why);
        }
        live_camera_get_status(camera, &status);
        if (fake.changes > 0)
                assert_int_equal(status.state, fake.told);
        return status.state;
}

/* As the backend does on its thread. */
static void deliver(struct camera_frame *frame)
{
        fake.camera->handlers.frame(fake.camera->handlers.userdata, frame);
}

static void say(enum camera_state state, const char *why)
{
        fake.camera->handlers.state(fake.camera->handlers.userdata, state, why);
}

static void watch_after(double seconds)
{
        fake.now_ns += (int64_t)(seconds * 1e9);
        live_camera_watch(camera, fake.now_ns);
}

static void the_ring_keeps_the_newest(void **state)
{
        struct status_camera status;

        open_camera();
        assert_int_equal(take_inbox(), CAMERA_STREAMING);
        for (uint64_t i = 1; i <= 10; i++) {
                deliver(frame_new(i));
                take_inbox();
                assert_in_range(frames_alive, 1, CORE_RING_FRAMES);
        }
        for (uint64_t i = 0; i <= 11; i++) {
                struct camera_frame *frame = live_camera_find(camera, i);

                assert_int_equal(frame != NULL, i > 10 - CORE_RING_FRAMES && i <= 10);
                camera_frame_unref(frame);
        }
        deliver(frame_new(15));
        take_inbox();
        live_camera_get_status(camera, &status);
        assert_int_equal(status.frames, 11);
        assert_int_equal(status.dropped, 4);
        assert_string_equal(status.name, "front");
}

/* They are the camera's buffers: what is not among its newest goes back. */
static void the_ring_of_a_camera_with_few_buffers_is_short(void **state)
{
        open_camera();
        for (uint64_t i = 1; i <= 10; i++) {
                struct camera_frame *frame = frame_new(i);

                frame->ring_frames = i <= 4 ? 0 : 2;
                deliver(frame);
                take_inbox();
                assert_int_equal(frames_alive, i < 4 ? i : i == 4 ? 4 : 2);
        }
        for (uint64_t i = 0; i <= 11; i++) {
                struct camera_frame *frame = live_camera_find(camera, i);

                assert_int_equal(frame != NULL, i == 9 || i == 10);
                camera_frame_unref(frame);
        }
}

static void a_camera_that_began_anew_gives_its_new_frames(void **state)
{
        struct camera_frame *old = frame_new(1), *new = frame_new(1), *found;

        open_camera();
        deliver(old);
        deliver(frame_new(2));
        deliver(new);
        take_inbox();
        found = live_camera_find(camera, 1);
        assert_ptr_equal(found, new);
        camera_frame_unref(found);
}

static void an_absent_camera_is_tried_again_with_backoff(void **state)
{
        static const unsigned expected_s[] = {1, 2, 4, 8, 16, 30, 30};

        fake.create_error = -ENODEV;
        open_camera();
        for (unsigned i = 0; i < sizeof(expected_s) / sizeof(expected_s[0]); i++) {
                struct status_camera status;

                assert_int_equal(take_inbox(), CAMERA_ABSENT);
                live_camera_get_status(camera, &status);
                assert_string_equal(status.why, "it is not plugged in");
                assert_int_equal(fake.timer_us, expected_s[i] * 1000000u);
                assert_int_equal(fake.created, i + 1);
                fire_timer();
        }
        fake.create_error = 0;
        fire_timer();
        assert_int_equal(take_inbox(), CAMERA_STREAMING);
        /* A frame sets the backoff back. */
        deliver(frame_new(1));
        take_inbox();
        say(CAMERA_ABSENT, "unplugged");
        assert_int_equal(take_inbox(), CAMERA_ABSENT);
        assert_int_equal(fake.timer_us, 1000000u);
        fire_timer();
        assert_int_equal(fake.destroyed, 1);
        assert_int_equal(take_inbox(), CAMERA_STREAMING);
}

/* What it takes to try again needs no room in the inbox. */
static void a_camera_that_cannot_be_opened_is_tried_again_with_a_full_inbox(void **state)
{
        fake.create_error = -ENODEV;
        for (uint64_t i = 1; i <= 1000; i++)
                inbox_put_frame(inbox, 2, 0, frame_new(i));
        open_camera();
        assert_int_equal(fake.changes, 1);
        assert_int_equal(fake.told, CAMERA_ABSENT);
        fake.create_error = 0;
        fire_timer();
        assert_int_equal(take_inbox(), CAMERA_STREAMING);
}

static void a_camera_that_says_absent_again_is_tried_no_later(void **state)
{
        open_camera();
        take_inbox();
        for (unsigned i = 0; i < 3; i++) {
                say(CAMERA_ABSENT, "unplugged");
                assert_int_equal(take_inbox(), CAMERA_ABSENT);
                assert_int_equal(fake.timer_us, 1000000u);
        }
}

/* Its folder is there again, say, before anyone tried. */
static void a_camera_that_comes_back_by_itself_is_let_be(void **state)
{
        open_camera();
        take_inbox();
        say(CAMERA_ABSENT, "unplugged");
        assert_int_equal(take_inbox(), CAMERA_ABSENT);
        assert_non_null(fake.timer);
        say(CAMERA_STREAMING, "");
        assert_int_equal(take_inbox(), CAMERA_STREAMING);
        assert_null(fake.timer);
        assert_int_equal(fake.created, 1);
        say(CAMERA_ABSENT, "unplugged");
        take_inbox();
        assert_non_null(fake.timer);
}

static void what_a_closed_camera_delivered_is_ignored(void **state)
{
        struct status_camera status;

        open_camera();
        take_inbox();
        say(CAMERA_ABSENT, "unplugged");
        take_inbox();
        say(CAMERA_STREAMING, "");
        deliver(frame_new(1));
        fake.create_error = -ENODEV;
        fire_timer();
        assert_int_equal(take_inbox(), CAMERA_ABSENT);
        assert_non_null(fake.timer);
        assert_null(live_camera_find(camera, 1));
        live_camera_get_status(camera, &status);
        assert_int_equal(status.frames, 0);
        assert_string_equal(status.why, "it is not plugged in");
        fake.create_error = 0;
        fire_timer();
        deliver(frame_new(1));
        assert_int_equal(take_inbox(), CAMERA_STREAMING);
        live_camera_get_status(camera, &status);
        assert_int_equal(status.frames, 1);
}

static void what_a_camera_said_before_its_start_failed_is_ignored(void **state)
{
        fake.start_error = -EIO;
        fake.tells_too_soon = true;
        open_camera();
        assert_int_equal(take_inbox(), CAMERA_ABSENT);
        assert_non_null(fake.timer);
}

static void a_camera_that_does_not_start_is_closed_before_the_next_try(void **state)
{
        fake.start_error = -EIO;
        open_camera();
        assert_int_equal(take_inbox(), CAMERA_ABSENT);
        assert_null(fake.camera);
        fake.start_error = 0;
        fire_timer();
        assert_int_equal(take_inbox(), CAMERA_STREAMING);
        assert_int_equal(fake.destroyed, 1);
        assert_int_equal(fake.started, 2);
}

static void a_backend_that_is_not_there_is_absent(void **state)
{
        struct status_camera status;

        fake.backend = NULL;
        open_camera();
        assert_int_equal(take_inbox(), CAMERA_ABSENT);
        live_camera_get_status(camera, &status);
        assert_non_null(strstr(status.why, "not built"));
}

static void silence_is_a_stall_until_a_frame_comes(void **state)
{
        open_camera();
        take_inbox();
        deliver(frame_new(1));
        take_inbox();
        watch_after(1.9);
        assert_int_equal(take_inbox(), CAMERA_STREAMING);
        watch_after(0.2);
        assert_int_equal(take_inbox(), CAMERA_STALLED);
        watch_after(1);
        assert_int_equal(take_inbox(), CAMERA_STALLED);
        deliver(frame_new(2));
        take_inbox();
        watch_after(0.1);
        assert_int_equal(take_inbox(), CAMERA_STREAMING);
}

static void a_camera_that_stays_silent_is_opened_again(void **state)
{
        open_camera();
        take_inbox();
        deliver(frame_new(1));
        take_inbox();
        watch_after(1.9);
        take_inbox();
        assert_int_equal(fake.created, 1);
        watch_after(0.2);
        take_inbox();
        assert_int_equal(fake.created, 2); /* it hangs: at once */
        for (int i = 0; i < 14; i++) {
                watch_after(1);
                take_inbox();
        }
        assert_int_equal(fake.created, 2);
        for (int i = 0; i < 40; i++) {
                watch_after(1);
                take_inbox();
        }
        assert_in_range(fake.created, 4, 5); /* each 15 s */
        assert_int_equal(fake.destroyed, fake.created - 1);
        deliver(frame_new(1));
        take_inbox();
        watch_after(0.1);
        assert_int_equal(take_inbox(), CAMERA_STREAMING);
}

/* Its frames are broken, so that its backend tells the stall: it may mend itself while `freeze` lasts, 2 s. */
static void a_stall_that_the_backend_tells_is_opened_anew_after_freeze(void **state)
{
        open_camera();
        take_inbox();
        watch_after(1);
        deliver(frame_new(1));
        take_inbox();
        fake.now_ns += NS_PER_S;
        say(CAMERA_STALLED, "30 frames in a row are broken");
        assert_int_equal(take_inbox(), CAMERA_STALLED);
        watch_after(0.9);
        assert_int_equal(fake.created, 1);
        watch_after(0.2); /* 2.1 s after the last frame */
        assert_int_equal(take_inbox(), CAMERA_STALLED);
        assert_int_equal(fake.created, 2);
        /* The same stall, told again by the camera that was opened: each 15 s from now on. */
        fake.now_ns += 3 * NS_PER_S;
        say(CAMERA_STALLED, "30 frames in a row are broken");
        assert_int_equal(take_inbox(), CAMERA_STALLED);
        for (int i = 0; i < 11; i++) {
                watch_after(1);
                assert_int_equal(take_inbox(), CAMERA_STALLED);
        }
        assert_int_equal(fake.created, 2);
        watch_after(1.1);
        assert_int_equal(take_inbox(), CAMERA_STALLED);
        assert_int_equal(fake.created, 3);
        watch_after(14);
        assert_int_equal(fake.created, 3);
        watch_after(1.1);
        assert_int_equal(fake.created, 4);
        take_inbox();
        deliver(frame_new(1));
        take_inbox();
        watch_after(0.1);
        assert_int_equal(take_inbox(), CAMERA_STREAMING);
}

/* Only a frame newer than the stall ends it. */
static void a_stall_that_the_backend_tells_ends_with_a_frame(void **state)
{
        open_camera();
        take_inbox();
        fake.now_ns += NS_PER_S;
        deliver(frame_new(1));
        say(CAMERA_STALLED, "30 frames in a row are broken");
        assert_int_equal(take_inbox(), CAMERA_STALLED);
        watch_after(0.1);
        assert_int_equal(take_inbox(), CAMERA_STALLED);
        deliver(frame_new(40));
        /* And others are broken again: a stall of its own. */
        fake.now_ns += NS_PER_S / 10;
        say(CAMERA_STALLED, "30 frames in a row are broken");
        assert_int_equal(take_inbox(), CAMERA_STALLED);
        fake.now_ns += NS_PER_S / 10;
        watch_after(0.1);
        assert_int_equal(take_inbox(), CAMERA_STALLED);
        deliver(frame_new(80));
        take_inbox();
        watch_after(1.9);
        assert_int_equal(take_inbox(), CAMERA_STREAMING);
        watch_after(0.05);
        assert_int_equal(take_inbox(), CAMERA_STREAMING);
        assert_int_equal(fake.created, 1);
}

/* It was opened anew for one stall; the next has its own `freeze`. */
static void the_next_stall_that_the_backend_tells_is_opened_anew_too(void **state)
{
        open_camera();
        take_inbox();
        for (unsigned i = 1; i <= 3; i++) {
                fake.now_ns += NS_PER_S;
                say(CAMERA_STALLED, "30 frames in a row are broken");
                assert_int_equal(take_inbox(), CAMERA_STALLED);
                watch_after(2.1);
                take_inbox();
                assert_int_equal(fake.created, 1 + i);
                fake.now_ns += NS_PER_S;
                deliver(frame_new(1));
                take_inbox();
                watch_after(0.1);
                assert_int_equal(take_inbox(), CAMERA_STREAMING);
        }
}

/* It is opened again and again, and says that it streams each time: that is no news without a frame. */
static void a_camera_that_hangs_is_told_once(void **state)
{
        unsigned changes;

        open_camera();
        take_inbox();
        deliver(frame_new(1));
        take_inbox();
        watch_after(3);
        assert_int_equal(take_inbox(), CAMERA_STALLED);
        changes = fake.changes;
        for (int i = 0; i < 40; i++) {
                watch_after(1);
                assert_int_equal(take_inbox(), CAMERA_STALLED);
        }
        assert_true(fake.created >= 3);
        assert_int_equal(fake.changes, changes);
        deliver(frame_new(1));
        take_inbox();
        watch_after(0.1);
        assert_int_equal(take_inbox(), CAMERA_STREAMING);
        assert_int_equal(fake.changes, changes + 1);
}

/* Drives with a short exposure, up to a stall that ends; each frame tells its exposure. */
static void stall_while_exposed_short(enum camera_state stall)
{
        struct camera_frame *frame;

        fake.backend = &exposing_backend;
        open_camera();
        take_inbox();
        live_camera_set_speed(camera, 14, fake.now_ns);
        assert_int_equal(fake.exposes, 1);
        assert_false(fake.exposure.automatic);
        assert_in_range(fake.exposure.exposure_ns, 100000, 1000000);
        say(stall, "30 frames in a row are broken");
        assert_int_equal(take_inbox(), stall);
        if (stall == CAMERA_ABSENT)
                say(CAMERA_STREAMING, "");
        fake.now_ns += NS_PER_S / 10;
        frame = frame_new(40);
        frame->exposure_ns = fake.exposure.exposure_ns;
        frame->gain = fake.exposure.gain;
        deliver(frame);
        take_inbox();
        watch_after(0.1);
        assert_int_equal(take_inbox(), CAMERA_STREAMING);
        assert_int_equal(fake.created, 1);
}

static void a_stall_without_opening_leaves_the_exposure_as_told(void **state)
{
        stall_while_exposed_short(CAMERA_STALLED);
        live_camera_set_speed(camera, 14, fake.now_ns);
        assert_int_equal(fake.exposes, 1);
        live_camera_set_speed(camera, 0, fake.now_ns); /* it stands: let the camera go */
        assert_int_equal(fake.exposes, 2);
        assert_true(fake.exposure.automatic);
}

static void a_camera_that_came_back_or_was_opened_anew_exposes_by_itself(void **state)
{
        struct camera_exposure before;

        stall_while_exposed_short(CAMERA_ABSENT);
        live_camera_set_speed(camera, 0, fake.now_ns);
        assert_int_equal(fake.exposes, 1); /* nothing was told to it yet */
        deliver(frame_new(41));            /* does not tell what it takes */
        take_inbox();
        live_camera_set_speed(camera, 14, fake.now_ns);
        assert_int_equal(fake.exposes, 2);
        before = fake.exposure;
        watch_after(3);
        assert_int_equal(take_inbox(), CAMERA_STALLED);
        assert_int_equal(fake.created, 2);
        fake.now_ns++;
        deliver(frame_new(1));
        take_inbox();
        watch_after(0.1);
        assert_int_equal(take_inbox(), CAMERA_STREAMING);
        live_camera_set_speed(camera, 14,
                              fake.now_ns); /* the same as before, but the camera does not know it any more */
        assert_int_equal(fake.exposes, 3);
        assert_false(fake.exposure.automatic);
        assert_int_equal(fake.exposure.exposure_ns, before.exposure_ns);
}

static void without_a_timer_the_watch_tries_again(void **state)
{
        struct status_camera status;

        fake.create_error = -ENODEV;
        fake.timer_error = -ENOMEM;
        open_camera();
        live_camera_get_status(camera, &status);
        assert_non_null(strstr(status.why, "it is not plugged in; no timer for the next try: "));
        watch_after(14);
        assert_int_equal(fake.created, 1);
        watch_after(2);
        assert_int_equal(fake.created, 2);
        watch_after(14);
        assert_int_equal(fake.created, 2);
        fake.timer_error = 0;
        watch_after(2);
        assert_int_equal(fake.created, 3);
        assert_int_equal(fake.timer_us, 1000000u);
        watch_after(100); /* now the timer is to do it */
        assert_int_equal(fake.created, 3);
        fake.create_error = 0;
        fire_timer();
        assert_int_equal(take_inbox(), CAMERA_STREAMING);
}

static void a_camera_that_says_nothing_is_opened_again(void **state)
{
        fake.says_nothing = true;
        open_camera();
        assert_int_equal(take_inbox(), CAMERA_STOPPED);
        watch_after(16);
        assert_int_equal(fake.created, 2);
        assert_int_equal(fake.destroyed, 1);
}

static void after_stop_nothing_is_tried_again(void **state)
{
        fake.create_error = -ENODEV;
        open_camera();
        assert_non_null(fake.timer);
        live_camera_stop(camera);
        assert_null(fake.timer);
        live_camera_destroy(camera);
        fake.create_error = 0;
        open_camera();
        take_inbox();
        say(CAMERA_ABSENT, "unplugged");
        live_camera_stop(camera);
        assert_int_equal(take_inbox(), CAMERA_ABSENT);
        assert_null(fake.timer);
        live_camera_stop(NULL);
        live_camera_destroy(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(the_ring_of_a_camera_with_few_buffers_is_short),
                TEST(the_ring_keeps_the_newest),
                TEST(a_camera_that_began_anew_gives_its_new_frames),
                TEST(an_absent_camera_is_tried_again_with_backoff),
                TEST(a_camera_that_cannot_be_opened_is_tried_again_with_a_full_inbox),
                TEST(a_camera_that_says_absent_again_is_tried_no_later),
                TEST(a_camera_that_comes_back_by_itself_is_let_be),
                TEST(what_a_closed_camera_delivered_is_ignored),
                TEST(what_a_camera_said_before_its_start_failed_is_ignored),
                TEST(a_camera_that_does_not_start_is_closed_before_the_next_try),
                TEST(a_backend_that_is_not_there_is_absent),
                TEST(silence_is_a_stall_until_a_frame_comes),
                TEST(a_camera_that_stays_silent_is_opened_again),
                TEST(a_stall_that_the_backend_tells_is_opened_anew_after_freeze),
                TEST(a_stall_that_the_backend_tells_ends_with_a_frame),
                TEST(the_next_stall_that_the_backend_tells_is_opened_anew_too),
                TEST(a_camera_that_hangs_is_told_once),
                TEST(a_stall_without_opening_leaves_the_exposure_as_told),
                TEST(a_camera_that_came_back_or_was_opened_anew_exposes_by_itself),
                TEST(without_a_timer_the_watch_tries_again),
                TEST(a_camera_that_says_nothing_is_opened_again),
                TEST(after_stop_nothing_is_tried_again),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
