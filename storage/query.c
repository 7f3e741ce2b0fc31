/* SPDX-License-Identifier: MIT */
#include "storage/query.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/parse.h"
#include "base/text.h"
#include "base/utc.h"
#include "config/edit_distance.h"
#include "storage/gpkg_geometry.h"
#include "storage/index_private.h"

/* ---- filters ---- */

void query_filter_init(struct query_filter *filter)
{
        *filter = (struct query_filter){.since_utc_ns = INT64_MIN, .until_utc_ns = INT64_MAX};
}

static bool is_in_range(const struct query_bbox *bbox)
{
        return bbox->west >= -180 && bbox->east <= 180 && bbox->south >= -90 && bbox->north <= 90 &&
               bbox->west < bbox->east && bbox->south < bbox->north;
}

int query_bbox_parse(const char *text, struct query_bbox *ret_bbox)
{
        struct query_bbox bbox;
        double *const sides[] = {&bbox.west, &bbox.south, &bbox.east, &bbox.north};
        char number[32];

        for (unsigned i = 0; i < 4; i++) {
                size_t length = strcspn(text, ",");
                char wanted = i < 3 ? ',' : '\0';

                if (length >= sizeof(number) || text[length] != wanted)
                        return -EINVAL;
                memcpy(number, text, length);
                number[length] = '\0';
                if (parse_double(number, sides[i]) < 0)
                        return -EINVAL;
                text += length + (wanted != '\0');
        }
        if (!is_in_range(&bbox))
                return -EINVAL;
        *ret_bbox = bbox;
        return 0;
}

bool query_path_is_safe(const char *path)
{
        if (path[0] == '/' || path[0] == '\0')
                return false;
        for (;;) {
                size_t length = strcspn(path, "/");

                if (length == 2 && path[0] == '.' && path[1] == '.')
                        return false;
                if (path[length] == '\0')
                        return true;
                path += length + 1;
        }
}

static bool asks_for_time(const struct query_filter *filter)
{
        return filter->since_utc_ns != INT64_MIN || filter->until_utc_ns != INT64_MAX;
}

/* The conditions on frames f. Only those that are asked for, so that SQLite finds the index that serves them. */
static void add_frame_conditions(struct text *sql, const struct query_filter *filter)
{
        if (filter->run)
                text_add(sql, " AND f.run = :run");
        if (filter->camera)
                text_add(sql, " AND f.camera = :camera");
        if (filter->streets)
                text_add(sql, " AND f.street IN (SELECT value FROM json_each(:streets))");
        if (filter->segment)
                text_add(sql, " AND f.segment = :segment");
        if (filter->since_utc_ns != INT64_MIN)
                text_add(sql, " AND f.captured_at >= :since");
        if (filter->until_utc_ns != INT64_MAX)
                text_add(sql, " AND f.captured_at <= :until");
        /* The R*Tree keeps rounded bounds: it finds the candidates, the point itself decides. */
        if (filter->has_bbox)
                text_add(sql,
                         " AND f.fid IN (SELECT id FROM rtree_frames_geom WHERE maxx >= :west AND minx <= :east"
                         " AND maxy >= :south AND miny <= :north)"
                         " AND ST_MinX(f.geom) BETWEEN :west AND :east AND ST_MinY(f.geom) BETWEEN :south AND :north");
}

/* Binds where the statement has such a parameter. Bindings fail for want of memory only: the query is then not run. */
static int bind_if(sqlite3_stmt *statement, const char *name, const char *text, double number, int64_t integer)
{
        int place = sqlite3_bind_parameter_index(statement, name);

        if (place == 0)
                return SQLITE_OK;
        if (text)
                return sqlite3_bind_text(statement, place, text, -1, SQLITE_TRANSIENT);
        if (isfinite(number))
                return sqlite3_bind_double(statement, place, number);
        return sqlite3_bind_int64(statement, place, integer);
}

static int bind_streets(sqlite3_stmt *statement, const struct query_filter *filter)
{
        struct text list = {0};
        struct json_out json;
        int rc;

        if (!filter->streets)
                return SQLITE_OK;
        json_out_begin(&json, &list);
        json_out_array_begin(&json, NULL);
        for (size_t i = 0; i < filter->street_count; i++)
                json_out_string(&json, NULL, filter->streets[i]);
        json_out_array_end(&json);
        rc = bind_if(statement, ":streets", list.data, NAN, 0);
        text_finish(&list);
        return rc;
}

/* The index has whole milliseconds: an instant between two of them begins with the later one. */
static const char *since_text(int64_t since_utc_ns, char text[static UTC_TEXT_SIZE])
{
        int64_t since = since_utc_ns > 0 ? since_utc_ns : 0;

        return utc_format_ms(since + (NS_PER_MS - 1), text);
}

