/* SPDX-License-Identifier: MIT */
/* A camera that needs no hardware: streams a test picture at the rate and size of its settings. A test aid: with the
 * device "stall-after:N" it goes quiet after frame N of each start, with "stall-after:N,SECONDS" for that long. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/parse.h"
#include "capture/camera_private.h"
#include "capture/camera_ticker.h"
#include "capture/frame_pool.h"
#include "capture/pattern_picture.h"

#define EXPOSURE_MAX_NS (5 * NS_PER_MS)
#define STALL_PREFIX "stall-after:"
#define MAX_SIDE 65500 /* pixels; libjpeg's bound */

struct pattern_camera {
        struct camera camera; /* first: what callers see */
        struct pattern_picture *picture;
        struct frame_pool *pool;
        struct camera_ticker *ticker;
        unsigned width, height;
        unsigned rotation_deg;
        double rate_hz;
        int64_t exposure_ns;
        uint64_t stall_after; /* 0: never */
        double stall_s;       /* INFINITY: for good */
        int64_t stall_until_boottime_ns;
};

/* "N" or "N,SECONDS". */
static int parse_stall(const char *text, uint64_t *ret_after, double *ret_s)
{
        char number[CONFIG_TEXT_SIZE];
        const char *comma = strchr(text, ',');
        double seconds = INFINITY;
        uint64_t after;

        snprintf(number, sizeof(number), "%.*s", comma ? (int)(comma - text) : (int)strlen(text), text);
        if (parse_uint64(number, &after) < 0 || after == 0)
                return -EINVAL;
        if (comma && (parse_double(comma + 1, &seconds) < 0 || !(seconds > 0 && seconds < 1e6)))
                return -EINVAL;
        *ret_after = after;
        *ret_s = seconds;
        return 0;
}

static const char *find_problem(const struct config_camera *settings)
{
        uint64_t after;
        double seconds;

        if (settings->width < 1 || settings->width > MAX_SIDE || settings->height < 1 || settings->height > MAX_SIDE)
                return "the size is out of range, 1x1 to 65500x65500";
        if (!(settings->rate_hz > 0 && settings->rate_hz <= 1000))
                return "the rate is out of range, above 0 to 1000 fps";
        if (settings->device[0] && (strncmp(settings->device, STALL_PREFIX, strlen(STALL_PREFIX)) != 0 ||
                                    parse_stall(settings->device + strlen(STALL_PREFIX), &after, &seconds) < 0))
                return "the device is neither empty nor stall-after:FRAMES[,SECONDS]";
        return NULL;
}

static void pattern_stop(struct camera *camera)
{
        struct pattern_camera *pattern = (struct pattern_camera *)camera;

        camera_ticker_stop(pattern->ticker);
        pattern->ticker = NULL;
}

static void pattern_destroy(struct camera *camera)
{
        struct pattern_camera *pattern = (struct pattern_camera *)camera;

        if (!camera)
                return;
        pattern_stop(camera);
        pattern_picture_destroy(pattern->picture);
        frame_pool_destroy(pattern->pool);
        free(pattern);
}

static int pattern_create(const struct config_camera *settings, unsigned frame_limit,
                          const struct camera_handlers *handlers, struct camera **ret_camera, const char **ret_problem)
{
        const char *problem = find_problem(settings);
        struct pattern_camera *pattern;

        if (problem) {
                *ret_problem = problem;
                return -EINVAL;
        }
        pattern = calloc(1, sizeof(*pattern));
        if (!pattern) {
                *ret_problem = "out of memory";
                return -ENOMEM;
        }
        pattern->camera.handlers = *handlers;
        pattern->width = settings->width;
        pattern->height = settings->height;
        pattern->rate_hz = settings->rate_hz;
        pattern->rotation_deg = (unsigned)settings->rotation_quarters * 90;
        pattern->exposure_ns = llround(fmin((double)EXPOSURE_MAX_NS, (double)NS_PER_S / settings->rate_hz / 2));
        if (settings->device[0])
                (void)parse_stall(settings->device + strlen(STALL_PREFIX), &pattern->stall_after, &pattern->stall_s);
        if (pattern_picture_create(settings->name, settings->width, settings->height, &pattern->picture) < 0 ||
            frame_pool_create(frame_limit, &pattern->pool) < 0) {
                pattern_destroy(&pattern->camera);
                *ret_problem = "out of memory";
                return -ENOMEM;
        }
        *ret_camera = &pattern->camera;
        return 0;
}

static struct camera_frame *make_frame(struct pattern_camera *pattern, enum frame_limit limit, uint64_t number,
                                       int64_t exposure_mid_boottime_ns)
{
        uint8_t *planes[3];
        struct camera_frame *frame =
                frame_pool_take_yuv420(pattern->pool, limit, pattern->width, pattern->height, planes);

        if (!frame)
                return NULL;
        frame->number = number;
        frame->exposure_mid_boottime_ns = exposure_mid_boottime_ns;
        frame->exposure_ns = pattern->exposure_ns;
        frame->gain = 1.0;
        frame->rotation_deg = pattern->rotation_deg;
        pattern_picture_draw(pattern->picture, number, exposure_mid_boottime_ns, planes, frame->strides);
        return frame;
}

static bool is_stalled(struct pattern_camera *pattern, uint64_t number, int64_t now_boottime_ns)
{
        if (pattern->stall_after == 0 || number <= pattern->stall_after)
                return false;
        if (pattern->stall_until_boottime_ns == 0)
                pattern->stall_until_boottime_ns =
                        isfinite(pattern->stall_s) ? now_boottime_ns + llround(pattern->stall_s * (double)NS_PER_S)
                                                   : INT64_MAX;
        return now_boottime_ns < pattern->stall_until_boottime_ns;
}

/* The exposure has just ended when its frame is due. */
static void pattern_tick(void *userdata, uint64_t number, int64_t due_boottime_ns)
{
        struct pattern_camera *pattern = userdata;
        struct camera_frame *frame;

        if (is_stalled(pattern, number, due_boottime_ns))
                return;
        frame = make_frame(pattern, FRAME_WITHIN_LIMIT, number, due_boottime_ns - pattern->exposure_ns / 2);
        if (frame)
                pattern->camera.handlers.frame(pattern->camera.handlers.userdata, frame);
}

static int pattern_start(struct camera *camera)
{
        struct pattern_camera *pattern = (struct pattern_camera *)camera;

        if (pattern->ticker)
                return -EALREADY;
        pattern->stall_until_boottime_ns = 0;
        camera->handlers.state(camera->handlers.userdata, CAMERA_STREAMING, "");
        return camera_ticker_start(pattern->rate_hz, pattern_tick, pattern, &pattern->ticker);
}

static struct camera_frame *pattern_render(struct camera *camera, uint64_t number, int64_t exposure_mid_boottime_ns)
{
        return make_frame((struct pattern_camera *)camera, FRAME_BEYOND_LIMIT, number, exposure_mid_boottime_ns);
}

const struct camera_backend camera_backend_pattern = {
        .name = "pattern",
        .create = pattern_create,
        .start = pattern_start,
        .stop = pattern_stop,
        .destroy = pattern_destroy,
        .render = pattern_render,
};
