/* SPDX-License-Identifier: MIT */
/* Fixes that lie, stand still, stop or jump: what the core makes of each. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "geotag/geodesy.h"
#include "tests/unit/core/scene.h"

#define DAY_NS (INT64_C(86400) * NS_PER_S)

/* 10 m/s from second 13 to second 113: 2 marks a second. */
static const struct leg cruise[] = {{3, 0, 0, 1}, {10, 1, 0, 1}, {100, 0, 0, 1}, {10, -1, 0, 1}, {3, 0, 0, 1}};
#define CRUISE_MARKS 220

static void move_fix(struct fix *fix, double east_m, double north_m)
{
        struct plane plane;

        plane_init(&plane, fix->latitude_deg, fix->longitude_deg);
        plane_to_geodetic(&plane, east_m, north_m, &fix->latitude_deg, &fix->longitude_deg);
}

/* --- times --- */

static void step_time(struct play *play, double from_s, int64_t step_ns)
{
        for (size_t i = 0; i < play->count; i++)
                if (play->told[i].kind == TOLD_REPORT && play_seconds(play->told[i].boottime_ns) >= from_s)
                        play->told[i].report.fix.utc_ns += step_ns;
}

static void a_small_step_of_time_loses_no_frame(void **state)
{
        static const int64_t steps_ns[] = {-1 * NS_PER_S, -2 * NS_PER_S, 1 * NS_PER_S, 2 * NS_PER_S};

        for (size_t i = 0; i < COUNT(steps_ns); i++) {
                struct scene scene;

                scene_begin_plain(&scene, cruise, COUNT(cruise));
                step_time(&scene.play, 50, steps_ns[i]);
                scene_run(&scene); /* captured_utc: play.c looks */
                assert_in_range(outcome_count(&scene.outcome, CORE_TAG), CRUISE_MARKS - 1, CRUISE_MARKS);
                assert_int_equal(outcome_count(&scene.outcome, CORE_GAP), 0);
                assert_int_equal(outcome_count(&scene.outcome, CORE_RUN_END), 1);
                assert_int_equal(scene_verdicts(&scene, "time unsure"), 1);
                assert_int_equal(outcome_count(&scene.outcome, CORE_NOTE), 1);
                for (size_t k = 0; k < outcome_count(&scene.outcome, CORE_TAG); k++) {
                        const struct core_decision *tag = outcome_nth(&scene.outcome, CORE_TAG, k);
                        double at_s = play_seconds(tag->tag.exposure_mid_boottime_ns);
                        int64_t true_ns = PLAY_UTC_NS + (tag->tag.exposure_mid_boottime_ns - PLAY_BOOTTIME_NS);

                        assert_true(scene_error_m(&scene, tag) < 0.3);
                        if (at_s < 48)
                                assert_true(llabs(tag->tag.captured_utc_ns - true_ns) < NS_PER_MS);
                        if (at_s > 58) /* at half speed, 2 s are made good in 4 */
                                assert_true(llabs(tag->tag.captured_utc_ns - true_ns - steps_ns[i]) < NS_PER_MS);
                }
                scene_end(&scene);
        }
}

