/* SPDX-License-Identifier: MIT */
/* make_index DIR: an index with a run, frames, gaps, fixes and streets in DIR, as a daemon leaves it. "make_index DIR
 * hold" prints "ready" while it is still open for writing, and goes on when its standard input ends. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "storage/roads.h"
#include "storage/snapshot.h"
#include "storage/store.h"

#define START_NS INT64_C(1795428900000000000) /* 2026-11-23T10:15:00Z */
#define FRAMES 200

static int add_roads(struct index_db *index)
{
        static const struct road_point points[] = {{48.100, 2.100}, {48.105, 2.101}, {48.110, 2.105}};
        struct road_segment segment = {.source_id = "way/1",
                                       .street = "Rue de l'Église",
                                       .road_class = "residential",
                                       .points = points,
                                       .point_count = 3};
        struct roads_import *import = NULL;
        int r;

        r = roads_import_begin(index, "test", "made up", &import);
        for (int i = 0; r == 0 && i < 50; i++) {
                segment.from_m = i * 20;
                segment.to_m = segment.from_m + 20;
                r = roads_import_add(import, &segment);
        }
        if (r == 0)
                return roads_import_finish(import);
        roads_import_abort(import);
        return r;
}

static int add_frame(struct store *store, const char *run, uint64_t sequence)
{
        struct picture_tag tag = {
                .camera = "front",
                .sequence = sequence,
                .mark = (int64_t)sequence,
                .captured_utc_ns = START_NS + (int64_t)sequence * 500000000,
                .position_source = sequence % 10 ? POSITION_INTERPOLATED : POSITION_NONE,
                .latitude_deg = 48.1 + (double)sequence * 1e-5,
                .longitude_deg = 2.1,
                .altitude_msl_m = NAN,
                .altitude_hae_m = NAN,
                .speed_mps = 10,
                .course_deg = 0,
                .heading_deg = 0,
                .image_direction_deg = NAN,
                .accuracy_m = 2,
                .hdop = 1,
                .gain = NAN,
                .sharpness = NAN,
                .brightness = NAN,
                .clipped_share = NAN,
                .match = {.on_road = sequence % 2 == 0, .segment = 1, .chainage_m = 5, .direction = 1, .confidence = 1},
                .source_id = "way/1",
                .street = "Rue de l'Église",
                .network_version = "test",
        };

        snprintf(tag.run, sizeof(tag.run), "%s", run);
        return store_picture(store, &tag, "a picture", 9);
}

static int add_run(struct store *store)
{
        struct index_run run = {.name = "20261123T101500Z",
                                .start_utc_ns = START_NS,
                                .vehicle = "van",
                                .cameras = "front",
                                .spacing_m = 5,
                                .config = "[trigger]\n"};
        struct fix fix = {.valid = FIX_TIME | FIX_POSITION,
                          .mode = 3,
                          .utc_ns = START_NS,
                          .latitude_deg = 48.1,
                          .longitude_deg = 2.1};
        struct gap gap = {.camera = "front",
                          .number = 1,
                          .reason = GAP_NO_FRAME,
                          .from_utc_ns = START_NS,
                          .to_utc_ns = START_NS,
                          .marks = 1};
        int r;

        snprintf(gap.run, sizeof(gap.run), "%s", run.name);
        r = store_run_begin(store, &run);
        for (uint64_t i = 1; r == 0 && i <= FRAMES; i++)
                r = add_frame(store, run.name, i);
        if (r == 0)
                r = store_fix(store, run.name, &fix, 1, "taken");
        if (r == 0)
                r = store_gap(store, &gap);
        return r == 0 ? store_commit(store) : r;
}

int main(int argc, char **argv)
{
        struct storage_root *root = NULL;
        struct store *store = NULL;
        char copy[512];
        int r;

        if (argc < 2)
                return 2;
        r = storage_root_open(argv[1], STORAGE_WRITE, true, &root);
        if (r == 0)
                r = store_open(root, STORE_BATCH, &store);
        if (r == 0)
                r = add_roads(store_index(store));
        if (r == 0)
                r = add_run(store);
        if (r == 0 && argc > 2) {
                puts("ready");
                fflush(stdout);
                while (getchar() != EOF)
                        continue;
        }
        if (r == 0) {
                char index[512];

                snprintf(index, sizeof(index), "%s/" STORAGE_INDEX_NAME, argv[1]);
                snprintf(copy, sizeof(copy), "%s/snapshot.gpkg", argv[1]);
                r = snapshot_write(index, copy);
        }
        if (r == 0)
                r = store_run_end(store, START_NS + 100 * INT64_C(1000000000), 1000);
        store_close(store);
        storage_root_close(root);
        if (r < 0)
                fprintf(stderr, "make_index: %s\n", strerror(-r));
        return r < 0;
}
