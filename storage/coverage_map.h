/* SPDX-License-Identifier: MIT */
/* Which stretches of the source lines are covered, per direction of travel, and why the others are not. Pure, but for memory.
 * A line that comes in parts which do not touch is looked at part by part: segments are of one part when they follow each other in
 * chainage and share the node there.
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

/* A frame that is good enough: covers reach_m along its part of the source line to both sides, and beyond junctions where the way goes straight on into
 * another line. segment: its id, which says the part; where the network lacks it by now (or 0), the part nearest in chainage. recent: it
 * counts for the worklist too. What is on no line of the network is ignored. 0 or -ENOMEM. */
int coverage_map_add_frame(struct coverage_map *map, const char *source_id, int64_t segment, int direction,
                           double chainage_m, double reach_m, int64_t captured_utc_ns, int recent);
/* A stretch that was driven without such a frame, and why. reason is copied. from_m and to_m in any order. */
int coverage_map_add_gap(struct coverage_map *map, const char *source_id, int64_t segment, int direction, double from_m,
                         double to_m, const char *reason);
/* Once, after all frames and gaps, before what follows. */
void coverage_map_settle(struct coverage_map *map);

/* ---- answers; segment is an index of the network ---- */

int64_t coverage_map_last_seen(const struct coverage_map *map, uint32_t segment, int direction); /* INT64_MIN: never */
/* What is covered of its part: by any frame, or by recent ones only. Merged. */
const struct interval_set *coverage_map_covered(const struct coverage_map *map, uint32_t segment, int direction,
                                                int recent);
/* Why a stretch of the segment's part is not covered: the reason of the largest part, "never driven" when that is larger. Lives as long as map. */
const char *coverage_map_reason(const struct coverage_map *map, uint32_t segment, int direction, double from_m,
                                double to_m);
/* Number of the part that a segment is of, in the order of source lines, then chainage. */
uint32_t coverage_map_part(const struct coverage_map *map, uint32_t segment);
