/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "storage/index_error.h"
#include "storage/index_private.h"

int index_read_failure(struct index_db *index, const char *what)
{
        return index_error(index->sqlite, index->path, what);
}

int index_prepare(struct index_db *index, const char *sql, sqlite3_stmt **ret_statement)
{
        if (sqlite3_prepare_v2(index->sqlite, sql, -1, ret_statement, NULL) != SQLITE_OK)
                return index_read_failure(index, "cannot be asked");
        return 0;
}

int index_step(struct index_db *index, sqlite3_stmt *statement)
{
        int rc = sqlite3_step(statement);

        if (rc == SQLITE_ROW)
                return 1;
        return rc == SQLITE_DONE ? 0 : index_read_failure(index, "cannot be read");
}

int index_each_row(struct index_db *index, const char *sql, int (*read)(void *userdata, sqlite3_stmt *row),
                   void *userdata)
{
        sqlite3_stmt *statement;
        int r = index_prepare(index, sql, &statement);

        if (r < 0)
                return r;
        while ((r = index_step(index, statement)) == 1) {
                r = read(userdata, statement);
                if (r < 0)
                        break;
        }
        sqlite3_finalize(statement);
        return r;
}

const char *column_text(sqlite3_stmt *row, int column)
{
        return (const char *)sqlite3_column_text(row, column);
}

const char *column_name(sqlite3_stmt *row, int column)
{
        const char *text = column_text(row, column);

        return text ? text : "";
}

double column_number(sqlite3_stmt *row, int column)
{
        int type = sqlite3_column_type(row, column);

        return type == SQLITE_FLOAT || type == SQLITE_INTEGER ? sqlite3_column_double(row, column) : NAN;
}

int64_t column_integer(sqlite3_stmt *row, int column, int64_t otherwise)
{
        return sqlite3_column_type(row, column) == SQLITE_INTEGER ? sqlite3_column_int64(row, column) : otherwise;
}
