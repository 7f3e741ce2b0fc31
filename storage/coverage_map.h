/* SPDX-License-Identifier: MIT */
/* Which stretches of the source lines are covered, per direction of travel, and why the others are not. Pure, but for memory.
 *
 * A direction is 1 along the source line and -1 against it. Chainage as in geotag/road_network.h. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "geotag/road_network.h"
#include "storage/interval_set.h"

/* A turn of less than that goes straight on. */
#define COVERAGE_STRAIGHT_DEG 45.0

struct coverage_map;

/* network must outlive it. 0 or -ENOMEM. */
int coverage_map_create(const struct road_network *network, struct coverage_map **ret_map);
void coverage_map_destroy(struct coverage_map *map); /* NULL allowed */

/* A frame that is good enough: covers reach_m along its source line to both sides, and beyond junctions where the way goes straight on into
 * another line. recent: it counts for the worklist too. What is on no line of the network is ignored. 0 or -ENOMEM. */
int coverage_map_add_frame(struct coverage_map *map, const char *source_id, int direction, double chainage_m,
                           double reach_m, int64_t captured_utc_ns, int recent);
/* A stretch that was driven without such a frame, and why. reason is copied. from_m and to_m in any order. */
int coverage_map_add_gap(struct coverage_map *map, const char *source_id, int direction, double from_m, double to_m,
                         const char *reason);
/* Once, after all frames and gaps, before what follows. */
void coverage_map_settle(struct coverage_map *map);

/* ---- answers; segment is an index of the network ---- */

int64_t coverage_map_last_seen(const struct coverage_map *map, uint32_t segment, int direction); /* INT64_MIN: never */
/* What is covered of a line: by any frame, or by recent ones only. Merged. */
const struct interval_set *coverage_map_covered(const struct coverage_map *map, uint32_t segment, int direction,
                                                int recent);
/* Why a stretch of the segment's line is not covered: the reason of the largest part, "never driven" when that is larger. Lives as long as map. */
const char *coverage_map_reason(const struct coverage_map *map, uint32_t segment, int direction, double from_m,
                                double to_m);
/* Number of the source line of a segment: segments of one line share it. */
uint32_t coverage_map_line(const struct coverage_map *map, uint32_t segment);
