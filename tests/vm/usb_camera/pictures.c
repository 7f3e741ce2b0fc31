/* SPDX-License-Identifier: MIT */
#include "tests/vm/usb_camera/pictures.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>

#include "tests/vm/usb_camera/frame_code.h"
#include "tests/vm/usb_camera/jpeg_scan.h"

#define MAX_WIDTH 1920u
#define MAX_HEIGHT 1080u
/* The pattern repeats after so many frames; the number in the picture does not. */
#define STEPS 256u
#define QUALITY 85
#define DHT 0xc4
#define COM 0xfe

struct pictures {
        bool tables;
        tjhandle encoder;
        unsigned char *jpeg; /* TurboJPEG's */
        unsigned long jpeg_capacity;
        uint8_t *out; /* the frame as it is sent */
        uint8_t *pattern;
        uint8_t *luma, *chroma;
};

/* Slopes with a grain, as a street has: a JPEG of it is neither tiny nor huge. */
static void draw_pattern(uint8_t *pattern)
{
        uint32_t grain = 1;

        for (unsigned y = 0; y < MAX_HEIGHT; y++) {
                for (unsigned x = 0; x < MAX_WIDTH + STEPS; x++) {
                        grain = grain * 1664525u + 1013904223u;
                        *pattern++ = (uint8_t)(40 + ((x + 2 * y) / 8) % 160 + (grain >> 29));
                }
        }
}

int pictures_create(bool tables, struct pictures **ret_pictures)
{
        struct pictures *pictures = calloc(1, sizeof(*pictures));

        if (!pictures)
                return -ENOMEM;
        pictures->tables = tables;
        pictures->encoder = tjInitCompress();
        pictures->jpeg_capacity = tjBufSize(MAX_WIDTH, MAX_HEIGHT, TJSAMP_422);
        pictures->jpeg = tjAlloc((int)pictures->jpeg_capacity);
        pictures->out = malloc(pictures->jpeg_capacity + 64);
        pictures->pattern = malloc((size_t)(MAX_WIDTH + STEPS) * MAX_HEIGHT);
        pictures->luma = malloc((size_t)MAX_WIDTH * MAX_HEIGHT);
        pictures->chroma = malloc((size_t)MAX_WIDTH / 2 * MAX_HEIGHT);
        if (!pictures->encoder || !pictures->jpeg || !pictures->out || !pictures->pattern || !pictures->luma ||
            !pictures->chroma) {
                pictures_destroy(pictures);
                return -ENOMEM;
        }
        draw_pattern(pictures->pattern);
        memset(pictures->chroma, 128, (size_t)MAX_WIDTH / 2 * MAX_HEIGHT);
        *ret_pictures = pictures;
        return 0;
}

void pictures_destroy(struct pictures *pictures)
{
        if (!pictures)
                return;
        if (pictures->encoder)
                tjDestroy(pictures->encoder);
        tjFree(pictures->jpeg);
        free(pictures->out);
        free(pictures->pattern);
        free(pictures->luma);
        free(pictures->chroma);
        free(pictures);
}

static void draw_luma(struct pictures *pictures, unsigned width, unsigned height, uint32_t number)
{
        for (unsigned y = 0; y < height; y++)
                memcpy(pictures->luma + (size_t)y * width,
                       pictures->pattern + (size_t)y * (MAX_WIDTH + STEPS) + number * 8 % STEPS, width);
        frame_code_write(pictures->luma, width, width, 1, number);
}

/* What TurboJPEG wrote, with a comment, and without its tables if the camera has none. Returns the size. */
static size_t copy_jpeg(struct pictures *pictures, size_t size, uint32_t number)
{
        struct jpeg_segment segment;
        size_t offset = 0, used = 6;
        int length = sprintf((char *)pictures->out + used, "frame %u", number);

        memcpy(pictures->out, (uint8_t[]){0xff, 0xd8, 0xff, COM, 0, (uint8_t)(length + 2)}, used);
        used += (size_t)length;
        while (jpeg_next_segment(pictures->jpeg, size, &offset, &segment) > 0) {
                if (segment.marker == DHT && !pictures->tables)
                        continue;
                memcpy(pictures->out + used, pictures->jpeg + segment.offset, segment.size);
                used += segment.size;
        }
        memcpy(pictures->out + used, pictures->jpeg + offset, size - offset);
        return used + size - offset;
}

const uint8_t *pictures_jpeg(struct pictures *pictures, unsigned width, unsigned height, uint32_t number,
                             size_t *ret_size)
{
        const unsigned char *planes[3] = {pictures->luma, pictures->chroma, pictures->chroma};
        int strides[3] = {(int)width, (int)width / 2, (int)width / 2};
        unsigned long size = pictures->jpeg_capacity;

        draw_luma(pictures, width, height, number);
        if (tjCompressFromYUVPlanes(pictures->encoder, planes, (int)width, strides, (int)height, TJSAMP_422,
                                    &pictures->jpeg, &size, QUALITY, TJFLAG_NOREALLOC) < 0)
                return NULL;
        *ret_size = copy_jpeg(pictures, size, number);
        return pictures->out;
}

const uint8_t *pictures_yuyv(struct pictures *pictures, unsigned width, unsigned height, uint32_t number,
                             size_t *ret_size)
{
        size_t pixels = (size_t)width * height;

        draw_luma(pictures, width, height, number);
        for (size_t i = 0; i < pixels; i++) {
                pictures->out[2 * i] = pictures->luma[i];
                pictures->out[2 * i + 1] = 128;
        }
        *ret_size = 2 * pixels;
        return pictures->out;
}
