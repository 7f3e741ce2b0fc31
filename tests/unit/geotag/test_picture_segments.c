/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "geotag/jpeg_segments.h"
#include "tests/unit/geotag/picture_fixture.h"

static int check(const struct text *jpeg, struct jpeg_info *info)
{
        return jpeg_check((const uint8_t *)jpeg->data, jpeg->length, info);
}

static void whole_jpeg_is_measured(void **state)
{
        struct text jpeg = {0};
        struct jpeg_info info;

        fixture_jpeg(&jpeg);
        assert_int_equal(check(&jpeg, &info), 0);
        assert_int_equal(info.width, FIXTURE_WIDTH);
        assert_int_equal(info.height, FIXTURE_HEIGHT);
        assert_int_equal(info.components, 3);
        assert_int_equal(info.size, jpeg.length);
        text_finish(&jpeg);
}

static void what_follows_the_end_is_no_part(void **state)
{
        struct text jpeg = {0};
        struct jpeg_info info;
        size_t size;

        fixture_jpeg(&jpeg);
        size = jpeg.length;
        text_add_bytes(&jpeg, "\0\0\xff\xd8 padding", 12);
        assert_int_equal(check(&jpeg, &info), 0);
        assert_int_equal(info.size, size);
        text_finish(&jpeg);
}

static void every_cut_is_noticed(void **state)
{
        struct text jpeg = {0};
        size_t size;

        fixture_jpeg(&jpeg);
        for (size = 0; size < jpeg.length; size++) {
                struct jpeg_info info = {.width = 7};

                assert_int_equal(jpeg_check((const uint8_t *)jpeg.data, size, &info), -EBADMSG);
                assert_int_equal(info.width, 7);
        }
        text_finish(&jpeg);
}

static void segments_come_in_order_and_cover_all_bytes(void **state)
{
        static const uint8_t markers[] = {0xe0, 0xdb, 0xc0, 0xda, 0xd9};
        struct jpeg_segment segment;
        struct jpeg_reader reader;
        struct text jpeg = {0};
        size_t bytes = 2;

        fixture_jpeg(&jpeg);
        assert_int_equal(jpeg_reader_init(&reader, (const uint8_t *)jpeg.data, jpeg.length), 0);
        for (unsigned i = 0; i < sizeof(markers); i++) {
                assert_int_equal(jpeg_reader_next(&reader, &segment), 0);
                assert_int_equal(segment.marker, markers[i]);
                assert_ptr_equal(segment.bytes, jpeg.data + bytes);
                bytes += segment.byte_count;
        }
        assert_int_equal(bytes, jpeg.length);
        text_finish(&jpeg);
}

static void fill_bytes_before_a_marker_are_skipped(void **state)
{
        struct text jpeg = {0};
        struct jpeg_info info;

        fixture_soi(&jpeg);
        text_add_bytes(&jpeg, "\xff\xff\xff", 3);
        fixture_jfif(&jpeg);
        fixture_tables(&jpeg);
        fixture_scan(&jpeg);
        text_add_bytes(&jpeg, "\xff\xff", 2);
        fixture_eoi(&jpeg);
        assert_int_equal(check(&jpeg, &info), 0);
        assert_int_equal(info.size, jpeg.length);
        text_finish(&jpeg);
}

/* A stuffed zero or a restart marker is two bytes: the marker that follows at once is seen. */
static void end_right_behind_coded_0xff_is_found(void **state)
{
        static const char *const tails[] = {"\xff\xd7", "\xff\xd0\xff\xd1", "\xff", "\x01\xff\xd3"};

        for (unsigned i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
                struct text jpeg = {0};
                struct jpeg_info info;

                fixture_soi(&jpeg);
                fixture_tables(&jpeg);
                fixture_scan(&jpeg);
                text_add(&jpeg, tails[i]);
                if (strlen(tails[i]) == 1)
                        text_add_bytes(&jpeg, "\0", 1);
                fixture_eoi(&jpeg);
                assert_int_equal(check(&jpeg, &info), 0);
                assert_int_equal(info.size, jpeg.length);
                text_finish(&jpeg);
        }
}

static void several_scans_are_allowed(void **state)
{
        struct text jpeg = {0};
        struct jpeg_info info;

        fixture_soi(&jpeg);
        fixture_tables(&jpeg);
        fixture_scan(&jpeg);
        fixture_scan(&jpeg);
        fixture_eoi(&jpeg);
        assert_int_equal(check(&jpeg, &info), 0);
        text_finish(&jpeg);
}

/* A part that a test leaves out, twice, or out of place. */
static void wrong_order_is_refused(void **state)
{
        static const char *const orders[] = {
                "",      /* no SOI */
                "ste",   /* no frame header's scan */
                "sce",   /* a scan without a frame header */
                "sttce", /* two frame headers */
                "stsce", /* another JPEG inside */
                "stc",   /* no EOI */
                "tce",   /* no SOI */
        };

        for (unsigned i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
                struct text jpeg = {0};
                struct jpeg_info info;

                text_add(&jpeg, "");
                for (const char *part = orders[i]; *part; part++) {
                        if (*part == 's')
                                fixture_soi(&jpeg);
                        else if (*part == 't')
                                fixture_tables(&jpeg);
                        else if (*part == 'c')
                                fixture_scan(&jpeg);
                        else
                                fixture_eoi(&jpeg);
                }
                if (check(&jpeg, &info) != -EBADMSG)
                        fail_msg("taken: %s", orders[i]);
                text_finish(&jpeg);
        }
}

static void frame_header_must_make_sense(void **state)
{
        static const struct {
                unsigned char bytes[12];
                size_t size;
        } headers[] = {
                {{8, 0, 0, 0, 16, 1, 1, 0x11, 0}, 9},  /* no height */
                {{8, 0, 16, 0, 0, 1, 1, 0x11, 0}, 9},  /* no width */
                {{8, 0, 16, 0, 16, 0}, 6},             /* no component */
                {{8, 0, 16, 0, 16, 2, 1, 0x11, 0}, 9}, /* a component too few */
                {{8, 0, 16, 0, 16}, 5},                /* cut off */
        };

        for (unsigned i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
                struct text jpeg = {0};
                struct jpeg_info info;

                fixture_soi(&jpeg);
                fixture_segment(&jpeg, 0xc0, headers[i].bytes, headers[i].size);
                fixture_scan(&jpeg);
                fixture_eoi(&jpeg);
                if (check(&jpeg, &info) != -EBADMSG)
                        fail_msg("header %u was taken", i);
                text_finish(&jpeg);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(whole_jpeg_is_measured),
                cmocka_unit_test(what_follows_the_end_is_no_part),
                cmocka_unit_test(every_cut_is_noticed),
                cmocka_unit_test(segments_come_in_order_and_cover_all_bytes),
                cmocka_unit_test(fill_bytes_before_a_marker_are_skipped),
                cmocka_unit_test(end_right_behind_coded_0xff_is_found),
                cmocka_unit_test(several_scans_are_allowed),
                cmocka_unit_test(wrong_order_is_refused),
                cmocka_unit_test(frame_header_must_make_sense),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
