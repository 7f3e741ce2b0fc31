/* SPDX-License-Identifier: MIT */
/* How a camera on a moving van is to expose: by itself, as long as it keeps under the exposure that the blur allowed in the picture leaves at the
 * present speed; else with that exposure at most, and as much gain as the pictures' brightness needs, up to a limit. Pure. The caller tells it speeds,
 * frames and pictures, and passes on what it wants of the camera. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "capture/camera_stream.h"
#include "config/config.h"

/* Mean brightness, 0 to 1, that pictures are exposed for: what a grey card of 18 % is in sRGB (IEC 61966-2-1). */
#define EXPOSURE_BRIGHTNESS 0.46

/* The longest exposure in which nothing still, at the kerb's distance or beyond, moves more than the blur allowed anywhere in the picture. INT64_MAX: any.
 * speed_mps: over ground, 0 and above; below EXPOSURE_SLOW_MPS any will do. width: of the picture, pixels.
 *
 * A point beside the way at lateral distance D, seen at the angle p from the direction of travel, turns by v sin(p)^2 / D radians a second. A
 * lens that keeps straight lines straight shows it at f tan(a), a from its axis, f = width / (2 tan(field of view / 2)) pixels, so it moves by f / cos(a)^2
 * times that. The fastest point between the picture's edges counts. */
#define EXPOSURE_SLOW_MPS 0.5
int64_t exposure_limit_ns(const struct config_camera *settings, unsigned width, double speed_mps);

struct exposure_control {
        const struct config_camera *settings;
        struct camera_stream stream;
        bool can_expose, limited;
        int64_t limit_ns;           /* at the present speed */
        int64_t exposure_ns;        /* of the newest frame; 0 unknown */
        double gain;                /* likewise; NAN unknown */
        struct camera_exposure set; /* what the camera was told last */
        int64_t set_boottime_ns;    /* and when; 0: nothing yet */
        int64_t easy_since_ns;      /* limited, it has needed less than the limit since then; 0: it does not */
};

/* settings: must outlive it. */
void exposure_control_init(struct exposure_control *control, const struct config_camera *settings);
/* The camera began, or began anew: it exposes by itself. */
void exposure_control_start(struct exposure_control *control, const struct camera_stream *stream);
/* A frame of it. */
void exposure_control_frame(struct exposure_control *control, int64_t exposure_ns, double gain);
/* A picture of it was measured. brightness: 0 to 1, NAN unknown; the rest is of its frame. True: ret_exposure is wanted. */
bool exposure_control_picture(struct exposure_control *control, int64_t exposure_mid_boottime_ns, int64_t exposure_ns,
                              double gain, double brightness, int64_t now_boottime_ns,
                              struct camera_exposure *ret_exposure);
/* The speed now, NAN unknown. True: ret_exposure is wanted. */
bool exposure_control_speed(struct exposure_control *control, double speed_mps, int64_t now_boottime_ns,
                            struct camera_exposure *ret_exposure);
