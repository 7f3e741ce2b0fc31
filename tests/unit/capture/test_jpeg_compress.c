/* SPDX-License-Identifier: MIT */
/* The frames lie in memory that may only be read and ends where they end (made_frame.h): a read or write that is not allowed is a crash. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jerror.h>
#include <jpeglib.h>
#include <turbojpeg.h>

#include <cmocka.h>

#include "capture/jpeg_compress.h"
#include "made_frame.h"

static const enum frame_format formats[] = {
        FRAME_YUV420, FRAME_YUV422, FRAME_NV12, FRAME_NV21, FRAME_NV16,
        FRAME_NV61,   FRAME_YUYV,   FRAME_YVYU, FRAME_UYVY, FRAME_VYUY,
};
#define FORMATS (sizeof(formats) / sizeof(formats[0]))

static const unsigned sizes[][2] = {{1, 1},   {2, 2},   {3, 5},   {8, 8},    {9, 7},     {16, 16},  {17, 33},
                                    {33, 17}, {24, 40}, {31, 65}, {130, 66}, {640, 480}, {959, 539}};
#define SIZES (sizeof(sizes) / sizeof(sizes[0]))

static uint8_t some_sample(void *userdata, unsigned component, unsigned x, unsigned y)
{
        return (uint8_t)((x * (component + 3) + y * 5 + ((x >> 3) ^ (y >> 2)) * 11) & 0xff);
}

/* --- what libjpeg is given --- */

/* The linker puts this between capture/jpeg_compress.c and libjpeg. */
static struct {
        const struct camera_frame *frame; /* NULL: not watched */
        unsigned next;                    /* row of luma */
        unsigned in_place[3], elsewhere[3];
        int fail_with; /* once: libjpeg's message */
} watch;

JDIMENSION __real_jpeg_write_raw_data(j_compress_ptr jpeg, JSAMPIMAGE data, JDIMENSION count);
JDIMENSION __wrap_jpeg_write_raw_data(j_compress_ptr jpeg, JSAMPIMAGE data, JDIMENSION count);

static void watch_rows(unsigned component, JSAMPARRAY rows, unsigned first, unsigned count)
{
        const struct camera_frame *frame = watch.frame;

        for (unsigned i = 0; i < count; i++) {
                unsigned last = made_height(frame, component) - 1, row = first + i < last ? first + i : last;
                const uint8_t *own = frame->planes[component] + row * (size_t)frame->strides[component];

                if (frame->planes[component] && rows[i] == own)
                        watch.in_place[component]++;
                else
                        watch.elsewhere[component]++;
        }
}

JDIMENSION __wrap_jpeg_write_raw_data(j_compress_ptr jpeg, JSAMPIMAGE data, JDIMENSION count)
{
        if (watch.fail_with != 0) {
                jpeg->err->msg_code = watch.fail_with;
                watch.fail_with = 0;
                jpeg->err->error_exit((j_common_ptr)jpeg);
        }
        if (watch.frame) {
                unsigned halves = made_is_420(watch.frame->format) ? 2 : 1;

                watch_rows(0, data[0], watch.next, count);
                for (unsigned i = 1; i < 3; i++)
                        watch_rows(i, data[i], watch.next / halves, count / halves);
                watch.next += count;
        }
        return __real_jpeg_write_raw_data(jpeg, data, count);
}

/* --- tools --- */

static struct jpeg_compressor *make_compressor(void)
{
        struct jpeg_compressor *compressor;

        assert_int_equal(jpeg_compressor_create(&compressor), 0);
        return compressor;
}

static uint8_t *compress(struct jpeg_compressor *compressor, const struct camera_frame *frame, int quality,
                         size_t *ret_size)
{
        const uint8_t *jpeg;
        uint8_t *copy;

        assert_int_equal(jpeg_compressor_run(compressor, frame, quality, &jpeg, ret_size), 0);
        copy = malloc(*ret_size);
        assert_non_null(copy);
        memcpy(copy, jpeg, *ret_size);
        return copy;
}

static enum frame_format planar_of(enum frame_format format)
{
        return made_is_420(format) ? FRAME_YUV420 : FRAME_YUV422;
}