static void a_step_of_years_ends_the_run(void **state)
{
        static const int64_t steps_ns[] = {-1024 * 7 * DAY_NS / 4, 1024 * 7 * DAY_NS, 3600 * NS_PER_S};

        for (size_t i = 0; i < COUNT(steps_ns); i++) {
                const struct core_decision *end, *gap;
                struct scene scene;

                scene_begin_plain(&scene, cruise, COUNT(cruise));
                step_time(&scene.play, 50, steps_ns[i]);
                scene_run(&scene);
                gap = outcome_nth(&scene.outcome, CORE_GAP, outcome_count(&scene.outcome, CORE_GAP) - 1);
                assert_int_equal(gap->gap.reason, GAP_TIME_STEP);
                assert_int_equal(outcome_count(&scene.outcome, CORE_RUN_BEGIN), 2);
                assert_int_equal(outcome_count(&scene.outcome, CORE_RUN_END), 2);
                end = outcome_nth(&scene.outcome, CORE_RUN_END, 0);
                assert_true(play_seconds(end->boottime_ns) > 50 && play_seconds(end->boottime_ns) < 53);
                assert_true(outcome_nth(&scene.outcome, CORE_RUN_BEGIN, 1)->utc_ns >=
                            PLAY_UTC_NS + steps_ns[i] + 50 * NS_PER_S);
                /* Each run keeps to its own time. */
                for (size_t k = 0, run = 0; k < scene.outcome.count; k++) {
                        const struct core_decision *d = &scene.outcome.decisions[k];

                        run += d->kind == CORE_RUN_BEGIN;
                        if (d->kind == CORE_TAG)
                                assert_true(llabs(d->tag.captured_utc_ns - PLAY_UTC_NS - (run == 2 ? steps_ns[i] : 0)) <
                                            200 * NS_PER_S);
                }
                scene_end(&scene);
        }
}

static void a_date_of_a_week_rollover_is_not_believed(void **state)
{
        struct scene scene;

        scene_begin_plain(&scene, cruise, COUNT(cruise));
        step_time(&scene.play, 0, -1024 * 7 * DAY_NS); /* 2007 */
        scene_run(&scene);
        assert_int_equal(outcome_count(&scene.outcome, CORE_RUN_BEGIN), 0);
        assert_int_equal(scene.outcome.status.fixes_taken, 0);
        assert_false(scene.outcome.status.has_utc);
        scene_end(&scene);

        /* Within a run such dates are refused, and the run goes on when they are right again. */
        scene_begin_plain(&scene, cruise, COUNT(cruise));
        step_time(&scene.play, 50, -1024 * 7 * DAY_NS);
        step_time(&scene.play, 60, 1024 * 7 * DAY_NS);
        scene_run(&scene);
        assert_int_equal(scene_verdicts(&scene, "date too old"), 10);
        assert_int_equal(outcome_count(&scene.outcome, CORE_RUN_BEGIN), 1);
        assert_true(scene_tags_between(&scene, 61, 112) > 100);
        scene_end(&scene);
}

static void one_wrong_time_is_held_back(void **state)
{
        static const int64_t steps_ns[] = {-1 * NS_PER_S - NS_PER_MS, 3600 * NS_PER_S, -400 * DAY_NS, 30000 * DAY_NS};

        for (size_t i = 0; i < COUNT(steps_ns); i++) {
                struct scene scene;

                scene_begin_plain(&scene, cruise, COUNT(cruise));
                play_fix_at(&scene.play, 50)->utc_ns += steps_ns[i];
                scene_run(&scene);
                assert_int_equal(scene_verdicts(&scene, "time unsure"), 1);
                assert_int_equal(outcome_count(&scene.outcome, CORE_RUN_BEGIN), 1);
                assert_in_range(outcome_count(&scene.outcome, CORE_TAG), CRUISE_MARKS - 1, CRUISE_MARKS);
                scene_end(&scene);
        }
}

static void time_that_stands_still_is_no_news(void **state)
{
        struct gap gap;
        struct scene scene;

        scene_begin_plain(&scene, cruise, COUNT(cruise));
        for (size_t i = 0; i < scene.play.count; i++) {
                struct told *told = &scene.play.told[i];
                double at_s = play_seconds(told->boottime_ns);

                if (told->kind == TOLD_REPORT && at_s > 50 && at_s < 60)
                        told->report.fix.utc_ns = PLAY_UTC_NS + 50 * NS_PER_S;
        }
        scene_run(&scene);
        assert_int_equal(scene_verdicts(&scene, "not advancing"), 9);
        assert_int_equal(outcome_count(&scene.outcome, CORE_RUN_BEGIN), 1);
        assert_int_equal(outcome_gaps(&scene.outcome, &gap, 1), 1);
        assert_int_equal(gap.reason, GAP_NO_FIX);
        assert_int_equal(scene_tags_between(&scene, 53, 59.6), 0);
        scene_end(&scene);
}

