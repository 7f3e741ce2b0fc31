/* SPDX-License-Identifier: MIT */
#include "capture/pattern_picture.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "capture/pattern_font.h"

#define RAMP_PERIOD 256U /* pixels from dark to bright and back */
#define CHECKER_CELL 32U /* pixels */
#define DRIFT 4U         /* pixels a frame */
#define BLACK 0
#define DARK 24
#define BRIGHT 232
#define NEUTRAL 128 /* chroma of gray */
#define LINE_COUNT 3
#define LINE_SIZE 40          /* the longest name and a NUL fit */
#define FRAME_LINE_COLUMNS 22 /* "FRAME 00000001", "BOOT 0000012.345678" */

struct pattern_picture {
        char name[LINE_SIZE];
        unsigned width, height, chroma_width, chroma_height;
        unsigned checker_top; /* first row of the checker; even */
        unsigned text_scale;  /* picture pixels a font pixel */
        uint8_t *ramp;        /* width + RAMP_PERIOD pixels of a triangle wave: any row is a piece of it */
        uint8_t *checker;     /* width + 2 * CHECKER_CELL pixels */
        uint8_t *neutral;     /* chroma_width pixels */
};

static uint8_t wave(unsigned x)
{
        unsigned phase = x % RAMP_PERIOD;
        unsigned rise = phase < RAMP_PERIOD / 2 ? phase : RAMP_PERIOD - 1 - phase;

        return (uint8_t)(DARK + rise * (BRIGHT - DARK) / (RAMP_PERIOD / 2 - 1));
}

/* As large as three lines fit, from a font pixel a picture pixel up; on a tiny picture the text is cut off. */
static unsigned choose_scale(const struct pattern_picture *picture)
{
        size_t name_columns = strlen(picture->name);
        size_t columns = (name_columns > FRAME_LINE_COLUMNS ? name_columns : FRAME_LINE_COLUMNS) + 2;
        size_t by_width = picture->width / (columns * (FONT_WIDTH + 1));
        size_t by_height = picture->height / (2 * (LINE_COUNT + 1) * (FONT_HEIGHT + 2));
        size_t scale = by_width < by_height ? by_width : by_height;

        return scale < 1 ? 1 : (unsigned)scale;
}

int pattern_picture_create(const char *name, unsigned width, unsigned height, struct pattern_picture **ret_picture)
{
        struct pattern_picture *picture = calloc(1, sizeof(*picture));

        if (!picture)
                return -ENOMEM;
        snprintf(picture->name, sizeof(picture->name), "%s", name);
        picture->width = width;
        picture->height = height;
        picture->chroma_width = (width + 1) / 2;
        picture->chroma_height = (height + 1) / 2;
        picture->checker_top = height * 3 / 4 / 2 * 2;
        picture->text_scale = choose_scale(picture);
        picture->ramp = malloc(width + RAMP_PERIOD);
        picture->checker = malloc(width + 2 * CHECKER_CELL);
        picture->neutral = malloc(picture->chroma_width);
        if (!picture->ramp || !picture->checker || !picture->neutral) {
                pattern_picture_destroy(picture);
                return -ENOMEM;
        }
        for (unsigned x = 0; x < width + RAMP_PERIOD; x++)
                picture->ramp[x] = wave(x);
        for (unsigned x = 0; x < width + 2 * CHECKER_CELL; x++)
                picture->checker[x] = x / CHECKER_CELL % 2 ? BRIGHT : DARK;
        memset(picture->neutral, NEUTRAL, picture->chroma_width);
        *ret_picture = picture;
        return 0;
}

void pattern_picture_destroy(struct pattern_picture *picture)
{
        if (!picture)
                return;
        free(picture->ramp);
        free(picture->checker);
        free(picture->neutral);
        free(picture);
}

static void draw_luma(const struct pattern_picture *picture, unsigned drift, uint8_t *plane, size_t stride)
{
        unsigned y = 0;

        for (; y < picture->checker_top; y++)
                memcpy(plane + y * stride, picture->ramp + (drift + y / 2) % RAMP_PERIOD, picture->width);
        for (; y < picture->height; y++) {
                unsigned shift = (drift + y / CHECKER_CELL * CHECKER_CELL) % (2 * CHECKER_CELL);

                memcpy(plane + y * stride, picture->checker + shift, picture->width);
        }
}

