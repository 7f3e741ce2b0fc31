/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/text.h"
#include "geotag/gpsd_report.h"

#define TPV_3_22                                                                                                         \
        "{\"class\":\"TPV\",\"device\":\"/dev/ttyACM0\",\"status\":2,\"mode\":3,\"time\":\"2026-11-23T10:15:00.250Z\","  \
        "\"ept\":0.005,\"lat\":48.117300000,\"lon\":11.516666667,\"altHAE\":592.400,\"altMSL\":545.400,\"alt\":545.400," \
        "\"epx\":1.5,\"epy\":2.0,\"epv\":3.4,\"track\":84.4000,\"magtrack\":87.2,\"magvar\":2.8,\"speed\":11.524,"       \
        "\"climb\":0.100,\"eps\":0.20,\"epc\":6.8,\"geoidSep\":47.0,\"eph\":2.5,\"sep\":4.1}"
/* A status of 1 is left out; leapseconds and more are new. */
#define TPV_3_25                                                                                                              \
        "{\"class\":\"TPV\",\"device\":\"/dev/ttyACM0\",\"mode\":3,\"time\":\"2026-11-23T10:15:00.000Z\",\"leapseconds\":18," \
        "\"ept\":0.005,\"lat\":48.117300000,\"lon\":11.516666667,\"altHAE\":592.4000,\"altMSL\":545.4000,\"alt\":545.4000,"   \
        "\"epv\":3.4,\"track\":84.4000,\"speed\":11.524,\"eps\":0.20,\"eph\":2.5,\"velN\":1.1,\"velE\":11.4}"

static struct gpsd_parser *parser;
static struct gpsd_sky last_sky;

static int set_up(void **state)
{
        last_sky = (struct gpsd_sky){0};
        return gpsd_parser_create(&parser);
}

static int tear_down(void **state)
{
        gpsd_parser_destroy(parser);
        return 0;
}

static int read_line(const char *line, struct gpsd_report *report)
{
        int r = gpsd_parser_read(parser, line, strlen(line), report);

        if (r == 0)
                gpsd_sky_take(&last_sky, report);
        return r;
}

static struct fix read_fix(const char *line)
{
        struct gpsd_report report;

        assert_int_equal(read_line(line, &report), 0);
        assert_int_equal(report.kind, GPSD_REPORT_FIX);
        return report.fix;
}

/* A field that is not valid must hold nothing that looks like a value. */
static void assert_consistent(const struct fix *fix)
{
        assert_int_equal(fix_has(fix, FIX_POSITION), isfinite(fix->latitude_deg) && isfinite(fix->longitude_deg));
        assert_int_equal(fix_has(fix, FIX_ALTITUDE_HAE), isfinite(fix->altitude_hae_m));
        assert_int_equal(fix_has(fix, FIX_ALTITUDE_MSL), isfinite(fix->altitude_msl_m));
        assert_int_equal(fix_has(fix, FIX_SPEED), isfinite(fix->speed_mps));
        assert_int_equal(fix_has(fix, FIX_COURSE), isfinite(fix->course_deg));
        assert_int_equal(fix_has(fix, FIX_EPH), isfinite(fix->eph_m));
        assert_int_equal(fix_has(fix, FIX_EPV), isfinite(fix->epv_m));
        assert_int_equal(fix_has(fix, FIX_EPS), isfinite(fix->eps_mps));
        assert_int_equal(fix_has(fix, FIX_HDOP), isfinite(fix->hdop));
        assert_int_equal(fix_has(fix, FIX_TIME), fix->utc_ns != 0);
        assert_int_equal(fix_has(fix, FIX_SATELLITES), fix->satellites_used != 0);
        assert_true(!fix_has(fix, FIX_SPEED) || (fix->speed_mps >= 0 && fix->speed_mps <= 100));
        assert_true(!fix_has(fix, FIX_COURSE) || (fix->course_deg >= 0 && fix->course_deg < 360));
        assert_true(fix->mode >= 0 && fix->mode <= 3);
}

