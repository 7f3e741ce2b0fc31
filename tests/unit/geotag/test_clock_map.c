/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/clock.h"
#include "geotag/clock_map.h"
#include "tests/simulate/random.h"

#define UTC_NS (INT64_C(1795428900) * NS_PER_S)
/* BOOTTIME less UTC. */
#define OFFSET_NS (-UTC_NS + 100 * NS_PER_S)
#define LATENCY_NS (100 * NS_PER_MS)

static const struct clock_map_settings settings = {.latency_ns = LATENCY_NS};

static int64_t error_ns(const struct clock_map *map)
{
        return clock_map_to_boottime(map, UTC_NS) - (UTC_NS + OFFSET_NS);
}

/* Epoch i (seconds), that late on top of the latency. */
static enum clock_map_verdict add(struct clock_map *map, double epoch_s, double late_s)
{
        int64_t epoch_ns = UTC_NS + (int64_t)(epoch_s * 1e9);

        return clock_map_add_arrival(map, epoch_ns, epoch_ns + OFFSET_NS + LATENCY_NS + (int64_t)(late_s * 1e9));
}

static void first_fix_makes_it_ready(void **state)
{
        struct clock_map map;

        clock_map_init(&map, &settings);
        assert_false(clock_map_ready(&map));
        assert_true(clock_map_error_ns(&map) >= NS_PER_S);
        assert_int_equal(add(&map, 0, 0), CLOCK_MAP_TAKEN);
        assert_true(clock_map_ready(&map));
        assert_int_equal(error_ns(&map), 0);
}

static void there_and_back_is_the_same_instant(void **state)
{
        struct clock_map map;

        clock_map_init(&map, &settings);
        add(&map, 0, 0.017);
        for (int64_t ns = -5; ns < 5; ns++)
                assert_int_equal(clock_map_to_utc(&map, clock_map_to_boottime(&map, UTC_NS + ns * 12345678901)),
                                 UTC_NS + ns * 12345678901);
}

static void jitter_is_taken_off_by_the_envelope(void **state)
{
        struct random random;
        struct clock_map map;

        random_init(&random, 5);
        clock_map_init(&map, &settings);
        add(&map, 0, 0.08);
        for (int i = 1; i < 60; i++)
                assert_int_equal(add(&map, i, 0.05 * random_exponential(&random)), CLOCK_MAP_TAKEN);
        assert_true(error_ns(&map) >= 0 && error_ns(&map) < 5 * NS_PER_MS);
        /* The truth lies within three times the error that it states. */
        assert_true(error_ns(&map) < 3 * clock_map_error_ns(&map));
}

static void a_drifting_clock_is_followed(void **state)
{
        struct clock_map map;

        clock_map_init(&map, &settings);
        for (int i = 0; i < 3600; i++) /* 50 ppm: 180 ms in an hour, the envelope of the last minute */
                assert_int_equal(add(&map, i, i * 50e-6), CLOCK_MAP_TAKEN);
        assert_true(llabs(error_ns(&map) - 180 * NS_PER_MS) < 4 * NS_PER_MS);
        for (int i = 3600; i < 7200; i++)
                assert_int_equal(add(&map, i, 0.18 - (i - 3600) * 50e-6), CLOCK_MAP_TAKEN);
        assert_true(llabs(error_ns(&map)) < 4 * NS_PER_MS);
}

static void a_step_is_followed_once_it_is_sure(void **state)
{
        static const double steps_s[] = {1, -1, 2, -2, 18, 3600, -86400};

        for (size_t i = 0; i < sizeof(steps_s) / sizeof(steps_s[0]); i++) {
                struct clock_map map;

                clock_map_init(&map, &settings);
                for (int k = 0; k < 20; k++)
                        add(&map, k, 0.001 * (k % 3));
                /* UTC jumps: an epoch is called another, and comes that much earlier or later by its name. */
                assert_int_equal(add(&map, 20 + steps_s[i], -steps_s[i]), CLOCK_MAP_UNSURE);
                assert_int_equal(error_ns(&map), 0);
                assert_int_equal(add(&map, 21 + steps_s[i], -steps_s[i] + 0.002), CLOCK_MAP_STEPPED);
                assert_true(llabs(map.last_step_ns - (int64_t)(steps_s[i] * 1e9)) <= 2 * NS_PER_MS);
                assert_true(llabs(error_ns(&map) + (int64_t)(steps_s[i] * 1e9)) <= 2 * NS_PER_MS);
                assert_int_equal(add(&map, 22 + steps_s[i], -steps_s[i]), CLOCK_MAP_TAKEN);
        }
}

