/* SPDX-License-Identifier: MIT */
/* The parts of source lines: segments that follow each other in chainage and share the node there. Most lines are of one part; others come
 * in pieces that do not touch, or share their id with another feature. For storage/coverage_map.c. Pure, but for memory. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "geotag/road_network.h"

/* Two ends that are that near in chainage follow each other. */
#define COVERAGE_TOUCHING_M 0.05

struct coverage_part {
        size_t first, count; /* its segments in the order */
        double from_m, to_m; /* chainage of its ends */
        double longest_m;    /* of its segments */
};

struct coverage_parts {
        const struct road_network *network;
        uint32_t *order; /* segments by source line, part, then chainage */
        struct coverage_part *items;
        size_t count;
        uint32_t *of; /* number of the part of a segment */
};

/* Of all segments of the network, which must outlive it. 0 or -ENOMEM. */
int coverage_parts_init(struct coverage_parts *parts, const struct road_network *network);
/* All zero allowed. */
void coverage_parts_finish(struct coverage_parts *parts);

/* Number of the part that the segment of this id is of; where the network lacks it by now, of the line's part that is nearest in chainage.
 * ROAD_NONE: there is no such line. */
uint32_t coverage_parts_find(const struct coverage_parts *parts, const char *source_id, int64_t segment,
                             double chainage_m);
/* Place in the order of the first segment of a part that may reach to from_m; one behind the last one when none does. */
size_t coverage_parts_first_reaching(const struct coverage_parts *parts, const struct coverage_part *part,
                                     double from_m);
