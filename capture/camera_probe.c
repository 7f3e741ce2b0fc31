/* SPDX-License-Identifier: MIT */
#include "capture/camera_probe.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "capture/encoder.h"

#define SETTLE_NS (1 * NS_PER_S)
#define FRAMES_MIN 10
/* More than a camera has out; the thread that waits takes them at once. */
#define PENDING_MAX 128

struct session;

struct probe {
        struct session *session;
        const struct config_camera *settings;
        const struct camera_backend *backend;
        struct camera *camera; /* NULL: not wanted, or it does not start */
        const char *problem;   /* why it does not; NULL: it does */

        /* Guarded by the session's mutex, for the camera's thread. */
        struct camera_frame *pending[PENDING_MAX];
        unsigned pending_count;
        unsigned frames, dropped;
        uint64_t last_number;
        int64_t first_arrival_ns, last_arrival_ns;
        double ages_s;
        enum camera_state state;
        char why[128];

        struct camera_frame *newest; /* of those taken from pending; NULL when a picture was made of it */
        struct camera_probe *told;
};

struct session {
        pthread_mutex_t mutex;
        pthread_cond_t changed;
        unsigned changes; /* frames and states that came */
        struct probe probes[CONFIG_MAX_CAMERAS];
};

/* --- on the cameras' threads --- */

static void wake(struct session *session)
{
        session->changes++;
        pthread_cond_signal(&session->changed);
}

static void count(struct probe *probe, const struct camera_frame *frame, int64_t now_ns)
{
        if (probe->last_number > 0 && frame->number > probe->last_number + 1)
                probe->dropped += (unsigned)(frame->number - probe->last_number - 1);
        probe->last_number = frame->number;
        if (probe->frames++ == 0)
                probe->first_arrival_ns = now_ns;
        probe->last_arrival_ns = now_ns;
        probe->ages_s += (double)(now_ns - frame->exposure_mid_boottime_ns) / (double)NS_PER_S;
}

static void on_frame(void *userdata, struct camera_frame *frame)
{
        struct probe *probe = userdata;
        bool fits;

        pthread_mutex_lock(&probe->session->mutex);
        count(probe, frame, clock_boottime_ns());
        fits = probe->pending_count < PENDING_MAX;
        if (fits)
                probe->pending[probe->pending_count++] = frame;
        wake(probe->session);
        pthread_mutex_unlock(&probe->session->mutex);
        if (!fits)
                camera_frame_unref(frame);
}

static void on_state(void *userdata, enum camera_state state, const char *why)
{
        struct probe *probe = userdata;

        pthread_mutex_lock(&probe->session->mutex);
        probe->state = state;
        snprintf(probe->why, sizeof(probe->why), "%s", why);
        wake(probe->session);
        pthread_mutex_unlock(&probe->session->mutex);
}

/* --- waiting; with the mutex held --- */

static bool is_done(const struct probe *probe)
{
        return !probe->camera || probe->state == CAMERA_ABSENT ||
               (probe->frames >= FRAMES_MIN && probe->last_arrival_ns - probe->first_arrival_ns >= SETTLE_NS);
}

/* The newest picture that is none stays away: the one before it serves. */
static void take_picture(struct probe *probe)
{
        const struct camera_frame *frame = probe->newest;
        struct camera_probe *told = probe->told;
        uint8_t *jpeg;
        size_t jpeg_size;

        if (!frame)
                return;
        told->checked++;
        if (encode_frame(frame, probe->settings->quality, &jpeg, &jpeg_size) == 0) {
                free(told->jpeg);
                told->jpeg = jpeg;
                told->jpeg_size = jpeg_size;
                told->frame = (struct frame_info){.number = frame->number,
                                                  .exposure_mid_boottime_ns = frame->exposure_mid_boottime_ns,
                                                  .exposure_ns = frame->exposure_ns,
                                                  .gain = frame->gain,
                                                  .ring_frames = frame->ring_frames};
                told->width = frame->width;
                told->height = frame->height;
                told->rotation_deg = frame->rotation_deg;
        } else {
                told->broken++;
        }
        probe->newest = camera_frame_unref(probe->newest);
}

/* Keeps the newest; the others go back to the camera, not from within its own call. */
static void take_pending(struct probe *probe)
{
        struct camera_frame *taken[PENDING_MAX];
        unsigned taken_count = probe->pending_count;

        if (taken_count == 0)
                return;
        memcpy(taken, probe->pending, taken_count * sizeof(taken[0]));
        probe->pending_count = 0;
        pthread_mutex_unlock(&probe->session->mutex);
        camera_frame_unref(probe->newest);
        for (unsigned i = 0; i + 1 < taken_count; i++)
                camera_frame_unref(taken[i]);
        probe->newest = taken[taken_count - 1];
        /* What a camera compressed itself may be broken now and then: a bad cable. */
        if (probe->newest->format == FRAME_JPEG)
                take_picture(probe);
        pthread_mutex_lock(&probe->session->mutex);
}

static bool take_all_pending(struct session *session)
{
        bool done = true;

        for (unsigned i = 0; i < CONFIG_MAX_CAMERAS; i++) {
                take_pending(&session->probes[i]);
                done = done && is_done(&session->probes[i]);
        }
        return done;
}

