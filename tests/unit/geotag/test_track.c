/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/clock.h"
#include "geotag/track.h"
#include "tests/simulate/random.h"

#define LATITUDE_DEG 48.1
#define LONGITUDE_DEG 2.3
#define UTC_NS (INT64_C(1795428900) * NS_PER_S)

static const struct track_settings settings = {.standstill_speed_mps = 0.3, .horizon_ns = 5 * NS_PER_S / 2};

static int64_t ns(double t_s)
{
        return 100 * NS_PER_S + (int64_t)llround(t_s * 1e9);
}

static struct fix fix_at(double t_s, double east_m, double north_m, double speed_mps, double course_deg)
{
        struct fix fix = {.valid = FIX_TIME | FIX_POSITION | FIX_SPEED | FIX_COURSE | FIX_EPH,
                          .mode = 3,
                          .utc_ns = UTC_NS + (int64_t)llround(t_s * 1e9),
                          .speed_mps = speed_mps,
                          .course_deg = angle_wrap_360(course_deg),
                          .eph_m = 2,
                          .altitude_hae_m = NAN,
                          .altitude_msl_m = NAN,
                          .hdop = NAN};
        struct plane plane;

        plane_init(&plane, LATITUDE_DEG, LONGITUDE_DEG);
        plane_to_geodetic(&plane, east_m, north_m, &fix.latitude_deg, &fix.longitude_deg);
        return fix;
}

static enum track_verdict add(struct track *track, double t_s, double east_m, double north_m, double speed_mps,
                              double course_deg)
{
        struct fix fix = fix_at(t_s, east_m, north_m, speed_mps, course_deg);

        return track_add(track, &fix, ns(t_s));
}

/* Distance of a pose from a place, m. */
static double off_m(const struct pose *pose, double east_m, double north_m)
{
        struct plane plane;
        double e, n;

        plane_init(&plane, LATITUDE_DEG, LONGITUDE_DEG);
        plane_from_geodetic(&plane, pose->latitude_deg, pose->longitude_deg, &e, &n);
        return hypot(e - east_m, n - north_m);
}

static void an_empty_track_knows_nothing(void **state)
{
        struct track track;
        struct pose pose;
        int64_t crossing_ns;

        track_init(&track, &settings);
        assert_null(track_last(&track));
        assert_false(track_at(&track, ns(0), &pose));
        assert_false(track_crossing(&track, 1, &crossing_ns));
}

static void even_motion_is_interpolated_exactly(void **state)
{
        static const double courses_deg[] = {0, 45, 123.4, 359.5};

        for (size_t c = 0; c < 4; c++) {
                double e = sin(courses_deg[c] * M_PI / 180), n = cos(courses_deg[c] * M_PI / 180);
                struct track track;

                track_init(&track, &settings);
                for (int i = 0; i <= 20; i++)
                        assert_int_equal(add(&track, i, 13 * i * e, 13 * i * n, 13, courses_deg[c]),
                                         i == 0 ? TRACK_RESTARTED : TRACK_TAKEN);
                for (double t_s = 0; t_s <= 22.4; t_s += 0.0371) {
                        struct pose pose;
                        int64_t crossing_ns;

                        assert_true(track_at(&track, ns(t_s), &pose));
                        assert_int_equal(pose.extrapolated, t_s > 20);
                        assert_true(off_m(&pose, 13 * t_s * e, 13 * t_s * n) < 1e-4);
                        assert_true(fabs(pose.travelled_m - 13 * t_s) < 1e-4);
                        assert_true(fabs(pose.speed_mps - 13) < 1e-9);
                        assert_true(angle_between(pose.course_deg, courses_deg[c]) < 1e-9);
                        assert_true(angle_between(pose.heading_deg, courses_deg[c]) < 1e-9);
                        assert_false(pose.reversing);
                        if (t_s > 0.01) {
                                assert_true(track_crossing(&track, 13 * t_s, &crossing_ns));
                                assert_true(llabs(crossing_ns - ns(t_s)) < 20 * NS_PER_US);
                        }
                }
        }
}