static void one_wrong_time_changes_nothing(void **state)
{
        struct clock_map map;

        clock_map_init(&map, &settings);
        add(&map, 0, 0);
        for (int i = 1; i < 30; i += 3) {
                assert_int_equal(add(&map, i + 5, -5), CLOCK_MAP_UNSURE);
                assert_int_equal(add(&map, i + 1, 0), CLOCK_MAP_TAKEN);
                assert_int_equal(error_ns(&map), 0);
        }
}

static void times_that_never_agree_are_believed_in_the_end(void **state)
{
        struct clock_map map;
        int i;

        clock_map_init(&map, &settings);
        add(&map, 0, 0);
        for (i = 1; i < 20; i++)
                if (add(&map, i, i * 2) != CLOCK_MAP_UNSURE)
                        break;
        assert_int_equal(i, 6);
}

static void a_burst_of_late_fixes_is_no_step(void **state)
{
        static const double rates_hz[] = {1, 5, 10};

        for (size_t r = 0; r < sizeof(rates_hz) / sizeof(rates_hz[0]); r++) {
                int held = (int)(6 * rates_hz[r]); /* 6 s of fixes come at once */
                struct clock_map map;

                clock_map_init(&map, &settings);
                for (int i = 0; i < 20; i++)
                        add(&map, i / rates_hz[r], 0);
                for (int i = 0; i < held; i++) {
                        double late_s = (held - 1 - i) / rates_hz[r] + i * 1e-4;
                        enum clock_map_verdict verdict = add(&map, (20 + i) / rates_hz[r], late_s);

                        assert_int_equal(verdict, late_s > 0.7 ? CLOCK_MAP_UNSURE : CLOCK_MAP_TAKEN);
                        assert_int_equal(error_ns(&map), 0);
                }
                assert_int_equal(add(&map, (20 + held) / rates_hz[r], 0), CLOCK_MAP_TAKEN);
                assert_int_equal(error_ns(&map), 0);
        }
}

static void a_step_at_ten_fixes_a_second_takes_half_a_second(void **state)
{
        struct clock_map map;
        int i;

        clock_map_init(&map, &settings);
        for (i = 0; i < 20; i++)
                add(&map, i * 0.1, 0);
        for (i = 20; add(&map, i * 0.1 + 1, -1) == CLOCK_MAP_UNSURE; i++)
                assert_true(i < 40);
        assert_in_range(i, 24, 26);
        assert_int_equal(map.last_step_ns, NS_PER_S);
}

static void a_pulse_beats_the_arrivals(void **state)
{
        struct clock_map map;

        clock_map_init(&map, &settings);
        clock_map_add_pps(&map, UTC_NS, UTC_NS + OFFSET_NS); /* nothing to compare it with: not believed */
        assert_false(clock_map_ready(&map));
        for (int i = 0; i < 20; i++) {
                add(&map, i, 0.3);
                clock_map_add_pps(&map, UTC_NS + i * NS_PER_S, UTC_NS + i * NS_PER_S + OFFSET_NS + 1000);
        }
        assert_int_equal(error_ns(&map), 1000);
        assert_true(clock_map_error_ns(&map) < NS_PER_MS);
        /* Without further pulses the arrivals serve again, with their error. */
        for (int i = 20; i < 40; i++)
                add(&map, i, 0.3);
        assert_int_equal(error_ns(&map), 300 * NS_PER_MS);
        assert_true(clock_map_error_ns(&map) > 10 * NS_PER_MS);
}

/* The pulse of second i, and how far the name of its second is wrong. */
static void add_pulse(struct clock_map *map, int i, double wrong_s)
{
        int64_t second_ns = UTC_NS + i * NS_PER_S;

        clock_map_add_pps(map, second_ns + (int64_t)(wrong_s * 1e9), second_ns + OFFSET_NS);
}

static void a_pulse_of_another_second_is_ignored(void **state)
{
        static const double wrong_s[] = {1, -1, 2, -2, 18, -3600, 1e9};
        static const double late_s[] = {-0.1, 0, 0.3,
                                        0.7}; /* arrivals from an epoch's very instant to 0.8 s after it */

        for (size_t i = 0; i < sizeof(wrong_s) / sizeof(wrong_s[0]); i++)
                for (size_t k = 0; k < sizeof(late_s) / sizeof(late_s[0]); k++) {
                        struct clock_map map;

                        clock_map_init(&map, &settings);
                        for (int n = 0; n < 20; n++) {
                                add(&map, n, late_s[k]);
                                add_pulse(&map, n, wrong_s[i]);
                        }
                        assert_int_equal(error_ns(&map), (int64_t)(late_s[k] * 1e9));
                        assert_true(clock_map_error_ns(&map) > NS_PER_MS);
                        for (int n = 20; n < 23; n++)
                                add_pulse(&map, n, 0);
                        assert_int_equal(error_ns(&map), 0);
                        assert_true(clock_map_error_ns(&map) < NS_PER_MS);
                }
}

