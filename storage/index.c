/* SPDX-License-Identifier: MIT */
#include "storage/index.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "storage/index_error.h"
#include "storage/index_functions.h"
#include "storage/index_private.h"
#include "storage/index_schema.h"

/* How long to wait for another's lock, where there can be one at all: a reader never waits for a writer in WAL, nor a
 * writer for it. */
#define BUSY_TIMEOUT_MS 5000
#define BUSY_TIMEOUT_SHORT_MS 20 /* lets a command's one row pass */

/* A long reader can make the WAL grow: it is cut back afterwards. */
static const char every_pragma_sql[] =
        "PRAGMA cell_size_check = ON; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;"
        "PRAGMA cache_size = -8000; PRAGMA journal_size_limit = 16777216;";

/* A file to be read may come from anywhere: its schema may call nothing that has effects. A writer's has to be trusted,
 * since its triggers use R*Tree tables, which count as unsafe. */
static int harden(struct index_db *index)
{
        int rc = sqlite3_db_config(index->sqlite, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);

        if (rc == SQLITE_OK && index->mode == INDEX_READ_ONLY)
                rc = sqlite3_db_config(index->sqlite, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
        return rc;
}

static int open_sqlite(struct index_db *index, const char *file, int flags)
{
        int rc = sqlite3_open_v2(file, &index->sqlite, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);

        if (rc == SQLITE_OK)
                rc = harden(index);
        if (rc == SQLITE_OK)
                rc = sqlite3_busy_timeout(index->sqlite, BUSY_TIMEOUT_MS);
        if (rc == SQLITE_OK)
                rc = index_functions_register(index->sqlite);
        if (rc == SQLITE_OK)
                rc = sqlite3_exec(index->sqlite, every_pragma_sql, NULL, NULL, NULL);
        return rc;
}

/* ---- reading ---- */

/* Is there a WAL with something in it? Then the file alone is not the whole index. */
static bool has_wal(const char *path)
{
        char wal[PATH_MAX];
        struct stat status;

        if ((size_t)snprintf(wal, sizeof(wal), "%s-wal", path) >= sizeof(wal))
                return true;
        return stat(wal, &status) == 0 && status.st_size > 0;
}

/* As a URI: whatever is not plain is escaped. */
static int uri_of(const char *path, char **ret_uri)
{
        static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
        char *uri = malloc(strlen("file:?immutable=1") + 3 * strlen(path) + 1);
        char *at;

        if (!uri)
                return -ENOMEM;
        at = stpcpy(uri, "file:");
        for (; *path; path++) {
                if (strchr(plain, *path))
                        *at++ = *path;
                else
                        at += sprintf(at, "%%%02X", (unsigned char)*path);
        }
        strcpy(at, "?immutable=1");
        *ret_uri = uri;
        return 0;
}

/* An index in WAL mode needs its -shm file, which cannot be made here. No writer can be at work on read-only media, and
 * one beside a folder that only this user may not write would have made it: the file may be read as one that does not
 * change. */
static int reopen_immutable(struct index_db *index)
{
        char *uri;
        int rc, r;

        if (has_wal(index->path)) {
                log_error(
                        "%s: has rows in its -wal file that cannot be read here: copy the folder to where it can be"
                        " written",
                        index->path);
                return -EROFS;
        }
        r = uri_of(index->path, &uri);
        if (r < 0)
                return r;
        sqlite3_close(index->sqlite);
        index->sqlite = NULL;
        rc = open_sqlite(index, uri, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI);
        free(uri);
        return rc == SQLITE_OK ? 0 : index_error(index->sqlite, index->path, "cannot be opened");
}

static bool is_writable_folder(const char *path)
{
        const char *slash = strrchr(path, '/');
        char folder[PATH_MAX];

        snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash - path) + 1 : 1, slash ? path : ".");
        return faccessat(AT_FDCWD, folder, W_OK, AT_EACCESS) == 0;
}

