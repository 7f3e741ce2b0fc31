/* SPDX-License-Identifier: MIT */
/* Tags through a JPEG and back; what the JPEG around them becomes; and EXIF as libexif reads it. How the field's own
 * readers see it is in tests/interop/pictures. STREETCAP_TEST_SEED gives the seed of the random tags. */
#include <errno.h>
#include <libexif/exif-data.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/parse.h"
#include "geotag/picture_metadata.h"
#include "geotag/xmp.h"
#include "tests/unit/geotag/picture_fixture.h"

#define RANDOM_TAGS 10000

static uint64_t random_state;

/* splitmix64 */
static uint64_t next_random(void)
{
        uint64_t z = random_state += UINT64_C(0x9e3779b97f4a7c15);

        z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
        return z ^ z >> 31;
}

static uint64_t seed_random(void)
{
        const char *text = getenv("STREETCAP_TEST_SEED");

        if (!text || parse_uint64(text, &random_state) < 0)
                random_state = (uint64_t)time(NULL);
        print_message("STREETCAP_TEST_SEED=%llu\n", (unsigned long long)random_state);
        return random_state;
}

/* Characters of one to four bytes, and those that XML cares about. */
static void random_text(char *text, size_t size)
{
        static const char *const characters[] = {
                "a",  "Z",  "0",    " ",   "&",     "<",      ">",      "\"",         "'",      "\t",
                "\n", "\r", "\x7f", "]]>", "&amp;", "\u00e9", "\u20ac", "\U0001f690", "\ufffd", "\ud7ff",
        };
        size_t wanted = next_random() % size;

        text[0] = '\0';
        for (;;) {
                const char *next = characters[next_random() % (sizeof(characters) / sizeof(characters[0]))];

                if (strlen(text) + strlen(next) > wanted)
                        return;
                strcat(text, next);
        }
}

/* Any bits that are a finite number, or not known. */
static double random_double(void)
{
        uint64_t bits = next_random();
        double value;

        if (bits % 4 == 0)
                return NAN;
        if (bits % 4 == 1)
                return (double)(int64_t)next_random() / 1e10;
        bits = next_random();
        memcpy(&value, &bits, sizeof(value));
        return isfinite(value) ? value : -0.0;
}

static void random_member(const struct xmp_field *field, void *member)
{
        uint64_t number = next_random() >> next_random() % 64;

        switch (field->type) {
        case XMP_TEXT:
                random_text(member, field->size);
                break;
        case XMP_DOUBLE:
                *(double *)member = random_double();
                break;
        case XMP_BOOL:
                *(bool *)member = number & 1;
                break;
        case XMP_SOURCE:
                *(enum position_source *)member = (enum position_source)(next_random() % 4);
                break;
        default:
                number = next_random() & 1 ? number : -number;
                memcpy(member, &number, field->size);
        }
}

static void random_tag(struct picture_tag *tag)
{
        memset(tag, 0, sizeof(*tag));
        for (size_t i = 0; i < xmp_field_count; i++)
                random_member(&xmp_fields[i], (char *)tag + xmp_fields[i].offset);
}

static bool members_equal(const struct xmp_field *field, const void *a, const void *b)
{
        double x, y;

        if (field->type == XMP_TEXT)
                return strcmp(a, b) == 0;
        if (field->type != XMP_DOUBLE)
                return memcmp(a, b, field->size) == 0;
        memcpy(&x, a, sizeof(x));
        memcpy(&y, b, sizeof(y));
        return isnan(x) ? isnan(y) : memcmp(a, b, field->size) == 0;
}

static void assert_tags_equal(const struct picture_tag *a, const struct picture_tag *b)
{
        for (size_t i = 0; i < xmp_field_count; i++) {
                const struct xmp_field *field = &xmp_fields[i];

                if (!members_equal(field, (const char *)a + field->offset, (const char *)b + field->offset))
                        fail_msg("%s differs", field->name);
        }
}