static int bind_filter(sqlite3_stmt *statement, const struct query_filter *filter)
{
        char since[UTC_TEXT_SIZE], until[UTC_TEXT_SIZE];
        int rc = bind_streets(statement, filter);

        if (rc == SQLITE_OK && filter->run)
                rc = bind_if(statement, ":run", filter->run, NAN, 0);
        if (rc == SQLITE_OK && filter->camera)
                rc = bind_if(statement, ":camera", filter->camera, NAN, 0);
        if (rc == SQLITE_OK)
                rc = bind_if(statement, ":segment", NULL, NAN, filter->segment);
        if (rc == SQLITE_OK && filter->since_utc_ns != INT64_MIN)
                rc = bind_if(statement, ":since", since_text(filter->since_utc_ns, since), NAN, 0);
        if (rc == SQLITE_OK && filter->until_utc_ns != INT64_MAX)
                rc = bind_if(statement, ":until", utc_format_ms(filter->until_utc_ns, until), NAN, 0);
        if (rc == SQLITE_OK && filter->has_bbox) {
                rc = bind_if(statement, ":west", NULL, filter->bbox.west, 0);
                rc = rc == SQLITE_OK ? bind_if(statement, ":east", NULL, filter->bbox.east, 0) : rc;
                rc = rc == SQLITE_OK ? bind_if(statement, ":south", NULL, filter->bbox.south, 0) : rc;
                rc = rc == SQLITE_OK ? bind_if(statement, ":north", NULL, filter->bbox.north, 0) : rc;
        }
        return rc;
}

/* ---- statements ---- */

static int prepare_filtered(struct index_db *index, const char *sql, const struct query_filter *filter,
                            sqlite3_stmt **ret_statement)
{
        sqlite3_stmt *statement;
        int r = index_prepare(index, sql, &statement);

        if (r < 0)
                return r;
        if (bind_filter(statement, filter) != SQLITE_OK) {
                r = index_read_failure(index, "cannot be asked");
                sqlite3_finalize(statement);
                return r;
        }
        *ret_statement = statement;
        return 0;
}

/* ---- frames ---- */

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
        " f.path, f.bytes, f.sha256, f.upload_state"

