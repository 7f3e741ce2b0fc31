/* SPDX-License-Identifier: MIT */
/* Where frames are taken: every so many metres of true travel, and nowhere else. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/unit/core/scene.h"

/* RMS of the spacing against that of the best choice, from the drive's second on. */
static void assert_spacing_near_limit(const struct scene *scene, double from_s, double to_s, double factor,
                                      double extra_m)
{
        const struct core_decision *first = outcome_nth(&scene->outcome, CORE_TAG, 0);
        double spacing_m = scene->config.spacing_m, rms_m, limit_m;
        double first_m = first->tag.travelled_m;

        /* The marks as the core laid them out: the first lies half a spacing after the first motion. */
        first_m = scene_travel_m(scene, first) + (spacing_m * (double)first->tag.mark + spacing_m / 2 - first_m);
        rms_m = outcome_spacing_rms_m(&scene->outcome, scene->truth, 0, spacing_m, from_s, to_s);
        limit_m = play_limit_rms_m(&scene->play, scene->truth, 0, spacing_m, first_m, from_s, to_s);
        print_message("spacing RMS %.3f m, limit %.3f m\n", rms_m, limit_m);
        assert_true(rms_m <= factor * limit_m + extra_m);
}

static void marks_at_constant_speed_are_as_near_as_the_camera_allows(void **state)
{
        /* 13.7 m/s: a frame each 1.37 m. */
        static const struct leg legs[] = {
                {5, 0, 0, 1}, {10, 1.37, 0, 1}, {120, 0, 0, 1}, {10, -1.37, 0, 1}, {5, 0, 0, 1}};
        static const double rates_hz[] = {1, 5, 10};

        for (size_t i = 0; i < COUNT(rates_hz); i++) {
                struct receiver_model model = receiver_model_exact();
                struct scene scene;

                model.rate_hz = rates_hz[i];
                scene_begin(&scene, legs, COUNT(legs), &model, 10, 0.037);
                scene_run(&scene);
                assert_spacing_near_limit(&scene, 18, 130, 1.2, 0);
                scene_end(&scene);
        }
}

static void marks_in_acceleration_are_near_the_limit(void **state)
{
        static const struct leg legs[] = {{5, 0, 0, 1},    {12, 1.2, 0, 1}, {6, 0, 5, 1},    {6, -1.8, 0, 1},
                                          {5, 0.9, 0, 1},  {8, 0, -10, 1},  {6, -1.4, 0, 1}, {20, 0, 0, 1},
                                          {10, 1.4, 0, 1}, {10, -1.4, 0, 1}};
        struct receiver_model model = receiver_model_exact();
        struct scene scene;

        scene_begin(&scene, legs, COUNT(legs), &model, 10, 0.061);
        scene_run(&scene);
        assert_spacing_near_limit(&scene, 5, truth_duration_s(scene.truth), 1.2, 0.05);
        scene_end(&scene);
}

static void marks_with_a_noisy_receiver_stay_near_the_limit(void **state)
{
        static const struct leg legs[] = {{5, 0, 0, 1}, {10, 1.2, 0, 1}, {100, 0, 2, 1}, {6, -2, 0, 1}, {5, 0, 0, 1}};
        struct receiver_model model = {.rate_hz = 5,
                                       .latency_s = 0.1,
                                       .jitter_s = 0.02,
                                       .position_sigma_m = 1.5,
                                       .speed_sigma_mps = 0.05,
                                       .seed = play_seed(7)};
        struct scene scene;

        scene_begin(&scene, legs, COUNT(legs), &model, 10, 0.013);
        scene_run(&scene);
        assert_spacing_near_limit(&scene, 10, 120, 1.2, 0.1);
        scene_end(&scene);
}

