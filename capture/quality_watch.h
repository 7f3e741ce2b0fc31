/* SPDX-License-Identifier: MIT */
/* What is wrong with a picture, and with a camera's pictures lately. Pure.
 *
 * A picture is night, clipped or blurred by itself, and the index says so. A camera's state takes several: a wall, a lorry ahead or a swerve
 * makes one picture unsharp, a dirty lens all of them. It begins when three quarters of the last pictures have the flag, and ends
 * when only a quarter of them has. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "capture/picture_quality.h"
#include "config/config.h"

enum quality_flag {
        QUALITY_NIGHT,   /* darker than the limit */
        QUALITY_CLIPPED, /* more of it is white than the limit: sun in the lens, or overexposed */
        QUALITY_BLURRED, /* less sharp than the limit, and not for want of light: a dirty or fogged lens */
        QUALITY_FLAG_COUNT,
};

/* Flags are bits, 1 << QUALITY_NIGHT and so on. What is not known, or whose limit is 0, has none. */
unsigned quality_flags(const struct config_quality *limits, const struct picture_quality *quality);
/* "night,clipped", as the index has it; "" when there is none. */
#define QUALITY_TEXT_SIZE 24
void quality_flags_text(unsigned flags, char ret_text[static QUALITY_TEXT_SIZE]);
/* Of one flag: "night", "clipped", "blurred". */
const char *quality_flag_text(enum quality_flag flag);

/* How many of the last pictures decide. At 5 m from one to the next, 20 are 100 m: longer than most walls. */
#define QUALITY_LIGHT_PICTURES 5
#define QUALITY_LENS_PICTURES 20

struct quality_condition {
        uint32_t pictures; /* the last ones, the newest in the lowest bit: had they the flag? */
        unsigned known;    /* how many of those there are yet */
        bool is_on;
        int64_t since_utc_ns; /* when the picture that decided was taken; while it is on */
};

/* Of one camera; zeroed at first. */
struct quality_watch {
        struct quality_condition conditions[QUALITY_FLAG_COUNT];
        struct picture_quality last; /* picture; when there is one */
        bool has_last;
};

/* A picture and its flags, in the order in which they were taken. Returns the flags whose state has changed. A picture at night, or
 * that could not be measured, says nothing of the lens. */
unsigned quality_watch_take(struct quality_watch *watch, unsigned flags, const struct picture_quality *quality,
                            int64_t captured_utc_ns);
/* The flags whose state is on. */
unsigned quality_watch_state(const struct quality_watch *watch);