static void several_reports_of_an_epoch_count_once(void **state)
{
        static const unsigned repeats[] = {2, 18};

        for (size_t r = 0; r < COUNT(repeats); r++) {
                struct outcome once;
                struct scene scene;
                size_t told;

                scene_begin_plain(&scene, cruise, COUNT(cruise));
                scene_run(&scene);
                once = scene.outcome;
                scene.outcome = (struct outcome){0};
                told = scene.play.count;
                for (size_t i = 0; i < told; i++) {
                        if (scene.play.told[i].kind != TOLD_REPORT)
                                continue;
                        for (unsigned k = 1; k < repeats[r]; k++) {
                                struct told copy = scene.play.told[i];

                                *play_add(&scene.play, TOLD_REPORT, 0) = copy;
                                scene.play.told[scene.play.count - 1].boottime_ns += k * 2 * NS_PER_MS;
                        }
                }
                scene_run(&scene);
                assert_int_equal(scene_verdicts(&scene, "taken"), 0 + outcome_count(&once, CORE_FIX));
                assert_int_equal(outcome_count(&scene.outcome, CORE_TAG), outcome_count(&once, CORE_TAG));
                for (size_t i = 0; i < outcome_count(&once, CORE_TAG); i++) {
                        const struct picture_tag *a = &outcome_nth(&once, CORE_TAG, i)->tag;
                        const struct picture_tag *b = &outcome_nth(&scene.outcome, CORE_TAG, i)->tag;

                        assert_int_equal(a->captured_utc_ns, b->captured_utc_ns);
                        assert_true(a->latitude_deg == b->latitude_deg && a->travelled_m == b->travelled_m);
                }
                outcome_finish(&once);
                scene_end(&scene);
        }
}

/* --- what a fix lacks --- */

static void unusable_fixes_get_the_right_verdict(void **state)
{
        static const char *const verdicts[] = {"no fix", "no fix", "no time", "no position", "taken"};

        for (unsigned k = 0; k < COUNT(verdicts); k++) {
                struct scene scene;
                struct fix *fix;

                scene_begin_plain(&scene, cruise, COUNT(cruise));
                fix = play_fix_at(&scene.play, 50);
                if (k < 2)
                        fix->mode = (int)k;
                if (k == 2)
                        fix->valid &= ~(unsigned)FIX_TIME;
                if (k == 3) {
                        fix->valid &= ~(unsigned)FIX_POSITION;
                        fix->latitude_deg = fix->longitude_deg = NAN;
                }
                if (k == 4)
                        fix->mode = 2;
                scene_run(&scene);
                if (k < 4)
                        assert_int_equal(scene_verdicts(&scene, verdicts[k]), 1);
                assert_int_equal(scene.outcome.status.fixes_refused, k < 4 ? 1 : 0);
                assert_in_range(outcome_count(&scene.outcome, CORE_TAG), CRUISE_MARKS - 1, CRUISE_MARKS);
                assert_int_equal(outcome_count(&scene.outcome, CORE_GAP), 0);
                scene_end(&scene);
        }
}

static void a_2d_drive_has_frames_without_altitude(void **state)
{
        const struct core_decision *tag;
        struct scene scene;

        scene_begin_plain(&scene, cruise, COUNT(cruise));
        for (size_t i = 0; i < scene.play.count; i++) {
                struct fix *fix = &scene.play.told[i].report.fix;

                fix->mode = 2;
                fix->valid &= ~(unsigned)(FIX_ALTITUDE_HAE | FIX_ALTITUDE_MSL);
                fix->altitude_hae_m = fix->altitude_msl_m = NAN;
        }
        scene_run(&scene);
        assert_in_range(outcome_count(&scene.outcome, CORE_TAG), CRUISE_MARKS - 1, CRUISE_MARKS);
        tag = outcome_nth(&scene.outcome, CORE_TAG, 100);
        assert_int_equal(tag->tag.fix_mode, 2);
        assert_true(isnan(tag->tag.altitude_msl_m) && isnan(tag->tag.altitude_hae_m));
        scene_end(&scene);
}

