/* SPDX-License-Identifier: MIT */
/* The source lines of a road map, in memory, and their cutting into segments at junctions. Pure. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "cli/roads_rules.h"
#include "geotag/road_network.h"

/* Vertices within this of each other are one place; a line or piece that is no longer is none. */
#define ROADS_SAME_PLACE_M 0.05

struct roads_lines;

int roads_lines_create(struct roads_lines **ret_lines);
void roads_lines_destroy(struct roads_lines *lines); /* NULL allowed */

/* Adds a line with its attributes (copied; source_id set). Lines of the same source_id are parts of one source line: chainage goes
 * on from one to the next. 0, -ENOMEM, -ERANGE (a vertex that is not on Earth), -EDOM (vertices over ROAD_PIECE_MAX_DEG apart) or
 * -ENODATA (no length). */
int roads_lines_add(struct roads_lines *lines, const struct roads_attributes *attributes,
                    const struct road_point *points, size_t count);
size_t roads_lines_count(const struct roads_lines *lines);

/* Cuts every line where it shares a vertex with another, or with itself, and hands the pieces over in order; the strings and points
 * live as long as the lines; id is 0. Stops at the first error of the callback and returns it. 0, -ENOMEM. */
typedef int (*roads_segment_fn)(void *userdata, const struct road_segment *segment);
int roads_lines_split(const struct roads_lines *lines, roads_segment_fn segment_fn, void *userdata);
