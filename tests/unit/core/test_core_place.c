/* SPDX-License-Identifier: MIT */
/* Where the camera is, where it looks, on which street. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "geotag/geodesy.h"
#include "geotag/road_network.h"
#include "tests/unit/core/scene.h"

/* Where a camera with this lever arm truly is. */
static void camera_place(const struct truth_state *state, const struct config_camera *camera, double *ret_latitude_deg,
                         double *ret_longitude_deg)
{
        double heading_rad = state->heading_deg * (M_PI / 180.0);
        struct plane plane;

        plane_init(&plane, state->latitude_deg, state->longitude_deg);
        plane_to_geodetic(&plane, camera->forward_m * sin(heading_rad) + camera->right_m * cos(heading_rad),
                          camera->forward_m * cos(heading_rad) - camera->right_m * sin(heading_rad), ret_latitude_deg,
                          ret_longitude_deg);
}

static void assert_at_camera(const struct scene *scene, const struct core_decision *tag, double within_m)
{
        double latitude_deg, longitude_deg;
        struct truth_state state;

        truth_at(scene->truth, play_seconds(tag->tag.exposure_mid_boottime_ns), &state);
        camera_place(&state, &scene->config.cameras[0], &latitude_deg, &longitude_deg);
        assert_true(geodesic_m(latitude_deg, longitude_deg, tag->tag.latitude_deg, tag->tag.longitude_deg) < within_m);
}

static void the_lever_arm_turns_with_the_van(void **state)
{
        /* A slow full circle and more: every direction. */
        static const struct leg legs[] = {{3, 0, 0, 1}, {8, 1, 0, 1}, {60, 0, 8, 1}, {8, -1, 0, 1}, {3, 0, 0, 1}};
        struct scene scene;
        size_t tags;

        scene_begin_plain(&scene, legs, COUNT(legs));
        scene.config.cameras[0].forward_m = 2.5;
        scene.config.cameras[0].right_m = -1.2;
        scene.config.cameras[0].up_m = 0.4;
        scene_run(&scene);
        tags = outcome_count(&scene.outcome, CORE_TAG);
        assert_true(tags > 100);
        for (size_t i = 0; i < tags; i++) {
                const struct core_decision *tag = outcome_nth(&scene.outcome, CORE_TAG, i);

                /* The acceleration in the model's corners costs some of it; half of a lever arm would be far more. */
                assert_at_camera(&scene, tag, 0.3);
                assert_true(fabs(tag->tag.altitude_msl_m - 120.4) < 1e-9);
                assert_true(fabs(tag->tag.altitude_hae_m - 166.4) < 1e-9);
        }
        scene_end(&scene);
}

static void the_mount_angle_is_added_to_the_heading(void **state)
{
        static const struct leg legs[] = {{3, 0, 0, 1}, {8, 1, 0, 1}, {60, 0, 8, 1}, {8, -1, 0, 1}};
        static const double mounts_deg[] = {0, 90, 180, 275.5};

        for (size_t m = 0; m < COUNT(mounts_deg); m++) {
                struct scene scene;

                scene_begin_plain(&scene, legs, COUNT(legs));
                scene.config.cameras[0].mount_angle_deg = mounts_deg[m];
                scene_run(&scene);
                for (size_t i = 0; i < outcome_count(&scene.outcome, CORE_TAG); i++) {
                        const struct picture_tag *tag = &outcome_nth(&scene.outcome, CORE_TAG, i)->tag;
                        struct truth_state at;

                        truth_at(scene.truth, play_seconds(tag->exposure_mid_boottime_ns), &at);
                        assert_true(tag->image_direction_deg >= 0 && tag->image_direction_deg < 360);
                        assert_true(angle_between(tag->image_direction_deg, at.heading_deg + mounts_deg[m]) < 5);
                        assert_false(tag->reversing);
                }
                scene_end(&scene);
        }
}

static void in_reverse_the_nose_points_the_other_way(void **state)
{
        /* Into a dead end, a stop, out of it in reverse and round a corner, a stop, on. */
        static const struct leg legs[] = {{3, 0, 0, 1},     {5, 1, 0, 1},    {12, 0, 0, 1},  {5, -1, 0, 1},
                                          {4, 0, 0, 1},     {4, 0.6, 0, -1}, {20, 0, 0, -1}, {6, 0, 10, -1},
                                          {4, -0.6, 0, -1}, {4, 0, 0, 1},    {6, 1.2, 0, 1}, {20, 0, 0, 1},
                                          {5, -1.44, 0, 1}};
        struct receiver_model model = receiver_model_exact();
        unsigned ahead = 0, back = 0, again = 0;
        struct scene scene;

        model.rate_hz = 5;
        scene_begin(&scene, legs, COUNT(legs), &model, 10, 0.023);
        scene.config.spacing_m = 2;
        scene.config.cameras[0].forward_m = 2;
        scene_run(&scene);
        assert_int_equal(outcome_count(&scene.outcome, CORE_GAP), 0);
        for (size_t i = 0; i < outcome_count(&scene.outcome, CORE_TAG); i++) {
                const struct core_decision *d = outcome_nth(&scene.outcome, CORE_TAG, i);
                double at_s = play_seconds(d->tag.exposure_mid_boottime_ns);
                struct truth_state at;

                truth_at(scene.truth, at_s, &at);
                if (at.speed_mps < 0.8)
                        continue; /* too slow to tell */
                assert_int_equal(d->tag.reversing, at_s > 29 && at_s < 67);
                assert_true(angle_between(d->tag.heading_deg, at.heading_deg) < 4);
                assert_true(angle_between(d->tag.course_deg, at.course_deg) < 4);
                assert_true(angle_between(d->tag.image_direction_deg, at.heading_deg) < 4);
                assert_at_camera(&scene, d, 0.3);
                ahead += at_s < 29;
                back += at_s > 29 && at_s < 67;
                again += at_s > 67;
        }
        assert_true(ahead > 25 && back > 25 && again > 50);
        scene_end(&scene);
}

