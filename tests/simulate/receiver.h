/* SPDX-License-Identifier: MIT */
/* A model of a GNSS receiver in the van. The same settings and drive give the same epochs. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "tests/simulate/random.h"
#include "tests/simulate/van.h"

/* While the drive is between these the receiver says nothing. */
struct receiver_silence {
        double from_s, to_s;
};

struct receiver_settings {
        uint64_t seed;
        int rate_hz;             /* 1, 2, 4, 5 or 10 */
        double position_sigma_m; /* each of east and north; wanders (Gauss-Markov) with the time below */
        double position_time_s;
        double altitude_sigma_m;                 /* the same */
        double speed_sigma_mps;                  /* Doppler, each component of velocity; white */
        double course_hold_mps;                  /* under this speed the course last known is held */
        double latency_s;                        /* epoch to first byte, at its smallest */
        double jitter_s;                         /* mean of what comes on top */
        const struct receiver_silence *silences; /* NULL or zeros after the last; outlives the receiver */
};

/* What the simulator uses unless told otherwise: a good receiver under open sky, 1 Hz. */
void receiver_defaults(struct receiver_settings *ret_settings);

struct epoch {
        int64_t utc_ns;
        int64_t first_byte_utc_ns;
        double latitude_deg, longitude_deg;
        double altitude_msl_m, geoid_separation_m;
        double speed_mps;
        double course_deg; /* NAN until the van first moved */
        double sigma_m;    /* what it thinks of its own position: 1 sigma of each axis */
        int satellites;
        double pdop, hdop, vdop;
};

struct receiver {
        struct receiver_settings settings;
        const struct van *van;
        int64_t start_utc_ns, end_drive_ns;
        int64_t number; /* of the next epoch */
        struct random random;
        double error_east_m, error_north_m, error_up_m;
        double course_deg;
};

/* start_utc_ns is a whole second; the epochs go to end_drive_ns. van outlives the receiver. */
void receiver_init(struct receiver *receiver, const struct receiver_settings *settings, const struct van *van,
                   int64_t start_utc_ns, int64_t end_drive_ns);
/* The next epoch; false after the last. */
bool receiver_next(struct receiver *receiver, struct epoch *ret_epoch);
