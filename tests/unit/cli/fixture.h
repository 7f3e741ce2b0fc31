/* SPDX-License-Identifier: MIT */
/* What the tests of questions to the index share: a folder with an index that goes away, streets drawn by hand on a plane, frames and
 * gaps on them, and commands run in this process. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "geotag/road_network.h"
#include "storage/index.h"

#define FIXTURE_START_NS INT64_C(1795428900000000000) /* 2026-11-23T10:15:00Z */
#define FIXTURE_S INT64_C(1000000000)

struct fixture {
        char dir[64];           /* the storage root */
        struct index_db *index; /* open for writing; NULL once fixture_close was called */
        struct roads_import *import;
        bool without_root; /* commands are run without --root */
};

/* cmocka's set-up and tear-down: *state is a struct fixture with an empty index. */
int fixture_setup(void **state);
int fixture_teardown(void **state);
/* Closes the writer, as a daemon that ends. */
void fixture_close(struct fixture *fixture);
/* DIR/NAME in one of four static buffers. */
const char *fixture_path(const struct fixture *fixture, const char *name);
/* Writes a file below the root; its folders are made. */
void fixture_write(const struct fixture *fixture, const char *path, const char *text);

/* ---- streets: metres east and north of a place in France ---- */

struct spot {
        double east_m, north_m;
};

/* Opens a network; streets follow. */
void fixture_roads(struct fixture *fixture);
/* One segment of a source line; its points up to the first of {NAN, NAN}. Ids count from 1 in the order of the calls. */
void fixture_street(struct fixture *fixture, const char *source_id, const char *name, enum road_oneway oneway,
                    double from_m, double to_m, const struct spot *spots, size_t count);
void fixture_roads_end(struct fixture *fixture);

#define STREET(fixture, source_id, name, oneway, from_m, to_m, ...)                                                    \
        fixture_street(fixture, source_id, name, oneway, from_m, to_m, (const struct spot[]){__VA_ARGS__},             \
                       sizeof((const struct spot[]){__VA_ARGS__}) / sizeof(struct spot))

/* ---- drives ---- */

/* A run that starts at FIXTURE_START_NS and so many seconds. */
void fixture_run(struct fixture *fixture, const char *name, int64_t start_s, double spacing_m);

struct fixture_frame {
        const char *run;       /* NULL: "a" */
        const char *camera;    /* NULL: "front" */
        uint64_t sequence;     /* 0: the next one */
        int64_t at_s;          /* after FIXTURE_START_NS; 0: the sequence */
        const char *source_id; /* NULL: off-road */
        const char *street;
        int64_t segment; /* 0: 1 */
        double chainage_m;
        int direction;     /* 0: 1 */
        double accuracy_m; /* 0: 3; NAN: not known */
        double spacing_m;  /* 0: the run's */
        int no_position;
        struct fixture_quality {
                double sharpness, brightness, clipped_share;
                const char *flags;
        } quality; /* all 0: not known */
        struct spot spot;
};
/* Named members, the rest by default: FRAME(fixture, .source_id = "a", .chainage_m = 3). */
void fixture_frame(struct fixture *fixture, const struct fixture_frame *frame);
#define FRAME(fixture, ...) fixture_frame(fixture, &(const struct fixture_frame){__VA_ARGS__})

struct fixture_gap {
        enum gap_reason reason;
        const char *source_id;
        int64_t from_segment, to_segment;
        double from_m, to_m, metres;
        int direction;    /* 0: 1 */
        int to_direction; /* 0: 1 */
};
void fixture_gap(struct fixture *fixture, const struct fixture_gap *gap);
#define GAP(fixture, ...) fixture_gap(fixture, &(const struct fixture_gap){__VA_ARGS__})

/* ---- commands ---- */

struct outcome {
        int status;
        char *out, *err;
};

/* Runs `streetcap ARGUMENTS...` on the fixture's root, with --root before them unless without_root; now is a day after FIXTURE_START_NS. */
struct outcome fixture_command(const struct fixture *fixture, const char *const *arguments);
void outcome_finish(struct outcome *outcome);
#define RUN(fixture, ...) fixture_command(fixture, (const char *const[]){__VA_ARGS__, NULL})

/* Runs, compares all three, and frees. The root's name in what is printed is replaced by ROOT. */
void fixture_expect(const struct fixture *fixture, const char *const *arguments, int status, const char *out,
                    const char *err);
#define EXPECT(fixture, status, out, err, ...)                                                                         \
        fixture_expect(fixture, (const char *const[]){__VA_ARGS__, NULL}, status, out, err)
