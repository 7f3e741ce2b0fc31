/* SPDX-License-Identifier: MIT */
/* The commands that write or check files, and status; beside a writer that has the index open, as the daemon has. */
#include "fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "cli/commands.h"
#include "storage/export.h"
#include "storage/query.h"
#include "storage/roads.h"

static void expect_file(const struct fixture *f, const char *name, const char *text)
{
        char data[512] = "";
        FILE *file = fopen(fixture_path(f, name), "re");

        assert_non_null(file);
        data[fread(data, 1, sizeof(data) - 1, file)] = '\0';
        fclose(file);
        assert_string_equal(data, text);
}

static bool is_there(const struct fixture *f, const char *name)
{
        return access(fixture_path(f, name), F_OK) == 0;
}

/* Two frames; the second has no picture. */
static int setup(void **state)
{
        struct fixture *f;

        fixture_setup(state);
        f = *state;
        fixture_roads(f);
        STREET(f, "A", "Rue Pasteur", ROAD_BOTH_WAYS, 0, 100, {0, 0}, {100, 0});
        STREET(f, "B", "Rue Zola", ROAD_ALONG_ONLY, 0, 50, {0, 50}, {50, 50});
        fixture_roads_end(f);
        fixture_run(f, "a", 0, 5);
        FRAME(f, .sequence = 1, .source_id = "A", .street = "Rue Pasteur");
        FRAME(f, .sequence = 2, .source_id = "B", .street = "Rue Zola", .segment = 2);
        fixture_write(f, "runs/a/front/00000001.jpg", "12345");
        return 0;
}

/* ---- export ---- */

static void test_export_wrong_use(void **state)
{
        EXPECT(*state, 2, "",
               "streetcap: export: --format is missing: gpkg, geojson or csv\nTry: streetcap export --help\n",
               "export");
        EXPECT(*state, 2, "",
               "streetcap: --format: \"gpx\" is not allowed here, allowed: gpkg, geojson, csv\nTry: streetcap export --help\n",
               "export", "--format", "gpx");
        EXPECT(*state, 2, "", "streetcap: export: --format gpkg needs --output FILE\nTry: streetcap export --help\n",
               "export", "--format", "gpkg");
        EXPECT(*state, 2, "",
               "streetcap: export: --format gpkg is the whole index; filters are for geojson and csv\nTry: streetcap export --help\n",
               "export", "--format", "gpkg", "-o", fixture_path(*state, "x"), "--run", "a");
}

/* As frames prints it, here and in a file; the file is replaced at the end only. */
static void test_export_text(void **state)
{
        struct fixture *f = *state;
        struct outcome frames = RUN(f, "frames", "--geojson", "--street", "Rue Zola");

        EXPECT(f, 0, frames.out, "", "export", "--format", "geojson", "--street", "Rue Zola");
        outcome_finish(&frames);
        fixture_write(f, "frames.csv", "old");
        EXPECT(f, 1, "", "streetcap: --run: there is no run \"b\"; the nearest is a\n", "export", "--format", "csv",
               "-o", fixture_path(f, "frames.csv"), "--run", "b");
        expect_file(f, "frames.csv", "old");
        EXPECT(f, 0, "", "0 frames in ROOT/frames.csv\n", "export", "--format", "csv", "-o",
               fixture_path(f, "frames.csv"), "--street", "Rue Zola", "--since", "2027-01-01");
        expect_file(
                f, "frames.csv",
                "run,camera,sequence,captured_at,latitude,longitude,altitude_m,speed_mps,course_deg,image_direction_deg,accuracy_m,"
                "position_source,street,segment,source_id,chainage_m,direction,match_confidence,path,bytes,sha256,upload_state,sharpness,brightness,clipped_share,quality\r\n");
        EXPECT(f, 1, "", "streetcap: ROOT/none/frames.csv: No such file or directory\n", "export", "--format", "csv",
               "-o", fixture_path(f, "none/frames.csv"));
        EXPECT(f, 1, "", "streetcap: /dev/full: No space left on device\n", "export", "--format", "csv", "-o",
               "/dev/full");
}

