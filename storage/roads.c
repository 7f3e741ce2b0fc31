/* SPDX-License-Identifier: MIT */
#include "storage/roads.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "storage/index_private.h"

/* A piece is the same as before when its ends have not moved by more than this on its source line. */
#define SAME_CHAINAGE_M 0.01

struct roads_import {
        struct index_db *index;
        char *version;
        int64_t network; /* its row in streetcap_networks */
        int64_t count;
        sqlite3_stmt *find, *insert, *update, *keep;
};

/* ---- importing ---- */

static const char find_sql[] =
        "SELECT fid FROM segments WHERE source_id = :source_id"
        " AND from_m BETWEEN :from_m - :tolerance AND :from_m + :tolerance"
        " AND to_m BETWEEN :to_m - :tolerance AND :to_m + :tolerance"
        " AND fid NOT IN (SELECT fid FROM temp.kept_segments)"
        " ORDER BY abs(from_m - :from_m) + abs(to_m - :to_m), fid LIMIT 1";

#define SEGMENT_VALUES                                                                                                 \
        ":geom, :source_id, :from_m, :to_m, :street, :class, :oneway, :level, :commune, :to_m - :from_m, :version"
#define SEGMENT_COLUMNS                                                                                                \
        "geom, source_id, from_m, to_m, street, class, oneway, level, commune, length_m, network_version"

static const char insert_sql[] = "INSERT INTO segments (" SEGMENT_COLUMNS ") VALUES (" SEGMENT_VALUES ")";
static const char update_sql[] = "UPDATE segments SET (" SEGMENT_COLUMNS ") = (" SEGMENT_VALUES ") WHERE fid = :fid";
static const char keep_sql[] = "INSERT INTO temp.kept_segments VALUES (:fid)";

