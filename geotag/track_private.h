/* SPDX-License-Identifier: MIT */
/* What track.c (fixes in) and track_pose.c (questions) share; for these two only. Pure. */
#pragma once

#include <math.h>

#include "base/clock.h"
#include "geotag/track.h"

/* Up to this interval the velocities at both ends shape the path; beyond it a straight line does no worse. */
#define HERMITE_S 2.5

static inline const struct track_point *track_point_at(const struct track *track, unsigned i)
{
        return &track->points[(track->first + i) % TRACK_POINTS];
}

static inline double seconds_between(const struct track_point *a, const struct track_point *b)
{
        return (double)(b->boottime_ns - a->boottime_ns) / (double)NS_PER_S;
}

static inline double chord_m(const struct track_point *a, const struct track_point *b)
{
        return hypot(b->east_m - a->east_m, b->north_m - a->north_m);
}