/* A U-turn is driven with some speed, so it is no reverse. */
static void a_turn_is_no_reverse(void **state)
{
        static const struct leg legs[] = {{3, 0, 0, 1},  {6, 1, 0, 1}, {10, 0, 0, 1}, {3, -1, 0, 1},
                                          {6, 0, 30, 1}, {5, 1, 0, 1}, {10, 0, 0, 1}};
        struct scene scene;

        scene_begin_plain(&scene, legs, COUNT(legs));
        scene_run(&scene);
        assert_true(outcome_count(&scene.outcome, CORE_TAG) > 20);
        for (size_t i = 0; i < outcome_count(&scene.outcome, CORE_TAG); i++)
                assert_false(outcome_nth(&scene.outcome, CORE_TAG, i)->tag.reversing);
        scene_end(&scene);
}

/* Without a course ever, nothing is said of the direction, and the antenna stands for the camera. */
static void no_heading_is_made_up(void **state)
{
        static const struct leg legs[] = {{3, 0, 0, 1}, {20, 0.03, 0, 1}, {30, 0, 0, 1}};
        struct scene scene;

        scene_begin_plain(&scene, legs, COUNT(legs)); /* 0.6 m/s: too slow for a course */
        scene.config.cameras[0].forward_m = 2;
        scene.config.cameras[0].mount_angle_deg = 90;
        scene_run(&scene);
        assert_true(outcome_count(&scene.outcome, CORE_TAG) >= 2);
        for (size_t i = 0; i < outcome_count(&scene.outcome, CORE_TAG); i++) {
                const struct core_decision *d = outcome_nth(&scene.outcome, CORE_TAG, i);

                assert_true(isnan(d->tag.image_direction_deg) && isnan(d->tag.heading_deg));
                assert_true(scene_error_m(&scene, d) < 0.3);
        }
        scene_end(&scene);
}

/* A street along the first 400 m of the drive (30 degrees), then nothing. */
static struct road_network *one_street(void)
{
        struct road_builder *builder;
        struct road_network *network;
        struct road_point points[2];
        struct plane plane;
        struct road_segment segment = {.id = 7,
                                       .source_id = "way/7",
                                       .to_m = 400,
                                       .street = "Rue Pasteur",
                                       .points = points,
                                       .point_count = 2};

        plane_init(&plane, TRUTH_LATITUDE_DEG, TRUTH_LONGITUDE_DEG);
        points[0] = (struct road_point){TRUTH_LATITUDE_DEG, TRUTH_LONGITUDE_DEG};
        plane_to_geodetic(&plane, 400 * sin(M_PI / 6), 400 * cos(M_PI / 6), &points[1].latitude_deg,
                          &points[1].longitude_deg);
        assert_int_equal(road_builder_create(&builder), 0);
        assert_int_equal(road_builder_add(builder, &segment), 0);
        assert_int_equal(road_builder_finish(builder, "map 1", &network), 0);
        return network;
}

static void a_frame_knows_its_street_and_a_gap_too(void **state)
{
        static const struct leg legs[] = {{3, 0, 0, 1}, {10, 1, 0, 1}, {60, 0, 0, 1}, {10, -1, 0, 1}};
        struct road_network *network = one_street();
        struct gap gaps[2];
        struct scene scene;

        scene_begin_plain(&scene, legs, COUNT(legs));
        play_drop(&scene.play, TOLD_FRAME, 20, 30);
        play_run(&scene.play, &scene.config, network, 0, &scene.outcome);
        for (size_t i = 0; i < outcome_count(&scene.outcome, CORE_TAG); i++) {
                const struct core_decision *d = outcome_nth(&scene.outcome, CORE_TAG, i);
                double at_m = scene_travel_m(&scene, d);

                assert_string_equal(d->tag.network_version, "map 1");
                if (at_m < 380) {
                        assert_true(d->tag.match.on_road);
                        assert_int_equal(d->tag.match.segment, 7);
                        assert_string_equal(d->tag.street, "Rue Pasteur");
                        assert_string_equal(d->tag.source_id, "way/7");
                        assert_true(fabs(d->tag.match.chainage_m - at_m) < 1);
                        assert_int_equal(d->tag.match.direction, 1);
                }
                if (at_m > 450) {
                        assert_false(d->tag.match.on_road);
                        assert_string_equal(d->tag.street, "");
                        assert_string_equal(d->tag.source_id, "");
                }
        }
        assert_int_equal(outcome_gaps(&scene.outcome, gaps, COUNT(gaps)), 1);
        assert_true(gaps[0].from.on_road && gaps[0].to.on_road);
        assert_string_equal(gaps[0].source_id, "way/7");
        assert_true(fabs(gaps[0].to.chainage_m - gaps[0].from.chainage_m + 5 - gaps[0].metres) < 1);
        assert_true(fabs(gaps[0].from.chainage_m - 120) < 6);
        scene_end(&scene);
        road_network_destroy(network);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_lever_arm_turns_with_the_van),
                cmocka_unit_test(the_mount_angle_is_added_to_the_heading),
                cmocka_unit_test(in_reverse_the_nose_points_the_other_way),
                cmocka_unit_test(a_turn_is_no_reverse),
                cmocka_unit_test(no_heading_is_made_up),
                cmocka_unit_test(a_frame_knows_its_street_and_a_gap_too),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