static void known_tag(struct picture_tag *tag)
{
        *tag = (struct picture_tag){
                .run = "20261123T101500Z",
                .camera = "front",
                .sequence = 42,
                .mark = -1,
                .captured_utc_ns = INT64_C(1795428900123456789),
                .position_source = POSITION_INTERPOLATED,
                .latitude_deg = 48.5,
                .longitude_deg = -2.25,
                .altitude_msl_m = NAN,
                .altitude_hae_m = 168.9,
                .gain = NAN,
                .speed_mps = NAN,
                .course_deg = NAN,
                .heading_deg = NAN,
                .image_direction_deg = NAN,
                .accuracy_m = NAN,
                .hdop = NAN,
                .spacing_m = 5,
                .travelled_m = 12,
                .focal_length_mm = NAN,
                .focal_length_35mm = NAN,
        };
}

static void write_picture(const struct picture_tag *tag, uint8_t **data, size_t *size)
{
        struct text jpeg = {0};

        fixture_jpeg(&jpeg);
        assert_int_equal(picture_write(tag, (const uint8_t *)jpeg.data, jpeg.length, data, size), 0);
        text_finish(&jpeg);
}

/* The table behind XMP must not forget a member that is added one day: together the members fill the structure but
 * for padding. */
static void every_member_has_a_field(void **state)
{
        uint8_t covered[sizeof(struct picture_tag)] = {0};
        size_t hole = 0;

        for (size_t i = 0; i < xmp_field_count; i++)
                memset(covered + xmp_fields[i].offset, 1, xmp_fields[i].size);
        for (size_t i = 0; i < sizeof(covered); i++) {
                hole = covered[i] ? 0 : hole + 1;
                if (hole >= sizeof(double))
                        fail_msg("nothing stands for the member at offset %zu", i + 1 - hole);
        }
}

static void random_tags_come_back_as_they_were(void **state)
{
        seed_random();
        for (unsigned i = 0; i < RANDOM_TAGS; i++) {
                struct picture_tag tag, back;
                uint8_t *data;
                size_t size;

                random_tag(&tag);
                write_picture(&tag, &data, &size);
                assert_int_equal(picture_read(data, size, &back), 0);
                assert_tags_equal(&tag, &back);
                free(data);
        }
}

static void what_xml_cannot_hold_becomes_a_question_mark(void **state)
{
        struct picture_tag tag, back;
        uint8_t *data;
        size_t size;

        known_tag(&tag);
        strcpy(tag.street,
               "a\x01"
               "b\xff"
               "c\xc3");
        strcpy(tag.make, "\xed\xa0\x80|\xef\xbf\xbf|\xc0\x80");
        memset(tag.vehicle, 0xfe, sizeof(tag.vehicle) - 1);
        write_picture(&tag, &data, &size);
        assert_int_equal(picture_read(data, size, &back), 0);
        assert_string_equal(back.street, "a?b?c?");
        assert_string_equal(back.make, "???|???|??");
        assert_int_equal(strlen(back.vehicle), sizeof(tag.vehicle) - 1);
        free(data);
}

static void infinite_is_not_known(void **state)
{
        struct picture_tag tag, back;
        uint8_t *data;
        size_t size;

        known_tag(&tag);
        tag.speed_mps = INFINITY;
        write_picture(&tag, &data, &size);
        assert_int_equal(picture_read(data, size, &back), 0);
        assert_true(isnan(back.speed_mps));
        free(data);
}

static void same_tag_gives_same_bytes(void **state)
{
        struct picture_tag tag;
        uint8_t *first, *second;
        size_t first_size, second_size;

        known_tag(&tag);
        write_picture(&tag, &first, &first_size);
        write_picture(&tag, &second, &second_size);
        assert_int_equal(first_size, second_size);
        assert_memory_equal(first, second, first_size);
        free(first);
        free(second);
}

static void id_depends_on_what_names_the_picture(void **state)
{
        char first[PICTURE_ID_SIZE], second[PICTURE_ID_SIZE];
        struct picture_tag tag;

        known_tag(&tag);
        picture_id(&tag, first);
        assert_int_equal(strlen(first), PICTURE_ID_SIZE - 1);
        tag.latitude_deg = 1;
        picture_id(&tag, second);
        assert_string_equal(first, second);
        tag.sequence++;
        picture_id(&tag, second);
        assert_string_not_equal(first, second);
        /* "a" + "b" is not "" + "ab" */
        strcpy(tag.vehicle, "a");
        strcpy(tag.run, "b");
        picture_id(&tag, first);
        strcpy(tag.vehicle, "");
        strcpy(tag.run, "ab");
        picture_id(&tag, second);
        assert_string_not_equal(first, second);
}

