/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>

#include <cmocka.h>

#include "capture/frame_quality.h"
#include "tests/unit/capture/street.h"

static struct picture_quality measure(const struct camera_frame *frame)
{
        struct frame_meter meter = {0};
        struct picture_quality quality;

        frame_quality_measure(&meter, frame, &quality);
        frame_meter_finish(&meter);
        return quality;
}

static void assert_near(double value, double wanted, double tolerance)
{
        if (!(fabs(value - wanted) <= tolerance))
                fail_msg("%g, wanted %g within %g", value, wanted, tolerance);
}

static void assert_unknown(const struct picture_quality *quality)
{
        assert_true(isnan(quality->sharpness) && isnan(quality->brightness) && isnan(quality->clipped_share));
}

static struct camera_frame planar(const uint8_t *luma)
{
        return (struct camera_frame){.format = FRAME_YUV420,
                                     .width = STREET_WIDTH,
                                     .height = STREET_HEIGHT,
                                     .planes = {luma},
                                     .strides = {STREET_WIDTH},
                                     .sizes = {(size_t)STREET_WIDTH * STREET_HEIGHT}};
}

/* Luma at `first` of each two bytes; chroma is junk. The caller frees. */
static uint8_t *packed(const uint8_t *luma, unsigned first)
{
        uint8_t *data = malloc((size_t)2 * STREET_WIDTH * STREET_HEIGHT);

        assert_non_null(data);
        for (size_t i = 0; i < (size_t)STREET_WIDTH * STREET_HEIGHT; i++) {
                data[2 * i + first] = luma[i];
                data[2 * i + 1 - first] = (uint8_t)(i * 37);
        }
        return data;
}

static void test_each_format(void **state)
{
        static const enum frame_format one[] = {FRAME_YUV420, FRAME_YUV422, FRAME_NV12,
                                                FRAME_NV21,   FRAME_NV16,   FRAME_NV61};
        static const struct {
                enum frame_format format;
                unsigned first;
        } two[] = {{FRAME_YUYV, 0}, {FRAME_YVYU, 0}, {FRAME_UYVY, 1}, {FRAME_VYUY, 1}};
        uint8_t *street = street_make();
        struct camera_frame frame = planar(street);
        struct picture_quality wanted = measure(&frame), quality;

        assert_true(wanted.sharpness > 0.1 && wanted.brightness > 0.3);
        for (size_t i = 0; i < sizeof(one) / sizeof(one[0]); i++) {
                frame.format = one[i];
                quality = measure(&frame);
                assert_memory_equal(&quality, &wanted, sizeof(wanted));
        }
        for (size_t i = 0; i < sizeof(two) / sizeof(two[0]); i++) {
                uint8_t *data = packed(street, two[i].first);

                frame.format = two[i].format;
                frame.planes[0] = data;
                frame.strides[0] = 2 * STREET_WIDTH;
                frame.sizes[0] = (size_t)2 * STREET_WIDTH * STREET_HEIGHT;
                quality = measure(&frame);
                assert_memory_equal(&quality, &wanted, sizeof(wanted));
                free(data);
        }
        free(street);
}

static void test_range(void **state)
{
        uint8_t *street = street_make();
        struct camera_frame frame = planar(street);
        double full = measure(&frame).brightness;

        frame.range = FRAME_LIMITED_RANGE;
        assert_near(measure(&frame).brightness, (full * 255 - 16) / 219, 0.001);
        free(street);
}

/* --- JPEG --- */

struct jpeg {
        unsigned char *data;
        unsigned long size;
};

static struct jpeg compress(const uint8_t *grey, unsigned width, unsigned height, int flags)
{
        tjhandle handle = tjInitCompress();
        struct jpeg jpeg = {0};

        assert_int_equal(tjCompress2(handle, grey, (int)width, (int)width, (int)height, TJPF_GRAY, &jpeg.data,
                                     &jpeg.size, TJSAMP_GRAY, 90, flags),
                         0);
        tjDestroy(handle);
        return jpeg;
}

static struct camera_frame frame_of(const struct jpeg *jpeg)
{
        return (struct camera_frame){.format = FRAME_JPEG, .planes = {jpeg->data}, .sizes = {jpeg->size}};
}

