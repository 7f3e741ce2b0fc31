/* SPDX-License-Identifier: MIT */
#include "storage/roads_info.h"

#include <errno.h>
#include <stdio.h>

#include "storage/index_private.h"

static void copy_text(sqlite3_stmt *statement, int column, char *text)
{
        snprintf(text, ROADS_INFO_TEXT_SIZE, "%s", column_name(statement, column));
}

static int read_network(void *userdata, sqlite3_stmt *statement)
{
        struct roads_info *info = userdata;

        copy_text(statement, 0, info->version);
        copy_text(statement, 1, info->source);
        copy_text(statement, 2, info->imported_at);
        return 0;
}

static int read_counts(void *userdata, sqlite3_stmt *statement)
{
        struct roads_info *info = userdata;

        info->segments = sqlite3_column_int64(statement, 0);
        info->lines = sqlite3_column_int64(statement, 1);
        info->streets = sqlite3_column_int64(statement, 2);
        info->communes = sqlite3_column_int64(statement, 3);
        info->one_way = sqlite3_column_int64(statement, 4);
        info->length_m = sqlite3_column_double(statement, 5);
        info->named_length_m = sqlite3_column_double(statement, 6);
        return 0;
}

static int read_class(void *userdata, sqlite3_stmt *statement)
{
        struct roads_info *info = userdata;
        struct roads_class *class = &info->classes[info->class_count];

        if (info->class_count == ROADS_INFO_CLASSES) {
                info->other_classes++;
                return 0;
        }
        copy_text(statement, 0, class->name);
        class->segments = sqlite3_column_int64(statement, 1);
        class->length_m = sqlite3_column_double(statement, 2);
        info->class_count++;
        return 0;
}

int roads_info_read(struct index_db *index, struct roads_info *ret_info)
{
        struct roads_info info = {0};
        int r;

        r = index_each_row(index,
                           "SELECT version, source, imported_at FROM streetcap_networks ORDER BY id DESC LIMIT 1",
                           read_network, &info);
        if (r == 0)
                r = index_each_row(
                        index,
                        "SELECT count(*), count(DISTINCT source_id), count(DISTINCT street), count(DISTINCT commune),"
                        " coalesce(sum(oneway != 0), 0), total(length_m), total(CASE WHEN street IS NOT NULL THEN length_m END)"
                        " FROM segments",
                        read_counts, &info);
        if (r == 0)
                r = index_each_row(
                        index,
                        "SELECT class, count(*), total(length_m) FROM segments GROUP BY class ORDER BY 3 DESC, 1",
                        read_class, &info);
        if (r == 0)
                *ret_info = info;
        return r;
}