static void a_tpv_of_gpsd_3_22(void **state)
{
        struct fix fix = read_fix(TPV_3_22);

        assert_consistent(&fix);
        assert_int_equal(fix.mode, 3);
        assert_int_equal(fix.status, 2);
        assert_int_equal(fix.utc_ns, INT64_C(1795428900) * NS_PER_S + 250 * NS_PER_MS);
        assert_true(fabs(fix.latitude_deg - 48.1173) < 1e-12 && fabs(fix.longitude_deg - 11.516666667) < 1e-12);
        assert_true(fabs(fix.altitude_hae_m - 592.4) < 1e-9 && fabs(fix.altitude_msl_m - 545.4) < 1e-9);
        assert_true(fabs(fix.speed_mps - 11.524) < 1e-9 && fabs(fix.course_deg - 84.4) < 1e-9);
        assert_true(fabs(fix.eph_m - 2.5) < 1e-9 && fabs(fix.epv_m - 3.4) < 1e-9 && fabs(fix.eps_mps - 0.2) < 1e-9);
        assert_false(fix_has(&fix, FIX_HDOP));
        assert_false(fix_has(&fix, FIX_SATELLITES));
}

static void a_tpv_of_gpsd_3_25_leaves_the_status_out(void **state)
{
        struct fix fix = read_fix(TPV_3_25);

        assert_consistent(&fix);
        assert_int_equal(fix.status, 1);
        assert_int_equal(fix.utc_ns, INT64_C(1795428900) * NS_PER_S);
        assert_true(fix_has(&fix, FIX_TIME | FIX_POSITION | FIX_SPEED | FIX_COURSE | FIX_EPH));
        /* Also after one that had another. */
        read_fix(TPV_3_22);
        assert_int_equal(read_fix(TPV_3_25).status, 1);
}

static void one_altitude_does_not_make_the_other(void **state)
{
        struct fix fix = read_fix(
                "{\"class\":\"TPV\",\"mode\":3,\"time\":\"2026-11-23T10:15:00.000Z\",\"lat\":48.1,"
                "\"lon\":11.5,\"altHAE\":592.4}");

        assert_consistent(&fix);
        assert_true(fabs(fix.altitude_hae_m - 592.4) < 1e-9);
        assert_false(fix_has(&fix, FIX_ALTITUDE_MSL));
        fix = read_fix(
                "{\"class\":\"TPV\",\"mode\":3,\"time\":\"2026-11-23T10:15:01.000Z\",\"lat\":48.1,\"lon\":11.5,"
                "\"altMSL\":545}");
        assert_consistent(&fix);
        assert_false(fix_has(&fix, FIX_ALTITUDE_HAE));
        assert_true(fix_has(&fix, FIX_ALTITUDE_MSL));
        /* In 2D an altitude is an old one. */
        fix = read_fix(
                "{\"class\":\"TPV\",\"mode\":2,\"time\":\"2026-11-23T10:15:02.000Z\",\"lat\":48.1,\"lon\":11.5,"
                "\"altMSL\":545,\"altHAE\":592}");
        assert_consistent(&fix);
        assert_false(fix.valid & (FIX_ALTITUDE_HAE | FIX_ALTITUDE_MSL));
}

static void what_is_left_out_is_not_known(void **state)
{
        /* After a full one, so that a value that sticks would show. */
        static const char *const lines[] = {
                "{\"class\":\"TPV\",\"mode\":3}",
                "{\"class\":\"TPV\",\"mode\":2,\"lat\":48.1}",
                "{\"class\":\"TPV\",\"mode\":2,\"lon\":11.5}",
                "{\"class\":\"TPV\",\"mode\":1,\"time\":\"2026-11-23T10:15:00.000Z\"}",
                "{\"class\":\"TPV\",\"mode\":0}",
                "{\"class\":\"TPV\",\"device\":\"x\",\"mode\":1}",
        };
        static const unsigned valid[] = {0, 0, 0, FIX_TIME, 0, 0};

        for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
                struct fix fix;

                read_fix(TPV_3_22);
                fix = read_fix(lines[i]);
                assert_consistent(&fix);
                assert_int_equal(fix.valid, valid[i]);
        }
}

