/* SPDX-License-Identifier: MIT */
/* What holds for any input: the same events give the same decisions, whenever the core is asked in between; nothing loops or overflows. */
#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/simulate/random.h"
#include "tests/unit/core/scene.h"

static double between(struct random *random, double low, double high)
{
        return low + random_uniform(random) * (high - low);
}

/* Fixes that lie, settings that change, pictures that are lost. */
static void make_more_trouble(struct play *play, const struct config *other, double end_s, struct random *random)
{
        for (size_t i = 0; i < play->count; i++) {
                struct told *told = &play->told[i];

                if (told->kind == TOLD_REPORT && random_uniform(random) < 0.02)
                        told->report.fix.latitude_deg += between(random, -0.01, 0.01);
                if (told->kind == TOLD_REPORT && random_uniform(random) < 0.02)
                        told->report.fix.mode = (int)between(random, 0, 3);
                if (told->kind == TOLD_REPORT && random_uniform(random) < 0.01)
                        told->report.fix.utc_ns += (int64_t)between(random, -3e9, 3e9);
        }
        play_add(play, TOLD_CONFIG, play_boottime_ns(between(random, 0, end_s)))->config = other;
        for (unsigned i = 0; i < 60; i++) {
                struct told *told = play_add(play, TOLD_LOST, play_boottime_ns(between(random, 0, end_s)));

                told->camera = i % 2;
                told->number = 1 + (uint64_t)(play_seconds(told->boottime_ns) * between(random, 0, 30));
                told->reason = GAP_STORE_FAILED;
        }
}

/* A drive of a few minutes in which fixes and frames are missing and, with more, much else goes wrong. The truth is the caller's when
 * wanted. */
static struct truth *make_trouble(struct play *play, struct config *config, struct config *other, bool more,
                                  struct random *random)
{
        struct leg legs[24];
        /* Nobody knows how a hole's way bent. */
        double speed_mps = 0, sharp = more ? 1 : 0.1, end_s;
        struct receiver_model model = {.rate_hz = 1 + floor(between(random, 0, 10)),
                                       .latency_s = between(random, 0.05, 0.3),
                                       .jitter_s = between(random, 0, 0.05),
                                       .position_sigma_m = between(random, 0, 4),
                                       .speed_sigma_mps = between(random, 0, 0.1),
                                       .seed = random_bits(random)};
        struct truth *truth;

        for (size_t i = 0; i < COUNT(legs); i++) {
                double change_mps2 = between(random, -2, 1.5);

                legs[i] = (struct leg){.duration_s = between(random, 1, 15),
                                       .acceleration_mps2 = random_uniform(random) < 0.4 ? 0 : change_mps2,
                                       .turn_deg_per_s =
                                               random_uniform(random) < 0.7 ? 0 : between(random, -20, 20) * sharp,
                                       .gear = 1};
                speed_mps += legs[i].acceleration_mps2 * legs[i].duration_s;
                if (speed_mps > 25)
                        legs[i].acceleration_mps2 = -1;
                speed_mps = fmin(fmax(speed_mps, 0), 25);
        }
        truth = truth_create(legs, COUNT(legs), between(random, 0, 360));
        end_s = truth_duration_s(truth);
        play_config(config, 2);
        config->spacing_m = between(random, 0.5, 12);
        config->run_end_parked_s = more ? between(random, 10, 40) : 60; /* longer than any hole */
        *other = *config;
        other->spacing_m = between(random, 0.5, 12);
        other->fix_wait_s = between(random, 0.1, 1.2);
        other->extrapolation_limit_s = between(random, 0.2, 5);
        play_add_fixes(play, truth, &model, 0, end_s);
        for (unsigned camera = 0; camera < 2; camera++)
                play_add_frames(play, camera, between(random, 1, 30), between(random, 0, 1), 0, end_s);
        for (unsigned i = 0; i < 4; i++) {
                /* Of a hole at the very end nobody knows how much it hides. */
                double at_s = between(random, 0, more ? end_s : end_s - 20);

                play_drop(play, i % 2 ? TOLD_FRAME : TOLD_REPORT, at_s, at_s + between(random, 0, 12));
        }
        if (more)
                make_more_trouble(play, other, end_s, random);
        play_add_stop(play, end_s + 1);
        play_sort(play);
        return truth;
}