/* --- tests --- */

/* What went in comes out, within the rounding of quality 100. */
static void assert_decodes_to(const uint8_t *jpeg, size_t size, const struct camera_frame *frame)
{
        tjhandle handle = tjInitDecompress();
        int width, height, subsampling, colorspace, largest = 0;
        int stride = ((int)frame->width + 1) / 2 * 2, rows = ((int)frame->height + 1) / 2 * 2;
        unsigned char *planes[3];
        int strides[3] = {stride, stride / 2, stride / 2};

        assert_int_equal(tjDecompressHeader3(handle, jpeg, size, &width, &height, &subsampling, &colorspace), 0);
        assert_int_equal(width, frame->width);
        assert_int_equal(height, frame->height);
        assert_int_equal(colorspace, TJCS_YCbCr);
        assert_int_equal(subsampling, made_is_420(frame->format) ? TJSAMP_420 : TJSAMP_422);
        for (int i = 0; i < 3; i++) {
                planes[i] = malloc((size_t)strides[i] * (size_t)rows);
                assert_non_null(planes[i]);
        }
        assert_int_equal(
                tjDecompressToYUVPlanes(handle, jpeg, size, planes, width, strides, height, TJFLAG_ACCURATEDCT), 0);
        for (unsigned i = 0; i < 3; i++) {
                for (unsigned y = 0; y < made_height(frame, i); y++) {
                        for (unsigned x = 0; x < made_width(frame, i); x++) {
                                int difference =
                                        abs(planes[i][y * (unsigned)strides[i] + x] - some_sample(NULL, i, x, y));

                                largest = difference > largest ? difference : largest;
                        }
                }
                free(planes[i]);
        }
        assert_true(largest <= 3);
        tjDestroy(handle);
}

static void every_format_and_size_decodes_to_what_went_in(void **state)
{
        struct jpeg_compressor *compressor = make_compressor();

        for (unsigned i = 0; i < FORMATS; i++) {
                for (unsigned j = 0; j < SIZES; j++) {
                        struct made_frame made;
                        uint8_t *jpeg;
                        size_t size;

                        made_frame_init(formats[i], sizes[j][0], sizes[j][1], j % 3 * 5, 0, some_sample, NULL, &made);
                        jpeg = compress(compressor, &made.frame, 100, &size);
                        assert_decodes_to(jpeg, size, &made.frame);
                        free(jpeg);
                        made_frame_finish(&made);
                }
        }
        jpeg_compressor_destroy(compressor);
}

/* The same picture gives the same bytes whatever the format, the stride, what lies beside it, and what was compressed before. */
static void same_picture_same_bytes(void **state)
{
        struct jpeg_compressor *old = make_compressor();

        for (unsigned j = 0; j < SIZES; j++) {
                for (unsigned i = 0; i < FORMATS; i++) {
                        struct jpeg_compressor *fresh = make_compressor();
                        struct made_frame planar, made;
                        uint8_t *one, *other;
                        size_t one_size, other_size;

                        made_frame_init(planar_of(formats[i]), sizes[j][0], sizes[j][1], 0, 0, some_sample, NULL,
                                        &planar);
                        made_frame_init(formats[i], sizes[j][0], sizes[j][1], 13, 0xa5, some_sample, NULL, &made);
                        one = compress(fresh, &planar.frame, 90, &one_size);
                        other = compress(old, &made.frame, 90, &other_size);
                        assert_int_equal(one_size, other_size);
                        assert_memory_equal(one, other, one_size);
                        free(one);
                        free(other);
                        made_frame_finish(&made);
                        made_frame_finish(&planar);
                        jpeg_compressor_destroy(fresh);
                }
        }
        jpeg_compressor_destroy(old);
}

