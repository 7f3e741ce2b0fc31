/* SPDX-License-Identifier: MIT */
/* What replay.c (the log), replay_cameras.c (who plays the cameras) and replay_events.c (a run's own events) share. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/text.h"
#include "capture/camera.h"
#include "capture/core.h"
#include "capture/events.h"
#include "capture/recorder.h"
#include "capture/replay.h"
#include "capture/replay_timeline.h"

/* Frames of a camera that the core may still ask for, and more: it has CORE_RING_FRAMES. */
#define FRAMES_KNOWN 64

struct known_frame {
        uint64_t number;
        int64_t mid_boottime_ns;
};

struct replay_camera {
        const struct camera_backend *backend;
        struct camera *camera;
        int64_t period_ns, phase_ns;
        int64_t next_mid_ns; /* INT64_MIN until the first report */
        uint64_t next_number;
        struct known_frame known[FRAMES_KNOWN];
};

/* A frame that a run lost after its core had asked for it. */
struct lost_frame {
        char camera[32];
        uint64_t number;
        int64_t mid_boottime_ns; /* 0 unknown */
        int64_t told_boottime_ns;
};

/* A report of a log whose arrival is not known before that of the next timed one. */
struct held {
        char *line;
        size_t length;
        struct gpsd_report report;
};

struct replayer {
        const struct replay_options *options;
        struct replay_result result;
        struct config config;
        struct store *store;
        struct road_network *network;
        struct core *core;
        struct shots *shots;
        struct writer *writer;
        struct recorder *recorder;
        struct gpsd_parser *parser;
        struct replay_camera cameras[CONFIG_MAX_CAMERAS];
        struct replay_timeline timeline;
        struct lost_frame *lost;
        size_t lost_count;
        struct held *held;
        size_t held_count;
        struct text line;
        int64_t now_ns;
        uint64_t committed_pictures, committed_lines;
        bool ready, from_events;
};

/* --- replay.c --- */

/* Makes all parts, by config and the options; the events begin. 0 or negative errno; problems are logged. */
int replayer_prepare(struct replayer *replayer, const struct config *config, int64_t now_boottime_ns);
/* Puts the options' spacing and rate into the config in force. */
void replayer_apply_options(struct replayer *replayer);
/* After the core was told something: carries out what it decided. */
void replayer_act(struct replayer *replayer);
/* A report arrives now; a fix of it is completed. */
void replayer_tell_report(struct replayer *replayer, const char *line, size_t length, struct gpsd_report *report,
                          int64_t realtime_minus_boottime_ns);

/* --- replay_cameras.c --- */

/* The camera of the config's place index; its phase is drawn from seed. 0 or negative errno; problems are logged. */
int replayer_open_camera(struct replayer *replayer, unsigned index, uint64_t *seed);
/* Puts the camera of the option in place of the config's. 0 or -EINVAL. */
int replayer_use_camera_option(struct replayer *replayer);
/* For the recorder; userdata is the replayer. */
struct camera_frame *replayer_find_frame(void *userdata, unsigned index, uint64_t number);
/* A frame is delivered now. */
void replayer_tell_frame(struct replayer *replayer, unsigned index, const struct frame_info *frame);
/* Plays the cameras up to the arrival of the next report, which is now from then on. */
void replayer_play_cameras(struct replayer *replayer, int64_t limit_ns);

/* --- replay_events.c --- */

/* A run's losses are told after the decisions that they undo, so they are looked for first. Leaves input, which can seek, where it was. 0 or
 * negative errno. */
int replayer_find_losses(struct replayer *replayer, FILE *input);
/* For the recorder; userdata is the replayer. */
bool replayer_was_lost(void *userdata, unsigned index, uint64_t number);
/* 0, -EBADMSG (it has no place here), or another negative errno. */
int replayer_take_event(struct replayer *replayer, const struct event *event);
