/* SPDX-License-Identifier: MIT */
/* Durable writing of a run: pictures, events and index rows in the order that a power cut cannot break
 * (docs/storage.md). Used by one thread; blocking. Errors are negative errno and are logged by the caller.
 *
 * Per picture: temporary name, fsync, rename; then fsync of the folder; only then its row, in the next group commit.
 * In STORE_BATCH mode (replay) the fsyncs of a group are one syncfs before its commit: the same order, at less cost. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "storage/durable_file.h"
#include "storage/index.h"
#include "storage/root.h"

struct store;
enum store_mode { STORE_LIVE, STORE_BATCH };

/* root must be open for writing and outlive the store. Marks runs that were cut. */
int store_open(struct storage_root *root, enum store_mode mode, struct store **ret_store);
/* The same with other system calls, for tests of failing disks. calls must outlive the store. */
int store_open_with(struct storage_root *root, enum store_mode mode, const struct durable_calls *calls,
                    struct store **ret_store);
/* Commits what is pending, waiting up to 5 s for one who holds the index. NULL allowed. */
void store_close(struct store *store);
struct index_db *store_index(struct store *store);

/* A name for a run that starts at that instant: its UTC start, "-2", "-3" ... added when there is one already. */
int store_run_name(struct store *store, int64_t start_utc_ns, char ret_name[static 40]);
/* Makes runs/NAME and its events file, and the row (which waits when another holds the index). Only one run is open at a
 * time: -EBUSY. What waits is committed first: when that fails but for such a lock, its error, and nothing begins. What
 * follows is -ENOENT without an open run and -EINVAL for
 * another run than it. */
int store_run_begin(struct store *store, const struct index_run *run);
/* Commits all and ends the run's row. The run takes nothing more whatever happens: when the commit fails, its files stay
 * open until a later one has synced them, and its rows and its end go with that. */
int store_run_end(struct store *store, int64_t end_utc_ns, double travelled_m);

/* One or more lines of events.jsonl, without the last newline. Kept in memory until the next commit, or until there is much of it.
 * -ENOBUFS when the disk has refused them for too long. */
int store_event(struct store *store, const char *line, size_t length);
/* Writes a picture (JPEG with its metadata) as runs/<run>/<camera>/<sequence, 8 digits>.jpg and queues its row. On
 * failure there is neither file nor row; -EEXIST when there is such a picture, -ENOBUFS when too many rows wait for a
 * disk that refuses them. */
int store_picture(struct store *store, const struct picture_tag *tag, const void *data, size_t size);
int store_fix(struct store *store, const char *run, const struct fix *fix, int64_t arrival_boottime_ns,
              const char *verdict);
int store_gap(struct store *store, const struct gap *gap);
/* Makes everything since the last commit durable: events and folders synced, then rows committed. When it fails,
 * nothing is lost: the next one has it all again. -EBUSY: all but the rows is done, and another connection holds the
 * index; in STORE_LIVE mode at once, in STORE_BATCH mode after 5 s. */
int store_commit(struct store *store);
int store_checkpoint(struct store *store);
