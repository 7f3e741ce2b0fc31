/* SPDX-License-Identifier: MIT */
#include "storage/roads_info.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>

#include "storage/index_error.h"

#define NAME "the index"

static void copy_text(sqlite3_stmt *statement, int column, char *text)
{
        const char *value = (const char *)sqlite3_column_text(statement, column);

        snprintf(text, ROADS_INFO_TEXT_SIZE, "%s", value ? value : "");
}

/* Calls read for each row. */
static int each_row(struct index_db *index, const char *sql,
                    void (*read)(struct roads_info *info, sqlite3_stmt *statement), struct roads_info *info)
{
        sqlite3_stmt *statement;
        int rc;

        if (sqlite3_prepare_v2(index_sqlite(index), sql, -1, &statement, NULL) != SQLITE_OK)
                return index_error(index_sqlite(index), NAME, "cannot be asked");
        while ((rc = sqlite3_step(statement)) == SQLITE_ROW)
                read(info, statement);
        if (rc != SQLITE_DONE)
                rc = index_error(index_sqlite(index), NAME, "cannot be read");
        else
                rc = 0;
        sqlite3_finalize(statement);
        return rc;
}

static void read_network(struct roads_info *info, sqlite3_stmt *statement)
{
        copy_text(statement, 0, info->version);
        copy_text(statement, 1, info->source);
        copy_text(statement, 2, info->imported_at);
}

static void read_counts(struct roads_info *info, sqlite3_stmt *statement)
{
        info->segments = sqlite3_column_int64(statement, 0);
        info->lines = sqlite3_column_int64(statement, 1);
        info->streets = sqlite3_column_int64(statement, 2);
        info->communes = sqlite3_column_int64(statement, 3);
        info->one_way = sqlite3_column_int64(statement, 4);
        info->length_m = sqlite3_column_double(statement, 5);
        info->named_length_m = sqlite3_column_double(statement, 6);
}

static void read_class(struct roads_info *info, sqlite3_stmt *statement)
{
        struct roads_class *class = &info->classes[info->class_count];

        if (info->class_count == ROADS_INFO_CLASSES) {
                info->other_classes++;
                return;
        }
        copy_text(statement, 0, class->name);
        class->segments = sqlite3_column_int64(statement, 1);
        class->length_m = sqlite3_column_double(statement, 2);
        info->class_count++;
}

int roads_info_read(struct index_db *index, struct roads_info *ret_info)
{
        struct roads_info info = {0};
        int r;

        r = each_row(index, "SELECT version, source, imported_at FROM streetcap_networks ORDER BY id DESC LIMIT 1",
                     read_network, &info);
        if (r == 0)
                r = each_row(
                        index,
                        "SELECT count(*), count(DISTINCT source_id), count(DISTINCT street), count(DISTINCT commune),"
                        " coalesce(sum(oneway != 0), 0), total(length_m), total(CASE WHEN street IS NOT NULL THEN length_m END)"
                        " FROM segments",
                        read_counts, &info);
        if (r == 0)
                r = each_row(index,
                             "SELECT class, count(*), total(length_m) FROM segments GROUP BY class ORDER BY 3 DESC, 1",
                             read_class, &info);
        if (r == 0)
                *ret_info = info;
        return r;
}
