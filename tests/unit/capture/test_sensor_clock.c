/* SPDX-License-Identifier: MIT */
/* A simulated camera whose true exposures are known, under simulated clocks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "capture/sensor_clock.h"

#define PERIOD_NS (100 * NS_PER_MS)
#define EXPOSURE_NS (5 * NS_PER_MS)
#define HOUR_NS (3600 * NS_PER_S)
#define YEARS_NS (INT64_C(1790000000) * NS_PER_S)

struct simulation {
        struct sensor_clock clock;
        enum sensor_clock_base base; /* of the stamps; ARRIVAL: none */
        int64_t boottime_ns;         /* when the next frame begins */
        int64_t asleep_ns;           /* BOOTTIME less MONOTONIC */
        int64_t realtime_ns;         /* REALTIME less BOOTTIME */
        int64_t age_ns, jitter_ns;   /* of arrivals */
        int64_t read_late_ns;        /* MONOTONIC and REALTIME after BOOTTIME */
        uint32_t random;
        /* Of the last frame. */
        struct sensor_clock_frame frame;
        struct sensor_clock_stamp stamp;
        int64_t last_ns; /* that was not dropped */
};

static void begin(struct simulation *simulation, enum sensor_clock_base base, int64_t asleep_ns)
{
        *simulation = (struct simulation){.base = base,
                                          .boottime_ns = 2 * HOUR_NS,
                                          .asleep_ns = asleep_ns,
                                          .realtime_ns = YEARS_NS,
                                          .age_ns = 50 * NS_PER_MS,
                                          .random = 1};
        sensor_clock_init(&simulation->clock);
}

static int64_t jitter(struct simulation *simulation)
{
        simulation->random = simulation->random * 1664525 + 1013904223;
        return simulation->jitter_ns > 0 ? simulation->random % simulation->jitter_ns : 0;
}

static int64_t stamp_of(const struct simulation *simulation, int64_t boottime_ns)
{
        switch (simulation->base) {
        case SENSOR_CLOCK_BOOTTIME:
                return boottime_ns;
        case SENSOR_CLOCK_MONOTONIC:
                return boottime_ns - simulation->asleep_ns;
        case SENSOR_CLOCK_REALTIME:
                return boottime_ns + simulation->realtime_ns;
        default:
                return 0;
        }
}

/* A frame of that stamp arrives. */
static enum sensor_clock_verdict arrive(struct simulation *simulation, int64_t stamp_ns)
{
        int64_t now_ns = simulation->boottime_ns + simulation->age_ns + jitter(simulation);
        enum sensor_clock_verdict verdict;

        simulation->frame = (struct sensor_clock_frame){
                .stamp_ns = stamp_ns,
                .exposure_ns = EXPOSURE_NS,
                .frame_duration_ns = PERIOD_NS,
                .now_boottime_ns = now_ns,
                .now_monotonic_ns = now_ns - simulation->asleep_ns + simulation->read_late_ns,
                .now_realtime_ns = now_ns + simulation->realtime_ns + simulation->read_late_ns};
        verdict = sensor_clock_observe(&simulation->clock, &simulation->frame, &simulation->stamp);
        assert_non_null(simulation->stamp.problem);
        assert_int_equal(simulation->stamp.problem[0] != '\0', verdict == SENSOR_CLOCK_DROP);
        if (verdict != SENSOR_CLOCK_DROP) {
                assert_true(simulation->stamp.boottime_ns > simulation->last_ns);
                simulation->last_ns = simulation->stamp.boottime_ns;
        }
        simulation->boottime_ns += PERIOD_NS;
        return verdict;
}

static enum sensor_clock_verdict next(struct simulation *simulation)
{
        return arrive(simulation, stamp_of(simulation, simulation->boottime_ns));
}

/* Frames that are taken, and to the nanosecond. */
static void expect_taken(struct simulation *simulation, unsigned count)
{
        for (unsigned i = 0; i < count; i++) {
                int64_t true_ns = simulation->boottime_ns;

                assert_int_equal(next(simulation), SENSOR_CLOCK_TAKEN);
                assert_int_equal(simulation->stamp.boottime_ns, true_ns);
        }
}

static void expect_dropped(struct simulation *simulation, int64_t stamp_ns, const char *problem)
{
        assert_int_equal(arrive(simulation, stamp_ns), SENSOR_CLOCK_DROP);
        assert_string_equal(simulation->stamp.problem, problem);
}

static struct sensor_clock_report report_of(const struct simulation *simulation)
{
        struct sensor_clock_report report;

