/* SPDX-License-Identifier: MIT */
/* Cameras that are tried: a backend of this test's own, by the linker, that delivers from a thread as a real one does; a clock that the frames
 * set, so that a second of them is over at once. */
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#undef stop /* a macro of cmocka 2, and a camera's function */

#include "base/clock.h"
#include "capture/camera_probe.h"
#include "tests/unit/tiny_jpeg.h"

#define WIDTH 32
#define HEIGHT 16
#define PERIOD_NS (100 * NS_PER_MS)
#define START_NS (1000 * NS_PER_S)
#define AGE_NS (20 * NS_PER_MS)
/* Long enough for a slow machine where frames come, and never waited for then. */
#define PATIENCE_S 60.0
/* Where nothing more comes. */
#define SHORT_S 0.05

struct camera {
        struct camera_handlers handlers;
        const struct config_camera *settings;
        pthread_t thread;
        bool has_thread;
};

/* What each of them does, by its index; set before it is opened. */
struct plan {
        int create_error, start_error;
        unsigned frames;       /* that come, then it is quiet; UINT_MAX: until it is stopped */
        bool tells_too_soon;   /* a frame and a state before its start fails */
        const char *absent;    /* told after the frames */
        const char *why;       /* told as CAMERA_STALLED after the frames */
        unsigned hole_after;   /* that many frames, three are missing */
        bool broken;           /* frames are of no size */
        bool is_jpeg;          /* one at a time */
        bool is_fast;          /* ten times */
        unsigned broken_after; /* so many JPEGs, all are */
        bool has_stream;
        unsigned frame_limit; /* as it was given */
};

static struct {
        struct plan plans[CONFIG_MAX_CAMERAS];
        const struct camera_backend *backend;
        atomic_llong now_ns;
        atomic_uint delivered[CONFIG_MAX_CAMERAS];
        atomic_int alive, frames_alive;
        unsigned together, ended; /* started before any was destroyed */
} fake;

int64_t __wrap_clock_boottime_ns(void);
const struct camera_backend *__wrap_camera_backend_find(const char *name);

int64_t __wrap_clock_boottime_ns(void)
{
        return fake.now_ns;
}

const struct camera_backend *__wrap_camera_backend_find(const char *name)
{
        return strcmp(name, "fake") == 0 ? fake.backend : NULL;
}

static const struct config config = {
        .cameras = {{.name = "a", .backend = "fake", .device = "0", .rate_hz = 10, .freeze_s = 3, .quality = 90},
                    {.name = "b", .backend = "fake", .device = "1", .rate_hz = 10, .freeze_s = 3, .quality = 90},
                    {.name = "c", .backend = "fake", .device = "2", .rate_hz = 10, .freeze_s = 3, .quality = 90},
                    {.name = "d", .backend = "missing", .device = "3", .rate_hz = 10, .freeze_s = 3, .quality = 90}},
        .camera_count = 4,
        .encoder_queue = 8,
        .encoder_threads = 2};

static struct plan *plan_of(const struct config_camera *settings)
{
        return &fake.plans[settings->device[0] - '0'];
}

/* ---- frames ---- */

static void release(struct camera_frame *frame)
{
        fake.frames_alive--;
        free(frame);
}

static struct camera_frame *frame_new(const struct plan *plan, uint64_t number)
{
        static const uint8_t grey[WIDTH * HEIGHT];
        struct camera_frame *frame = calloc(1, sizeof(*frame));
        int64_t now_ns = fake.now_ns;

        if (!frame)
                abort();
        *frame = (struct camera_frame){.format = FRAME_YUV420,
                                       .width = plan->broken ? 0 : WIDTH,
                                       .height = HEIGHT,
                                       .rotation_deg = 90,
                                       .planes = {grey, grey, grey},
                                       .strides = {WIDTH, WIDTH / 2, WIDTH / 2},
                                       .sizes = {sizeof(grey), sizeof(grey) / 4, sizeof(grey) / 4},
                                       .number = number,
                                       .exposure_mid_boottime_ns = now_ns - AGE_NS,
                                       .exposure_ns = 5 * NS_PER_MS,
                                       .gain = 2,
                                       .release = release};
        if (plan->is_jpeg) {
                frame->format = FRAME_JPEG;
                frame->width = frame->height = 8;
                frame->planes[0] = tiny_jpeg;
                frame->sizes[0] = sizeof(tiny_jpeg) - (plan->broken_after > 0 && number > plan->broken_after ? 2 : 0);
        }
        atomic_init(&frame->references, 1);
        fake.frames_alive++;
        return frame;
}

