/* SPDX-License-Identifier: MIT */
/* Frames that are missing, late, lost or many; and when a frame gets its tag. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/core/scene.h"

/* 10 m/s from second 13 to second 73. */
static const struct leg cruise[] = {{3, 0, 0, 1}, {10, 1, 0, 1}, {60, 0, 0, 1}, {10, -1, 0, 1}, {3, 0, 0, 1}};
#define CRUISE_MARKS 140

static void a_stalled_camera_is_one_gap_that_grows(void **state)
{
        struct gap gap;
        struct scene scene;
        size_t tags, versions;
        uint64_t marks = 0;

        scene_begin_plain(&scene, cruise, COUNT(cruise));
        play_drop(&scene.play, TOLD_FRAME, 30, 45);
        scene_run(&scene);
        tags = outcome_count(&scene.outcome, CORE_TAG);
        assert_int_equal(outcome_gaps(&scene.outcome, &gap, 1), 1);
        assert_int_equal(gap.reason, GAP_CAMERA_STALLED);
        assert_in_range(gap.marks, 29, 31); /* 150 m */
        assert_in_range(tags + gap.marks, CRUISE_MARKS - 1, CRUISE_MARKS);
        assert_true(fabs(gap.metres - 5.0 * (double)gap.marks) < 1e-6);
        assert_true(fabs((double)(gap.from_utc_ns - PLAY_UTC_NS) / 1e9 - 30) < 0.7);
        assert_true(fabs((double)(gap.to_utc_ns - PLAY_UTC_NS) / 1e9 - 45) < 1.0);
        /* It is told while it grows, not only at its end. */
        versions = outcome_count(&scene.outcome, CORE_GAP);
        assert_true(versions > 10);
        for (size_t i = 0; i < versions; i++) {
                const struct core_decision *d = outcome_nth(&scene.outcome, CORE_GAP, i);

                assert_true(d->gap.marks > marks);
                marks = d->gap.marks;
                if (i == 0)
                        assert_true(play_seconds(d->boottime_ns) < 32.1);
        }
        scene_end(&scene);
}

static void two_stalls_are_two_gaps(void **state)
{
        struct gap gaps[4];
        struct scene scene;

        scene_begin_plain(&scene, cruise, COUNT(cruise));
        play_drop(&scene.play, TOLD_FRAME, 30, 35);
        play_drop(&scene.play, TOLD_FRAME, 50, 53);
        scene_run(&scene);
        assert_int_equal(outcome_gaps(&scene.outcome, gaps, COUNT(gaps)), 2);
        assert_int_equal(gaps[0].reason, GAP_CAMERA_STALLED);
        assert_int_equal(gaps[1].reason, GAP_CAMERA_STALLED);
        assert_in_range(gaps[0].marks, 9, 11);
        assert_in_range(gaps[1].marks, 5, 7);
        scene_end(&scene);
}

static void a_camera_that_never_comes_is_a_gap_of_all_marks(void **state)
{
        struct gap gap;
        struct scene scene;

        scene_begin_plain(&scene, cruise, COUNT(cruise));
        play_drop(&scene.play, TOLD_FRAME, 0, 1000);
        scene_run(&scene);
        assert_int_equal(outcome_count(&scene.outcome, CORE_TAG), 0);
        assert_int_equal(outcome_gaps(&scene.outcome, &gap, 1), 1);
        assert_int_equal(gap.reason, GAP_CAMERA_STALLED);
        assert_in_range(gap.marks, CRUISE_MARKS - 1, CRUISE_MARKS);
        scene_end(&scene);
}

