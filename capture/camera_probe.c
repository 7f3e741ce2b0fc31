/* SPDX-License-Identifier: MIT */
#include "capture/camera_probe.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "capture/encoder.h"

/* What it may have out at once here: the newest, and one on its way. */
#define FRAME_LIMIT 4
#define SETTLE_NS (1 * NS_PER_S)
#define FRAMES_MIN 10

struct probe {
        pthread_mutex_t mutex;
        pthread_cond_t changed;
        struct camera_frame *newest;
        unsigned frames, dropped;
        int64_t first_arrival_ns, last_arrival_ns;
        double ages_s;
        enum camera_state state;
        char why[128];
};

static void on_frame(void *userdata, struct camera_frame *frame)
{
        struct probe *probe = userdata;
        int64_t now_ns = clock_boottime_ns();

        pthread_mutex_lock(&probe->mutex);
        if (probe->newest && frame->number > probe->newest->number + 1)
                probe->dropped += (unsigned)(frame->number - probe->newest->number - 1);
        camera_frame_unref(probe->newest);
        probe->newest = frame;
        if (probe->frames++ == 0)
                probe->first_arrival_ns = now_ns;
        probe->last_arrival_ns = now_ns;
        probe->ages_s += (double)(now_ns - frame->exposure_mid_boottime_ns) / (double)NS_PER_S;
        pthread_cond_broadcast(&probe->changed);
        pthread_mutex_unlock(&probe->mutex);
}

static void on_state(void *userdata, enum camera_state state, const char *why)
{
        struct probe *probe = userdata;

        pthread_mutex_lock(&probe->mutex);
        probe->state = state;
        snprintf(probe->why, sizeof(probe->why), "%s", why);
        pthread_cond_broadcast(&probe->changed);
        pthread_mutex_unlock(&probe->mutex);
}

/* Until there is enough to say, or the time is over. */
static void wait_for_frames(struct probe *probe, double timeout_s)
{
        int64_t end_ns = clock_monotonic_ns() + (int64_t)(timeout_s * (double)NS_PER_S);
        struct timespec end = {.tv_sec = end_ns / NS_PER_S, .tv_nsec = end_ns % NS_PER_S};
        int r = 0;

        pthread_mutex_lock(&probe->mutex);
        while (r == 0 && probe->state != CAMERA_ABSENT &&
               (probe->frames < FRAMES_MIN || probe->last_arrival_ns - probe->first_arrival_ns < SETTLE_NS))
                r = pthread_cond_timedwait(&probe->changed, &probe->mutex, &end);
        pthread_mutex_unlock(&probe->mutex);
}

/* The camera is stopped: nothing changes any more. */
static void fill(struct probe *probe, double timeout_s, const struct config_camera *settings,
                 struct camera_probe *ret_probe)
{
        const struct camera_frame *frame = probe->newest;

        ret_probe->frames = probe->frames;
        ret_probe->dropped = probe->dropped;
        if (probe->frames >= 2)
                ret_probe->rate_hz = (probe->frames - 1) * (double)NS_PER_S /
                                     (double)(probe->last_arrival_ns - probe->first_arrival_ns);
        if (probe->state == CAMERA_ABSENT) {
                snprintf(ret_probe->problem, sizeof(ret_probe->problem), "%s", probe->why);
                return;
        }
        if (!frame) {
                snprintf(ret_probe->problem, sizeof(ret_probe->problem), "no frame came in %g s%s%s", timeout_s,
                         probe->why[0] ? ": " : "", probe->why);
                return;
        }
        ret_probe->age_mean_s = probe->ages_s / probe->frames;
        ret_probe->frame = (struct frame_info){.number = frame->number,
                                               .exposure_mid_boottime_ns = frame->exposure_mid_boottime_ns,
                                               .exposure_ns = frame->exposure_ns,
                                               .gain = frame->gain};
        ret_probe->width = frame->width;
        ret_probe->height = frame->height;
        ret_probe->rotation_deg = frame->rotation_deg;
        if (encode_frame(frame, settings->quality, &ret_probe->jpeg, &ret_probe->jpeg_size) < 0)
                snprintf(ret_probe->problem, sizeof(ret_probe->problem), "its frames make no picture");
}

static void run(struct probe *probe, const struct config_camera *settings, double timeout_s,
                struct camera_probe *ret_probe)
{
        const struct camera_backend *backend = camera_backend_find(settings->backend);
        struct camera_handlers handlers = {.frame = on_frame, .state = on_state, .userdata = probe};
        const char *problem = "not built into this Streetcap";
        struct camera *camera = NULL;
        int r = backend ? backend->create(settings, FRAME_LIMIT, &handlers, &camera, &problem) : -ENOTSUP;

        if (r == 0) {
                problem = "it does not start";
                r = backend->start(camera);
        }
        if (r < 0) {
                snprintf(ret_probe->problem, sizeof(ret_probe->problem), "%s", problem);
        } else {
                wait_for_frames(probe, timeout_s);
                ret_probe->has_stream = backend->get_stream && backend->get_stream(camera, &ret_probe->stream) == 0;
                backend->stop(camera);
                fill(probe, timeout_s, settings, ret_probe);
        }
        probe->newest = camera_frame_unref(probe->newest);
        if (camera)
                backend->destroy(camera);
}

void camera_probe_run(const struct config_camera *settings, double timeout_s, struct camera_probe *ret_probe)
{
        struct probe probe = {.mutex = PTHREAD_MUTEX_INITIALIZER};
        pthread_condattr_t attributes;

        *ret_probe = (struct camera_probe){.rate_hz = NAN, .age_mean_s = NAN, .frame.gain = NAN};
        pthread_condattr_init(&attributes);
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
        pthread_cond_init(&probe.changed, &attributes);
        pthread_condattr_destroy(&attributes);
        run(&probe, settings, timeout_s, ret_probe);
        pthread_cond_destroy(&probe.changed);
        pthread_mutex_destroy(&probe.mutex);
}