static void as_many_frames_as_marks(void **state)
{
        static const struct leg legs[] = {
                {3, 0, 0, 1}, {10, 1, 0, 1}, {190, 0, 0, 1}, {10, -1, 0, 1}, {5, 0, 0, 1}}; /* 2,000 m */
        struct receiver_model model = receiver_model_exact();
        const struct core_decision *end;
        struct scene scene;

        scene_begin(&scene, legs, COUNT(legs), &model, 10, 0.02);
        scene_run(&scene);
        assert_in_range(outcome_count(&scene.outcome, CORE_TAG), 399, 400);
        assert_int_equal(outcome_count(&scene.outcome, CORE_GAP), 0);
        assert_int_equal(outcome_count(&scene.outcome, CORE_RUN_BEGIN), 1);
        end = outcome_nth(&scene.outcome, CORE_RUN_END, 0);
        assert_non_null(end);
        assert_true(fabs(end->travelled_m - 2000) < 2);
        scene_end(&scene);
}

static void a_parked_van_takes_no_frame(void **state)
{
        static const struct leg legs[] = {{3600, 0, 0, 1}};
        struct receiver_model model = {.rate_hz = 1,
                                       .latency_s = 0.1,
                                       .jitter_s = 0.05,
                                       .position_sigma_m = 4,
                                       .speed_sigma_mps = 0.08,
                                       .seed = play_seed(11)};
        struct scene scene;

        scene_begin(&scene, legs, COUNT(legs), &model, 2, 0.02);
        scene_run(&scene);
        assert_int_equal(outcome_count(&scene.outcome, CORE_TAG), 0);
        assert_int_equal(outcome_count(&scene.outcome, CORE_ENCODE), 0);
        assert_int_equal(outcome_count(&scene.outcome, CORE_GAP), 0);
        assert_int_equal(outcome_count(&scene.outcome, CORE_RUN_BEGIN), 0);
        scene_end(&scene);
}

static void parking_ends_the_run_and_takes_no_frame(void **state)
{
        static const struct leg legs[] = {{3, 0, 0, 1}, {10, 1, 0, 1}, {20, 0, 0, 1}, {5, -2, 0, 1}, {3600, 0, 0, 1}};
        static const double rates_hz[] = {1, 10};

        for (size_t i = 0; i < COUNT(rates_hz); i++) {
                struct receiver_model model = {.rate_hz = rates_hz[i],
                                               .latency_s = 0.1,
                                               .jitter_s = 0.02,
                                               .position_sigma_m = 4,
                                               .speed_sigma_mps = 0.1,
                                               .seed = play_seed(13)};
                const struct core_decision *last, *end;
                struct scene scene;
                size_t tags;

                scene_begin(&scene, legs, COUNT(legs), &model, 10, 0.02);
                scene_run(&scene);
                tags = outcome_count(&scene.outcome, CORE_TAG);
                assert_in_range(tags, 53, 55); /* 275 m */
                last = outcome_nth(&scene.outcome, CORE_TAG, tags - 1);
                assert_true(play_seconds(last->tag.exposure_mid_boottime_ns) < 39);
                end = outcome_nth(&scene.outcome, CORE_RUN_END, 0);
                assert_non_null(end);
                /* A spurious speed does not put the end off; it may lie in the last seconds of braking. */
                assert_true(play_seconds(end->boottime_ns) > 36 + scene.config.run_end_parked_s);
                assert_true(play_seconds(end->boottime_ns) < 41 + scene.config.run_end_parked_s);
                scene_end(&scene);
        }
}

static void the_first_mark_comes_after_the_first_motion(void **state)
{
        static const struct leg legs[] = {{60, 0, 0, 1}, {10, 1, 0, 1}, {20, 0, 0, 1}};
        struct receiver_model model = {
                .rate_hz = 1, .latency_s = 0.1, .position_sigma_m = 3, .speed_sigma_mps = 0.05, .seed = 3};
        const struct core_decision *begin, *first;
        struct truth_state at;
        struct scene scene;

        scene_begin(&scene, legs, COUNT(legs), &model, 10, 0.02);
        scene_run(&scene);
        begin = outcome_nth(&scene.outcome, CORE_RUN_BEGIN, 0);
        assert_true(play_seconds(begin->boottime_ns) > 60);
        first = outcome_nth(&scene.outcome, CORE_TAG, 0);
        assert_int_equal(first->tag.mark, 0);
        truth_at(scene.truth, play_seconds(first->tag.exposure_mid_boottime_ns), &at);
        assert_true(at.travelled_m > 1.5 && at.travelled_m < 5); /* half of 5 m after the motion was seen */
        scene_end(&scene);
}