static void a_camera_too_slow_has_no_frame_near_enough(void **state)
{
        struct receiver_model model = receiver_model_exact();
        struct gap gaps[100];
        uint64_t missed = 0;
        struct scene scene;
        size_t tags, count;

        scene_begin(&scene, cruise, COUNT(cruise), &model, 1, 0.3); /* a frame each 10 m, a mark each 5 */
        scene.config.cameras[0].rate_hz = 1;
        scene_run(&scene);
        tags = outcome_count(&scene.outcome, CORE_TAG);
        count = outcome_gaps(&scene.outcome, gaps, COUNT(gaps));
        assert_in_range(count, 1, COUNT(gaps));
        for (size_t i = 0; i < count; i++) {
                assert_int_equal(gaps[i].reason, GAP_NO_FRAME);
                missed += gaps[i].marks;
        }
        assert_in_range(missed, 55, 75);
        assert_in_range(tags + missed, CRUISE_MARKS - 1, CRUISE_MARKS);
        scene_end(&scene);
}

static void one_dropped_frame_is_no_gap_where_its_neighbour_serves(void **state)
{
        struct scene scene;

        scene_begin_plain(&scene, cruise, COUNT(cruise));
        for (double at_s = 20; at_s < 60; at_s += 0.4)
                play_drop(&scene.play, TOLD_FRAME, at_s, at_s + 0.09);
        scene_run(&scene);
        assert_int_equal(outcome_count(&scene.outcome, CORE_GAP), 0);
        assert_in_range(outcome_count(&scene.outcome, CORE_TAG), CRUISE_MARKS - 1, CRUISE_MARKS);
        scene_end(&scene);
}

/* --- a camera with few buffers --- */

static void shorten_ring(struct scene *scene, unsigned ring_frames)
{
        for (size_t i = 0; i < scene->play.count; i++)
                scene->play.told[i].ring_frames = ring_frames;
}

static void the_nearest_of_two_frames_is_taken(void **state)
{
        struct scene scene;
        uint64_t numbers[CRUISE_MARKS];
        size_t count, others = 0;

        scene_begin_plain(&scene, cruise, COUNT(cruise));
        scene_run(&scene);
        count = outcome_count(&scene.outcome, CORE_ENCODE);
        assert_in_range(count, CRUISE_MARKS - 1, CRUISE_MARKS);
        for (size_t i = 0; i < count; i++)
                numbers[i] = outcome_nth(&scene.outcome, CORE_ENCODE, i)->frame_number;
        /* A mark lies between the newest frame and the one before it. */
        shorten_ring(&scene, 2);
        scene_run(&scene);
        assert_int_equal(outcome_count(&scene.outcome, CORE_GAP), 0);
        assert_int_equal(outcome_count(&scene.outcome, CORE_ENCODE), count);
        for (size_t i = 0; i < count; i++)
                assert_int_equal(outcome_nth(&scene.outcome, CORE_ENCODE, i)->frame_number, numbers[i]);
        /* So it matters that there are two. */
        shorten_ring(&scene, 1);
        scene_run(&scene);
        assert_int_equal(outcome_count(&scene.outcome, CORE_ENCODE), count);
        for (size_t i = 0; i < count; i++)
                others += outcome_nth(&scene.outcome, CORE_ENCODE, i)->frame_number != numbers[i];
        assert_true(others > 20);
        scene_end(&scene);
}

/* Fixes come so late that a mark is known 0.7 s after it was passed: the two newest frames are too far from it, and an older one is near. */
static void frames_older_than_the_ring_are_not_taken(void **state)
{
        static const unsigned rings[] = {0, CORE_RING_FRAMES, CORE_RING_FRAMES + 1, 2};

        for (size_t i = 0; i < COUNT(rings); i++) {
                struct receiver_model model = receiver_model_exact();
                struct gap gaps[4];
                struct scene scene;
                size_t count;

                model.rate_hz = 10;
                model.latency_s = 0.9;
                scene_begin(&scene, cruise, COUNT(cruise), &model, 5, 0.023);
                scene.config.gpsd_latency_s = 0.9;
                scene.config.extrapolation_limit_s = 0.24;
                scene.config.cameras[0].rate_hz = 5;
                shorten_ring(&scene, rings[i]);
                scene_run(&scene);
                count = outcome_gaps(&scene.outcome, gaps, COUNT(gaps));
                assert_int_equal(scene_tags_between(&scene, 20, 60), rings[i] == 2 ? 0 : 80);
                assert_in_range(count, rings[i] == 2 ? 1 : 0, COUNT(gaps));
                for (size_t k = 0; k < count; k++)
                        assert_int_equal(gaps[k].reason, GAP_NO_FRAME); /* it delivered all the time */
                scene_end(&scene);
        }
}