static void even_acceleration_is_interpolated_exactly(void **state)
{
        struct track track;
        struct pose pose;

        track_init(&track, &settings);
        for (int i = 0; i <= 10; i++)
                add(&track, i, 0, 5 * i + 0.75 * i * i, 5 + 1.5 * i, 0);
        for (double t_s = 0; t_s <= 11; t_s += 0.037) {
                assert_true(track_at(&track, ns(t_s), &pose));
                assert_true(off_m(&pose, 0, 5 * t_s + 0.75 * t_s * t_s) < 1e-3);
                assert_true(fabs(pose.speed_mps - 5 - 1.5 * t_s) < 1e-9);
                assert_true(fabs(pose.travelled_m - 5 * t_s - 0.75 * t_s * t_s) < 1e-6);
        }
}

static void a_circle_is_followed_to_the_centimetre(void **state)
{
        /* A roundabout of 15 m at 7 m/s: 27 degrees between fixes. */
        double radius_m = 15, speed_mps = 7;
        struct track track;
        struct pose pose;

        track_init(&track, &settings);
        for (int i = 0; i <= 20; i++) {
                double a = speed_mps * i / radius_m;

                add(&track, i, radius_m * (1 - cos(a)), radius_m * sin(a), speed_mps, a * 180 / M_PI);
        }
        for (double t_s = 0; t_s <= 20.5; t_s += 0.037) {
                double a = speed_mps * t_s / radius_m;

                assert_true(track_at(&track, ns(t_s), &pose));
                assert_true(off_m(&pose, radius_m * (1 - cos(a)), radius_m * sin(a)) < (t_s <= 20 ? 0.01 : 0.1));
                assert_true(angle_between(pose.course_deg, a * 180 / M_PI) < 0.1);
        }
}

/* Random drives with noise, holes and jumps. */
static void drive(struct track *track, struct random *random)
{
        double t_s = 0, north_m = 0, speed_mps = 0;

        track_init(track, &settings);
        for (int i = 0; i < 50; i++) {
                double dt_s =
                        random_uniform(random) < 0.1 ? 12 * random_uniform(random) : 0.1 + 1.9 * random_uniform(random);
                double change_mps = 2 * random_normal(random);

                t_s += dt_s;
                if (random_uniform(random) < 0.1)
                        speed_mps = 0;
                north_m += speed_mps * dt_s;
                speed_mps = fmin(fmax(speed_mps + change_mps, 0), 30);
                add(track, t_s, random_normal(random) + (random_uniform(random) < 0.05 ? 500 : 0), north_m, speed_mps,
                    0);
        }
}

static void travelled_never_decreases_and_crossing_is_its_inverse(void **state)
{
        const char *text = getenv("STREETCAP_TEST_SEED");
        uint64_t seed = text ? strtoull(text, NULL, 10) : 99;
        struct random random;

        print_message("seed %" PRIu64 " (STREETCAP_TEST_SEED sets another)\n", seed);
        random_init(&random, seed);
        for (int k = 0; k < 200; k++) {
                double travelled_m = 0;
                struct track track;
                int64_t first_ns, last_ns;

                drive(&track, &random);
                first_ns = track.points[track.first].boottime_ns;
                last_ns = track_last(&track)->boottime_ns + settings.horizon_ns;
                for (int64_t t_ns = first_ns; t_ns <= last_ns; t_ns += 37 * NS_PER_MS) {
                        struct pose pose, there;
                        int64_t crossing_ns;

                        if (!track_at(&track, t_ns, &pose))
                                continue;
                        /* In a hole the van is extrapolated from before it, and may turn out to have gone less. */
                        if (!pose.extrapolated) {
                                assert_true(pose.travelled_m >= travelled_m - 1e-9);
                                travelled_m = pose.travelled_m;
                        }
                        if (pose.travelled_m <= 0 || !track_crossing(&track, pose.travelled_m, &crossing_ns))
                                continue;
                        /* The first instant: the van may have stood since. */
                        if (!pose.extrapolated)
                                assert_true(crossing_ns <= t_ns + 1000);
                        if (track_at(&track, crossing_ns, &there))
                                assert_true(fabs(there.travelled_m - pose.travelled_m) < 1e-3 || pose.extrapolated);
                }
        }
}

static void slow_motion_holds_the_course(void **state)
{
        struct track track;
        struct pose pose;

        track_init(&track, &settings);
        for (int i = 0; i < 5; i++)
                add(&track, i, 8 * i, 0, 8, 90);
        add(&track, 5, 36, 0, 1, 90);
        for (int i = 6; i < 40; i++) { /* parked: the receiver's course is noise */
                assert_int_equal(add(&track, i, 36 + 0.3 * sin(i), 0.3 * cos(i), 0.1, i * 77), TRACK_TAKEN);
                assert_true(track_at(&track, ns(i), &pose));
                assert_true(angle_between(pose.course_deg, 90) < 1e-9);
                assert_true(angle_between(pose.heading_deg, 90) < 1e-9);
                assert_true(pose.speed_mps == 0);
        }
        assert_true(fabs(pose.travelled_m - 36.5) < 0.51); /* the wander of a minute is no travel */
}

