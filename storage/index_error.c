/* SPDX-License-Identifier: MIT */
#include "storage/index_error.h"

#include <errno.h>
#include <sqlite3.h>

#include "base/log.h"

int index_errno(int rc)
{
        if (rc == SQLITE_CONSTRAINT_UNIQUE || rc == SQLITE_CONSTRAINT_PRIMARYKEY || rc == SQLITE_CONSTRAINT_ROWID)
                return -EEXIST;
        switch (rc & 0xff) {
        case SQLITE_FULL:
                return -ENOSPC;
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
                return -EBUSY;
        case SQLITE_READONLY:
                return -EROFS;
        case SQLITE_NOMEM:
                return -ENOMEM;
        case SQLITE_CONSTRAINT:
                return -EINVAL;
        case SQLITE_NOTADB:
                return -EPROTO;
        default:
                return -EIO;
        }
}

int index_error(sqlite3 *sqlite, const char *name, const char *what)
{
        log_error("%s: %s: %s", name, what, sqlite3_errmsg(sqlite));
        return index_errno(sqlite3_extended_errcode(sqlite));
}