/* TurboJPEG's, which reads whole pairs of columns and rows: even sizes. */
static void bytes_are_those_of_turbojpeg(void **state)
{
        static const unsigned even[][2] = {{2, 2}, {8, 10}, {18, 34}, {28, 20}, {640, 480}, {1014, 760}, {1016, 762}};
        struct jpeg_compressor *compressor = make_compressor();

        for (unsigned i = 0; i < 2 * sizeof(even) / sizeof(even[0]); i++) {
                static const int qualities[] = {1, 50, 90, 95, 96, 100};
                int subsampling = i % 2 == 0 ? TJSAMP_420 : TJSAMP_422, quality = qualities[i % 6];
                struct made_frame made;
                tjhandle handle = tjInitCompress();
                unsigned char *theirs = NULL;
                unsigned long theirs_size = 0;
                uint8_t *ours;
                size_t size;

                made_frame_init(i % 2 == 0 ? FRAME_YUV420 : FRAME_YUV422, even[i / 2][0], even[i / 2][1], i, 0,
                                some_sample, NULL, &made);
                ours = compress(compressor, &made.frame, quality, &size);
                assert_int_equal(tjCompressFromYUVPlanes(handle, (const unsigned char **)made.frame.planes,
                                                         (int)made.frame.width, made.frame.strides,
                                                         (int)made.frame.height, subsampling, &theirs, &theirs_size,
                                                         quality, TJFLAG_ACCURATEDCT),
                                 0);
                assert_int_equal(size, theirs_size);
                assert_memory_equal(ours, theirs, size);
                free(ours);
                tjFree(theirs);
                tjDestroy(handle);
                made_frame_finish(&made);
        }
        jpeg_compressor_destroy(compressor);
}

/* Without the header of libjpeg's steps, only where its rows are whole blocks. */
static bool can_be_in_place(unsigned width)
{
#ifdef STREETCAP_JPEG_STEPS
        return true;
#else
        return width % DCTSIZE == 0;
#endif
}

static void watch_frame(struct jpeg_compressor *compressor, enum frame_format format, unsigned width, unsigned height)
{
        struct made_frame made;
        const uint8_t *jpeg;
        size_t size;

        made_frame_init(format, width, height, 0, 0, some_sample, NULL, &made);
        memset(&watch, 0, sizeof(watch));
        watch.frame = &made.frame;
        assert_int_equal(jpeg_compressor_run(compressor, &made.frame, 80, &jpeg, &size), 0);
        for (unsigned component = 0; component < 3; component++) {
                bool has_own_plane = format == planar_of(format) || (component == 0 && made.frame.planes[1]);
                unsigned rows = made_height(&made.frame, component);

                if (has_own_plane && can_be_in_place(component == 0 ? width : (width + 1) / 2)) {
                        assert_true(watch.in_place[component] >= rows);
                        assert_int_equal(watch.elsewhere[component], 0);
                } else {
                        assert_int_equal(watch.in_place[component], 0);
                        assert_true(watch.elsewhere[component] >= rows);
                }
        }
        memset(&watch, 0, sizeof(watch));
        made_frame_finish(&made);
}

/* libjpeg reads the camera's own rows: of all planes of planar frames, of the luma of semi-planar ones, at whatever size. */
static void planes_are_read_in_place(void **state)
{
        static const unsigned cameras[][2] = {{4056, 3040}, {4064, 3040}, {2028, 1520}, {1920, 1080}, {1280, 720}};
        struct jpeg_compressor *compressor = make_compressor();

        for (unsigned i = 0; i < sizeof(cameras) / sizeof(cameras[0]); i++) {
                watch_frame(compressor, FRAME_YUV420, cameras[i][0], cameras[i][1]);
                watch_frame(compressor, FRAME_NV12, cameras[i][0], cameras[i][1]);
        }
        for (unsigned i = 0; i < FORMATS; i++) {
                for (unsigned j = 0; j < SIZES; j++)
                        watch_frame(compressor, formats[i], sizes[j][0], sizes[j][1]);
        }
        jpeg_compressor_destroy(compressor);
}

static void assert_refused(struct jpeg_compressor *compressor, const struct camera_frame *frame, int quality)
{
        const uint8_t *jpeg = NULL;
        size_t size = 77;

        assert_int_equal(jpeg_compressor_run(compressor, frame, quality, &jpeg, &size), -EBADMSG);
        assert_null(jpeg);
        assert_int_equal(size, 77);
}

