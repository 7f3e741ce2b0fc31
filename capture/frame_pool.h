/* SPDX-License-Identifier: MIT */
/* A bounded number of frames that a camera lends out, their memory reused. Frames may outlive the camera: the pool
 * stays until the last one is back. Thread-safe; nothing blocks. */
#pragma once

#include <stdbool.h>

#include "capture/camera.h"

struct frame_pool;

enum frame_limit {
        FRAME_WITHIN_LIMIT, /* none when `limit` frames are out: a live camera drops one */
        FRAME_BEYOND_LIMIT, /* as many as are asked for: a replay drops none */
};

/* limit: frames that may be out at once, at least 1. Their memory is taken when first needed. 0 or -ENOMEM. */
int frame_pool_create(unsigned limit, struct frame_pool **ret_pool);
/* Frames that are out stay valid. NULL allowed. */
void frame_pool_destroy(struct frame_pool *pool);

/* A YUV 4:2:0 frame with one reference, its pixels undefined; *ret_planes are the same planes to draw on. NULL: none
 * is free, or no memory. */
struct camera_frame *frame_pool_take_yuv420(struct frame_pool *pool, enum frame_limit limit, unsigned width,
                                            unsigned height, uint8_t *ret_planes[static 3]);
/* A frame that holds a JPEG; takes `jpeg` over (free) on success. NULL: as above, jpeg is still the caller's. */
struct camera_frame *frame_pool_take_jpeg(struct frame_pool *pool, enum frame_limit limit, uint8_t *jpeg, size_t size,
                                          unsigned width, unsigned height);