static void no_fix_has_no_position_even_when_one_is_given(void **state)
{
        struct fix fix = read_fix(
                "{\"class\":\"TPV\",\"mode\":1,\"time\":\"2026-11-23T10:15:00.000Z\",\"lat\":48.1,"
                "\"lon\":11.5,\"speed\":3,\"track\":4}");

        assert_consistent(&fix);
        assert_int_equal(fix.valid, FIX_TIME);
}

static void values_out_of_range_are_not_known(void **state)
{
        static const char *const fields[] = {
                "\"lat\":90.1,\"lon\":0",
                "\"lat\":-91,\"lon\":0",
                "\"lat\":0,\"lon\":180.5",
                "\"lat\":1e300,\"lon\":0",
                "\"lat\":0,\"lon\":-1e308",
                "\"speed\":-1",
                "\"speed\":100.5",
                "\"speed\":1e99",
                "\"track\":-0.5",
                "\"track\":361",
                "\"eph\":-2",
                "\"eph\":1e7",
                "\"altMSL\":1e6",
                "\"altHAE\":-20000",
                "\"time\":\"1969-12-31T23:59:59.000Z\"",
                "\"time\":\"9999-01-01T00:00:00.000Z\"",
                "\"time\":\"2100-01-01T00:00:00.000Z\"",
        };

        for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
                struct fix fix;
                char line[256];

                snprintf(line, sizeof(line), "{\"class\":\"TPV\",\"mode\":3,%s}", fields[i]);
                fix = read_fix(line);
                assert_consistent(&fix);
                assert_int_equal(fix.valid, 0);
        }
}

static void a_course_of_360_is_0(void **state)
{
        struct fix fix = read_fix("{\"class\":\"TPV\",\"mode\":3,\"track\":360.0}");

        assert_true(fix_has(&fix, FIX_COURSE) && fix.course_deg == 0);
}

static void a_mode_out_of_range_is_none(void **state)
{
        assert_int_equal(read_fix("{\"class\":\"TPV\",\"mode\":7,\"lat\":1,\"lon\":2}").mode, 0);
        assert_int_equal(read_fix("{\"class\":\"TPV\",\"mode\":-3,\"lat\":1,\"lon\":2}").mode, 0);
        assert_int_equal(read_fix("{\"class\":\"TPV\",\"mode\":7,\"lat\":1,\"lon\":2}").valid, 0);
}

/* --- SKY --- */

static void read_sky(const char *line)
{
        struct gpsd_report report;

        assert_int_equal(read_line(line, &report), 0);
        assert_int_equal(report.kind, GPSD_REPORT_SKY);
}

static void hdop_of_a_sky_report_goes_into_later_fixes(void **state)
{
        struct fix fix;

        read_sky("{\"class\":\"SKY\",\"device\":\"/dev/ttyACM0\",\"hdop\":1.10,\"pdop\":2.0,\"nSat\":12,\"uSat\":8}");
        fix = read_fix(TPV_3_25);
        assert_consistent(&fix);
        assert_true(fabs(fix.hdop - 1.1) < 1e-9);
        assert_int_equal(fix.satellites_used, 8);
        fix = read_fix(TPV_3_22);
        assert_true(fix_has(&fix, FIX_HDOP | FIX_SATELLITES));
        /* Another replaces it, and one without a value takes it away. */
        read_sky("{\"class\":\"SKY\",\"hdop\":0.7,\"uSat\":11}");
        assert_true(fabs(read_fix(TPV_3_25).hdop - 0.7) < 1e-9);
        read_sky("{\"class\":\"SKY\",\"satellites\":[]}");
        fix = read_fix(TPV_3_25);
        assert_consistent(&fix);
        assert_false(fix.valid & (FIX_HDOP | FIX_SATELLITES));
}