static void a_stall_of_a_camera_with_few_buffers_is_told_as_such(void **state)
{
        struct scene scene;
        struct gap gap;

        scene_begin_plain(&scene, cruise, COUNT(cruise));
        play_drop(&scene.play, TOLD_FRAME, 30, 45);
        shorten_ring(&scene, 2);
        scene_run(&scene);
        assert_int_equal(outcome_gaps(&scene.outcome, &gap, 1), 1);
        assert_int_equal(gap.reason, GAP_CAMERA_STALLED);
        assert_in_range(gap.marks, 29, 31);
        scene_end(&scene);
}

/* --- lost --- */

/* Tells the core right after an event that the frame it asked for is lost, and that of a second one only long after its tag. */
static void lose(struct scene *scene, size_t n, double after_s, enum gap_reason reason)
{
        const struct core_decision *encode = outcome_nth(&scene->outcome, CORE_ENCODE, n);
        struct told *told = play_add(&scene->play, TOLD_LOST, encode->boottime_ns + (int64_t)(after_s * 1e9));

        told->number = encode->frame_number;
        told->mid_boottime_ns = encode->exposure_mid_boottime_ns;
        told->reason = reason;
}

static void a_lost_frame_is_a_gap_before_and_after_its_tag(void **state)
{
        static const double after_s[] = {0, 0.2, 5, 20}; /* of the order; the tag comes within 1.2 s */

        for (size_t i = 0; i < COUNT(after_s); i++) {
                struct core_decision encode;
                struct scene scene;
                struct gap gap;
                size_t tags, before;

                scene_begin_plain(&scene, cruise, COUNT(cruise));
                scene_run(&scene);
                before = outcome_count(&scene.outcome, CORE_TAG);
                encode = *outcome_nth(&scene.outcome, CORE_ENCODE, 60);
                lose(&scene, 60, after_s[i], GAP_ENCODER_OVERRUN);
                scene_run(&scene);
                tags = outcome_count(&scene.outcome, CORE_TAG);
                assert_int_equal(tags, after_s[i] < 1.2 ? before - 1 : before);
                assert_int_equal(outcome_gaps(&scene.outcome, &gap, 1), 1);
                assert_int_equal(gap.reason, GAP_ENCODER_OVERRUN);
                assert_int_equal(gap.marks, 1);
                assert_true(gap.metres == 5);
                assert_true(llabs(gap.from_utc_ns - PLAY_UTC_NS - (encode.boottime_ns - PLAY_BOOTTIME_NS)) < NS_PER_S);
                for (size_t k = 0; after_s[i] < 1.2 && k < tags; k++)
                        assert_int_not_equal(outcome_nth(&scene.outcome, CORE_TAG, k)->frame_number,
                                             encode.frame_number);
                scene_end(&scene);
        }
}

/* The spacing changes between a frame and the news that it is lost. */
static void a_lost_frame_counts_the_metres_of_its_own_spacing(void **state)
{
        static const double after_s[] = {0.3, 8};

        for (size_t i = 0; i < COUNT(after_s); i++) {
                struct config other;
                struct scene scene;
                struct gap gap;

                scene_begin_plain(&scene, cruise, COUNT(cruise));
                scene_run(&scene);
                other = scene.config;
                other.spacing_m = 20;
                play_add(&scene.play, TOLD_CONFIG, outcome_nth(&scene.outcome, CORE_ENCODE, 60)->boottime_ns)->config =
                        &other;
                lose(&scene, 60, after_s[i], GAP_STORE_FAILED);
                scene_run(&scene);
                assert_int_equal(outcome_gaps(&scene.outcome, &gap, 1), 1);
                assert_int_equal(gap.reason, GAP_STORE_FAILED);
                assert_int_equal(gap.marks, 1);
                assert_true(gap.metres == 5);
                scene_end(&scene);
        }
}

