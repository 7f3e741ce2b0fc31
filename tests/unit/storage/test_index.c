/* SPDX-License-Identifier: MIT */
#include "fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "storage/gpkg_geometry.h"
#include "storage/index_schema.h"

#define INDEX "index.gpkg"

/* ---- the schema ---- */

static void test_new_index_is_a_geopackage(void **state)
{
        struct index_db *index = fixture_index(*state);
        sqlite3 *sqlite = index_sqlite(index);

        assert_int_equal(fixture_int(sqlite, "PRAGMA application_id"), 0x47504B47);
        assert_int_equal(fixture_int(sqlite, "PRAGMA user_version"), 10300);
        assert_int_equal(fixture_int(sqlite, "PRAGMA synchronous"), 2);
        assert_string_equal(fixture_text(sqlite, "PRAGMA journal_mode"), "wal");
        assert_string_equal(
                fixture_text(sqlite,
                             "SELECT group_concat(srs_id) FROM (SELECT srs_id FROM gpkg_spatial_ref_sys ORDER BY 1)"),
                "-1,0,4326");
        assert_int_equal(fixture_int(sqlite, "SELECT version FROM streetcap_schema"), INDEX_SCHEMA_VERSION);
        /* Every table that gpkg_contents names is there. */
        assert_int_equal(fixture_int(sqlite,
                                     "SELECT count(*) FROM gpkg_contents WHERE table_name NOT IN"
                                     " (SELECT name FROM sqlite_schema WHERE type = 'table')"),
                         0);
        assert_int_equal(fixture_int(sqlite, "SELECT count(*) FROM gpkg_contents"), 7);
        assert_string_equal(fixture_text(sqlite, "PRAGMA integrity_check"), "ok");
        index_close(index);

        /* Opened again, it is as it was. */
        assert_int_equal(index_open(fixture_path(*state, INDEX), INDEX_READ_WRITE, &index), 0);
        assert_int_equal(fixture_int(index_sqlite(index), "SELECT count(*) FROM runs"), 1);
        index_close(index);
}

/* The plan of a query names the index that makes it quick among millions of rows. */
static void assert_plan_uses(sqlite3 *sqlite, const char *query, const char *index_name)
{
        char sql[512];
        sqlite3_stmt *statement = NULL;
        bool found = false;

        snprintf(sql, sizeof(sql), "EXPLAIN QUERY PLAN %s", query);
        assert_int_equal(sqlite3_prepare_v2(sqlite, sql, -1, &statement, NULL), SQLITE_OK);
        while (sqlite3_step(statement) == SQLITE_ROW)
                found |= strstr((const char *)sqlite3_column_text(statement, 3), index_name) != NULL;
        sqlite3_finalize(statement);
        if (!found)
                fail_msg("%s: does not use %s", query, index_name);
}

static void test_questions_of_the_design_use_an_index(void **state)
{
        struct index_db *index = fixture_index(*state);
        sqlite3 *sqlite = index_sqlite(index);

        assert_plan_uses(sqlite, "SELECT * FROM frames WHERE street = 'x' ORDER BY captured_at", "frames_by_street");
        assert_plan_uses(sqlite, "SELECT * FROM frames WHERE segment = 1 AND direction = 1 ORDER BY chainage_m",
                         "frames_by_segment");
        assert_plan_uses(sqlite, "SELECT count(*) FROM frames WHERE run = 'a' AND quality IS NOT NULL",
                         "COVERING INDEX frames_by_quality");
        assert_plan_uses(sqlite, "SELECT * FROM frames WHERE captured_at >= '2026'", "frames_by_time");
        assert_plan_uses(sqlite, "SELECT * FROM frames WHERE run = 'a' ORDER BY camera, sequence",
                         "sqlite_autoindex_frames_1");
        assert_plan_uses(sqlite, "SELECT * FROM gaps WHERE segment = 1 AND direction = 1", "gaps_by_segment");
        assert_plan_uses(sqlite, "SELECT * FROM fixes WHERE run = 'a' ORDER BY time", "fixes_by_run");
        index_close(index);
}

static void change(const char *path, const char *sql)
{
        sqlite3 *sqlite = NULL;

        assert_int_equal(sqlite3_open(path, &sqlite), SQLITE_OK);
        assert_int_equal(sqlite3_exec(sqlite, sql, NULL, NULL, NULL), SQLITE_OK);
        sqlite3_close(sqlite);
}

