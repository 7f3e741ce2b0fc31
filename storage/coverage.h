/* SPDX-License-Identifier: MIT */
/* What there is of each street, and what is missing. Covered is, per direction of travel, what lies within 0.75 of the spacing of a frame
 * that is good enough: it has a position, and an accuracy that is known and no worse than the limit. Measured along the source line by
 * chainage; a frame near a junction also covers the beginning of another line that goes straight on there.
 * Parts of a source line that do not touch cover nothing of each other. Blocking. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "storage/index.h"

#define COVERAGE_REACH 0.75 /* of the spacing with which the frame was taken */

struct coverage_settings {
        double accuracy_m; /* > 0: a frame less accurate covers nothing */
        double spacing_m;  /* > 0: of runs that do not say theirs; and what counts as missing in the worklist */
        bool by_segment;   /* a row a segment and direction, else a street and direction */
        const char *const *streets; /* only these names, exactly; NULL: all. Must outlive the call. */
        size_t street_count;
        int64_t worklist_before_utc_ns; /* INT64_MIN: all rows, of all frames. Else frames before that instant cover nothing, and only
                                         * rows in which a stretch longer than spacing_m, or all, is not covered are given */
};

/* A stretch that is not covered. Strings live as long as the coverage. */
struct coverage_stretch {
        const char *source_id;
        int64_t segment;     /* in which it begins, by chainage */
        double from_m, to_m; /* chainage on the source line */
        const char *
                reason; /* of its larger part: that of the gap, "position too inaccurate", "never driven", or in the worklist
                              * "not seen since" with the instant */
};

struct coverage_row {
        const char *street;    /* NULL: unnamed */
        const char *commune;   /* NULL: not known */
        int64_t segment;       /* 0 in a row of a street */
        const char *source_id; /* NULL in a row of a street */
        int direction;         /* 1 along the source lines, -1 against */
        double length_m, covered_m;
        int64_t last_seen_utc_ns; /* when the newest frame that covers any of it was taken; INT64_MIN: never */
        const struct coverage_stretch *stretches;
        size_t stretch_count;
        const struct coverage_stretch *largest; /* NULL: all is covered */
};

struct coverage;

/* Reads frames and gaps and makes the rows, in the order of street, commune, segment, direction. 0; -ENODATA when the index has no
 * streets; or as in storage/index.h. */
int coverage_create(struct index_db *index, const struct coverage_settings *settings, struct coverage **ret_coverage);
void coverage_destroy(struct coverage *coverage); /* NULL allowed */
size_t coverage_size(const struct coverage *coverage);
const struct coverage_row *coverage_row_at(const struct coverage *coverage, size_t place);