static bool contains(const uint8_t *data, size_t size, const char *text)
{
        return memmem(data, size, text, strlen(text)) != NULL;
}

static void old_metadata_goes_and_the_rest_stays(void **state)
{
        struct text jpeg = {0}, kept = {0};
        struct picture_tag tag;
        uint8_t *data;
        size_t size;

        fixture_soi(&jpeg);
        fixture_jfif(&jpeg);
        fixture_segment(&jpeg, 0xe1, "Exif\0\0old exif", 14);
        fixture_segment(&jpeg, 0xe1, XMP_SIGNATURE "\0old xmp", sizeof(XMP_SIGNATURE) + 7);
        fixture_segment(&jpeg, 0xe2, "MPF\0old index", 13);
        fixture_segment(&jpeg, 0xe0, "AVI1\0\0\0\0\0\0old", 13);
        fixture_segment(&kept, 0xe2, "ICC_PROFILE\0profile", 19);
        fixture_segment(&kept, 0xe1, "other app1", 10);
        fixture_segment(&kept, 0xfe, "comment", 7);
        fixture_tables(&kept);
        fixture_scan(&kept);
        fixture_eoi(&kept);
        text_add_bytes(&jpeg, kept.data, kept.length);
        text_add(&jpeg, "behind the end");

        known_tag(&tag);
        assert_int_equal(picture_write(&tag, (const uint8_t *)jpeg.data, jpeg.length, &data, &size), 0);
        assert_memory_equal(data, "\xff\xd8\xff\xe1", 4);
        assert_memory_equal(data + 6, "Exif\0\0II", 8);
        assert_false(contains(data, size, "JFIF"));
        assert_false(contains(data, size, "AVI1"));
        assert_false(contains(data, size, "old"));
        assert_false(contains(data, size, "behind"));
        assert_memory_equal(data + size - kept.length, kept.data, kept.length);
        free(data);
        text_finish(&jpeg);
        text_finish(&kept);
}

static void writing_again_replaces(void **state)
{
        struct picture_tag tag, back;
        uint8_t *first, *second;
        size_t first_size, second_size;

        known_tag(&tag);
        write_picture(&tag, &first, &first_size);
        assert_int_equal(picture_write(&tag, first, first_size, &second, &second_size), 0);
        assert_int_equal(first_size, second_size);
        assert_memory_equal(first, second, first_size);
        free(second);
        tag.sequence = 43;
        assert_int_equal(picture_write(&tag, first, first_size, &second, &second_size), 0);
        assert_int_equal(picture_read(second, second_size, &back), 0);
        assert_int_equal(back.sequence, 43);
        free(first);
        free(second);
}

static void torn_pictures_are_refused(void **state)
{
        struct picture_tag tag, back;
        uint8_t *data, *again = NULL;
        size_t size, again_size = 0;

        known_tag(&tag);
        write_picture(&tag, &data, &size);
        for (size_t cut = 0; cut < size; cut++) {
                assert_int_equal(picture_write(&tag, data, cut, &again, &again_size), -EBADMSG);
                assert_int_equal(picture_read(data, cut, &back), -EBADMSG);
        }
        assert_null(again);
        free(data);
}

static void foreign_pictures_are_told_apart(void **state)
{
        struct picture_tag back = {.sequence = 7};
        struct text jpeg = {0};

        fixture_jpeg(&jpeg);
        assert_int_equal(picture_read((const uint8_t *)jpeg.data, jpeg.length, &back), -ENODATA);
        text_clear(&jpeg);
        fixture_soi(&jpeg);
        fixture_segment(&jpeg, 0xe1, XMP_SIGNATURE "\0<?xpacket", sizeof(XMP_SIGNATURE) + 9);
        fixture_tables(&jpeg);
        fixture_scan(&jpeg);
        fixture_eoi(&jpeg);
        assert_int_equal(picture_read((const uint8_t *)jpeg.data, jpeg.length, &back), -ENODATA);
        assert_int_equal(back.sequence, 7);
        text_finish(&jpeg);
}

