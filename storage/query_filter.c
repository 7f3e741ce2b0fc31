/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/parse.h"
#include "base/utc.h"
#include "storage/index_private.h"
#include "storage/query_private.h"

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

/* Only those that are asked for, so that SQLite finds the index that serves them. */
void query_add_conditions(struct text *sql, const struct query_filter *filter)
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
        if (filter->quality)
                text_add(sql, strcmp(filter->quality, QUERY_GOOD) == 0
                                      ? " AND f.quality IS NULL"
                                      : " AND f.quality IS NOT NULL AND instr(f.quality, :quality)");
        /* The R*Tree keeps rounded bounds: it finds the candidates, the point itself decides. */
        if (filter->has_bbox)
                text_add(sql,
                         " AND f.fid IN (SELECT id FROM rtree_frames_geom WHERE maxx >= :west AND minx <= :east"
                         " AND maxy >= :south AND miny <= :north)"
                         " AND ST_MinX(f.geom) BETWEEN :west AND :east AND ST_MinY(f.geom) BETWEEN :south AND :north");
}

int query_bind(sqlite3_stmt *statement, const char *name, const char *text, double number, int64_t integer)
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
        rc = query_bind(statement, ":streets", list.data, NAN, 0);
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
                rc = query_bind(statement, ":run", filter->run, NAN, 0);
        if (rc == SQLITE_OK && filter->camera)
                rc = query_bind(statement, ":camera", filter->camera, NAN, 0);
        if (rc == SQLITE_OK && filter->quality)
                rc = query_bind(statement, ":quality", filter->quality, NAN, 0);
        if (rc == SQLITE_OK)
                rc = query_bind(statement, ":segment", NULL, NAN, filter->segment);
        if (rc == SQLITE_OK && filter->since_utc_ns != INT64_MIN)
                rc = query_bind(statement, ":since", since_text(filter->since_utc_ns, since), NAN, 0);
        if (rc == SQLITE_OK && filter->until_utc_ns != INT64_MAX)
                rc = query_bind(statement, ":until", utc_format_ms(filter->until_utc_ns, until), NAN, 0);
        if (rc == SQLITE_OK && filter->has_bbox) {
                rc = query_bind(statement, ":west", NULL, filter->bbox.west, 0);
                rc = rc == SQLITE_OK ? query_bind(statement, ":east", NULL, filter->bbox.east, 0) : rc;
                rc = rc == SQLITE_OK ? query_bind(statement, ":south", NULL, filter->bbox.south, 0) : rc;
                rc = rc == SQLITE_OK ? query_bind(statement, ":north", NULL, filter->bbox.north, 0) : rc;
        }
        return rc;
}

int query_prepare(struct index_db *index, const char *sql, const struct query_filter *filter,
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
