/* SPDX-License-Identifier: MIT */
/* A camera of the daemon: its backend, the ring of its newest frames, its state; opened again with backoff (1 s doubling to 30 s) when it
 * is absent, and at once when it freezes. Main thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "capture/camera.h"
#include "capture/inbox.h"
#include "capture/status.h"

struct live_camera;

struct live_camera_settings {
        sd_event *event;             /* a reference is taken */
        const struct config *config; /* must outlive it */
        unsigned index;              /* of the camera in config, and of its items in the inbox */
        struct inbox *inbox;         /* must outlive it */
        /* Its state is another, or told again. From within create, set_state, watch or the event loop; why: valid during the call, "" when
         * all is well. */
        void (*changed)(void *userdata, unsigned index, enum camera_state state, const char *why);
        void *userdata;
};

/* Opens it. A camera that cannot be opened is no error, but CAMERA_ABSENT. settings: copied. 0 or -ENOMEM. */
int live_camera_create(const struct live_camera_settings *settings, struct live_camera **ret_camera);
/* No frame or state comes into the inbox after it returns; the ring stays. NULL allowed. */
void live_camera_stop(struct live_camera *camera);
void live_camera_destroy(struct live_camera *camera); /* NULL allowed */

/* Puts a frame of the inbox into the ring, the reference with it; the oldest leaves. False: it is of an earlier opening, and is dropped. */
bool live_camera_keep(struct live_camera *camera, unsigned opening, struct camera_frame *frame);
/* What it streams; -EAGAIN: it does not, or does not say. */
int live_camera_get_stream(const struct live_camera *camera, struct camera_stream *ret_stream);
/* The van's speed over ground, NAN unknown: how short it is to expose. */
void live_camera_set_speed(struct live_camera *camera, double speed_mps, int64_t now_boottime_ns);
/* A picture of it was measured (exposure_control.h). */
void live_camera_measured(struct live_camera *camera, int64_t exposure_mid_boottime_ns, int64_t exposure_ns,
                          double gain, double brightness, int64_t now_boottime_ns);
/* A frame of the ring, with a reference for the caller; NULL when it is not there. */
struct camera_frame *live_camera_find(struct live_camera *camera, uint64_t number);

/* A state of the inbox; one of an earlier opening is ignored. why: copied. CAMERA_ABSENT arms the next try, if none is armed;
 * CAMERA_STREAMING disarms it, and is ignored of a camera that stalls: its frames show it. */
void live_camera_set_state(struct live_camera *camera, unsigned opening, enum camera_state state, const char *why);
/* Looks whether the frames still come: CAMERA_STALLED, or CAMERA_STREAMING again. A camera that stalls, by itself or as its backend says, is opened
 * anew once no frame came for `freeze`; each 15 s from then on, as is one that stays quiet and that no timer is to open. */
void live_camera_watch(struct live_camera *camera, int64_t now_boottime_ns);
/* ret_status->name points into the config. */
void live_camera_get_status(const struct live_camera *camera, struct status_camera *ret_status);