/* Until there is enough to say of each, or the time is over. */
static void wait_for_frames(struct session *session, double timeout_s)
{
        int64_t end_ns = clock_monotonic_ns() + (int64_t)(timeout_s * (double)NS_PER_S);
        struct timespec end = {.tv_sec = end_ns / NS_PER_S, .tv_nsec = end_ns % NS_PER_S};
        int r = 0;

        pthread_mutex_lock(&session->mutex);
        while (r == 0 && clock_monotonic_ns() < end_ns) {
                unsigned seen = session->changes;

                if (take_all_pending(session))
                        break;
                while (r == 0 && session->changes == seen)
                        r = pthread_cond_timedwait(&session->changed, &session->mutex, &end);
        }
        pthread_mutex_unlock(&session->mutex);
}

/* --- open, close, tell --- */

static void open_camera(struct probe *probe, unsigned frame_limit)
{
        struct camera_handlers handlers = {.frame = on_frame, .state = on_state, .userdata = probe};
        const char *problem = "not built into this Streetcap";
        int r = -ENOTSUP;

        probe->backend = camera_backend_find(probe->settings->backend);
        if (probe->backend)
                r = probe->backend->create(probe->settings, frame_limit, &handlers, &probe->camera, &problem);
        if (r == 0) {
                problem = "it does not start";
                r = probe->backend->start(probe->camera);
        }
        if (r == 0)
                return;
        probe->problem = problem;
        if (probe->camera) {
                probe->backend->stop(probe->camera);
                probe->backend->destroy(probe->camera);
        }
        probe->camera = NULL;
}

/* A camera that gave frames and gives none any more hangs, by the rule of live_camera_watch. */
static bool is_silent(const struct probe *probe, int64_t now_ns)
{
        double limit_s = fmax(probe->settings->freeze_s, 3.0 / probe->settings->rate_hz);

        return (double)(now_ns - probe->last_arrival_ns) > limit_s * (double)NS_PER_S;
}

/* "" when nothing is wrong with it. */
static void find_problem(const struct probe *probe, double timeout_s, int64_t now_ns, char *problem, size_t size)
{
        const char *why = probe->why[0] ? ": " : "";

        if (probe->problem)
                snprintf(problem, size, "%s", probe->problem);
        else if (probe->state == CAMERA_ABSENT)
                snprintf(problem, size, "%s", probe->why);
        else if (probe->frames == 0)
                snprintf(problem, size, "no frame came in %g s%s%s", timeout_s, why, probe->why);
        else if (is_silent(probe, now_ns))
                snprintf(problem, size, "no frame comes any more after the first %u%s%s", probe->frames, why,
                         probe->why);
        else if (!probe->told->jpeg)
                snprintf(problem, size, "its frames are broken: none of %u makes a picture", probe->told->checked);
}

/* The camera is stopped: nothing changes any more. */
static void tell(struct probe *probe, double timeout_s, int64_t now_ns)
{
        struct camera_probe *told = probe->told;

        told->frames = probe->frames;
        told->dropped = probe->dropped;
        if (probe->frames > 0)
                told->age_mean_s = probe->ages_s / probe->frames;
        if (probe->frames >= 2 && probe->last_arrival_ns > probe->first_arrival_ns)
                told->rate_hz = (probe->frames - 1) * (double)NS_PER_S /
                                (double)(probe->last_arrival_ns - probe->first_arrival_ns);
        take_picture(probe);
        find_problem(probe, timeout_s, now_ns, told->problem, sizeof(told->problem));
        if (!told->problem[0])
                return;
        free(told->jpeg);
        told->jpeg = NULL;
}

static void close_camera(struct probe *probe, double timeout_s)
{
        int64_t now_ns = clock_boottime_ns();

        if (probe->camera) {
                probe->told->has_stream = probe->backend->get_stream &&
                                          probe->backend->get_stream(probe->camera, &probe->told->stream) == 0;
                probe->backend->stop(probe->camera);
        }
        pthread_mutex_lock(&probe->session->mutex);
        take_pending(probe);
        pthread_mutex_unlock(&probe->session->mutex);
        tell(probe, timeout_s, now_ns);
        if (probe->camera)
                probe->backend->destroy(probe->camera);
}

static void session_init(struct session *session)
{
        pthread_condattr_t attributes;

        *session = (struct session){.mutex = PTHREAD_MUTEX_INITIALIZER};
        pthread_condattr_init(&attributes);
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
        pthread_cond_init(&session->changed, &attributes);
        pthread_condattr_destroy(&attributes);
}

void camera_probe_run(const struct config *config, const bool wanted[static CONFIG_MAX_CAMERAS], double timeout_s,
                      struct camera_probe ret_probes[static CONFIG_MAX_CAMERAS])
{
        struct session session;

        session_init(&session);
        for (unsigned i = 0; i < CONFIG_MAX_CAMERAS; i++)
                ret_probes[i] = (struct camera_probe){.rate_hz = NAN, .age_mean_s = NAN, .frame.gain = NAN};
        for (unsigned i = 0; i < config->camera_count; i++) {
                struct probe *probe = &session.probes[i];

                probe->session = &session;
                probe->settings = &config->cameras[i];
                probe->told = &ret_probes[i];
                if (wanted[i])
                        open_camera(probe, camera_frame_limit(config));
        }
        wait_for_frames(&session, timeout_s);
        for (unsigned i = 0; i < config->camera_count; i++) {
                if (wanted[i])
                        close_camera(&session.probes[i], timeout_s);
        }
        pthread_cond_destroy(&session.changed);
        pthread_mutex_destroy(&session.mutex);
}
