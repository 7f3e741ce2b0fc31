/* SPDX-License-Identifier: MIT */
#include "fixture.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "storage/gpkg_geometry.h"

static void test_point_is_as_gdal_writes_it(void **state)
{
        /* ogr2ogr -f GPKG of POINT (2 48). */
        static const uint8_t expected[] = {'G', 'P', 0, 1, 0xe6, 0x10, 0, 0, 1, 1, 0, 0, 0,    0,   0,
                                           0,   0,   0, 0, 0,    0x40, 0, 0, 0, 0, 0, 0, 0x48, 0x40};
        uint8_t blob[GPKG_POINT_SIZE];
        double latitude = 0, longitude = 0;

        (void)state;
        gpkg_encode_point(48, 2, blob);
        assert_int_equal(sizeof(expected), GPKG_POINT_SIZE);
        assert_memory_equal(blob, expected, sizeof(expected));
        assert_int_equal(gpkg_decode_point(blob, sizeof(blob), &latitude, &longitude), 0);
        assert_true(latitude == 48 && longitude == 2);
}

static void test_linestring_comes_back(void **state)
{
        static const struct road_point points[] = {{48.1, 2.5}, {48.2, 2.25}, {48.15, 2.75}};
        struct road_point *back = NULL;
        struct gpkg_box box;
        uint8_t blob[256];
        size_t count = 0;

        (void)state;
        assert_true(gpkg_linestring_size(3) <= sizeof(blob));
        gpkg_encode_linestring(points, 3, blob);
        assert_int_equal(gpkg_decode_linestring(blob, gpkg_linestring_size(3), &back, &count), 0);
        assert_int_equal(count, 3);
        assert_memory_equal(back, points, sizeof(points));
        free(back);
        assert_int_equal(gpkg_bounds(blob, gpkg_linestring_size(3), &box), 0);
        assert_true(box.min_x == 2.25 && box.max_x == 2.75 && box.min_y == 48.1 && box.max_y == 48.2);
}

static void test_every_cut_is_refused(void **state)
{
        static const struct road_point points[] = {{48.1, 2.5}, {48.2, 2.25}};
        struct road_point *back = NULL;
        struct gpkg_box box;
        uint8_t blob[128];
        size_t count, size = gpkg_linestring_size(2);

        (void)state;
        gpkg_encode_linestring(points, 2, blob);
        for (size_t i = 0; i < size; i++) {
                uint8_t *cut = malloc(i ? i : 1); /* of its own, so that a sanitizer sees a read past it */

                memcpy(cut, blob, i);
                assert_int_equal(gpkg_decode_linestring(cut, i, &back, &count), -EBADMSG);
                assert_int_equal(gpkg_bounds(cut, i, &box), -EBADMSG);
                free(cut);
        }
        assert_null(back);
}

/* Big-endian, z and m, and an envelope of six numbers: as other programs may write. */
static void test_big_endian_with_z_and_m(void **state)
{
        uint8_t blob[8 + 48 + 1 + 4 + 32] = {'G', 'P', 0, 2 << 1};
        double latitude = 0, longitude = 0;
        uint8_t *at = blob + 8 + 48;

        (void)state;
        at[3] = 0x0b, at[4] = 0xb9;   /* 3001: point with z and m */
        at[5] = 0x40;                 /* 2.0 */
        at[13] = 0x40, at[14] = 0x48; /* 48.0 */
        assert_int_equal(gpkg_decode_point(blob, sizeof(blob), &latitude, &longitude), 0);
        assert_true(longitude == 2 && latitude == 48);
        assert_int_equal(gpkg_decode_point(blob, sizeof(blob) - 1, &latitude, &longitude), -EBADMSG);
}

static void test_what_is_not_a_place(void **state)
{
        double latitude = -1, longitude = -1;
        uint8_t blob[GPKG_POINT_SIZE];
        struct road_point *points;
        struct gpkg_box box;
        size_t count;

        (void)state;
        gpkg_encode_point(NAN, NAN, blob);
        assert_int_equal(gpkg_decode_point(blob, sizeof(blob), &latitude, &longitude), -ENODATA);
        assert_int_equal(gpkg_bounds(blob, sizeof(blob), &box), -ENODATA);
        gpkg_encode_point(INFINITY, 2, blob);
        assert_int_equal(gpkg_decode_point(blob, sizeof(blob), &latitude, &longitude), -EBADMSG);
        gpkg_encode_point(48, 2, blob);
        blob[3] |= 0x10; /* said to be empty */
        assert_int_equal(gpkg_bounds(blob, sizeof(blob), &box), -ENODATA);
        blob[3] = 1 | 5 << 1; /* no such envelope */
        assert_int_equal(gpkg_bounds(blob, sizeof(blob), &box), -EBADMSG);
        gpkg_encode_point(48, 2, blob);
        assert_int_equal(gpkg_decode_linestring(blob, sizeof(blob), &points, &count), -EBADMSG);
        assert_int_equal(gpkg_bounds(NULL, 0, &box), -EBADMSG);
        assert_true(latitude == -1 && longitude == -1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_point_is_as_gdal_writes_it), cmocka_unit_test(test_linestring_comes_back),
                cmocka_unit_test(test_every_cut_is_refused),       cmocka_unit_test(test_big_endian_with_z_and_m),
                cmocka_unit_test(test_what_is_not_a_place),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