static void a_frame_lost_after_its_tag_is_no_frame_of_the_status(void **state)
{
        static const double after_s[] = {0.1, 5};

        for (size_t i = 0; i < COUNT(after_s); i++) {
                struct scene scene;
                uint64_t before;

                scene_begin_plain(&scene, cruise, COUNT(cruise));
                scene_run(&scene);
                before = scene.outcome.status.frames;
                assert_int_equal(before, outcome_count(&scene.outcome, CORE_TAG));
                lose(&scene, 60, after_s[i], GAP_STORE_FAILED);
                scene_run(&scene);
                assert_int_equal(scene.outcome.status.frames, before - 1);
                scene_end(&scene);
        }
}

static void a_frame_is_lost_once(void **state)
{
        struct scene scene;
        struct gap gap;

        scene_begin_plain(&scene, cruise, COUNT(cruise));
        scene_run(&scene);
        for (unsigned i = 0; i < 3; i++)
                lose(&scene, 60, 5 + i, GAP_STORE_FAILED);
        scene_run(&scene);
        assert_int_equal(outcome_gaps(&scene.outcome, &gap, 1), 1);
        assert_int_equal(gap.marks, 1);
        scene_end(&scene);
}

/* Between them, and between their marks, frames were stored. */
static void lost_frames_far_apart_are_gaps_of_their_own(void **state)
{
        static const size_t which[] = {60, 40, 41, 50};
        struct scene scene;
        struct gap gaps[4];

        scene_begin_plain(&scene, cruise, COUNT(cruise));
        scene_run(&scene);
        for (size_t i = 0; i < COUNT(which); i++) {
                const struct core_decision *encode = outcome_nth(&scene.outcome, CORE_ENCODE, which[i]);
                struct told *told = play_add(&scene.play, TOLD_LOST, play_boottime_ns(44 + 0.1 * (double)i));

                told->number = encode->frame_number;
                told->reason = GAP_STORE_FAILED;
        }
        scene_run(&scene);
        assert_int_equal(outcome_gaps(&scene.outcome, gaps, COUNT(gaps)), 3);
        assert_int_equal(gaps[0].marks, 1);
        assert_int_equal(gaps[1].marks, 2);
        assert_int_equal(gaps[2].marks, 1);
        assert_true(gaps[1].to_utc_ns < gaps[2].from_utc_ns && gaps[2].to_utc_ns < gaps[0].from_utc_ns);
        scene_end(&scene);
}

static void a_frame_never_asked_for_cannot_be_lost(void **state)
{
        uint64_t numbers[] = {0, 1, 0, 100000};
        struct scene scene;

        scene_begin_plain(&scene, cruise, COUNT(cruise));
        scene_run(&scene);
        numbers[2] = outcome_nth(&scene.outcome, CORE_ENCODE, 60)->frame_number + 1;
        scene_end(&scene);
        for (size_t i = 0; i < COUNT(numbers); i++) {
                const struct core_decision *encode;

                scene_begin_plain(&scene, cruise, COUNT(cruise));
                scene_run(&scene);
                for (size_t k = 0; (encode = outcome_nth(&scene.outcome, CORE_ENCODE, k)); k++)
                        assert_int_not_equal(encode->frame_number, numbers[i]);
                play_add(&scene.play, TOLD_LOST, play_boottime_ns(40.05))->number = numbers[i];
                scene_run(&scene);
                assert_int_equal(outcome_count(&scene.outcome, CORE_GAP), 0);
                scene_end(&scene);
        }
}

