/* SPDX-License-Identifier: MIT */
/* What the core and a run's events need to know of a frame: all but its pixels. Plain data. Pure. */
#pragma once

#include <stdint.h>

struct frame_info {
        uint64_t number; /* since the camera started, from 1; a hole is a dropped frame */
        int64_t exposure_mid_boottime_ns;
        int64_t exposure_ns; /* 0 unknown */
        double gain;         /* NAN unknown */
        unsigned
                ring_frames; /* of the camera's newest frames, this one among them, so many are kept; 0: CORE_RING_FRAMES */
};
