/* SPDX-License-Identifier: MIT */
/* The quality of a camera's frame, whatever its format: the luma of its planes as it lies there; of a JPEG its luma decoded at as many
 * eighths of its size as come nearest to what picture_quality reduces to, which takes little more than reading its codes. */
#pragma once

#include "capture/camera.h"
#include "capture/picture_quality.h"

/* What one thread reuses from frame to frame; zeroed at first. */
struct frame_meter {
        void *decoder; /* TurboJPEG's */
        void *memory;
        size_t memory_size;
};

/* Of a frame that cannot be read all is unknown (NAN): that costs no picture. */
void frame_quality_measure(struct frame_meter *meter, const struct camera_frame *frame,
                           struct picture_quality *ret_quality);
void frame_meter_finish(struct frame_meter *meter);
