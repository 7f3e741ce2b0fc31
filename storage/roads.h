/* SPDX-License-Identifier: MIT */
/* The table `segments` and the road network made of it. Blocking. Errors as in storage/index.h. */
#pragma once

#include "geotag/road_network.h"
#include "storage/index.h"

struct roads_import;

/* Replaces the network in one transaction: begin, add each, then finish or abort. Ids are assigned on adding: a piece
 * that had the same source_id and chainage before keeps its id. version names the delivery; source is the file's name,
 * for people. */
int roads_import_begin(struct index_db *index, const char *version, const char *source,
                       struct roads_import **ret_import);
/* segment->id is ignored; all is copied. -EINVAL, and the import goes on without it: no source_id, under two points, coordinates or chainage
 * out of range. After another error only roads_import_abort is left. */
int roads_import_add(struct roads_import *import, const struct road_segment *segment);
int roads_import_finish(struct roads_import *import); /* frees; commits; when it fails, all is as before */
void roads_import_abort(struct roads_import *import); /* frees; rolls back; NULL allowed */

/* How the frames of the index stand to its network: those that name a segment which it lacks, as after the import of another map, and
 * those without a street. */
struct roads_frames {
        int64_t all, gone, without;
};
int roads_count_frames(struct index_db *index, struct roads_frames *ret_frames);

/* Reads the whole network into memory; the caller destroys it with road_network_destroy. A row that is no street is logged and left out.
 * *ret_network is NULL, with 0 returned, when there are no segments. */
int roads_load(struct index_db *index, struct road_network **ret_network);
