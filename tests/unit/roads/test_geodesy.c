/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "geotag/geodesy.h"

static void assert_near(double found, double expected, double tolerance)
{
        if (!(fabs(found - expected) <= tolerance))
                fail_msg("%.9g is not within %g of %.9g", found, tolerance, expected);
}

/* Lengths by Vincenty's inverse formula (T. Vincenty, Survey Review 23, 1975), which is good to a millimetre. */
static const struct {
        double latitude1_deg, longitude1_deg, latitude2_deg, longitude2_deg, length_m;
} lines[] = {
        {48.85, 2.35, 48.8501, 2.3501, 13.3241},
        {48.85, 2.35, 48.89, 2.35, 4448.2887},
        {48.85, 2.35, 48.85, 2.48, 9540.8641},
        {48.85, 2.35, 48.8, 2.45, 9210.5116},
        {43.3, 5.4, 43.36, 5.3, 10498.2002},
        {-21.1, 55.5, -21.15, 55.58, 9985.6932},
        {68.0, 20.0, 68.07, 20.1, 8854.1024},
        {0, 0, 0.05, 0.05, 7845.1731},
        {-16.8, 179.98, -16.82, -179.97, 5770.9461},
        {48.8566, 2.3522, 43.2965, 5.3698, 660493.2688},
        {48.85, 2.35, -21.1, 55.5, 9366911.6082},
        {40.7, -74.0, 51.5, -0.1, 5587819.5174},
        {10, 0, -10, 90, 10208243.2644},
};

static void geodesic_agrees_with_vincenty(void **state)
{
        for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
                double length_m = geodesic_m(lines[i].latitude1_deg, lines[i].longitude1_deg, lines[i].latitude2_deg,
                                             lines[i].longitude2_deg);
                double back_m = geodesic_m(lines[i].latitude2_deg, lines[i].longitude2_deg, lines[i].latitude1_deg,
                                           lines[i].longitude1_deg);
                double relative = lines[i].length_m < 11000 ? 1e-6 : 1e-3;

                assert_near(length_m, lines[i].length_m, lines[i].length_m * relative + 1e-4);
                assert_near(back_m, length_m, 1e-6);
        }
        assert_true(geodesic_m(48.85, 2.35, 48.85, 2.35) == 0.0);
}

static void geodesic_has_no_step_at_the_change_of_formula(void **state)
{
        double before_m = 0.0;

        for (int i = 1; i <= 400; i++) {
                double length_m = geodesic_m(48.0, 2.0, 48.0 + 0.0006 * i, 2.0 + 0.0006 * i);

                assert_near(length_m - before_m, 80.4, 0.5);
                before_m = length_m;
        }
}

static void geodesic_stays_finite(void **state)
{
        assert_true(isfinite(geodesic_m(0, 0, 0, 180)));
        assert_true(isfinite(geodesic_m(90, 0, -90, 0)));
        assert_true(isfinite(geodesic_m(90, 0, 90, 77)));
        assert_near(geodesic_m(90, 0, -90, 0), 20003931.46, 20003.0);
}

static void plane_goes_and_comes_back(void **state)
{
        struct plane plane;

        plane_init(&plane, 48.85, 2.35);
        for (int i = -10; i <= 10; i++) {
                double latitude_deg, longitude_deg, east_m, north_m;

                plane_to_geodetic(&plane, 173.0 * i, -91.0 * i, &latitude_deg, &longitude_deg);
                plane_from_geodetic(&plane, latitude_deg, longitude_deg, &east_m, &north_m);
                assert_near(east_m, 173.0 * i, 1e-6);
                assert_near(north_m, -91.0 * i, 1e-6);
                assert_near(geodesic_m(48.85, 2.35, latitude_deg, longitude_deg), hypot(east_m, north_m),
                            hypot(east_m, north_m) * 3e-4 + 1e-6);
        }
        assert_true(plane.m_per_deg_north > 111100 && plane.m_per_deg_north < 111300);
        assert_true(plane.m_per_deg_east > 73300 && plane.m_per_deg_east < 73500);
}

static void plane_passes_the_180_degree_meridian(void **state)
{
        struct plane plane;
        double east_m, north_m, latitude_deg, longitude_deg;

        plane_init(&plane, -16.8, 179.999);
        plane_from_geodetic(&plane, -16.8, -179.999, &east_m, &north_m);
        assert_near(east_m, 0.002 * plane.m_per_deg_east, 1e-6);
        assert_near(north_m, 0.0, 1e-9);
        plane_to_geodetic(&plane, east_m, 0.0, &latitude_deg, &longitude_deg);
        assert_near(longitude_deg, -179.999, 1e-9);
}

static void plane_at_a_pole_is_finite(void **state)
{
        struct plane plane;
        double latitude_deg, longitude_deg;

        plane_init(&plane, 90.0, 0.0);
        plane_to_geodetic(&plane, 1.0, -1.0, &latitude_deg, &longitude_deg);
        assert_true(isfinite(latitude_deg) && isfinite(longitude_deg));
}

static void angles_wrap(void **state)
{
        assert_near(angle_wrap_360(-1.0), 359.0, 1e-12);
        assert_near(angle_wrap_360(360.0), 0.0, 0.0);
        assert_near(angle_wrap_360(725.0), 5.0, 1e-12);
        assert_true(angle_wrap_360(-1e-18) < 360.0 && angle_wrap_360(-1e-18) >= 0.0);
        assert_near(angle_wrap_180(180.0), -180.0, 0.0);
        assert_near(angle_wrap_180(-180.0), -180.0, 0.0);
        assert_near(angle_wrap_180(190.0), -170.0, 1e-12);
        assert_near(angle_wrap_180(-541.0), 179.0, 1e-12);
        assert_near(angle_between(350.0, 10.0), 20.0, 1e-12);
        assert_near(angle_between(10.0, 350.0), 20.0, 1e-12);
        assert_near(angle_between(0.0, 180.0), 180.0, 1e-12);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(geodesic_agrees_with_vincenty),
                cmocka_unit_test(geodesic_has_no_step_at_the_change_of_formula),
                cmocka_unit_test(geodesic_stays_finite),
                cmocka_unit_test(plane_goes_and_comes_back),
                cmocka_unit_test(plane_passes_the_180_degree_meridian),
                cmocka_unit_test(plane_at_a_pole_is_finite),
                cmocka_unit_test(angles_wrap),
        };

        return cmocka_run_group_tests_name("geodesy", tests, NULL, NULL);
}