        sensor_clock_get_report(&simulation->clock, &report);
        return report;
}

/* --- */

static void the_clock_of_the_stamps_is_found(void **state)
{
        static const int64_t offsets_ns[] = {0, HOUR_NS, -YEARS_NS};

        for (enum sensor_clock_base base = SENSOR_CLOCK_BOOTTIME; base <= SENSOR_CLOCK_REALTIME; base++) {
                struct simulation simulation;
                struct sensor_clock_report report;

                begin(&simulation, base, HOUR_NS);
                expect_taken(&simulation, SENSOR_CLOCK_SETTLE - 1);
                assert_false(report_of(&simulation).settled);
                expect_taken(&simulation, 1);
                report = report_of(&simulation);
                assert_true(report.settled);
                assert_int_equal(report.base, base);
                assert_false(report.ambiguous);
                assert_int_equal(report.offset_ns, offsets_ns[base]);
                assert_int_equal(report.asleep_ns, HOUR_NS);
                assert_int_equal(report.age_min_ns, 50 * NS_PER_MS);
                assert_int_equal(report.age_mean_ns, 50 * NS_PER_MS);
                assert_int_equal(report.changes, 0);
                assert_int_equal(report.frames, SENSOR_CLOCK_SETTLE);
        }
}

static void a_board_that_never_slept_has_one_clock_for_two(void **state)
{
        struct simulation simulation;

        for (enum sensor_clock_base base = SENSOR_CLOCK_BOOTTIME; base <= SENSOR_CLOCK_MONOTONIC; base++) {
                begin(&simulation, base, 0);
                simulation.read_late_ns = 300;
                expect_taken(&simulation, 20);
                assert_int_equal(report_of(&simulation).base, SENSOR_CLOCK_BOOTTIME);
                assert_true(report_of(&simulation).ambiguous);
                assert_int_equal(report_of(&simulation).asleep_ns, -300);
        }
        /* Nor is a millisecond a sleep. */
        begin(&simulation, SENSOR_CLOCK_BOOTTIME, NS_PER_MS);
        expect_taken(&simulation, 20);
        assert_int_equal(report_of(&simulation).base, SENSOR_CLOCK_BOOTTIME);
}

/* Shorter than a frame may take to arrive: under BOOTTIME, frames stamped with MONOTONIC seem older than they are. */
static void after_a_short_sleep_the_younger_is_right(void **state)
{
        struct simulation simulation;

        begin(&simulation, SENSOR_CLOCK_MONOTONIC, 300 * NS_PER_MS);
        expect_taken(&simulation, 20);
        assert_int_equal(report_of(&simulation).base, SENSOR_CLOCK_MONOTONIC);
        assert_true(report_of(&simulation).ambiguous);
        begin(&simulation, SENSOR_CLOCK_BOOTTIME, 300 * NS_PER_MS);
        expect_taken(&simulation, 20);
        assert_int_equal(report_of(&simulation).base, SENSOR_CLOCK_BOOTTIME);
        assert_false(report_of(&simulation).ambiguous);
}

static void without_stamps_arrivals_are_taken(void **state)
{
        struct simulation simulation;
        struct sensor_clock_report report;

        begin(&simulation, SENSOR_CLOCK_ARRIVAL, HOUR_NS);
        for (unsigned i = 0; i < 20; i++) {
                assert_int_equal(next(&simulation), SENSOR_CLOCK_ESTIMATED);
                assert_int_equal(simulation.stamp.boottime_ns,
                                 simulation.frame.now_boottime_ns - EXPOSURE_NS - PERIOD_NS);
        }
        /* Three in a burst: each is later than the one before (arrive sees to it). */
        for (unsigned i = 0; i < 2; i++) {
                simulation.boottime_ns -= PERIOD_NS;
                assert_int_equal(next(&simulation), SENSOR_CLOCK_ESTIMATED);
        }
        report = report_of(&simulation);
        assert_int_equal(report.base, SENSOR_CLOCK_ARRIVAL);
        assert_true(report.settled);
        assert_int_equal(report.age_mean_ns, EXPOSURE_NS + PERIOD_NS);
        assert_int_equal(report.estimated, 22);
        assert_int_equal(report.offset_ns, 0);
}

