/* SPDX-License-Identifier: MIT */
/* usage: bench_quality
 * What it costs to measure a picture's quality (capture/frame_quality.h), against the compression of the same frame: of planes as they
 * come, and of a JPEG, which has no compression of its own but takes decoding. CPU time of one thread, the middle one of rounds in turn. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "capture/encoder.h"
#include "capture/frame_pool.h"
#include "capture/frame_quality.h"
#include "capture/pattern_picture.h"

#define QUALITY 90
#define ROUNDS 15
#define NOISE 12 /* levels from end to end, as a sensor has: an even picture would be compressed too fast */

static void check(int result, const char *what)
{
        if (result < 0) {
                fprintf(stderr, "bench_quality: %s: %s\n", what, strerror(-result));
                exit(1);
        }
}

static struct camera_frame *make_frame(struct frame_pool *pool, unsigned width, unsigned height)
{
        struct pattern_picture *picture;
        struct camera_frame *frame;
        uint8_t *planes[3];
        uint32_t seed = 1;

        check(pattern_picture_create("front", width, height, &picture), "pattern");
        frame = frame_pool_take_yuv420(pool, FRAME_WITHIN_LIMIT, width, height, planes);
        check(frame ? 0 : -ENOMEM, "a frame");
        pattern_picture_draw(picture, 1, 0, planes, frame->strides);
        pattern_picture_destroy(picture);
        for (size_t i = 0; i < frame->sizes[0]; i++) {
                unsigned level;

                seed = seed * 1664525U + 1013904223U;
                level = planes[0][i] + (seed >> 16) % NOISE;
                planes[0][i] = (uint8_t)(level < 255 ? level : 255);
        }
        return frame;
}

static double thread_ms(void)
{
        struct timespec now;

        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
        return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static int compare(const void *a, const void *b)
{
        double left = *(const double *)a, right = *(const double *)b;

        return (left > right) - (left < right);
}

static double middle(double *times)
{
        qsort(times, ROUNDS, sizeof(times[0]), compare);
        return times[ROUNDS / 2];
}

static double time_measure(struct frame_meter *meter, const struct camera_frame *frame)
{
        struct picture_quality quality;
        double start_ms = thread_ms();

        frame_quality_measure(meter, frame, &quality);
        check(quality.brightness > 0 ? 0 : -EBADMSG, "measuring");
        return thread_ms() - start_ms;
}

static void run(unsigned width, unsigned height)
{
        double encode[ROUNDS], planes[ROUNDS], jpeg[ROUNDS], encode_ms, planes_ms, jpeg_ms;
        struct frame_meter meter = {0};
        struct camera_frame *frame, compressed = {.format = FRAME_JPEG};
        struct frame_pool *pool;

        check(frame_pool_create(1, &pool), "frames");
        frame = make_frame(pool, width, height);
        for (unsigned i = 0; i < ROUNDS; i++) {
                double start_ms = thread_ms();
                uint8_t *data;
                size_t size;

                check(encode_frame(frame, QUALITY, &data, &size), "encoder");
                encode[i] = thread_ms() - start_ms;
                planes[i] = time_measure(&meter, frame);
                compressed.planes[0] = data;
                compressed.sizes[0] = size;
                jpeg[i] = time_measure(&meter, &compressed);
                free(data);
        }
        encode_ms = middle(encode);
        planes_ms = middle(planes);
        jpeg_ms = middle(jpeg);
        printf("%4u x %4u  encode %7.2f ms  measure planes %6.2f ms, %5.1f %%  measure JPEG (%4.1f bits a pixel) %6.2f ms, %5.1f %%\n",
               width, height, encode_ms, planes_ms, 100 * planes_ms / encode_ms,
               8.0 * (double)compressed.sizes[0] / (double)width / (double)height, jpeg_ms, 100 * jpeg_ms / encode_ms);
        frame_meter_finish(&meter);
        camera_frame_unref(frame);
        frame_pool_destroy(pool);
}

int main(void)
{
        run(1280, 720);
        run(1920, 1080);
        run(4056, 3040);
        return 0;
}
