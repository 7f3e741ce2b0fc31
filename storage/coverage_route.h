/* SPDX-License-Identifier: MIT */
/* The shortest way along streets from one place to another: where a van was between the ends of a gap. Pure, but for memory. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "geotag/road_network.h"

/* Part of a segment, in a direction of travel; from_m and to_m are chainages in the order driven. */
struct coverage_step {
        uint32_t segment;
        int direction;
        double from_m, to_m;
};

/* From a chainage of a segment, driven in that direction, to a chainage of another, driven in either, respecting one-way streets and
 * without turning back, in at most limit_m. Writes the steps from the last to the first: returns how many, 0 when there is no such way or it
 * has more than max steps, or -ENOMEM. */
int coverage_route(const struct road_network *network, uint32_t from, int direction, double from_m, uint32_t to,
                   double to_m, double limit_m, struct coverage_step *ret_steps, size_t max);
