/* SPDX-License-Identifier: MIT */
/* What a camera delivers, and how it is to expose. Plain data. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"

/* What a camera streams, as it turned out. */
struct camera_stream {
        unsigned width, height; /* pixels */
        char format[16];        /* as frame_format_text */
        unsigned buffers;       /* frames that the camera has in all, out or not */
        char id[CONFIG_TEXT_SIZE], model[64];
        char clock[16];      /* of its time stamps, as measured (sensor_clock.h); "" not yet, or it needs none */
        int64_t age_mean_ns; /* from time stamp to arrival; 0 unknown */
        /* What it can be told about its exposure; 0 and 0: nothing. */
        int64_t exposure_min_ns, exposure_max_ns;
        double gain_min, gain_max;
};

/* How it is to expose from now on. */
struct camera_exposure {
        bool automatic;      /* the camera's own way; the rest is not used */
        int64_t exposure_ns; /* within the stream's bounds */
        double gain;
};