/* ---- the backend ---- */

static atomic_bool stopping;

static void advance_clock_to(long long wanted_ns)
{
        long long now_ns = fake.now_ns;

        while (now_ns < wanted_ns && !atomic_compare_exchange_weak(&fake.now_ns, &now_ns, wanted_ns))
                continue;
}

/* Cameras that stream for good keep pace with each other, and with who gives frames back; the others are done before anybody looks. */
static bool may_deliver(const struct plan *plan, unsigned number)
{
        if (plan->frames < UINT_MAX || stopping)
                return true;
        for (unsigned i = 0; i < CONFIG_MAX_CAMERAS; i++) {
                if (fake.plans[i].frames == UINT_MAX && fake.delivered[i] + 2 < number)
                        return false;
        }
        return fake.frames_alive < (plan->is_jpeg ? 1 : 20);
}

static void *deliver(void *argument)
{
        struct camera *camera = argument;
        const struct plan *plan = plan_of(camera->settings);

        for (unsigned i = 1; i <= plan->frames && !stopping; i++) {
                unsigned hole = plan->hole_after > 0 && i > plan->hole_after ? 3 : 0;

                while (!may_deliver(plan, i))
                        sched_yield();
                advance_clock_to(START_NS + i * (plan->is_fast ? PERIOD_NS / 10 : PERIOD_NS));
                camera->handlers.frame(camera->handlers.userdata, frame_new(plan, i + hole));
                fake.delivered[plan - fake.plans]++;
        }
        if (plan->frames == UINT_MAX)
                return NULL;
        if (plan->absent || plan->why)
                camera->handlers.state(camera->handlers.userdata, plan->absent ? CAMERA_ABSENT : CAMERA_STALLED,
                                       plan->absent ? plan->absent : plan->why);
        fake.now_ns += 4 * NS_PER_S; /* and is quiet for so long */
        return NULL;
}

static int create(const struct config_camera *settings, unsigned frame_limit, const struct camera_handlers *handlers,
                  struct camera **ret_camera, const char **ret_problem)
{
        struct plan *plan = plan_of(settings);

        plan->frame_limit = frame_limit;
        if (plan->create_error) {
                *ret_problem = "it is not plugged in";
                return plan->create_error;
        }
        *ret_camera = calloc(1, sizeof(**ret_camera));
        assert_non_null(*ret_camera);
        **ret_camera = (struct camera){.handlers = *handlers, .settings = settings};
        fake.alive++;
        return 0;
}

static int start(struct camera *camera)
{
        const struct plan *plan = plan_of(camera->settings);

        if (plan->tells_too_soon) {
                camera->handlers.state(camera->handlers.userdata, CAMERA_STREAMING, "");
                camera->handlers.frame(camera->handlers.userdata, frame_new(plan, 1));
        }
        if (plan->start_error)
                return plan->start_error;
        fake.together += fake.ended == 0;
        /* One that is not there tells so from within. */
        if (plan->absent && plan->frames == 0) {
                camera->handlers.state(camera->handlers.userdata, CAMERA_ABSENT, plan->absent);
                return 0;
        }
        camera->handlers.state(camera->handlers.userdata, CAMERA_STREAMING, "");
        assert_int_equal(pthread_create(&camera->thread, NULL, deliver, camera), 0);
        camera->has_thread = true;
        /* What is to be over before anybody's patience is. */
        if (plan->frames < UINT_MAX) {
                pthread_join(camera->thread, NULL);
                camera->has_thread = false;
        }
        return 0;
}

static void stop(struct camera *camera)
{
        if (!camera->has_thread)
                return;
        stopping = true;
        pthread_join(camera->thread, NULL);
        camera->has_thread = false;
}

static void destroy(struct camera *camera)
{
        stop(camera);
        free(camera);
        fake.alive--;
        fake.ended++;
}

static int get_stream(struct camera *camera, struct camera_stream *ret_stream)
{
        if (!plan_of(camera->settings)->has_stream)
                return -EAGAIN;
        *ret_stream = (struct camera_stream){.width = WIDTH, .height = HEIGHT, .format = "YUV420", .id = "/base/cam"};
        return 0;
}

