/* SPDX-License-Identifier: MIT */
#include "storage/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "storage/index.h"
#include "storage/index_error.h"

/* The temporary file is synced as a whole at the end, and of no use before. */
static int open_copy(const char *name, sqlite3 **ret_copy)
{
        sqlite3 *copy = NULL;
        int rc, r = 0;

        rc = sqlite3_open_v2(name, &copy, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
        if (rc == SQLITE_OK)
                rc = sqlite3_exec(copy, "PRAGMA synchronous = OFF", NULL, NULL, NULL);
        if (rc == SQLITE_OK) {
                *ret_copy = copy;
                return 0;
        }
        r = index_error(copy, name, "cannot be written");
        sqlite3_close(copy);
        return r;
}

/* All in one step: one read transaction, hence one instant, however much is written meanwhile. */
static int copy_pages(sqlite3 *source, const char *source_name, sqlite3 *copy, const char *name)
{
        sqlite3_backup *backup = sqlite3_backup_init(copy, "main", source, "main");
        int rc;

        if (!backup)
                return index_error(copy, name, "cannot be written");
        rc = sqlite3_backup_step(backup, -1);
        sqlite3_backup_finish(backup);
        if (rc == SQLITE_DONE)
                return 0;
        if (sqlite3_errcode(copy) != SQLITE_OK)
                return index_error(copy, name, "cannot be written");
        log_error("%s: cannot be copied: %s", source_name, sqlite3_errstr(rc));
        return rc == SQLITE_BUSY || rc == SQLITE_LOCKED ? -EBUSY : -EIO;
}

/* The copy says of itself that it is in WAL mode, as its source is; a plain file opens on read-only media too. */
/* Out of WAL mode, and marked as what it is. */
static int finish_copy(sqlite3 *copy, const char *name)
{
        if (sqlite3_exec(copy, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL) != SQLITE_OK)
                return index_error(copy, name, "cannot be folded");
        if (sqlite3_exec(copy, "UPDATE streetcap_schema SET is_snapshot = 1", NULL, NULL, NULL) != SQLITE_OK)
                return index_error(copy, name, "cannot be marked as a snapshot");
        return 0;
}

static int copy_index(const char *index_path, const char *name)
{
        struct index_db *index = NULL;
        sqlite3 *copy = NULL;
        int r;

        r = index_open(index_path, INDEX_READ_ONLY, &index);
        if (r < 0)
                return r;
        r = open_copy(name, &copy);
        if (r < 0)
                goto out_close;
        r = copy_pages(index_sqlite(index), index_path, copy, name);
        if (r == 0)
                r = finish_copy(copy, name);
        if (sqlite3_close(copy) != SQLITE_OK && r == 0)
                r = -EIO;
out_close:
        index_close(index);
        return r;
}

static int sync_file(const char *path)
{
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        int r = 0;

        if (fd < 0)
                return -errno;
        if (fsync(fd) < 0)
                r = -errno;
        fd_close(fd);
        return r;
}

/* SQLite would take another file's journal for the new one's. */
static int check_no_journal(const char *file)
{
        static const char *const suffixes[] = {"-journal", "-wal"};
        char name[PATH_MAX];
        struct stat status;

        for (size_t i = 0; i < sizeof(suffixes) / sizeof(*suffixes); i++) {
                if ((size_t)snprintf(name, sizeof(name), "%s%s", file, suffixes[i]) >= sizeof(name)) {
                        log_error("%s: %s", file, strerror(ENAMETOOLONG));
                        return -ENAMETOOLONG;
                }
                if (stat(name, &status) == 0) {
                        log_error("%s: in use by another program (there is %s)", file, name);
                        return -EBUSY;
                }
        }
        return 0;
}

static int check_target(const char *index_path, const char *file)
{
        struct stat source, target;

        if (stat(index_path, &source) < 0) {
                log_error("%s: %s", index_path, strerror(errno));
                return -errno;
        }
        if (stat(file, &target) == 0) {
                if (source.st_dev == target.st_dev && source.st_ino == target.st_ino) {
                        log_error("%s: is the index itself", file);
                        return -EINVAL;
                }
                if (!S_ISREG(target.st_mode)) {
                        log_error("%s: is there and is no file", file);
                        return S_ISDIR(target.st_mode) ? -EISDIR : -EINVAL;
                }
        }
        return check_no_journal(file);
}

/* A new file beside `file`, so that the rename stays on one file system. */
static int make_temporary(const char *file, char name[static PATH_MAX])
{
        int fd;

        if (snprintf(name, PATH_MAX, "%s.XXXXXX.tmp", file) >= PATH_MAX) {
                log_error("%s: %s", file, strerror(ENAMETOOLONG));
                return -ENAMETOOLONG;
        }
        fd = mkostemps(name, strlen(".tmp"), O_CLOEXEC);
        if (fd < 0) {
                int r = -errno;

                log_error("%s: %s", file, strerror(-r));
                return r;
        }
        (void)fchmod(fd, 0644);
        fd_close(fd);
        return 0;
}

static int put_in_place(const char *temporary, const char *file)
{
        int r = sync_file(temporary);

        if (r == 0 && rename(temporary, file) < 0)
                r = -errno;
        if (r == 0)
                r = fd_sync_folder_of(AT_FDCWD, file);
        if (r < 0)
                log_error("%s: %s", file, strerror(-r));
        return r;
}

int snapshot_write(const char *index_path, const char *file)
{
        char temporary[PATH_MAX];
        int r;

        r = check_target(index_path, file);
        if (r == 0)
                r = make_temporary(file, temporary);
        if (r < 0)
                return r;
        r = copy_index(index_path, temporary);
        if (r == 0)
                r = put_in_place(temporary, file);
        if (r < 0)
                (void)unlink(temporary);
        return r;
}
