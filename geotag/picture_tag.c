/* SPDX-License-Identifier: MIT */
#include "geotag/picture_tag.h"

#include <errno.h>
#include <math.h>
#include <string.h>

static const char *const source_texts[] = {
        [POSITION_NONE] = "none",
        [POSITION_INTERPOLATED] = "interpolated",
        [POSITION_EXTRAPOLATED] = "extrapolated",
        [POSITION_BRIDGED] = "bridged",
};

#define SOURCE_COUNT (sizeof(source_texts) / sizeof(source_texts[0]))

const char *position_source_text(enum position_source source)
{
        return (unsigned)source < SOURCE_COUNT ? source_texts[source] : source_texts[POSITION_NONE];
}

int position_source_from_text(const char *text, enum position_source *ret_source)
{
        for (unsigned i = 0; i < SOURCE_COUNT; i++) {
                if (strcmp(text, source_texts[i]) == 0) {
                        *ret_source = (enum position_source)i;
                        return 0;
                }
        }
        return -EINVAL;
}

unsigned picture_orientation(unsigned rotation_deg)
{
        switch (rotation_deg) {
        case 90:
                return 6;
        case 180:
                return 3;
        case 270:
                return 8;
        default:
                return 1;
        }
}

void picture_tag_clear(struct picture_tag *ret_tag)
{
        *ret_tag = (struct picture_tag){
                .mark = -1,
                .spacing_m = NAN,
                .gain = NAN,
                .sharpness = NAN,
                .brightness = NAN,
                .clipped_share = NAN,
                .latitude_deg = NAN,
                .longitude_deg = NAN,
                .altitude_msl_m = NAN,
                .altitude_hae_m = NAN,
                .speed_mps = NAN,
                .course_deg = NAN,
                .heading_deg = NAN,
                .image_direction_deg = NAN,
                .accuracy_m = NAN,
                .hdop = NAN,
                .travelled_m = NAN,
                .match = {.chainage_m = NAN, .offset_m = NAN, .confidence = NAN},
                .focal_length_mm = NAN,
                .focal_length_35mm = NAN,
        };
}
