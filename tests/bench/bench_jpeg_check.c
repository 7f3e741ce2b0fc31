/* SPDX-License-Identifier: MIT */
/* What it costs to see whether a camera's JPEG is whole: against a copy of it, which it needs anyway, and against a decoder. The pictures
 * are of the size of those of USB cameras: 1280 x 720, 4:2:2. CPU time of this thread, the least of several rounds. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <turbojpeg.h>

#include "geotag/jpeg_check.h"

#define WIDTH 1280
#define HEIGHT 720
#define ROUNDS 15

static void check(int good, const char *what)
{
        if (!good) {
                fprintf(stderr, "bench_jpeg_check: %s\n", what);
                exit(1);
        }
}

static double now_ms(void)
{
        struct timespec now;

        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
        return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

struct jpeg {
        uint8_t *data, *copy, *pixels;
        unsigned long size;
        tjhandle decoder;
};

/* Slopes and edges, and in the lower two thirds grain: that is what bits are spent on. */
static struct jpeg make_jpeg(unsigned grain, int quality)
{
        tjhandle encoder = tjInitCompress();
        struct jpeg jpeg = {.pixels = malloc((size_t)WIDTH * HEIGHT * 3), .decoder = tjInitDecompress()};
        uint32_t random = 1;

        check(encoder && jpeg.decoder && jpeg.pixels, "out of memory");
        for (size_t i = 0; i < (size_t)WIDTH * HEIGHT; i++) {
                size_t x = i % WIDTH, y = i / WIDTH;

                random = random * 1664525 + 1013904223;
                for (size_t c = 0; c < 3; c++)
                        jpeg.pixels[3 * i + c] = (uint8_t)(x / 10 + y / (8 + c) % 64 + (x / 40 + y / 30) % 2 * 30 +
                                                           (y > HEIGHT / 3 ? (random >> 16) * grain >> 16 : 0));
        }
        check(tjCompress2(encoder, jpeg.pixels, WIDTH, 0, HEIGHT, TJPF_RGB, &jpeg.data, &jpeg.size, TJSAMP_422, quality,
                          0) == 0,
              "compression failed");
        jpeg.copy = malloc(jpeg.size);
        check(jpeg.copy != NULL, "out of memory");
        tjDestroy(encoder);
        return jpeg;
}

static void walk(struct jpeg *jpeg)
{
        char problem[JPEG_PROBLEM_SIZE];
        struct jpeg_checked checked;

        check(jpeg_check_frame(jpeg->data, jpeg->size, WIDTH, HEIGHT, &checked, problem) == 0, "a picture was refused");
}

static void copy(struct jpeg *jpeg)
{
        memcpy(jpeg->copy, jpeg->data, jpeg->size);
        __asm__ volatile("" : : "r"(jpeg->copy) : "memory");
}

static void decode(struct jpeg *jpeg)
{
        check(tjDecompress2(jpeg->decoder, jpeg->data, jpeg->size, jpeg->pixels, WIDTH, 0, HEIGHT, TJPF_RGB, 0) == 0,
              "decompression failed");
}

static double least_ms(struct jpeg *jpeg, void (*what)(struct jpeg *jpeg), unsigned times)
{
        double least = HUGE_VAL;

        for (unsigned i = 0; i < ROUNDS; i++) {
                double started = now_ms(), took;

                for (unsigned n = 0; n < times; n++)
                        what(jpeg);
                took = (now_ms() - started) / times;
                least = took < least ? took : least;
        }
        return least;
}

int main(void)
{
        static const struct {
                unsigned grain;
                int quality;
        } pictures[] = {{8, 75}, {20, 85}, {40, 90}};

        for (unsigned i = 0; i < sizeof(pictures) / sizeof(pictures[0]); i++) {
                struct jpeg jpeg = make_jpeg(pictures[i].grain, pictures[i].quality);
                double walk_ms = least_ms(&jpeg, walk, 5), copy_ms = least_ms(&jpeg, copy, 100),
                       decode_ms = least_ms(&jpeg, decode, 3);

                printf("%u x %u of %.0f kB: %.2f ms, %.2f ns a pixel, %.1f ms a MB; %.0f times a copy, %.2f of decoding it\n",
                       WIDTH, HEIGHT, (double)jpeg.size / 1e3, walk_ms, walk_ms * 1e6 / (WIDTH * HEIGHT),
                       walk_ms * 1e6 / (double)jpeg.size, walk_ms / copy_ms, walk_ms / decode_ms);
                tjFree(jpeg.data);
                tjDestroy(jpeg.decoder);
                free(jpeg.copy);
                free(jpeg.pixels);
        }
        return 0;
}