static void each_camera_has_its_own_frames(void **state)
{
        static const struct leg legs[] = {{3, 0, 0, 1}, {10, 1.3, 0, 1}, {60, 0, 1, 1}, {10, -1.3, 0, 1}, {3, 0, 0, 1}};
        struct truth *truth = truth_create(legs, COUNT(legs), 30);
        struct receiver_model model = receiver_model_exact();
        struct outcome outcome;
        struct config config;
        struct play play = {0};

        play_config(&config, 2);
        play_add_fixes(&play, truth, &model, 0, truth_duration_s(truth));
        play_add_frames(&play, 0, 10, 0.02, 0, truth_duration_s(truth));
        play_add_frames(&play, 1, 30, 0.007, 0, truth_duration_s(truth));
        play_add_stop(&play, truth_duration_s(truth) + 1);
        play_sort(&play);
        play_run(&play, &config, NULL, 0, &outcome);
        assert_int_equal(outcome_count(&outcome, CORE_GAP), 0);
        assert_int_equal(outcome_count(&outcome, CORE_TAG), 2 * ((910 + 2) / 5));
        for (unsigned camera = 0; camera < 2; camera++) {
                double rms_m = outcome_spacing_rms_m(&outcome, truth, camera, 5, 0, 100);

                print_message("camera %u: spacing RMS %.3f m\n", camera, rms_m);
                assert_true(
                        rms_m <
                        (camera == 0 ? 0.8 : 0.4)); /* uniform over 1.3 m and 0.43 m, of both ends, and a prediction */
        }
        outcome_finish(&outcome);
        play_finish(&play);
        truth_destroy(truth);
}

static void another_spacing_applies_from_the_last_mark_on(void **state)
{
        static const struct leg legs[] = {{3, 0, 0, 1}, {10, 1, 0, 1}, {60, 0, 0, 1}, {10, -1, 0, 1}, {3, 0, 0, 1}};
        static const double spacings_m[] = {2, 20};

        for (size_t s = 0; s < COUNT(spacings_m); s++) {
                struct receiver_model model = receiver_model_exact();
                double change_m = NAN, before_m = NAN;
                struct config other;
                struct scene scene;

                scene_begin(&scene, legs, COUNT(legs), &model, 20, 0.013);
                other = scene.config;
                other.spacing_m = spacings_m[s];
                play_add(&scene.play, TOLD_CONFIG, play_boottime_ns(40.27))->config = &other;
                play_sort(&scene.play);
                scene_run(&scene);
                assert_int_equal(outcome_count(&scene.outcome, CORE_GAP), 0);
                assert_int_equal(outcome_count(&scene.outcome, CORE_DISCARD), 0);
                for (size_t i = 0; i < outcome_count(&scene.outcome, CORE_TAG); i++) {
                        const struct core_decision *tag = outcome_nth(&scene.outcome, CORE_TAG, i);
                        double at_m = scene_travel_m(&scene, tag);
                        bool before = play_seconds(tag->tag.exposure_mid_boottime_ns) < 40.27;

                        assert_int_equal(tag->tag.mark, i);
                        if (fabs(play_seconds(tag->tag.exposure_mid_boottime_ns) - 40.27) > 0.1)
                                assert_true(tag->tag.spacing_m == (before ? 5 : spacings_m[s]));
                        if (isfinite(before_m) && before)
                                assert_true(fabs(at_m - before_m - 5) < 1.1);
                        else if (isfinite(change_m))
                                assert_true(fabs(at_m - before_m - spacings_m[s]) < 1.1);
                        else if (!before) {
                                change_m = at_m;
                                assert_true(at_m - before_m < fmax(5, spacings_m[s]) + 1.1);
                                assert_true(at_m - before_m > fmin(2, spacings_m[s]) - 0.6);
                        }
                        before_m = at_m;
                }
                assert_true(isfinite(change_m));
                scene_end(&scene);
        }
}

