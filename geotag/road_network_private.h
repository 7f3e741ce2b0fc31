/* SPDX-License-Identifier: MIT */
/* The arrays of a road network, shared by its builder and its look-ups only. Pure. */
#pragma once

#include "geotag/road_network.h"

/* The grid: cells of 0.001 degree either way (111 m by 79 m at latitude 45). Only cells that hold something are kept, sorted by
 * row and column, so a network of any extent fits, and a row of cells is one run of the array. */
#define GRID_CELLS_PER_DEG 1000
#define GRID_COLUMNS (360 * GRID_CELLS_PER_DEG)
#define ROAD_TEXT_NONE UINT32_MAX

struct grid_entry {
        int32_t row, column;
        uint32_t piece; /* its first point */
        uint32_t segment;
};

struct segment_record {
        int64_t id;
        double from_m, to_m;
        uint32_t source_id, street, road_class, commune; /* offsets into `texts`, or ROAD_TEXT_NONE */
        uint32_t first_point, point_count;
        uint32_t nodes[2];
        int32_t level;
        int32_t oneway;
};

struct id_entry {
        int64_t id;
        uint32_t index;
};

struct road_network {
        struct segment_record *segments;
        size_t segment_count;
        struct road_point *points;
        double *chainages_m; /* of each point, on its source line */
        size_t point_count;
        char *texts; /* each text once */
        size_t text_size;
        struct id_entry *ids; /* sorted by id */
        uint32_t *node_first; /* node n has node_segments[node_first[n]] to [node_first[n + 1] - 1] */
        uint32_t *node_segments;
        size_t node_count;
        struct grid_entry *entries; /* sorted by row, column, piece */
        size_t entry_count;
        char *version;
};

int32_t grid_row(double latitude_deg);
int32_t grid_column(double longitude_deg); /* 0 to GRID_COLUMNS - 1 */
