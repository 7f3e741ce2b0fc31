/* SPDX-License-Identifier: MIT */
/* The exposure of a moving van, with a scene and cameras of this test's own. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "capture/exposure_control.h"

static struct config_camera settings_looking(double mount_angle_deg)
{
        return (struct config_camera){.name = "front",
                                      .mount_angle_deg = mount_angle_deg,
                                      .field_of_view_deg = 70,
                                      .kerb_distance_m = 3,
                                      .blur_px = 3,
                                      .gain_limit = 8};
}

static const struct camera_stream sensor = {.width = 1920,
                                            .height = 1080,
                                            .exposure_min_ns = 20 * NS_PER_US,
                                            .exposure_max_ns = 60 * NS_PER_MS,
                                            .gain_min = 1,
                                            .gain_max = 16};

/* A camera whose pictures are as bright as the scene and its exposure make them. */
struct scene {
        double light; /* exposure in seconds times gain that gives EXPOSURE_BRIGHTNESS */
        bool tells;   /* the camera says how it exposed */
        struct camera_exposure set;
        int64_t now_ns;
        unsigned told;
};

/* As its own algorithm would: exposure first, then gain. */
static struct camera_exposure own_way(const struct scene *scene)
{
        double exposure_s = fmin(scene->light, 0.03);

        return (struct camera_exposure){.exposure_ns = llround(exposure_s * 1e9), .gain = scene->light / exposure_s};
}

static double brightness_of(const struct scene *scene, const struct camera_exposure *used)
{
        double light = (double)used->exposure_ns / 1e9 * used->gain;

        return fmin(1, EXPOSURE_BRIGHTNESS * pow(light / scene->light, 1 / 2.2));
}

/* Drives for a while at that speed, ten frames and two pictures a second; the camera follows at once. Gives back the last picture's exposure. */
static struct camera_exposure drive(struct exposure_control *control, struct scene *scene, double speed_mps,
                                    double seconds)
{
        struct camera_exposure used = {0};

        for (int i = 0; i < (int)(seconds * 10); i++) {
                struct camera_exposure wanted;

                scene->now_ns += 100 * NS_PER_MS;
                used = scene->set.automatic ? own_way(scene) : scene->set;
                exposure_control_frame(control, scene->tells ? used.exposure_ns : 0, scene->tells ? used.gain : NAN);
                if (exposure_control_speed(control, speed_mps, scene->now_ns, &wanted)) {
                        scene->set = wanted;
                        scene->told++;
                }
                if (i % 5 == 4 &&
                    exposure_control_picture(control, scene->now_ns - 60 * NS_PER_MS,
                                             scene->tells ? used.exposure_ns : 0, scene->tells ? used.gain : NAN,
                                             brightness_of(scene, &used), scene->now_ns, &wanted)) {
                        scene->set = wanted;
                        scene->told++;
                }
        }
        return used;
}

static void blur_bounds_the_exposure(void **state)
{
        struct config_camera side = settings_looking(90), front = settings_looking(0);
        double focal_px = 960 / tan(35 * M_PI / 180);
        int64_t limit_ns;

        /* To the side the axis itself is the fastest, but for the lens: sin(55)^2 / cos(35)^2 = 1 at its edges. */
        limit_ns = exposure_limit_ns(&side, 1920, 10);
        assert_float_equal((double)limit_ns / 1e9, 3 / (10.0 / 3 * focal_px), 1e-6);
        /* Ahead, the edges: tan(35)^2. */
        limit_ns = exposure_limit_ns(&front, 1920, 10);
        assert_float_equal((double)limit_ns / 1e9, 3 / (10.0 / 3 * focal_px * pow(tan(35 * M_PI / 180), 2)), 1e-6);
        assert_int_equal(exposure_limit_ns(&front, 1920, 20), limit_ns / 2);
        /* Backwards as ahead. */
        front.mount_angle_deg = 180;
        assert_in_range(exposure_limit_ns(&front, 1920, 10), limit_ns - 1, limit_ns + 1);
        assert_true(exposure_limit_ns(&front, 1920, 0.4) == INT64_MAX);
        assert_true(exposure_limit_ns(&front, 1920, NAN) == INT64_MAX);
        front.blur_px = 0;
        assert_true(exposure_limit_ns(&front, 1920, 30) == INT64_MAX);
}

/* No point of the view moves farther than the blur in the limit, and one moves as far: by projection, not by the formula. */
static void no_point_of_the_view_blurs_more(void **state)
{
        const double speed_mps = 14, width = 1280, degree = M_PI / 180;

        for (double mount_deg = 0; mount_deg < 360; mount_deg += 30) {
                struct config_camera settings = settings_looking(mount_deg);
                double focal_px = width / 2 / tan(35 * degree), most_px = 0;
                double exposure_s = (double)exposure_limit_ns(&settings, 1280, speed_mps) / 1e9;

                for (double off_deg = -35; off_deg <= 35; off_deg += 0.25) {
                        double seen = (mount_deg + off_deg) * degree;
                        double ahead_m, right_m = sin(seen) >= 0 ? 3 : -3, x[2];

                        if (fabs(sin(seen)) < 0.01)
                                continue;
                        ahead_m = right_m / tan(seen);
                        for (int i = 0; i < 2; i++) {
                                double angle = atan2(right_m, ahead_m - i * speed_mps * exposure_s);

                                x[i] = focal_px * tan(angle - mount_deg * degree);
                        }
                        most_px = fmax(most_px, fabs(x[1] - x[0]));
                }
                assert_float_equal(most_px, 3, 0.1);
        }
}