/* The decoder halves by its own transform, not by means: a little sharper. */
static void test_jpeg_as_the_planes(void **state)
{
        uint8_t *street = street_make(), *doubled = street_doubled(street);
        uint8_t *blurred = street_blurred(street, 3);
        struct camera_frame plain = planar(street), frame;
        struct picture_quality wanted = measure(&plain), quality;
        struct jpeg jpegs[] = {compress(street, STREET_WIDTH, STREET_HEIGHT, 0),
                               compress(street, STREET_WIDTH, STREET_HEIGHT, TJFLAG_PROGRESSIVE),
                               compress(doubled, 2 * STREET_WIDTH, 2 * STREET_HEIGHT, 0)};
        struct jpeg bad = compress(blurred, STREET_WIDTH, STREET_HEIGHT, 0);

        for (size_t i = 0; i < sizeof(jpegs) / sizeof(jpegs[0]); i++) {
                frame = frame_of(&jpegs[i]);
                quality = measure(&frame);
                assert_near(quality.brightness, wanted.brightness, 0.003);
                assert_near(quality.sharpness, wanted.sharpness, 0.2 * wanted.sharpness);
                tjFree(jpegs[i].data);
        }
        frame = frame_of(&bad);
        assert_true(measure(&frame).sharpness < 0.05);
        tjFree(bad.data);
        free(street);
        free(doubled);
        free(blurred);
}

/* Whatever its size, it is decoded to about what picture_quality would reduce it to; the meter is used again and again. */
static void test_jpegs_of_all_sizes(void **state)
{
        static const unsigned sides[][2] = {{1, 1},    {8, 3000}, {479, 480},   {959, 1}, {960, 959},
                                            {1920, 2}, {3839, 5}, {3840, 2160}, {17, 11}, {65500, 9}};
        struct frame_meter meter = {0};

        for (size_t i = 0; i < sizeof(sides) / sizeof(sides[0]); i++) {
                unsigned width = sides[i][0], height = sides[i][1];
                uint8_t *grey = malloc((size_t)width * height);
                struct picture_quality quality;
                struct camera_frame frame;
                struct jpeg jpeg;

                assert_non_null(grey);
                memset(grey, 200, (size_t)width * height);
                jpeg = compress(grey, width, height, 0);
                frame = frame_of(&jpeg);
                frame_quality_measure(&meter, &frame, &quality);
                assert_near(quality.brightness, 200 / 255.0, 0.01);
                assert_true(quality.clipped_share == 0);
                tjFree(jpeg.data);
                free(grey);
        }
        assert_true(meter.memory_size < 1 << 20);
        frame_meter_finish(&meter);
}

/* --- what cannot be read --- */

static void test_planes_that_are_not_there(void **state)
{
        uint8_t *street = street_make();
        const struct camera_frame whole = planar(street);
        struct camera_frame broken[7];
        struct picture_quality quality;

        for (size_t i = 0; i < 7; i++)
                broken[i] = whole;
        broken[0].planes[0] = NULL;
        broken[1].sizes[0]--;
        broken[2].strides[0] = STREET_WIDTH - 1;
        broken[3].strides[0] = -STREET_WIDTH;
        broken[4].width = 0;
        broken[5].height = 65536;
        broken[6].format = FRAME_UYVY; /* takes twice the bytes */
        for (size_t i = 0; i < 7; i++) {
                quality = measure(&broken[i]);
                assert_unknown(&quality);
        }
        free(street);
}

static void test_broken_jpegs(void **state)
{
        uint8_t *street = street_make();
        struct jpeg jpeg = compress(street, STREET_WIDTH, STREET_HEIGHT, 0);
        struct camera_frame frame = frame_of(&jpeg);
        struct picture_quality quality;

        frame.sizes[0] = 0;
        quality = measure(&frame);
        assert_unknown(&quality);
        frame.sizes[0] = 100;
        quality = measure(&frame);
        assert_unknown(&quality);
        frame.sizes[0] = jpeg.size;
        frame.planes[0] = street; /* no JPEG */
        quality = measure(&frame);
        assert_unknown(&quality);
        /* Cut off, as a warning tells: what is there is measured, and the same each time. */
        frame = frame_of(&jpeg);
        frame.sizes[0] = jpeg.size * 9 / 10;
        quality = measure(&frame);
        assert_near(quality.brightness, 0.45, 0.2);
        assert_true(quality.sharpness == measure(&frame).sharpness);
        tjFree(jpeg.data);
        free(street);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_each_format),        cmocka_unit_test(test_range),
                cmocka_unit_test(test_jpeg_as_the_planes), cmocka_unit_test(test_jpegs_of_all_sizes),
                cmocka_unit_test(test_broken_jpegs),       cmocka_unit_test(test_planes_that_are_not_there),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
