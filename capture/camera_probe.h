/* SPDX-License-Identifier: MIT */
/* Tries one camera, for who set it up: opens it as the daemon does, takes frames for a moment and one picture, and closes it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/camera.h"
#include "capture/frame_info.h"

struct camera_probe {
        char problem[192];           /* "" when all is well; else what keeps it from giving a picture */
        bool has_stream;             /* it says what it streams */
        struct camera_stream stream; /* as it was at the end */
        unsigned frames, dropped;
        double rate_hz;          /* NAN: fewer than two frames */
        double age_mean_s;       /* from mid-exposure to delivery; NAN without a frame */
        struct frame_info frame; /* of the picture, and its size as it lies in the file */
        unsigned width, height, rotation_deg;
        uint8_t *jpeg; /* without metadata; free() by the caller; NULL with a problem */
        size_t jpeg_size;
};

/* Takes frames for a second at least, so that its exposure and clock settle, and timeout_s at most. A camera that gives none is
 * a problem told in ret_probe. Blocking. */
void camera_probe_run(const struct config_camera *settings, double timeout_s, struct camera_probe *ret_probe);
