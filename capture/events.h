/* SPDX-License-Identifier: MIT */
/* events.jsonl: what happened to the core, one JSON object a line, in the order in which the core was told. A run replayed from it
 * gives the same frames. No I/O.
 *
 *   {"boottime_ns":N,"type":"start","software":"...","config":"..."}      first line: the config in force, as INI text
 *   {"boottime_ns":N,"type":"gpsd","realtime_minus_boottime_ns":N,"report":{...}}     as gpsd sent it
 *   {"boottime_ns":N,"type":"frame","camera":"front","number":N,"exposure_mid_boottime_ns":N,"exposure_ns":N,"gain":G}
 *       (and "ring":N of a camera whose buffers are few: that many of its frames are kept)
 *   {"boottime_ns":N,"type":"lost","camera":"front","number":N,"exposure_mid_boottime_ns":N,"reason":"encoder overrun"}
 *       (a camera that restarts numbers its frames from 1 again, so the exposure tells which; 0: not known)
 *   {"boottime_ns":N,"type":"config","config":"..."}                      a reload
 *   {"boottime_ns":N,"type":"camera","camera":"front","state":"streaming","why":""}   told for people; the core does not use it
 *   {"boottime_ns":N,"type":"gpsd link","state":"up","why":""}                        likewise
 *   {"boottime_ns":N,"type":"events lost","events":N,"fixes":N}           so many lines, and rows of the index, had no room here: the disk
 *       took nothing for a while, and a replay of the run is not whole
 *   {"boottime_ns":N,"type":"stop"} */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "capture/frame_info.h"
#include "geotag/gap.h"

enum event_kind {
        EVENT_START,
        EVENT_GPSD,
        EVENT_FRAME,
        EVENT_LOST,
        EVENT_CONFIG,
        EVENT_CAMERA,
        EVENT_LINK,
        EVENT_EVENTS_LOST,
        EVENT_STOP
};

struct event {
        enum event_kind kind;
        int64_t boottime_ns;                /* when the core was told */
        int64_t realtime_minus_boottime_ns; /* GPSD */
        char *report;                       /* GPSD: the line; owned */
        size_t report_length;
        char camera[32];                  /* FRAME, LOST, CAMERA */
        struct frame_info frame;          /* FRAME */
        uint64_t number;                  /* LOST */
        int64_t exposure_mid_boottime_ns; /* LOST; 0 unknown */
        enum gap_reason reason;           /* LOST */
        char *config;                     /* START, CONFIG: INI text; owned */
};

/* Frees what the event owns. */
void event_finish(struct event *event);
/* One line without its newline. 0, -EBADMSG (not an event), -ENOMEM. On success event_finish is the caller's duty. */
int event_parse(const char *line, size_t length, struct event *ret_event);

/* Each sets text to one line, without newline. */
void event_write_start(struct text *text, int64_t boottime_ns, const char *config);
void event_write_gpsd(struct text *text, int64_t boottime_ns, int64_t realtime_minus_boottime_ns, const char *report,
                      size_t length);
void event_write_frame(struct text *text, int64_t boottime_ns, const char *camera, const struct frame_info *frame);
void event_write_lost(struct text *text, int64_t boottime_ns, const char *camera, uint64_t number,
                      int64_t exposure_mid_boottime_ns, enum gap_reason reason);
void event_write_config(struct text *text, int64_t boottime_ns, const char *config);
void event_write_state(struct text *text, int64_t boottime_ns, const char *type, const char *camera, const char *state,
                       const char *why);
void event_write_events_lost(struct text *text, int64_t boottime_ns, uint64_t events, uint64_t fixes);
void event_write_stop(struct text *text, int64_t boottime_ns);
