/* SPDX-License-Identifier: MIT */
#include "capture/frame_quality.h"

#include <stdlib.h>
#include <turbojpeg.h>

#define SIDE_MAX UINT16_MAX
#define PIXELS_MAX 200000000 /* of a JPEG, as the size of a camera has it: some bytes may say that they are billions */

/* At least that much; NULL: there is none. */
static void *reserve(struct frame_meter *meter, size_t size)
{
        if (meter->memory_size < size) {
                free(meter->memory);
                meter->memory = malloc(size);
                meter->memory_size = meter->memory ? size : 0;
        }
        return meter->memory;
}

/* The luma of planes; false unless all of it is there. */
static bool find_luma(const struct camera_frame *frame, struct picture_luma *ret_luma)
{
        bool packed = frame->format >= FRAME_YUYV && frame->format <= FRAME_VYUY;
        size_t first = frame->format == FRAME_UYVY || frame->format == FRAME_VYUY;
        size_t step = packed ? 2 : 1, row;

        if (!frame->planes[0] || frame->width < 1 || frame->height < 1 || frame->width > SIDE_MAX ||
            frame->height > SIDE_MAX)
                return false;
        row = first + step * (frame->width - 1) + 1;
        if (frame->strides[0] < 0 || (size_t)frame->strides[0] < row ||
            frame->sizes[0] < (size_t)frame->strides[0] * (frame->height - 1) + row)
                return false;
        *ret_luma = (struct picture_luma){.data = frame->planes[0] + first,
                                          .stride = (size_t)frame->strides[0],
                                          .pixel_step = (unsigned)step,
                                          .width = frame->width,
                                          .height = frame->height,
                                          .limited_range = frame->range == FRAME_LIMITED_RANGE};
        return true;
}

/* Eighths: for each number of them libjpeg has its own, short transform in whole numbers, the same on every machine. */
static int jpeg_eighths(int width, int height)
{
        int longer = width > height ? width : height;
        int eighths = (8 * PICTURE_QUALITY_CELLS + longer / 2) / longer;

        return eighths < 1 ? 1 : eighths > 8 ? 8 : eighths;
}

/* The luma goes behind what measuring it takes of the memory. */
static bool decode_luma(struct frame_meter *meter, const struct camera_frame *frame, struct picture_luma *ret_luma)
{
        int width = 0, height = 0, subsampling, colours;
        tjscalingfactor scale = {8, 8};
        uint8_t *data;
        size_t scratch;

        if (!frame->planes[0] || frame->sizes[0] == 0)
                return false;
        if (!meter->decoder)
                meter->decoder = tjInitDecompress();
        if (!meter->decoder || tjDecompressHeader3(meter->decoder, frame->planes[0], frame->sizes[0], &width, &height,
                                                   &subsampling, &colours) < 0)
                return false;
        if (width < 1 || height < 1 || width > SIDE_MAX || height > SIDE_MAX || (int64_t)width * height > PIXELS_MAX)
                return false;
        scale.num = jpeg_eighths(width, height);
        width = TJSCALED(width, scale);
        height = TJSCALED(height, scale);
        *ret_luma = (struct picture_luma){
                .stride = (size_t)width, .pixel_step = 1, .width = (unsigned)width, .height = (unsigned)height};
        scratch = picture_quality_scratch_size(ret_luma);
        data = reserve(meter, scratch + (size_t)width * (size_t)height);
        if (!data)
                return false;
        ret_luma->data = data + scratch;
        /* The accurate DCT: the default changed from one TurboJPEG to the next. A warning is what some cameras give for every frame. */
        return tjDecompress2(meter->decoder, frame->planes[0], frame->sizes[0], data + scratch, width, width, height,
                             TJPF_GRAY, TJFLAG_ACCURATEDCT | TJFLAG_LIMITSCANS) == 0 ||
               tjGetErrorCode(meter->decoder) == TJERR_WARNING;
}

void frame_quality_measure(struct frame_meter *meter, const struct camera_frame *frame,
                           struct picture_quality *ret_quality)
{
        struct picture_luma luma;
        void *scratch = NULL;
        bool found;

        found = frame->format == FRAME_JPEG ? decode_luma(meter, frame, &luma) : find_luma(frame, &luma);
        if (found)
                scratch = reserve(meter, picture_quality_scratch_size(&luma)); /* for a JPEG it is there already */
        if (scratch)
                picture_quality_measure(&luma, scratch, ret_quality);
        else
                picture_quality_clear(ret_quality);
}

void frame_meter_finish(struct frame_meter *meter)
{
        if (meter->decoder)
                tjDestroy(meter->decoder);
        free(meter->memory);
        *meter = (struct frame_meter){0};
}
