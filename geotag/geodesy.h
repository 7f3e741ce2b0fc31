/* SPDX-License-Identifier: MIT */
/* Small-distance geodesy on WGS 84, pure. Angles in degrees, lengths in metres. */
#pragma once

/* A local plane at a reference point: metres east and north of it. Straight lines stay straight and the way back is exact; lengths
 * are wrong by up to (distance to the reference / 6,400 km) * tan(latitude): 1.6e-4 of a length 1 km away at latitude 45. */
struct plane {
        double latitude_deg, longitude_deg; /* the reference */
        double m_per_deg_east, m_per_deg_north;
};

/* Scales from the radii of curvature at the reference (meridian M and prime vertical N cos phi). */
void plane_init(struct plane *plane, double latitude_deg, double longitude_deg);
void plane_from_geodetic(const struct plane *plane, double latitude_deg, double longitude_deg, double *ret_east_m,
                         double *ret_north_m); /* handles the 180 degree meridian */
void plane_to_geodetic(const struct plane *plane, double east_m, double north_m, double *ret_latitude_deg,
                       double *ret_longitude_deg);

/* Geodesic length, good to 1e-3 relative at any distance and to 1e-6 up to 10 km (plane at the mid latitude). */
double geodesic_m(double latitude1_deg, double longitude1_deg, double latitude2_deg, double longitude2_deg);

/* Into 0 <= a < 360; into -180 <= a < 180; the smaller angle between two courses, 0 to 180. */
double angle_wrap_360(double angle_deg);
double angle_wrap_180(double angle_deg);
double angle_between(double a_deg, double b_deg);