static void planes_that_do_not_hold_the_frame_are_refused(void **state)
{
        struct jpeg_compressor *compressor = make_compressor();

        for (unsigned i = 0; i < FORMATS; i++) {
                struct made_frame made;
                uint8_t *jpeg;
                size_t size;

                made_frame_init(formats[i], 17, 9, 3, 0, some_sample, NULL, &made);
                for (unsigned plane = 0; plane < 3 && made.frame.planes[plane]; plane++) {
                        struct camera_frame wrong = made.frame;

                        wrong.planes[plane] = NULL;
                        assert_refused(compressor, &wrong, 90);
                        wrong = made.frame;
                        wrong.sizes[plane] = 0;
                        assert_refused(compressor, &wrong, 90);
                        wrong = made.frame;
                        wrong.sizes[plane]--;
                        assert_refused(compressor, &wrong, 90);
                        wrong = made.frame;
                        wrong.strides[plane] -= 4; /* a row had 3 bytes more */
                        assert_refused(compressor, &wrong, 90);
                        wrong = made.frame;
                        wrong.strides[plane]++; /* then the last row is too short */
                        assert_refused(compressor, &wrong, 90);
                        wrong.strides[plane] = 0;
                        assert_refused(compressor, &wrong, 90);
                        wrong.strides[plane] = -wrong.strides[plane];
                        assert_refused(compressor, &wrong, 90);
                        wrong.strides[plane] = INT32_MIN;
                        assert_refused(compressor, &wrong, 90);
                        wrong.strides[plane] = INT32_MAX;
                        assert_refused(compressor, &wrong, 90);
                }
                jpeg = compress(compressor, &made.frame, 90, &size);
                free(jpeg);
                made_frame_finish(&made);
        }
        jpeg_compressor_destroy(compressor);
}

static void what_is_no_picture_is_refused(void **state)
{
        struct jpeg_compressor *compressor = make_compressor();
        struct made_frame made;
        struct camera_frame wrong;

        made_frame_init(FRAME_YUV420, 17, 9, 3, 0, some_sample, NULL, &made);
        assert_refused(compressor, &made.frame, 0);
        assert_refused(compressor, &made.frame, 101);
        wrong = made.frame;
        wrong.width = 0;
        assert_refused(compressor, &wrong, 90);
        wrong = made.frame;
        wrong.height = 0;
        assert_refused(compressor, &wrong, 90);
        wrong = made.frame;
        wrong.format = FRAME_JPEG;
        assert_refused(compressor, &wrong, 90);
        wrong = made.frame;
        wrong.format = (enum frame_format)99;
        assert_refused(compressor, &wrong, 90);
        made_frame_finish(&made);
        jpeg_compressor_destroy(compressor);
        jpeg_compressor_destroy(NULL);
}

static void largest_sizes_pass_and_larger_ones_do_not(void **state)
{
        struct jpeg_compressor *compressor = make_compressor();

        for (unsigned i = 0; i < 2; i++) {
                struct made_frame made;
                struct camera_frame wrong;
                uint8_t *jpeg;
                size_t size;

                made_frame_init(FRAME_NV12, i == 0 ? 65500 : 2, i == 0 ? 2 : 65500, 0, 0, some_sample, NULL, &made);
                jpeg = compress(compressor, &made.frame, 100, &size);
                assert_decodes_to(jpeg, size, &made.frame);
                free(jpeg);
                made_frame_finish(&made);
                made_frame_init(FRAME_NV12, i == 0 ? 65501 : 2, i == 0 ? 2 : 65501, 0, 0, some_sample, NULL, &made);
                wrong = made.frame;
                assert_refused(compressor, &wrong, 90);
                made_frame_finish(&made);
        }
        jpeg_compressor_destroy(compressor);
}