static void a_receiver_without_speed_and_course_still_gives_frames(void **state)
{
        struct scene scene;
        size_t tags;

        scene_begin_plain(&scene, cruise, COUNT(cruise));
        for (size_t i = 0; i < scene.play.count; i++) {
                struct fix *fix = &scene.play.told[i].report.fix;

                fix->valid &= ~(unsigned)(FIX_SPEED | FIX_COURSE);
                fix->speed_mps = fix->course_deg = NAN;
        }
        scene_run(&scene);
        tags = outcome_count(&scene.outcome, CORE_TAG);
        assert_in_range(tags, 208, 226); /* 1,100 m, of which the beginning is not seen at once */
        assert_true(outcome_spacing_rms_m(&scene.outcome, scene.truth, 0, 5, 20, 110) < 0.8);
        assert_true(angle_between(outcome_nth(&scene.outcome, CORE_TAG, 100)->tag.course_deg, 30) < 2);
        scene_end(&scene);
}

/* --- positions --- */

static void frozen_positions_are_refused(void **state)
{
        struct gap gaps[4];
        struct scene scene;
        size_t count;

        scene_begin_plain(&scene, cruise, COUNT(cruise));
        for (size_t i = 0; i < scene.play.count; i++) {
                struct told *told = &scene.play.told[i];
                double at_s = play_seconds(told->boottime_ns);

                if (told->kind == TOLD_REPORT && at_s > 50.5 && at_s < 58) {
                        told->report.fix.latitude_deg = play_fix_at(&scene.play, 50)->latitude_deg;
                        told->report.fix.longitude_deg = play_fix_at(&scene.play, 50)->longitude_deg;
                }
        }
        scene_run(&scene);
        assert_int_equal(scene_verdicts(&scene, "frozen"), 7);
        assert_int_equal(outcome_count(&scene.outcome, CORE_RUN_BEGIN), 1);
        count = outcome_gaps(&scene.outcome, gaps, COUNT(gaps));
        assert_int_equal(count, 1);
        assert_int_equal(gaps[0].reason, GAP_POSITION_JUMP);
        for (size_t i = 0; i < outcome_count(&scene.outcome, CORE_TAG); i++)
                assert_true(scene_error_m(&scene, outcome_nth(&scene.outcome, CORE_TAG, i)) < 0.5);
        scene_end(&scene);
}

static void no_frame_is_placed_at_a_single_jump(void **state)
{
        struct scene scene;

        scene_begin_plain(&scene, cruise, COUNT(cruise));
        move_fix(play_fix_at(&scene.play, 50), 300, 0);
        scene_run(&scene);
        assert_int_equal(scene_verdicts(&scene, "jump"), 1);
        assert_int_equal(outcome_count(&scene.outcome, CORE_RUN_BEGIN), 1);
        assert_in_range(outcome_count(&scene.outcome, CORE_TAG), CRUISE_MARKS - 1, CRUISE_MARKS);
        for (size_t i = 0; i < outcome_count(&scene.outcome, CORE_TAG); i++)
                assert_true(scene_error_m(&scene, outcome_nth(&scene.outcome, CORE_TAG, i)) < 0.5);
        scene_end(&scene);
}