static void bind_now(sqlite3_stmt *statement, const char *name)
{
        struct timespec now;

        clock_gettime(CLOCK_REALTIME, &now);
        bind_time(statement, name, (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec);
}

/* The row of this delivery; the newest is the one in use. */
static int add_network(struct roads_import *import, const char *source)
{
        struct index_db *index = import->index;
        sqlite3_stmt *statement = NULL;
        int r;

        r = index_prepare(
                index, "INSERT INTO streetcap_networks (version, source, imported_at) VALUES (:version, :source, :now)",
                &statement);
        if (r < 0)
                return r;
        sqlite3_bind_text(statement, 1, import->version, -1, SQLITE_STATIC);
        sqlite3_bind_text(statement, 2, source, -1, SQLITE_STATIC);
        bind_now(statement, ":now");
        r = index_run_statement(index, statement, "cannot write the network's version");
        import->network = sqlite3_last_insert_rowid(index->sqlite);
        sqlite3_finalize(statement);
        return r;
}

static void import_free(struct roads_import *import)
{
        sqlite3_finalize(import->find);
        sqlite3_finalize(import->insert);
        sqlite3_finalize(import->update);
        sqlite3_finalize(import->keep);
        free(import->version);
        free(import);
}

static int import_prepare(struct roads_import *import, const char *source)
{
        struct index_db *index = import->index;
        int r;

        r = index_exec(index, "CREATE TEMP TABLE kept_segments (fid INTEGER PRIMARY KEY)", "cannot begin an import");
        if (r == 0)
                r = index_prepare(index, find_sql, &import->find);
        if (r == 0)
                r = index_prepare(index, insert_sql, &import->insert);
        if (r == 0)
                r = index_prepare(index, update_sql, &import->update);
        if (r == 0)
                r = index_prepare(index, keep_sql, &import->keep);
        return r < 0 ? r : add_network(import, source);
}

int roads_import_begin(struct index_db *index, const char *version, const char *source,
                       struct roads_import **ret_import)
{
        struct roads_import *import = calloc(1, sizeof(*import));
        int r;

        if (!import)
                return -ENOMEM;
        import->index = index;
        import->version = strdup(version);
        r = import->version ? index_begin(index) : -ENOMEM;
        if (r < 0) {
                import_free(import);
                return r;
        }
        r = import_prepare(import, source);
        if (r < 0) {
                roads_import_abort(import);
                return r;
        }
        *ret_import = import;
        return 0;
}

/* Id of the same piece in the network before, or 0. */
static int find_same(struct roads_import *import, const struct road_segment *segment, int64_t *ret_fid)
{
        sqlite3_stmt *find = import->find;
        int rc, r;
        int64_t fid;

        bind_text(find, ":source_id", segment->source_id);
        bind_double(find, ":from_m", segment->from_m);
        bind_double(find, ":to_m", segment->to_m);
        bind_double(find, ":tolerance", SAME_CHAINAGE_M);
        rc = sqlite3_step(find);
        fid = rc == SQLITE_ROW ? sqlite3_column_int64(find, 0) : 0;
        r = index_run_result(import->index, find, rc, "cannot look a segment up");
        if (r == 0)
                *ret_fid = fid;
        return r;
}

static int put_segment(struct roads_import *import, const struct road_segment *segment, const void *blob, int64_t fid)
{
        sqlite3_stmt *statement = fid > 0 ? import->update : import->insert;

        sqlite3_bind_blob64(statement, sqlite3_bind_parameter_index(statement, ":geom"), blob,
                            gpkg_linestring_size(segment->point_count), SQLITE_STATIC);
        bind_text(statement, ":source_id", segment->source_id);
        bind_double(statement, ":from_m", segment->from_m);
        bind_double(statement, ":to_m", segment->to_m);
        bind_text(statement, ":street", segment->street);
        bind_text(statement, ":class", segment->road_class);
        bind_int(statement, ":oneway", segment->oneway);
        bind_int(statement, ":level", segment->level);
        bind_text(statement, ":commune", segment->commune);
        sqlite3_bind_text(statement, sqlite3_bind_parameter_index(statement, ":version"), import->version, -1,
                          SQLITE_STATIC);
        if (fid > 0)
                bind_int(statement, ":fid", fid);
        return index_run_statement(import->index, statement, "cannot write a segment");
}

static bool is_segment(const struct road_segment *segment)
{
        if (!segment->source_id || !*segment->source_id || segment->point_count < 2 ||
            segment->point_count > INT32_MAX / 16)
                return false;
        if (!isfinite(segment->from_m) || !isfinite(segment->to_m) || segment->to_m <= segment->from_m)
                return false;
        for (size_t i = 0; i < segment->point_count; i++)
                if (!(fabs(segment->points[i].latitude_deg) <= 90) || !(fabs(segment->points[i].longitude_deg) <= 180))
                        return false;
        return true;
}

int roads_import_add(struct roads_import *import, const struct road_segment *segment)
{
        uint8_t *blob;
        int64_t fid = 0;
        int r;

        if (!is_segment(segment))
                return -EINVAL;
        r = find_same(import, segment, &fid);
        if (r < 0)
                return r;
        blob = malloc(gpkg_linestring_size(segment->point_count));
        if (!blob)
                return -ENOMEM;
        gpkg_encode_linestring(segment->points, segment->point_count, blob);
        r = put_segment(import, segment, blob, fid);
        free(blob);
        if (r < 0)
                return r;
        bind_int(import->keep, ":fid", fid > 0 ? fid : sqlite3_last_insert_rowid(import->index->sqlite));
        r = index_run_statement(import->index, import->keep, "cannot note a segment");
        if (r == 0)
                import->count++;
        return r;
}

static int finish_rows(struct roads_import *import)
{
        struct index_db *index = import->index;
        sqlite3_stmt *statement = NULL;
        int r;

        r = index_exec(
                index,
                "DELETE FROM segments WHERE fid NOT IN (SELECT fid FROM temp.kept_segments);"
                "UPDATE gpkg_contents SET (min_x, min_y, max_x, max_y) ="
                " (SELECT min(ST_MinX(geom)), min(ST_MinY(geom)), max(ST_MaxX(geom)), max(ST_MaxY(geom)) FROM segments),"
                " last_change = strftime('%Y-%m-%dT%H:%M:%fZ', 'now') WHERE table_name = 'segments';"
                "UPDATE gpkg_contents SET last_change = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"
                " WHERE table_name = 'streetcap_networks'",
                "cannot finish an import");
        if (r == 0)
                r = index_prepare(index, "UPDATE streetcap_networks SET segments = :segments WHERE id = :id",
                                  &statement);
        if (r < 0)
                return r;
        bind_int(statement, ":segments", import->count);
        bind_int(statement, ":id", import->network);
        r = index_run_statement(index, statement, "cannot finish an import");
        sqlite3_finalize(statement);
        return r;
}

int roads_import_finish(struct roads_import *import)
{
        struct index_db *index = import->index;
        int r;

        r = finish_rows(import);
        if (r == 0)
                r = index_exec(index, "DROP TABLE temp.kept_segments", "cannot finish an import");
        if (r == 0)
                r = index_commit(index);
        if (r < 0) {
                roads_import_abort(import);
                return r;
        }
        import_free(import);
        return 0;
}

void roads_import_abort(struct roads_import *import)
{
        if (!import)
                return;
        index_rollback(import->index);
        import_free(import);
}

/* ---- loading ---- */

static int read_version(struct index_db *index, char ret_version[static 256])
{
        sqlite3_stmt *statement = NULL;
        const char *text;
        int rc, r;

        r = index_prepare(index, "SELECT version FROM streetcap_networks ORDER BY id DESC LIMIT 1", &statement);
        if (r < 0)
                return r;
        ret_version[0] = '\0';
        rc = sqlite3_step(statement);
        text = rc == SQLITE_ROW ? (const char *)sqlite3_column_text(statement, 0) : NULL;
        if (text)
                snprintf(ret_version, 256, "%s", text);
        r = index_run_result(index, statement, rc, "cannot read the network's version");
        sqlite3_finalize(statement);
        return r;
}

/* A row of load_sql. Others may have written it (the file opens in any GIS), so that nothing in it is taken for
 * granted. */
static int add_row(struct road_builder *builder, sqlite3_stmt *statement)
{
        struct road_point *points = NULL;
        struct road_segment segment = {
                .id = sqlite3_column_int64(statement, 0),
                .source_id = column_text(statement, 2),
                .from_m = sqlite3_column_double(statement, 3),
                .to_m = sqlite3_column_double(statement, 4),
                .street = column_text(statement, 5),
                .road_class = column_text(statement, 6),
                .level = sqlite3_column_int(statement, 8),
                .commune = column_text(statement, 9),
        };
        int oneway = sqlite3_column_int(statement, 7);
        int r;

        segment.oneway = oneway > 0 ? ROAD_ALONG_ONLY : oneway < 0 ? ROAD_AGAINST_ONLY : ROAD_BOTH_WAYS;
        if (!segment.source_id || sqlite3_column_type(statement, 1) != SQLITE_BLOB)
                return -EINVAL;
        r = gpkg_decode_linestring(sqlite3_column_blob(statement, 1), (size_t)sqlite3_column_bytes(statement, 1),
                                   &points, &segment.point_count);
        if (r < 0)
                return r == -ENOMEM ? r : -EINVAL;
        segment.points = points;
        r = road_builder_add(builder, &segment);
        free(points);
        return r;
}

static const char load_sql[] =
        "SELECT fid, geom, source_id, from_m, to_m, street, class, oneway, level, commune FROM segments ORDER BY fid";

static int add_rows(struct index_db *index, struct road_builder *builder, size_t *ret_count)
{
        sqlite3_stmt *statement = NULL;
        size_t count = 0;
        int rc, r;

        r = index_prepare(index, load_sql, &statement);
        if (r < 0)
                return r;
        while ((rc = sqlite3_step(statement)) == SQLITE_ROW) {
                r = add_row(builder, statement);
                if (r == -EINVAL)
                        log_warning("%s: table segments, row %lld is no street, ignoring it", index->path,
                                    (long long)sqlite3_column_int64(statement, 0));
                else if (r < 0)
                        break;
                else
                        count++;
        }
        if (rc != SQLITE_ROW)
                r = index_run_result(index, statement, rc, "cannot read the streets");
        sqlite3_finalize(statement);
        if (r == 0)
                *ret_count = count;
        return r;
}

int roads_load(struct index_db *index, struct road_network **ret_network)
{
        struct road_builder *builder = NULL;
        char version[256];
        size_t count = 0;
        int r;

        r = read_version(index, version);
        if (r == 0)
                r = road_builder_create(&builder);
        if (r == 0)
                r = add_rows(index, builder, &count);
        if (r == 0 && count == 0)
                *ret_network = NULL;
        else if (r == 0)
                r = road_builder_finish(builder, version, ret_network);
        if (r < 0 || count == 0)
                road_builder_destroy(builder);
        return r;
}

int roads_count_frames(struct index_db *index, struct roads_frames *ret_frames)
{
        static const char sql[] =
                "SELECT count(*), count(segment) - count(s.fid), count(*) - count(segment)"
                " FROM frames LEFT JOIN segments s ON s.fid = frames.segment";
        sqlite3_stmt *statement = NULL;
        int r = index_prepare(index, sql, &statement);

        if (r < 0)
                return r;
        r = index_step(index, statement);
        if (r == 1)
                *ret_frames = (struct roads_frames){
                        .all = sqlite3_column_int64(statement, 0),
                        .gone = sqlite3_column_int64(statement, 1),
                        .without = sqlite3_column_int64(statement, 2),
                };
        sqlite3_finalize(statement);
        return r < 0 ? r : 0;
}