/* Fails with the first line that differs. */
static void assert_same(const struct outcome *a, const struct outcome *b)
{
        struct text a_text = {0}, b_text = {0};
        const char *a_line, *b_line;

        outcome_print(a, &a_text);
        outcome_print(b, &b_text);
        text_add(&a_text, "end\n");
        text_add(&b_text, "end\n");
        for (a_line = a_text.data, b_line = b_text.data; *a_line && *b_line;) {
                size_t a_length = strcspn(a_line, "\n"), b_length = strcspn(b_line, "\n");

                if (a_length != b_length || memcmp(a_line, b_line, a_length) != 0)
                        fail_msg("decisions differ:\n%.*s\n%.*s", (int)a_length, a_line, (int)b_length, b_line);
                a_line += a_length + 1;
                b_line += b_length + 1;
        }
        assert_int_equal(a_text.length, b_text.length);
        text_finish(&a_text);
        text_finish(&b_text);
}

static void decisions_depend_on_the_events_alone(void **state)
{
        struct random random;
        size_t tags = 0, gaps = 0;

        random_init(&random, play_seed(2026));
        for (unsigned i = 0; i < 60; i++) {
                struct config config, other;
                struct play play = {0};
                struct outcome once, again, asked;

                truth_destroy(make_trouble(&play, &config, &other, true, &random));
                play_run(&play, &config, NULL, 0, &once);
                play_run(&play, &config, NULL, 0, &again);
                play_run(&play, &config, NULL, random_bits(&random) | 1, &asked);
                assert_same(&once, &again);
                assert_same(&once, &asked);
                tags += outcome_count(&once, CORE_TAG);
                gaps += outcome_count(&once, CORE_GAP);
                outcome_finish(&once);
                outcome_finish(&again);
                outcome_finish(&asked);
                play_finish(&play);
        }
        print_message("%zu tags, %zu gaps\n", tags, gaps);
        assert_true(tags > 2000 && gaps > 200); /* so that there was something to compare */
}

/* Each mark is a frame, or counted in a gap. */
static void no_mark_is_forgotten(void **state)
{
        struct random random;

        random_init(&random, play_seed(4711));
        for (unsigned i = 0; i < 60; i++) {
                struct config config, other;
                struct play play = {0};
                struct outcome outcome;
                int64_t marks[2] = {0}, told[2] = {0};

                truth_destroy(make_trouble(&play, &config, &other, true, &random));
                for (size_t k = 0; k < play.count; k++)
                        if (play.told[k].kind == TOLD_LOST)
                                play.told[k].number = 0; /* a lost frame is a tag and a gap */
                play_run(&play, &config, NULL, 0, &outcome);
                for (size_t k = 0; k < outcome.count; k++) {
                        const struct core_decision *d = &outcome.decisions[k];

                        if (d->kind == CORE_RUN_BEGIN)
                                memset(marks, 0, sizeof(marks)), memset(told, 0, sizeof(told));
                        if (d->kind == CORE_TAG) {
                                told[d->camera]++;
                                marks[d->camera] = d->tag.mark + 1;
                        }
                        if (d->kind == CORE_GAP && d->gap.number > 0) {
                                bool newer = true;

                                for (size_t j = k + 1; j < outcome.count && outcome.decisions[j].kind != CORE_RUN_END;
                                     j++)
                                        newer &= !(outcome.decisions[j].kind == CORE_GAP &&
                                                   outcome.decisions[j].gap.number == d->gap.number);
                                if (newer)
                                        told[d->camera] += (int64_t)d->gap.marks;
                        }
                        if (d->kind == CORE_RUN_END)
                                for (unsigned c = 0; c < 2; c++)
                                        assert_true(told[c] >= marks[c]);
                }
                outcome_finish(&outcome);
                play_finish(&play);
        }
}

/* What the gaps of a camera say in the run that ends with that decision. */
static double gap_metres(const struct outcome *outcome, size_t run_end, unsigned camera)
{
        uint64_t seen = UINT64_MAX; /* backwards, so that the last version of each comes first; numbers fall */
        double metres = 0;

        for (const struct core_decision *d = &outcome->decisions[run_end]; d->kind != CORE_RUN_BEGIN; d--) {

                if (d->kind != CORE_GAP || d->camera != camera || d->gap.number >= seen)
                        continue;
                seen = d->gap.number;
                metres += d->gap.metres;
        }
        return metres;
}