static void set_hash(struct fixture *f, int sequence, const char *sha256)
{
        char sql[192];

        snprintf(sql, sizeof(sql), "UPDATE frames SET sha256 = '%s' WHERE sequence = %d", sha256, sequence);
        assert_int_equal(sqlite3_exec(index_sqlite(f->index), sql, NULL, NULL, NULL), SQLITE_OK);
}

static void test_export_images(void **state)
{
        struct fixture *f = *state;
        char images[256];

        set_hash(f, 1, "5994471abb01112afcc18159f6cc74b4f511b99806da59b3caf5a9c173cacfc5");
        set_hash(f, 2, "20f3765880a5c269b747e1e906054a4b4a3a991259f1e16b5dde4742cec2319a");

        snprintf(images, sizeof(images), "%s", fixture_path(f, "images"));
        EXPECT(f, 1, "",
               "streetcap: runs/a/front/00000002.jpg: not copied: No such file or directory\n2 frames in ROOT/frames.csv\n"
               "1 picture in place, 1 not copied\n",
               "export", "--format", "csv", "-o", fixture_path(f, "frames.csv"), "--with-images", images);
        expect_file(f, "images/runs/a/front/00000001.jpg", "12345");
        assert_false(is_there(f, "images/runs/a/front/00000002.jpg"));
        assert_true(is_there(f, "frames.csv"));
        /* Again: what is there stays, what is cut is mended. */
        fixture_write(f, "runs/a/front/00000002.jpg", "54321");
        fixture_write(f, "images/runs/a/front/00000001.jpg", "cut");
        EXPECT(f, 0, "", "the index is in ROOT/out.gpkg\n2 pictures in place\n", "export", "--format", "gpkg", "-o",
               fixture_path(f, "out.gpkg"), "--with-images", images);
        expect_file(f, "images/runs/a/front/00000001.jpg", "12345");
        expect_file(f, "images/runs/a/front/00000002.jpg", "54321");
        /* Only what is asked for. */
        EXPECT(f, 0, "", "1 frame in ROOT/one.geojson\n1 picture in place\n", "export", "--format", "geojson", "-o",
               fixture_path(f, "one.geojson"), "--street", "Rue Pasteur", "--with-images", fixture_path(f, "one"));
        assert_true(is_there(f, "one/runs/a/front/00000001.jpg"));
        assert_false(is_there(f, "one/runs/a/front/00000002.jpg"));
        /* A damaged one is none. */
        fixture_write(f, "runs/a/front/00000001.jpg", "1234X");
        EXPECT(f, 1, "",
               "streetcap: runs/a/front/00000001.jpg: not copied: it is not the picture that the index lists (streetcap verify)\n"
               "2 frames in ROOT/frames.csv\n1 picture in place, 1 not copied\n",
               "export", "--format", "csv", "-o", fixture_path(f, "frames.csv"), "--with-images",
               fixture_path(f, "two"));
        assert_false(is_there(f, "two/runs/a/front/00000001.jpg"));
}

