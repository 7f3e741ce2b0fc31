/* SPDX-License-Identifier: MIT */
#include "geotag/geodesy.h"

#include <math.h>

#define WGS84_A_M 6378137.0
#define WGS84_F (1.0 / 298.257223563)
#define WGS84_E2 (WGS84_F * (2.0 - WGS84_F))
#define RAD_PER_DEG (M_PI / 180.0)

/* Up to here the plane at the middle latitude is better than the long-line formula. */
#define PLANE_LIMIT_M 20000.0

void plane_init(struct plane *plane, double latitude_deg, double longitude_deg)
{
        double phi = latitude_deg * RAD_PER_DEG;
        double w2 = 1.0 - WGS84_E2 * sin(phi) * sin(phi);
        double meridian_m = WGS84_A_M * (1.0 - WGS84_E2) / (w2 * sqrt(w2));
        double prime_vertical_m = WGS84_A_M / sqrt(w2);

        plane->latitude_deg = latitude_deg;
        plane->longitude_deg = longitude_deg;
        plane->m_per_deg_north = meridian_m * RAD_PER_DEG;
        /* Never 0, so that the way back stays finite at a pole. */
        plane->m_per_deg_east = fmax(prime_vertical_m * cos(phi) * RAD_PER_DEG, 1e-3);
}

void plane_from_geodetic(const struct plane *plane, double latitude_deg, double longitude_deg, double *ret_east_m,
                         double *ret_north_m)
{
        *ret_east_m = angle_wrap_180(longitude_deg - plane->longitude_deg) * plane->m_per_deg_east;
        *ret_north_m = (latitude_deg - plane->latitude_deg) * plane->m_per_deg_north;
}

void plane_to_geodetic(const struct plane *plane, double east_m, double north_m, double *ret_latitude_deg,
                       double *ret_longitude_deg)
{
        *ret_latitude_deg = plane->latitude_deg + north_m / plane->m_per_deg_north;
        *ret_longitude_deg = angle_wrap_180(plane->longitude_deg + east_m / plane->m_per_deg_east);
}

/* W. D. Lambert's formula for long lines: about 1e-5 relative, but near antipodes. */
static double long_line_m(double latitude1_deg, double latitude2_deg, double longitude_difference_deg)
{
        double beta1 = atan((1.0 - WGS84_F) * tan(latitude1_deg * RAD_PER_DEG));
        double beta2 = atan((1.0 - WGS84_F) * tan(latitude2_deg * RAD_PER_DEG));
        double p = (beta1 + beta2) / 2.0, q = (beta2 - beta1) / 2.0;
        double half_lambda = longitude_difference_deg * RAD_PER_DEG / 2.0;
        double h = sin(q) * sin(q) + cos(beta1) * cos(beta2) * sin(half_lambda) * sin(half_lambda);
        double sigma, x, y;

        h = fmin(h, 1.0);
        sigma = 2.0 * asin(sqrt(h));
        if (h <= 0.0)
                return 0.0;
        x = (sigma - sin(sigma)) * sin(p) * sin(p) * cos(q) * cos(q) / fmax(1.0 - h, 1e-3);
        y = (sigma + sin(sigma)) * cos(p) * cos(p) * sin(q) * sin(q) / h;
        return WGS84_A_M * (sigma - WGS84_F / 2.0 * (x + y));
}

double geodesic_m(double latitude1_deg, double longitude1_deg, double latitude2_deg, double longitude2_deg)
{
        double longitude_difference_deg = angle_wrap_180(longitude2_deg - longitude1_deg);
        struct plane plane;
        double distance_m;

        plane_init(&plane, (latitude1_deg + latitude2_deg) / 2.0, longitude1_deg);
        distance_m = hypot(longitude_difference_deg * plane.m_per_deg_east,
                           (latitude2_deg - latitude1_deg) * plane.m_per_deg_north);
        if (distance_m < PLANE_LIMIT_M)
                return distance_m;
        return long_line_m(latitude1_deg, latitude2_deg, longitude_difference_deg);
}

double angle_wrap_360(double angle_deg)
{
        double wrapped_deg = fmod(angle_deg, 360.0);

        if (wrapped_deg < 0.0)
                wrapped_deg += 360.0;
        /* A tiny negative angle rounds up to 360 itself. */
        return wrapped_deg >= 360.0 ? 0.0 : wrapped_deg;
}

double angle_wrap_180(double angle_deg)
{
        double wrapped_deg;

        if (angle_deg >= -180.0 && angle_deg < 180.0)
                return angle_deg;
        wrapped_deg = angle_wrap_360(angle_deg);
        return wrapped_deg >= 180.0 ? wrapped_deg - 360.0 : wrapped_deg;
}

double angle_between(double a_deg, double b_deg)
{
        return fabs(angle_wrap_180(a_deg - b_deg));
}
