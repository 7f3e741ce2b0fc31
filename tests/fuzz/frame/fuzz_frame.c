/* SPDX-License-Identifier: MIT */
/* Any bytes as what a camera delivers: a JPEG, or planes of a size and format that the first bytes say and the rest need not hold. Its quality
 * is measured, or said not to be known, and the same each time. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "capture/frame_quality.h"

#define HEAD 4

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int is_share(double value)
{
        return isnan(value) || (value >= 0 && value <= 1);
}

static int is_same(double a, double b)
{
        return a == b || (isnan(a) && isnan(b));
}

static void measure_twice(const struct camera_frame *frame)
{
        static struct frame_meter meter; /* goes from frame to frame, as a worker's does */
        struct picture_quality quality, again;

        frame_quality_measure(&meter, frame, &quality);
        if (!is_share(quality.sharpness) || !is_share(quality.brightness) || !is_share(quality.clipped_share))
                abort();
        frame_quality_measure(&meter, frame, &again);
        if (!is_same(quality.sharpness, again.sharpness) || !is_same(quality.brightness, again.brightness) ||
            !is_same(quality.clipped_share, again.clipped_share))
                abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct camera_frame frame = {.format = FRAME_JPEG, .planes = {data}, .sizes = {size}};

        measure_twice(&frame);
        if (size < HEAD)
                return 0;
        frame = (struct camera_frame){.format = (enum frame_format)(data[0] % FRAME_JPEG),
                                      .range = data[0] & 0x80 ? FRAME_LIMITED_RANGE : FRAME_FULL_RANGE,
                                      .width = data[1],
                                      .height = data[2],
                                      .planes = {data + HEAD},
                                      .strides = {data[3]},
                                      .sizes = {size - HEAD}};
        measure_twice(&frame);
        return 0;
}
