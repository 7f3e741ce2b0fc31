/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "storage/index_private.h"
#include "storage/query_private.h"

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
        r = query_bind(statement, ":segment", NULL, NAN, segment) == SQLITE_OK ? index_step(index, statement) : -ENOMEM;
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
