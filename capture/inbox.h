/* SPDX-License-Identifier: MIT */
/* Where the cameras' threads put frames and changes of state for the main thread. Frames are bounded: one that does not fit is dropped, and
 * shows as a hole in their numbers. A state is never dropped: each camera has a place for one, and a newer one takes the place of what waits
 * there.
 *
 * What comes out is in the order in which it was put, of all cameras. A state that took another's place comes out where it was put itself,
 * after the frames between the two. */
#pragma once

#include <stdbool.h>

#include "capture/camera.h"

struct inbox;

struct inbox_item {
        unsigned camera;
        unsigned opening;           /* of that camera, as it was put */
        struct camera_frame *frame; /* the receiver's reference; NULL: a change of state */
        enum camera_state state;
        char why[128];
};

/* 0, -ENOMEM, or the negative errno of eventfd(2). */
int inbox_create(struct inbox **ret_inbox);
/* No thread may use it any more; drops what is in it. NULL allowed. */
void inbox_destroy(struct inbox *inbox);

/* Any thread; waits for nobody but another put or take. camera: below CONFIG_MAX_CAMERAS. opening: by it the receiver knows what is of an
 * opening that was closed since. Takes the frame's reference over, whatever happens. */
void inbox_put_frame(struct inbox *inbox, unsigned camera, unsigned opening, struct camera_frame *frame);
/* Likewise. why: copied, cut to its size in the item. */
void inbox_put_state(struct inbox *inbox, unsigned camera, unsigned opening, enum camera_state state, const char *why);

int inbox_fd(const struct inbox *inbox); /* readable (an eventfd) when there may be more */
/* One thread. False: nothing is in it. Take until then: the fd tells only of what is put from now on. */
bool inbox_take(struct inbox *inbox, struct inbox_item *ret_item);