/* The last pictures may fail after the core ended the run. */
static void a_frame_lost_after_the_end_still_is_a_gap(void **state)
{
        struct core_decision decision;
        struct scene scene;
        struct core *core;
        uint64_t number = 0;
        bool ended = false, gap = false;

        scene_begin_plain(&scene, cruise, COUNT(cruise));
        assert_int_equal(core_create(&scene.config, NULL, &core), 0);
        for (size_t i = 0; i < scene.play.count; i++) {
                const struct told *told = &scene.play.told[i];

                if (play_seconds(told->boottime_ns) > 40)
                        break;
                if (told->kind == TOLD_REPORT)
                        core_report(core, &told->report, 0, told->boottime_ns);
                else
                        core_frame(core, 0,
                                   &(struct frame_info){.number = told->number,
                                                        .exposure_mid_boottime_ns = told->mid_boottime_ns,
                                                        .gain = NAN},
                                   told->boottime_ns);
                while (core_next(core, &decision))
                        number = decision.kind == CORE_ENCODE ? decision.frame_number : number;
        }
        core_stop(core, play_boottime_ns(40.1));
        while (core_next(core, &decision))
                ended |= decision.kind == CORE_RUN_END;
        assert_true(ended && number > 0);
        core_lost(core, 0, number, 0, GAP_STORE_FAILED, play_boottime_ns(40.5));
        while (core_next(core, &decision)) {
                assert_int_equal(decision.kind, CORE_GAP);
                assert_int_equal(decision.gap.reason, GAP_STORE_FAILED);
                assert_int_equal(decision.gap.marks, 1);
                gap = true;
        }
        assert_true(gap);
        core_destroy(core);
        scene_end(&scene);
}

/* A camera that started anew has a frame of the old one's number on its way when the old one's loss is told. */
static void a_late_loss_takes_no_newer_frame_of_its_number(void **state)
{
        static int64_t old_mid_ns[1000];
        int64_t lost_mid_ns = 0, newer_mid_ns = 0;
        struct core_decision decision;
        bool gap = false, tagged = false;
        struct scene scene;
        struct core *core;

        memset(old_mid_ns, 0, sizeof(old_mid_ns));
        scene_begin_plain(&scene, cruise, COUNT(cruise));
        play_drop(&scene.play, TOLD_FRAME, 40, 100);
        play_add_frames(&scene.play, 0, 10, 0.023, 41, 86); /* numbers from 1 again */
        play_sort(&scene.play);
        assert_int_equal(core_create(&scene.config, NULL, &core), 0);
        for (size_t i = 0; i < scene.play.count; i++) {
                const struct told *told = &scene.play.told[i];

                if (told->kind == TOLD_REPORT)
                        core_report(core, &told->report, 0, told->boottime_ns);
                else if (told->kind == TOLD_FRAME)
                        core_frame(core, 0,
                                   &(struct frame_info){.number = told->number,
                                                        .exposure_mid_boottime_ns = told->mid_boottime_ns,
                                                        .gain = NAN},
                                   told->boottime_ns);
                while (core_next(core, &decision)) {
                        int64_t mid_ns = decision.exposure_mid_boottime_ns, before_ns;

                        if (decision.kind == CORE_GAP && decision.gap.reason == GAP_STORE_FAILED) {
                                int64_t from_ns = decision.gap.from_utc_ns - PLAY_UTC_NS + PLAY_BOOTTIME_NS;

                                gap = true;
                                assert_int_equal(decision.gap.marks, 1);
                                assert_true(llabs(from_ns - lost_mid_ns) < NS_PER_S);
                        }
                        tagged |= decision.kind == CORE_TAG && mid_ns == newer_mid_ns && newer_mid_ns > 0;
                        if (decision.kind != CORE_ENCODE || newer_mid_ns > 0)
                                continue;
                        assert_true(decision.frame_number < COUNT(old_mid_ns));
                        before_ns = old_mid_ns[decision.frame_number];
                        old_mid_ns[decision.frame_number] = mid_ns;
                        if (before_ns == 0)
                                continue;
                        newer_mid_ns = mid_ns;
                        lost_mid_ns = before_ns;
                        core_lost(core, 0, decision.frame_number, before_ns + 1, GAP_STORE_FAILED, told->boottime_ns);
                        core_lost(core, 0, decision.frame_number, before_ns, GAP_STORE_FAILED, told->boottime_ns);
                }
        }
        assert_true(newer_mid_ns > 0);
        assert_true(gap);
        assert_true(tagged);
        core_destroy(core);
        scene_end(&scene);
}