/* One plane changes across, the other down; the checker stays gray. */
static void draw_chroma(const struct pattern_picture *picture, unsigned drift, uint8_t *const planes[3],
                        const int strides[3])
{
        unsigned y = 0;

        for (; y < picture->checker_top / 2; y++) {
                memcpy(planes[1] + y * (size_t)strides[1], picture->ramp + drift / 2 % RAMP_PERIOD,
                       picture->chroma_width);
                memset(planes[2] + y * (size_t)strides[2], wave(y + drift / 2), picture->chroma_width);
        }
        for (; y < picture->chroma_height; y++) {
                memcpy(planes[1] + y * (size_t)strides[1], picture->neutral, picture->chroma_width);
                memcpy(planes[2] + y * (size_t)strides[2], picture->neutral, picture->chroma_width);
        }
}

/* What of a plane can be drawn on. */
struct canvas {
        uint8_t *plane;
        size_t stride;
        unsigned width, height;
};

static void fill(const struct canvas *canvas, unsigned left, unsigned top, unsigned width, unsigned height,
                 uint8_t value)
{
        if (left >= canvas->width || top >= canvas->height)
                return;
        if (width > canvas->width - left)
                width = canvas->width - left;
        if (height > canvas->height - top)
                height = canvas->height - top;
        for (unsigned y = top; y < top + height; y++)
                memset(canvas->plane + y * canvas->stride + left, value, width);
}

static void draw_glyph(const struct canvas *canvas, unsigned left, unsigned top, unsigned scale, char c)
{
        const uint8_t *rows = pattern_glyph(c);

        for (unsigned y = 0; y < FONT_HEIGHT; y++) {
                for (unsigned x = 0; x < FONT_WIDTH; x++) {
                        if (rows[y] & 0x10 >> x)
                                fill(canvas, left + x * scale, top + y * scale, scale, scale, BRIGHT);
                }
        }
}

static void draw_text(const struct pattern_picture *picture, char lines[LINE_COUNT][LINE_SIZE],
                      uint8_t *const planes[3], const int strides[3])
{
        const struct canvas luma = {planes[0], (size_t)strides[0], picture->width, picture->height};
        unsigned scale = picture->text_scale, columns = 0;
        unsigned line_height = (FONT_HEIGHT + 2) * scale, column_width = (FONT_WIDTH + 1) * scale;
        unsigned box_width, box_height = (LINE_COUNT * (FONT_HEIGHT + 2) + 2) * scale;

        for (unsigned i = 0; i < LINE_COUNT; i++)
                columns = strlen(lines[i]) > columns ? (unsigned)strlen(lines[i]) : columns;
        box_width = (columns + 1) * column_width;
        fill(&luma, 0, 0, box_width, box_height, BLACK);
        for (unsigned i = 1; i < 3; i++) {
                const struct canvas chroma = {planes[i], (size_t)strides[i], picture->chroma_width,
                                              picture->chroma_height};

                fill(&chroma, 0, 0, (box_width + 1) / 2, (box_height + 1) / 2, NEUTRAL);
        }
        for (unsigned i = 0; i < LINE_COUNT; i++) {
                for (unsigned column = 0; lines[i][column]; column++)
                        draw_glyph(&luma, column_width / 2 + column * column_width, 2 * scale + i * line_height, scale,
                                   lines[i][column]);
        }
}

void pattern_picture_draw(const struct pattern_picture *picture, uint64_t number, int64_t boottime_ns,
                          uint8_t *const planes[3], const int strides[3])
{
        unsigned drift = (unsigned)(number % (RAMP_PERIOD * CHECKER_CELL)) * DRIFT;
        char lines[LINE_COUNT][LINE_SIZE];

        snprintf(lines[0], LINE_SIZE, "%s", picture->name);
        snprintf(lines[1], LINE_SIZE, "FRAME %08" PRIu64, number);
        snprintf(lines[2], LINE_SIZE, "BOOT %07" PRId64 ".%06" PRId64, boottime_ns / NS_PER_S,
                 boottime_ns < 0 ? 0 : boottime_ns % NS_PER_S / NS_PER_US);
        draw_luma(picture, drift, planes[0], (size_t)strides[0]);
        draw_chroma(picture, drift, planes, strides);
        draw_text(picture, lines, planes, strides);
}
