/* SPDX-License-Identifier: MIT */
/* Frames and runs as text that other programs read, and copies of pictures. Blocking. Errors are negative errno; failed writes stay in
 * the stream's error flag, for the caller to ask once. A number that is not known is null in JSON, nothing in CSV. */
#pragma once

#include <stdint.h>
#include <stdio.h>

#include "storage/query.h"

enum export_format {
        EXPORT_JSON_LINES, /* one object a line */
        EXPORT_CSV,        /* RFC 4180 with a line of names, UTF-8 */
        EXPORT_GEOJSON,    /* RFC 7946: one FeatureCollection, the members of JSON as properties */
};

/* Called after each frame was written; NULL for none. Not 0: the export stops and returns that. */
typedef int (*export_frame_fn)(void *userdata, const struct query_frame *frame);

/* Writes all frames that are left, in their order. */
int export_frames(struct query_frames *frames, enum export_format format, FILE *stream, export_frame_fn each,
                  void *userdata, uint64_t *ret_count);

/* Writes all runs that are left. Of EXPORT_GEOJSON the geometry is the line through the frames of the run's first camera. */
int export_runs(struct index_db *index, struct query_runs *runs, enum export_format format, FILE *stream,
                uint64_t *ret_count);

/* One CSV field, quoted where it must be, behind a comma unless it is the first. NULL writes an empty one. For the columns of other
 * tables; the line's end is "\r\n". */
void export_csv_field(FILE *stream, bool first, const char *text);

/* Copies a picture from below root_fd to the same path below target_fd; its folders are made. bytes and sha256 are what the index says of
 * it (-1 and NULL: not known). The copy has its final name only when it is whole, right and on disk; one that is there already and
 * is the same is left. -EPERM: the path leads outside the root. -EBADMSG: it is not what the index says. */
int export_picture(int root_fd, int target_fd, const char *path, int64_t bytes, const char *sha256);
/* Once after all pictures: their names on disk too (syncfs). 0 or a negative errno. */
int export_pictures_sync(int target_fd);
