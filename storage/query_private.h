/* SPDX-License-Identifier: MIT */
/* What the questions of storage/query.h share: a filter as SQL. For storage/query_*.c only. */
#pragma once

#include <sqlite3.h>

#include "base/text.h"
#include "storage/query.h"

/* Adds " AND ..." for each condition on frames f. */
void query_add_conditions(struct text *sql, const struct query_filter *filter);
/* A statement with what the filter asks for bound; the caller finalizes it. 0 or a negative errno (logged). */
int query_prepare(struct index_db *index, const char *sql, const struct query_filter *filter,
                  sqlite3_stmt **ret_statement);
/* Binds a text (copied), else a number that is finite, else an integer, where the statement has such a parameter. Returns SQLite's code: it
 * fails for want of memory only, and the query is then not run. */
int query_bind(sqlite3_stmt *statement, const char *name, const char *text, double number, int64_t integer);
