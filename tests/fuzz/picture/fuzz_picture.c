/* SPDX-License-Identifier: MIT */
/* Any bytes as a picture: tagging takes a whole JPEG or refuses it, and what was tagged reads back the same; reading takes what is ours or
 * refuses it. */
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "geotag/picture_metadata.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
        if (!condition)
                abort();
}

static struct picture_tag some_tag(void)
{
        struct picture_tag tag = {.run = "20260512T080000Z",
                                  .camera = "front",
                                  .sequence = 7,
                                  .mark = 3,
                                  .captured_utc_ns = INT64_C(1778572800123000000),
                                  .utc_offset_s = 7200,
                                  .position_source = POSITION_INTERPOLATED,
                                  .latitude_deg = 47.0431,
                                  .longitude_deg = -2.4,
                                  .width = 8,
                                  .height = 8,
                                  .software = "Streetcap",
                                  .street = "Rue <Pasteur> & Cie"};

        tag.altitude_msl_m = tag.altitude_hae_m = tag.speed_mps = tag.course_deg = tag.heading_deg = NAN;
        tag.image_direction_deg = tag.accuracy_m = tag.hdop = tag.gain = NAN;
        tag.focal_length_mm = tag.focal_length_35mm = NAN;
        tag.sharpness = tag.brightness = tag.clipped_share = NAN;
        return tag;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct picture_tag tag = some_tag(), again;
        uint8_t *written;
        size_t written_size;
        int r = picture_read(data, size, &again);

        require(r == 0 || r == -ENODATA || r == -EBADMSG);
        if (r == 0)
                require(memchr(again.run, '\0', sizeof(again.run)) && memchr(again.street, '\0', sizeof(again.street)));
        r = picture_write(&tag, data, size, &written, &written_size);
        require(r == 0 || r == -EBADMSG || r == -E2BIG);
        if (r < 0)
                return 0;
        require(picture_read(written, written_size, &again) == 0);
        require(strcmp(again.street, tag.street) == 0 && again.sequence == 7 &&
                again.captured_utc_ns == tag.captured_utc_ns);
        free(written);
        return 0;
}