/* Frames taken and frames missing, each worth a spacing, are the true way of each run, whatever holes there are. */
static void frames_and_gaps_make_up_the_way(void **state)
{
        struct random random;
        double way_m = 0;

        random_init(&random, play_seed(99));
        for (unsigned i = 0; i < 60; i++) {
                struct config config, other;
                struct play play = {0};
                struct outcome outcome;
                struct truth *truth = make_trouble(&play, &config, &other, false, &random);
                struct truth_state begin = {0}, end;
                double told_m = 0;

                play_run(&play, &config, NULL, 0, &outcome);
                for (size_t k = 0; k < outcome.count; k++) {
                        const struct core_decision *d = &outcome.decisions[k];

                        if (d->kind == CORE_RUN_BEGIN) {
                                truth_at(truth, play_seconds(d->utc_ns - PLAY_UTC_NS + PLAY_BOOTTIME_NS), &begin);
                                told_m = 0;
                        }
                        if (d->kind == CORE_TAG && d->camera == 0)
                                told_m += config.spacing_m;
                        if (d->kind != CORE_RUN_END)
                                continue;
                        told_m += gap_metres(&outcome, k, 0);
                        truth_at(truth, play_seconds(d->boottime_ns), &end);
                        way_m += end.travelled_m - begin.travelled_m;
                        if (fabs(told_m - (end.travelled_m - begin.travelled_m)) > 0.03 * told_m + 30)
                                fail_msg("drive %u: %.1f m of %.1f m", i, told_m, end.travelled_m - begin.travelled_m);
                }
                truth_destroy(truth);
                outcome_finish(&outcome);
                play_finish(&play);
        }
        assert_true(way_m > 20000);
}

/* The camera of the narrowest spacing, at the highest speed a fix may have, is silent: all marks fall due at once. */
static void many_marks_at_once_are_one_gap(void **state)
{
        struct outcome outcome;
        struct config config;
        struct play play = {0};
        struct gap gaps[CONFIG_MAX_CAMERAS * 2];
        struct fix fix = {.valid = FIX_TIME | FIX_POSITION | FIX_SPEED | FIX_COURSE,
                          .mode = 3,
                          .latitude_deg = 10,
                          .longitude_deg = 20,
                          .speed_mps = 100,
                          .course_deg = 0};

        play_config(&config, CONFIG_MAX_CAMERAS);
        config.spacing_m = 0.5;
        config.extrapolation_limit_s = 5;
        for (unsigned i = 0; i < 20; i++) {
                struct told *told = play_add(&play, TOLD_REPORT, play_boottime_ns(i * 5 + 0.1));

                told->report.kind = GPSD_REPORT_FIX;
                told->report.fix = fix;
                told->report.fix.utc_ns = PLAY_UTC_NS + i * 5 * NS_PER_S;
                told->report.fix.latitude_deg += i * 500 / 110575.0;
        }
        play_run(&play, &config, NULL, 0, &outcome);
        assert_int_equal(outcome_gaps(&outcome, gaps, COUNT(gaps)), CONFIG_MAX_CAMERAS);
        for (unsigned i = 0; i < CONFIG_MAX_CAMERAS; i++)
                assert_true(gaps[i].marks > 15000);
        outcome_finish(&outcome);
        play_finish(&play);
}

/* From the end of an extrapolation to the end of a run, in a drive without further fixes. */
static int64_t ns_after_horizon(const struct scene *scene)
{
        return (int64_t)((scene->config.run_end_parked_s - scene->config.extrapolation_limit_s) * 1e9);
}

/* Hours without any event: what fell due is decided, once, and the clock's ends do no harm. */
static void a_long_silence_ends(void **state)
{
        static const struct leg legs[] = {{3, 0, 0, 1}, {10, 2, 0, 1}, {20, 0, 0, 1}};
        static const int64_t silences_ns[] = {3600 * NS_PER_S, TIME_MAX_NS / 2};

        for (size_t i = 0; i < COUNT(silences_ns); i++) {
                struct scene scene;
                struct told *told;
                struct gap gaps[3];

                scene_begin_plain(&scene, legs, COUNT(legs));
                play_drop(&scene.play, TOLD_STOP, 0, 1000);
                told = play_add(&scene.play, TOLD_REPORT,
                                scene.play.told[scene.play.count - 1].boottime_ns + silences_ns[i]);
                told->report.kind = GPSD_REPORT_OTHER;
                scene_run(&scene);
                /* Nobody said that it stands: what is missing is told, and the run ends. */
                assert_int_equal(outcome_count(&scene.outcome, CORE_RUN_END), 1);
                assert_int_equal(outcome_gaps(&scene.outcome, gaps, COUNT(gaps)), 2);
                assert_int_equal(gaps[0].reason, GAP_CAMERA_STALLED); /* as long as it is extrapolated */
                assert_int_equal(gaps[1].reason, GAP_NO_FIX);
                assert_true(llabs(gaps[1].to_utc_ns - gaps[1].from_utc_ns - ns_after_horizon(&scene)) < 3 * NS_PER_S);
                assert_true(outcome_count(&scene.outcome, CORE_TAG) > 90);
                scene_end(&scene);
        }
}

