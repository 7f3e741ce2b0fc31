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
        return filter->camera || filter->streets || filter->segment || filter->has_bbox;
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
                 " r.spacing_m, ifnull(r.spacing_max_m, r.spacing_m),"
                 " r.frames, r.travelled_m, r.state FROM runs r WHERE 1");
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
