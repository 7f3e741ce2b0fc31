/* SPDX-License-Identifier: MIT */
#include "capture/camera.h"

struct camera_frame *camera_frame_ref(struct camera_frame *frame)
{
        atomic_fetch_add_explicit(&frame->references, 1, memory_order_relaxed);
        return frame;
}

struct camera_frame *camera_frame_unref(struct camera_frame *frame)
{
        /* Whoever drops the last one sees all that the others did with the pixels. */
        if (frame && atomic_fetch_sub_explicit(&frame->references, 1, memory_order_acq_rel) == 1)
                frame->release(frame);
        return NULL;
}
