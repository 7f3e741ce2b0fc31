/* SPDX-License-Identifier: MIT */
/* The pure core: state plus timestamped events in, decisions out. No I/O, no clock reads, no threads, no SQL. It composes clock map,
 * track, trigger, tagger and map matcher. The daemon (pipeline.c) and the replayer (replay.c) drive it alike: the same events in the
 * same order give the same decisions.
 *
 * Events carry now_boottime_ns, which does not decrease; a report's that is older than what the core was told already is taken for that
 * instant, so that time never goes back. What falls due before an event is decided before it. The core lives for one run:
 * after CORE_RUN_END it is reset by its driver. Cameras are known by their place in the settings. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "capture/frame_info.h"
#include "config/config.h"
#include "geotag/clock_map.h"
#include "geotag/gap.h"
#include "geotag/gpsd_report.h"
#include "geotag/map_matcher.h"
#include "geotag/picture_tag.h"
#include "geotag/track.h"

/* The driver keeps this many of a camera's newest frames, or as many as the newest says (frame_info.h); the core chooses among them only. */
#define CORE_RING_FRAMES 4
/* Frames of a camera that may wait for their tag at once; and tagged ones that core_lost still knows. */
#define CORE_PENDING_FRAMES 64
#define CORE_LOST_MEMORY 192

struct core;

enum core_decision_kind {
        CORE_RUN_BEGIN, /* utc_ns: the start */
        CORE_FIX,       /* fix, verdict: for the index */
        CORE_ENCODE,    /* camera, frame_number, exposure: this frame is wanted; encode it */
        CORE_TAG, /* camera, frame_number, exposure, tag: write it (run, size, make and such are the driver's to fill) */
        CORE_DISCARD, /* camera, frame_number, exposure: asked for, but not wanted any more */
        CORE_GAP,     /* gap: put into the index; a later one of the same number replaces it */
        CORE_RUN_END, /* utc_ns: the end; travelled_m */
        CORE_NOTE,    /* note: for the log */
};

struct core_decision {
        enum core_decision_kind kind;
        int64_t boottime_ns; /* the instant at which it was due */
        unsigned camera;
        uint64_t frame_number;
        int64_t exposure_mid_boottime_ns; /* ENCODE, TAG, DISCARD: of that frame */
        int64_t utc_ns;                   /* RUN_BEGIN: start; RUN_END: end */
        double travelled_m;
        struct fix fix;
        int64_t arrival_boottime_ns;
        const char *verdict; /* static text */
        struct picture_tag tag;
        struct gap gap;
        char note[160];
};

/* network: NULL allowed; must outlive the core. 0 or -ENOMEM. */
int core_create(const struct config *config, const struct road_network *network, struct core **ret_core);
void core_destroy(struct core *core); /* NULL allowed */
void core_reset(struct core *core);   /* as just created, with the config in force */

void core_report(struct core *core, const struct gpsd_report *report, int64_t realtime_minus_boottime_ns,
                 int64_t now_boottime_ns);
void core_frame(struct core *core, unsigned index, const struct frame_info *frame, int64_t now_boottime_ns);
/* A frame asked for by CORE_ENCODE will not be stored: a gap takes its place. Also right after its CORE_TAG (the last
 * CORE_LOST_MEMORY of a camera are known); the sequence has a hole then. After CORE_RUN_END, until the reset, it still gives a CORE_GAP.
 * A camera that starts anew counts from 1 again, so the exposure says which frame of that number it is; 0 unknown: the newest. */
void core_lost(struct core *core, unsigned index, uint64_t frame_number, int64_t exposure_mid_boottime_ns,
               enum gap_reason reason, int64_t now_boottime_ns);
/* Live keys of a new config. Marks go on from the last one at the new spacing. */
void core_configure(struct core *core, const struct config *config, int64_t now_boottime_ns);
/* Decides what has fallen due by now. */
void core_advance(struct core *core, int64_t now_boottime_ns);
/* Decides all that is pending, with what is known, and ends the run. */
void core_stop(struct core *core, int64_t now_boottime_ns);

/* The instant at which core_advance next has something to decide; INT64_MAX when it waits for events only. */
int64_t core_deadline_boottime_ns(const struct core *core);
/* Takes the next decision; false when there is none. Drain after each call above. */
bool core_next(struct core *core, struct core_decision *ret_decision);

/* What people see. */
struct core_status {
        bool run_open, moving, has_fix;
        struct fix fix;
        double travelled_m;
        uint64_t frames; /* tagged, less those lost since */
        uint64_t gaps, fixes_taken, fixes_refused;
        int64_t clock_error_ns;
        bool has_utc;
        int64_t boottime_minus_utc_ns; /* has_utc: the clock map's offset */
};
void core_get_status(const struct core *core, struct core_status *ret_status);
