/* SPDX-License-Identifier: MIT */
#include "capture/live_camera.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "capture/core.h"
#include "capture/exposure_control.h"

#define BACKOFF_FIRST_US 1000000u
#define BACKOFF_MAX_US 30000000u
/* A camera that stalls is opened anew once no frame came for `freeze`, and then that often; likewise one that waits for nothing. */
#define REOPEN_NS (15 * NS_PER_S)

struct live_camera {
        struct live_camera_settings settings;
        const struct config_camera *config;
        sd_event_source *retry; /* NULL: no next try is armed */
        const struct camera_backend *backend;
        struct camera *camera;
        unsigned opening; /* changed only while no backend is open, so its thread may read it */
        struct camera_frame *ring[CORE_RING_FRAMES];
        unsigned ring_next;
        enum camera_state state;
        char why[128];
        uint64_t frames, dropped, last_number, backoff_us;
        int64_t last_frame_boottime_ns, opened_boottime_ns;
        int64_t stalled_boottime_ns; /* CAMERA_STALLED since then */
        struct exposure_control exposure;
        bool exposure_started; /* since it was opened, or came back */
        bool stopping;
};

static void on_frame(void *userdata, struct camera_frame *frame)
{
        struct live_camera *camera = userdata;

        inbox_put_frame(camera->settings.inbox, camera->settings.index, camera->opening, frame);
}

static void on_state(void *userdata, enum camera_state state, const char *why)
{
        struct live_camera *camera = userdata;

        inbox_put_state(camera->settings.inbox, camera->settings.index, camera->opening, state, why);
}

/* What it delivered and nobody took yet is of no use any more. */
static void close_backend(struct live_camera *camera)
{
        if (camera->camera) {
                camera->backend->stop(camera->camera);
                camera->backend->destroy(camera->camera);
        }
        camera->camera = NULL;
        camera->opening++;
}

static int on_retry(sd_event_source *source, uint64_t usec, void *userdata);

/* Where that fails, the state says so, and live_camera_watch opens the camera in its place. */
static void schedule_retry(struct live_camera *camera)
{
        size_t used = strlen(camera->why);
        int r;

        r = sd_event_add_time_relative(camera->settings.event, &camera->retry, CLOCK_BOOTTIME, camera->backoff_us,
                                       100000, on_retry, camera);
        if (r < 0) {
                snprintf(camera->why + used, sizeof(camera->why) - used, "; no timer for the next try: %s",
                         strerror(-r));
                return;
        }
        camera->backoff_us = camera->backoff_us * 2 > BACKOFF_MAX_US ? BACKOFF_MAX_US : camera->backoff_us * 2;
}

static void become(struct live_camera *camera, enum camera_state state, const char *why)
{
        struct camera_stream stream;

        /* Told again without a frame since, it is the same stall. */
        if (state == CAMERA_STALLED &&
            (camera->state != CAMERA_STALLED || camera->last_frame_boottime_ns > camera->stalled_boottime_ns))
                camera->stalled_boottime_ns = clock_boottime_ns();
        camera->state = state;
        /* One that only stalled still exposes as it was told. */
        if (state == CAMERA_ABSENT)
                camera->exposure_started = false;
        if (state == CAMERA_STREAMING && !camera->exposure_started && live_camera_get_stream(camera, &stream) == 0) {
                exposure_control_start(&camera->exposure, &stream);
                camera->exposure_started = true;
        }
        snprintf(camera->why, sizeof(camera->why), "%s", why);
        if (state == CAMERA_STREAMING)
                camera->retry = sd_event_source_disable_unref(camera->retry);
        if (state == CAMERA_ABSENT && !camera->retry && !camera->stopping)
                schedule_retry(camera);
        camera->settings.changed(camera->settings.userdata, camera->settings.index, state, camera->why);
}

