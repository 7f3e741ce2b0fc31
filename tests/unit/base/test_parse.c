/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/parse.h"

#define UNTOUCHED 42

static void int64_takes_whole_range(void **state)
{
        static const struct {
                const char *text;
                int64_t value;
        } rows[] = {
                {"0", 0},
                {"-0", 0},
                {"+7", 7},
                {"007", 7},
                {"-1", -1},
                {"9223372036854775807", INT64_MAX},
                {"-9223372036854775808", INT64_MIN},
        };

        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                int64_t value = UNTOUCHED;

                assert_int_equal(parse_int64(rows[i].text, &value), 0);
                assert_true(value == rows[i].value);
        }
}

static void int64_refuses(void **state)
{
        static const char *const not_numbers[] = {"",    " 1",  "1 ",  "-",   "+",  "--1", "-+1",     "+-1",
                                                  "0x1", "1.0", "1e3", "1\n", "1,", "a",   "\xc2\xb2"};
        int64_t value = UNTOUCHED;

        for (size_t i = 0; i < sizeof(not_numbers) / sizeof(not_numbers[0]); i++)
                assert_int_equal(parse_int64(not_numbers[i], &value), -EINVAL);
        assert_int_equal(parse_int64("9223372036854775808", &value), -ERANGE);
        assert_int_equal(parse_int64("-9223372036854775809", &value), -ERANGE);
        assert_int_equal(parse_int64("99999999999999999999999", &value), -ERANGE);
        assert_int_equal(value, UNTOUCHED);
}

static void uint64_takes_whole_range(void **state)
{
        uint64_t value = UNTOUCHED;

        assert_int_equal(parse_uint64("-1", &value), -EINVAL);
        assert_int_equal(parse_uint64("", &value), -EINVAL);
        assert_int_equal(parse_uint64("18446744073709551616", &value), -ERANGE);
        assert_int_equal(value, UNTOUCHED);
        assert_int_equal(parse_uint64("18446744073709551615", &value), 0);
        assert_true(value == UINT64_MAX);
}

static void double_is_exact(void **state)
{
        static const struct {
                const char *text;
                double value;
        } rows[] = {
                {"0", 0.0},
                {"1.5", 1.5},
                {"-0.25", -0.25},
                {"+3", 3.0},
                {"1e3", 1000.0},
                {"1E-3", 0.001},
                {"2.5e+2", 250.0},
                {"0.1", 0.1},
                {"007.5", 7.5},
                {"1e-400", 0.0},
                {"1.7976931348623157e308", 1.7976931348623157e308},
        };

        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                double value = UNTOUCHED;

                assert_int_equal(parse_double(rows[i].text, &value), 0);
                assert_true(value == rows[i].value);
        }
}

static void double_refuses(void **state)
{
        static const char *const not_numbers[] = {"",      " 1",  "1 ",  ".5",  "5.",  "1.e3", "1e",       "1e+",
                                                  "1.2.3", "1,5", "nan", "NaN", "inf", "-inf", "infinity", "0x10",
                                                  "0x1p3", "1f",  "-",   "+-1", "1\n", "- 1"};
        double value = UNTOUCHED;

        for (size_t i = 0; i < sizeof(not_numbers) / sizeof(not_numbers[0]); i++)
                assert_int_equal(parse_double(not_numbers[i], &value), -EINVAL);
        assert_int_equal(parse_double("1e309", &value), -ERANGE);
        assert_int_equal(parse_double("-1e309", &value), -ERANGE);
        assert_true(value == UNTOUCHED);
}

/* A locale with a decimal comma, made in a folder of its own since few machines have one. False: it cannot be made. */
static bool enter_german(void)
{
        char folder[] = "/tmp/streetcap-locale-XXXXXX", command[160];
        bool entered;

        assert_non_null(mkdtemp(folder));
        snprintf(command, sizeof(command), "localedef -i de_DE -f UTF-8 %s/de_DE.UTF-8 >%s/log 2>&1", folder, folder);
        entered = system(command) == 0 && setenv("LOCPATH", folder, 1) == 0 && setlocale(LC_NUMERIC, "de_DE.UTF-8");
        snprintf(command, sizeof(command), "rm -r %s", folder);
        assert_int_equal(system(command), 0);
        return entered;
}