static void assert_refused(const char *path, int error)
{
        struct index_db *index = NULL;

        assert_int_equal(index_open(path, INDEX_READ_ONLY, &index), error);
        assert_int_equal(index_open(path, INDEX_READ_WRITE, &index), error);
        assert_null(index);
}

static void test_newer_schema_is_refused_and_kept(void **state)
{
        const char *path = fixture_path(*state, INDEX);
        char *before = NULL, *after = NULL;
        size_t before_size = 0, after_size = 0;

        index_close(fixture_index(*state));
        change(path, "UPDATE streetcap_schema SET version = 2");
        assert_int_equal(fd_read_file(AT_FDCWD, path, 1 << 20, &before, &before_size), 0);
        assert_refused(path, -EPROTO);
        assert_int_equal(fd_read_file(AT_FDCWD, path, 1 << 20, &after, &after_size), 0);
        assert_int_equal(before_size, after_size);
        assert_memory_equal(before, after, before_size);
        free(before);
        free(after);
}

static void test_what_is_no_index_is_refused(void **state)
{
        const char *path = fixture_path(*state, "other");
        struct index_db *index = NULL;

        assert_int_equal(index_open(path, INDEX_READ_ONLY, &index), -ENOENT);
        assert_int_equal(access(path, F_OK), -1);

        assert_int_equal(fd_write_file_atomic(AT_FDCWD, path, "This is a letter, not a database at all.", 40, 0), 0);
        assert_refused(path, -EPROTO);

        unlink(path);
        change(path, "CREATE TABLE t (a)"); /* a database of somebody else */
        assert_refused(path, -EPROTO);
        change(path, "PRAGMA application_id = 0x47504B47"); /* now a GeoPackage of somebody else */
        assert_refused(path, -EPROTO);
        change(path, "CREATE TABLE streetcap_schema (id, version)"); /* with no version in it */
        assert_refused(path, -EPROTO);

        /* What a power cut leaves that came before the first commit: made new by a writer. */
        assert_int_equal(fd_write_file_atomic(AT_FDCWD, fixture_path(*state, "empty"), "", 0, 0), 0);
        assert_int_equal(index_open(fixture_path(*state, "empty"), INDEX_READ_ONLY, &index), -EPROTO);
        assert_int_equal(index_open(fixture_path(*state, "empty"), INDEX_READ_WRITE, &index), 0);
        index_close(index);
}

/* A damaged file is an error, or reads as what is left of it; never a crash. */
static void test_damage_is_an_error(void **state)
{
        const char *path = fixture_path(*state, INDEX);
        struct index_db *index = NULL;
        char *data = NULL;
        size_t size = 0;

        index_close(fixture_index(*state));
        assert_int_equal(fd_read_file(AT_FDCWD, path, 1 << 20, &data, &size), 0);
        for (size_t page = 0; page < size; page += 4096) {
                char *damaged = malloc(size);
                int r;

                memcpy(damaged, data, size);
                memset(damaged + page + 100, 0xa5, 200);
                assert_int_equal(fd_write_file_atomic(AT_FDCWD, path, damaged, size, 0), 0);
                r = index_open(path, INDEX_READ_WRITE, &index);
                assert_true(r <= 0 && (page > 0 || r < 0));
                if (r == 0)
                        index_close(index);
                free(damaged);
        }
        free(data);
}

/* ---- rows ---- */

