/* SPDX-License-Identifier: MIT */
/* index.gpkg: an OGC GeoPackage 1.3 in SQLite; tables runs, frames, segments, fixes, gaps. One connection is used by
 * one thread. Blocking. Errors are negative errno and logged with SQLite's message: -EPROTO when the file is of a newer
 * Streetcap or not an index, -ENOSPC, -EBUSY (locked by another), -EROFS, -EEXIST (a row that is there already), -EINVAL
 * (a row that the tables do not allow: of a run that is not there, without its camera), -EIO for a damaged file and the rest; a file that is absent is -ENOENT, not logged. Times are UTC, stored as RFC 3339 text
 * with ms (GeoPackage DATETIME) unless named _ns. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "geotag/fix.h"
#include "geotag/gap.h"
#include "geotag/picture_tag.h"
#include "geotag/road_network.h"

#define INDEX_SCHEMA_VERSION 1

struct index_db;
struct sqlite3;

enum index_mode { INDEX_READ_ONLY, INDEX_READ_WRITE };

/* READ_WRITE creates the file with its schema when absent, migrates an older one, and sets WAL with synchronous=FULL.
 * Functions that the R*Tree triggers need are registered. path is the file. READ_ONLY works beside a writer, and on
 * read-only media when the writer had closed it. */
int index_open(const char *path, enum index_mode mode, struct index_db **ret_index);
/* Closes, rolling an open transaction back; a writer folds the WAL away first, so that one plain file is left, unless
 * somebody reads. NULL allowed. */
void index_close(struct index_db *index);
struct sqlite3 *index_sqlite(struct index_db *index); /* for storage/ only */

/* Transactions nest nowhere. commit is durable when it returns (WAL, synchronous=FULL). */
int index_begin(struct index_db *index);
int index_commit(struct index_db *index);
void index_rollback(struct index_db *index);
/* Folds the WAL into the file (PRAGMA wal_checkpoint(PASSIVE)); never blocks on readers. */
int index_checkpoint(struct index_db *index);

enum run_state { RUN_OPEN, RUN_ENDED, RUN_CUT }; /* texts: "open", "ended", "cut" */

struct index_run {
        char name[40];
        int64_t start_utc_ns, end_utc_ns; /* end 0: not known */
        char vehicle[64];
        char cameras[256]; /* names, comma-separated */
        char software[64];
        double spacing_m;   /* at its start */
        const char *config; /* snapshot as config_write prints it; not NULL */
        uint64_t frames;
        double travelled_m;
        enum run_state state;
};
int index_put_run(struct index_db *index, const struct index_run *run); /* insert or update by name */
/* -ENOENT when there is no such run. */
int index_end_run(struct index_db *index, const char *name, int64_t end_utc_ns, double travelled_m,
                  enum run_state state);
/* Runs still open become cut, their frames counted and their end set to the last known instant; at the start of a
 * writer. */
int index_mark_cut_runs(struct index_db *index, unsigned *ret_count);

/* The frame's own file facts beside its tag. */
struct index_frame_file {
        const char *path; /* relative to the storage root */
        uint64_t bytes;
        char sha256[65]; /* lower-case hexadecimal */
};
int index_add_frame(struct index_db *index, const struct picture_tag *tag, const struct index_frame_file *file);

/* A fix as received; verdict is "taken" or why it was not ("jump", "no position", "not advancing", ...). */
int index_add_fix(struct index_db *index, const char *run, const struct fix *fix, int64_t arrival_boottime_ns,
                  const char *verdict);

int index_put_gap(struct index_db *index, const struct gap *gap);
