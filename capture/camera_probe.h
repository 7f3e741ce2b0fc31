/* SPDX-License-Identifier: MIT */
/* Tries cameras, for who set them up: opens them as the daemon does, takes frames for a moment and one picture of each, and closes them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/camera.h"
#include "capture/frame_info.h"

struct camera_probe {
        char problem[192];           /* "" when all is well; else what keeps it from giving pictures */
        bool has_stream;             /* it says what it streams */
        struct camera_stream stream; /* as it was at the end */
        unsigned frames, dropped;
        unsigned checked, broken; /* frames of which a picture was made, and those of which none could be */
        double rate_hz;           /* of the frames that came; NAN: fewer than two */
        double age_mean_s;        /* from mid-exposure to delivery; NAN without a frame */
        struct frame_info frame;  /* of the picture, and its size as it lies in the file */
        unsigned width, height, rotation_deg;
        uint8_t *jpeg; /* without metadata; free() by the caller; NULL with a problem */
        size_t jpeg_size;
};

/* Those of config's cameras that are wanted, all at the same time: what they share, such as a USB bus, or one camera that two sections name, is
 * tried as well. Takes frames of each for a second at least, so that exposure and clock settle, and for timeout_s at most. A camera that gives
 * none, stops giving them, or gives broken ones only is a problem told in its ret_probes. Those that are not wanted are left alone: no
 * problem and no picture. Blocking. */
void camera_probe_run(const struct config *config, const bool wanted[static CONFIG_MAX_CAMERAS], double timeout_s,
                      struct camera_probe ret_probes[static CONFIG_MAX_CAMERAS]);
