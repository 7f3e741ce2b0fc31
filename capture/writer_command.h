/* SPDX-License-Identifier: MIT */
/* What the writer is asked for, from the thread that puts (writer.c) to the side that stores (storing.c). Plain data; a command owns what it
 * points to. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/shots.h"
#include "geotag/gap.h"
#include "storage/store.h"

enum command_kind {
        COMMAND_RUN_BEGIN,
        COMMAND_RUN_END,
        COMMAND_EVENT,
        COMMAND_EVENTS_LOST, /* a line of the run's events that says how many are missing here */
        COMMAND_FIX,
        COMMAND_GAP,
        COMMAND_PICTURE,
        COMMAND_COMMIT,
        COMMAND_KIND_COUNT,
};

struct command_begin {
        struct index_run run;
        char *config;
};

struct command_fix {
        struct fix fix;
        int64_t arrival_boottime_ns;
        const char *verdict; /* static text */
};

struct command_picture {
        struct shot_result shot;
        unsigned run_number; /* as the putting side counts */
};

/* Small, since many wait while a disk hangs. */
struct command {
        enum command_kind kind;
        struct command *next; /* in a list of them */
        union {
                struct command_begin *begin;
                struct {
                        int64_t utc_ns;
                        double travelled_m;
                } end;
                struct {
                        char *lines; /* one or more, without the last newline */
                        size_t length;
                } event;
                struct {
                        int64_t boottime_ns; /* of the first */
                        uint64_t events, fixes;
                } lost;
                struct command_fix *fix;
                struct gap *gap;
                struct command_picture *picture;
                bool checkpoint;
        };
};

/* Zeros; the kind's own struct, if it has one, is allocated too. Aborts when there is no memory, as base/text.h does. */
struct command *command_new(enum command_kind kind);
void command_free(struct command *command);
/* What it takes in memory. */
size_t command_bytes(const struct command *command);
/* Counts an event or a fix as lost; other kinds are not. */
void command_count_lost(struct command *lost, const struct command *command);