void live_camera_set_state(struct live_camera *camera, unsigned opening, enum camera_state state, const char *why)
{
        if (opening != camera->opening)
                return;
        /* One that hangs says so too each time that it is opened again: what counts is a frame, which live_camera_watch sees. */
        if (state == CAMERA_STREAMING && camera->state == CAMERA_STALLED)
                return;
        become(camera, state, why);
}

static void open_backend(struct live_camera *camera)
{
        struct camera_handlers handlers = {.frame = on_frame, .state = on_state, .userdata = camera};
        const char *problem = "not built into this Streetcap";
        int r = -ENOTSUP;

        camera->last_number = 0;
        camera->exposure_started = false;
        camera->opened_boottime_ns = clock_boottime_ns();
        if (camera->state != CAMERA_STALLED)
                camera->last_frame_boottime_ns = camera->opened_boottime_ns;
        camera->backend = camera_backend_find(camera->config->backend);
        if (camera->backend)
                r = camera->backend->create(camera->config, camera_frame_limit(camera->settings.config), &handlers,
                                            &camera->camera, &problem);
        if (r == 0) {
                problem = "it does not start";
                r = camera->backend->start(camera->camera);
        }
        if (r < 0) {
                close_backend(camera);
                become(camera, CAMERA_ABSENT, problem);
        }
}

static void open_anew(struct live_camera *camera)
{
        close_backend(camera);
        open_backend(camera);
}

static int on_retry(sd_event_source *source, uint64_t usec, void *userdata)
{
        struct live_camera *camera = userdata;

        camera->retry = sd_event_source_disable_unref(camera->retry);
        open_anew(camera);
        return 0;
}

int live_camera_create(const struct live_camera_settings *settings, struct live_camera **ret_camera)
{
        struct live_camera *camera = calloc(1, sizeof(*camera));

        if (!camera)
                return -ENOMEM;
        camera->settings = *settings;
        camera->settings.event = sd_event_ref(settings->event);
        camera->config = &settings->config->cameras[settings->index];
        camera->backoff_us = BACKOFF_FIRST_US;
        exposure_control_init(&camera->exposure, camera->config);
        open_backend(camera);
        *ret_camera = camera;
        return 0;
}

void live_camera_stop(struct live_camera *camera)
{
        if (!camera)
                return;
        camera->stopping = true;
        camera->retry = sd_event_source_disable_unref(camera->retry);
        if (camera->camera)
                camera->backend->stop(camera->camera);
}

void live_camera_destroy(struct live_camera *camera)
{
        if (!camera)
                return;
        live_camera_stop(camera);
        for (unsigned i = 0; i < CORE_RING_FRAMES; i++)
                camera_frame_unref(camera->ring[i]);
        if (camera->camera)
                camera->backend->destroy(camera->camera);
        sd_event_unref(camera->settings.event);
        free(camera);
}

int live_camera_get_stream(const struct live_camera *camera, struct camera_stream *ret_stream)
{
        if (!camera->camera || !camera->backend->get_stream)
                return -EAGAIN;
        return camera->backend->get_stream(camera->camera, ret_stream);
}

static void expose(struct live_camera *camera, const struct camera_exposure *exposure)
{
        if (camera->camera && camera->backend->expose)
                camera->backend->expose(camera->camera, exposure);
}

void live_camera_set_speed(struct live_camera *camera, double speed_mps, int64_t now_boottime_ns)
{
        struct camera_exposure exposure;

        if (exposure_control_speed(&camera->exposure, speed_mps, now_boottime_ns, &exposure))
                expose(camera, &exposure);
}

void live_camera_measured(struct live_camera *camera, int64_t exposure_mid_boottime_ns, int64_t exposure_ns,
                          double gain, double brightness, int64_t now_boottime_ns)
{
        struct camera_exposure exposure;

        if (exposure_control_picture(&camera->exposure, exposure_mid_boottime_ns, exposure_ns, gain, brightness,
                                     now_boottime_ns, &exposure))
                expose(camera, &exposure);
}

