/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "capture/quality_watch.h"

#define NIGHT (1U << QUALITY_NIGHT)
#define CLIPPED (1U << QUALITY_CLIPPED)
#define BLURRED (1U << QUALITY_BLURRED)

static const struct config_quality limits = {.dark_percent = 15, .blurred_percent = 5, .clipped_percent = 40};

static const struct picture_quality good = {.sharpness = 0.15, .brightness = 0.45, .clipped_share = 0.1};
static const struct picture_quality dark = {.sharpness = 0.01, .brightness = 0.1, .clipped_share = 0};
static const struct picture_quality sunny = {.sharpness = 0.15, .brightness = 0.7, .clipped_share = 0.5};
static const struct picture_quality dirty = {.sharpness = 0.03, .brightness = 0.5, .clipped_share = 0};
static const struct picture_quality unknown = {NAN, NAN, NAN};

/* --- a picture --- */

static void test_flags_of_a_picture(void **state)
{
        const struct picture_quality dirty_in_the_sun = {.sharpness = 0.03, .brightness = 0.7, .clipped_share = 0.5};
        const struct picture_quality at_the_limits = {.sharpness = 0.05, .brightness = 0.15, .clipped_share = 0.4};
        const struct config_quality none = {0};

        assert_int_equal(quality_flags(&limits, &good), 0);
        assert_int_equal(quality_flags(&limits, &dark), NIGHT); /* not blurred: at night that says nothing */
        assert_int_equal(quality_flags(&limits, &sunny), CLIPPED);
        assert_int_equal(quality_flags(&limits, &dirty), BLURRED);
        assert_int_equal(quality_flags(&limits, &dirty_in_the_sun), CLIPPED | BLURRED);
        assert_int_equal(quality_flags(&limits, &at_the_limits), 0);
        assert_int_equal(quality_flags(&limits, &unknown), 0);
        assert_int_equal(quality_flags(&none, &dark), 0);
        assert_int_equal(quality_flags(&none, &dirty_in_the_sun), 0);
}

static void test_each_limit_alone(void **state)
{
        assert_int_equal(quality_flags(&(struct config_quality){.dark_percent = 15}, &dark), NIGHT);
        assert_int_equal(quality_flags(&(struct config_quality){.blurred_percent = 5}, &dark), BLURRED);
        assert_int_equal(quality_flags(&(struct config_quality){.clipped_percent = 40}, &sunny), CLIPPED);
}

static void test_text(void **state)
{
        char text[QUALITY_TEXT_SIZE];

        quality_flags_text(0, text);
        assert_string_equal(text, "");
        quality_flags_text(CLIPPED, text);
        assert_string_equal(text, "clipped");
        quality_flags_text(NIGHT | CLIPPED | BLURRED, text);
        assert_string_equal(text, "night,clipped,blurred");
}

/* --- a camera --- */

static unsigned take_at(struct quality_watch *watch, const struct picture_quality *quality, int64_t utc_ns)
{
        return quality_watch_take(watch, quality_flags(&limits, quality), quality, utc_ns);
}

/* So many of them, of which none changes anything. */
static void take_quietly(struct quality_watch *watch, const struct picture_quality *quality, unsigned count)
{
        for (unsigned i = 0; i < count; i++)
                assert_int_equal(take_at(watch, quality, 1), 0);
}

static void test_a_wall_is_no_dirty_lens(void **state)
{
        struct quality_watch watch = {0};

        take_quietly(&watch, &dirty, 3); /* the run begins beside it */
        take_quietly(&watch, &good, 20);
        take_quietly(&watch, &dirty, 3);
        take_quietly(&watch, &good, 6);
        take_quietly(&watch, &dirty, 9);
        take_quietly(&watch, &good, 40);
        assert_int_equal(quality_watch_state(&watch), 0);
}

static void test_a_dirty_lens(void **state)
{
        struct quality_watch watch = {0};

        take_quietly(&watch, &good, 30);
        take_quietly(&watch, &dirty, 14);
        assert_int_equal(take_at(&watch, &dirty, 123), BLURRED); /* 15 of 20 */
        assert_int_equal(quality_watch_state(&watch), BLURRED);
        assert_int_equal(watch.conditions[QUALITY_BLURRED].since_utc_ns, 123);
        take_quietly(&watch, &dirty, 40);
        take_quietly(&watch, &good, 14); /* half clean changes nothing */
        assert_int_equal(quality_watch_state(&watch), BLURRED);
        assert_int_equal(take_at(&watch, &good, 9), BLURRED); /* 5 of 20 */
        assert_int_equal(quality_watch_state(&watch), 0);
        take_quietly(&watch, &good, 40);
}

/* Dirty from the first picture on: it takes as many as ever. */
static void test_a_lens_that_was_dirty_before(void **state)
{
        struct quality_watch watch = {0};

        take_quietly(&watch, &dirty, QUALITY_LENS_PICTURES - 1);
        assert_int_equal(take_at(&watch, &dirty, 5), BLURRED);
}

/* Neither makes it dirty nor clean. */
static void test_night_says_nothing_of_the_lens(void **state)
{
        struct quality_watch watch = {0};

        take_quietly(&watch, &dirty, QUALITY_LENS_PICTURES - 1);
        assert_int_equal(take_at(&watch, &dirty, 1), BLURRED);
        take_quietly(&watch, &dark, 3);
        assert_int_equal(take_at(&watch, &dark, 7), NIGHT); /* 4 of 5 */
        take_quietly(&watch, &dark, 100);
        take_quietly(&watch, &unknown, 100);
        assert_int_equal(quality_watch_state(&watch), NIGHT | BLURRED);
        take_quietly(&watch, &good, 3);
        assert_int_equal(take_at(&watch, &good, 8), NIGHT); /* 1 of 5 */
        assert_int_equal(quality_watch_state(&watch), BLURRED);
}

static void test_sun(void **state)
{
        struct quality_watch watch = {0};

        take_quietly(&watch, &sunny, 4);
        assert_int_equal(take_at(&watch, &sunny, 3), CLIPPED);
        /* Through trees. */
        for (int i = 0; i < 20; i++) {
                take_quietly(&watch, &good, 1);
                take_quietly(&watch, &sunny, 1);
        }
        assert_int_equal(quality_watch_state(&watch), CLIPPED);
        assert_int_equal(watch.conditions[QUALITY_CLIPPED].since_utc_ns, 3);
}

static void test_the_last_picture(void **state)
{
        struct quality_watch watch = {0};

        assert_false(watch.has_last);
        take_quietly(&watch, &sunny, 1);
        take_quietly(&watch, &good, 1);
        assert_true(watch.has_last);
        assert_memory_equal(&watch.last, &good, sizeof(good));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_flags_of_a_picture),
                cmocka_unit_test(test_each_limit_alone),
                cmocka_unit_test(test_text),
                cmocka_unit_test(test_a_wall_is_no_dirty_lens),
                cmocka_unit_test(test_a_dirty_lens),
                cmocka_unit_test(test_a_lens_that_was_dirty_before),
                cmocka_unit_test(test_night_says_nothing_of_the_lens),
                cmocka_unit_test(test_sun),
                cmocka_unit_test(test_the_last_picture),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