static void stamps_that_are_none_are_given_up(void **state)
{
        static const int64_t stamps_ns[] = {12345,
                                            90 * 24 * HOUR_NS}; /* long ago; far ahead of all but the wall clock */

        for (unsigned n = 0; n < 2; n++) {
                struct simulation simulation;

                begin(&simulation, SENSOR_CLOCK_BOOTTIME, HOUR_NS);
                for (unsigned i = 1; i < SENSOR_CLOCK_PATIENCE; i++)
                        assert_int_equal(arrive(&simulation, stamps_ns[n] + i), SENSOR_CLOCK_DROP);
                for (unsigned i = 0; i < 20; i++)
                        assert_int_equal(arrive(&simulation, stamps_ns[n] + 100 + i), SENSOR_CLOCK_ESTIMATED);
                /* They come to their senses: believed once they have agreed for long enough. */
                for (unsigned i = n == 0 ? 1 : 0; i < SENSOR_CLOCK_SETTLE; i++) /* the step back is one more */
                        assert_int_equal(next(&simulation), SENSOR_CLOCK_ESTIMATED);
                expect_taken(&simulation, 5);
                assert_int_equal(report_of(&simulation).changes, 1);
        }
}

static void a_wrong_stamp_costs_its_frame_only(void **state)
{
        for (enum sensor_clock_base base = SENSOR_CLOCK_BOOTTIME; base <= SENSOR_CLOCK_REALTIME; base++) {
                struct simulation simulation;
                struct sensor_clock_report report;
                int64_t stamp_ns;

                begin(&simulation, base, HOUR_NS);
                expect_taken(&simulation, 20);
                stamp_ns = stamp_of(&simulation, simulation.boottime_ns - PERIOD_NS);
                expect_dropped(&simulation, stamp_ns, "its time stamp repeats");
                expect_taken(&simulation, 1);
                stamp_ns = stamp_of(&simulation, simulation.boottime_ns - 3 * PERIOD_NS);
                expect_dropped(&simulation, stamp_ns, "its time stamp steps back");
                expect_taken(&simulation, 1);
                stamp_ns = stamp_of(&simulation, simulation.boottime_ns + PERIOD_NS / 2 * 3);
                expect_dropped(&simulation, stamp_ns, "its time stamp lies in the future");
                expect_taken(&simulation, 1);
                stamp_ns = stamp_of(&simulation, simulation.boottime_ns - 2 * NS_PER_S);
                expect_dropped(&simulation, stamp_ns, "its time stamp is too old");
                expect_taken(&simulation, 1);
                expect_dropped(&simulation, 0, "it has no time stamp");
                expect_taken(&simulation, 5);
                report = report_of(&simulation);
                assert_int_equal(report.repeated, 1);
                assert_int_equal(report.stepped_back, 1);
                assert_int_equal(report.future, 1);
                assert_int_equal(report.too_old, 1);
                assert_int_equal(report.missing, 1);
                assert_int_equal(report.changes, 0);
                assert_int_equal(report.estimated, 0);
        }
}

/* Until then BOOTTIME and MONOTONIC were the same. */
static void a_sleep_shows_which_clock_it_was(void **state)
{
        static const int64_t sleeps_ns[] = {HOUR_NS, 400 * NS_PER_MS};

        for (unsigned n = 0; n < 4; n++) {
                enum sensor_clock_base base = n / 2 ? SENSOR_CLOCK_MONOTONIC : SENSOR_CLOCK_BOOTTIME;
                struct simulation simulation;
                int64_t stamp_ns;

                begin(&simulation, base, 0);
                expect_taken(&simulation, 20);
                stamp_ns = stamp_of(&simulation, simulation.boottime_ns); /* on its way when the board falls asleep */
                simulation.boottime_ns += sleeps_ns[n % 2];
                simulation.asleep_ns += sleeps_ns[n % 2];
                assert_int_equal(arrive(&simulation, stamp_ns), SENSOR_CLOCK_DROP);
                expect_taken(&simulation, 20);
                assert_int_equal(report_of(&simulation).base, base);
                assert_int_equal(report_of(&simulation).changes, n / 2);
        }
}

static void a_known_clock_survives_a_sleep(void **state)
{
        struct simulation simulation;
        int64_t stamp_ns;

        begin(&simulation, SENSOR_CLOCK_MONOTONIC, HOUR_NS);
        expect_taken(&simulation, 20);
        stamp_ns = stamp_of(&simulation, simulation.boottime_ns);
        simulation.boottime_ns += HOUR_NS;
        simulation.asleep_ns += HOUR_NS;
        expect_dropped(&simulation, stamp_ns, "its time stamp is from before the board slept or the clock was set");
        expect_taken(&simulation, 20);
        assert_int_equal(report_of(&simulation).doubtful, 1);
        assert_int_equal(report_of(&simulation).changes, 0);
}