static void without_course_the_path_gives_it(void **state)
{
        struct track track;
        struct pose pose;

        track_init(&track, &settings);
        for (int i = 0; i < 5; i++) {
                struct fix fix = fix_at(i, 6 * i, 6 * i, 8.5, 0);

                fix.valid &= ~(unsigned)FIX_COURSE;
                fix.course_deg = NAN;
                track_add(&track, &fix, ns(i));
        }
        assert_true(track_at(&track, ns(4), &pose));
        assert_true(angle_between(pose.course_deg, 45) < 0.1);
}

static void unusable_fixes_are_refused(void **state)
{
        struct fix fix = fix_at(1, 0, 10, 10, 0);
        struct track track;

        track_init(&track, &settings);
        fix.mode = 1;
        assert_int_equal(track_add(&track, &fix, ns(1)), TRACK_NO_POSITION);
        fix.mode = 2;
        fix.valid &= ~(unsigned)FIX_POSITION;
        assert_int_equal(track_add(&track, &fix, ns(1)), TRACK_NO_POSITION);
        fix.valid |= FIX_POSITION;
        fix.valid &= ~(unsigned)FIX_TIME;
        assert_int_equal(track_add(&track, &fix, ns(1)), TRACK_NO_POSITION);
        fix.valid |= FIX_TIME;
        assert_int_equal(track_add(&track, &fix, ns(1)), TRACK_RESTARTED);
        assert_int_equal(track_add(&track, &fix, ns(1)), TRACK_NOT_ADVANCING);
        assert_int_equal(track_add(&track, &fix, ns(0.5)), TRACK_NOT_ADVANCING);
        assert_int_equal(track.count, 1);
}

static void the_same_position_at_speed_is_a_frozen_receiver(void **state)
{
        struct track track;

        track_init(&track, &settings);
        add(&track, 0, 0, 0, 10, 0);
        add(&track, 1, 0, 10, 10, 0);
        assert_int_equal(add(&track, 2, 0, 10, 10, 0), TRACK_FROZEN);
        assert_int_equal(add(&track, 3, 0, 10, 10, 0), TRACK_FROZEN);
        assert_int_equal(add(&track, 4, 0, 40, 10, 0), TRACK_TAKEN);
        /* Standing it is what is to be expected. */
        add(&track, 10, 0, 80, 0, 0);
        assert_int_equal(add(&track, 11, 0, 80, 0, 0), TRACK_TAKEN);
}

static void one_jump_is_held_back_and_three_that_agree_are_followed(void **state)
{
        struct track track;
        struct pose pose;

        track_init(&track, &settings);
        for (int i = 0; i < 5; i++)
                add(&track, i, 0, 10 * i, 10, 0);
        assert_int_equal(add(&track, 5, 300, 50, 10, 0), TRACK_JUMP);
        assert_int_equal(add(&track, 6, 0, 60, 10, 0), TRACK_TAKEN);
        assert_int_equal(add(&track, 7, 300, 70, 10, 0), TRACK_JUMP);
        assert_int_equal(add(&track, 8, -300, 80, 10, 0), TRACK_JUMP);
        assert_int_equal(add(&track, 9, 300, 90, 10, 0), TRACK_JUMP);
        assert_int_equal(add(&track, 10, 300, 100, 10, 0), TRACK_JUMP);
        assert_int_equal(add(&track, 11, 300, 110, 10, 0), TRACK_RESTARTED);
        assert_true(track_last(&track)->after_hole);
        /* Nothing between the two; the travel is that of the speeds. */
        assert_false(track_at(&track, ns(10), &pose));
        assert_true(track_at(&track, ns(11), &pose));
        assert_true(fabs(pose.travelled_m - 110) < 1e-6);
}

