/* SPDX-License-Identifier: MIT */
/* What the core is told, made from a known drive, and what it decided. Simulated time only. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/text.h"
#include "capture/core.h"
#include "tests/unit/core/truth.h"

/* Instants of the drive are seconds from its begin, which is this. */
#define PLAY_BOOTTIME_NS (100 * NS_PER_S)
#define PLAY_UTC_NS (INT64_C(1795428900) * NS_PER_S) /* 2026-11-23T10:15:00Z */

enum told_kind { TOLD_REPORT, TOLD_FRAME, TOLD_LOST, TOLD_CONFIG, TOLD_STOP };

struct told {
        int64_t boottime_ns; /* when the core is told */
        enum told_kind kind;
        struct gpsd_report report; /* REPORT */
        int64_t realtime_minus_boottime_ns;
        unsigned camera; /* FRAME, LOST */
        uint64_t number;
        int64_t mid_boottime_ns;     /* FRAME; LOST: 0 unknown */
        unsigned ring_frames;        /* FRAME */
        enum gap_reason reason;      /* LOST */
        const struct config *config; /* CONFIG; the caller's */
};

/* All that is told, in order of time once play_sort was called. */
struct play {
        struct told *told;
        size_t count, capacity;
};

void play_finish(struct play *play);
struct told *play_add(struct play *play, enum told_kind kind, int64_t boottime_ns);
/* By time; what is told at the same time stays in the order in which it was added. */
void play_sort(struct play *play);

struct receiver_model {
        double rate_hz;
        double latency_s;        /* epoch to arrival, at its smallest */
        double jitter_s;         /* mean of what comes on top (exponential) */
        double position_sigma_m; /* each axis, wanders with 30 s */
        double speed_sigma_mps;  /* each component of the velocity, white */
        uint64_t seed;
};

/* 1 Hz, 0.1 s late (what the config says), no noise. */
struct receiver_model receiver_model_exact(void);
/* A fix for each epoch of the drive from from_s to to_s. */
void play_add_fixes(struct play *play, const struct truth *truth, const struct receiver_model *model, double from_s,
                    double to_s);
/* A frame each 1 / rate_hz from from_s + phase_s to to_s, told 40 ms after its exposure; numbers from 1. */
void play_add_frames(struct play *play, unsigned camera, double rate_hz, double phase_s, double from_s, double to_s);
void play_add_stop(struct play *play, double at_s);
int64_t play_boottime_ns(double t_s);
double play_seconds(int64_t boottime_ns); /* of the drive */
/* The fix told of the epoch nearest to t_s. */
struct fix *play_fix_at(struct play *play, double t_s);
/* Takes away what is told of a kind between two instants (of arrival). */
void play_drop(struct play *play, enum told_kind kind, double from_s, double to_s);

/* Decisions, in order. */
struct outcome {
        struct core_decision *decisions;
        size_t count, capacity;
        struct core_status status; /* before the end */
};

void outcome_finish(struct outcome *outcome);
/* Tells the core all of it. extra_seed not 0: core_advance is also called at random instants between. Checks what must hold always:
 * see play.c. The core is reset after CORE_RUN_END, as its drivers do. */
void play_tell(const struct play *play, struct core *core, uint64_t extra_seed, struct outcome *ret_outcome);
/* The same with a core made for it. */
void play_run(const struct play *play, const struct config *config, const struct road_network *network,
              uint64_t extra_seed, struct outcome *ret_outcome);
size_t outcome_count(const struct outcome *outcome, enum core_decision_kind kind);
/* The nth (from 0) decision of a kind; NULL when there is none. */
const struct core_decision *outcome_nth(const struct outcome *outcome, enum core_decision_kind kind, size_t n);
/* The last version of each gap, in order of their numbers, of one run: at most max. Returns how many there are. */
size_t outcome_gaps(const struct outcome *outcome, struct gap *gaps, size_t max);
/* Everything that was decided, as text, to compare two outcomes. */
void outcome_print(const struct outcome *outcome, struct text *text);

/* Defaults, with that many cameras, all of them "pattern" at 10 fps. */
void play_config(struct config *ret_config, unsigned cameras);
/* RMS of the true distance between tagged frames that follow each other, less the spacing; only those tagged from from_s to to_s. */
double outcome_spacing_rms_m(const struct outcome *outcome, const struct truth *truth, unsigned camera,
                             double spacing_m, double from_s, double to_s);
/* The same of the best choice: of all frames told, the one nearest to each true mark; the marks are first_m and so on. */
double play_limit_rms_m(const struct play *play, const struct truth *truth, unsigned camera, double spacing_m,
                        double first_m, double from_s, double to_s);
/* A seed for a property test: STREETCAP_TEST_SEED, else the one given. Printed. */
uint64_t play_seed(uint64_t seed);
