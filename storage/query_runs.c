/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/edit_distance.h"
#include "storage/index_private.h"
#include "storage/query_private.h"

struct query_runs {
        struct index_db *index;
        sqlite3_stmt *statement;
};

/* Does the filter ask for something that only a frame has? */
static bool asks_for_frames(const struct query_filter *filter)
{
        return filter->camera || filter->streets || filter->segment || filter->has_bbox || filter->quality;
}

static void add_run_conditions(struct text *sql, const struct query_filter *filter)
{
        if (asks_for_frames(filter)) {
                text_add(sql, " AND EXISTS (SELECT 1 FROM frames f WHERE f.run = r.name");
                query_add_conditions(sql, filter);
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

/* Of the frames themselves, so that it holds while a run is open, and after it was cut. */
#define COUNT_FLAGGED(flag)                                                                                            \
        ", (SELECT count(*) FROM frames q WHERE q.run = r.name AND q.quality IS NOT NULL"                              \
        " AND instr(q.quality, '" flag "') > 0)"

int query_runs_open(struct index_db *index, const struct query_filter *filter, struct query_runs **ret_runs)
{
        struct query_runs *runs = calloc(1, sizeof(*runs));
        struct text sql = {0};
        int r;

        if (!runs)
                return -ENOMEM;
        runs->index = index;
        text_add(&sql,
                 "SELECT r.name, r.start_at, r.end_at, r.vehicle, r.cameras, r.software,"
                 " r.spacing_m, ifnull(r.spacing_max_m, r.spacing_m), r.frames, r.travelled_m, r.state");
        text_add(&sql, COUNT_FLAGGED("night") COUNT_FLAGGED("clipped") COUNT_FLAGGED("blurred"));
        text_add(&sql, " FROM runs r WHERE 1");
        add_run_conditions(&sql, filter);
        text_add(&sql, " ORDER BY r.start_at, r.name");
        r = query_prepare(index, sql.data, filter, &runs->statement);
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
                .spacing_max_m = column_number(statement, 7),
                .frames = column_integer(statement, 8, 0),
                .travelled_m = column_number(statement, 9),
                .state = column_text(statement, 10),
                .night = column_integer(statement, 11, 0),
                .clipped = column_integer(statement, 12, 0),
                .blurred = column_integer(statement, 13, 0),
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
        sqlite3_stmt *runs;
        unsigned best = 0;
        int r, exists = 0;

        r = index_prepare(index, "SELECT name FROM runs ORDER BY start_at, name", &runs);
        if (r < 0)
                return r;
        ret_nearest[0] = '\0';
        while (!exists && (r = index_step(index, runs)) == 1) {
                const char *other = column_name(runs, 0);
                unsigned distance = edit_distance(name, other);

                exists = strcmp(name, other) == 0;
                if (ret_nearest[0] == '\0' || distance <= best) {
                        snprintf(ret_nearest, 40, "%s", other);
                        best = distance;
                }
        }
        sqlite3_finalize(runs);
        return r < 0 ? r : exists;
}