static int read_attributes(const char *attributes, struct picture_tag *tag)
{
        struct text xmp = {0};
        int r;

        text_add_bytes(&xmp, XMP_SIGNATURE, XMP_SIGNATURE_SIZE);
        text_add(&xmp, XMP_PACKET_HEAD);
        text_add(&xmp, attributes);
        text_add(&xmp, XMP_PACKET_TAIL);
        r = xmp_read((const uint8_t *)xmp.data, xmp.length, tag);
        text_finish(&xmp);
        return r;
}

static void attributes_of_a_later_version_are_skipped(void **state)
{
        struct picture_tag tag;

        assert_int_equal(read_attributes("\n streetcap:hdop=\"1.5\"\n streetcap:weather2=\"wet &amp; cold\""
                                         "\n streetcap:sequence=\"9\"",
                                         &tag),
                         0);
        assert_int_equal(tag.sequence, 9);
        assert_true(tag.hdop == 1.5);
        assert_true(isnan(tag.gain));
        assert_string_equal(tag.street, "");
}

static void damaged_attributes_are_refused(void **state)
{
        static const char *const attributes[] = {
                " streetcap:hdop=\"1\"",
                "\n  streetcap:hdop=\"1\"",
                "\n other:hdop=\"1\"",
                "\n streetcap:=\"1\"",
                "\n streetcap:hdop=1",
                "\n streetcap:hdop='1'",
                "\n streetcap:hdop=\"\"",
                "\n streetcap:hdop=\"1.5m\"",
                "\n streetcap:hdop=\"nan\"",
                "\n streetcap:hdop=\"0x1p3\"",
                "\n streetcap:hdop=\"1\"\n streetcap:hdop=\"1\"",
                "\n streetcap:sequence=\"-1\"",
                "\n streetcap:sequence=\"18446744073709551616\"",
                "\n streetcap:fixMode=\"2147483648\"",
                "\n streetcap:width=\"4294967296\"",
                "\n streetcap:reversing=\"true\"",
                "\n streetcap:positionSource=\"guessed\"",
                "\n streetcap:street=\"a<b\"",
                "\n streetcap:street=\"a&b\"",
                "\n streetcap:street=\"a&lt\"",
                "\n streetcap:street=\"a&#0;\"",
                "\n streetcap:street=\"a\nb\"",
                "\n streetcap:street=\"\xff\"",
                "\n streetcap:street=\"a",
                "\n streetcap:camera=\"a name that is longer than its room is\"",
                "\n streetcap:camera=\"12345678901234567890123456789012\"", /* its NUL does not fit */
                "\n streetcap:elsewhere=\"unfinished",
        };

        for (unsigned i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++) {
                struct picture_tag tag = {.sequence = 7};

                if (read_attributes(attributes[i], &tag) != -EBADMSG)
                        fail_msg("taken: %s", attributes[i]);
                assert_int_equal(tag.sequence, 7);
        }
}

static ExifData *load_exif(const struct picture_tag *tag)
{
        ExifData *exif;
        uint8_t *data;
        size_t size;

        assert_int_equal(exif_build(tag, &data, &size), 0);
        exif = exif_data_new_from_data(data, (unsigned)size);
        assert_non_null(exif);
        free(data);
        return exif;
}

static ExifEntry *entry(ExifData *exif, ExifIfd ifd, int tag)
{
        return exif_content_get_entry(exif->ifd[ifd], (ExifTag)tag);
}

static double rational(ExifData *exif, int tag, unsigned index)
{
        ExifEntry *found = entry(exif, EXIF_IFD_GPS, tag);
        ExifRational value;

        assert_non_null(found);
        assert_int_equal(found->format, EXIF_FORMAT_RATIONAL);
        assert_true(index < found->components);
        value = exif_get_rational(found->data + 8 * (size_t)index, EXIF_BYTE_ORDER_INTEL);
        assert_int_not_equal(value.denominator, 0);
        return (double)value.numerator / value.denominator;
}

static void orientation_is_one_that_there_is(void **state)
{
        static const struct {
                unsigned orientation, written;
        } cases[] = {{0, 1}, {1, 1}, {3, 3}, {6, 6}, {8, 8}, {9, 1}, {65537, 1}};

        for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct picture_tag tag;
                ExifEntry *found;
                ExifData *exif;

                known_tag(&tag);
                tag.orientation = cases[i].orientation;
                exif = load_exif(&tag);
                found = entry(exif, EXIF_IFD_0, EXIF_TAG_ORIENTATION);
                assert_non_null(found);
                assert_int_equal(found->format, EXIF_FORMAT_SHORT);
                assert_int_equal(exif_get_short(found->data, EXIF_BYTE_ORDER_INTEL), cases[i].written);
                exif_data_unref(exif);
        }
}

