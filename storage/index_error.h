/* SPDX-License-Identifier: MIT */
/* What SQLite said, logged once, as an errno. For storage/ only. */
#pragma once

struct sqlite3;

/* Logs "NAME: WHAT: SQLite's message" of the connection's last failure and returns its errno: -ENOSPC (disk full),
 * -EBUSY (locked by another), -EROFS, -ENOMEM, -EEXIST (a row that must be unique is there), -EINVAL (a row that the
 * tables do not allow), -EPROTO (no SQLite file), else -EIO. */
int index_error(struct sqlite3 *sqlite, const char *name, const char *what);
/* The errno of SQLite's extended result code. */
int index_errno(int rc);
