/* SPDX-License-Identifier: MIT */
#include "geotag/gap.h"

const char *gap_reason_text(enum gap_reason reason)
{
        static const char *const texts[] = {
                [GAP_NO_FIX] = "no fix",
                [GAP_POSITION_JUMP] = "position jump",
                [GAP_NO_FRAME] = "no frame near enough",
                [GAP_CAMERA_STALLED] = "camera stalled",
                [GAP_ENCODER_OVERRUN] = "encoder overrun",
                [GAP_ENCODE_FAILED] = "encoding failed",
                [GAP_BROKEN_FRAME] = "broken frame",
                [GAP_STORE_OVERRUN] = "disk too slow",
                [GAP_STORE_FAILED] = "disk error",
                [GAP_NO_POSITION] = "no position",
                [GAP_CREPT] = "crept",
                [GAP_TIME_STEP] = "time stepped",
        };

        return (unsigned)reason < GAP_REASON_COUNT ? texts[reason] : "unknown";
}