static void a_jump_that_stays_is_followed(void **state)
{
        struct scene scene;
        size_t tags;

        scene_begin_plain(&scene, cruise, COUNT(cruise));
        for (size_t i = 0; i < scene.play.count; i++)
                if (scene.play.told[i].kind == TOLD_REPORT && play_seconds(scene.play.told[i].boottime_ns) > 50)
                        move_fix(&scene.play.told[i].report.fix, 300, 0);
        scene_run(&scene);
        assert_int_equal(scene_verdicts(&scene, "jump"), 2);
        assert_int_equal(outcome_count(&scene.outcome, CORE_RUN_BEGIN), 1);
        tags = outcome_count(&scene.outcome, CORE_TAG);
        assert_in_range(tags, CRUISE_MARKS - 8, CRUISE_MARKS);
        for (size_t i = 0; i < tags; i++) {
                const struct core_decision *tag = outcome_nth(&scene.outcome, CORE_TAG, i);
                double error_m = scene_error_m(&scene, tag), at_s = play_seconds(tag->tag.exposure_mid_boottime_ns);

                assert_true(error_m < 0.5 || fabs(error_m - 300) < 1); /* never between */
                assert_true(at_s < 52 || error_m > 299);
                assert_true(at_s > 49.8 || error_m < 0.5);
        }
        assert_true(fabs(outcome_nth(&scene.outcome, CORE_RUN_END, 0)->travelled_m - 1100) < 15);
        scene_end(&scene);
}

/* --- holes --- */

static void a_hole_in_the_fixes_leaves_a_gap(void **state)
{
        static const double holes_s[] = {3, 10, 40};

        for (size_t h = 0; h < COUNT(holes_s); h++) {
                double last_fix_s = 50, back_s = last_fix_s + holes_s[h];
                struct gap gaps[4] = {{.marks = 0}};
                struct scene scene;
                size_t tags, count;

                scene_begin_plain(&scene, cruise, COUNT(cruise));
                play_drop(&scene.play, TOLD_REPORT, last_fix_s + 0.5, back_s - 0.5);
                scene_run(&scene);
                tags = outcome_count(&scene.outcome, CORE_TAG);
                count = outcome_gaps(&scene.outcome, gaps, COUNT(gaps));
                /* Of 3 s, the 2.5 s (the default) that are extrapolated and the 0.4 s of frames that are kept hide nearly all. */
                assert_true(count == 1 || (count == 0 && holes_s[h] < 4));
                assert_true(count == 0 || gaps[0].reason == GAP_NO_FIX);
                /* Every mark is a frame or counted in a gap; one may fall in the end of the drive. */
                assert_in_range(tags + gaps[0].marks, CRUISE_MARKS - 1, CRUISE_MARKS);
                assert_true(fabs(gaps[0].metres - 5.0 * (double)gaps[0].marks) < 1e-6);
                assert_true(fabs((double)gaps[0].marks - 2 * (holes_s[h] - 2.5 - 0.3)) <= 2);
                assert_int_equal(scene_tags_between(&scene, last_fix_s + 2.5 + 0.06, back_s - 0.4), 0);
                assert_true(scene_tags_between(&scene, last_fix_s, last_fix_s + 2.5) >= 4);
                for (size_t i = 0; i < tags; i++) {
                        const struct core_decision *tag = outcome_nth(&scene.outcome, CORE_TAG, i);
                        double at_s = play_seconds(tag->tag.exposure_mid_boottime_ns);
                        bool alone = at_s > last_fix_s && at_s < back_s;

                        assert_true(scene_error_m(&scene, tag) < 0.5);
                        if (alone && holes_s[h] > 5)
                                assert_int_equal(tag->tag.position_source, POSITION_EXTRAPOLATED);
                        if (!alone && at_s < 110)
                                assert_int_equal(tag->tag.position_source, POSITION_INTERPOLATED);
                }
                /* When the gap was, within a mark or two. */
                if (count == 0) {
                        scene_end(&scene);
                        continue;
                }
                assert_true(fabs((double)(gaps[0].from_utc_ns - PLAY_UTC_NS) / 1e9 - (last_fix_s + 2.5)) < 0.6);
                assert_true(fabs((double)(gaps[0].to_utc_ns - PLAY_UTC_NS) / 1e9 - back_s) < 1.1);
                scene_end(&scene);
        }
}

