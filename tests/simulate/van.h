/* SPDX-License-Identifier: MIT */
/* How the van goes along its path: where it is at any instant, exactly. Instants are nanoseconds of the drive, from 0. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "tests/simulate/path.h"

#define VAN_ACCELERATION_MPS2 1.4
#define VAN_BRAKING_MPS2 2.2
#define VAN_LATERAL_MPS2 2.0

struct van_stop {
        double along_m;
        double wait_s;
};

struct van_state {
        struct town_point at;
        double altitude_msl_m;
        double speed_mps;
        double acceleration_mps2; /* along the path */
        double course_deg;        /* 0 <= c < 360; the nose's when it stands */
        double travelled_m;
};

struct van;

/* Starts and ends parked: stops holds at least the waits at both ends. The path must outlive the van. 0 or -ENOMEM. */
int van_create(const struct path *path, const struct van_stop *stops, size_t stop_count, struct van **ret_van);
void van_destroy(struct van *van); /* NULL allowed */
int64_t van_duration_ns(const struct van *van);
/* Before the drive and after it the van is parked at its ends. */
void van_at(const struct van *van, int64_t drive_ns, struct van_state *ret_state);