static void between_a_hole_s_ends_nothing_is_known(void **state)
{
        struct track track;
        struct pose pose;
        int64_t crossing_ns;

        track_init(&track, &settings);
        for (int i = 0; i < 5; i++)
                add(&track, i, 0, 10 * i, 10, 0);
        add(&track, 24, 0, 240, 10, 0);
        assert_true(track_at(&track, ns(6.4), &pose));
        assert_true(pose.extrapolated);
        assert_true(off_m(&pose, 0, 64) < 1e-3);
        assert_true(pose.accuracy_m > 2.5);
        assert_false(track_at(&track, ns(6.6), &pose));
        assert_false(track_at(&track, ns(23.9), &pose));
        assert_true(track_at(&track, ns(24), &pose));
        assert_false(track_crossing(&track, 100, &crossing_ns));
        assert_true(track_crossing(&track, 39, &crossing_ns));
        assert_true(fabs(track_last(&track)->travelled_m - 240) < 0.01);
}

static void a_braking_van_is_predicted_to_stop(void **state)
{
        struct track track;
        struct pose pose;
        int64_t crossing_ns;

        track_init(&track, &settings);
        add(&track, 0, 0, 0, 6, 0);
        add(&track, 1, 0, 4.5, 3, 0); /* 3 m/s2: it stands after 1.5 m more */
        assert_true(track_at(&track, ns(3), &pose));
        assert_true(fabs(pose.travelled_m - 6) < 1e-6);
        assert_true(pose.speed_mps == 0);
        assert_true(track_crossing(&track, 5.9, &crossing_ns));
        assert_false(track_crossing(&track, 6.1, &crossing_ns));
}

static void the_plane_follows_a_long_drive(void **state)
{
        struct track track;
        struct pose pose;

        track_init(&track, &settings);
        for (int i = 0; i <= 3000; i++)
                assert_true(add(&track, i, 0, 25 * i, 25, 0) != TRACK_JUMP); /* 75 km north */
        assert_true(track_at(&track, ns(2999.5), &pose));
        assert_true(off_m(&pose, 0, 25 * 2999.5) < 0.01);
        assert_true(fabs(track.points[track.first].north_m) < 20000);
}

static void the_180_degree_meridian_is_no_jump(void **state)
{
        struct track track;
        struct pose pose;

        track_init(&track, &settings);
        for (int i = 0; i < 20; i++) {
                struct fix fix = fix_at(i, 0, 0, 10, 90);

                fix.latitude_deg = 0;
                fix.longitude_deg = angle_wrap_180(180 + (i - 10) * 10 / 111319.49);
                assert_int_equal(track_add(&track, &fix, ns(i)), i ? TRACK_TAKEN : TRACK_RESTARTED);
        }
        assert_true(track_at(&track, ns(9.5), &pose));
        assert_true(fabs(pose.longitude_deg - 180 + 5 / 111319.49) < 1e-7);
}

/* The very first fixes of a receiver without a speed. */
static void speed_is_taken_from_positions_where_none_is_given(void **state)
{
        struct track track;

        track_init(&track, &settings);
        for (int i = 0; i < 10; i++) {
                struct fix fix = fix_at(i, 0, 10 * i, 0, 0);

                fix.valid &= ~(unsigned)(FIX_SPEED | FIX_COURSE);
                fix.speed_mps = fix.course_deg = NAN;
                assert_int_not_equal(track_add(&track, &fix, ns(i)), TRACK_JUMP);
        }
        assert_true(fabs(track_last(&track)->speed_mps - 10) < 0.1);
        track_init(&track, &settings);
        for (int i = 0; i < 100; i++) { /* a parked one wanders */
                struct fix fix = fix_at(i, 1.5 * sin(i * 0.2), 1.5 * cos(i * 0.31), 0, 0);

                fix.valid &= ~(unsigned)(FIX_SPEED | FIX_COURSE);
                fix.speed_mps = fix.course_deg = NAN;
                track_add(&track, &fix, ns(i));
        }
        assert_true(track_last(&track)->travelled_m == 0);
}

