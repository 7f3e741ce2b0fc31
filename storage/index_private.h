/* SPDX-License-Identifier: MIT */
/* What the files of the index share: the connection, its statements, binding "not known" as NULL, and reading rows. For
 * storage/ only. */
#pragma once

#include <sqlite3.h>

#include "storage/gpkg_geometry.h"
#include "storage/index.h"

/* Statements prepared once for the life of the connection. */
enum index_statement {
        STATEMENT_BEGIN,
        STATEMENT_COMMIT,
        STATEMENT_ROLLBACK,
        STATEMENT_SET_BOX,
        STATEMENT_PUT_RUN,
        STATEMENT_RUN_PROGRESS,
        STATEMENT_END_RUN,
        STATEMENT_RUN_EXISTS,
        STATEMENT_ADD_FRAME,
        STATEMENT_RUN_SPACING,
        STATEMENT_ADD_FIX,
        STATEMENT_PUT_GAP,
        STATEMENT_COUNT,
};

struct index_db {
        sqlite3 *sqlite;
        char *path;
        enum index_mode mode;
        bool in_transaction;
        int last_failure; /* SQLite's code that was logged since the last commit: a full disk is told once */
        sqlite3_stmt *statements[STATEMENT_COUNT];
        struct gpkg_box frames_box; /* of all frames, this transaction's too; min > max: none */
        bool frames_box_grown;      /* by this transaction: gpkg_contents does not have it yet */
};

/* How long to wait for another's lock on the index before -EBUSY: 5 s, as after opening, or hardly at all, for a thread
 * that has better to do. */
void index_set_patient(struct index_db *index, bool patient);

/* As index_error, but logs the same failure once until a commit succeeds. */
int index_failure(struct index_db *index, const char *what);
/* The statement of that place, prepared at its first use; reset, without bindings. Errors as index_error. */
int index_statement(struct index_db *index, enum index_statement which, const char *sql, sqlite3_stmt **ret_statement);
/* Runs a statement that gives no rows, and resets it. what: for the log, "cannot add a frame". */
int index_run_statement(struct index_db *index, sqlite3_stmt *statement, const char *what);
/* The result of a step that was SQLite's rc, when it is over: logged and as an errno unless it is a row or done;
 * resets. */
int index_run_result(struct index_db *index, sqlite3_stmt *statement, int rc, const char *what);
/* Runs SQL without parameters. */
int index_exec(struct index_db *index, const char *sql, const char *what);

/* ---- asking; errors are logged with the file's name ---- */

/* Logs "FILE: WHAT: SQLite's message" of the connection's last failure, and returns its errno. */
int index_read_failure(struct index_db *index, const char *what);
/* A statement that the caller finalizes. */
int index_prepare(struct index_db *index, const char *sql, sqlite3_stmt **ret_statement);
/* 1: a row, 0: the end, or an error. */
int index_step(struct index_db *index, sqlite3_stmt *statement);
/* Calls read for each row, until it returns a negative errno, which is returned then. */
int index_each_row(struct index_db *index, const char *sql, int (*read)(void *userdata, sqlite3_stmt *row),
                   void *userdata);

/* A column of the row at hand; texts live until the next step. A file from elsewhere may have anything in any column. */
const char *column_text(sqlite3_stmt *row, int column);                   /* NULL: not known */
const char *column_name(sqlite3_stmt *row, int column);                   /* "" where the tables allow no NULL */
double column_number(sqlite3_stmt *row, int column);                      /* NAN unless a number */
int64_t column_integer(sqlite3_stmt *row, int column, int64_t otherwise); /* otherwise: unless an integer */

/* Grows the bounds of the frames with a point. */
void index_grow_box(struct index_db *index, double x, double y);

/* More frames of a run, which has come that far by now: for people who look while it is open. */
int index_add_to_run(struct index_db *index, const char *name, uint64_t frames, double travelled_m);
int index_has_run(struct index_db *index, const char *name, bool *ret_exists);

/* ---- binding, by the parameter's name: what is not known becomes NULL ---- */

void bind_int(sqlite3_stmt *statement, const char *name, int64_t value);
void bind_double(sqlite3_stmt *statement, const char *name, double value);   /* NULL unless finite */
void bind_text(sqlite3_stmt *statement, const char *name, const char *text); /* not copied; NULL when NULL or "" */
void bind_time(sqlite3_stmt *statement, const char *name, int64_t utc_ns);   /* RFC 3339 with ms */