static void satellites_are_counted_where_gpsd_does_not(void **state)
{
        read_sky(
                "{\"class\":\"SKY\",\"hdop\":1.5,\"satellites\":[{\"PRN\":1,\"el\":10,\"az\":20,\"ss\":30,\"used\":true},"
                "{\"PRN\":2,\"used\":false},{\"PRN\":3,\"used\":true},{\"PRN\":4},{\"PRN\":5,\"used\":1}]}");
        assert_int_equal(read_fix(TPV_3_22).satellites_used, 2);
}

static void a_dilution_out_of_range_is_not_known(void **state)
{
        static const char *const values[] = {"0", "-1", "99.99", "1e308", "\"1.1\"", "null", "[]"};

        for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
                struct fix fix;
                char line[128];

                snprintf(line, sizeof(line), "{\"class\":\"SKY\",\"hdop\":%s,\"uSat\":-4}", values[i]);
                read_sky(line);
                fix = read_fix(TPV_3_22);
                assert_consistent(&fix);
                assert_false(fix.valid & (FIX_HDOP | FIX_SATELLITES));
        }
}

static void an_old_sky_report_is_forgotten(void **state)
{
        unsigned with = 0;

        read_sky("{\"class\":\"SKY\",\"hdop\":1.10,\"uSat\":8}");
        for (unsigned i = 0; i < 100; i++) {
                struct fix fix = read_fix(TPV_3_22);

                assert_consistent(&fix);
                with += fix_has(&fix, FIX_HDOP);
                assert_int_equal(fix_has(&fix, FIX_HDOP), with == i + 1);
        }
        assert_in_range(with, 20, 40);
}

static void a_slim_sky_reads_the_same(void **state)
{
        static const char sky[] =
                "{\"class\":\"SKY\",\"hdop\":1.1234567890123457,\"satellites\":[{\"PRN\":1,\"used\":true},"
                "{\"PRN\":3,\"used\":true}],\"xdop\":0.1}";
        struct fix whole, slim;
        char *line;

        read_sky(sky);
        whole = read_fix(TPV_3_22);
        assert_int_equal(gpsd_report_slim(sky, strlen(sky), &line), 0);
        assert_null(strstr(line, "PRN"));
        last_sky = (struct gpsd_sky){0};
        assert_false(fix_has((struct fix[]){read_fix(TPV_3_22)}, FIX_HDOP));
        read_sky(line);
        slim = read_fix(TPV_3_22);
        assert_true(slim.hdop == whole.hdop);
        assert_int_equal(slim.satellites_used, whole.satellites_used);
        assert_int_equal(slim.satellites_used, 2);
        free(line);
        /* Other reports stay as they are, byte for byte. */
        assert_int_equal(gpsd_report_slim(TPV_3_22, strlen(TPV_3_22), &line), 0);
        assert_string_equal(line, TPV_3_22);
        free(line);
        assert_int_equal(gpsd_report_slim("[1]", 3, &line), -EBADMSG);
        assert_int_equal(gpsd_report_slim("{", 1, &line), -EBADMSG);
}

/* --- PPS --- */

static void a_pulse_is_read(void **state)
{
        struct gpsd_report report;

        assert_int_equal(
                read_line("{\"class\":\"PPS\",\"device\":\"/dev/pps0\",\"real_sec\":1795428901,\"real_nsec\":0,"
                          "\"clock_sec\":1795428900,\"clock_nsec\":999999123,\"precision\":-20,\"shm\":\"NTP2\"}",
                          &report),
                0);
        assert_int_equal(report.kind, GPSD_REPORT_PPS);
        assert_int_equal(report.pps_utc_ns, INT64_C(1795428901) * NS_PER_S);
        assert_int_equal(report.pps_realtime_ns, INT64_C(1795428900) * NS_PER_S + 999999123);
}

