/* SPDX-License-Identifier: MIT */
/* The line that the van's antenna follows: straights and arcs, tangent to each other, by arc length. */
#pragma once

#include <stddef.h>

#include "tests/simulate/town.h"

struct path;

/* A corner of the way, and the speed allowed from it to the next. */
struct path_corner {
        struct town_point at;
        double limit_mps;
};

struct path_place {
        struct town_point at;
        double heading_rad;     /* clockwise from north, not wrapped */
        double curvature_per_m; /* > 0 to the right */
        double limit_mps;
};

/* Through at least two corners, each apart from the next, lane_m to the right of them, corners rounded. 0, -EINVAL (too few, or a
 * U-turn) or -ENOMEM. */
int path_create(const struct path_corner *corners, size_t count, double lane_m, struct path **ret_path);
void path_destroy(struct path *path); /* NULL allowed */
double path_length_m(const struct path *path);
/* Arc length at which the path passes corner i. */
double path_corner_m(const struct path *path, size_t i);
/* 0 <= along_m <= length; beyond is taken as the nearer end. */
void path_at(const struct path *path, double along_m, struct path_place *ret_place);
