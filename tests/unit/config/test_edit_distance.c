/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <limits.h>

#include "config/edit_distance.h"

static void distances(void **state)
{
        static const struct {
                const char *a, *b;
                unsigned distance;
        } rows[] = {
                {"", "", 0},
                {"", "abc", 3},
                {"abc", "", 3},
                {"same", "same", 0},
                {"spacing", "spacign", 1},
                {"spacing", "spcing", 1},
                {"spacing", "spacingg", 1},
                {"spacing", "spading", 1},
                {"kitten", "sitting", 3},
                {"ab", "ba", 1},
                {"abcd", "dcba", 3},
                {"rate", "quality", 5},
        };

        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                assert_int_equal(edit_distance(rows[i].a, rows[i].b), rows[i].distance);
                assert_int_equal(edit_distance(rows[i].b, rows[i].a), rows[i].distance);
        }
}

static void long_words_are_far(void **state)
{
        const char *longest = "012345678901234567890123456789012345678901234567890123456789012";
        const char *too_long = "0123456789012345678901234567890123456789012345678901234567890123";

        assert_int_equal(edit_distance(longest, longest), 0);
        assert_int_equal(edit_distance(longest, "0"), 62);
        assert_int_equal(edit_distance(too_long, too_long), UINT_MAX);
        assert_int_equal(edit_distance("a", too_long), UINT_MAX);
}

int main(void)
{
        const struct CMUnitTest tests[] = {cmocka_unit_test(distances), cmocka_unit_test(long_words_are_far)};

        return cmocka_run_group_tests(tests, NULL, NULL);
}