/* --- numbers and times of frames --- */

static void a_camera_that_starts_anew_goes_on(void **state)
{
        struct scene scene;

        scene_begin_plain(&scene, cruise, COUNT(cruise));
        play_drop(&scene.play, TOLD_FRAME, 40, 100);
        play_add_frames(&scene.play, 0, 10, 0.05, 41, 86); /* numbers from 1 again */
        play_sort(&scene.play);
        /* play.c wants growing numbers: look at the decisions here. */
        for (size_t i = 0; i < scene.play.count; i++)
                if (scene.play.told[i].kind == TOLD_FRAME && play_seconds(scene.play.told[i].boottime_ns) > 40.5)
                        assert_true(scene.play.told[i].number < 460);
        {
                int64_t captured_ns = 0, mid_ns = 0;
                struct core_decision decision;
                struct core *core;
                size_t tags = 0;

                assert_int_equal(core_create(&scene.config, NULL, &core), 0);
                for (size_t i = 0; i < scene.play.count; i++) {
                        const struct told *told = &scene.play.told[i];

                        if (told->kind == TOLD_REPORT)
                                core_report(core, &told->report, 0, told->boottime_ns);
                        else if (told->kind == TOLD_FRAME)
                                core_frame(core, 0,
                                           &(struct frame_info){.number = told->number,
                                                                .exposure_mid_boottime_ns = told->mid_boottime_ns,
                                                                .gain = NAN},
                                           told->boottime_ns);
                        while (core_next(core, &decision)) {
                                if (decision.kind != CORE_TAG)
                                        continue;
                                tags++;
                                assert_true(decision.tag.captured_utc_ns > captured_ns);
                                assert_true(decision.tag.exposure_mid_boottime_ns > mid_ns);
                                captured_ns = decision.tag.captured_utc_ns;
                                mid_ns = decision.tag.exposure_mid_boottime_ns;
                        }
                }
                assert_in_range(tags, CRUISE_MARKS - 4, CRUISE_MARKS);
                core_destroy(core);
        }
        scene_end(&scene);
}

/* A line of gpsd that had to wait for its turn arrived before frames that the core was told already. */
static void a_report_told_late_does_not_turn_time_back(void **state)
{
        size_t tags[2] = {0}, fixes = 0;

        for (size_t late = 0; late < 2; late++) {
                int64_t newest_ns = 0, due_ns = 0;
                struct core_decision decision;
                struct scene scene;
                struct core *core;

                scene_begin_plain(&scene, cruise, COUNT(cruise));
                assert_int_equal(core_create(&scene.config, NULL, &core), 0);
                for (size_t i = 0; i < scene.play.count; i++) {
                        const struct told *told = &scene.play.told[i];
                        int64_t late_ns = late ? 150 * NS_PER_MS : 0;

                        if (told->kind == TOLD_REPORT)
                                core_report(core, &told->report, 0, told->boottime_ns - late_ns);
                        else if (told->kind == TOLD_FRAME)
                                core_frame(core, 0,
                                           &(struct frame_info){.number = told->number,
                                                                .exposure_mid_boottime_ns = told->mid_boottime_ns,
                                                                .gain = NAN},
                                           told->boottime_ns);
                        if (told->kind == TOLD_FRAME)
                                newest_ns = told->boottime_ns;
                        while (core_next(core, &decision)) {
                                assert_true(decision.boottime_ns >= due_ns);
                                due_ns = decision.boottime_ns;
                                tags[late] += decision.kind == CORE_TAG;
                                if (decision.kind == CORE_FIX) {
                                        fixes++;
                                        assert_true(decision.arrival_boottime_ns >= newest_ns);
                                }
                        }
                }
                core_destroy(core);
                scene_end(&scene);
        }
        assert_true(fixes > 100);
        assert_in_range(tags[1], tags[0] - 1, tags[0]);
}