static void the_wall_clock_may_be_set(void **state)
{
        static const int64_t steps_ns[] = {HOUR_NS,          -HOUR_NS,       300 * NS_PER_MS,
                                           -300 * NS_PER_MS, 80 * NS_PER_MS, -40 * NS_PER_MS};

        for (unsigned n = 0; n < sizeof(steps_ns) / sizeof(steps_ns[0]); n++) {
                struct simulation simulation;
                int64_t stamp_ns;

                begin(&simulation, SENSOR_CLOCK_REALTIME, HOUR_NS);
                expect_taken(&simulation, 20);
                stamp_ns = stamp_of(&simulation, simulation.boottime_ns); /* on its way */
                simulation.realtime_ns += steps_ns[n];
                assert_int_equal(arrive(&simulation, stamp_ns), SENSOR_CLOCK_DROP);
                expect_taken(&simulation, 20);
                assert_int_equal(report_of(&simulation).base, SENSOR_CLOCK_REALTIME);
                assert_int_equal(report_of(&simulation).changes, 0);
        }
}

/* A board without a clock chip: its wall clock is next to the others until it is set. */
static void in_1970_boottime_comes_first(void **state)
{
        struct simulation simulation;

        begin(&simulation, SENSOR_CLOCK_BOOTTIME, HOUR_NS);
        simulation.realtime_ns = 20 * NS_PER_MS;
        expect_taken(&simulation, 20);
        assert_int_equal(report_of(&simulation).base, SENSOR_CLOCK_BOOTTIME);
        simulation.realtime_ns = YEARS_NS;
        expect_taken(&simulation, 20);
        assert_int_equal(report_of(&simulation).changes, 0);
}

static void stamps_that_cease_leave_the_usual_age(void **state)
{
        struct simulation simulation;

        begin(&simulation, SENSOR_CLOCK_MONOTONIC, HOUR_NS);
        expect_taken(&simulation, 20);
        for (unsigned i = 0; i < SENSOR_CLOCK_PATIENCE; i++)
                expect_dropped(&simulation, 0, "it has no time stamp");
        for (unsigned i = 0; i < 20; i++) {
                int64_t true_ns = simulation.boottime_ns;

                assert_int_equal(arrive(&simulation, 0), SENSOR_CLOCK_ESTIMATED);
                assert_int_equal(simulation.stamp.boottime_ns, true_ns);
                assert_int_equal(report_of(&simulation).settled, i + 1 >= SENSOR_CLOCK_SETTLE);
        }
        assert_int_equal(report_of(&simulation).changes, 1);
}

/* Whoever reads the clocks may be interrupted between them. */
static void clocks_read_late_do_no_harm(void **state)
{
        struct simulation simulation;

        begin(&simulation, SENSOR_CLOCK_MONOTONIC, HOUR_NS);
        expect_taken(&simulation, 20);
        simulation.read_late_ns = 15 * NS_PER_MS;
        expect_taken(&simulation, 3);
        simulation.read_late_ns = 0;
        expect_taken(&simulation, 20);

        /* At the first frame of all it costs this much, once. */
        begin(&simulation, SENSOR_CLOCK_MONOTONIC, HOUR_NS);
        simulation.read_late_ns = 15 * NS_PER_MS;
        assert_int_equal(next(&simulation), SENSOR_CLOCK_TAKEN);
        assert_int_equal(simulation.stamp.boottime_ns, simulation.boottime_ns - PERIOD_NS - 15 * NS_PER_MS);
        simulation.read_late_ns = 0;
        expect_taken(&simulation, 20);
        assert_int_equal(report_of(&simulation).doubtful, 0);
}

/* The clocks are read one after the other, and stamps are rounded. */
static void a_stamp_may_lie_a_little_ahead(void **state)
{
        struct simulation simulation;

        begin(&simulation, SENSOR_CLOCK_MONOTONIC, HOUR_NS);
        simulation.age_ns = -NS_PER_MS;
        expect_taken(&simulation, 20);
}

/* A camera slower than a second a frame, and one that is late by almost that. */
static void slow_cameras_have_old_frames(void **state)
{
        struct simulation simulation;

        begin(&simulation, SENSOR_CLOCK_MONOTONIC, HOUR_NS);
        simulation.age_ns = 950 * NS_PER_MS;
        expect_taken(&simulation, 20);

        begin(&simulation, SENSOR_CLOCK_MONOTONIC, HOUR_NS);
        for (unsigned i = 0; i < 20; i++) {
                struct sensor_clock_frame frame = {.stamp_ns = (i + 1) * NS_PER_S,
                                                   .frame_duration_ns = NS_PER_S,
                                                   .now_boottime_ns = HOUR_NS + (i + 4) * NS_PER_S,
                                                   .now_monotonic_ns = (i + 4) * NS_PER_S,
                                                   .now_realtime_ns = YEARS_NS + i * NS_PER_S};

                assert_int_equal(sensor_clock_observe(&simulation.clock, &frame, &simulation.stamp),
                                 SENSOR_CLOCK_TAKEN);
                assert_int_equal(simulation.stamp.boottime_ns, HOUR_NS + (i + 1) * NS_PER_S);
        }
}

