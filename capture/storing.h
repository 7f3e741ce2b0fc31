/* SPDX-License-Identifier: MIT */
/* The storing side of the writer: carries commands out in order through storage/store.h. A run that cannot begin, because the disk takes no
 * writes, is tried again after 1 s, then 2, 4, and each 8 s; what belongs to it waits in memory meanwhile, but for its pictures, which are
 * lost. Used by one thread; blocking. */
#pragma once

#include <stdint.h>

#include "capture/writer_command.h"

struct storing;

/* done is told of each command that was carried out (0) or is lost (negative errno), just before it is freed; and of a begin that failed, at
 * first and whenever the error is another. store must outlive it. 0 or -ENOMEM. */
int storing_create(struct store *store, void (*done)(void *userdata, const struct command *command, int error),
                   void *userdata, struct storing **ret_storing);
/* Tries what waits one last time; what still cannot be stored is lost, and logged. NULL allowed. */
void storing_destroy(struct storing *storing);

/* Takes the command over. */
void storing_put(struct storing *storing, struct command *command, int64_t now_boottime_ns);
/* Tries again to begin the run that waits, if that is due. */
void storing_retry(struct storing *storing, int64_t now_boottime_ns);
/* When storing_retry is next due; INT64_MAX when nothing waits. */
int64_t storing_retry_boottime_ns(const struct storing *storing);