/* One frame told again, with the same exposure: from a log that somebody edited. */
static void a_frame_told_twice_is_taken_once(void **state)
{
        struct core_decision decision;
        int64_t mid_ns = 0;
        struct scene scene;
        struct core *core;

        scene_begin_plain(&scene, cruise, COUNT(cruise));
        assert_int_equal(core_create(&scene.config, NULL, &core), 0);
        for (size_t i = 0; i < scene.play.count; i++) {
                const struct told *told = &scene.play.told[i];

                for (unsigned k = 0; k < 2; k++) {
                        if (told->kind == TOLD_REPORT)
                                core_report(core, &told->report, 0, told->boottime_ns);
                        else if (told->kind == TOLD_FRAME)
                                core_frame(core, 0,
                                           &(struct frame_info){.number = told->number,
                                                                .exposure_mid_boottime_ns = told->mid_boottime_ns,
                                                                .gain = NAN},
                                           told->boottime_ns);
                        while (core_next(core, &decision)) {
                                if (decision.kind != CORE_ENCODE && decision.kind != CORE_TAG)
                                        continue;
                                if (decision.kind == CORE_TAG) {
                                        assert_true(decision.tag.exposure_mid_boottime_ns > mid_ns);
                                        mid_ns = decision.tag.exposure_mid_boottime_ns;
                                }
                        }
                }
        }
        core_destroy(core);
        scene_end(&scene);
}

static void a_frame_from_the_future_is_not_believed(void **state)
{
        static const int64_t ahead_ns[] = {INT64_MAX / 2, 3600 * NS_PER_S, 5 * NS_PER_S};

        for (size_t i = 0; i < COUNT(ahead_ns); i++) {
                struct scene scene;
                size_t changed = 0;

                scene_begin_plain(&scene, cruise, COUNT(cruise));
                for (size_t k = 0; k < scene.play.count; k++) {
                        struct told *told = &scene.play.told[k];

                        if (told->kind == TOLD_FRAME && play_seconds(told->boottime_ns) > 40 && changed++ == 0)
                                told->mid_boottime_ns += ahead_ns[i];
                }
                scene_run(&scene);
                assert_in_range(outcome_count(&scene.outcome, CORE_TAG), CRUISE_MARKS - 2, CRUISE_MARKS);
                scene_end(&scene);
        }
}

/* --- when the tag comes --- */

static void a_tag_waits_for_the_fix_after_the_exposure(void **state)
{
        struct scene scene;

        scene_begin_plain(&scene, cruise, COUNT(cruise));
        scene_run(&scene);
        for (size_t i = 0; i < outcome_count(&scene.outcome, CORE_TAG); i++) {
                const struct core_decision *d = outcome_nth(&scene.outcome, CORE_TAG, i);
                double mid_s = play_seconds(d->tag.exposure_mid_boottime_ns);

                if (mid_s > 80)
                        continue;
                assert_int_equal(d->tag.position_source, POSITION_INTERPOLATED);
                assert_true(d->boottime_ns > play_boottime_ns(ceil(mid_s))); /* the epoch after it ... */
                assert_true(d->boottime_ns <= d->tag.exposure_mid_boottime_ns + 1200 * NS_PER_MS);
                assert_true(scene_error_m(&scene, d) < 0.25);
        }
        scene_end(&scene);
}

static void a_tag_waits_no_longer_than_it_may(void **state)
{
        static const double waits_s[] = {1.2, 0.5};

        for (size_t w = 0; w < COUNT(waits_s); w++) {
                struct receiver_model model = receiver_model_exact();
                size_t extrapolated = 0;
                struct scene scene;

                model.rate_hz = 0.5; /* one fix in 2 s */
                scene_begin(&scene, cruise, COUNT(cruise), &model, 10, 0.023);
                scene.config.fix_wait_s = waits_s[w];
                scene_run(&scene);
                for (size_t i = 0; i < outcome_count(&scene.outcome, CORE_TAG); i++) {
                        const struct core_decision *d = outcome_nth(&scene.outcome, CORE_TAG, i);
                        int64_t wait_ns = d->boottime_ns - d->tag.exposure_mid_boottime_ns;
                        bool late = wait_ns > (int64_t)(waits_s[w] * 1e9) + 150 * NS_PER_MS;

                        if (play_seconds(d->boottime_ns) > 84)
                                continue;
                        assert_false(late);
                        if (d->tag.position_source == POSITION_EXTRAPOLATED) {
                                extrapolated++;
                                assert_true(wait_ns >= (int64_t)(waits_s[w] * 1e9));
                                assert_true(d->tag.accuracy_m > 2.5); /* says that it is less sure than its fix */
                        }
                }
                assert_true(extrapolated > 20);
                scene_end(&scene);
        }
}

