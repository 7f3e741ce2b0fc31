/* SPDX-License-Identifier: MIT */
/* The one that stores: takes pictures, events, fixes and gaps in order, gives the run its name, and writes them through storage/store.h.
 * On a thread of its own for the daemon, so that a slow disk never holds up a camera; in place for a replay. Commands are put by one
 * thread, which waits only where it says so. While a disk hangs, events and fixes beyond some thousands are dropped, and a line in the
 * run's events says how many (capture/events.h, "events lost").
 *
 * A run that the disk does not let begin is tried again until it does; its events, fixes and gaps wait, its pictures are lost. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/shots.h"
#include "geotag/gap.h"
#include "storage/store.h"

struct writer;

enum writer_mode { WRITER_THREAD, WRITER_IN_PLACE };

/* store must outlive the writer, and is the writer's alone until then. */
int writer_create(struct store *store, enum writer_mode mode, struct writer **ret_writer);
/* Writes all that was put, commits, and ends the thread. Blocking. NULL allowed. */
void writer_destroy(struct writer *writer);

/* Everything until the next one belongs to this run; its name is made here. run->name is ignored; run->config is copied. */
void writer_run_begin(struct writer *writer, const struct index_run *run);
void writer_run_end(struct writer *writer, int64_t end_utc_ns, double travelled_m);
/* One or more lines, without the last newline. Copied. */
void writer_event(struct writer *writer, const char *lines, size_t length);
void writer_fix(struct writer *writer, const struct fix *fix, int64_t arrival_boottime_ns,
                const char *verdict /* static text */);
void writer_gap(struct writer *writer, const struct gap *gap);
/* Takes the JPEG over. -EAGAIN when too many pictures wait for the disk: the picture is freed and lost. */
int writer_picture(struct writer *writer, struct shot_result *result);
/* Makes all durable that was put before; checkpoint: folds the index's WAL away too. */
void writer_commit(struct writer *writer, bool checkpoint);

/* Waits until all that was put before is stored or lost, with the losses ready to be asked for; at most until deadline_boottime_ns
 * (INT64_MAX: as long as it takes). 0 or -ETIMEDOUT. */
int writer_flush(struct writer *writer, int64_t deadline_boottime_ns);
/* Waits likewise until writer_picture has room. */
int writer_wait_room(struct writer *writer, int64_t deadline_boottime_ns);

/* Readable (an eventfd) when writer_next_lost may have more. */
int writer_fd(const struct writer *writer);
struct writer_lost {
        unsigned camera;
        uint64_t frame_number;
        int64_t exposure_mid_boottime_ns;
};
/* A picture of the run that is open which could not be stored; those of runs before are only logged. False: no more. */
bool writer_next_lost(struct writer *writer, struct writer_lost *ret_lost);

struct writer_status {
        char run[40];      /* "" when none is open */
        uint64_t pictures; /* written since the start */
        uint64_t errors;   /* anything that could not be written */
        int last_error;    /* negative errno; 0 once storing works again */
        size_t queued;
        char last_path[128]; /* of the newest picture, relative to the storage root */
        int64_t last_captured_utc_ns;
};
void writer_get_status(struct writer *writer, struct writer_status *ret_status);
