/* SPDX-License-Identifier: MIT */
/* The second driver of the core: a recorded or simulated drive, or a run's own events, into a run, faster than real time. The same input
 * and seed give the same pictures and rows, byte for byte. Blocking. */
#pragma once

#include <stdint.h>
#include <stdio.h>

#include "config/config.h"
#include "storage/root.h"

struct replay_options {
        const struct config *config; /* for a gpsd log; a run's events bring their own */
        bool use_config;             /* use `config` for a run's events too, whatever reloads they tell of */
        double spacing_m;            /* 0: the config's; else for all of the run, reloads or not */
        /* Replaces all cameras by one named "front" (replay_camera_parse); NULL: the config's cameras, those that cannot replay played by
         * the pattern camera. */
        const char *camera;
        double rate_hz; /* 0: the config's */
        uint64_t seed;  /* of the cameras' phases */
};

/* The camera of the options: "pattern", "pattern:WIDTHxHEIGHT" or "files:FOLDER", within the settings' own bounds. 0, or -EINVAL with one
 * problem told, which begins with "--camera: ". */
int replay_camera_parse(const char *text, struct config_camera *ret_camera, config_problem_fn problem, void *userdata);

struct replay_result {
        uint64_t lines, bad_lines; /* read; and neither report nor event */
        uint64_t fixes;            /* told to the core */
        uint64_t frames;           /* pictures stored */
};

/* Reads LOG from input: gpsd JSON as gpsdecode prints it, with or without the time prefix of `gpspipe -w -uu`, or events.jsonl. Lines that
 * are neither are counted. name stands for the input in messages. Problems are logged. 0 or negative errno (-ENODATA: not one usable
 * report; -EINVAL: bad camera or config). */
int replay(FILE *input, const char *name, struct storage_root *root, const struct replay_options *options,
           struct replay_result *ret_result);
