/* SPDX-License-Identifier: MIT */
/* All that is known of one picture when it is written: the core fills it, EXIF and XMP carry it, the index stores it.
 * Plain data, pure. A double that is not known is NAN, a string that is not known is "". */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "geotag/map_matcher.h"

enum position_source {
        POSITION_NONE,         /* no position could be given */
        POSITION_INTERPOLATED, /* between the fixes around the exposure */
        POSITION_EXTRAPOLATED, /* after the last fix known when it was written */
        POSITION_BRIDGED,      /* in a hole of the fixes, placed when the fix was back */
};

/* "none", "interpolated", "extrapolated", "bridged" and back (-EINVAL). */
const char *position_source_text(enum position_source source);
int position_source_from_text(const char *text, enum position_source *ret_source);

/* EXIF's Orientation of a picture that is to be turned clockwise by 0, 90, 180 or 270 degrees to stand upright: EXIF 2.32, 4.6.4.A. */
unsigned picture_orientation(unsigned rotation_deg);

#define PICTURE_TEXT_SIZE 128

struct picture_tag {
        /* which picture */
        char run[40];      /* name of the run */
        char camera[32];   /* name of the camera, its section in the config */
        uint64_t sequence; /* in the run and camera, from 1; a hole is a frame lost after it was tagged */
        int64_t mark;      /* number of the mark in the run; -1 none */
        double spacing_m;  /* from one mark to the next, when it was taken; NAN none */
        /* when */
        int64_t captured_utc_ns; /* mid-exposure; strictly increasing in a run and camera */
        int64_t exposure_mid_boottime_ns;
        int64_t exposure_ns; /* exposure time; 0 unknown */
        double gain;         /* total; NAN unknown */
        int utc_offset_s;    /* local time less UTC at that instant */
        /* where: the camera at mid-exposure */
        enum position_source position_source;
        double latitude_deg, longitude_deg;
        double altitude_msl_m, altitude_hae_m;
        double speed_mps;
        double course_deg;          /* course over ground, 0 <= c < 360 */
        double heading_deg;         /* where the van's nose points: course, or course + 180 in reverse */
        double image_direction_deg; /* heading + mount angle, 0 <= d < 360, true north */
        bool reversing;
        double accuracy_m; /* horizontal */
        double hdop;
        int fix_mode;        /* 2 or 3; 0 unknown */
        int fix_status;      /* gpsd's TPV status; 0 unknown */
        int satellites_used; /* 0 unknown */
        double travelled_m;  /* since the start of the run */
        /* which street */
        struct map_match match;
        char source_id[PICTURE_TEXT_SIZE]; /* "" off-road */
        char street[PICTURE_TEXT_SIZE];    /* "" unnamed or off-road */
        char network_version[64];          /* "" no network */
        /* what with */
        unsigned width, height; /* pixels */
        unsigned
                orientation; /* EXIF's, 1 to 8: how the picture is to be turned to stand upright; 0: as 1, not at all */
        char make[64], model[64], serial[64];
        char software[64]; /* "Streetcap 0.1.0" */
        char vehicle[64];
        double focal_length_mm;   /* NAN unknown */
        double focal_length_35mm; /* NAN unknown */
        /* how good (capture/picture_quality.h); each 0 to 1, NAN unknown */
        double sharpness, brightness, clipped_share;
        char quality[32]; /* what is wrong with it by the limits in force: "night", "clipped,blurred"; "" nothing */
};

/* Nothing is known: no mark, NAN, "" and 0. */
void picture_tag_clear(struct picture_tag *ret_tag);
