/* SPDX-License-Identifier: MIT */
#include "fixture.h"

#include <fcntl.h>
#include <ftw.h>
#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"

int fixture_setup(void **state)
{
        const char *base = getenv("TMPDIR");
        char dir[256];

        snprintf(dir, sizeof(dir), "%s/streetcap-storage-XXXXXX", base && *base ? base : "/tmp");
        if (!mkdtemp(dir))
                return -1;
        *state = strdup(dir);
        return *state ? 0 : -1;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
        (void)status;
        (void)type;
        (void)ftw;
        return remove(path);
}

int fixture_teardown(void **state)
{
        int r = nftw(*state, remove_entry, 16, FTW_DEPTH | FTW_PHYS);

        free(*state);
        return r;
}

const char *fixture_path(const char *dir, const char *name)
{
        static char buffers[16][512];
        static unsigned next;
        char *buffer = buffers[next++ % 16];

        snprintf(buffer, sizeof(buffers[0]), "%s/%s", dir, name);
        return buffer;
}

struct index_run fixture_run(const char *name)
{
        struct index_run run = {
                .start_utc_ns = FIXTURE_START_NS,
                .vehicle = "van 1",
                .cameras = "front",
                .software = "Streetcap test",
                .spacing_m = 5,
                .config = "[trigger]\nspacing = 5 m\n",
                .state = RUN_OPEN,
        };

        snprintf(run.name, sizeof(run.name), "%s", name);
        return run;
}

struct picture_tag fixture_tag(const char *run, const char *camera, uint64_t sequence)
{
        struct picture_tag tag = {
                .sequence = sequence,
                .mark = (int64_t)sequence,
                .captured_utc_ns = FIXTURE_START_NS + (int64_t)sequence * 500000000,
                .exposure_mid_boottime_ns = 1000000000 + (int64_t)sequence * 500000000,
                .exposure_ns = 2000000,
                .gain = 1.5,
                .position_source = POSITION_INTERPOLATED,
                .latitude_deg = 48.1 + (double)sequence * 1e-5,
                .longitude_deg = 2.1 + (double)sequence * 1e-5,
                .altitude_msl_m = 120.5,
                .altitude_hae_m = 165.25,
                .speed_mps = 10,
                .course_deg = 45,
                .heading_deg = 45,
                .image_direction_deg = 45,
                .accuracy_m = 2.5,
                .hdop = 0.9,
                .travelled_m = 5.0 * (double)sequence,
                .match = {.on_road = true,
                          .segment = 7,
                          .chainage_m = 5.0 * (double)sequence,
                          .direction = -1,
                          .offset_m = 1.5,
                          .confidence = 0.75,
                          .provisional = true},
                .source_id = "way/7",
                .street = "Rue Pasteur",
                .network_version = "osm 2026-11",
                .width = 640,
                .height = 480,
                .focal_length_mm = NAN,
                .focal_length_35mm = NAN,
                .sharpness = 0.03125,
                .brightness = 0.75,
                .clipped_share = 0.5,
                .quality = "clipped,blurred",
        };

        snprintf(tag.run, sizeof(tag.run), "%s", run);
        snprintf(tag.camera, sizeof(tag.camera), "%s", camera);
        return tag;
}

struct index_frame_file fixture_file(const char *path)
{
        struct index_frame_file file = {.path = path, .bytes = 3};

        memset(file.sha256, 'a', 64);
        return file;
}

struct fix fixture_fix(int64_t utc_ns)
{
        return (struct fix){
                .valid = FIX_TIME | FIX_POSITION | FIX_SPEED | FIX_HDOP | FIX_SATELLITES,
                .mode = 3,
                .status = 1,
                .utc_ns = utc_ns,
                .latitude_deg = 48.1,
                .longitude_deg = 2.1,
                .altitude_hae_m = NAN,
                .altitude_msl_m = NAN,
                .speed_mps = 10,
                .course_deg = NAN,
                .eph_m = NAN,
                .epv_m = NAN,
                .eps_mps = NAN,
                .hdop = 0.9,
                .satellites_used = 11,
        };
}

struct index_db *fixture_index(const char *dir)
{
        struct index_run run = fixture_run("a");
        struct index_db *index = NULL;

        assert_int_equal(index_open(fixture_path(dir, "index.gpkg"), INDEX_READ_WRITE, &index), 0);
        assert_int_equal(index_put_run(index, &run), 0);
        return index;
}

void catch_log(struct catch *caught, const char *dir)
{
        int fd = open(fixture_path(dir, "log"), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

        *caught = (struct catch){dir, fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0)};
        assert_true(fd >= 0 && caught->stderr_before >= 0);
        assert_int_equal(dup2(fd, STDERR_FILENO), STDERR_FILENO);
        fd_close(fd);
}

char *release_log(struct catch *caught)
{
        char *log = NULL;
        size_t size;

        assert_int_equal(dup2(caught->stderr_before, STDERR_FILENO), STDERR_FILENO);
        fd_close(caught->stderr_before);
        assert_int_equal(fd_read_file(AT_FDCWD, fixture_path(caught->dir, "log"), 1 << 16, &log, &size), 0);
        return log;
}

static sqlite3_stmt *first_row(sqlite3 *sqlite, const char *sql)
{
        sqlite3_stmt *statement = NULL;

        if (sqlite3_prepare_v2(sqlite, sql, -1, &statement, NULL) != SQLITE_OK || sqlite3_step(statement) != SQLITE_ROW)
                fail_msg("%s: %s", sql, sqlite3_errmsg(sqlite));
        return statement;
}

int64_t fixture_int(sqlite3 *sqlite, const char *sql)
{
        sqlite3_stmt *statement = first_row(sqlite, sql);
        int64_t value = sqlite3_column_int64(statement, 0);

        sqlite3_finalize(statement);
        return value;
}

const char *fixture_text(sqlite3 *sqlite, const char *sql)
{
        static char buffer[256];
        sqlite3_stmt *statement = first_row(sqlite, sql);
        const char *text = (const char *)sqlite3_column_text(statement, 0);

        snprintf(buffer, sizeof(buffer), "%s", text ? text : "");
        sqlite3_finalize(statement);
        return buffer;
}