static void a_start_counts_once_the_positions_follow(void **state)
{
        struct track track;
        struct pose pose;

        track_init(&track, &settings);
        add(&track, 0, 0, 0, 0, 0);
        add(&track, 1, 0, 0, 3, 0);
        assert_true(track_last(&track)->speed_mps == 0);
        add(&track, 2, 0, 0, 0.1, 0);
        add(&track, 3, 0, 0, 1, 0);
        add(&track, 4, 0, 0.1, 1, 0); /* twice, but it is where it was */
        assert_true(track_last(&track)->travelled_m == 0);
        add(&track, 5, 0, 0.1, 0, 0);
        add(&track, 6, 0, 0.5, 1, 0);
        add(&track, 7, 0, 1.9, 2, 0); /* it goes; and what was held back is travel now */
        assert_true(track_last(&track)->speed_mps == 2);
        assert_true(fabs(track_last(&track)->travelled_m - 2) < 1e-9);
        assert_true(track_at(&track, ns(6), &pose));
        assert_true(fabs(pose.travelled_m - 0.5) < 1e-9 && pose.speed_mps == 1);
        assert_true(track_motion_begin(&track)->fix.speed_mps == 0);
        for (int i = 8; i < 20; i++)
                add(&track, i, 0, 2, 0, 0);
        for (int i = 20; i < 80; i++)
                add(&track, i, 0, 2, 0.5, 0); /* for a minute, but it is where it was */
        assert_true(fabs(track_last(&track)->travelled_m - 3) < 1e-9);
        add(&track, 80, 0, 2, 0, 0);
        for (int i = 81; i < 84; i++) /* a receiver that holds its position: at last the speed is believed */
                add(&track, i, 0, 2, 1.5, 0);
        assert_true(track_last(&track)->travelled_m > 6.5);
}

/* What was told as travel stays told: marks were taken on it. */
static void a_start_after_a_move_unseen_takes_no_travel_back(void **state)
{
        struct track track;
        double told_m = 0;

        track_init(&track, &settings);
        for (int i = 0; i < 5; i++)
                add(&track, i, 0, 0, 0, 0);
        for (int i = 0; i < 6; i++) { /* the first 2.9 s later, 9 m ahead */
                add(&track, 6.9 + i, 0, 9 + 2 * i, 2, 0);
                assert_true(track_last(&track)->travelled_m >= told_m);
                told_m = track_last(&track)->travelled_m;
        }
        assert_true(fabs(told_m - 19) < 0.5);
}

static void speeds_far_apart_do_not_bear_each_other_out(void **state)
{
        struct track track;

        track_init(&track, &settings);
        for (int i = 0; i < 5; i++)
                add(&track, i, 0, 0, 0, 0);
        add(&track, 5, 0, 0, 1.2, 0);
        add(&track, 605, 0, 0.1, 1.2, 0);
        add(&track, 606, 0, 0, 0, 0);
        assert_true(track_last(&track)->travelled_m == 0);
        /* Nor does a jitter of some centimetres. */
        add(&track, 607, 0, 0, 0.4, 0);
        add(&track, 608, 0, 0.3, 0.4, 0);
        add(&track, 609, 0, 0.1, 0.4, 0);
        add(&track, 610, 0, 0, 0, 0);
        assert_true(track_last(&track)->travelled_m == 0);
}

/* Ten a second: the speeds come before the positions tell anything. */
static void a_fast_receiver_starts_soon(void **state)
{
        struct track track;

        track_init(&track, &settings);
        for (int i = 0; i <= 30; i++) {
                double t_s = i < 10 ? 0 : (i - 10) * 0.1;

                add(&track, i * 0.1, 0, t_s * t_s, 2 * t_s, 0);
                if (t_s >= 0.8)
                        assert_true(fabs(track_last(&track)->travelled_m - t_s * t_s) < 0.05);
        }
}

static double heading_after(struct track *track, const double (*legs)[3], size_t count)
{
        double t_s = 0, north_m = 0;

        track_init(track, &settings);
        add(track, 0, 0, 0, 0, 0);
        for (size_t i = 0; i < count; i++) { /* seconds, speed, course 0 or 180 */
                for (double end_s = t_s + legs[i][0]; t_s < end_s;) {
                        t_s += 1;
                        north_m += legs[i][2] == 0 ? legs[i][1] : -legs[i][1];
                        add(track, t_s, 0, north_m, legs[i][1], legs[i][2]);
                }
        }
        return track_last(track)->heading_deg;
}

/* Backing out of where it was parked, then ahead; a turn in three moves; and reversing in a street, which is no new heading. */
static void a_van_that_backs_out_first_is_told_from_one_that_reverses(void **state)
{
        static const double backs_out[][3] = {{4, 1, 180}, {3, 0, 180}, {6, 2.5, 0}};
        static const double reverses[][3] = {{6, 6, 0}, {3, 0, 0}, {5, 2, 180}};
        static const double slowly_ahead[][3] = {{16, 1.5, 0}, {3, 0, 0}, {5, 2, 180}};
        static const double goes_on[][3] = {{6, 6, 0}, {3, 0, 0}, {5, 2, 180}, {3, 0, 0}, {6, 3, 0}};
        struct track track;

        assert_true(heading_after(&track, backs_out, 3) == 0 && !track_last(&track)->reversing);
        assert_true(heading_after(&track, reverses, 3) == 0 && track_last(&track)->reversing);
        assert_true(heading_after(&track, slowly_ahead, 3) == 0 && track_last(&track)->reversing);
        assert_true(heading_after(&track, goes_on, 5) == 0 && !track_last(&track)->reversing);
}

