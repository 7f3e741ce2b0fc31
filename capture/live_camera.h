/* SPDX-License-Identifier: MIT */
/* A camera of the daemon: its backend, the ring of its newest frames, its state; opened again with backoff (1 s doubling to 30 s) when it
 * is absent. Main thread. */
#pragma once

#include <stdint.h>
#include <systemd/sd-event.h>

#include "capture/camera.h"
#include "capture/inbox.h"
#include "capture/status.h"

struct live_camera;

/* Starts it; a camera that is absent is no error. settings and inbox must outlive it. */
int live_camera_create(sd_event *event, const struct config_camera *settings, unsigned index, struct inbox *inbox,
                       struct live_camera **ret_camera);
/* No frame or state comes into the inbox after it returns; the ring stays. NULL allowed. */
void live_camera_stop(struct live_camera *camera);
void live_camera_destroy(struct live_camera *camera); /* NULL allowed */

/* Puts a frame into the ring, the reference with it; the oldest leaves. */
void live_camera_keep(struct live_camera *camera, struct camera_frame *frame);
/* A frame of the ring, with a reference for the caller; NULL when it is not there. */
struct camera_frame *live_camera_find(struct live_camera *camera, uint64_t number);

void live_camera_set_state(struct live_camera *camera, enum camera_state state, const char *why);
/* Looks whether the frames still come; puts CAMERA_STALLED, or CAMERA_STREAMING again, into the inbox. */
void live_camera_watch(struct live_camera *camera, int64_t now_boottime_ns);
void live_camera_get_status(const struct live_camera *camera, struct status_camera *ret_status);
