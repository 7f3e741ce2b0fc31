/* SPDX-License-Identifier: MIT */
/* A drive, one camera, a receiver, and what the core made of them. */
#pragma once

#include <math.h>

#include "tests/unit/core/play.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct scene {
        struct truth *truth;
        struct play play;
        struct config config;
        struct outcome outcome;
};

/* A drive of these legs, with the nose to 30 degrees at first; fixes all the time, frames at rate_hz, and a stop 2 s after its end. */
void scene_begin(struct scene *scene, const struct leg *legs, size_t count, const struct receiver_model *model,
                 double rate_hz, double phase_s);
/* The same with 1 Hz fixes without noise and 10 frames a second. */
void scene_begin_plain(struct scene *scene, const struct leg *legs, size_t count);
/* May be called again after the play was changed. */
void scene_run(struct scene *scene);
void scene_end(struct scene *scene);
/* True travel at the exposure of a tag. */
double scene_travel_m(const struct scene *scene, const struct core_decision *tag);
/* Horizontal distance of a tag's position from the antenna's true place at its exposure, m. */
double scene_error_m(const struct scene *scene, const struct core_decision *tag);
/* Tags whose exposure lies in an interval of the drive. */
size_t scene_tags_between(const struct scene *scene, double from_s, double to_s);
/* How many fixes got this verdict. */
size_t scene_verdicts(const struct scene *scene, const char *verdict);