/* An index from elsewhere may name any file: none outside its root is read or written. */
static void test_paths_stay_below_the_root(void **state)
{
        static const char *const bad[] = {"", "/etc/passwd", "..", "../x", "a/../../x", "a/..", "a/b/../c"};
        static const char *const good[] = {"a", "a/b.jpg", "...", "a/..b", "..a/b"};
        struct fixture *f = *state;
        int root_fd, target_fd;

        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
                assert_false(query_path_is_safe(bad[i]));
        for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
                assert_true(query_path_is_safe(good[i]));

        fixture_write(f, "secret", "s");
        fixture_write(f, "target/x", "");
        assert_int_equal(symlink(fixture_path(f, "secret"), fixture_path(f, "runs/link.jpg")), 0);
        assert_int_equal(symlink(f->dir, fixture_path(f, "runs/folder")), 0);
        root_fd = open(f->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        target_fd = open(fixture_path(f, "target"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_int_equal(export_picture(root_fd, target_fd, "../secret", -1, NULL), -EPERM);
        assert_int_equal(export_picture(root_fd, target_fd, "runs/link.jpg", -1, NULL), -ELOOP);
        assert_int_equal(export_picture(root_fd, target_fd, "runs/folder/secret", -1, NULL), -ENOTDIR);
        assert_int_equal(export_picture(root_fd, target_fd, "runs/a", -1, NULL), -EINVAL);
        assert_int_equal(export_picture(root_fd, target_fd, "runs/a/front/00000001.jpg", -1, NULL), 0);
        assert_false(is_there(f, "target/runs/link.jpg"));
        close(root_fd);
        close(target_fd);
}

/* ---- snapshot and verify ---- */

static void test_snapshot(void **state)
{
        struct fixture *f = *state;
        struct outcome before = RUN(f, "frames", "--json"), after;
        char copy[256];

        snprintf(copy, sizeof(copy), "%s", fixture_path(f, "copy"));
        mkdir(copy, 0755);
        /* What the writer has not committed is not seen, and does not hold anyone up. */
        assert_int_equal(index_begin(f->index), 0);
        FRAME(f, .sequence = 3);
        EXPECT(f, 0, "", "the index of ROOT is in ROOT/copy/index.gpkg\n", "snapshot",
               fixture_path(f, "copy/index.gpkg"));
        index_rollback(f->index);
        assert_false(is_there(f, "copy/index.gpkg-wal"));
        after = RUN(f, "frames", "--json", "--root", copy);
        assert_string_equal(after.out, before.out);
        outcome_finish(&before);
        outcome_finish(&after);
        /* The log says why, and nothing says it again. */
        EXPECT(f, 1, "", "", "snapshot", fixture_path(f, "none/x"));
        EXPECT(f, 1, "", "", "snapshot", fixture_path(f, "index.gpkg"));
        EXPECT(f, 1, "", "", "export", "--format", "gpkg", "-o", fixture_path(f, "none/x"));
        EXPECT(f, 1, "",
               "streetcap: ROOT/none/index.gpkg: there is no index here; --root names the folder that has one\n",
               "snapshot", "--root", fixture_path(f, "none"), fixture_path(f, "x"));
}

static void test_verify(void **state)
{
        struct fixture *f = *state;
        struct outcome outcome = RUN(f, "verify");

        assert_int_equal(outcome.status, 1);
        assert_non_null(strstr(outcome.out, "runs/a/front/00000002.jpg: missing"));
        assert_non_null(strstr(outcome.out, "runs/a/front/00000001.jpg: ")); /* its hash is another */
        assert_non_null(strstr(outcome.out, "2 frames, 0 whole, 2 problems\n"));
        outcome_finish(&outcome);
        fixture_write(f, "runs/a/front/00000002.jpg", "54321");
        EXPECT(f, 0, "2 frames, 2 whole, 0 problems\n", "", "verify", "--quick");
        EXPECT(f, 0, "", "2 frames, 2 whole, 0 problems\n", "verify", "--quick", "--json", "--run", "a");
        EXPECT(f, 1, "", "streetcap: --run: there is no run \"b\"; the nearest is a\n", "verify", "--run", "b");
        fixture_write(f, "runs/a/front/00000003.jpg", "new");
        EXPECT(f, 1, "runs/a/front/00000003.jpg: not in the index: no row speaks of it\n2 frames, 2 whole, 1 problem\n",
               "", "verify", "--quick");
}

/* ---- roads ---- */

static void test_roads(void **state)
{
        struct fixture *f = *state;
        struct outcome outcome = RUN(f, "roads", "info");

        assert_int_equal(outcome.status, 0);
        assert_ptr_equal(strstr(outcome.out, "version   map 1\nsource    town.geojson\nimported  2"), outcome.out);
        assert_non_null(strstr(outcome.out,
                               "\nsegments  2 of 2 source lines, 1 one-way\nstreets   2 names, in 0 communes\n"
                               "length    150 m, 150 m of it named\n\n"
                               "class        segments  length_m\nresidential         2       150\n"));
        outcome_finish(&outcome);
        outcome = RUN(f, "roads", "info", "--json");
        assert_non_null(strstr(outcome.out,
                               ",\"segments\":2,\"lines\":2,\"streets\":2,\"communes\":0,\"one_way_segments\":1,"
                               "\"length_m\":150.0,\"named_length_m\":150.0,\"classes\":[{\"class\":\"residential\","
                               "\"segments\":2,\"length_m\":150.0}]}\n"));
        outcome_finish(&outcome);
        EXPECT(f, 2, "", "streetcap: roads: \"inof\" is neither import nor info\nTry: streetcap roads --help\n",
               "roads", "inof");
        EXPECT(f, 2, "", "streetcap: roads import: FILE is missing\nTry: streetcap roads --help\n", "roads", "import");
        EXPECT(f, 2, "", "streetcap: roads info takes no file and no options of import\nTry: streetcap roads --help\n",
               "roads", "info", "x");
}

/* What comes from an index of somebody else must not steer the terminal, in a table or beside one. */
static void test_no_controls_from_a_foreign_index(void **state)
{
        struct fixture *f = *state;
        struct outcome outcome;

        assert_int_equal(roads_import_begin(f->index, "v\033[31m", "s\a\n", &f->import), 0);
        STREET(f, "A", "Rue \033[31mRouge\nx", ROAD_BOTH_WAYS, 0, 100, {0, 0}, {100, 0});
        fixture_roads_end(f);
        EXPECT(f, 1, "",
               "streetcap: --street: no street is named like \"Rue ?[31mRoge?x\"; did you mean \"Rue ?[31mRouge?x\"?\n",
               "frames", "--street", "Rue \033[31mRoge\nx");
        outcome = RUN(f, "coverage", "--street", "rouge");
        assert_string_equal(outcome.err, "streetcap: street \"rouge\": \"Rue ?[31mRouge?x\"\n");
        outcome_finish(&outcome);
        outcome = RUN(f, "roads", "info");
        assert_ptr_equal(strstr(outcome.out, "version   v?[31m\nsource    s??\nimported  2"), outcome.out);
        outcome_finish(&outcome);
        FRAME(f, .camera = "c\033[2J\xc2\x9b", .sequence = 3);
        outcome = RUN(f, "verify", "--quick");
        assert_non_null(strstr(outcome.out,
                               "runs/a/c?[2J?"
                               "?/00000003.jpg: missing"));
        assert_null(strchr(outcome.out, '\033'));
        outcome_finish(&outcome);
}

/* A folder or a device is never replaced: it is root that installs and pulls. */
static void test_only_plain_files_are_replaced(void **state)
{
        struct fixture *f = *state;

        EXPECT(f, 1, "", "streetcap: ROOT: is a folder, allowed: a plain file, or none yet\n", "snapshot", f->dir);
        assert_int_equal(mkfifo(fixture_path(f, "pipe"), 0600), 0);
        EXPECT(f, 1, "", "streetcap: ROOT/pipe: is a device or pipe, allowed: a plain file, or none yet\n", "export",
               "--format", "gpkg", "-o", fixture_path(f, "pipe"));
}

/* The importer beside the program is run, with the root and its own options; its exit status is ours, as far as ours are
 * three. */
static void test_roads_import_runs_the_importer(void **state)
{
        struct fixture *f = *state;
        char wanted[256];

        fixture_write(f, "bin/streetcap-roads",
                      "#!/bin/sh\nfor word; do echo \"$word\"; done > \"$(dirname \"$0\")/said\"\nexit 7\n");
        assert_int_equal(chmod(fixture_path(f, "bin/streetcap-roads"), 0755), 0);
        EXPECT(f, 1, "", "streetcap: streetcap-roads ended with the unknown status 7\n", "roads", "--layer", "l 1",
               "--keep-paths", "import", "--", "-rf.pbf");
        snprintf(wanted, sizeof(wanted), "import\n--root\n%s\n--layer\nl 1\n--keep-paths\n--\n-rf.pbf\n", f->dir);
        expect_file(f, "bin/said", wanted);
        EXPECT(f, 2, "", "streetcap: unknown option -r\nTry: streetcap roads --help\n", "roads", "import", "-rf.pbf");
        for (int wanted_status = 0; wanted_status <= 2; wanted_status++) {
                char script[32];

                snprintf(script, sizeof(script), "#!/bin/sh\nexit %d\n", wanted_status);
                fixture_write(f, "bin/streetcap-roads", script);
                EXPECT(f, wanted_status, "", "", "roads", "import", "x.pbf");
        }
        /* Without one there, by PATH; without one at all, the package is named. */
        assert_int_equal(unlink(fixture_path(f, "bin/streetcap-roads")), 0);
        setenv("PATH", f->dir, 1);
        EXPECT(f, 1, "",
               "streetcap: streetcap-roads cannot be run: No such file or directory; the package streetcap-roads has it\n",
               "roads", "import", "x.pbf");
}

/* ---- status ---- */

static struct outcome status_of(struct fixture *f, bool json)
{
        char config[256];

        f->without_root = true;

        snprintf(config, sizeof(config), "[daemon]\nruntime_dir = %s\n", f->dir);
        fixture_write(f, "streetcap.conf", config);
        return json ? RUN(f, "--json", "status", "-c", fixture_path(f, "streetcap.conf"))
                    : RUN(f, "status", "-c", fixture_path(f, "streetcap.conf"));
}

static void expect_status(struct fixture *f, int status, const char *out, const char *err_part)
{
        struct outcome outcome = status_of(f, false);

        assert_string_equal(outcome.out, out);
        assert_non_null(strstr(outcome.err, err_part));
        assert_int_equal(outcome.status, status);
        outcome_finish(&outcome);
}

static void write_status(const struct fixture *f, int64_t boottime_ns, pid_t pid, const char *more)
{
        struct text text = {0};

        text_addf(&text, "{\"state\":\"capturing\",\"boottime_ns\":%" PRId64 ",\"pid\":%d%s}\n", boottime_ns, (int)pid,
                  more);
        fixture_write(f, "status.json", text.data);
        text_finish(&text);
}

static void test_status(void **state)
{
        struct fixture *f = *state;
        struct outcome outcome;
        int64_t now_ns = clock_boottime_ns();
        char wanted[1024];

        expect_status(f, 1, "", "streetcap: streetcapd is not running: there is no /tmp/");
        write_status(
                f, now_ns, getpid(),
                ",\"gpsd\":true,\"fix\":{\"mode\":3,\"speed_mps\":10.0,\"latitude\":null},\"cameras\":[{\"name\":\"front\","
                "\"frames\":12}],\"list\":[1,\"x\\u001b\"],\"disk_free_bytes\":57300000000,\"last_fault\":null,\"new_member\":1.5");
        snprintf(wanted, sizeof(wanted),
                 "state                 capturing\n"
                 "boottime_ns           %" PRId64
                 "\n"
                 "pid                   %d\n"
                 "gpsd                  yes\n"
                 "fix mode              3\n"
                 "speed                 36.0 km/h\n"
                 "fix.latitude          -\n"
                 "cameras.front.name    front\n"
                 "cameras.front.frames  12\n"
                 "list.1                1\n"
                 "list.2                x?\n"
                 "disk free             57.3 GB\n"
                 "last fault            -\n"
                 "new_member            1.5\n"
                 "disk left             -\n"
                 "days left             -\n",
                 now_ns, (int)getpid());
        expect_status(f, 0, wanted, "");
        outcome = status_of(f, true);
        assert_int_equal(outcome.status, 0);
        assert_ptr_equal(strstr(outcome.out, "{\"state\":\"capturing\",\"boottime_ns\":"), outcome.out);
        /* What people see, in the same units. */
        assert_non_null(
                strstr(outcome.out, ",\"fix\":{\"mode\":3,\"speed_kmh\":36.0,\"latitude\":null},\"cameras\":["));
        assert_non_null(strstr(outcome.out,
                               ",\"disk_free_gb\":57.3,\"last_fault\":null,\"new_member\":1.5,"
                               "\"disk_left_km\":null,\"days_left\":null}\n"));
        outcome_finish(&outcome);
}

static void expect_left(struct fixture *f, const char *at, const char *run, const char *metres, const char *wanted)
{
        struct text more = {0};
        struct outcome outcome;

        text_addf(&more,
                  ",\"at\":%s,\"uptime_s\":90,\"run\":%s,\"run_metres\":%s,\"root\":\"%s\",\"disk_free_bytes\":4000000",
                  at, run, metres, f->dir);
        write_status(f, clock_boottime_ns(), getpid(), more.data);
        outcome = status_of(f, true);
        assert_int_equal(outcome.status, 0);
        assert_string_equal(outcome.err, "");
        assert_non_null(strstr(outcome.out, ",\"uptime_min\":1.5,"));
        assert_string_equal(strstr(outcome.out, ",\"disk_left_km\""), wanted);
        outcome_finish(&outcome);
        text_finish(&more);
}

/* 2 pictures of 5 bytes in 200 m; 8 pictures on two days, with those of another run. */
static void test_what_is_left_of_the_disk(void **state)
{
        struct fixture *f = *state;
        struct index_run before = {.name = "before",
                                   .start_utc_ns = FIXTURE_START_NS - 86400 * FIXTURE_S,
                                   .config = "",
                                   .frames = 6,
                                   .state = RUN_CUT};

        assert_int_equal(index_put_run(f->index, &before), 0);
        expect_left(f, "\"2026-11-24T10:15:00.000Z\"", "\"a\"", "200",
                    ",\"disk_left_km\":80000.0,\"days_left\":200000.0}\n");
        /* Less than a day of history, or a clock that is not set, tells of no day. */
        expect_left(f, "\"2026-11-23T10:14:59.000Z\"", "\"a\"", "200",
                    ",\"disk_left_km\":80000.0,\"days_left\":null}\n");
        expect_left(f, "null", "\"a\"", "200", ",\"disk_left_km\":80000.0,\"days_left\":null}\n");
        expect_left(f, "\"1970-01-01T00:00:00.000Z\"", "\"a\"", "200",
                    ",\"disk_left_km\":80000.0,\"days_left\":null}\n");
        /* A run that has not begun, or has hardly, tells nothing. */
        expect_left(f, "\"2026-11-24T10:15:00.000Z\"", "null", "0", ",\"disk_left_km\":null,\"days_left\":null}\n");
        expect_left(f, "\"2026-11-24T10:15:00.000Z\"", "\"a\"", "99", ",\"disk_left_km\":null,\"days_left\":null}\n");
        expect_left(f, "\"2026-11-24T10:15:00.000Z\"", "\"before\"", "200",
                    ",\"disk_left_km\":null,\"days_left\":null}\n");
        fixture_close(f);
        assert_int_equal(unlink(fixture_path(f, "index.gpkg")), 0);
        expect_left(f, "\"2026-11-24T10:15:00.000Z\"", "\"a\"", "200", ",\"disk_left_km\":null,\"days_left\":null}\n");
}

static void test_status_of_a_daemon_that_is_gone(void **state)
{
        struct fixture *f = *state;
        int64_t now_ns = clock_boottime_ns();
        pid_t child;

        write_status(f, now_ns - 60 * NS_PER_S, getpid(), "");
        expect_status(f, 1, "", "streetcapd is not running: ");
        write_status(f, now_ns + 3600 * NS_PER_S, getpid(), "");
        expect_status(f, 1, "", "it was written before this machine started");
        child = fork();
        assert_true(child >= 0);
        if (child == 0)
                _exit(0);
        assert_int_equal(waitpid(child, NULL, 0), child);
        write_status(f, now_ns, child, "");
        expect_status(f, 1, "", "is gone");
        /* One that was told to end has said so. */
        fixture_write(f, "status.json",
                      "{\"state\":\"stopped\",\"at\":\"2026-11-23T10:15:00.250Z\",\"boottime_ns\":1,\"pid\":1}");
        expect_status(f, 1, "", "streetcapd is not running: it was stopped at 2026-11-23T10:15:00Z\n");
        fixture_write(f, "status.json", "{\"state\":\"stopped\",\"at\":null,\"boottime_ns\":1,\"pid\":1}");
        expect_status(f, 1, "", "streetcapd is not running: it was stopped\n");
        fixture_write(f, "status.json", "{\"state\":");
        expect_status(f, 1, "", "/status.json:1: is no status: ");
        fixture_write(f, "status.json", "[1]");
        expect_status(f, 1, "", "no JSON object");
        fixture_write(f, "status.json", "{}");
        expect_status(f, 1, "", "it does not say when it was written");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(test_export_wrong_use),
                TEST(test_export_text),
                TEST(test_export_images),
                TEST(test_paths_stay_below_the_root),
                TEST(test_snapshot),
                TEST(test_verify),
                TEST(test_no_controls_from_a_foreign_index),
                TEST(test_only_plain_files_are_replaced),
                TEST(test_roads),
                TEST(test_roads_import_runs_the_importer),
                TEST(test_status),
                TEST(test_what_is_left_of_the_disk),
                TEST(test_status_of_a_daemon_that_is_gone),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