static void a_bright_day_is_left_to_the_camera(void **state)
{
        struct config_camera settings = settings_looking(0);
        struct scene scene = {.light = 0.0003, .tells = true, .set.automatic = true};
        struct exposure_control control;

        exposure_control_init(&control, &settings);
        exposure_control_start(&control, &sensor);
        drive(&control, &scene, 14, 20);
        drive(&control, &scene, 0, 20);
        assert_int_equal(scene.told, 0);
}

static void a_dull_day_takes_gain_for_time(void **state)
{
        struct config_camera settings = settings_looking(0);
        struct scene scene = {.light = 0.003, .tells = true, .set.automatic = true};
        struct exposure_control control;
        struct camera_exposure used;

        exposure_control_init(&control, &settings);
        exposure_control_start(&control, &sensor);
        used = drive(&control, &scene, 14, 10);
        assert_false(scene.set.automatic);
        assert_in_range(used.exposure_ns, 1, exposure_limit_ns(&settings, 1920, 14));
        assert_float_equal(brightness_of(&scene, &used), EXPOSURE_BRIGHTNESS, 0.03);
        /* It gets darker while it drives: the gain follows, up to its limit. */
        scene.light = 0.005;
        used = drive(&control, &scene, 14, 10);
        assert_float_equal(brightness_of(&scene, &used), EXPOSURE_BRIGHTNESS, 0.04);
        scene.light = 0.05;
        used = drive(&control, &scene, 14, 10);
        assert_true(used.gain <= 8.0);
        assert_in_range(used.exposure_ns, 1, exposure_limit_ns(&settings, 1920, 14));
        /* It stands: its own way again, and as bright as it likes. */
        used = drive(&control, &scene, 0, 3);
        assert_true(scene.set.automatic);
        assert_float_equal(brightness_of(&scene, &used), EXPOSURE_BRIGHTNESS, 0.01);
}

static void out_of_the_shade_it_is_let_go(void **state)
{
        struct config_camera settings = settings_looking(0);
        struct scene scene = {.light = 0.003, .tells = true, .set.automatic = true};
        struct exposure_control control;

        exposure_control_init(&control, &settings);
        exposure_control_start(&control, &sensor);
        drive(&control, &scene, 14, 10);
        assert_false(scene.set.automatic);
        scene.light = 0.0002;
        drive(&control, &scene, 14, 10);
        assert_true(scene.set.automatic);
}

/* A USB camera tells nothing of its exposure: on the move it is led by its pictures' brightness alone. */
static void a_camera_that_tells_nothing_is_led_by_its_pictures(void **state)
{
        static const double lights[] = {0.0002, 0.001, 0.004};

        for (size_t i = 0; i < sizeof(lights) / sizeof(lights[0]); i++) {
                struct config_camera settings = settings_looking(90);
                struct scene scene = {.light = lights[i], .set.automatic = true};
                struct exposure_control control;
                struct camera_exposure used;

                exposure_control_init(&control, &settings);
                exposure_control_start(&control, &sensor);
                used = drive(&control, &scene, 14, 15);
                assert_in_range(used.exposure_ns, 1, exposure_limit_ns(&settings, 1920, 14));
                if (lights[i] < 0.003)
                        assert_float_equal(brightness_of(&scene, &used), EXPOSURE_BRIGHTNESS, 0.04);
                else
                        assert_float_equal(used.gain, 8, 0.01); /* all that it may */
                drive(&control, &scene, 0, 2);
                assert_true(scene.set.automatic);
        }
}

static void a_camera_without_controls_is_asked_for_nothing(void **state)
{
        struct camera_stream plain = {.width = 640, .height = 480};
        struct config_camera settings = settings_looking(90);
        struct scene scene = {.light = 0.01, .set.automatic = true};
        struct exposure_control control;

        exposure_control_init(&control, &settings);
        drive(&control, &scene, 14, 5); /* not even started */
        exposure_control_start(&control, &plain);
        drive(&control, &scene, 14, 5);
        assert_int_equal(scene.told, 0);
}

/* What was set takes some frames: pictures of before say nothing of it, else it would be set twice. */
static void pictures_of_before_a_change_do_not_count(void **state)
{
        struct config_camera settings = settings_looking(90);
        struct exposure_control control;
        struct camera_exposure wanted;

        exposure_control_init(&control, &settings);
        exposure_control_start(&control, &sensor);
        assert_true(exposure_control_speed(&control, 14, 10 * NS_PER_S, &wanted));
        assert_false(exposure_control_picture(&control, 10 * NS_PER_S + 100 * NS_PER_MS, 0, NAN, 0.1,
                                              10 * NS_PER_S + 500 * NS_PER_MS, &wanted));
        assert_true(exposure_control_picture(&control, 10 * NS_PER_S + 500 * NS_PER_MS, 0, NAN, 0.1, 11 * NS_PER_S,
                                             &wanted));
        assert_false(exposure_control_picture(&control, 12 * NS_PER_S, 0, NAN, NAN, 12 * NS_PER_S, &wanted));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(blur_bounds_the_exposure),
                cmocka_unit_test(no_point_of_the_view_blurs_more),
                cmocka_unit_test(a_bright_day_is_left_to_the_camera),
                cmocka_unit_test(a_dull_day_takes_gain_for_time),
                cmocka_unit_test(out_of_the_shade_it_is_let_go),
                cmocka_unit_test(a_camera_that_tells_nothing_is_led_by_its_pictures),
                cmocka_unit_test(a_camera_without_controls_is_asked_for_nothing),
                cmocka_unit_test(pictures_of_before_a_change_do_not_count),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