static void stop_tags_all_that_is_pending(void **state)
{
        for (double stop_s = 40; stop_s < 42; stop_s += 0.173) {
                size_t encodes, tags;
                struct scene scene;

                scene_begin_plain(&scene, cruise, COUNT(cruise));
                play_drop(&scene.play, TOLD_STOP, 0, 1000);
                play_drop(&scene.play, TOLD_FRAME, stop_s, 1000);
                play_drop(&scene.play, TOLD_REPORT, stop_s, 1000);
                play_add_stop(&scene.play, stop_s);
                scene_run(&scene);
                encodes = outcome_count(&scene.outcome, CORE_ENCODE);
                tags = outcome_count(&scene.outcome, CORE_TAG);
                assert_true(encodes > 50);
                assert_int_equal(tags, encodes);
                assert_int_equal(scene.outcome.decisions[scene.outcome.count - 1].kind, CORE_RUN_END);
                assert_int_equal(outcome_count(&scene.outcome, CORE_RUN_END), 1);
                scene_end(&scene);
        }
}

static void two_stops_are_one_end(void **state)
{
        struct scene scene;

        scene_begin_plain(&scene, cruise, COUNT(cruise));
        play_add_stop(&scene.play, 90);
        play_add_stop(&scene.play, 91);
        scene_run(&scene);
        assert_int_equal(outcome_count(&scene.outcome, CORE_RUN_END), 1);
        scene_end(&scene);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_stalled_camera_is_one_gap_that_grows),
                cmocka_unit_test(two_stalls_are_two_gaps),
                cmocka_unit_test(a_camera_that_never_comes_is_a_gap_of_all_marks),
                cmocka_unit_test(a_camera_too_slow_has_no_frame_near_enough),
                cmocka_unit_test(one_dropped_frame_is_no_gap_where_its_neighbour_serves),
                cmocka_unit_test(the_nearest_of_two_frames_is_taken),
                cmocka_unit_test(frames_older_than_the_ring_are_not_taken),
                cmocka_unit_test(a_stall_of_a_camera_with_few_buffers_is_told_as_such),
                cmocka_unit_test(a_lost_frame_is_a_gap_before_and_after_its_tag),
                cmocka_unit_test(a_lost_frame_counts_the_metres_of_its_own_spacing),
                cmocka_unit_test(a_frame_lost_after_its_tag_is_no_frame_of_the_status),
                cmocka_unit_test(a_frame_is_lost_once),
                cmocka_unit_test(lost_frames_far_apart_are_gaps_of_their_own),
                cmocka_unit_test(a_frame_never_asked_for_cannot_be_lost),
                cmocka_unit_test(a_frame_lost_after_the_end_still_is_a_gap),
                cmocka_unit_test(a_late_loss_takes_no_newer_frame_of_its_number),
                cmocka_unit_test(a_camera_that_starts_anew_goes_on),
                cmocka_unit_test(a_report_told_late_does_not_turn_time_back),
                cmocka_unit_test(a_frame_told_twice_is_taken_once),
                cmocka_unit_test(a_frame_from_the_future_is_not_believed),
                cmocka_unit_test(a_tag_waits_for_the_fix_after_the_exposure),
                cmocka_unit_test(a_tag_waits_no_longer_than_it_may),
                cmocka_unit_test(stop_tags_all_that_is_pending),
                cmocka_unit_test(two_stops_are_one_end),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