static int prepare_sorted(struct query_frames *frames, const struct query_filter *filter)
{
        struct text sql = {0};
        int r;

        text_add(&sql, "SELECT " FRAME_COLUMNS " FROM frames f JOIN runs r ON r.name = f.run WHERE 1");
        add_frame_conditions(&sql, filter);
        text_add(&sql, " ORDER BY r.start_at, r.name, f.camera, f.sequence");
        r = prepare_filtered(frames->index, sql.data, filter, &frames->statement);
        text_finish(&sql);
        return r;
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
                add_frame_conditions(&sql, filter);
                text_add(&sql, ")");
        }
        text_add(&sql, " ORDER BY r.start_at, r.name");
        r = prepare_filtered(frames->index, sql.data, filter, &frames->runs);
        text_clear(&sql);
        if (r == 0) {
                of_run.run = "";
                text_add(&sql, "SELECT " FRAME_COLUMNS " FROM frames f WHERE 1");
                add_frame_conditions(&sql, &of_run);
                text_add(&sql, " ORDER BY f.camera, f.sequence");
                r = prepare_filtered(frames->index, sql.data, &of_run, &frames->statement);
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
        if (bind_if(frames->statement, ":run", column_name(frames->runs, 0), NAN, 0) != SQLITE_OK)
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

/* ---- runs ---- */

struct query_runs {
        struct index_db *index;
        sqlite3_stmt *statement;
};

/* Does the filter ask for something that only a frame has? */
static bool asks_for_frames(const struct query_filter *filter)
{
        return filter->camera || filter->streets || filter->segment || filter->has_bbox;
}

static void add_run_conditions(struct text *sql, const struct query_filter *filter)
{
        if (asks_for_frames(filter)) {
                text_add(sql, " AND EXISTS (SELECT 1 FROM frames f WHERE f.run = r.name");
                add_frame_conditions(sql, filter);
                text_add(sql, ")");
                return;
        }
        if (filter->run)
                text_add(sql, " AND r.name = :run");
        if (filter->since_utc_ns != INT64_MIN)
                text_add(sql, " AND (r.end_at >= :since OR r.end_at IS NULL)");
        if (filter->until_utc_ns != INT64_MAX)
                text_add(sql, " AND r.start_at <= :until");
}

int query_runs_open(struct index_db *index, const struct query_filter *filter, struct query_runs **ret_runs)
{
        struct query_runs *runs = calloc(1, sizeof(*runs));
        struct text sql = {0};
        int r;

        if (!runs)
                return -ENOMEM;
        runs->index = index;
        text_add(&sql,
                 "SELECT r.name, r.start_at, r.end_at, r.vehicle, r.cameras, r.software, r.spacing_m, r.frames,"
                 " r.travelled_m, r.state FROM runs r WHERE 1");
        add_run_conditions(&sql, filter);
        text_add(&sql, " ORDER BY r.start_at, r.name");
        r = prepare_filtered(index, sql.data, filter, &runs->statement);
        text_finish(&sql);
        if (r < 0) {
                free(runs);
                return r;
        }
        *ret_runs = runs;
        return 0;
}

int query_runs_next(struct query_runs *runs, struct query_run *ret_run)
{
        sqlite3_stmt *statement = runs->statement;
        int r = index_step(runs->index, statement);

        if (r < 1)
                return r;
        *ret_run = (struct query_run){
                .name = column_name(statement, 0),
                .start_at = column_text(statement, 1),
                .end_at = column_text(statement, 2),
                .vehicle = column_text(statement, 3),
                .cameras = column_text(statement, 4),
                .software = column_text(statement, 5),
                .spacing_m = column_number(statement, 6),
                .frames = column_integer(statement, 7, 0),
                .travelled_m = column_number(statement, 8),
                .state = column_text(statement, 9),
        };
        return 1;
}

void query_runs_close(struct query_runs *runs)
{
        if (!runs)
                return;
        sqlite3_finalize(runs->statement);
        free(runs);
}

int query_run_exists(struct index_db *index, const char *name, char ret_nearest[static 40])
{
        struct query_filter all;
        struct query_runs *runs;
        struct query_run run;
        unsigned best = 0;
        int r, exists = 0;

        query_filter_init(&all);
        r = query_runs_open(index, &all, &runs);
        if (r < 0)
                return r;
        ret_nearest[0] = '\0';
        while (!exists && (r = query_runs_next(runs, &run)) == 1) {
                unsigned distance = edit_distance(name, run.name);

                exists = strcmp(name, run.name) == 0;
                if (ret_nearest[0] == '\0' || distance <= best) {
                        snprintf(ret_nearest, 40, "%s", run.name);
                        best = distance;
                }
        }
        query_runs_close(runs);
        return r < 0 ? r : exists;
}

int query_segment_exists(struct index_db *index, int64_t segment)
{
        sqlite3_stmt *statement;
        int r;

        r = index_prepare(
                index,
                "SELECT 1 FROM segments WHERE fid = :segment UNION ALL SELECT 1 FROM frames WHERE segment = :segment LIMIT 1",
                &statement);
        if (r < 0)
                return r;
        r = bind_if(statement, ":segment", NULL, NAN, segment) == SQLITE_OK ? index_step(index, statement) : -ENOMEM;
        sqlite3_finalize(statement);
        return r;
}

/* ---- streets ---- */

int query_street_exists(struct index_db *index, const char *name)
{
        sqlite3_stmt *statement;
        int r;

        r = index_prepare(
                index,
                "SELECT 1 FROM segments WHERE street = :name UNION ALL SELECT 1 FROM frames WHERE street = :name LIMIT 1",
                &statement);
        if (r < 0)
                return r;
        r = bind_if(statement, ":name", name, NAN, 0) == SQLITE_OK ? index_step(index, statement) : -ENOMEM;
        sqlite3_finalize(statement);
        return r;
}

static int add_street(struct query_streets *streets, size_t *capacity, const char *name)
{
        if (streets->count == *capacity) {
                size_t more = *capacity ? *capacity * 2 : 64;
                char **names = reallocarray(streets->names, more, sizeof(*names));

                if (!names)
                        return -ENOMEM;
                streets->names = names;
                *capacity = more;
        }
        streets->names[streets->count] = strdup(name);
        if (!streets->names[streets->count])
                return -ENOMEM;
        streets->count++;
        return 0;
}

/* The names of frames are read by skipping from one to the next in their index: there are millions of frames, and few names. */
static const char streets_sql[] =
        "WITH RECURSIVE seen(name) AS ("
        " SELECT min(street) FROM frames WHERE street > ''"
        " UNION ALL SELECT (SELECT min(street) FROM frames WHERE street > seen.name) FROM seen WHERE seen.name IS NOT NULL)"
        " SELECT name FROM seen WHERE name IS NOT NULL"
        " UNION SELECT street FROM segments WHERE street > '' ORDER BY 1";

int query_streets_read(struct index_db *index, struct query_streets *ret_streets)
{
        struct query_streets streets = {0};
        sqlite3_stmt *statement;
        size_t capacity = 0;
        int r = index_prepare(index, streets_sql, &statement);

        if (r < 0)
                return r;
        while (r >= 0 && (r = index_step(index, statement)) == 1)
                r = add_street(&streets, &capacity, column_name(statement, 0));
        sqlite3_finalize(statement);
        if (r < 0) {
                query_streets_finish(&streets);
                return r;
        }
        *ret_streets = streets;
        return 0;
}

void query_streets_finish(struct query_streets *streets)
{
        for (size_t i = 0; i < streets->count; i++)
                free(streets->names[i]);
        free(streets->names);
        *streets = (struct query_streets){0};
}