static void a_broken_pulse_is_an_error(void **state)
{
        static const char *const fields[] = {
                "\"real_sec\":1795428901,\"real_nsec\":0,\"clock_sec\":1795428900",
                "\"real_sec\":\"1795428901\",\"real_nsec\":0,\"clock_sec\":1795428900,\"clock_nsec\":0",
                "\"real_sec\":1795428901.5,\"real_nsec\":0,\"clock_sec\":1795428900,\"clock_nsec\":0",
                "\"real_sec\":9223372036854775807,\"real_nsec\":0,\"clock_sec\":1795428900,\"clock_nsec\":0",
                "\"real_sec\":1795428901,\"real_nsec\":0,\"clock_sec\":-9223372036854775808,\"clock_nsec\":0",
                "\"real_sec\":1795428901,\"real_nsec\":-9223372036854775808,\"clock_sec\":1795428900,\"clock_nsec\":0",
                "\"real_sec\":1795428901,\"real_nsec\":1000000000,\"clock_sec\":1795428900,\"clock_nsec\":0",
        };
        struct gpsd_report report;

        for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
                char line[256];

                snprintf(line, sizeof(line), "{\"class\":\"PPS\",%s}", fields[i]);
                assert_int_equal(read_line(line, &report), -EBADMSG);
        }
}

/* --- junk --- */

static void other_classes_are_let_through(void **state)
{
        static const char *const lines[] = {
                "{\"class\":\"VERSION\",\"release\":\"3.22\",\"rev\":\"3.22\",\"proto_major\":3,\"proto_minor\":14}",
                "{\"class\":\"DEVICES\",\"devices\":[]}",
                "{\"class\":\"WATCH\",\"enable\":true,\"json\":true}",
                "{\"class\":\"TOFF\",\"real_sec\":1}",
                "{\"class\":\"AIS\",\"type\":18}",
                "{\"class\":\"ERROR\",\"message\":\"x\"}",
                "{\"class\":\"VERSION\"}\r\n",
        };
        struct gpsd_report report;

        for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
                assert_int_equal(read_line(lines[i], &report), 0);
                assert_int_equal(report.kind, GPSD_REPORT_OTHER);
        }
}

static void junk_is_an_error_and_does_no_harm(void **state)
{
        static const char *const lines[] = {
                "",
                "\n",
                "junk",
                "{",
                "[]",
                "null",
                "42",
                "\"TPV\"",
                "{}",
                "{\"class\":5}",
                "{\"class\":null}",
                "{\"clas\":\"TPV\"}",
                "{\"class\":\"TPV\",\"mode\":3",
                "{\"class\":\"TPV\",\"mode\":3}}",
                "{\"class\":\"TPV\",\"mode\":3} {\"class\":\"TPV\",\"mode\":3}",
                "{\"class\":\"TPV\",\"class\":\"TPV\",\"mode\":3}",
                "{\"class\":\"TPV\",\"mode\":3,\"mode\":2}",
                "{\"class\":\"TPV\",\"mode\":3,\"lat\":nan}",
                "{\"class\":\"TPV\",\"mode\":3,\"lat\":1e999}",
                "{\"class\":\"TPV\",\"mode\":99999999999999999999999}",
                "$GPRMC,194907.00,A,5241.99815,N,00517.56525,E,0.005,,010809,,,A*7B",
                "\xff\xfe{\"class\":\"TPV\"}",
                "{\"class\":\"TPV\",\"device\":\"\xc3\x28\",\"mode\":3}",
        };
        struct gpsd_report report;
        struct fix fix;

        for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
                memset(&report, 0x5a, sizeof(report));
                assert_int_equal(read_line(lines[i], &report), -EBADMSG);
                assert_int_equal(report.kind, 0x5a5a5a5a); /* untouched */
        }
        fix = read_fix(TPV_3_22);
        assert_true(fix_has(&fix, FIX_POSITION));
        assert_consistent(&fix);
}

