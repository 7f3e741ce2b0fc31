/* SPDX-License-Identifier: MIT */
/* A gap: where frames were due and are missing, and why. Plain data, pure. */
#pragma once

#include <stdint.h>

#include "geotag/picture_tag.h"

enum gap_reason {
        GAP_NO_FIX,        /* the receiver gave no usable fix */
        GAP_POSITION_JUMP, /* its position jumped */
        GAP_NO_FRAME, /* the camera had no frame near enough to the mark: too slow for speed and spacing, or one was dropped */
        GAP_CAMERA_STALLED,  /* the camera delivered nothing */
        GAP_ENCODER_OVERRUN, /* the encoder's queue was full */
        GAP_ENCODE_FAILED,
        GAP_BROKEN_FRAME,  /* the camera's frame was not whole, as when its cable lost some of it */
        GAP_STORE_OVERRUN, /* the disk did not keep up */
        GAP_STORE_FAILED,
        GAP_NO_POSITION, /* a frame was taken, but no position could be given to it */
        GAP_CREPT,       /* the van went too slowly to be told from one that stands */
        GAP_TIME_STEP,   /* GNSS time stepped so far that the run had to end */
        GAP_REASON_COUNT,
};

/* "no fix", "position jump", "no frame near enough", "camera stalled", "encoder overrun", "encoding failed",
 * "broken frame", "disk too slow", "disk error", "no position", "crept", "time stepped"; "unknown" outside the range. */
const char *gap_reason_text(enum gap_reason reason);

struct gap {
        char run[40];
        char camera[32];
        uint64_t number; /* of the gap in the run, from 1: a later one with the same number replaces it */
        enum gap_reason reason;
        int64_t from_utc_ns, to_utc_ns;
        double metres;                     /* of travel without a frame that was due */
        uint64_t marks;                    /* frames that were due */
        struct map_match from, to;         /* where it begins and ends; on_road false when not known */
        char source_id[PICTURE_TEXT_SIZE]; /* of `from`; "" off-road */
};
