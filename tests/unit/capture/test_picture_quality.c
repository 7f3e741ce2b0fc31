/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "capture/picture_quality.h"
#include "tests/unit/capture/street.h"

/* The limits that are shipped. */
#define IN_FOCUS 0.07
#define BLURRED 0.05

/* With scratch memory of just the size that was asked for, filled with junk. */
static struct picture_quality measure(const struct picture_luma *luma)
{
        struct picture_quality quality;
        size_t size = picture_quality_scratch_size(luma);
        void *scratch = malloc(size);

        assert_non_null(scratch);
        memset(scratch, 0xa5, size);
        picture_quality_measure(luma, scratch, &quality);
        free(scratch);
        return quality;
}

static struct picture_quality measure_plane(const uint8_t *data, unsigned width, unsigned height)
{
        return measure(&(struct picture_luma){
                .data = data, .stride = width, .pixel_step = 1, .width = width, .height = height});
}

static struct picture_quality measure_street(const uint8_t *street)
{
        return measure_plane(street, STREET_WIDTH, STREET_HEIGHT);
}

/* All of one level, in memory of just its size. */
static struct picture_quality measure_plain(unsigned width, unsigned height, uint8_t level, bool limited)
{
        uint8_t *data = malloc((size_t)width * height);
        struct picture_quality quality;

        assert_non_null(data);
        memset(data, level, (size_t)width * height);
        quality = measure(&(struct picture_luma){.data = data,
                                                 .stride = width,
                                                 .pixel_step = 1,
                                                 .width = width,
                                                 .height = height,
                                                 .limited_range = limited});
        free(data);
        return quality;
}

static void assert_near(double value, double wanted, double tolerance)
{
        if (!(fabs(value - wanted) <= tolerance))
                fail_msg("%g, wanted %g within %g", value, wanted, tolerance);
}

static void assert_same(const struct picture_quality *a, const struct picture_quality *b)
{
        assert_true(a->sharpness == b->sharpness);
        assert_true(a->brightness == b->brightness);
        assert_true(a->clipped_share == b->clipped_share);
}

/* --- brightness and clipping --- */

static void test_plain_pictures(void **state)
{
        static const struct {
                uint8_t level;
                bool limited;
                double brightness, clipped;
        } cases[] = {
                {0, false, 0, 0},
                {255, false, 1, 1},
                {249, false, 249 / 255.0, 0},
                {250, false, 250 / 255.0, 1},
                {16, true, 0, 0},
                {235, true, 1, 1},
                {0, true, 0, 0},
                {255, true, 1, 1},
                {126, true, 0.5, 0},
        };

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct picture_quality quality = measure_plain(1000, 700, cases[i].level, cases[i].limited);

                assert_near(quality.brightness, cases[i].brightness, 0.003);
                assert_true(quality.clipped_share == cases[i].clipped);
                assert_true(quality.sharpness == 0);
        }
}

static void test_a_part_is_clipped(void **state)
{
        uint8_t *street = street_make();

        memset(street, 255, (size_t)STREET_WIDTH * STREET_HEIGHT / 4);
        assert_near(measure_street(street).clipped_share, 0.25, 0.002);
        free(street);
}

/* --- sharpness --- */

static void test_blur_grows(void **state)
{
        static const double sigmas_px[] = {1, 1.5, 2, 2.5, 3, 4, 6, 10}; /* two pixels are a cell */
        uint8_t *street = street_make();
        double last = measure_street(street).sharpness;

        assert_true(last > IN_FOCUS);
        for (size_t i = 0; i < sizeof(sigmas_px) / sizeof(sigmas_px[0]); i++) {
                uint8_t *blurred = street_blurred(street, sigmas_px[i]);
                double sharpness = measure_street(blurred).sharpness;

                assert_true(sharpness < last);
                assert_int_equal(sharpness < BLURRED, sigmas_px[i] >= 2);
                last = sharpness;
                free(blurred);
        }
        free(street);
}

static void test_checkerboard(void **state)
{
        uint8_t *board = street_make();
        double last = 1;

        for (int i = 0; i < STREET_WIDTH * STREET_HEIGHT; i++)
                board[i] = (i % STREET_WIDTH / 16 + i / STREET_WIDTH / 16) % 2 ? 200 : 50;
        assert_true(measure_street(board).sharpness > IN_FOCUS);
        for (int sigma_px = 1; sigma_px <= 4; sigma_px++) {
                uint8_t *blurred = street_blurred(board, sigma_px);
                double sharpness = measure_street(blurred).sharpness;

                assert_true(sharpness < last ||
                            sharpness == 0); /* what is alike everywhere is taken for noise in the end */
                last = sharpness;
                free(blurred);
        }
        assert_true(last < BLURRED);
        free(board);
}

/* What a plain variance of the Laplacian takes for blur: it falls to a sixteenth. */
static void test_neither_darkness_nor_low_contrast_is_blur(void **state)
{
        uint8_t *street = street_make();
        double sharp = measure_street(street).sharpness;

        street_change(street, 0.25, 0, 0);
        assert_near(measure_street(street).sharpness, sharp, 0.1 * sharp);
        street_change(street, 1, 150, 0);
        assert_near(measure_street(street).sharpness, sharp, 0.1 * sharp);
        free(street);
}

/* A bright sky above a dark street: the variance of the whole picture is thirty times that of its texture. */
static void test_nor_is_a_bright_sky(void **state)
{
        uint8_t *street = street_make();

        street_change(street, 0.3, 0, 0);
        memset(street, 255, (size_t)STREET_WIDTH * STREET_HEIGHT / 3);
        assert_true(measure_street(street).sharpness > IN_FOCUS);
        free(street);
}