static void what_is_too_long_or_too_deep_is_an_error(void **state)
{
        struct gpsd_report report;
        struct text line = {0};

        text_add(&line, "{\"class\":\"TPV\",\"mode\":3,\"device\":\"");
        while (line.length < 10300)
                text_add(&line, "x");
        text_add(&line, "\"}");
        assert_int_equal(gpsd_parser_read(parser, line.data, line.length, &report), -EMSGSIZE);
        text_clear(&line);
        text_add(&line, "{\"class\":\"TPV\",\"x\":");
        while (line.length < 10000)
                text_add(&line, "[");
        assert_int_equal(gpsd_parser_read(parser, line.data, line.length, &report), -EBADMSG);
        text_clear(&line);
        for (unsigned i = 0; i < 3000; i++)
                text_add(&line, "{\"a\":");
        assert_int_equal(gpsd_parser_read(parser, line.data, line.length, &report),
                         line.length > 10240 ? -EMSGSIZE : -EBADMSG);
        text_clear(&line);
        for (unsigned i = 0; i < 2000; i++)
                text_add(&line, "{\"a\":");
        assert_int_equal(gpsd_parser_read(parser, line.data, line.length, &report), -EBADMSG);
        text_finish(&line);
        assert_int_equal(read_fix(TPV_3_22).mode, 3);
}

/* Values of another type than gpsd's: refused, or not known, but never half read. */
static void wrong_types_are_not_read_as_values(void **state)
{
        static const char *const lines[] = {
                "{\"class\":\"TPV\",\"mode\":\"3\",\"lat\":1,\"lon\":2}",
                "{\"class\":\"TPV\",\"mode\":3,\"lat\":\"1\",\"lon\":2}",
                "{\"class\":\"TPV\",\"mode\":3,\"lat\":[1],\"lon\":2}",
                "{\"class\":\"TPV\",\"mode\":3,\"lat\":{},\"lon\":2}",
                "{\"class\":\"TPV\",\"mode\":3,\"lat\":null,\"lon\":2}",
                "{\"class\":\"TPV\",\"mode\":3,\"lat\":true,\"lon\":2}",
                "{\"class\":\"TPV\",\"mode\":3,\"time\":12345}",
                "{\"class\":\"TPV\",\"mode\":3,\"time\":\"yesterday\"}",
                /* gps_unpack of libgps 3.22 never returns from this. */
                "{\"class\":\"TPV\",\"mode\":3,\"lat\":\"x\",\"b\":{\"class\":\"WATCH\",\"enable\":true}}",
        };

        for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
                struct gpsd_report report;
                int r = read_line(lines[i], &report);

                assert_true(r == 0 || r == -EBADMSG);
                if (r == 0)
                        assert_consistent(&report.fix);
                /* And the next one is whole. */
                assert_true(fabs(read_fix(TPV_3_22).latitude_deg - 48.1173) < 1e-12);
        }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(a_tpv_of_gpsd_3_22),
                TEST(a_tpv_of_gpsd_3_25_leaves_the_status_out),
                TEST(one_altitude_does_not_make_the_other),
                TEST(what_is_left_out_is_not_known),
                TEST(no_fix_has_no_position_even_when_one_is_given),
                TEST(values_out_of_range_are_not_known),
                TEST(a_course_of_360_is_0),
                TEST(a_mode_out_of_range_is_none),
                TEST(hdop_of_a_sky_report_goes_into_later_fixes),
                TEST(satellites_are_counted_where_gpsd_does_not),
                TEST(a_dilution_out_of_range_is_not_known),
                TEST(an_old_sky_report_is_forgotten),
                TEST(a_slim_sky_reads_the_same),
                TEST(a_pulse_is_read),
                TEST(a_broken_pulse_is_an_error),
                TEST(other_classes_are_let_through),
                TEST(junk_is_an_error_and_does_no_harm),
                TEST(what_is_too_long_or_too_deep_is_an_error),
                TEST(wrong_types_are_not_read_as_values),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
