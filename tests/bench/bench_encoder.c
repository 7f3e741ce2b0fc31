/* SPDX-License-Identifier: MIT */
/* usage: bench_encoder [ROUNDS [SIZE]]
 * What our way to libjpeg (capture/jpeg_compress.c) costs against TurboJPEG's tjCompressFromYUVPlanes, which calls the same libjpeg, on the same
 * picture with the same quality and DCT. By turns, in the processor time of the thread, so that what else the machine does falls on
 * both; of each the least time of the rounds is told. TurboJPEG gets the planes of 4:2:0 or 4:2:2 that it needs also where the frame is
 * of another format: taking apart and converting are on our side only. The last column is what our side gave for the same colours: "same" bytes,
 * or other ones (converted). Nothing is asserted of time. SIZE, as 4056x3040, is then the only one: for profilers. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <turbojpeg.h>

#include "capture/jpeg_compress.h"
#include "capture/pattern_picture.h"

#include "../unit/capture/made_frame.h"

#define QUALITY 90
#define ROUNDS 15

static const unsigned sizes[][2] = {{4056, 3040}, {4064, 3040}, {2028, 1520}, {1920, 1080}, {1280, 720}, {1919, 1079}};

static const struct {
        enum frame_format format;
        enum frame_range range;
        enum frame_encoding encoding;
} kinds[] = {
        {FRAME_YUV420, FRAME_FULL_RANGE, FRAME_BT601},    {FRAME_NV12, FRAME_FULL_RANGE, FRAME_BT601},
        {FRAME_YUV422, FRAME_FULL_RANGE, FRAME_BT601},    {FRAME_NV16, FRAME_FULL_RANGE, FRAME_BT601},
        {FRAME_YUYV, FRAME_FULL_RANGE, FRAME_BT601},      {FRAME_UYVY, FRAME_FULL_RANGE, FRAME_BT601},
        {FRAME_YUV420, FRAME_LIMITED_RANGE, FRAME_BT601}, {FRAME_YUV420, FRAME_LIMITED_RANGE, FRAME_BT709},
        {FRAME_YUYV, FRAME_LIMITED_RANGE, FRAME_BT601},
};

static void require(bool is_so, const char *what)
{
        if (!is_so) {
                fprintf(stderr, "bench_encoder: %s\n", what);
                exit(1);
        }
}

static double thread_seconds(void)
{
        struct timespec now;

        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
        return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* --- pictures --- */

struct drawn {
        unsigned width, height;
        uint8_t *planes[3];
        int strides[3];
};

static void draw(unsigned width, unsigned height, struct drawn *ret_drawn)
{
        struct pattern_picture *picture;

        *ret_drawn = (struct drawn){.width = width, .height = height};
        for (unsigned i = 0; i < 3; i++) {
                ret_drawn->strides[i] = (int)(i == 0 ? width : (width + 1) / 2);
                ret_drawn->planes[i] = malloc((size_t)ret_drawn->strides[i] * height);
                require(ret_drawn->planes[i], "no memory");
        }
        require(pattern_picture_create("front", width, height, &picture) == 0, "no pattern");
        pattern_picture_draw(picture, 1, 0, ret_drawn->planes, ret_drawn->strides);
        pattern_picture_destroy(picture);
}

