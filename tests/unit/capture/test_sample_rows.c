/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "capture/sample_rows.h"

#define COUNT_MAX 200

static void pairs_come_apart(void **state)
{
        uint8_t pairs[2 * COUNT_MAX], first[COUNT_MAX + 1], second[COUNT_MAX + 1];

        for (unsigned i = 0; i < 2 * COUNT_MAX; i++)
                pairs[i] = (uint8_t)(i * 7 + i / 256);
        for (unsigned count = 0; count <= COUNT_MAX; count++) {
                memset(first, 0xee, sizeof(first));
                memset(second, 0xdd, sizeof(second));
                sample_rows_split_pairs(count, pairs, first, second);
                for (unsigned i = 0; i < count; i++) {
                        assert_int_equal(first[i], pairs[2 * i]);
                        assert_int_equal(second[i], pairs[2 * i + 1]);
                }
                assert_int_equal(first[count], 0xee);
                assert_int_equal(second[count], 0xdd);
        }
}

static void quads_come_apart(void **state)
{
        uint8_t quads[4 * COUNT_MAX], luma[2 * COUNT_MAX + 1], first[COUNT_MAX + 1], second[COUNT_MAX + 1];

        for (unsigned i = 0; i < 4 * COUNT_MAX; i++)
                quads[i] = (uint8_t)(i * 7 + i / 256);
        for (unsigned count = 0; count <= COUNT_MAX; count++) {
                for (unsigned luma_at = 0; luma_at < 2; luma_at++) {
                        luma[2 * count] = 0xcc;
                        first[count] = 0xee;
                        second[count] = 0xdd;
                        sample_rows_split_quads(count, quads, luma_at, luma, first, second);
                        for (unsigned i = 0; i < count; i++) {
                                assert_int_equal(luma[2 * i], quads[4 * i + luma_at]);
                                assert_int_equal(luma[2 * i + 1], quads[4 * i + luma_at + 2]);
                                assert_int_equal(first[i], quads[4 * i + 1 - luma_at]);
                                assert_int_equal(second[i], quads[4 * i + 3 - luma_at]);
                        }
                        assert_int_equal(luma[2 * count], 0xcc);
                        assert_int_equal(first[count], 0xee);
                        assert_int_equal(second[count], 0xdd);
                }
        }
}

/* By way of red, green and blue, as the standards have it: BT.601-7 and BT.709-6 for what goes in, T.871 for what comes out. */
static void convert_exactly(enum frame_range range, enum frame_encoding encoding, const int in[3], double ret_out[3])
{
        double red_share = encoding == FRAME_BT601 ? 0.299 : 0.2126;
        double blue_share = encoding == FRAME_BT601 ? 0.114 : 0.0722;
        double y = range == FRAME_FULL_RANGE ? in[0] / 255.0 : (in[0] - 16) / 219.0;
        double cb = (in[1] - 128) / (range == FRAME_FULL_RANGE ? 255.0 : 224.0);
        double cr = (in[2] - 128) / (range == FRAME_FULL_RANGE ? 255.0 : 224.0);
        double red = y + 2 * (1 - red_share) * cr, blue = y + 2 * (1 - blue_share) * cb;
        double green = (y - red_share * red - blue_share * blue) / (1 - red_share - blue_share);

        ret_out[0] = 255 * (0.299 * red + 0.587 * green + 0.114 * blue);
        ret_out[1] = 128 + 255 * (-0.299 * red - 0.587 * green + 0.886 * blue) / 1.772;
        ret_out[2] = 128 + 255 * (0.701 * red - 0.587 * green - 0.114 * blue) / 1.402;
        for (unsigned i = 0; i < 3; i++)
                ret_out[i] = fmin(fmax(ret_out[i], 0), 255);
}

