/* SPDX-License-Identifier: MIT */
/* Where the van was, is and will shortly be: between the fixes it kept, and a little after the last. Pure, no allocation.
 * Instants are CLOCK_BOOTTIME, ns. Positions are the antenna's. Distance travelled never decreases. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "geotag/fix.h"
#include "geotag/geodesy.h"

#define TRACK_POINTS 64
#define TRACK_HELD_MAX (TRACK_POINTS / 2)

struct track_settings {
        double standstill_speed_mps; /* a Doppler speed under this is no travel */
        int64_t horizon_ns;          /* how long after the last fix an extrapolation is given */
};

enum track_verdict {
        TRACK_TAKEN,
        TRACK_NO_POSITION,   /* mode under 2, or no time or position */
        TRACK_NOT_ADVANCING, /* its time is not after the last fix's */
        TRACK_FROZEN, /* the very position of the fix before, at a speed that moves it: the receiver repeats itself */
        TRACK_JUMP,   /* the position is not reachable at the speed given; held back */
        TRACK_RESTARTED, /* taken, but what lies before it is no guide: first fix, or after jumps that agree */
};

struct track_point {
        int64_t boottime_ns;
        struct fix fix;
        double east_m, north_m; /* on the track's plane */
        double speed_mps;       /* over ground, >= 0; 0 at standstill */
        double course_deg;      /* over ground; held from before when slow; NAN until known */
        double heading_deg;     /* of the nose; NAN until known */
        bool reversing;
        double travelled_m;
        bool after_hole; /* no guide between it and the point before */
        bool crept;      /* after_hole, since the van got here too slowly to be told from one that stands */
};

struct track {
        struct track_settings settings;
        struct plane plane;
        struct track_point points[TRACK_POINTS]; /* ring */
        unsigned first, count;
        double acceleration_mps2;   /* at the last point, along the course */
        double yaw_rate_deg_per_s;  /* at the last point */
        struct track_point suspect; /* the last jump held back; what follows is compared with it */
        unsigned suspect_count;
        unsigned
                held; /* newest points with a speed that may be an outlier of a parked receiver: 0 until what follows agrees */
        bool heading_sure; /* the heading is that of a van that went ahead, not of one that may have backed out */
        double ahead_m;    /* travelled since the heading was taken from the course */
        struct {
                int64_t begin_boottime_ns;
                double east_m, north_m;                 /* where the van came to stand */
                double doppler_east_m, doppler_north_m; /* moved since then, by speed and course */
        } creep;
};

void track_init(struct track *track, const struct track_settings *settings);
enum track_verdict track_add(struct track *track, const struct fix *fix, int64_t boottime_ns);
const struct track_point *track_last(const struct track *track); /* NULL when empty */

struct pose {
        bool extrapolated;
        double latitude_deg, longitude_deg;
        double altitude_msl_m, altitude_hae_m;     /* NAN unknown */
        double speed_mps, course_deg, heading_deg; /* angles NAN until known */
        bool reversing;
        double travelled_m;
        double accuracy_m;     /* horizontal; grows with extrapolation; NAN unknown */
        const struct fix *fix; /* the fix nearest in time */
};

/* False when t is before the first point kept, in a hole, or past the horizon. */
bool track_at(const struct track *track, int64_t boottime_ns, struct pose *ret_pose);
/* Where the motion began that the last point is part of: the last stand before it, or the begin of what is kept. NULL when empty. */
const struct track_point *track_motion_begin(const struct track *track);
/* Was that distance reached while the van crept (track_point.crept)? */
bool track_crept(const struct track *track, double travelled_m);
/* First instant at which the distance travelled reaches travelled_m; false when it lies before the points kept, in a hole, or the
 * van is not predicted to get there within the horizon. */
bool track_crossing(const struct track *track, double travelled_m, int64_t *ret_boottime_ns);