/* Whatever happens on the way: a frame that is taken is in its true place, but where a clock was read late, and in order. */
static void random_days_go_well(void **state)
{
        const char *given = getenv("STREETCAP_TEST_SEED");
        uint32_t seed = given ? (uint32_t)strtoul(given, NULL, 10) : (uint32_t)clock_boottime_ns();

        print_message("STREETCAP_TEST_SEED=%u\n", seed);
        for (unsigned day = 0; day < 200; day++) {
                struct simulation simulation;
                unsigned taken = 0;

                begin(&simulation, day % 3, day % 2 * HOUR_NS);
                simulation.random = seed + day;
                simulation.jitter_ns = 60 * NS_PER_MS;
                for (unsigned i = 0; i < 2000; i++) {
                        int64_t true_ns = simulation.boottime_ns, stamp_ns = stamp_of(&simulation, true_ns);
                        uint32_t chance = (simulation.random >> 8) % 400;

                        if (chance == 0) {
                                simulation.boottime_ns += 7 * NS_PER_S;
                                simulation.asleep_ns += 6 * NS_PER_S;
                        } else if (chance == 1) {
                                simulation.realtime_ns += NS_PER_S;
                        } else if (chance < 10) {
                                stamp_ns += (int64_t)(chance - 6) * 10 * PERIOD_NS + 30 * NS_PER_MS;
                        }
                        simulation.realtime_ns += 50000; /* slewed by 500 ppm */
                        if (arrive(&simulation, stamp_ns / 1000 * 1000) == SENSOR_CLOCK_TAKEN && chance > 9) {
                                int64_t error_ns = simulation.stamp.boottime_ns - true_ns;

                                /* Of microseconds, and of the slewing while it arrives. */
                                assert_in_range(error_ns + 60000, 0, 60000 + 2000);
                                taken++;
                        }
                }
                assert_true(taken > 1800);
        }
}

static void the_middle_is_of_time_and_of_rows(void **state)
{
        assert_int_equal(sensor_clock_exposure_mid_boottime_ns(1000 * NS_PER_MS, 10 * NS_PER_MS, 100 * NS_PER_MS,
                                                               20 * NS_PER_MS, -3 * NS_PER_MS),
                         (1000 + 5 + 10 - 3) * NS_PER_MS);
        assert_int_equal(sensor_clock_exposure_mid_boottime_ns(1000 * NS_PER_MS, 0, 40 * NS_PER_MS, 0, 0),
                         (1000 + 10) * NS_PER_MS);
        assert_int_equal(sensor_clock_exposure_mid_boottime_ns(1000 * NS_PER_MS, 0, 0, 0, 0), 1000 * NS_PER_MS);
        assert_string_equal(sensor_clock_base_text(SENSOR_CLOCK_MONOTONIC), "MONOTONIC");
        assert_string_equal(sensor_clock_base_text(SENSOR_CLOCK_ARRIVAL), "arrival");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_clock_of_the_stamps_is_found),
                cmocka_unit_test(a_board_that_never_slept_has_one_clock_for_two),
                cmocka_unit_test(after_a_short_sleep_the_younger_is_right),
                cmocka_unit_test(without_stamps_arrivals_are_taken),
                cmocka_unit_test(stamps_that_are_none_are_given_up),
                cmocka_unit_test(a_wrong_stamp_costs_its_frame_only),
                cmocka_unit_test(a_sleep_shows_which_clock_it_was),
                cmocka_unit_test(a_known_clock_survives_a_sleep),
                cmocka_unit_test(the_wall_clock_may_be_set),
                cmocka_unit_test(in_1970_boottime_comes_first),
                cmocka_unit_test(stamps_that_cease_leave_the_usual_age),
                cmocka_unit_test(clocks_read_late_do_no_harm),
                cmocka_unit_test(a_stamp_may_lie_a_little_ahead),
                cmocka_unit_test(slow_cameras_have_old_frames),
                cmocka_unit_test(random_days_go_well),
                cmocka_unit_test(the_middle_is_of_time_and_of_rows),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
