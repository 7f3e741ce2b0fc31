/* SPDX-License-Identifier: MIT */
/* status.json: what the daemon is doing, for people and programs; and sd_notify's STATUS line. */
#pragma once

#include <stdint.h>

#include "capture/camera.h"
#include "capture/core.h"
#include "capture/quality_watch.h"
#include "capture/writer.h"

struct status_camera {
        const char *name; /* not its own: valid as long as the config that the camera was made of */
        enum camera_state state;
        char why[128];            /* "" when there is nothing to say */
        uint64_t frames, dropped; /* delivered; and holes in their numbers */
        bool has_stream;
        struct camera_stream stream; /* has_stream: what it streams */
};

/* What the user is told of a state of a camera's pictures: "lens looks dirty". */
const char *status_quality_text(enum quality_flag flag);

struct status {
        const struct config *config;
        struct core_status core;
        struct writer_status writer;
        bool gpsd_up, stopped;          /* stopped: it is about to end, as it was told to */
        int64_t gpsd_since_boottime_ns; /* gpsd is there, or away, since then */
        struct fix fix;                 /* the last with a position */
        int64_t fix_boottime_ns;        /* its arrival; 0: none yet */
        struct status_camera cameras[CONFIG_MAX_CAMERAS];
        struct quality_watch quality[CONFIG_MAX_CAMERAS];
        unsigned pictures_waiting;
        double disk_free_bytes;                                   /* NAN unknown */
        char last_fault[160];                                     /* "" none */
        int64_t started_boottime_ns, now_boottime_ns, now_utc_ns; /* now_utc_ns: 0 unknown */
};

/* A fix that came longer ago says where the van was, not how fast it goes. */
#define STATUS_FIX_CURRENT_NS (INT64_C(3) * 1000000000)

/* All that is to be mended now goes into its list "faults", gpsd first.
 * Writes <runtime_dir>/status.json atomically (rename, not synced: it lives on a tmpfs). 0 or negative errno. Makes the folder if absent. */
int status_write(const struct status *status);
/* Takes away the status.json that an earlier daemon left. */
void status_remove(const struct config *config);
/* One line for sd_notify and logs; returns text. */
const char *status_line(const struct status *status, char *text, unsigned size);