/* Where the config says that reports take long, its seconds are told apart all the same. */
static void a_pulse_is_believed_at_any_latency(void **state)
{
        for (int64_t latency_ns = 0; latency_ns <= 2 * NS_PER_S; latency_ns += 50 * NS_PER_MS)
                for (int wrong_s = -1; wrong_s <= 1; wrong_s++) {
                        struct clock_map_settings slow = {.latency_ns = latency_ns};
                        struct clock_map map;

                        clock_map_init(&map, &slow);
                        for (int n = 0; n < 5; n++) {
                                int64_t epoch_ns = UTC_NS + n * NS_PER_S;

                                clock_map_add_arrival(&map, epoch_ns,
                                                      epoch_ns + OFFSET_NS + latency_ns + 100 * NS_PER_MS);
                                add_pulse(&map, n, wrong_s);
                        }
                        assert_int_equal(error_ns(&map), wrong_s == 0 ? 0 : 100 * NS_PER_MS);
                }
}

static void a_pulse_that_jumps_needs_another_that_agrees(void **state)
{
        struct clock_map map;

        clock_map_init(&map, &settings);
        add(&map, 0, 0.3);
        add_pulse(&map, 0, 0.2); /* the first of all: nothing speaks for it */
        assert_int_equal(error_ns(&map), 300 * NS_PER_MS);
        add_pulse(&map, 1, 0);
        assert_int_equal(error_ns(&map), 300 * NS_PER_MS);
        add_pulse(&map, 1, 0); /* the same told twice speaks for nothing */
        assert_int_equal(error_ns(&map), 300 * NS_PER_MS);
        add_pulse(&map, 2, 0);
        assert_int_equal(error_ns(&map), 0);
        add_pulse(&map, 3, -0.2); /* a spurious edge */
        assert_int_equal(error_ns(&map), 0);
        add_pulse(&map, 4, 0.0001);
        assert_int_equal(error_ns(&map), -100 * NS_PER_US);
        add_pulse(&map, 5, 0.1);
        add_pulse(&map, 6, 0.1);
        assert_int_equal(error_ns(&map), -100 * NS_PER_MS);
}

/* The first report came very late, so that a wrong second seemed right; then a report shows that it is not. */
static void a_pulse_that_later_arrivals_contradict_is_dropped(void **state)
{
        struct clock_map map;

        clock_map_init(&map, &settings);
        add(&map, 0, 0.9);
        add_pulse(&map, 0, -1);
        add_pulse(&map, 1, -1);
        add(&map, 2, 0.87);
        assert_int_equal(error_ns(&map), NS_PER_S);
        add(&map, 3, 0.7);
        assert_int_equal(error_ns(&map), 700 * NS_PER_MS);
        assert_true(clock_map_error_ns(&map) > NS_PER_MS);
}

static void a_step_forgets_the_pulse(void **state)
{
        struct clock_map map;

        clock_map_init(&map, &settings);
        for (int i = 0; i < 5; i++)
                add(&map, i, 0);
        add_pulse(&map, 3, 0);
        add_pulse(&map, 4, 0);
        add(&map, 5 + 3, -3);
        assert_int_equal(add(&map, 6 + 3, -3), CLOCK_MAP_STEPPED);
        assert_int_equal(error_ns(&map), -3 * NS_PER_S);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(first_fix_makes_it_ready),
                cmocka_unit_test(there_and_back_is_the_same_instant),
                cmocka_unit_test(jitter_is_taken_off_by_the_envelope),
                cmocka_unit_test(a_drifting_clock_is_followed),
                cmocka_unit_test(a_step_is_followed_once_it_is_sure),
                cmocka_unit_test(one_wrong_time_changes_nothing),
                cmocka_unit_test(times_that_never_agree_are_believed_in_the_end),
                cmocka_unit_test(a_burst_of_late_fixes_is_no_step),
                cmocka_unit_test(a_step_at_ten_fixes_a_second_takes_half_a_second),
                cmocka_unit_test(a_pulse_beats_the_arrivals),
                cmocka_unit_test(a_pulse_of_another_second_is_ignored),
                cmocka_unit_test(a_pulse_is_believed_at_any_latency),
                cmocka_unit_test(a_pulse_that_jumps_needs_another_that_agrees),
                cmocka_unit_test(a_pulse_that_later_arrivals_contradict_is_dropped),
                cmocka_unit_test(a_step_forgets_the_pulse),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
