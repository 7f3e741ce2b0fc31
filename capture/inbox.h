/* SPDX-License-Identifier: MIT */
/* Where the cameras' threads put frames and changes of state for the main thread. Bounded: what does not fit is dropped, and shows as a
 * hole in the frames' numbers. */
#pragma once

#include <stdbool.h>

#include "capture/camera.h"

struct inbox;

struct inbox_item {
        unsigned camera;
        struct camera_frame *frame; /* the receiver's reference; NULL: a change of state */
        enum camera_state state;
        char why[128];
};

int inbox_create(struct inbox **ret_inbox);
void inbox_destroy(struct inbox *inbox); /* NULL allowed; drops what is in it */

/* Any thread; never blocks. Takes the frame's reference over, whatever happens. */
void inbox_put_frame(struct inbox *inbox, unsigned camera, struct camera_frame *frame);
void inbox_put_state(struct inbox *inbox, unsigned camera, enum camera_state state, const char *why);

int inbox_fd(const struct inbox *inbox); /* readable (an eventfd) when there may be more */
bool inbox_take(struct inbox *inbox, struct inbox_item *ret_item);