static const struct camera_backend backend = {
        .name = "fake", .create = create, .start = start, .stop = stop, .destroy = destroy, .get_stream = get_stream};

/* ---- what is tried ---- */

static struct camera_probe probes[CONFIG_MAX_CAMERAS];

static int set_up(void **state)
{
        memset(&fake.plans, 0, sizeof(fake.plans));
        fake.backend = &backend;
        fake.now_ns = START_NS;
        for (unsigned i = 0; i < CONFIG_MAX_CAMERAS; i++)
                fake.delivered[i] = 0;
        fake.together = fake.ended = 0;
        stopping = false;
        return 0;
}

static int tear_down(void **state)
{
        for (unsigned i = 0; i < CONFIG_MAX_CAMERAS; i++)
                free(probes[i].jpeg);
        assert_int_equal(fake.frames_alive, 0);
        assert_int_equal(fake.alive, 0);
        return 0;
}

static void run(unsigned mask, double timeout_s)
{
        bool wanted[CONFIG_MAX_CAMERAS];

        for (unsigned i = 0; i < CONFIG_MAX_CAMERAS; i++)
                wanted[i] = mask >> i & 1;
        memset(probes, 0xff, sizeof(probes));
        camera_probe_run(&config, wanted, timeout_s, probes);
}

static void assert_good(const struct camera_probe *probe)
{
        assert_string_equal(probe->problem, "");
        assert_non_null(probe->jpeg);
        assert_true(probe->jpeg_size > 4 && probe->jpeg[0] == 0xff && probe->jpeg[1] == 0xd8);
        assert_true(probe->frames >= 10);
}

static void assert_problem(const struct camera_probe *probe, const char *problem)
{
        assert_string_equal(probe->problem, problem);
        assert_null(probe->jpeg);
}

static void a_camera_that_streams_gives_a_picture(void **state)
{
        fake.plans[0] = (struct plan){.frames = UINT_MAX, .has_stream = true};
        run(1, PATIENCE_S);
        assert_good(&probes[0]);
        assert_true(fabs(probes[0].rate_hz - 10) < 0.01);
        assert_true(fabs(probes[0].age_mean_s - 0.02) < 0.001);
        assert_int_equal(probes[0].dropped, 0);
        assert_int_equal(probes[0].width, WIDTH);
        assert_int_equal(probes[0].height, HEIGHT);
        assert_int_equal(probes[0].rotation_deg, 90);
        assert_int_equal(probes[0].frame.exposure_ns, 5 * NS_PER_MS);
        assert_true(probes[0].frame.gain == 2);
        assert_true(probes[0].frame.number >= 10);
        assert_true(probes[0].has_stream);
        assert_string_equal(probes[0].stream.id, "/base/cam");
        assert_int_equal(fake.plans[0].frame_limit, camera_frame_limit(&config));
        /* Those that nobody asked for. */
        assert_int_equal(probes[1].frames, 0);
        assert_problem(&probes[1], "");
}

static void what_is_missing_between_frames_is_counted(void **state)
{
        fake.plans[0] = (struct plan){.frames = UINT_MAX, .hole_after = 5};
        run(1, PATIENCE_S);
        assert_good(&probes[0]);
        assert_int_equal(probes[0].dropped, 3);
        assert_false(probes[0].has_stream);
}

static void a_camera_without_a_frame_is_a_problem(void **state)
{
        run(1, SHORT_S);
        assert_problem(&probes[0], "no frame came in 0.05 s");
        assert_true(isnan(probes[0].rate_hz) && isnan(probes[0].age_mean_s));
        set_up(state);
        fake.plans[0].why = "30 frames in a row are broken: not whole";
        run(1, SHORT_S);
        assert_problem(&probes[0], "no frame came in 0.05 s: 30 frames in a row are broken: not whole");
}

/* One that gives a few and hangs is not good because it gave some. */
static void a_camera_that_stops_is_a_problem(void **state)
{
        fake.plans[0].frames = 3;
        run(1, SHORT_S);
        assert_problem(&probes[0], "no frame comes any more after the first 3");
        assert_int_equal(probes[0].frames, 3);
        assert_true(fabs(probes[0].rate_hz - 10) < 0.01);
}

