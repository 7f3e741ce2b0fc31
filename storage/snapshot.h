/* SPDX-License-Identifier: MIT */
/* A copy of the index as one plain file, taken while it is in use. Blocking. */
#pragma once

/* Copies the index at index_path to `file`, whole and durable when it returns 0; until then `file` is as it was. It
 * shows one instant; a writer is not held up. What is at `file` is replaced. Negative errno, logged: -EPROTO as
 * index_open, -EINVAL when both are the same file, -EBUSY when another program has the file at `file` open as a
 * database. */
int snapshot_write(const char *index_path, const char *file);