static void test_frame_with_all_known(void **state)
{
        struct index_db *index = fixture_index(*state);
        sqlite3 *sqlite = index_sqlite(index);
        struct picture_tag tag = fixture_tag("a", "front", 12);
        struct index_frame_file file = fixture_file("runs/a/front/00000012.jpg");

        tag.reversing = true;
        assert_int_equal(index_add_frame(index, &tag, &file), 0);
        assert_string_equal(
                fixture_text(
                        sqlite,
                        "SELECT printf('%s %s %d %s %d %.5f %.5f %s %.2f %.2f', run, camera, sequence, captured_at,"
                        " exposure_mid_boottime_ns, written_latitude, written_longitude, written_position_source,"
                        " altitude_m, altitude_hae_m) FROM frames"),
                "a front 12 2026-11-23T10:15:06.000Z 7000000000 48.10012 2.10012 interpolated 120.50 165.25");
        assert_string_equal(
                fixture_text(
                        sqlite,
                        "SELECT printf('%.1f %.1f %.1f %.1f %.1f %.1f %s %d %.1f %d', speed_mps, course_deg, heading_deg,"
                        " image_direction_deg, accuracy_m, hdop, position_source, mark, travelled_m, reversing) FROM frames"),
                "10.0 45.0 45.0 45.0 2.5 0.9 interpolated 12 60.0 1");
        assert_string_equal(
                fixture_text(
                        sqlite,
                        "SELECT printf('%d %s %s %.1f %d %.1f %.2f %d %s', segment, source_id, street, chainage_m, direction,"
                        " offset_m, match_confidence, provisional, network_version) FROM frames"),
                "7 way/7 Rue Pasteur 60.0 -1 1.5 0.75 1 osm 2026-11");
        assert_string_equal(
                fixture_text(sqlite,
                             "SELECT printf('%s %d %s %d %d %.3f %.1f %s', path, bytes, substr(sha256, 1, 4), width,"
                             " height, exposure_s, gain, upload_state) FROM frames"),
                "runs/a/front/00000012.jpg 3 aaaa 640 480 0.002 1.5 pending");
        assert_string_equal(
                fixture_text(
                        sqlite,
                        "SELECT sharpness || ' ' || brightness || ' ' || clipped_share || ' ' || quality FROM frames"),
                "0.03125 0.75 0.5 clipped,blurred");
        assert_int_equal(
                fixture_int(sqlite,
                            "SELECT abs(ST_MinX(geom) - 2.10012) < 1e-9 AND abs(ST_MaxY(geom) - 48.10012) < 1e-9"
                            " AND NOT ST_IsEmpty(geom) FROM frames"),
                1);
        index_close(index);
}

static void test_frame_with_nothing_known(void **state)
{
        struct index_db *index = fixture_index(*state);
        struct picture_tag tag = {
                .run = "a", .camera = "front", .sequence = 1, .mark = -1, .captured_utc_ns = FIXTURE_START_NS};
        struct index_frame_file file = fixture_file("p");

        tag.latitude_deg = tag.longitude_deg = tag.altitude_msl_m = tag.altitude_hae_m = tag.speed_mps =
                tag.course_deg = NAN;
        tag.heading_deg = tag.image_direction_deg = tag.accuracy_m = tag.hdop = tag.travelled_m = tag.gain = NAN;
        tag.sharpness = tag.brightness = tag.clipped_share = NAN;
        assert_int_equal(index_add_frame(index, &tag, &file), 0);
        assert_string_equal(
                fixture_text(
                        index_sqlite(index),
                        "SELECT coalesce(geom, written_latitude, written_longitude, altitude_m, altitude_hae_m,"
                        " speed_mps, course_deg, heading_deg, image_direction_deg, accuracy_m, hdop, mark,"
                        " travelled_m, segment, source_id, street, chainage_m, direction, offset_m,"
                        " match_confidence, provisional, network_version, width, height, exposure_s, gain, sharpness, brightness,"
                        " clipped_share, quality, 'none')"
                        " FROM frames"),
                "none");
        assert_string_equal(fixture_text(index_sqlite(index), "SELECT position_source FROM frames"), "none");
        assert_int_equal(fixture_int(index_sqlite(index), "SELECT count(*) FROM rtree_frames_geom"), 0);
        index_close(index);
}

static void test_a_frame_is_added_once(void **state)
{
        struct index_db *index = fixture_index(*state);
        struct picture_tag tag = fixture_tag("a", "front", 1);
        struct index_frame_file file = fixture_file("p");

        assert_int_equal(index_add_frame(index, &tag, &file), 0);
        assert_int_equal(index_add_frame(index, &tag, &file), -EEXIST);
        tag = fixture_tag("no such run", "front", 1);
        assert_int_equal(index_add_frame(index, &tag, &file), -EINVAL); /* that is no frame which is there already */
        tag = fixture_tag("a", "", 2);
        assert_int_equal(index_add_frame(index, &tag, &file), -EINVAL);
        assert_int_equal(fixture_int(index_sqlite(index), "SELECT count(*) FROM frames"), 1);
        index_close(index);
}

