/* SPDX-License-Identifier: MIT */
/* A fix: what gpsd said of one epoch (TPV, with the dilution of precision of the SKY report before it). Plain data, pure.
 *
 * A field is known when its bit is set in `valid`; it is then finite and in the range given here. Otherwise it is NAN (0 for
 * integers) and must not be read. Units and meaning follow gpsd_json(5), class TPV. */
#pragma once

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

/* 2100-01-01. No time is believed beyond it, nor that far from its origin on any clock: sums and differences of two then fit int64. */
#define TIME_MAX_NS (INT64_C(4102444800) * INT64_C(1000000000))

enum fix_field {
        FIX_TIME = 1 << 0,         /* utc_ns */
        FIX_POSITION = 1 << 1,     /* latitude_deg, longitude_deg */
        FIX_ALTITUDE_HAE = 1 << 2, /* altitude_hae_m */
        FIX_ALTITUDE_MSL = 1 << 3, /* altitude_msl_m */
        FIX_SPEED = 1 << 4,        /* speed_mps */
        FIX_COURSE = 1 << 5,       /* course_deg */
        FIX_EPH = 1 << 6,          /* eph_m */
        FIX_EPV = 1 << 7,          /* epv_m */
        FIX_EPS = 1 << 8,          /* eps_mps */
        FIX_HDOP = 1 << 9,         /* hdop */
        FIX_SATELLITES = 1 << 10,  /* satellites_used */
};

struct fix {
        unsigned valid;        /* enum fix_field, or-ed */
        int mode;              /* 0 unknown, 1 no fix, 2 2D, 3 3D */
        int status;            /* gpsd's: 0 unknown, 1 GPS, 2 DGPS, 3 RTK fixed, 4 RTK float, 5 dead reckoning, ... */
        int64_t utc_ns;        /* the epoch, UTC */
        double latitude_deg;   /* -90 to 90, WGS 84 */
        double longitude_deg;  /* -180 to 180 */
        double altitude_hae_m; /* above the ellipsoid */
        double altitude_msl_m; /* above mean sea level */
        double speed_mps;      /* speed over ground, 0 to 100 */
        double course_deg;     /* course over ground from true north, 0 <= c < 360 */
        double eph_m, epv_m;   /* estimated horizontal, vertical error */
        double eps_mps;        /* estimated speed error */
        double hdop;           /* horizontal dilution of precision, > 0 */
        int satellites_used;
};

static inline bool fix_has(const struct fix *fix, unsigned fields)
{
        return (fix->valid & fields) == fields;
}