/* Of a camera with few buffers, the older frames go back to it. */
static void trim_ring(struct live_camera *camera, unsigned ring_frames)
{
        for (unsigned i = ring_frames + 1; ring_frames > 0 && i <= CORE_RING_FRAMES; i++) {
                struct camera_frame **frame =
                        &camera->ring[(camera->ring_next + CORE_RING_FRAMES - i) % CORE_RING_FRAMES];

                *frame = camera_frame_unref(*frame);
        }
}

bool live_camera_keep(struct live_camera *camera, unsigned opening, struct camera_frame *frame)
{
        if (opening != camera->opening) {
                camera_frame_unref(frame);
                return false;
        }
        camera_frame_unref(camera->ring[camera->ring_next]);
        camera->ring[camera->ring_next] = frame;
        camera->ring_next = (camera->ring_next + 1) % CORE_RING_FRAMES;
        trim_ring(camera, frame->ring_frames);
        exposure_control_frame(&camera->exposure, frame->exposure_ns, frame->gain);
        camera->frames++;
        if (camera->last_number > 0 && frame->number > camera->last_number + 1)
                camera->dropped += frame->number - camera->last_number - 1;
        camera->last_number = frame->number;
        camera->last_frame_boottime_ns = clock_boottime_ns();
        camera->backoff_us = BACKOFF_FIRST_US;
        return true;
}

struct camera_frame *live_camera_find(struct live_camera *camera, uint64_t number)
{
        /* The newest first: a camera that began anew may have left one of the same number. */
        for (unsigned i = 1; i <= CORE_RING_FRAMES; i++) {
                struct camera_frame *frame =
                        camera->ring[(camera->ring_next + CORE_RING_FRAMES - i) % CORE_RING_FRAMES];

                if (frame && frame->number == number)
                        return camera_frame_ref(frame);
        }
        return NULL;
}

/* Of a camera that does not stream: is it time to open it again? */
static bool is_to_open(const struct live_camera *camera, int64_t silence_ns, int64_t limit_ns, int64_t now_boottime_ns)
{
        if (camera->retry)
                return false;
        /* A stall that its backend told: it was given the time to mend itself. */
        if (camera->state == CAMERA_STALLED && camera->opened_boottime_ns < camera->stalled_boottime_ns)
                return silence_ns > limit_ns;
        return silence_ns > REOPEN_NS && now_boottime_ns - camera->opened_boottime_ns > REOPEN_NS;
}

void live_camera_watch(struct live_camera *camera, int64_t now_boottime_ns)
{
        int64_t silence_ns = now_boottime_ns - camera->last_frame_boottime_ns;
        /* Three frames of a slow camera. */
        int64_t limit_ns = (int64_t)(fmax(camera->config->freeze_s, 3.0 / camera->config->rate_hz) * (double)NS_PER_S);

        if (camera->state == CAMERA_STREAMING && silence_ns > limit_ns) {
                become(camera, CAMERA_STALLED, "no frame comes");
                open_anew(camera);
        } else if (camera->state == CAMERA_STALLED && silence_ns <= limit_ns &&
                   camera->last_frame_boottime_ns > camera->stalled_boottime_ns) {
                become(camera, CAMERA_STREAMING, "");
        } else if (camera->state != CAMERA_STREAMING && is_to_open(camera, silence_ns, limit_ns, now_boottime_ns)) {
                if (camera->state == CAMERA_STOPPED)
                        become(camera, CAMERA_STALLED, "it does not answer");
                open_anew(camera);
        }
}

void live_camera_get_status(const struct live_camera *camera, struct status_camera *ret_status)
{
        *ret_status = (struct status_camera){.name = camera->config->name,
                                             .state = camera->state,
                                             .frames = camera->frames,
                                             .dropped = camera->dropped};
        memcpy(ret_status->why, camera->why, sizeof(ret_status->why));
        ret_status->has_stream = live_camera_get_stream(camera, &ret_status->stream) == 0;
}
