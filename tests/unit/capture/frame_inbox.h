/* SPDX-License-Identifier: MIT */
/* What a camera under test delivers, gathered across threads. */
#pragma once

#include <stdbool.h>

#include "capture/camera.h"

#define INBOX_FRAMES 128

struct frame_inbox;

struct frame_inbox *frame_inbox_create(void);
/* Drops the frames that it holds. */
void frame_inbox_destroy(struct frame_inbox *inbox);
struct camera_handlers frame_inbox_handlers(struct frame_inbox *inbox);

/* Blocks until `count` frames came in all; further ones than INBOX_FRAMES are dropped, but counted. */
void frame_inbox_wait(struct frame_inbox *inbox, unsigned count);
/* Blocks until the camera said so. */
void frame_inbox_wait_state(struct frame_inbox *inbox, enum camera_state state);
/* Frame i of those that came, the inbox's reference. */
struct camera_frame *frame_inbox_at(struct frame_inbox *inbox, unsigned i);
unsigned frame_inbox_count(struct frame_inbox *inbox);
/* Drops the frames held now; those that come are held again from index 0. */
void frame_inbox_clear(struct frame_inbox *inbox);
const char *frame_inbox_why(struct frame_inbox *inbox); /* as said with the last state */
