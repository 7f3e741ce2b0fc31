/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/utc.h"
#include "storage/index_error.h"
#include "storage/index_private.h"

int index_failure(struct index_db *index, const char *what)
{
        int rc = sqlite3_extended_errcode(index->sqlite);

        if (rc == index->last_failure)
                return index_errno(rc);
        index->last_failure = rc;
        return index_error(index->sqlite, index->path, what);
}

int index_statement(struct index_db *index, enum index_statement which, const char *sql, sqlite3_stmt **ret_statement)
{
        sqlite3_stmt **place = &index->statements[which];

        if (!*place && sqlite3_prepare_v3(index->sqlite, sql, -1, SQLITE_PREPARE_PERSISTENT, place, NULL) != SQLITE_OK)
                return index_failure(index, "cannot prepare a statement");
        *ret_statement = *place;
        return 0;
}

int index_run_result(struct index_db *index, sqlite3_stmt *statement, int rc, const char *what)
{
        int r = 0;

        if (rc != SQLITE_DONE && rc != SQLITE_ROW)
                r = index_failure(index, what);
        sqlite3_reset(statement);
        sqlite3_clear_bindings(statement);
        return r;
}

int index_run_statement(struct index_db *index, sqlite3_stmt *statement, const char *what)
{
        return index_run_result(index, statement, sqlite3_step(statement), what);
}

int index_exec(struct index_db *index, const char *sql, const char *what)
{
        if (sqlite3_exec(index->sqlite, sql, NULL, NULL, NULL) != SQLITE_OK)
                return index_failure(index, what);
        return 0;
}

static int place_of(sqlite3_stmt *statement, const char *name)
{
        int place = sqlite3_bind_parameter_index(statement, name);

        assert(place > 0);
        return place;
}

/* A binding can fail only where it copies, for want of memory: texts are bound as they are wherever they outlive the
 * step, and the times that are copied are in columns that then refuse NULL, or are short of a time that is not known.
 */
void bind_int(sqlite3_stmt *statement, const char *name, int64_t value)
{
        sqlite3_bind_int64(statement, place_of(statement, name), value);
}

static void bind_null(sqlite3_stmt *statement, const char *name)
{
        sqlite3_bind_null(statement, place_of(statement, name));
}

void bind_double(sqlite3_stmt *statement, const char *name, double value)
{
        if (isfinite(value))
                sqlite3_bind_double(statement, place_of(statement, name), value);
        else
                bind_null(statement, name);
}

void bind_text(sqlite3_stmt *statement, const char *name, const char *text)
{
        if (text && *text)
                sqlite3_bind_text(statement, place_of(statement, name), text, -1, SQLITE_STATIC);
        else
                bind_null(statement, name);
}

void bind_time(sqlite3_stmt *statement, const char *name, int64_t utc_ns)
{
        char text[UTC_TEXT_SIZE];

        sqlite3_bind_text(statement, place_of(statement, name), utc_format_ms(utc_ns, text), -1, SQLITE_TRANSIENT);
}