static void test_noise_is_not_sharpness(void **state)
{
        uint8_t *street = street_make();
        uint8_t *blurred = street_blurred(street, 3);
        uint8_t *plain = street_make();
        double sharp = measure_street(street).sharpness;

        street_change(street, 1, 0, 6);
        assert_near(measure_street(street).sharpness, sharp, 0.15 * sharp);
        street_change(blurred, 1, 0, 4);
        assert_true(measure_street(blurred).sharpness < BLURRED);
        street_change(plain, 0, 128, 2);
        assert_true(measure_street(plain).sharpness < 0.15); /* there is nothing else in it */
        free(street);
        free(blurred);
        free(plain);
}

/* --- how the picture lies in memory --- */

static void test_size_does_not_matter(void **state)
{
        uint8_t *street = street_make();
        uint8_t *doubled = street_doubled(street);
        struct picture_quality one = measure_street(street);
        struct picture_quality two = measure_plane(doubled, 2 * STREET_WIDTH, 2 * STREET_HEIGHT);

        assert_same(&one, &two);
        free(street);
        free(doubled);
}

static void test_upright_is_the_same(void **state)
{
        uint8_t *street = street_make(), *upright = street_make();
        struct picture_quality one = measure_street(street), two;

        for (int y = 0; y < STREET_HEIGHT; y++)
                for (int x = 0; x < STREET_WIDTH; x++)
                        upright[x * STREET_HEIGHT + y] = street[y * STREET_WIDTH + x];
        two = measure_plane(upright, STREET_HEIGHT, STREET_WIDTH);
        assert_true(one.brightness == two.brightness);
        assert_near(two.sharpness, one.sharpness, 0.001);
        free(street);
        free(upright);
}

/* Ends with the last sample of luma: nothing behind it is there. */
static void test_strides_and_packed_samples(void **state)
{
        uint8_t *street = street_make();
        struct picture_quality plain = measure_street(street);

        for (unsigned step = 1; step <= 2; step++) {
                size_t stride = STREET_WIDTH * step + 24;
                size_t size = stride * (STREET_HEIGHT - 1) + (size_t)(STREET_WIDTH - 1) * step + 1;
                uint8_t *padded = malloc(size);
                struct picture_quality quality;

                assert_non_null(padded);
                for (size_t i = 0; i < size; i++)
                        padded[i] = (uint8_t)(i * 37);
                for (size_t y = 0; y < STREET_HEIGHT; y++)
                        for (size_t x = 0; x < STREET_WIDTH; x++)
                                padded[y * stride + x * step] = street[y * STREET_WIDTH + x];
                quality = measure(&(struct picture_luma){.data = padded,
                                                         .stride = stride,
                                                         .pixel_step = step,
                                                         .width = STREET_WIDTH,
                                                         .height = STREET_HEIGHT});
                assert_same(&quality, &plain);
                free(padded);
        }
        free(street);
}

static void test_limited_range(void **state)
{
        uint8_t *street = street_make();
        struct picture_quality full = measure_street(street), limited;

        street_change(street, 219.0 / 255, 16, 0);
        limited = measure(&(struct picture_luma){.data = street,
                                                 .stride = STREET_WIDTH,
                                                 .pixel_step = 1,
                                                 .width = STREET_WIDTH,
                                                 .height = STREET_HEIGHT,
                                                 .limited_range = true});
        assert_near(limited.brightness, full.brightness, 0.002);
        assert_near(limited.sharpness, full.sharpness, 0.02 * full.sharpness);
        free(street);
}

static void test_small_and_odd_sizes(void **state)
{
        static const struct {
                unsigned width, height;
                bool has_sharpness;
        } sizes[] = {
                {1, 1, false},       {2, 2, false},      {2, 400, false},    {3, 3, true},      {7, 5, true},
                {479, 481, true},    {961, 3, false},    {959, 541, true},   {65535, 1, false}, {1, 65535, false},
                {65535, 200, false}, {65535, 411, true}, {2029, 1521, true},
        };

        for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
                struct picture_quality quality = measure_plain(sizes[i].width, sizes[i].height, 100, false);

                assert_near(quality.brightness, 100 / 255.0, 1e-9);
                assert_int_equal(isfinite(quality.sharpness), sizes[i].has_sharpness);
        }
}

/* To the bit: a run that is replayed elsewhere has the same pictures. */
static void test_the_same_everywhere(void **state)
{
        uint8_t *street = street_make();
        struct picture_quality quality = measure_street(street);

        free(street);
        assert_true(quality.sharpness == 0x1.27fd5f6ef9862p-3);
        assert_true(quality.brightness == 0x1.0e62605a89d1cp-1);
        assert_true(quality.clipped_share == 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_plain_pictures),
                cmocka_unit_test(test_a_part_is_clipped),
                cmocka_unit_test(test_blur_grows),
                cmocka_unit_test(test_checkerboard),
                cmocka_unit_test(test_neither_darkness_nor_low_contrast_is_blur),
                cmocka_unit_test(test_nor_is_a_bright_sky),
                cmocka_unit_test(test_noise_is_not_sharpness),
                cmocka_unit_test(test_size_does_not_matter),
                cmocka_unit_test(test_upright_is_the_same),
                cmocka_unit_test(test_strides_and_packed_samples),
                cmocka_unit_test(test_limited_range),
                cmocka_unit_test(test_small_and_odd_sizes),
                cmocka_unit_test(test_the_same_everywhere),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
