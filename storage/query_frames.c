/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "storage/gpkg_geometry.h"
#include "storage/index_private.h"
#include "storage/query_private.h"

/* Without a street or a place to start from, the frames come run by run, in the order of their own index: sorting millions of rows would
 * take memory. With one, few rows are sorted. */
struct query_frames {
        struct index_db *index;
        sqlite3_stmt *runs; /* NULL: the frames are one statement's */
        sqlite3_stmt *statement;
        bool in_run; /* the statement has rows of this run to give */
};

#define FRAME_COLUMNS                                                                                                         \
        "f.run, f.camera, f.sequence, f.captured_at, f.geom, f.altitude_m, f.speed_mps, f.course_deg, f.image_direction_deg," \
        " f.accuracy_m, f.position_source, f.street, f.segment, f.source_id, f.chainage_m, f.direction, f.match_confidence,"  \
        " f.path, f.bytes, f.sha256, f.upload_state, f.sharpness, f.brightness, f.clipped_share, f.quality"

static int prepare_sorted(struct query_frames *frames, const struct query_filter *filter)
{
        struct text sql = {0};
        int r;

        text_add(&sql, "SELECT " FRAME_COLUMNS " FROM frames f JOIN runs r ON r.name = f.run WHERE 1");
        query_add_conditions(&sql, filter);
        text_add(&sql, " ORDER BY r.start_at, r.name, f.camera, f.sequence");
        r = query_prepare(frames->index, sql.data, filter, &frames->statement);
        text_finish(&sql);
        return r;
}

static bool asks_for_time(const struct query_filter *filter)
{
        return filter->since_utc_ns != INT64_MIN || filter->until_utc_ns != INT64_MAX;
}

static int prepare_by_run(struct query_frames *frames, const struct query_filter *filter)
{
        struct query_filter of_run = *filter;
        struct text sql = {0};
        int r;

        text_add(&sql, "SELECT r.name FROM runs r WHERE 1");
        if (filter->run)
                text_add(&sql, " AND r.name = :run");
        if (asks_for_time(filter)) {
                text_add(&sql, " AND r.name IN (SELECT f.run FROM frames f WHERE 1");
                query_add_conditions(&sql, filter);
                text_add(&sql, ")");
        }
        text_add(&sql, " ORDER BY r.start_at, r.name");
        r = query_prepare(frames->index, sql.data, filter, &frames->runs);
        text_clear(&sql);
        if (r == 0) {
                of_run.run = "";
                text_add(&sql, "SELECT " FRAME_COLUMNS " FROM frames f WHERE 1");
                query_add_conditions(&sql, &of_run);
                text_add(&sql, " ORDER BY f.camera, f.sequence");
                r = query_prepare(frames->index, sql.data, &of_run, &frames->statement);
        }
        text_finish(&sql);
        return r;
}

int query_frames_open(struct index_db *index, const struct query_filter *filter, struct query_frames **ret_frames)
{
        struct query_frames *frames = calloc(1, sizeof(*frames));
        int r;

        if (!frames)
                return -ENOMEM;
        frames->index = index;
        if (filter->streets || filter->segment || filter->has_bbox)
                r = prepare_sorted(frames, filter);
        else
                r = prepare_by_run(frames, filter);
        if (r < 0) {
                query_frames_close(frames);
                return r;
        }
        *ret_frames = frames;
        return 0;
}

static void read_position(sqlite3_stmt *statement, struct query_frame *frame)
{
        const void *blob = sqlite3_column_blob(statement, 4);
        size_t size = (size_t)sqlite3_column_bytes(statement, 4);

        frame->latitude_deg = frame->longitude_deg = NAN;
        if (blob)
                gpkg_decode_point(blob, size, &frame->latitude_deg, &frame->longitude_deg);
}

static void read_frame(sqlite3_stmt *statement, struct query_frame *frame)
{
        *frame = (struct query_frame){
                .run = column_name(statement, 0),
                .camera = column_name(statement, 1),
                .sequence = column_integer(statement, 2, 0),
                .captured_at = column_name(statement, 3),
                .altitude_m = column_number(statement, 5),
                .speed_mps = column_number(statement, 6),
                .course_deg = column_number(statement, 7),
                .image_direction_deg = column_number(statement, 8),
                .accuracy_m = column_number(statement, 9),
                .position_source = column_text(statement, 10),
                .street = column_text(statement, 11),
                .segment = column_integer(statement, 12, 0),
                .source_id = column_text(statement, 13),
                .chainage_m = column_number(statement, 14),
                .direction = (int)column_integer(statement, 15, 0),
                .match_confidence = column_number(statement, 16),
                .path = column_name(statement, 17),
                .bytes = column_integer(statement, 18, -1),
                .sha256 = column_text(statement, 19),
                .upload_state = column_text(statement, 20),
                .sharpness = column_number(statement, 21),
                .brightness = column_number(statement, 22),
                .clipped_share = column_number(statement, 23),
                .quality = column_text(statement, 24),
        };
        read_position(statement, frame);
}

/* Lets the statement begin with the next run. 1, or 0 when there is none. */
static int next_run(struct query_frames *frames)
{
        int r = index_step(frames->index, frames->runs);

        if (r < 1)
                return r;
        sqlite3_reset(frames->statement);
        if (query_bind(frames->statement, ":run", column_name(frames->runs, 0), NAN, 0) != SQLITE_OK)
                return index_read_failure(frames->index, "cannot be asked");
        frames->in_run = true;
        return 1;
}

int query_frames_next(struct query_frames *frames, struct query_frame *ret_frame)
{
        for (;;) {
                int r = frames->runs && !frames->in_run ? 0 : index_step(frames->index, frames->statement);

                if (r == 1)
                        read_frame(frames->statement, ret_frame);
                if (r != 0 || !frames->runs)
                        return r;
                frames->in_run = false;
                r = next_run(frames);
                if (r < 1)
                        return r;
        }
}

void query_frames_close(struct query_frames *frames)
{
        if (!frames)
                return;
        sqlite3_finalize(frames->statement);
        sqlite3_finalize(frames->runs);
        free(frames);
}