static void test_fix_keeps_what_is_known_only(void **state)
{
        struct index_db *index = fixture_index(*state);
        sqlite3 *sqlite = index_sqlite(index);
        struct fix fix = fixture_fix(FIXTURE_START_NS + 1999000);
        struct fix none = {.mode = 1, .latitude_deg = 48, .speed_mps = 3};

        assert_int_equal(index_add_fix(index, "a", &fix, 123, "taken"), 0);
        assert_int_equal(index_add_fix(index, "a", &none, 124, "no position"), 0);
        assert_string_equal(
                fixture_text(sqlite,
                             "SELECT printf('%s %s %d %d %d %.1f %.1f %.1f %.1f %d %s', run, time,"
                             " arrival_boottime_ns, mode, status, latitude, longitude, speed_mps, hdop, satellites,"
                             " verdict) FROM fixes WHERE fid = 1"),
                "a 2026-11-23T10:15:00.001Z 123 3 1 48.1 2.1 10.0 0.9 11 taken");
        assert_int_equal(
                fixture_int(sqlite, "SELECT course_deg IS NULL AND altitude_m IS NULL FROM fixes WHERE fid = 1"), 1);
        assert_string_equal(
                fixture_text(sqlite,
                             "SELECT coalesce(time, latitude, longitude, speed_mps, hdop, satellites, 'none') || mode"
                             " FROM fixes WHERE fid = 2"),
                "none1");
        index_close(index);
}

static void test_a_later_gap_of_the_same_number_replaces(void **state)
{
        struct index_db *index = fixture_index(*state);
        struct gap gap = {.run = "a",
                          .camera = "front",
                          .number = 3,
                          .reason = GAP_NO_FIX,
                          .from_utc_ns = FIXTURE_START_NS,
                          .to_utc_ns = FIXTURE_START_NS + 1000000000,
                          .metres = 10,
                          .marks = 2,
                          .source_id = "way/7",
                          .from = {.on_road = true, .segment = 7, .direction = 1, .chainage_m = 20}};

        assert_int_equal(index_put_gap(index, &gap), 0);
        gap.metres = 35;
        gap.marks = 7;
        gap.to = (struct map_match){.on_road = true, .segment = 8, .direction = -1, .chainage_m = 55};
        assert_int_equal(index_put_gap(index, &gap), 0);
        assert_string_equal(
                fixture_text(
                        index_sqlite(index),
                        "SELECT printf('%s %d %s %s %.0f %d %s %d %s %d %.0f %d %.0f %d', camera, number, from_at, to_at, metres,"
                        " marks, reason, segment, source_id, direction, chainage_m, to_segment, to_chainage_m, to_direction) FROM gaps"),
                "front 3 2026-11-23T10:15:00.000Z 2026-11-23T10:15:01.000Z 35 7 no fix 7 way/7 1 20 8 55 -1");
        assert_int_equal(fixture_int(index_sqlite(index), "SELECT count(*) FROM gaps"), 1);
        index_close(index);
}

static void test_runs_that_were_cut(void **state)
{
        struct index_db *index = fixture_index(*state);
        sqlite3 *sqlite = index_sqlite(index);
        struct index_run run = fixture_run("b");
        struct index_frame_file file = fixture_file("p");
        struct fix fix = fixture_fix(FIXTURE_START_NS + 9000000000);
        struct picture_tag tag;
        unsigned count = 0;

        for (uint64_t i = 1; i <= 3; i++) {
                tag = fixture_tag("a", "front", i);
                assert_int_equal(index_add_frame(index, &tag, &file), 0);
        }
        assert_int_equal(index_add_fix(index, "a", &fix, 1, "taken"), 0);
        fix = fixture_fix(FIXTURE_START_NS + 86400 * INT64_C(1000000000)); /* a receiver that counts a day too many */
        assert_int_equal(index_add_fix(index, "a", &fix, 1, "jump"), 0);
        assert_int_equal(index_put_run(index, &run), 0);
        assert_int_equal(index_end_run(index, "b", FIXTURE_START_NS + 5000000000, 50, RUN_ENDED), 0);
        run = fixture_run("c");
        assert_int_equal(index_put_run(index, &run), 0);

        assert_int_equal(index_mark_cut_runs(index, &count), 0);
        assert_int_equal(count, 2);
        assert_string_equal(
                fixture_text(
                        sqlite,
                        "SELECT printf('%s %d %.0f %s', state, frames, travelled_m, end_at) FROM runs WHERE name = 'a'"),
                "cut 3 15 2026-11-23T10:15:09.000Z");
        assert_string_equal(
                fixture_text(
                        sqlite,
                        "SELECT printf('%s %d %.0f %s', state, frames, travelled_m, end_at) FROM runs WHERE name = 'b'"),
                "ended 0 50 2026-11-23T10:15:05.000Z");
        assert_string_equal(fixture_text(sqlite, "SELECT state || end_at FROM runs WHERE name = 'c'"),
                            "cut2026-11-23T10:15:00.000Z");
        assert_int_equal(index_end_run(index, "nobody", 0, 0, RUN_ENDED), -ENOENT);
        run.state = RUN_CUT; /* as a rebuilt index has it */
        assert_int_equal(index_put_run(index, &run), 0);
        assert_string_equal(fixture_text(sqlite, "SELECT state || coalesce(end_at, '') FROM runs WHERE name = 'c'"),
                            "cut");
        index_close(index);
}

