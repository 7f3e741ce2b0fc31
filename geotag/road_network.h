/* SPDX-License-Identifier: MIT */
/* The road network in memory: segments with their geometry, the graph of their ends, and a grid for look-up. Read-only once
 * finished, so it may be shared by threads. No I/O: storage hands the segments over one by one (storage/roads.h). Pure.
 *
 * A segment is a piece of a source line between two junctions. Chainage is the geodesic distance along the *source line* from
 * its first vertex, whichever way the van goes, so a segment covers chainage from_m to to_m of its source line. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ROAD_NONE UINT32_MAX
/* Two vertices of a segment that follow each other are at most this far apart in latitude and in longitude. */
#define ROAD_PIECE_MAX_DEG 2.0

enum road_oneway { ROAD_BOTH_WAYS = 0, ROAD_ALONG_ONLY = 1, ROAD_AGAINST_ONLY = -1 };

struct road_point {
        double latitude_deg, longitude_deg;
};

/* What importer, index and network pass to each other. Strings may be NULL: not known. */
struct road_segment {
        int64_t id;                      /* ours: primary key of the table `segments`, > 0 */
        const char *source_id;           /* the source's own id, never NULL */
        double from_m, to_m;             /* chainage of its ends on the source line */
        const char *street;              /* name of the street */
        const char *road_class;          /* the source's own word (OSM highway=, BD TOPO nature) */
        enum road_oneway oneway;         /* along or against the source line */
        int level;                       /* 0 ground, > 0 bridge, < 0 tunnel */
        const char *commune;             /* INSEE code or name */
        const struct road_point *points; /* in source line order */
        size_t point_count;              /* at least 2 */
};

/* May it be driven in that direction: 1 along the source line, -1 against it? */
bool road_segment_may_go(const struct road_segment *segment, int direction);

struct road_network;
struct road_builder;

/* Building: create, add each segment (copied), finish. Ends within 0.05 m of each other become one node. */
int road_builder_create(struct road_builder **ret_builder);
void road_builder_destroy(struct road_builder *builder); /* NULL allowed */
/* 0, -EINVAL (under two points, coordinates out of range or too far apart, to_m <= from_m, id <= 0) or -ENOMEM. */
int road_builder_add(struct road_builder *builder, const struct road_segment *segment);
/* Consumes the builder on success. version is copied: names the delivery of the map ("" when nothing is known). */
int road_builder_finish(struct road_builder *builder, const char *version, struct road_network **ret_network);
void road_network_destroy(struct road_network *network); /* NULL allowed */

size_t road_network_size(const struct road_network *network); /* segments */
const char *road_network_version(const struct road_network *network);
/* index 0 <= i < size; strings and points point into the network and live as long as it. */
void road_network_segment(const struct road_network *network, uint32_t index, struct road_segment *ret_segment);
/* Index of the segment with this id, or ROAD_NONE. */
uint32_t road_network_find(const struct road_network *network, int64_t id);

/* Node at the start (end = 0) or end (end = 1) of a segment; and the segments at a node: returns their count, at most max
 * are written. A segment that is a loop appears twice. */
uint32_t road_network_node(const struct road_network *network, uint32_t index, int end);
size_t road_network_at_node(const struct road_network *network, uint32_t node, uint32_t *segments, size_t max);

/* A place on a segment near a point. */
struct road_place {
        uint32_t index;     /* of the segment */
        double distance_m;  /* from the point, >= 0 */
        double offset_m;    /* lateral: > 0 when the point lies right of the line in source order */
        double chainage_m;  /* on the source line */
        double bearing_deg; /* of the line there, in source order, 0 <= b < 360 */
};

/* Places within radius_m (at most 1000) of a point, nearest first, one a segment: returns how many were written (<= max). */
size_t road_network_near(const struct road_network *network, double latitude_deg, double longitude_deg, double radius_m,
                         struct road_place *places, size_t max);
