/* SPDX-License-Identifier: MIT */
/* Carries out what the core decides, live and in replay alike: has frames encoded, joins them with their tags, has the pictures, fixes and
 * gaps stored, and keeps the run's events. One thread.
 *
 *   core decisions --> recorder --> shots (encode) --> writer (store, index) */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "capture/camera.h"
#include "capture/core.h"
#include "capture/quality_watch.h"
#include "capture/shots.h"
#include "capture/writer.h"

struct recorder;

struct recorder_settings {
        const struct config *config; /* in force; may change between calls */
        struct core *core;
        struct shots *shots;
        struct writer *writer;
        /* The frame that the core chose, with a reference for the caller; NULL when it is gone. */
        struct camera_frame *(*find_frame)(void *userdata, unsigned camera, uint64_t number);
        /* Replay of a run: was this frame lost then? It is not encoded again; its loss is told in its turn. NULL: none was. */
        bool (*was_lost)(void *userdata, unsigned camera, uint64_t number);
        /* A picture is encoded and measured, on the recorder's thread, before its tag and in no order. NULL: nobody asks. */
        void (*picture_measured)(void *userdata, const struct shot_measured *measured);
        void *userdata;
        bool wait; /* encode without hurry: block instead of losing a frame (replay) */
};

int recorder_create(const struct recorder_settings *settings, struct recorder **ret_recorder);
void recorder_destroy(struct recorder *recorder); /* NULL allowed */

/* Begins the events, with the config in force: once, before anything else. */
void recorder_start(struct recorder *recorder, int64_t now_boottime_ns);
/* Tells a reload in the events: the config in force, after the change. */
void recorder_config(struct recorder *recorder, int64_t now_boottime_ns);
/* Keeps one line of events.jsonl: with the run, or until one begins. Call it before the core is told. */
void recorder_event(struct recorder *recorder, const struct text *line);
/* The same for a report of gpsd that could be parsed, less what nobody needs again. A fix is given the HDOP and satellites of the last SKY
 * among the events that are kept with it. */
void recorder_report(struct recorder *recorder, const char *line, size_t length, struct gpsd_report *report,
                     int64_t realtime_minus_boottime_ns, int64_t now_boottime_ns);
/* Decides and carries out what fell due before now: first of all for each event, so that one that comes after the end of a run
 * belongs to the next. */
void recorder_advance(struct recorder *recorder, int64_t now_boottime_ns);
/* Takes and carries out all decisions of the core. now: for what the core is told of frames that got lost. */
void recorder_act(struct recorder *recorder, int64_t now_boottime_ns);
/* Hands on the pictures that are ready, and tells the core of those that failed. */
void recorder_collect(struct recorder *recorder, int64_t now_boottime_ns);
/* From now on what waits for the disk does so as long as it takes, and loses nothing: at a stop, before the last events. Waits until all that
 * was put before is stored. */
void recorder_stopping(struct recorder *recorder);
/* Waits until every picture in the making is stored, and tells the core of those that failed; while not stopping, for some seconds only. */
void recorder_finish(struct recorder *recorder, int64_t now_boottime_ns);
/* How good the pictures of a camera are; valid until the recorder is destroyed, and changed by what collects pictures. */
const struct quality_watch *recorder_quality(const struct recorder *recorder, unsigned camera);
/* While no run is open, what came before the last moments is forgotten: the core is reset, and the events kept with it. */
void recorder_forget(struct recorder *recorder, int64_t now_boottime_ns);
