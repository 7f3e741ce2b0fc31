/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "base/text.h"

static void grows(void **state)
{
        struct text text = {0};

        assert_null(text.data);
        text_add(&text, "");
        assert_string_equal(text.data, "");
        for (int i = 0; i < 1000; i++)
                text_addf(&text, "%d,", i);
        assert_int_equal(text.length, 10 * 2 + 90 * 3 + 900 * 4);
        assert_int_equal(strlen(text.data), text.length);
        assert_string_equal(text.data + text.length - 4, "999,");
        text_clear(&text);
        assert_string_equal(text.data, "");
        text_add_bytes(&text, "a\0b", 3);
        assert_int_equal(text.length, 3);
        assert_memory_equal(text.data, "a\0b", 4);
        text_finish(&text);
        assert_null(text.data);
        text_clear(&text);
        text_add(&text, "again");
        assert_string_equal(text.data, "again");
        text_finish(&text);
}

static void json_nests(void **state)
{
        struct text text = {0};
        struct json_out json;

        json_out_begin(&json, &text);
        json_out_object_begin(&json, NULL);
        json_out_string(&json, "street", "Rue Pasteur");
        json_out_array_begin(&json, "list");
        json_out_int(&json, NULL, INT64_MIN);
        json_out_object_begin(&json, NULL);
        json_out_object_end(&json);
        json_out_array_begin(&json, NULL);
        json_out_array_end(&json);
        json_out_bool(&json, NULL, false);
        json_out_array_end(&json);
        json_out_null(&json, "none");
        json_out_bool(&json, "yes", true);
        json_out_object_end(&json);
        assert_string_equal(text.data,
                            "{\"street\":\"Rue Pasteur\",\"list\":[-9223372036854775808,{},[],false],"
                            "\"none\":null,\"yes\":true}");
        text_finish(&text);
}

static void json_nests_32_deep(void **state)
{
        struct text text = {0};
        struct json_out json;

        json_out_begin(&json, &text);
        for (int i = 0; i < 32; i++)
                json_out_array_begin(&json, NULL);
        json_out_int(&json, NULL, 1);
        json_out_int(&json, NULL, 2);
        for (int i = 0; i < 32; i++)
                json_out_array_end(&json);
        assert_int_equal(text.length, 32 + 3 + 32);
        assert_memory_equal(text.data + 31, "[1,2]", 5);
        text_finish(&text);
}

static void json_numbers(void **state)
{
        static const struct {
                double value;
                int decimals;
                const char *text;
        } rows[] = {
                {0.0, 0, "0"},
                {-0.0, 2, "0.00"},
                {-0.001, 2, "0.00"},
                {-0.005001, 2, "-0.01"},
                {-10.0, 0, "-10"},
                {-9.0, 0, "-9"},
                {48.8566, 7, "48.8566000"},
                {1e20, 1, "100000000000000000000.0"},
                {NAN, 3, "null"},
                {INFINITY, 3, "null"},
                {-INFINITY, 3, "null"},
        };

        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                struct text text = {0};
                struct json_out json;

                json_out_begin(&json, &text);
                json_out_double(&json, NULL, rows[i].value, rows[i].decimals);
                assert_string_equal(text.data, rows[i].text);
                text_finish(&text);
        }
}

static void json_strings(void **state)
{
        static const struct {
                const char *value, *text;
        } rows[] = {
                {NULL, "null"},
                {"", "\"\""},
                {"Allée des Œillets", "\"Allée des Œillets\""},
                {"a\"b\\c/d", "\"a\\\"b\\\\c/d\""},
                {"\n\r\t\b\x01\x1f", "\"\\n\\r\\t\\u0008\\u0001\\u001f\""},
                {"\xf0\x9f\x9a\x90", "\"\xf0\x9f\x9a\x90\""},
                {"\xff", "\"\xef\xbf\xbd\""},
                {"\xc3", "\"\xef\xbf\xbd\""},                                                 /* cut */
                {"\xc3(", "\"\xef\xbf\xbd(\""},                                               /* no continuation */
                {"\xc0\xaf", "\"\xef\xbf\xbd\xef\xbf\xbd\""},                                 /* "/" too long */
                {"\xe0\x80\xaf", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},                 /* "/" too long */
                {"\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},                 /* a surrogate */
                {"\xf4\x90\x80\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""}, /* U+110000 */
                {"\xf0\x8f\xbf\xbf", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""}, /* too long */
                {"\xe2\x82", "\"\xef\xbf\xbd\xef\xbf\xbd\""},                                 /* cut */
                {"\xef\xbf\xbf\xf4\x8f\xbf\xbf", "\"\xef\xbf\xbf\xf4\x8f\xbf\xbf\""},         /* the last ones */
        };

        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                struct text text = {0};
                struct json_out json;

                json_out_begin(&json, &text);
                json_out_string(&json, NULL, rows[i].value);
                assert_string_equal(text.data, rows[i].text);
                text_finish(&text);
        }
}

static void json_keys_are_escaped(void **state)
{
        struct text text = {0};
        struct json_out json;

        json_out_begin(&json, &text);
        json_out_object_begin(&json, NULL);
        json_out_double(&json, "a\"b", NAN, 1);
        json_out_string(&json, "c", NULL);
        json_out_object_end(&json);
        assert_string_equal(text.data, "{\"a\\\"b\":null,\"c\":null}");
        text_finish(&text);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(grows),        cmocka_unit_test(json_nests),   cmocka_unit_test(json_nests_32_deep),
                cmocka_unit_test(json_numbers), cmocka_unit_test(json_strings), cmocka_unit_test(json_keys_are_escaped),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