static int open_reader(struct index_db *index)
{
        struct stat status;
        int version = 0, rc, r;

        if (stat(index->path, &status) < 0)
                return -errno;
        rc = open_sqlite(index, index->path, SQLITE_OPEN_READONLY);
        if (rc == SQLITE_OK)
                rc = sqlite3_exec(index->sqlite, "SELECT count(*) FROM sqlite_schema", NULL, NULL, NULL);
        r = rc == SQLITE_OK ? 0 : -EIO;
        if ((rc & 0xff) == SQLITE_CANTOPEN && !is_writable_folder(index->path))
                r = reopen_immutable(index);
        else if (r < 0)
                r = index_error(index->sqlite, index->path, "cannot be opened");
        if (r == 0)
                r = index_schema_read(index->sqlite, index->path, &version);
        if (r < 0)
                return r;
        if (version == INDEX_SCHEMA_VERSION)
                return 0;
        log_error("%s: %s", index->path,
                  version == 0 ? "empty: not an index of Streetcap"
                               : "made by an older Streetcap; streetcapd mends that when it starts");
        return -EPROTO;
}

/* ---- writing ---- */

static int set_wal(struct index_db *index)
{
        sqlite3_stmt *statement = NULL;
        const char *mode = NULL;
        int r = 0;

        if (sqlite3_prepare_v2(index->sqlite, "PRAGMA journal_mode = WAL", -1, &statement, NULL) == SQLITE_OK &&
            sqlite3_step(statement) == SQLITE_ROW)
                mode = (const char *)sqlite3_column_text(statement, 0);
        if (!mode) {
                r = index_error(index->sqlite, index->path, "cannot be set to write-ahead logging");
        } else if (strcmp(mode, "wal") != 0) {
                log_error("%s: its file system cannot do write-ahead logging (no shared memory)", index->path);
                r = -ENOTSUP;
        }
        sqlite3_finalize(statement);
        return r == 0 ? index_exec(index, "PRAGMA synchronous = FULL", "cannot be set to synchronous") : r;
}

static const struct gpkg_box nothing = {INFINITY, -INFINITY, INFINITY, -INFINITY};

/* What gpkg_contents says of the frames' bounds; NULL there: no frames. */
static int read_frames_box(struct index_db *index)
{
        sqlite3_stmt *statement = NULL;
        int rc;

        index->frames_box = nothing;
        index->frames_box_grown = false;
        rc = sqlite3_prepare_v2(index->sqlite,
                                "SELECT min_x, max_x, min_y, max_y FROM gpkg_contents WHERE table_name = 'frames'"
                                " AND min_x + max_x + min_y + max_y IS NOT NULL",
                                -1, &statement, NULL);
        if (rc == SQLITE_OK)
                rc = sqlite3_step(statement);
        if (rc == SQLITE_ROW) {
                index->frames_box = (struct gpkg_box){
                        .min_x = sqlite3_column_double(statement, 0),
                        .max_x = sqlite3_column_double(statement, 1),
                        .min_y = sqlite3_column_double(statement, 2),
                        .max_y = sqlite3_column_double(statement, 3),
                };
        }
        sqlite3_finalize(statement);
        return rc == SQLITE_ROW || rc == SQLITE_DONE
                       ? 0
                       : index_error(index->sqlite, index->path, "cannot read gpkg_contents");
}

static int open_writer(struct index_db *index)
{
        int version = 0, r;

        if (open_sqlite(index, index->path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE) != SQLITE_OK)
                return index_error(index->sqlite, index->path, "cannot be opened");
        r = index_schema_read(index->sqlite, index->path, &version);
        if (r == 0)
                r = index_schema_upgrade(index->sqlite, index->path, version);
        if (r == 0 && version == 0)
                r = fd_sync_folder_of(AT_FDCWD, index->path);
        if (r == 0)
                r = set_wal(index);
        if (r == 0) /* a copy that is written to is an index of its own */
                r = index_exec(index, "UPDATE streetcap_schema SET is_snapshot = 0 WHERE is_snapshot != 0",
                               "cannot unmark a snapshot");
        if (r == 0)
                r = read_frames_box(index);
        return r;
}

int index_open(const char *path, enum index_mode mode, struct index_db **ret_index)
{
        struct index_db *index = calloc(1, sizeof(*index));
        int r;

        if (!index)
                return -ENOMEM;
        index->mode = mode;
        index->path = strdup(path);
        if (!index->path)
                r = -ENOMEM;
        else
                r = mode == INDEX_READ_WRITE ? open_writer(index) : open_reader(index);
        if (r < 0) {
                for (int i = 0; i < STATEMENT_COUNT; i++)
                        sqlite3_finalize(index->statements[i]);
                sqlite3_close(index->sqlite);
                free(index->path);
                free(index);
                return r;
        }
        *ret_index = index;
        return 0;
}

