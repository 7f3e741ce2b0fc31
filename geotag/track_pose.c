/* SPDX-License-Identifier: MIT */
/* Between the fixes, and shortly after the last: see track.h. */
#include <stddef.h>

#include "geotag/track_private.h"

/* How long an acceleration goes on after the last fix. */
#define ACCELERATION_LASTS_S 1.5
/* One sigma of what an unknown acceleration adds to an extrapolated position. */
#define ACCELERATION_SIGMA_MPS2 1.0
/* One-sigma range error that turns a dilution of precision into metres where the receiver gives no estimate (GPS SPS Performance
 * Standard, 5th edition, 2020: civil user range error with a single frequency, about 3 m). */
#define RANGE_ERROR_M 3.0

/* What was travelled tau_s after a point at this speed and acceleration, standing once it stopped; and the speed then. */
static double coast_m(double speed_mps, double acceleration_mps2, double tau_s, double *ret_speed_mps)
{
        double braked_s = fmin(tau_s, ACCELERATION_LASTS_S);
        double distance_m;

        if (acceleration_mps2 < 0 && speed_mps + acceleration_mps2 * braked_s < 0)
                braked_s = -speed_mps / acceleration_mps2;
        distance_m = speed_mps * braked_s + 0.5 * acceleration_mps2 * braked_s * braked_s;
        *ret_speed_mps = fmax(speed_mps + acceleration_mps2 * braked_s, 0);
        if (*ret_speed_mps > 0 && tau_s > ACCELERATION_LASTS_S)
                distance_m += *ret_speed_mps * (tau_s - ACCELERATION_LASTS_S);
        return distance_m;
}

/* Travel from a to b after tau_s of their interval: the speed changes evenly, scaled to the distance between them. */
static double travel_within_m(const struct track_point *a, const struct track_point *b, double tau_s)
{
        double h_s = seconds_between(a, b), span_m = b->travelled_m - a->travelled_m;
        double even_m = 0.5 * (a->speed_mps + b->speed_mps) * h_s;
        double raw_m = a->speed_mps * tau_s + (b->speed_mps - a->speed_mps) * tau_s * tau_s / (2.0 * h_s);

        return even_m > 0 ? span_m * raw_m / even_m : span_m * tau_s / h_s;
}

static double accuracy_m(const struct fix *fix)
{
        if (fix_has(fix, FIX_EPH))
                return fix->eph_m;
        return fix_has(fix, FIX_HDOP) ? fix->hdop * RANGE_ERROR_M : NAN;
}

static double between(double a, double b, double u)
{
        if (!isfinite(a) || !isfinite(b))
                return isfinite(a) ? a : b;
        return a + u * (b - a);
}

static double angle_at(double a_deg, double b_deg, double u)
{
        if (!isfinite(a_deg) || !isfinite(b_deg))
                return isfinite(a_deg) ? a_deg : b_deg;
        return angle_wrap_360(a_deg + u * angle_wrap_180(b_deg - a_deg));
}

static void velocity(const struct track_point *p, double *ret_east_mps, double *ret_north_mps)
{
        double course_rad = isfinite(p->course_deg) ? p->course_deg * (M_PI / 180.0) : 0;

        *ret_east_mps = p->speed_mps * sin(course_rad);
        *ret_north_mps = p->speed_mps * cos(course_rad);
}

/* Cubic Hermite on position and velocity (as any text on splines has it); a straight line over long intervals. */
static void place_between(const struct track_point *a, const struct track_point *b, double u, double *ret_east_m,
                          double *ret_north_m)
{
        double h_s = seconds_between(a, b), ae, an, be, bn;
        double h10 = u * (1 - u) * (1 - u), h01 = u * u * (3 - 2 * u), h11 = u * u * (u - 1);

        if (h_s > HERMITE_S || !isfinite(a->course_deg) || !isfinite(b->course_deg)) {
                *ret_east_m = between(a->east_m, b->east_m, u);
                *ret_north_m = between(a->north_m, b->north_m, u);
                return;
        }
        velocity(a, &ae, &an);
        velocity(b, &be, &bn);
        *ret_east_m = a->east_m + h10 * h_s * ae + h01 * (b->east_m - a->east_m) + h11 * h_s * be;
        *ret_north_m = a->north_m + h10 * h_s * an + h01 * (b->north_m - a->north_m) + h11 * h_s * bn;
}

static void interpolate(const struct track *track, const struct track_point *a, const struct track_point *b,
                        int64_t boottime_ns, struct pose *pose)
{
        double h_s = seconds_between(a, b), tau_s = (double)(boottime_ns - a->boottime_ns) / (double)NS_PER_S;
        double u = tau_s / h_s, east_m, north_m;

        place_between(a, b, u, &east_m, &north_m);
        plane_to_geodetic(&track->plane, east_m, north_m, &pose->latitude_deg, &pose->longitude_deg);
        pose->extrapolated = false;
        pose->altitude_msl_m = between(a->fix.altitude_msl_m, b->fix.altitude_msl_m, u);
        pose->altitude_hae_m = between(a->fix.altitude_hae_m, b->fix.altitude_hae_m, u);
        pose->speed_mps = between(a->speed_mps, b->speed_mps, u);
        pose->course_deg = angle_at(a->course_deg, b->course_deg, u);
        pose->fix = u < 0.5 ? &a->fix : &b->fix;
        pose->reversing = u < 0.5 ? a->reversing : b->reversing;
        pose->heading_deg = a->reversing == b->reversing ? angle_at(a->heading_deg, b->heading_deg, u)
                                                         : (u < 0.5 ? a->heading_deg : b->heading_deg);
        pose->travelled_m = a->travelled_m + travel_within_m(a, b, tau_s);
        pose->accuracy_m = between(accuracy_m(&a->fix), accuracy_m(&b->fix), u);
}