static void a_hole_in_which_the_van_stands_is_no_gap(void **state)
{
        static const struct leg legs[] = {{3, 0, 0, 1},  {10, 1, 0, 1}, {10, 0, 0, 1},  {5, -2, 0, 1},
                                          {60, 0, 0, 1}, {10, 1, 0, 1}, {10, -1, 0, 1}, {5, 0, 0, 1}};
        struct scene scene;

        scene_begin_plain(&scene, legs, COUNT(legs));
        play_drop(&scene.play, TOLD_REPORT, 32, 80);
        scene_run(&scene);
        assert_int_equal(outcome_count(&scene.outcome, CORE_GAP), 0);
        assert_int_equal(outcome_count(&scene.outcome, CORE_RUN_BEGIN), 1);
        scene_end(&scene);
}

static void a_longer_extrapolation_limit_is_kept_too(void **state)
{
        struct scene scene;

        scene_begin_plain(&scene, cruise, COUNT(cruise));
        scene.config.extrapolation_limit_s = 0.5;
        play_drop(&scene.play, TOLD_REPORT, 50.5, 69.5);
        scene_run(&scene);
        assert_int_equal(scene_tags_between(&scene, 50.56, 69.5), 0);
        assert_true(scene_tags_between(&scene, 50, 50.56) >= 1);
        scene.config.extrapolation_limit_s = 5;
        scene_run(&scene);
        assert_int_equal(scene_tags_between(&scene, 55.06, 69.5), 0);
        assert_true(scene_tags_between(&scene, 50, 55.06) >= 9);
        scene_end(&scene);
}

static void fixes_that_come_late_in_a_burst_are_no_step_of_time(void **state)
{
        static const double rates_hz[] = {1, 10};

        for (size_t r = 0; r < COUNT(rates_hz); r++) {
                struct receiver_model model = receiver_model_exact();
                struct scene scene;

                model.rate_hz = rates_hz[r];
                scene_begin(&scene, cruise, COUNT(cruise), &model, 10, 0.023);
                for (size_t i = 0; i < scene.play.count; i++) {
                        struct told *told = &scene.play.told[i];
                        double at_s = play_seconds(told->boottime_ns);

                        if (told->kind == TOLD_REPORT && at_s > 50 && at_s < 53)
                                told->boottime_ns = play_boottime_ns(53) + (int64_t)((at_s - 50) * 1e6);
                }
                scene_run(&scene);
                assert_int_equal(outcome_count(&scene.outcome, CORE_NOTE), 0);
                assert_int_equal(outcome_count(&scene.outcome, CORE_RUN_BEGIN), 1);
                for (size_t i = 0; i < outcome_count(&scene.outcome, CORE_TAG); i++) {
                        const struct core_decision *tag = outcome_nth(&scene.outcome, CORE_TAG, i);
                        int64_t true_ns = PLAY_UTC_NS + (tag->tag.exposure_mid_boottime_ns - PLAY_BOOTTIME_NS);

                        assert_true(llabs(tag->tag.captured_utc_ns - true_ns) < NS_PER_MS);
                        assert_true(scene_error_m(&scene, tag) < 0.5);
                }
                scene_end(&scene);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_small_step_of_time_loses_no_frame),
                cmocka_unit_test(a_step_of_years_ends_the_run),
                cmocka_unit_test(a_date_of_a_week_rollover_is_not_believed),
                cmocka_unit_test(one_wrong_time_is_held_back),
                cmocka_unit_test(time_that_stands_still_is_no_news),
                cmocka_unit_test(several_reports_of_an_epoch_count_once),
                cmocka_unit_test(unusable_fixes_get_the_right_verdict),
                cmocka_unit_test(a_2d_drive_has_frames_without_altitude),
                cmocka_unit_test(a_receiver_without_speed_and_course_still_gives_frames),
                cmocka_unit_test(frozen_positions_are_refused),
                cmocka_unit_test(no_frame_is_placed_at_a_single_jump),
                cmocka_unit_test(a_jump_that_stays_is_followed),
                cmocka_unit_test(a_hole_in_the_fixes_leaves_a_gap),
                cmocka_unit_test(a_hole_in_which_the_van_stands_is_no_gap),
                cmocka_unit_test(a_longer_extrapolation_limit_is_kept_too),
                cmocka_unit_test(fixes_that_come_late_in_a_burst_are_no_step_of_time),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
