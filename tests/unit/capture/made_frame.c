/* SPDX-License-Identifier: MIT */
#include "made_frame.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Written apart from what the encoder has: as <linux/videodev2.h> tells the formats. In a row, what follows what. */
static const struct {
        enum frame_format format;
        bool is_420;
        const char *rows[3]; /* of each plane, for two pixels; "YY" */
} formats[] = {
        {FRAME_YUV420, true, {"YY", "U", "V"}}, {FRAME_YUV422, false, {"YY", "U", "V"}},
        {FRAME_NV12, true, {"YY", "UV"}},       {FRAME_NV21, true, {"YY", "VU"}},
        {FRAME_NV16, false, {"YY", "UV"}},      {FRAME_NV61, false, {"YY", "VU"}},
        {FRAME_YUYV, false, {"YUYV"}},          {FRAME_YVYU, false, {"YVYU"}},
        {FRAME_UYVY, false, {"UYVY"}},          {FRAME_VYUY, false, {"VYUY"}},
};

static const char *const *rows_of(enum frame_format format, bool *ret_is_420)
{
        for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
                if (formats[i].format == format) {
                        *ret_is_420 = formats[i].is_420;
                        return formats[i].rows;
                }
        }
        abort();
}

bool made_is_420(enum frame_format format)
{
        bool is_420;

        rows_of(format, &is_420);
        return is_420;
}

unsigned made_width(const struct camera_frame *frame, unsigned component)
{
        return component == 0 ? frame->width : (frame->width + 1) / 2;
}

unsigned made_height(const struct camera_frame *frame, unsigned component)
{
        return component > 0 && made_is_420(frame->format) ? (frame->height + 1) / 2 : frame->height;
}

/* The end of memory that ends with a page nobody may touch; begins with one, too. */
static uint8_t *map_before_guard(size_t size, uint8_t **ret_memory, size_t *ret_size)
{
        size_t page = (size_t)sysconf(_SC_PAGESIZE), whole = (size + page - 1) / page * page;
        uint8_t *memory = mmap(NULL, whole + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        if (memory == MAP_FAILED || mprotect(memory + page, whole, PROT_READ | PROT_WRITE) < 0)
                abort();
        *ret_memory = memory;
        *ret_size = whole + 2 * page;
        return memory + page + whole - size;
}

static void fill_row(const struct camera_frame *frame, const char *row, unsigned y, uint8_t *to, made_sample *sample,
                     void *userdata)
{
        for (unsigned pair = 0; pair < (frame->width + 1) / 2; pair++) {
                unsigned lumas = 0;

                for (const char *at = row; *at; at++) {
                        unsigned component = *at == 'Y' ? 0 : *at == 'U' ? 1 : 2;
                        unsigned x = component == 0 ? 2 * pair + lumas++ : pair;

                        if (x < made_width(frame, component))
                                *to = sample(userdata, component, x, y);
                        else if (strlen(row) == 2)
                                break; /* a plane of luma ends with an odd column */
                        to++;
                }
        }
}

void made_frame_init(enum frame_format format, unsigned width, unsigned height, unsigned more, uint8_t beside,
                     made_sample *sample, void *userdata, struct made_frame *ret_made)
{
        bool is_420;
        const char *const *rows = rows_of(format, &is_420);
        struct camera_frame *frame = &ret_made->frame;

        *ret_made = (struct made_frame){.frame = {.format = format, .width = width, .height = height, .gain = NAN}};
        for (unsigned i = 0; i < 3 && rows[i]; i++) {
                bool is_luma = strcmp(rows[i], "YY") == 0;
                unsigned plane_height = made_height(frame, rows[i][0] == 'Y' || strchr(rows[i], 'Y') ? 0 : 1);
                size_t row_size = is_luma ? width : strlen(rows[i]) * ((width + 1) / 2), stride = row_size + more;
                size_t size = stride * (plane_height - 1) + row_size;
                uint8_t *plane = map_before_guard(size, &ret_made->maps[i].memory, &ret_made->maps[i].size);

                memset(plane, beside, size);
                for (unsigned y = 0; y < plane_height; y++)
                        fill_row(frame, rows[i], y, plane + y * stride, sample, userdata);
                frame->planes[i] = plane;
                frame->strides[i] = (int)stride;
                frame->sizes[i] = size;
                mprotect((void *)((uintptr_t)plane & ~((uintptr_t)sysconf(_SC_PAGESIZE) - 1)),
                         size + ((uintptr_t)plane & ((uintptr_t)sysconf(_SC_PAGESIZE) - 1)), PROT_READ);
        }
        atomic_init(&frame->references, 1);
}

void made_frame_finish(struct made_frame *made)
{
        for (unsigned i = 0; i < 3; i++) {
                if (made->maps[i].memory)
                        munmap(made->maps[i].memory, made->maps[i].size);
        }
        *made = (struct made_frame){0};
}
