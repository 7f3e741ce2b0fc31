/* SPDX-License-Identifier: MIT */
/* The settings: what was asked for, never what is. Filled from one INI file through a table (config/settings.c) in which every
 * key has a type, a unit, a range, a default, a help line, and whether a running daemon takes a change (live) or not (restart). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/log.h"

#define CONFIG_TEXT_SIZE 128
#define CONFIG_MAX_CAMERAS 4
#define CONFIG_DEFAULT_PATH "/etc/streetcap/streetcap.conf"

/* What a camera that offers both is asked for. */
enum config_format { CONFIG_FORMAT_AUTO, CONFIG_FORMAT_MJPEG, CONFIG_FORMAT_YUV };

struct config_camera {                 /* section [camera NAME] */
        char name[32];                 /* a-z 0-9 - _, from the section's head */
        char backend[16];              /* pattern, files, libcamera */
        char device[CONFIG_TEXT_SIZE]; /* files: the folder; libcamera: id, model or position */
        unsigned width, height;        /* pixels */
        double rate_hz;
        int format;                      /* enum config_format */
        int quality;                     /* JPEG, 1 to 100 */
        double mount_angle_deg;          /* of the view from the van's nose, clockwise, 0 <= a < 360 */
        double forward_m, right_m, up_m; /* of the camera from the antenna */
        char make[64], model[64], serial[64];
        double focal_length_mm, focal_length_35mm; /* 0 unknown */
        int rotation_quarters;    /* 0 to 3: how far the picture is to be turned clockwise, in 90 degrees */
        double freeze_s;          /* no frame for that long: it hangs */
        double blur_px;           /* that a still thing may move during the exposure; 0: any */
        double field_of_view_deg; /* across */
        double kerb_distance_m;   /* from the camera sideways to the nearest thing that is to be sharp */
        double gain_limit;        /* total */
        double focus_distance_m;
        double readout_s;          /* first row to last; 0: as the camera tells */
        double timestamp_offset_s; /* added to the camera's time stamps */
};

/* From where on a picture is flagged; 0: never. Live. */
struct config_quality {
        double dark_percent;    /* of white: its mean luma is under that */
        double blurred_percent; /* its sharpness is under that (capture/picture_quality.h) */
        double clipped_percent; /* of it is white, or more */
};

struct config {
        char vehicle_id[64];
        char time_zone[64]; /* IANA name, for the local time in EXIF */
        char storage_root[CONFIG_TEXT_SIZE];
        char runtime_dir[CONFIG_TEXT_SIZE]; /* status.json; /run/streetcap */
        char gpsd_host[CONFIG_TEXT_SIZE], gpsd_port[16], gpsd_device[CONFIG_TEXT_SIZE];
        double gpsd_latency_s;              /* epoch to arrival of its report at gpsd's client, at its smallest */
        double spacing_m;                   /* live */
        double standstill_speed_mps;        /* live */
        double run_end_parked_s;            /* live: a run ends after that long at standstill */
        double fix_wait_s;                  /* live: how long a picture waits for the fix after its exposure; <= 1.2 */
        double extrapolation_limit_s;       /* live: how long after the last fix the trigger goes on */
        double match_radius_m;              /* restart */
        double match_course_speed_mps;      /* restart */
        int encoder_threads, encoder_queue; /* restart */
        double commit_interval_s;           /* restart; <= 0.5 */
        double coverage_accuracy_m;         /* live: a frame less accurate covers nothing */
        struct config_quality quality;      /* live */
        enum log_level log_level;           /* live */
        struct config_camera cameras[CONFIG_MAX_CAMERAS];
        unsigned camera_count; /* at least 1 after a successful load */
};

/* One problem, "FILE:LINE: key: what is wrong, what is allowed", goes to sink as a line without newline. */
typedef void (*config_problem_fn)(void *userdata, const char *line);

/* All defaults, with one camera "front" of backend pattern. */
void config_defaults(struct config *ret_config);
/* Defaults, then the file. Every problem is reported, in the order of their lines. 0; -EINVAL with problems reported; or the errno of opening the file (reported
 * too). ret_config is only written on success. Blocking file I/O. */
int config_load(const char *path, struct config *ret_config, config_problem_fn problem, void *userdata);
/* For who asks only: what of the file is right, defaults for the rest, and how many problems there are. A file that cannot be read is
 * reported, and its errno returned: nothing is written then. */
int config_load_what_is_right(const char *path, struct config *ret_config, unsigned *ret_problems,
                              config_problem_fn problem, void *userdata);
/* The same as config_load from memory; name stands for the file in messages. For the config snapshot of a run, and the fuzzer. */
int config_load_memory(const char *name, const char *data, size_t size, struct config *ret_config,
                       config_problem_fn problem, void *userdata);
/* Sets one key as if the file had it ("trigger", "spacing", "5m"): for command-line options. Reports a problem as above with name
 * instead of FILE:LINE. 0 or -EINVAL. */
int config_set(struct config *config, const char *name, const char *section, const char *key, const char *value,
               config_problem_fn problem, void *userdata);

/* Writes the config as an INI file with help lines: every key with its value. Of the defaults, this is config/streetcap.conf. */
void config_write(const struct config *config, FILE *stream);

/* What of a reload may apply at once: copies the live keys of `wanted` into `running`; calls restart_only with the name of each other
 * key that differs ("storage.root"). Returns how many live keys changed. */
unsigned config_apply_live(struct config *running, const struct config *wanted,
                           void (*restart_only)(void *userdata, const char *key), void *userdata);