/* Each angle in [359.5, 360) would become 360 in a reader that rounds to whole degrees. */
static void direction_is_never_read_as_360(void **state)
{
        static const struct {
                double direction, written;
        } cases[] = {
                {0, 0},       {0.004, 0},        {359.49, 359.49}, {359.6, 359.49}, {359.9, 0},
                {359.997, 0}, {359.99999999, 0}, {360, 0},         {-90, 270},      {725.25, 5.25},
        };

        for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct picture_tag tag;
                ExifData *exif;

                known_tag(&tag);
                tag.image_direction_deg = cases[i].direction;
                exif = load_exif(&tag);
                assert_true(fabs(rational(exif, EXIF_TAG_GPS_IMG_DIRECTION, 0) - cases[i].written) < 1e-9);
                exif_data_unref(exif);
        }
}

static void angles_keep_their_last_digit(void **state)
{
        static const double angles[] = {0, 1e-7, 0.1, 12.999999999999, 48.1234567, 59.0 / 60, 89.9999999, 90};

        for (unsigned i = 0; i < sizeof(angles) / sizeof(angles[0]); i++) {
                struct picture_tag tag;
                ExifData *exif;
                double read, seconds;

                known_tag(&tag);
                tag.latitude_deg = -angles[i];
                exif = load_exif(&tag);
                seconds = rational(exif, EXIF_TAG_GPS_LATITUDE, 2);
                assert_true(seconds < 60);
                assert_true(rational(exif, EXIF_TAG_GPS_LATITUDE, 1) < 60);
                read = rational(exif, EXIF_TAG_GPS_LATITUDE, 0) + rational(exif, EXIF_TAG_GPS_LATITUDE, 1) / 60 +
                       seconds / 3600;
                assert_true(fabs(read - angles[i]) < 2e-11);
                assert_memory_equal(entry(exif, EXIF_IFD_GPS, EXIF_TAG_GPS_LATITUDE_REF)->data, i ? "S" : "N", 2);
                exif_data_unref(exif);
        }
}

static void what_is_not_known_has_no_entry(void **state)
{
        static const int absent[] = {
                EXIF_TAG_GPS_ALTITUDE,
                EXIF_TAG_GPS_ALTITUDE_REF,
                EXIF_TAG_GPS_SPEED,
                EXIF_TAG_GPS_SPEED_REF,
                EXIF_TAG_GPS_TRACK,
                EXIF_TAG_GPS_TRACK_REF,
                EXIF_TAG_GPS_DOP,
                EXIF_TAG_GPS_IMG_DIRECTION,
                EXIF_TAG_GPS_IMG_DIRECTION_REF,
                EXIF_TAG_GPS_SATELLITES,
                EXIF_TAG_GPS_H_POSITIONING_ERROR,
                EXIF_TAG_GPS_MEASURE_MODE,
                EXIF_TAG_GPS_DIFFERENTIAL,
        };
        struct picture_tag tag;
        ExifData *exif;

        known_tag(&tag);
        exif = load_exif(&tag);
        for (unsigned i = 0; i < sizeof(absent) / sizeof(absent[0]); i++)
                assert_null(entry(exif, EXIF_IFD_GPS, absent[i]));
        assert_null(entry(exif, EXIF_IFD_0, EXIF_TAG_MAKE));
        assert_null(entry(exif, EXIF_IFD_EXIF, EXIF_TAG_EXPOSURE_TIME));
        assert_null(entry(exif, EXIF_IFD_EXIF, EXIF_TAG_ISO_SPEED_RATINGS));
        assert_null(entry(exif, EXIF_IFD_EXIF, EXIF_TAG_GAIN_CONTROL));
        assert_null(entry(exif, EXIF_IFD_EXIF, EXIF_TAG_FOCAL_LENGTH));
        assert_non_null(entry(exif, EXIF_IFD_GPS, EXIF_TAG_GPS_LATITUDE));
        exif_data_unref(exif);
}