static void check_conversion(enum frame_range range, enum frame_encoding encoding, double *worst)
{
        const struct sample_conversion *conversion = sample_conversion_of(range, encoding);
        uint8_t luma[256], cb[128], cr[128];
        double exact[3];

        assert_non_null(conversion);
        for (int blue = 0; blue < 256; blue += 5) {
                for (int red = 0; red < 256; red++) {
                        for (int y = 0; y < 256; y++)
                                luma[y] = (uint8_t)y;
                        memset(cb, blue, sizeof(cb));
                        memset(cr, red, sizeof(cr));
                        sample_rows_convert_luma(conversion, 256, luma, cb, cr);
                        sample_rows_convert_chroma(conversion, 128, cb, cr);
                        for (int y = 0; y < 256; y++) {
                                convert_exactly(range, encoding, (int[]){y, blue, red}, exact);
                                *worst = fmax(*worst, fabs(exact[0] - luma[y]));
                        }
                        for (unsigned i = 0; i < 128; i += 127) {
                                *worst = fmax(*worst, fabs(exact[1] - cb[i]));
                                *worst = fmax(*worst, fabs(exact[2] - cr[i]));
                        }
                }
        }
}

/* Rounding alone is worth 0.5. */
static void colours_are_the_standards(void **state)
{
        double limited_601 = 0, limited_709 = 0, full_709 = 0;

        check_conversion(FRAME_LIMITED_RANGE, FRAME_BT601, &limited_601);
        check_conversion(FRAME_LIMITED_RANGE, FRAME_BT709, &limited_709);
        check_conversion(FRAME_FULL_RANGE, FRAME_BT709, &full_709);
        printf("farthest from exact: limited BT.601 %.4f, limited BT.709 %.4f, full BT.709 %.4f\n", limited_601,
               limited_709, full_709);
        assert_true(limited_601 <= 0.501);
        assert_true(limited_709 <= 0.52);
        assert_true(full_709 <= 0.52);
        assert_null(sample_conversion_of(FRAME_FULL_RANGE, FRAME_BT601));
}

/* Rows of every length give each sample what it gets alone: vectors and what is left over agree. */
static void length_does_not_matter(void **state)
{
        static const struct {
                enum frame_range range;
                enum frame_encoding encoding;
        } kinds[] = {{FRAME_LIMITED_RANGE, FRAME_BT601},
                     {FRAME_LIMITED_RANGE, FRAME_BT709},
                     {FRAME_FULL_RANGE, FRAME_BT709}};

        for (unsigned kind = 0; kind < sizeof(kinds) / sizeof(kinds[0]); kind++) {
                const struct sample_conversion *conversion =
                        sample_conversion_of(kinds[kind].range, kinds[kind].encoding);

                for (unsigned count = 0; count <= COUNT_MAX; count++) {
                        uint8_t luma[COUNT_MAX + 1], cb[COUNT_MAX + 1], cr[COUNT_MAX + 1];

                        for (unsigned i = 0; i <= COUNT_MAX; i++) {
                                luma[i] = (uint8_t)(i * 37);
                                cb[i] = (uint8_t)(i * 101);
                                cr[i] = (uint8_t)(255 - i * 59);
                        }
                        sample_rows_convert_luma(conversion, count, luma, cb, cr);
                        for (unsigned i = 0; i < count; i++) {
                                uint8_t alone = (uint8_t)(i * 37);

                                sample_rows_convert_luma(conversion, 1, &alone, &cb[i / 2], &cr[i / 2]);
                                assert_int_equal(luma[i], alone);
                        }
                        assert_int_equal(luma[count], (uint8_t)(count * 37));
                        sample_rows_convert_chroma(conversion, count, cb, cr);
                        for (unsigned i = 0; i < count; i++) {
                                uint8_t blue = (uint8_t)(i * 101), red = (uint8_t)(255 - i * 59);

                                sample_rows_convert_chroma(conversion, 1, &blue, &red);
                                assert_int_equal(cb[i], blue);
                                assert_int_equal(cr[i], red);
                        }
                        assert_int_equal(cb[count], (uint8_t)(count * 101));
                        assert_int_equal(cr[count], (uint8_t)(255 - count * 59));
                }
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(pairs_come_apart),
                cmocka_unit_test(quads_come_apart),
                cmocka_unit_test(colours_are_the_standards),
                cmocka_unit_test(length_does_not_matter),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