static void a_reset_core_is_as_new(void **state)
{
        struct random random;
        size_t gaps = 0;

        random_init(&random, play_seed(5));
        for (unsigned i = 0; i < 10; i++) {
                struct config config, other;
                struct play play = {0};
                struct outcome first, second;
                struct core *core;

                truth_destroy(make_trouble(&play, &config, &other, true, &random));
                assert_int_equal(core_create(&config, NULL, &core), 0);
                play_tell(&play, core, 0, &first);
                core_configure(core, &config, 0); /* which a reset keeps */
                core_reset(core);
                assert_int_equal(core_deadline_boottime_ns(core), INT64_MAX);
                play_tell(&play, core, 0, &second);
                gaps += outcome_count(&first, CORE_GAP);
                assert_same(&first, &second);
                core_destroy(core);
                outcome_finish(&first);
                outcome_finish(&second);
                play_finish(&play);
        }
        assert_true(gaps > 20);
        core_destroy(NULL);
}

/* --- a pulse --- */

static void add_pulses(struct play *play, int64_t realtime_minus_boottime_ns)
{
        size_t count = play->count;

        for (size_t i = 0; i < count; i++) {
                struct told *told = &play->told[i];
                int64_t second_ns;

                told->realtime_minus_boottime_ns = realtime_minus_boottime_ns;
                if (told->kind != TOLD_REPORT)
                        continue;
                second_ns = told->report.fix.utc_ns - PLAY_UTC_NS + PLAY_BOOTTIME_NS;
                told = play_add(play, TOLD_REPORT, second_ns + 5 * NS_PER_MS);
                told->realtime_minus_boottime_ns = realtime_minus_boottime_ns;
                told->report.kind = GPSD_REPORT_PPS;
                told->report.pps_utc_ns = second_ns - PLAY_BOOTTIME_NS + PLAY_UTC_NS;
                told->report.pps_realtime_ns = second_ns + realtime_minus_boottime_ns;
        }
}

/* The receiver is later than the config says, so without a pulse all is late by as much. */
static void a_pulse_gives_the_time_unless_the_clock_was_set(void **state)
{
        static const struct leg legs[] = {{3, 0, 0, 1}, {10, 1, 0, 1}, {60, 0, 0, 1}, {10, -1, 0, 1}};

        for (unsigned kind = 0; kind < 3; kind++) { /* 0: no pulse, 1: pulses, 2: the wall clock is set all the time */
                struct receiver_model model = receiver_model_exact();
                struct scene scene;
                size_t tags;

                model.latency_s = 0.35;
                scene_begin(&scene, legs, COUNT(legs), &model, 10, 0.023);
                if (kind > 0)
                        add_pulses(&scene.play, 1000 * NS_PER_S);
                play_sort(&scene.play);
                for (size_t i = 0, reports = 0; kind == 2 && i < scene.play.count; i++)
                        if (scene.play.told[i].kind == TOLD_REPORT)
                                scene.play.told[i].realtime_minus_boottime_ns +=
                                        (int64_t)(reports++ % 2) * 10 * NS_PER_MS;
                scene_run(&scene);
                tags = outcome_count(&scene.outcome, CORE_TAG);
                assert_true(tags > 130);
                for (size_t i = 10; i < tags - 5; i++) {
                        const struct picture_tag *tag = &outcome_nth(&scene.outcome, CORE_TAG, i)->tag;
                        int64_t true_ns = PLAY_UTC_NS + tag->exposure_mid_boottime_ns - PLAY_BOOTTIME_NS;
                        int64_t late_ns = true_ns - tag->captured_utc_ns;

                        if (kind == 1)
                                assert_true(llabs(late_ns) < NS_PER_MS);
                        else
                                assert_true(llabs(late_ns - 250 * NS_PER_MS) < 15 * NS_PER_MS);
                }
                scene_end(&scene);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(decisions_depend_on_the_events_alone),
                cmocka_unit_test(no_mark_is_forgotten),
                cmocka_unit_test(frames_and_gaps_make_up_the_way),
                cmocka_unit_test(many_marks_at_once_are_one_gap),
                cmocka_unit_test(a_long_silence_ends),
                cmocka_unit_test(a_reset_core_is_as_new),
                cmocka_unit_test(a_pulse_gives_the_time_unless_the_clock_was_set),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