static void speeds_that_no_position_follows_are_no_motion(void **state)
{
        static const struct leg legs[] = {{600, 0, 0, 1}};
        struct receiver_model model = receiver_model_exact();
        struct scene scene;

        model.position_sigma_m = 2;
        scene_begin(&scene, legs, COUNT(legs), &model, 10, 0.02);
        for (double t_s = 20; t_s < 600; t_s += 30)
                play_fix_at(&scene.play, t_s)->speed_mps = 1.2;
        play_fix_at(&scene.play, 100)->speed_mps = 6;
        scene_run(&scene);
        assert_int_equal(outcome_count(&scene.outcome, CORE_RUN_BEGIN), 0);
        scene_end(&scene);
}

static void the_very_first_speed_may_be_an_outlier(void **state)
{
        static const struct leg legs[] = {{60, 0, 0, 1}};
        struct scene scene;

        scene_begin_plain(&scene, legs, COUNT(legs));
        play_fix_at(&scene.play, 0)->speed_mps = 7;
        scene_run(&scene);
        assert_int_equal(outcome_count(&scene.outcome, CORE_RUN_BEGIN), 0);
        scene_end(&scene);
}

/* The daemon starts while the van drives: what lies behind was not due. */
static void a_run_that_begins_in_motion_misses_nothing(void **state)
{
        static const struct leg legs[] = {{3, 0, 0, 1}, {5, 2, 0, 1}, {30, 0, 0, 1}, {5, -2, 0, 1}, {3, 0, 0, 1}};
        struct scene scene;

        scene_begin_plain(&scene, legs, COUNT(legs));
        play_drop(&scene.play, TOLD_REPORT, 0, 15);
        scene_run(&scene);
        assert_int_equal(outcome_count(&scene.outcome, CORE_GAP), 0);
        assert_in_range(outcome_count(&scene.outcome, CORE_TAG), 48, 51); /* 250 m */
        scene_end(&scene);
}

static void a_slow_start_begins_a_run(void **state)
{
        static const struct leg legs[] = {{20, 0, 0, 1}, {2, 0.25, 0, 1}, {60, 0, 0, 1}};
        struct receiver_model model = receiver_model_exact();
        struct scene scene;

        scene_begin(&scene, legs, COUNT(legs), &model, 10, 0.02);
        scene_run(&scene);
        assert_int_equal(outcome_count(&scene.outcome, CORE_RUN_BEGIN), 1);
        assert_int_equal(outcome_count(&scene.outcome, CORE_TAG), 6);
        assert_int_equal(outcome_count(&scene.outcome, CORE_GAP), 0);
        for (size_t i = 0; i < 6; i++)
                assert_true(fabs(outcome_nth(&scene.outcome, CORE_TAG, i)->tag.travelled_m - 2.5 - 5.0 * (double)i) <
                            0.6);
        scene_end(&scene);
}

/* Of the way between frames that follow each other, all but a spacing is counted in a gap. */
static void assert_gaps_account_for(const struct scene *scene, enum gap_reason reason, double metres, double slack_m)
{
        struct gap gaps[16];
        size_t count = outcome_gaps(&scene->outcome, gaps, COUNT(gaps));
        double told_m = 0, before_m = NAN, missing_m = 0;

        assert_in_range(count, 1, COUNT(gaps));
        for (size_t i = 0; i < count; i++) {
                assert_int_equal(gaps[i].reason, reason);
                told_m += gaps[i].metres;
        }
        for (size_t i = 0; i < outcome_count(&scene->outcome, CORE_TAG); i++) {
                double at_m = scene_travel_m(scene, outcome_nth(&scene->outcome, CORE_TAG, i));

                if (isfinite(before_m))
                        missing_m += at_m - before_m - scene->config.spacing_m;
                before_m = at_m;
        }
        assert_true(fabs(told_m - metres) <= slack_m);
        assert_true(fabs(missing_m - told_m) <= slack_m);
}