static void test_rtree_follows_the_frames(void **state)
{
        struct index_db *index = fixture_index(*state);
        sqlite3 *sqlite = index_sqlite(index);
        struct index_frame_file file = fixture_file("p");
        const char *same =
                "SELECT count(*) FROM rtree_frames_geom r JOIN frames f ON f.fid = r.id"
                " WHERE abs(r.minx - ST_MinX(f.geom)) < 1e-5 AND abs(r.maxy - ST_MaxY(f.geom)) < 1e-5";

        for (uint64_t i = 1; i <= 20; i++) {
                struct picture_tag tag = fixture_tag("a", "front", i);

                assert_int_equal(index_add_frame(index, &tag, &file), 0);
        }
        assert_int_equal(fixture_int(sqlite, same), 20);
        assert_int_equal(
                sqlite3_exec(
                        sqlite,
                        "UPDATE frames SET geom = (SELECT geom FROM frames WHERE sequence = 20) WHERE sequence = 1;"
                        "UPDATE frames SET geom = NULL WHERE sequence = 2; DELETE FROM frames WHERE sequence = 3;"
                        "UPDATE frames SET fid = 1000 WHERE sequence = 4",
                        NULL, NULL, NULL),
                SQLITE_OK);
        assert_int_equal(fixture_int(sqlite, "SELECT count(*) FROM rtree_frames_geom"), 18);
        assert_int_equal(fixture_int(sqlite, same), 18);
        assert_string_equal(fixture_text(sqlite, "PRAGMA integrity_check"), "ok");
        index_close(index);
}

/* ---- transactions and readers ---- */

static void add_frame(struct index_db *index, uint64_t sequence)
{
        struct picture_tag tag = fixture_tag("a", "front", sequence);
        struct index_frame_file file = fixture_file("p");

        assert_int_equal(index_add_frame(index, &tag, &file), 0);
}

static void test_bounds_follow_commits(void **state)
{
        const char *sql =
                "SELECT coalesce(printf('%.5f %.5f %.5f %.5f', min_x, min_y, max_x, max_y), '') FROM gpkg_contents"
                " WHERE table_name = 'frames' AND min_x IS NOT NULL UNION ALL SELECT '-' LIMIT 1";
        struct index_db *index = fixture_index(*state);
        sqlite3 *sqlite = index_sqlite(index);

        assert_int_equal(index_begin(index), 0);
        add_frame(index, 1);
        index_rollback(index);
        assert_string_equal(fixture_text(sqlite, sql), "-");
        assert_int_equal(fixture_int(sqlite, "SELECT count(*) FROM frames"), 0);
        assert_int_equal(index_begin(index), 0);
        add_frame(index, 2);
        add_frame(index, 5);
        assert_int_equal(index_commit(index), 0);
        assert_string_equal(fixture_text(sqlite, sql), "2.10002 48.10002 2.10005 48.10005");
        assert_int_equal(index_begin(index), 0);
        add_frame(index, 9);
        assert_int_equal(index_commit(index), 0);
        assert_string_equal(fixture_text(sqlite, sql), "2.10002 48.10002 2.10009 48.10009");
        index_close(index);

        assert_int_equal(index_open(fixture_path(*state, INDEX), INDEX_READ_WRITE, &index), 0);
        assert_int_equal(index_begin(index), 0);
        add_frame(index, 3);
        assert_int_equal(index_commit(index), 0);
        assert_string_equal(fixture_text(index_sqlite(index), sql), "2.10002 48.10002 2.10009 48.10009");
        index_close(index);
}

