/* SPDX-License-Identifier: MIT */
/* How long the disk will do, from what this run and the runs before it took of it. Blocking. */
#pragma once

#include <stdint.h>

struct disk_left {
        double km; /* at the bytes a metre of this run; NAN: not known before its first 100 m and picture */
        double days; /* of the calendar, at the pictures a day of all runs in the index; NAN: not known before a day after the first run */
};

/* run: the one under way, NULL when there is none; run_metres: how far it has got. now_utc_ns: 0 when not known. An index that cannot be
 * read tells nothing, and is no error here. */
struct disk_left disk_left_estimate(const char *root, const char *run, double run_metres, double free_bytes,
                                    int64_t now_utc_ns);
