/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/parse.h"
#include "base/utc.h"

static void formats(void **state)
{
        char text[UTC_TEXT_SIZE];

        assert_string_equal(utc_format_ms(0, text), "1970-01-01T00:00:00.000Z");
        assert_string_equal(utc_format_ms(1795428900 * NS_PER_S + 123999999, text), "2026-11-23T10:15:00.123Z");
        assert_string_equal(utc_format_ms(INT64_MAX, text), "2262-04-11T23:47:16.854Z");
        assert_string_equal(utc_format_compact(1795428900 * NS_PER_S + 999999999, text), "20261123T101500Z");
}

static void parses(void **state)
{
        static const struct {
                const char *text;
                int64_t utc_ns;
        } rows[] = {
                {"1970-01-01", 0},
                {"1970-01-01T00:00:00Z", 0},
                {"2026-11-23", 1795392000 * NS_PER_S},
                {"2026-11-23T10:15:00Z", 1795428900 * NS_PER_S},
                {"2026-11-23T10:15:00.5Z", 1795428900 * NS_PER_S + 500000000},
                {"2026-11-23T10:15:00.123456789Z", 1795428900 * NS_PER_S + 123456789},
                {"2026-11-23T10:15:00.1+00:00", 1795428900 * NS_PER_S + 100000000},
                {"2000-02-29T00:00:00Z", 951782400 * NS_PER_S},
                {"2016-12-31T23:59:60Z", 1483228800 * NS_PER_S},
                {"2016-12-31T23:59:60.7Z", 1483228800 * NS_PER_S},
        };

        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                int64_t utc_ns = -1;

                assert_int_equal(utc_parse(rows[i].text, &utc_ns), 0);
                assert_true(utc_ns == rows[i].utc_ns);
        }
}

static void refuses(void **state)
{
        static const char *const wrong[] = {
                "",
                "2026",
                "2026-11",
                "2026-11-2",
                "2026-1-23",
                "2026-11-23T",
                "2026-11-23 10:15:00Z",
                "2026-11-23t10:15:00Z",
                "2026-11-23T10:15Z",
                "2026-11-23T10:15:00",
                "2026-11-23T10:15:00z",
                "2026-11-23T10:15:00ZZ",
                "2026-11-23T10:15:00Z ",
                " 2026-11-23",
                "2026-11-23T10:15:00.Z",
                "2026-11-23T10:15:00,5Z",
                "2026-11-23T10:15:00.1234567890Z",
                "2026-11-23T10:15:00+01:00",
                "2026-11-23T10:15:00-00:00",
                "2026-11-23T24:00:00Z",
                "2026-11-23T10:60:00Z",
                "2026-11-23T10:15:60Z",
                "2026-11-23T10:15:61Z",
                "2026-00-23",
                "2026-13-23",
                "2026-11-00",
                "2026-11-31",
                "2026-02-29",
                "2100-02-29",
                "1969-12-31",
                "2262-01-01",
                "20261123T101500Z",
                "-026-11-23",
        };
        int64_t utc_ns = -1;

        for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
                assert_int_equal(utc_parse(wrong[i], &utc_ns), -EINVAL);
        assert_true(utc_ns == -1);
}

static void splits_before_the_epoch(void **state)
{
        struct utc_fields fields;

        utc_split(-1, &fields);
        assert_int_equal(fields.year, 1969);
        assert_int_equal(fields.month, 12);
        assert_int_equal(fields.day, 31);
        assert_int_equal(fields.second, 59);
        assert_int_equal(fields.nanosecond, 999999999);
        utc_split(INT64_MIN, &fields);
        assert_int_equal(fields.year, 1677);
        assert_int_equal(fields.nanosecond, 145224192);
}

/* The seed of STREETCAP_TEST_SEED, or a new one; printed, so that a failure can be had again. */
static uint64_t choose_seed(void)
{
        const char *given = getenv("STREETCAP_TEST_SEED");
        uint64_t seed = (uint64_t)clock_boottime_ns();

        if (given)
                assert_int_equal(parse_uint64(given, &seed), 0);
        print_message("STREETCAP_TEST_SEED=%ju\n", (uintmax_t)seed);
        return seed;
}

static uint64_t next_random(uint64_t *seed)
{
        /* xorshift64 (Marsaglia 2003) */
        *seed ^= *seed << 13;
        *seed ^= *seed >> 7;
        *seed ^= *seed << 17;
        return *seed;
}

static void agrees_with_the_c_library(void **state)
{
        uint64_t seed = choose_seed() | 1;

        for (int i = 0; i < 200000; i++) {
                int64_t utc_ns = (int64_t)next_random(&seed), parsed_ns = -1;
                time_t seconds = utc_ns / NS_PER_S - (utc_ns % NS_PER_S < 0);
                struct utc_fields fields;
                struct tm tm;
                char text[UTC_TEXT_SIZE];

                utc_split(utc_ns, &fields);
                gmtime_r(&seconds, &tm);
                assert_int_equal(fields.year, tm.tm_year + 1900);
                assert_int_equal(fields.month, tm.tm_mon + 1);
                assert_int_equal(fields.day, tm.tm_mday);
                assert_int_equal(fields.hour, tm.tm_hour);
                assert_int_equal(fields.minute, tm.tm_min);
                assert_int_equal(fields.second, tm.tm_sec);
                if (utc_ns < 0 || fields.year > 2261)
                        continue;
                assert_int_equal(utc_parse(utc_format_ms(utc_ns, text), &parsed_ns), 0);
                assert_true(parsed_ns == utc_ns - utc_ns % NS_PER_MS);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(formats),
                cmocka_unit_test(parses),
                cmocka_unit_test(refuses),
                cmocka_unit_test(splits_before_the_epoch),
                cmocka_unit_test(agrees_with_the_c_library),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