/* Faster than anybody looks: no frame is lost. */
static void a_flood_of_frames_is_given_back(void **state)
{
        fake.plans[0].frames = 1000;
        run(1, PATIENCE_S);
        assert_int_equal(probes[0].frames, 1000);
        assert_int_equal(probes[0].dropped, 0);
}

/* Nobody waits for what says that it is not there. */
static void an_absent_camera_is_told_at_once(void **state)
{
        fake.plans[0].absent = "busy: another program uses it";
        run(1, PATIENCE_S);
        assert_problem(&probes[0], "busy: another program uses it");
        set_up(state);
        fake.plans[0] = (struct plan){.absent = "unplugged", .frames = 5};
        run(1, PATIENCE_S);
        assert_problem(&probes[0], "unplugged");
        assert_int_equal(probes[0].frames, 5);
}

static void what_does_not_open_is_told_at_once(void **state)
{
        fake.plans[0].create_error = -ENODEV;
        fake.plans[1].start_error = -EIO;
        fake.plans[2] = (struct plan){.start_error = -EIO, .tells_too_soon = true};
        run(15, PATIENCE_S);
        assert_problem(&probes[0], "it is not plugged in");
        assert_problem(&probes[1], "it does not start");
        assert_problem(&probes[2], "it does not start");
        assert_problem(&probes[3], "not built into this Streetcap");
}

static void frames_of_which_none_makes_a_picture_are_a_problem(void **state)
{
        fake.plans[0] = (struct plan){.frames = UINT_MAX, .broken = true};
        run(1, PATIENCE_S);
        assert_problem(&probes[0], "its frames are broken: none of 1 makes a picture");
}

static void a_fast_camera_is_watched_for_a_second(void **state)
{
        fake.plans[0] = (struct plan){.frames = UINT_MAX, .is_jpeg = true, .is_fast = true};
        run(1, PATIENCE_S);
        assert_good(&probes[0]);
        assert_in_range(probes[0].frames, 101, 103);
        assert_true(fabs(probes[0].rate_hz - 100) < 0.1);
}

/* Of a bad cable, say: what was whole serves, and what was not is counted. */
static void broken_frames_among_good_ones_are_counted(void **state)
{
        fake.plans[0] = (struct plan){.frames = UINT_MAX, .is_jpeg = true, .broken_after = 5};
        run(1, PATIENCE_S);
        assert_good(&probes[0]);
        assert_true(probes[0].frame.number <= 5);
        assert_int_equal(probes[0].broken, probes[0].checked - 5);
        assert_true(probes[0].broken >= 5);
        free(probes[0].jpeg);
        set_up(state);
        fake.plans[0] = (struct plan){.frames = UINT_MAX, .is_jpeg = true};
        run(1, PATIENCE_S);
        assert_good(&probes[0]);
        assert_int_equal(probes[0].broken, 0);
        assert_int_equal(probes[0].frame.number, probes[0].frames);
}

/* What they share is tried with all of them. */
static void cameras_are_tried_at_the_same_time(void **state)
{
        for (unsigned i = 0; i < 3; i++)
                fake.plans[i].frames = UINT_MAX;
        run(7, PATIENCE_S);
        assert_int_equal(fake.together, 3);
        for (unsigned i = 0; i < 3; i++)
                assert_good(&probes[i]);
        /* One that is away does not keep the others from their time. */
        set_up(state);
        for (unsigned i = 0; i < CONFIG_MAX_CAMERAS; i++)
                free(probes[i].jpeg);
        fake.plans[0].absent = "no camera found";
        fake.plans[1].frames = UINT_MAX;
        run(3, PATIENCE_S);
        assert_problem(&probes[0], "no camera found");
        assert_good(&probes[1]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(a_camera_that_streams_gives_a_picture), TEST(what_is_missing_between_frames_is_counted),
                TEST(a_camera_without_a_frame_is_a_problem), TEST(a_camera_that_stops_is_a_problem),
                TEST(a_flood_of_frames_is_given_back),       TEST(an_absent_camera_is_told_at_once),
                TEST(what_does_not_open_is_told_at_once),    TEST(frames_of_which_none_makes_a_picture_are_a_problem),
                TEST(a_fast_camera_is_watched_for_a_second), TEST(broken_frames_among_good_ones_are_counted),
                TEST(cameras_are_tried_at_the_same_time),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
