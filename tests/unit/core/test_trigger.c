/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "capture/trigger.h"

static void marks_are_a_spacing_apart(void **state)
{
        struct trigger trigger;

        trigger_init(&trigger, 5, 100);
        for (int i = 0; i < 1000; i++) {
                assert_int_equal(trigger.mark, i);
                assert_true(trigger.next_m == 102.5 + 5 * i);
                trigger_advance(&trigger);
        }
}

static void another_spacing_counts_from_the_last_mark(void **state)
{
        struct trigger trigger;

        trigger_init(&trigger, 5, 0);
        trigger_advance(&trigger); /* next at 7.5, the last at 2.5 */
        trigger_set_spacing(&trigger, 8, 3);
        assert_true(trigger.next_m == 10.5);
        assert_int_equal(trigger.mark, 1);
        trigger_set_spacing(&trigger, 2, 3);
        assert_true(trigger.next_m == 4.5);
        trigger_advance(&trigger);
        assert_true(trigger.next_m == 6.5);
}

static void the_next_mark_never_falls_behind_the_van(void **state)
{
        struct trigger trigger;

        trigger_init(&trigger, 20, 0);
        trigger_advance(&trigger); /* the last at 10 */
        trigger_set_spacing(&trigger, 1, 25);
        assert_true(trigger.next_m == 25);
        trigger_advance(&trigger);
        assert_true(trigger.next_m == 26);
}

static void the_same_spacing_changes_nothing(void **state)
{
        struct trigger trigger;

        trigger_init(&trigger, 5, 0);
        trigger_set_spacing(&trigger, 5, 1000);
        assert_true(trigger.next_m == 2.5);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(marks_are_a_spacing_apart),
                cmocka_unit_test(another_spacing_counts_from_the_last_mark),
                cmocka_unit_test(the_next_mark_never_falls_behind_the_van),
                cmocka_unit_test(the_same_spacing_changes_nothing),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