static void double_ignores_the_locale(void **state)
{
        double right = UNTOUCHED, wrong = UNTOUCHED;
        int took_right, took_wrong;

        if (!enter_german()) {
                print_message("localedef, or the definition of de_DE (package locales), is missing\n");
                skip();
        }
        assert_string_equal(localeconv()->decimal_point, ",");
        took_right = parse_double("1.5", &right);
        took_wrong = parse_double("1,5", &wrong);
        setlocale(LC_NUMERIC, "C");
        assert_int_equal(took_right, 0);
        assert_int_equal(took_wrong, -EINVAL);
        assert_true(right == 1.5);
}

static void quantity_knows_units(void **state)
{
        static const struct {
                const char *text;
                const struct unit *units;
                double value;
        } rows[] = {
                {"5", units_length_m, 5.0},         {"5m", units_length_m, 5.0},
                {"5 m", units_length_m, 5.0},       {"5 \t m", units_length_m, 5.0},
                {"0.5 km", units_length_m, 500.0},  {"-20 cm", units_length_m, -0.2},
                {"1001 mm", units_length_m, 1.001}, {"1001 ms", units_time_s, 1.001},
                {"35 us", units_time_s, 35e-6},     {"5 min", units_time_s, 300.0},
                {"24 h", units_time_s, 86400.0},    {"2 d", units_time_s, 172800.0},
                {"90 deg", units_angle_deg, 90.0},  {"36 km/h", units_speed_mps, 10.0},
                {"7 m/s", units_speed_mps, 7.0},    {"10 fps", units_rate_hz, 10.0},
                {"10Hz", units_rate_hz, 10.0},      {"1e1 Hz", units_rate_hz, 10.0},
        };

        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                double value = UNTOUCHED;

                assert_int_equal(parse_quantity(rows[i].text, rows[i].units, &value), 0);
                assert_true(value == rows[i].value);
        }
}

static void quantity_refuses(void **state)
{
        double value = UNTOUCHED;

        assert_int_equal(parse_quantity("", units_length_m, &value), -EINVAL);
        assert_int_equal(parse_quantity("m", units_length_m, &value), -EINVAL);
        assert_int_equal(parse_quantity("five m", units_length_m, &value), -EINVAL);
        assert_int_equal(parse_quantity(" 5 m", units_length_m, &value), -EINVAL);
        assert_int_equal(parse_quantity("5 ", units_length_m, &value), -EINVAL);
        assert_int_equal(parse_quantity("5. m", units_length_m, &value), -EINVAL);
        assert_int_equal(parse_quantity("nan", units_length_m, &value), -EINVAL);
        assert_int_equal(parse_quantity("5 m ", units_length_m, &value), -EDOM);
        assert_int_equal(parse_quantity("5 mi", units_length_m, &value), -EDOM);
        assert_int_equal(parse_quantity("5 M", units_length_m, &value), -EDOM);
        assert_int_equal(parse_quantity("5 s", units_length_m, &value), -EDOM);
        assert_int_equal(parse_quantity("0x10", units_length_m, &value), -EDOM);
        assert_int_equal(parse_quantity("5,5 m", units_length_m, &value), -EDOM);
        assert_int_equal(parse_quantity("1e400 m", units_length_m, &value), -ERANGE);
        assert_int_equal(parse_quantity("1e308 km", units_length_m, &value), -ERANGE);
        assert_true(value == UNTOUCHED);
}

static void size_is_two_sides(void **state)
{
        static const char *const wrong[] = {"",         "1920",    "1920x",    "x1080", "0x1080", "1920x0", "1920X1080",
                                            "1920 x 1", "65536x1", "1x100000", "-1x1",  "1x1x1",  "+1x1",   "1x1 "};
        unsigned width = UNTOUCHED, height = UNTOUCHED;

        for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
                assert_int_equal(parse_size(wrong[i], &width, &height), -EINVAL);
        assert_int_equal(width, UNTOUCHED);
        assert_int_equal(height, UNTOUCHED);
        assert_int_equal(parse_size("65535x1", &width, &height), 0);
        assert_int_equal(width, 65535);
        assert_int_equal(height, 1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(int64_takes_whole_range),  cmocka_unit_test(int64_refuses),
                cmocka_unit_test(uint64_takes_whole_range), cmocka_unit_test(double_is_exact),
                cmocka_unit_test(double_refuses),           cmocka_unit_test(double_ignores_the_locale),
                cmocka_unit_test(quantity_knows_units),     cmocka_unit_test(quantity_refuses),
                cmocka_unit_test(size_is_two_sides),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