/* A clerk who leaves a query open all day neither stops the van's writing nor sees half of it. */
static void test_a_reader_does_not_hold_up_the_writer(void **state)
{
        struct index_db *writer = fixture_index(*state), *reader = NULL;

        assert_int_equal(index_open(fixture_path(*state, INDEX), INDEX_READ_ONLY, &reader), 0);
        assert_int_equal(fixture_int(index_sqlite(reader), "PRAGMA trusted_schema"), 0);
        assert_int_equal(sqlite3_exec(index_sqlite(reader), "BEGIN", NULL, NULL, NULL), SQLITE_OK);
        assert_int_equal(fixture_int(index_sqlite(reader), "SELECT count(*) FROM frames"), 0);
        for (uint64_t i = 1; i <= 50; i++) {
                assert_int_equal(index_begin(writer), 0);
                add_frame(writer, i);
                assert_int_equal(index_commit(writer), 0);
        }
        assert_int_equal(index_checkpoint(writer), 0);
        assert_int_equal(fixture_int(index_sqlite(reader), "SELECT count(*) FROM frames"), 0);
        assert_int_equal(sqlite3_exec(index_sqlite(reader), "COMMIT", NULL, NULL, NULL), SQLITE_OK);
        assert_int_equal(fixture_int(index_sqlite(reader), "SELECT count(*) FROM frames"), 50);
        assert_int_equal(sqlite3_exec(index_sqlite(reader), "DELETE FROM gaps", NULL, NULL, NULL), SQLITE_READONLY);
        /* Closed under a reader, it stays whole. */
        index_close(writer);
        assert_int_equal(fixture_int(index_sqlite(reader), "SELECT count(*) FROM frames"), 50);
        index_close(reader);
}

/* After the writer's end the index is one plain file, its WAL folded away. */
static void test_close_folds_the_wal(void **state)
{
        struct index_db *index = fixture_index(*state), *reader = NULL;
        unsigned char header[20];
        int fd;

        add_frame(index, 1);
        assert_int_equal(access(fixture_path(*state, INDEX "-wal"), F_OK), 0);
        index_close(index);
        assert_int_equal(access(fixture_path(*state, INDEX "-wal"), F_OK), -1);
        fd = open(fixture_path(*state, INDEX), O_RDONLY | O_CLOEXEC);
        assert_int_equal(read(fd, header, sizeof(header)), sizeof(header));
        fd_close(fd);
        assert_int_equal(header[18], 1); /* 2 would be WAL */
        assert_int_equal(index_open(fixture_path(*state, INDEX), INDEX_READ_ONLY, &reader), 0);
        assert_int_equal(fixture_int(index_sqlite(reader), "SELECT count(*) FROM frames"), 1);
        index_close(reader);
        index_close(NULL);
}

/* ---- migration ---- */

static void test_schema_read_and_upgrade(void **state)
{
        const char *path = fixture_path(*state, "new");
        sqlite3 *sqlite = NULL;
        int version = -1;

        assert_int_equal(sqlite3_open(path, &sqlite), SQLITE_OK);
        assert_int_equal(index_schema_read(sqlite, path, &version), 0);
        assert_int_equal(version, 0);
        assert_int_equal(index_schema_upgrade(sqlite, path, 0), 0);
        assert_int_equal(index_schema_read(sqlite, path, &version), 0);
        assert_int_equal(version, INDEX_SCHEMA_VERSION);
        /* A step that fails takes all of it back. */
        assert_true(index_schema_upgrade(sqlite, path, 0) < 0);
        assert_int_equal(sqlite3_get_autocommit(sqlite), 1);
        assert_int_equal(index_schema_read(sqlite, path, &version), 0);
        assert_int_equal(version, INDEX_SCHEMA_VERSION);
        sqlite3_close(sqlite);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, fixture_setup, fixture_teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(test_new_index_is_a_geopackage),
                TEST(test_questions_of_the_design_use_an_index),
                TEST(test_newer_schema_is_refused_and_kept),
                TEST(test_what_is_no_index_is_refused),
                TEST(test_damage_is_an_error),
                TEST(test_frame_with_all_known),
                TEST(test_frame_with_nothing_known),
                TEST(test_a_frame_is_added_once),
                TEST(test_fix_keeps_what_is_known_only),
                TEST(test_a_later_gap_of_the_same_number_replaces),
                TEST(test_runs_that_were_cut),
                TEST(test_rtree_follows_the_frames),
                TEST(test_bounds_follow_commits),
                TEST(test_a_reader_does_not_hold_up_the_writer),
                TEST(test_close_folds_the_wal),
                TEST(test_schema_read_and_upgrade),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