/* A course that flips while the van rolls is noise; one that flips in a hole, or with a speed that no van gains so soon, is a turn. */
static void not_every_flip_of_the_course_is_reverse(void **state)
{
        struct track track;

        track_init(&track, &settings);
        for (int i = 0; i < 8; i++)
                add(&track, i, 0, 6.0 * i, 6, 0);
        add(&track, 8, 0, 46, 1, 0);
        add(&track, 9, 0, 46.5, 1, 170);
        assert_false(track_last(&track)->reversing);

        track_init(&track, &settings);
        for (int i = 0; i < 8; i++)
                add(&track, i, 0, 6.0 * i, 6, 0);
        add(&track, 8, 0, 45, 0.2, 0);
        for (int i = 0; i < 4; i++)
                add(&track, 128 + i, 0, 45 - 4.5 * i, 4.5, 180);
        assert_false(track_last(&track)->reversing);
        assert_true(track_last(&track)->heading_deg == 180);

        track_init(&track, &settings);
        for (int i = 0; i < 8; i++)
                add(&track, i, 0, 6.0 * i, 6, 0);
        add(&track, 8, 0, 45, 0.1, 0);
        add(&track, 9, 0, 43, 4.58, 200);
        add(&track, 10, 0, 38, 4.9, 210);
        assert_false(track_last(&track)->reversing);
}

static void creeping_is_travel_in_a_hole(void **state)
{
        struct track track;
        struct pose pose;
        int64_t crossing_ns;

        track_init(&track, &settings);
        for (int i = 0; i <= 40; i++)
                add(&track, i, 0, 0.25 * i, 0.25, 0);
        assert_true(track_last(&track)->travelled_m > 6 && track_last(&track)->travelled_m < 10.01);
        assert_true(track_crept(&track, 2) && !track_crept(&track, 20));
        assert_false(track_crossing(&track, 2, &crossing_ns));
        assert_true(track_at(&track, ns(40), &pose) && pose.speed_mps == 0);
        /* A receiver that wanders, and whose speed is noise, creeps nowhere. */
        track_init(&track, &settings);
        for (int i = 0; i <= 600; i++)
                add(&track, i, 5 * sin(i / 60.0), 5 * cos(i / 45.0), 0.08 + 0.1 * (i % 3 == 0), i * 77 % 360);
        assert_true(track_last(&track)->travelled_m == 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(an_empty_track_knows_nothing),
                cmocka_unit_test(even_motion_is_interpolated_exactly),
                cmocka_unit_test(even_acceleration_is_interpolated_exactly),
                cmocka_unit_test(a_circle_is_followed_to_the_centimetre),
                cmocka_unit_test(travelled_never_decreases_and_crossing_is_its_inverse),
                cmocka_unit_test(slow_motion_holds_the_course),
                cmocka_unit_test(without_course_the_path_gives_it),
                cmocka_unit_test(unusable_fixes_are_refused),
                cmocka_unit_test(the_same_position_at_speed_is_a_frozen_receiver),
                cmocka_unit_test(one_jump_is_held_back_and_three_that_agree_are_followed),
                cmocka_unit_test(between_a_hole_s_ends_nothing_is_known),
                cmocka_unit_test(a_braking_van_is_predicted_to_stop),
                cmocka_unit_test(the_plane_follows_a_long_drive),
                cmocka_unit_test(the_180_degree_meridian_is_no_jump),
                cmocka_unit_test(speed_is_taken_from_positions_where_none_is_given),
                cmocka_unit_test(a_start_counts_once_the_positions_follow),
                cmocka_unit_test(a_start_after_a_move_unseen_takes_no_travel_back),
                cmocka_unit_test(speeds_far_apart_do_not_bear_each_other_out),
                cmocka_unit_test(a_fast_receiver_starts_soon),
                cmocka_unit_test(not_every_flip_of_the_course_is_reverse),
                cmocka_unit_test(a_van_that_backs_out_first_is_told_from_one_that_reverses),
                cmocka_unit_test(creeping_is_travel_in_a_hole),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
