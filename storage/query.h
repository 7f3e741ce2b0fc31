/* SPDX-License-Identifier: MIT */
/* Asking the index: runs and frames by filter, and the names of streets. Read-only; works beside a daemon that writes. Blocking. Errors
 * are negative errno, logged as in storage/index.h. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "storage/index.h"
#include "storage/street_name.h"

/* Degrees of WGS 84; borders belong to it. */
struct query_bbox {
        double west, south, east, north;
};

/* "W,S,E,N": west < east, south < north, in range. 0 or -EINVAL (ret untouched). Pure. */
int query_bbox_parse(const char *text, struct query_bbox *ret_bbox);

#define QUERY_GOOD "good"

/* What is asked for; all that is given must hold. Strings belong to the caller and must outlive the query. */
struct query_filter {
        const char *run, *camera;   /* NULL: any */
        const char *const *streets; /* any of these names, exactly; NULL: any */
        size_t street_count;
        int64_t segment;      /* 0: any */
        int64_t since_utc_ns; /* INT64_MIN: any; taken then or later */
        int64_t until_utc_ns; /* INT64_MAX: any; taken then or earlier, to the ms */
        bool has_bbox;
        struct query_bbox bbox;
        const char *quality; /* NULL: any; QUERY_GOOD: nothing is wrong; else with that flag, such as "blurred" */
};

/* Everything is asked for. */
void query_filter_init(struct query_filter *filter);

/* A double that is not known is NAN, a string NULL, an integer as said. Strings live until the next step. */
struct query_frame {
        const char *run, *camera;
        int64_t sequence;
        const char *captured_at; /* RFC 3339, UTC, ms */
        double latitude_deg, longitude_deg, altitude_m, speed_mps, course_deg, image_direction_deg, accuracy_m;
        const char *position_source;
        const char *street;
        int64_t segment; /* 0 not known */
        const char *source_id;
        double chainage_m;
        int direction; /* 1, -1; 0 not known */
        double match_confidence;
        const char *path; /* relative to the root, as the index has it: check it with query_path_is_safe */
        int64_t bytes;    /* -1 not known */
        const char *sha256;
        const char *upload_state;
        double sharpness, brightness, clipped_share;
        const char *quality; /* what is wrong with it: "night", "clipped", "blurred", by commas */
};

struct query_frames;

/* By the run's start, then its name, camera, sequence. */
int query_frames_open(struct index_db *index, const struct query_filter *filter, struct query_frames **ret_frames);
/* 1 with the next frame; 0 at the end. */
int query_frames_next(struct query_frames *frames, struct query_frame *ret_frame);
void query_frames_close(struct query_frames *frames); /* NULL allowed */

/* As above; frames and metres are of the whole run. */
struct query_run {
        const char *name, *start_at, *end_at, *vehicle, *cameras, *software;
        double spacing_m,
                spacing_max_m; /* the smallest and the largest of its frames; without frames that of its start */
        int64_t frames;
        int64_t night, clipped, blurred; /* frames that are */
        double travelled_m;
        const char *state;
};

struct query_runs;

/* Runs of which a frame matches; where neither camera, place nor street is asked for, also those without frames that were under way in the
 * time asked for. By start, then name. */
int query_runs_open(struct index_db *index, const struct query_filter *filter, struct query_runs **ret_runs);
int query_runs_next(struct query_runs *runs, struct query_run *ret_run);
void query_runs_close(struct query_runs *runs); /* NULL allowed */

/* Is there a run of that name? 1, 0 or an error. The nearest name, or "" when there is no run at all, in ret_nearest. */
int query_run_exists(struct index_db *index, const char *name, char ret_nearest[static 40]);
/* Is there a segment of that id in the network, or a frame with it? 1, 0 or an error. */
int query_segment_exists(struct index_db *index, int64_t segment);

/* All names of streets, of the network and of frames, in order of their bytes. The caller frees with query_streets_finish. */
struct query_streets {
        char **names;
        size_t count;
};
int query_streets_read(struct index_db *index, struct query_streets *ret_streets);
void query_streets_finish(struct query_streets *streets);

/* Does a path from the index stay below the root: relative, and without ".."? Pure. */
bool query_path_is_safe(const char *path);
