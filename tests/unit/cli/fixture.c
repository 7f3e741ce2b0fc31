/* SPDX-License-Identifier: MIT */
#include "fixture.h"

#include <ftw.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/commands.h"
#include "geotag/geodesy.h"
#include "storage/roads.h"
#include "storage/root.h"

#define MAX_SPOTS 32

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
        return remove(path);
}

int fixture_setup(void **state)
{
        struct fixture *fixture = calloc(1, sizeof(*fixture));
        char path[96];

        assert_non_null(fixture);
        snprintf(fixture->dir, sizeof(fixture->dir), "/tmp/streetcap-cli-XXXXXX");
        assert_non_null(mkdtemp(fixture->dir));
        snprintf(path, sizeof(path), "%s/" STORAGE_INDEX_NAME, fixture->dir);
        assert_int_equal(index_open(path, INDEX_READ_WRITE, &fixture->index), 0);
        *state = fixture;
        return 0;
}

void fixture_close(struct fixture *fixture)
{
        index_close(fixture->index);
        fixture->index = NULL;
}

int fixture_teardown(void **state)
{
        struct fixture *fixture = *state;

        fixture_close(fixture);
        nftw(fixture->dir, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
        free(fixture);
        return 0;
}

const char *fixture_path(const struct fixture *fixture, const char *name)
{
        static char paths[4][256];
        static unsigned next;
        char *path = paths[next++ % 4];

        snprintf(path, sizeof(paths[0]), "%s/%s", fixture->dir, name);
        return path;
}

void fixture_write(const struct fixture *fixture, const char *path, const char *text)
{
        char whole[256];
        FILE *file;

        snprintf(whole, sizeof(whole), "%s/%s", fixture->dir, path);
        for (char *slash = strchr(whole + strlen(fixture->dir) + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
                *slash = '\0';
                mkdir(whole, 0755);
                *slash = '/';
        }
        file = fopen(whole, "we");
        assert_non_null(file);
        assert_true(fputs(text, file) >= 0);
        assert_int_equal(fclose(file), 0);
}

/* ---- streets ---- */

static struct road_point place_of(struct spot spot)
{
        struct road_point point;
        struct plane plane;

        plane_init(&plane, 47.0, 2.0);
        plane_to_geodetic(&plane, spot.east_m, spot.north_m, &point.latitude_deg, &point.longitude_deg);
        return point;
}

void fixture_roads(struct fixture *fixture)
{
        assert_int_equal(roads_import_begin(fixture->index, "map 1", "town.geojson", &fixture->import), 0);
}

void fixture_street(struct fixture *fixture, const char *source_id, const char *name, enum road_oneway oneway,
                    double from_m, double to_m, const struct spot *spots, size_t count)
{
        struct road_point points[MAX_SPOTS];
        struct road_segment segment = {
                .source_id = source_id,
                .from_m = from_m,
                .to_m = to_m,
                .street = name,
                .road_class = "residential",
                .oneway = oneway,
                .points = points,
                .point_count = count,
        };

        assert_true(count <= MAX_SPOTS);
        for (size_t i = 0; i < count; i++)
                points[i] = place_of(spots[i]);
        assert_int_equal(roads_import_add(fixture->import, &segment), 0);
}

void fixture_roads_end(struct fixture *fixture)
{
        assert_int_equal(roads_import_finish(fixture->import), 0);
        fixture->import = NULL;
}

/* ---- drives ---- */

void fixture_run(struct fixture *fixture, const char *name, int64_t start_s, double spacing_m)
{
        struct index_run run = {
                .start_utc_ns = FIXTURE_START_NS + start_s * FIXTURE_S,
                .end_utc_ns = FIXTURE_START_NS + (start_s + 600) * FIXTURE_S,
                .vehicle = "van",
                .cameras = "front",
                .software = "Streetcap test",
                .spacing_m = spacing_m,
                .config = "",
                .travelled_m = 1234.5,
                .state = RUN_ENDED,
        };

        snprintf(run.name, sizeof(run.name), "%s", name);
        assert_int_equal(index_put_run(fixture->index, &run), 0);
}

static const char *or_else(const char *text, const char *otherwise)
{
        return text ? text : otherwise;
}

static void set_match(struct picture_tag *tag, const struct fixture_frame *frame)
{
        if (!frame->source_id)
                return;
        tag->match = (struct map_match){
                .on_road = true,
                .segment = frame->segment ? frame->segment : 1,
                .chainage_m = frame->chainage_m,
                .direction = frame->direction ? frame->direction : 1,
                .confidence = 0.9,
        };
        snprintf(tag->source_id, sizeof(tag->source_id), "%s", frame->source_id);
        snprintf(tag->street, sizeof(tag->street), "%s", or_else(frame->street, ""));
}

void fixture_frame(struct fixture *fixture, const struct fixture_frame *frame)
{
        static uint64_t next_sequence = 1000;
        uint64_t sequence = frame->sequence ? frame->sequence : ++next_sequence;
        struct road_point point = place_of(frame->spot);
        bool is_measured = frame->quality.brightness > 0;
        struct picture_tag tag = {
                .sequence = sequence,
                .mark = -1,
                .spacing_m = frame->spacing_m,
                .captured_utc_ns = FIXTURE_START_NS + (frame->at_s ? frame->at_s : (int64_t)sequence) * FIXTURE_S,
                .position_source = frame->no_position ? POSITION_NONE : POSITION_INTERPOLATED,
                .latitude_deg = point.latitude_deg,
                .longitude_deg = point.longitude_deg,
                .altitude_msl_m = 123.456,
                .altitude_hae_m = NAN,
                .speed_mps = 8.25,
                .course_deg = 90,
                .heading_deg = 90,
                .image_direction_deg = 90,
                .accuracy_m = frame->accuracy_m == 0 ? 3 : frame->accuracy_m,
                .hdop = NAN,
                .gain = NAN,
                .sharpness = is_measured ? frame->quality.sharpness : NAN,
                .brightness = is_measured ? frame->quality.brightness : NAN,
                .clipped_share = is_measured ? frame->quality.clipped_share : NAN,
        };
        struct index_frame_file file = {.bytes = 5};
        char path[128];

        snprintf(tag.run, sizeof(tag.run), "%s", or_else(frame->run, "a"));
        snprintf(tag.camera, sizeof(tag.camera), "%s", or_else(frame->camera, "front"));
        snprintf(tag.quality, sizeof(tag.quality), "%s", or_else(frame->quality.flags, ""));
        set_match(&tag, frame);
        snprintf(path, sizeof(path), "runs/%s/%s/%08llu.jpg", tag.run, tag.camera, (unsigned long long)sequence);
        file.path = path;
        memset(file.sha256, 'a', 64);
        assert_int_equal(index_add_frame(fixture->index, &tag, &file), 0);
}

void fixture_gap(struct fixture *fixture, const struct fixture_gap *gap)
{
        static uint64_t next_number;
        struct gap row = {
                .run = "a",
                .camera = "front",
                .number = ++next_number,
                .reason = gap->reason,
                .from_utc_ns = FIXTURE_START_NS,
                .to_utc_ns = FIXTURE_START_NS + FIXTURE_S,
                .metres = gap->metres,
                .marks = (uint64_t)fmax(1, gap->metres / 5),
        };

        row.from = (struct map_match){.on_road = gap->from_segment > 0,
                                      .segment = gap->from_segment,
                                      .chainage_m = gap->from_m,
                                      .direction = gap->direction ? gap->direction : 1};
        row.to = (struct map_match){.on_road = gap->to_segment > 0,
                                    .segment = gap->to_segment,
                                    .chainage_m = gap->to_m,
                                    .direction = gap->to_direction ? gap->to_direction : 1};
        snprintf(row.source_id, sizeof(row.source_id), "%s", or_else(gap->source_id, ""));
        assert_int_equal(index_put_gap(fixture->index, &row), 0);
}

/* ---- commands ---- */

#define MAX_ARGUMENTS 24

struct outcome fixture_command(const struct fixture *fixture, const char *const *arguments)
{
        char *argv[MAX_ARGUMENTS] = {0};
        struct outcome outcome = {0};
        size_t out_size, err_size;
        struct cli cli = {
                .commands = cli_commands,
                .executable_dir = fixture_path(fixture, "bin"),
                .now_utc_ns = FIXTURE_START_NS + 86400 * FIXTURE_S,
                .out = open_memstream(&outcome.out, &out_size),
                .err = open_memstream(&outcome.err, &err_size),
        };
        int argc = 0;

        assert_true(cli.out && cli.err);
        argv[argc++] = strdup("streetcap");
        if (!fixture->without_root) {
                argv[argc++] = strdup("--root");
                argv[argc++] = strdup(fixture->dir);
        }
        for (; *arguments; arguments++) {
                assert_true(argc < MAX_ARGUMENTS - 1);
                argv[argc++] = strdup(*arguments);
        }
        char *owned[MAX_ARGUMENTS];
        memcpy(owned, argv, sizeof(owned));
        outcome.status = cli_run(&cli, argc, argv);
        fclose(cli.out);
        fclose(cli.err);
        for (int i = 0; i < argc; i++)
                free(owned[i]);
        return outcome;
}

void outcome_finish(struct outcome *outcome)
{
        free(outcome->out);
        free(outcome->err);
}

/* Frees the text. */
static char *without_root(const struct fixture *fixture, char *text)
{
        struct text replaced = {0};
        const char *at = text, *found;

        text_add(&replaced, "");
        while ((found = strstr(at, fixture->dir))) {
                text_add_bytes(&replaced, at, (size_t)(found - at));
                text_add(&replaced, "ROOT");
                at = found + strlen(fixture->dir);
        }
        text_add(&replaced, at);
        free(text);
        return replaced.data;
}

void fixture_expect(const struct fixture *fixture, const char *const *arguments, int status, const char *out,
                    const char *err)
{
        struct outcome outcome = fixture_command(fixture, arguments);

        outcome.out = without_root(fixture, outcome.out);
        outcome.err = without_root(fixture, outcome.err);
        assert_string_equal(outcome.err, err);
        assert_string_equal(outcome.out, out);
        assert_int_equal(outcome.status, status);
        outcome_finish(&outcome);
}