/* libjpeg's own handler would exit. */
static void failure_inside_libjpeg_is_an_error_and_leaves_no_trace(void **state)
{
        struct jpeg_compressor *compressor = make_compressor();
        struct made_frame made;
        const uint8_t *jpeg = NULL;
        uint8_t *before, *after;
        size_t before_size, after_size, size;

        made_frame_init(FRAME_NV12, 100, 50, 0, 0, some_sample, NULL, &made);
        before = compress(compressor, &made.frame, 90, &before_size);
        watch.fail_with = JERR_OUT_OF_MEMORY;
        assert_int_equal(jpeg_compressor_run(compressor, &made.frame, 90, &jpeg, &size), -ENOMEM);
        watch.fail_with = JERR_BAD_STATE;
        assert_int_equal(jpeg_compressor_run(compressor, &made.frame, 90, &jpeg, &size), -EBADMSG);
        assert_null(jpeg);
        after = compress(compressor, &made.frame, 90, &after_size);
        assert_int_equal(before_size, after_size);
        assert_memory_equal(before, after, after_size);
        free(before);
        free(after);
        made_frame_finish(&made);
        jpeg_compressor_destroy(compressor);
}

/* --- colours --- */

struct patch {
        int samples[3];
};

static uint8_t patch_sample(void *userdata, unsigned component, unsigned x, unsigned y)
{
        const struct patch *patch = userdata;

        return (uint8_t)patch->samples[component];
}

/* As a camera makes samples of a colour: BT.601-7 and BT.709-6. rgb: 0 to 1. */
static struct patch patch_of(enum frame_range range, enum frame_encoding encoding, const double rgb[3])
{
        double red_share = encoding == FRAME_BT601 ? 0.299 : 0.2126;
        double blue_share = encoding == FRAME_BT601 ? 0.114 : 0.0722;
        double y = red_share * rgb[0] + (1 - red_share - blue_share) * rgb[1] + blue_share * rgb[2];
        double cb = (rgb[2] - y) / (2 * (1 - blue_share)), cr = (rgb[0] - y) / (2 * (1 - red_share));
        bool is_full = range == FRAME_FULL_RANGE;

        return (struct patch){{(int)lround(is_full ? 255 * y : 16 + 219 * y),
                               (int)fmin(lround(128 + (is_full ? 255 : 224) * cb), 255),
                               (int)fmin(lround(128 + (is_full ? 255 : 224) * cr), 255)}};
}

static int farthest_decoded(const uint8_t *jpeg, size_t size, const double rgb[3], unsigned width, unsigned height)
{
        tjhandle handle = tjInitDecompress();
        uint8_t *pixels = malloc((size_t)3 * width * height);
        int farthest = 0;

        assert_non_null(pixels);
        assert_int_equal(
                tjDecompress2(handle, jpeg, size, pixels, (int)width, 0, (int)height, TJPF_RGB, TJFLAG_ACCURATEDCT), 0);
        for (unsigned i = 0; i < 3 * width * height; i++) {
                int difference = abs(pixels[i] - (int)lround(255 * rgb[i % 3]));

                farthest = difference > farthest ? difference : farthest;
        }
        free(pixels);
        tjDestroy(handle);
        return farthest;
}

/* A street's colours, and the corners of what can be shown: as a viewer shows the file, they are those that the camera meant. */
static void colours_come_out_as_the_camera_meant_them(void **state)
{
        struct jpeg_compressor *compressor = make_compressor();
        int farthest = 0;

        for (unsigned kind = 0; kind < 4 * FORMATS; kind++) {
                enum frame_range range = kind % 2 == 0 ? FRAME_FULL_RANGE : FRAME_LIMITED_RANGE;
                enum frame_encoding encoding = kind / 2 % 2 == 0 ? FRAME_BT601 : FRAME_BT709;

                for (unsigned colour = 0; colour < 125; colour++) {
                        unsigned blue = colour / 25, green = colour / 5 % 5, red = colour % 5;
                        double rgb[3] = {red / 4.0, green / 4.0, blue / 4.0};
                        struct patch patch = patch_of(range, encoding, rgb);
                        struct made_frame made;
                        uint8_t *jpeg;
                        size_t size;
                        int far;

                        made_frame_init(formats[kind / 4], 19, 11, 2, 0, patch_sample, &patch, &made);
                        made.frame.range = range;
                        made.frame.encoding = encoding;
                        jpeg = compress(compressor, &made.frame, 100, &size);
                        far = farthest_decoded(jpeg, size, rgb, 19, 11);
                        farthest = far > farthest ? far : farthest;
                        free(jpeg);
                        made_frame_finish(&made);
                }
        }
        printf("farthest colour: %d of 255\n", farthest);
        assert_true(farthest <= 4);
        jpeg_compressor_destroy(compressor);
}

