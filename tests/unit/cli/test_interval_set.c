/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "storage/interval_set.h"

static void test_uniting(void **state)
{
        struct interval_set set = {0};

        assert_int_equal(interval_set_add(&set, 5, 7), 0);
        assert_int_equal(interval_set_add(&set, 1, 2), 0);
        assert_int_equal(interval_set_add(&set, 6, 9), 0);
        assert_int_equal(interval_set_add(&set, 2, 3), 0); /* touches */
        assert_int_equal(interval_set_add(&set, 4, 4), 0); /* nothing */
        assert_int_equal(interval_set_add(&set, 9, 8), 0);
        assert_int_equal(interval_set_add(&set, NAN, 8), 0);
        interval_set_merge(&set);
        assert_int_equal(set.count, 2);
        assert_true(set.items[0].from == 1 && set.items[0].to == 3);
        assert_true(set.items[1].from == 5 && set.items[1].to == 9);
        assert_true(interval_set_covered(&set, 0, 10) == 6);
        assert_true(interval_set_covered(&set, 2, 6) == 2);
        assert_true(interval_set_covered(&set, 3, 5) == 0);
        assert_true(interval_set_covered(&set, 20, 30) == 0);
        interval_set_finish(&set);
}

static void test_holes(void **state)
{
        struct interval_set set = {0};
        struct interval hole;

        assert_int_equal(interval_set_hole(&set, 0, 4, &hole), 1);
        assert_true(hole.from == 0 && hole.to == 4);
        assert_int_equal(interval_set_hole(&set, 4, 4, &hole), 0);
        interval_set_add(&set, 1, 2);
        interval_set_add(&set, 3, 4);
        interval_set_merge(&set);
        assert_int_equal(interval_set_hole(&set, 0, 4, &hole), 1);
        assert_true(hole.from == 0 && hole.to == 1);
        assert_int_equal(interval_set_hole(&set, 1, 4, &hole), 1);
        assert_true(hole.from == 2 && hole.to == 3);
        assert_int_equal(interval_set_hole(&set, 3, 4, &hole), 0);
        assert_int_equal(interval_set_hole(&set, 3, 9, &hole), 1);
        assert_true(hole.from == 4 && hole.to == 9);
        interval_set_finish(&set);
}

/* Any number of passes over one street takes little memory. */
static void test_many(void **state)
{
        struct interval_set set = {0};

        for (int i = 0; i < 100000; i++)
                assert_int_equal(interval_set_add(&set, i % 100, i % 100 + 1.5), 0);
        assert_true(set.capacity <= 256);
        interval_set_merge(&set);
        assert_int_equal(set.count, 1);
        assert_true(set.items[0].from == 0 && set.items[0].to == 100.5);
        for (int i = 0; i < 1000; i++)
                assert_int_equal(interval_set_add(&set, 200 + 2 * i, 201 + 2 * i), 0);
        interval_set_merge(&set);
        assert_int_equal(set.count, 1001);
        interval_set_finish(&set);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_uniting),
                cmocka_unit_test(test_holes),
                cmocka_unit_test(test_many),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