static void a_van_that_creeps_takes_no_frame_but_says_so(void **state)
{
        static const struct leg legs[] = {{5, 0, 0, 1},  {5, 2, 0, 1},    {10, 0, 0, 1},  {5, -2, 0, 1},
                                          {10, 0, 0, 1}, {1, 0.25, 0, 1}, {160, 0, 0, 1}, {1, -0.25, 0, 1},
                                          {10, 0, 0, 1}, {5, 2, 0, 1},    {10, 0, 0, 1},  {5, -2, 0, 1},
                                          {5, 0, 0, 1}};
        struct receiver_model model = receiver_model_exact();
        struct scene scene;

        model.position_sigma_m = 0.5;
        model.speed_sigma_mps = 0.02;
        scene_begin(&scene, legs, COUNT(legs), &model, 10, 0.02);
        scene_run(&scene);
        assert_int_equal(scene_tags_between(&scene, 37, 200), 0);
        assert_gaps_account_for(&scene, GAP_CREPT, 40, 5.5);
        scene_end(&scene);
}

/* The fixes before and after say that the van stands. */
static void a_move_between_two_fixes_is_travel(void **state)
{
        static const struct leg legs[] = {{5, 0, 0, 1}, {5, 2, 0, 1},    {10, 0, 0, 1},    {5, -2, 0, 1},
                                          {5, 0, 0, 1}, {1.75, 4, 0, 1}, {1.75, -4, 0, 1}, {10, 0, 0, 1},
                                          {5, 2, 0, 1}, {10, 0, 0, 1},   {5, -2, 0, 1},    {5, 0, 0, 1}};
        struct scene scene;

        scene_begin_plain(&scene, legs, COUNT(legs));
        play_drop(&scene.play, TOLD_REPORT, 30.5, 33.5); /* arrival */
        scene_run(&scene);
        assert_gaps_account_for(&scene, GAP_NO_FRAME, 12.25, 5.5);
        scene_end(&scene);
}

static void a_second_run_begins_anew(void **state)
{
        static const struct leg legs[] = {{3, 0, 0, 1}, {5, 2, 0, 1},  {20, 0, 0, 1}, {5, -2, 0, 1}, {400, 0, 0, 1},
                                          {5, 2, 0, 1}, {20, 0, 0, 1}, {5, -2, 0, 1}, {5, 0, 0, 1}};
        struct receiver_model model = receiver_model_exact();
        struct scene scene;

        scene_begin(&scene, legs, COUNT(legs), &model, 10, 0.02);
        scene_run(&scene);
        assert_int_equal(outcome_count(&scene.outcome, CORE_RUN_BEGIN), 2);
        assert_int_equal(outcome_count(&scene.outcome, CORE_RUN_END), 2);
        assert_in_range(outcome_count(&scene.outcome, CORE_TAG), 98,
                        100); /* 250 m each; play.c looks at the sequences */
        assert_true(fabs(outcome_nth(&scene.outcome, CORE_RUN_END, 1)->travelled_m - 250) < 4);
        scene_end(&scene);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(marks_at_constant_speed_are_as_near_as_the_camera_allows),
                cmocka_unit_test(marks_in_acceleration_are_near_the_limit),
                cmocka_unit_test(marks_with_a_noisy_receiver_stay_near_the_limit),
                cmocka_unit_test(as_many_frames_as_marks),
                cmocka_unit_test(a_parked_van_takes_no_frame),
                cmocka_unit_test(parking_ends_the_run_and_takes_no_frame),
                cmocka_unit_test(the_first_mark_comes_after_the_first_motion),
                cmocka_unit_test(each_camera_has_its_own_frames),
                cmocka_unit_test(another_spacing_applies_from_the_last_mark_on),
                cmocka_unit_test(speeds_that_no_position_follows_are_no_motion),
                cmocka_unit_test(the_very_first_speed_may_be_an_outlier),
                cmocka_unit_test(a_run_that_begins_in_motion_misses_nothing),
                cmocka_unit_test(a_slow_start_begins_a_run),
                cmocka_unit_test(a_van_that_creeps_takes_no_frame_but_says_so),
                cmocka_unit_test(a_move_between_two_fixes_is_travel),
                cmocka_unit_test(a_second_run_begins_anew),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