/* Back to one plain file that opens without a warning where it cannot be written; not while a reader holds it, who must
 * not wait. */
static void fold_wal(struct index_db *index)
{
        sqlite3_busy_timeout(index->sqlite, 0);
        if (sqlite3_exec(index->sqlite, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL) != SQLITE_OK)
                log_debug("%s: stays in WAL mode: %s", index->path, sqlite3_errmsg(index->sqlite));
}

void index_close(struct index_db *index)
{
        if (!index)
                return;
        if (index->in_transaction)
                index_rollback(index);
        for (int i = 0; i < STATEMENT_COUNT; i++)
                sqlite3_finalize(index->statements[i]);
        if (index->mode == INDEX_READ_WRITE)
                fold_wal(index);
        sqlite3_close(index->sqlite);
        free(index->path);
        free(index);
}

sqlite3 *index_sqlite(struct index_db *index)
{
        return index->sqlite;
}

void index_set_patient(struct index_db *index, bool patient)
{
        sqlite3_busy_timeout(index->sqlite, patient ? BUSY_TIMEOUT_MS : BUSY_TIMEOUT_SHORT_MS);
}

/* ---- transactions ---- */

void index_grow_box(struct index_db *index, double x, double y)
{
        struct gpkg_box *box = &index->frames_box;

        if (x >= box->min_x && x <= box->max_x && y >= box->min_y && y <= box->max_y)
                return;
        box->min_x = fmin(box->min_x, x);
        box->max_x = fmax(box->max_x, x);
        box->min_y = fmin(box->min_y, y);
        box->max_y = fmax(box->max_y, y);
        index->frames_box_grown = true;
}

/* GDAL takes the bounds of a layer from gpkg_contents; without them it reads the whole spatial index. */
static int write_frames_box(struct index_db *index)
{
        const struct gpkg_box *box = &index->frames_box;
        sqlite3_stmt *statement;
        int r;

        r = index_statement(index, STATEMENT_SET_BOX,
                            "UPDATE gpkg_contents SET min_x = :min_x, max_x = :max_x, min_y = :min_y, max_y = :max_y,"
                            " last_change = strftime('%Y-%m-%dT%H:%M:%fZ', 'now') WHERE table_name = 'frames'",
                            &statement);
        if (r < 0)
                return r;
        bind_double(statement, ":min_x", box->min_x);
        bind_double(statement, ":max_x", box->max_x);
        bind_double(statement, ":min_y", box->min_y);
        bind_double(statement, ":max_y", box->max_y);
        return index_run_statement(index, statement, "cannot set the bounds of the frames");
}

int index_begin(struct index_db *index)
{
        sqlite3_stmt *statement;
        int r;

        r = index_statement(index, STATEMENT_BEGIN, "BEGIN IMMEDIATE", &statement);
        if (r == 0)
                r = index_run_statement(index, statement, "cannot begin a transaction");
        if (r == 0)
                index->in_transaction = true;
        return r;
}

int index_commit(struct index_db *index)
{
        sqlite3_stmt *statement;
        int r = 0;

        if (index->frames_box_grown)
                r = write_frames_box(index);
        if (r == 0)
                r = index_statement(index, STATEMENT_COMMIT, "COMMIT", &statement);
        if (r == 0)
                r = index_run_statement(index, statement, "cannot commit");
        if (r < 0)
                return r;
        index->frames_box_grown = false;
        index->in_transaction = false;
        index->last_failure = SQLITE_OK;
        return 0;
}

void index_rollback(struct index_db *index)
{
        sqlite3_stmt *statement;

        if (!index->in_transaction)
                return;
        /* After some failures SQLite has rolled back already, and there is nothing left to do. */
        if (!sqlite3_get_autocommit(index->sqlite) &&
            index_statement(index, STATEMENT_ROLLBACK, "ROLLBACK", &statement) == 0)
                (void)index_run_statement(index, statement, "cannot roll back");
        index->in_transaction = false;
        if (index->frames_box_grown)
                (void)read_frames_box(index);
}

int index_checkpoint(struct index_db *index)
{
        int rc = sqlite3_wal_checkpoint_v2(index->sqlite, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);

        /* Another connection is at it: that does as well. */
        return rc == SQLITE_OK || rc == SQLITE_BUSY ? 0 : index_failure(index, "cannot fold the WAL");
}