static void values_out_of_range_have_no_entry(void **state)
{
        struct picture_tag tag;
        ExifData *exif;

        known_tag(&tag);
        tag.latitude_deg = 91;
        tag.image_direction_deg = 1e300;
        tag.hdop = -1;
        tag.exposure_ns = INT64_MAX;
        tag.gain = 700;
        tag.utc_offset_s = INT32_MAX;
        tag.focal_length_mm = 1e20;
        tag.focal_length_35mm = 70000;
        exif = load_exif(&tag);
        assert_null(entry(exif, EXIF_IFD_GPS, EXIF_TAG_GPS_LATITUDE));
        assert_null(entry(exif, EXIF_IFD_GPS, EXIF_TAG_GPS_DOP));
        assert_null(entry(exif, EXIF_IFD_EXIF, EXIF_TAG_EXPOSURE_TIME));
        assert_null(entry(exif, EXIF_IFD_EXIF, EXIF_TAG_ISO_SPEED_RATINGS));
        assert_null(entry(exif, EXIF_IFD_EXIF, EXIF_TAG_DATE_TIME_ORIGINAL));
        assert_null(entry(exif, EXIF_IFD_EXIF, EXIF_TAG_FOCAL_LENGTH));
        assert_null(entry(exif, EXIF_IFD_EXIF, EXIF_TAG_FOCAL_LENGTH_IN_35MM_FILM));
        exif_data_unref(exif);
}

/* gpsd's status: 2 DGPS, 3 RTK fixed, 4 RTK float are corrected; 5 and up are dead reckoning, surveyed, simulated. */
static void only_corrected_fixes_are_differential(void **state)
{
        for (int status = 0; status <= 9; status++) {
                struct picture_tag tag;
                ExifEntry *found;
                ExifData *exif;

                known_tag(&tag);
                tag.fix_status = status;
                exif = load_exif(&tag);
                found = entry(exif, EXIF_IFD_GPS, EXIF_TAG_GPS_DIFFERENTIAL);
                if (status >= 2 && status <= 4) {
                        assert_non_null(found);
                        assert_int_equal(exif_get_short(found->data, EXIF_BYTE_ORDER_INTEL), 1);
                } else {
                        assert_null(found);
                }
                exif_data_unref(exif);
        }
}

static void last_instant_there_is_does_no_harm(void **state)
{
        struct picture_tag tag;

        known_tag(&tag);
        tag.captured_utc_ns = INT64_MAX;
        tag.utc_offset_s = 3600;
        exif_data_unref(load_exif(&tag));
}

static void small_positive_values_are_not_rounded_to_nothing(void **state)
{
        struct picture_tag tag;
        ExifData *exif;

        known_tag(&tag);
        tag.accuracy_m = 1e-9;
        tag.hdop = 0.001;
        exif = load_exif(&tag);
        assert_true(rational(exif, EXIF_TAG_GPS_H_POSITIONING_ERROR, 0) > 0);
        assert_true(rational(exif, EXIF_TAG_GPS_DOP, 0) > 0);
        exif_data_unref(exif);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_member_has_a_field),
                cmocka_unit_test(random_tags_come_back_as_they_were),
                cmocka_unit_test(what_xml_cannot_hold_becomes_a_question_mark),
                cmocka_unit_test(infinite_is_not_known),
                cmocka_unit_test(same_tag_gives_same_bytes),
                cmocka_unit_test(id_depends_on_what_names_the_picture),
                cmocka_unit_test(old_metadata_goes_and_the_rest_stays),
                cmocka_unit_test(writing_again_replaces),
                cmocka_unit_test(torn_pictures_are_refused),
                cmocka_unit_test(foreign_pictures_are_told_apart),
                cmocka_unit_test(attributes_of_a_later_version_are_skipped),
                cmocka_unit_test(damaged_attributes_are_refused),
                cmocka_unit_test(orientation_is_one_that_there_is),
                cmocka_unit_test(direction_is_never_read_as_360),
                cmocka_unit_test(angles_keep_their_last_digit),
                cmocka_unit_test(what_is_not_known_has_no_entry),
                cmocka_unit_test(values_out_of_range_have_no_entry),
                cmocka_unit_test(only_corrected_fixes_are_differential),
                cmocka_unit_test(last_instant_there_is_does_no_harm),
                cmocka_unit_test(small_positive_values_are_not_rounded_to_nothing),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