static void extrapolate(const struct track *track, const struct track_point *from, bool rates_known,
                        int64_t boottime_ns, struct pose *pose)
{
        double tau_s = (double)(boottime_ns - from->boottime_ns) / (double)NS_PER_S;
        double speed_mps, turned_deg = rates_known ? track->yaw_rate_deg_per_s * fmin(tau_s, ACCELERATION_LASTS_S) : 0;
        double ahead_m = coast_m(from->speed_mps, rates_known ? track->acceleration_mps2 : 0, tau_s, &speed_mps);
        double mean_rad = ((isfinite(from->course_deg) ? from->course_deg : 0) + turned_deg / 2) * (M_PI / 180.0);
        double unsure_m = 0.5 * ACCELERATION_SIGMA_MPS2 * tau_s * tau_s;

        /* A chord of an arc: its direction is the mean course. */
        plane_to_geodetic(&track->plane, from->east_m + ahead_m * sin(mean_rad),
                          from->north_m + ahead_m * cos(mean_rad), &pose->latitude_deg, &pose->longitude_deg);
        pose->extrapolated = tau_s > 0;
        pose->altitude_msl_m = from->fix.altitude_msl_m;
        pose->altitude_hae_m = from->fix.altitude_hae_m;
        pose->speed_mps = speed_mps;
        pose->course_deg = isfinite(from->course_deg) ? angle_wrap_360(from->course_deg + turned_deg) : NAN;
        pose->heading_deg = isfinite(from->heading_deg) ? angle_wrap_360(from->heading_deg + turned_deg) : NAN;
        pose->reversing = from->reversing;
        pose->travelled_m = from->travelled_m + ahead_m;
        pose->accuracy_m = hypot(accuracy_m(&from->fix), unsure_m);
        pose->fix = &from->fix;
}

bool track_at(const struct track *track, int64_t boottime_ns, struct pose *ret_pose)
{
        for (unsigned i = track->count; i-- > 0;) {
                const struct track_point *from = track_point_at(track, i);
                bool is_last = i + 1 == track->count;

                if (from->boottime_ns > boottime_ns)
                        continue;
                if (!is_last && !track_point_at(track, i + 1)->after_hole) {
                        interpolate(track, from, track_point_at(track, i + 1), boottime_ns, ret_pose);
                        return true;
                }
                if (boottime_ns - from->boottime_ns > track->settings.horizon_ns)
                        return false;
                extrapolate(track, from, is_last, boottime_ns, ret_pose);
                return true;
        }
        return false;
}

/* First root of travel(tau) = distance on [0, limit_s], travel growing: bisection to the nanosecond. */
static double when_s(double (*travel)(const void *context, double tau_s), const void *context, double distance_m,
                     double limit_s)
{
        double low_s = 0, high_s = limit_s;

        for (int i = 0; i < 40; i++) {
                double middle_s = 0.5 * (low_s + high_s);

                if (travel(context, middle_s) < distance_m)
                        low_s = middle_s;
                else
                        high_s = middle_s;
        }
        return high_s;
}

struct span {
        const struct track *track;
        const struct track_point *a, *b;
};

static double span_travel_m(const void *context, double tau_s)
{
        const struct span *span = context;

        return travel_within_m(span->a, span->b, tau_s);
}

static double coast_travel_m(const void *context, double tau_s)
{
        const struct span *span = context;
        double speed_mps;

        return coast_m(span->a->speed_mps, span->track->acceleration_mps2, tau_s, &speed_mps);
}

static int64_t after(const struct track_point *point, double tau_s)
{
        return point->boottime_ns + (int64_t)llround(tau_s * (double)NS_PER_S);
}

bool track_crossing(const struct track *track, double travelled_m, int64_t *ret_boottime_ns)
{
        const struct track_point *last = track_last(track);
        double horizon_s = (double)track->settings.horizon_ns / (double)NS_PER_S;
        struct span span = {.track = track, .a = last};

        if (!last || travelled_m <= track_point_at(track, 0)->travelled_m)
                return false;
        if (travelled_m > last->travelled_m) {
                if (coast_travel_m(&span, horizon_s) < travelled_m - last->travelled_m)
                        return false;
                *ret_boottime_ns =
                        after(last, when_s(coast_travel_m, &span, travelled_m - last->travelled_m, horizon_s));
                return true;
        }
        for (unsigned i = track->count - 1; i > 0; i--) {
                span.a = track_point_at(track, i - 1);
                span.b = track_point_at(track, i);
                if (span.a->travelled_m >= travelled_m)
                        continue;
                if (span.b->after_hole)
                        return false;
                *ret_boottime_ns = after(span.a, when_s(span_travel_m, &span, travelled_m - span.a->travelled_m,
                                                        seconds_between(span.a, span.b)));
                return true;
        }
        return false;
}

bool track_crept(const struct track *track, double travelled_m)
{
        for (unsigned i = track->count; i-- > 1;)
                if (track_point_at(track, i - 1)->travelled_m < travelled_m &&
                    track_point_at(track, i)->travelled_m >= travelled_m)
                        return track_point_at(track, i)->crept;
        return false;
}

const struct track_point *track_motion_begin(const struct track *track)
{
        const struct track_point *begin = NULL;

        for (unsigned i = track->count; i-- > 0;) {
                begin = track_point_at(track, i);
                if (begin->speed_mps == 0 || begin->after_hole)
                        break;
        }
        return begin;
}
