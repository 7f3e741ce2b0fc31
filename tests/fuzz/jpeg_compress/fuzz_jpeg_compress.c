/* SPDX-License-Identifier: MIT */
/* Any size, stride, format and length of planes: a frame is compressed into a JPEG of its size, or refused, and nothing beyond its planes is
 * touched. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "capture/jpeg_compress.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SIDE_MAX 70 /* pixels: some groups of 16 rows, and their ends */

/* The bytes that begin an input. */
enum { FORMAT, COLOURS, WIDTH, HEIGHT, QUALITY, STRIDES, MISSING = STRIDES + 3, PIXELS = MISSING + 3 };

static void require(bool is_so)
{
        if (!is_so)
                abort();
}

/* Of just the size told, so that what is read beyond shows. */
static uint8_t *make_plane(const uint8_t *data, size_t size, size_t plane_size)
{
        uint8_t *plane = malloc(plane_size > 0 ? plane_size : 1);

        require(plane != NULL);
        for (size_t i = 0; i < plane_size; i++)
                plane[i] = size > PIXELS ? data[PIXELS + i % (size - PIXELS)] : (uint8_t)(i * 31);
        return plane;
}

/* The size that its frame header says. */
static bool is_jpeg_of(const uint8_t *jpeg, size_t size, unsigned width, unsigned height)
{
        if (size < 4 || memcmp(jpeg, "\xff\xd8\xff", 3) != 0 || memcmp(jpeg + size - 2, "\xff\xd9", 2) != 0)
                return false;
        for (size_t at = 2; at + 9 < size && jpeg[at] == 0xff; at += 2 + jpeg[at + 2] * 256u + jpeg[at + 3]) {
                if (jpeg[at + 1] == 0xc0)
                        return jpeg[at + 5] * 256u + jpeg[at + 6] == height &&
                               jpeg[at + 7] * 256u + jpeg[at + 8] == width;
        }
        return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static struct jpeg_compressor *compressor; /* the same for all, as a worker has it */
        struct camera_frame frame = {0};
        uint8_t *planes[3];
        const uint8_t *jpeg;
        size_t jpeg_size;
        int r;

        if (size < PIXELS)
                return 0;
        require(compressor || jpeg_compressor_create(&compressor) == 0);
        frame.format = data[FORMAT] % (FRAME_JPEG + 1);
        frame.range = data[COLOURS] & 1 ? FRAME_LIMITED_RANGE : FRAME_FULL_RANGE;
        frame.encoding = data[COLOURS] & 2 ? FRAME_BT709 : FRAME_BT601;
        frame.width = data[WIDTH] % SIDE_MAX;
        frame.height = data[HEIGHT] % SIDE_MAX;
        for (unsigned i = 0; i < 3; i++) {
                size_t whole, missing = data[MISSING + i] < 128 ? 0 : data[MISSING + i] - 128u;

                frame.strides[i] = (int8_t)data[STRIDES + i] + (int)frame.width;
                whole = (size_t)abs(frame.strides[i]) * frame.height;
                frame.sizes[i] = whole > missing ? whole - missing : 0;
                planes[i] = make_plane(data, size, frame.sizes[i]);
                frame.planes[i] = planes[i];
        }
        r = jpeg_compressor_run(compressor, &frame, data[QUALITY], &jpeg, &jpeg_size);
        require(r == 0 || r == -EBADMSG);
        if (r == 0)
                require(is_jpeg_of(jpeg, jpeg_size, frame.width, frame.height));
        for (unsigned i = 0; i < 3; i++)
                free(planes[i]);
        return 0;
}