/* Where the picture is no patch: each conversion against that of the planes beforehand, in double precision. */
static uint8_t exact_sample(void *userdata, unsigned component, unsigned x, unsigned y)
{
        const struct camera_frame *frame = userdata;
        unsigned down = made_is_420(frame->format) && component == 0 ? 2 : 1, across = component == 0 ? 2 : 1;
        int cb = some_sample(NULL, 1, x / across, y / down), cr = some_sample(NULL, 2, x / across, y / down);
        bool is_limited = frame->range == FRAME_LIMITED_RANGE, is_709 = frame->encoding == FRAME_BT709;
        double red_share = is_709 ? 0.2126 : 0.299, blue_share = is_709 ? 0.0722 : 0.114, value;
        double blue = (cb - 128) / (is_limited ? 224.0 : 255), red = (cr - 128) / (is_limited ? 224.0 : 255);
        double luma = component > 0 ? 0.5 : some_sample(NULL, 0, x, y) / 255.0;

        if (is_limited && component == 0)
                luma = (some_sample(NULL, 0, x, y) - 16) / 219.0;
        red = luma + 2 * (1 - red_share) * red;
        blue = luma + 2 * (1 - blue_share) * blue;
        value = (luma - red_share * red - blue_share * blue) / (1 - red_share - blue_share); /* green */
        value = 0.299 * red + 0.587 * value + 0.114 * blue;
        if (component == 0)
                value *= 255;
        else
                value = 128 + 255 * (component == 1 ? (blue - value) / 1.772 : (red - value) / 1.402);
        return (uint8_t)fmin(fmax(lround(value), 0), 255);
}

static void conversions_match_planes_converted_beforehand(void **state)
{
        struct jpeg_compressor *compressor = make_compressor();

        for (unsigned i = 0; i < 3 * FORMATS; i++) {
                struct made_frame made, converted;
                int largest = 0;

                made_frame_init(formats[i / 3], 75, 37, 5, 0, some_sample, NULL, &made);
                made.frame.range = i % 3 == 0 ? FRAME_FULL_RANGE : FRAME_LIMITED_RANGE;
                made.frame.encoding = i % 3 == 1 ? FRAME_BT601 : FRAME_BT709;
                made_frame_init(planar_of(formats[i / 3]), 75, 37, 0, 0, exact_sample, &made.frame, &converted);
                for (unsigned pass = 0; pass < 2; pass++) {
                        static uint8_t decoded[2][3 * 75 * 37];
                        tjhandle handle = tjInitDecompress();
                        size_t size;
                        uint8_t *jpeg = compress(compressor, pass == 0 ? &made.frame : &converted.frame, 100, &size);

                        assert_int_equal(tjDecompress2(handle, jpeg, size, decoded[pass], 75, 0, 37, TJPF_RGB,
                                                       TJFLAG_ACCURATEDCT),
                                         0);
                        tjDestroy(handle);
                        free(jpeg);
                        for (unsigned at = 0; pass == 1 && at < sizeof(decoded[0]); at++) {
                                int difference = abs(decoded[0][at] - decoded[1][at]);

                                largest = difference > largest ? difference : largest;
                        }
                }
                assert_true(largest <= 5);
                made_frame_finish(&made);
                made_frame_finish(&converted);
        }
        jpeg_compressor_destroy(compressor);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_format_and_size_decodes_to_what_went_in),
                cmocka_unit_test(same_picture_same_bytes),
                cmocka_unit_test(bytes_are_those_of_turbojpeg),
                cmocka_unit_test(planes_are_read_in_place),
                cmocka_unit_test(planes_that_do_not_hold_the_frame_are_refused),
                cmocka_unit_test(what_is_no_picture_is_refused),
                cmocka_unit_test(largest_sizes_pass_and_larger_ones_do_not),
                cmocka_unit_test(failure_inside_libjpeg_is_an_error_and_leaves_no_trace),
                cmocka_unit_test(colours_come_out_as_the_camera_meant_them),
                cmocka_unit_test(conversions_match_planes_converted_beforehand),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