/* With noise, so that the files are about as long as those of streets. Beyond the picture its edge is repeated. */
static uint8_t drawn_sample(void *userdata, unsigned component, unsigned x, unsigned y)
{
        const struct drawn *drawn = userdata;
        unsigned halved = component > 0 ? 2 : 1;
        unsigned columns = (drawn->width + halved - 1) / halved, rows = (drawn->height + halved - 1) / halved;
        unsigned column = x < columns ? x : columns - 1, row = component > 0 ? y % rows : y < rows ? y : rows - 1;
        uint32_t noise = (column * 0x9e3779b1u) ^ (row * 0x85ebca6bu) ^ (component << 7);
        int value = drawn->planes[component][row * (size_t)drawn->strides[component] + column];

        noise = (noise ^ noise >> 15) * 0x2c1b3c6du;
        value += (int)(noise >> 28) - 8;
        return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

/* --- both ways --- */

struct turbo {
        tjhandle handle;
        unsigned char *buffer;
        unsigned long room, size;
};

static void run_turbo(struct turbo *turbo, const struct camera_frame *frame)
{
        const unsigned char *planes[3] = {frame->planes[0], frame->planes[1], frame->planes[2]};

        turbo->size = turbo->room;
        require(tjCompressFromYUVPlanes(turbo->handle, planes, (int)frame->width, frame->strides, (int)frame->height,
                                        made_is_420(frame->format) ? TJSAMP_420 : TJSAMP_422, &turbo->buffer,
                                        &turbo->size, QUALITY, TJFLAG_NOREALLOC | TJFLAG_ACCURATEDCT) == 0,
                tjGetErrorStr2(turbo->handle));
}

static void compare(const struct drawn *drawn, unsigned kind, unsigned rounds)
{
        struct made_frame ours, planar;
        struct jpeg_compressor *compressor;
        struct turbo turbo = {.handle = tjInitCompress()};
        double ours_s = INFINITY, turbo_s = INFINITY;
        const uint8_t *jpeg = NULL;
        size_t size = 0;
        char size_text[24], colours[24];

        /* TurboJPEG reads an even number of columns and rows, ours what is there. */
        made_frame_init(kinds[kind].format, drawn->width, drawn->height, 0, 0, drawn_sample, (void *)drawn, &ours);
        made_frame_init(made_is_420(kinds[kind].format) ? FRAME_YUV420 : FRAME_YUV422, (drawn->width + 1) / 2 * 2,
                        (drawn->height + 1) / 2 * 2, 0, 0, drawn_sample, (void *)drawn, &planar);
        planar.frame.width = drawn->width;
        planar.frame.height = drawn->height;
        ours.frame.range = kinds[kind].range;
        ours.frame.encoding = kinds[kind].encoding;
        turbo.room = tjBufSize((int)drawn->width, (int)drawn->height, TJSAMP_422);
        turbo.buffer = malloc(turbo.room);
        require(turbo.buffer && jpeg_compressor_create(&compressor) == 0, "no memory");
        for (unsigned i = 0; i <= rounds; i++) {
                double begin_s = thread_seconds(), middle_s;

                run_turbo(&turbo, &planar.frame);
                middle_s = thread_seconds();
                require(jpeg_compressor_run(compressor, &ours.frame, QUALITY, &jpeg, &size) == 0, "refused");
                if (i == 0)
                        continue; /* warms up */
                ours_s = fmin(ours_s, thread_seconds() - middle_s);
                turbo_s = fmin(turbo_s, middle_s - begin_s);
        }
        snprintf(size_text, sizeof(size_text), "%ux%u", drawn->width, drawn->height);
        snprintf(colours, sizeof(colours), "%s %s", kinds[kind].range == FRAME_FULL_RANGE ? "full" : "limited",
                 kinds[kind].encoding == FRAME_BT601 ? "601" : "709");
        printf("%-10s %-7s %-12s %8zu %10.2f %10.2f %8.3f  %s\n", size_text, frame_format_text(kinds[kind].format),
               colours, size / 1000, turbo_s * 1e3, ours_s * 1e3, ours_s / turbo_s,
               size == turbo.size && memcmp(jpeg, turbo.buffer, size) == 0 ? "same" : "other");
        fflush(stdout);
        jpeg_compressor_destroy(compressor);
        tjDestroy(turbo.handle);
        free(turbo.buffer);
        made_frame_finish(&ours);
        made_frame_finish(&planar);
}

int main(int argc, char **argv)
{
        unsigned rounds = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : ROUNDS, width = 0, height = 0;

        if (argc > 3 || rounds == 0 || (argc == 3 && sscanf(argv[2], "%ux%u", &width, &height) != 2)) {
                fputs("usage: bench_encoder [ROUNDS [SIZE]]\n", stderr);
                return 2;
        }
        printf("%-10s %-7s %-12s %8s %10s %10s %8s  %s\n", "size", "format", "colours", "kB", "TurboJPEG", "ours, ms",
               "ratio", "bytes");
        for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
                struct drawn drawn;

                if (width > 0 && (sizes[i][0] != width || sizes[i][1] != height))
                        continue;
                draw(sizes[i][0], sizes[i][1], &drawn);
                for (unsigned kind = 0; kind < sizeof(kinds) / sizeof(kinds[0]); kind++)
                        compare(&drawn, kind, rounds);
                for (unsigned plane = 0; plane < 3; plane++)
                        free(drawn.planes[plane]);
        }
        return 0;
}
