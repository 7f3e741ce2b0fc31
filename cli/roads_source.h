/* SPDX-License-Identifier: MIT */
/* A road map file of any format that GDAL reads, feature by feature, in WGS 84. Blocking. Not thread-safe. */
#pragma once

#include <stddef.h>

#include "base/text.h"
#include "cli/roads_rules.h"

struct roads_source;

enum roads_shape {
        ROADS_LINES, /* parts holds at least one line */
        ROADS_NO_GEOMETRY,
        ROADS_OTHER_SHAPE, /* a point, an area */
        ROADS_BROKEN,      /* unreadable, or a vertex that cannot be brought to WGS 84 */
};

/* All of it lives until the next call on the source. */
struct roads_feature {
        struct roads_values values;
        char number[32]; /* the feature's number in its layer */
        enum roads_shape shape;
        const struct road_point *points; /* of all parts, one part after the other */
        const size_t *part_sizes;        /* points of each part */
        size_t part_count;
};

/* layer NULL: the one that holds roads. 0, or a negative errno with the problem, for people, added to ret_problem. */
int roads_source_open(const char *path, const char *layer, struct roads_source **ret_source, struct text *ret_problem);
void roads_source_close(struct roads_source *source); /* NULL allowed */

/* 1: a feature; 0: no more; or a negative errno with the problem: what was read so far is not the whole file. */
int roads_source_next(struct roads_source *source, struct roads_feature *ret_feature, struct text *ret_problem);
/* How much has been read, 0 to 1; below 0 when not known. */
double roads_source_progress(const struct roads_source *source);
