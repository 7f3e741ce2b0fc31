/* SPDX-License-Identifier: MIT */
#include "fixture.h"

#include <errno.h>
#include <math.h>
#include <sqlite3.h>
#include <string.h>

#include "storage/roads.h"

static const struct road_point line[] = {{48.10, 2.10}, {48.11, 2.11}, {48.12, 2.12}};

static struct road_segment segment(const char *source_id, double from_m, double to_m)
{
        return (struct road_segment){.source_id = source_id,
                                     .from_m = from_m,
                                     .to_m = to_m,
                                     .street = "Rue Pasteur",
                                     .road_class = "residential",
                                     .oneway = ROAD_ALONG_ONLY,
                                     .level = -1,
                                     .commune = "89387",
                                     .points = line,
                                     .point_count = 3};
}

static void add(struct roads_import *import, const char *source_id, double from_m, double to_m)
{
        struct road_segment s = segment(source_id, from_m, to_m);

        assert_int_equal(roads_import_add(import, &s), 0);
}

static void import_two(struct index_db *index, const char *version)
{
        struct roads_import *import = NULL;

        assert_int_equal(roads_import_begin(index, version, "town.geojson", &import), 0);
        add(import, "way/1", 0, 100);
        add(import, "way/1", 100, 250);
        assert_int_equal(roads_import_finish(import), 0);
}

static void test_a_network_comes_back(void **state)
{
        struct index_db *index = fixture_index(*state);
        struct road_network *network = (void *)1;
        struct road_segment back;
        uint32_t place;

        assert_int_equal(roads_load(index, &network), 0);
        assert_null(network);
        import_two(index, "osm 2026-11");
        assert_int_equal(roads_load(index, &network), 0);
        assert_int_equal(road_network_size(network), 2);
        assert_string_equal(road_network_version(network), "osm 2026-11");
        place = road_network_find(network, 2);
        assert_true(place != ROAD_NONE);
        road_network_segment(network, place, &back);
        assert_string_equal(back.source_id, "way/1");
        assert_string_equal(back.street, "Rue Pasteur");
        assert_string_equal(back.road_class, "residential");
        assert_string_equal(back.commune, "89387");
        assert_true(back.from_m == 100 && back.to_m == 250 && back.oneway == ROAD_ALONG_ONLY && back.level == -1);
        assert_int_equal(back.point_count, 3);
        assert_memory_equal(back.points, line, sizeof(line));
        road_network_destroy(network);
        index_close(index);
}

static void add_frame(struct index_db *index, uint64_t sequence, int64_t segment_id)
{
        struct picture_tag tag = fixture_tag("a", "front", sequence);
        struct index_frame_file file = fixture_file("runs/a/front/x.jpg");

        tag.match = (struct map_match){.on_road = segment_id > 0, .segment = segment_id, .direction = 1};
        assert_int_equal(index_add_frame(index, &tag, &file), 0);
}

/* Pictures keep what they were given: it is told how many a new map lacks the streets of. */
static void test_frames_of_an_earlier_network(void **state)
{
        struct index_db *index = fixture_index(*state);
        struct roads_import *import = NULL;
        struct roads_frames frames;

        import_two(index, "first");
        add_frame(index, 1, 1);
        add_frame(index, 2, 2);
        add_frame(index, 3, 2);
        add_frame(index, 4, 0);
        assert_int_equal(roads_count_frames(index, &frames), 0);
        assert_true(frames.all == 4 && frames.gone == 0 && frames.without == 1);
        assert_int_equal(roads_import_begin(index, "second", "town.geojson", &import), 0);
        add(import, "way/1", 0, 100);
        add(import, "way/9", 0, 30);
        assert_int_equal(roads_import_finish(import), 0);
        assert_int_equal(roads_count_frames(index, &frames), 0);
        assert_true(frames.all == 4 && frames.gone == 2 && frames.without == 1);
        index_close(index);
}

static void test_ids_last_as_long_as_their_piece(void **state)
{
        struct index_db *index = fixture_index(*state);
        sqlite3 *sqlite = index_sqlite(index);
        struct roads_import *import = NULL;

        import_two(index, "first");
        assert_int_equal(roads_import_begin(index, "second", "town.geojson", &import), 0);
        add(import, "way/9", 0, 30);            /* new */
        add(import, "way/1", 100.004, 249.996); /* as before, but for a rounding */
        add(import, "way/1", 0, 60);            /* cut by a new junction */
        add(import, "way/1", 60, 100);
        assert_int_equal(roads_import_finish(import), 0);
        assert_string_equal(
                fixture_text(sqlite,
                             "SELECT group_concat(fid || '=' || source_id || ':' || CAST(round(from_m) AS INT), ' ')"
                             " FROM (SELECT * FROM segments ORDER BY fid)"),
                "2=way/1:100 3=way/9:0 4=way/1:0 5=way/1:60");
        assert_int_equal(fixture_int(sqlite, "SELECT count(DISTINCT network_version) FROM segments"), 1);

        /* A network without them, then the first again: the ids of pieces that were gone are not given again. */
        assert_int_equal(roads_import_begin(index, "third", "x", &import), 0);
        assert_int_equal(roads_import_finish(import), 0);
        assert_int_equal(fixture_int(sqlite, "SELECT count(*) FROM segments"), 0);
        import_two(index, "fourth");
        assert_int_equal(fixture_int(sqlite, "SELECT min(fid) FROM segments"), 6);
        assert_int_equal(fixture_int(sqlite, "SELECT count(*) FROM rtree_segments_geom"), 2);
        assert_string_equal(
                fixture_text(sqlite, "SELECT group_concat(version || ':' || segments, ' ') FROM streetcap_networks"),
                "first:2 second:4 third:0 fourth:2");
        assert_string_equal(
                fixture_text(
                        sqlite,
                        "SELECT printf('%.2f %.2f', min_x, max_y) FROM gpkg_contents WHERE table_name = 'segments'"),
                "2.10 48.12");
        assert_string_equal(fixture_text(sqlite, "PRAGMA integrity_check"), "ok");
        index_close(index);
}

/* Sources without ids of their own give the same one to many lines: each is a piece. */
static void test_the_same_piece_twice(void **state)
{
        struct index_db *index = fixture_index(*state);
        struct roads_import *import = NULL;

        for (int i = 0; i < 2; i++) {
                assert_int_equal(roads_import_begin(index, "v", "x", &import), 0);
                add(import, "0", 0, 10);
                add(import, "0", 0, 10);
                assert_int_equal(roads_import_finish(import), 0);
        }
        assert_string_equal(fixture_text(index_sqlite(index), "SELECT group_concat(fid) FROM segments"), "1,2");
        index_close(index);
}

static void test_abort_and_bad_segments_change_nothing(void **state)
{
        static const struct road_point far[] = {{48.1, 2.1}, {48.1, NAN}};
        struct index_db *index = fixture_index(*state);
        struct roads_import *import = NULL;
        struct road_segment bad;

        import_two(index, "first");
        assert_int_equal(roads_import_begin(index, "second", "x", &import), 0);
        bad = segment("way/2", 10, 10);
        assert_int_equal(roads_import_add(import, &bad), -EINVAL);
        bad = segment("way/2", 0, NAN);
        assert_int_equal(roads_import_add(import, &bad), -EINVAL);
        bad = segment("", 0, 10);
        assert_int_equal(roads_import_add(import, &bad), -EINVAL);
        bad = segment("way/2", 0, 10);
        bad.point_count = 1;
        assert_int_equal(roads_import_add(import, &bad), -EINVAL);
        bad.points = far;
        bad.point_count = 2;
        assert_int_equal(roads_import_add(import, &bad), -EINVAL);
        add(import, "way/3", 0, 10);
        roads_import_abort(import);
        roads_import_abort(NULL);
        assert_string_equal(
                fixture_text(index_sqlite(index), "SELECT group_concat(fid || network_version) FROM segments"),
                "1first,2first");
        assert_int_equal(fixture_int(index_sqlite(index), "SELECT count(*) FROM streetcap_networks"), 1);
        import_two(index, "again"); /* nothing of the abort is in the way */
        index_close(index);
}

/* A row that another program wrote badly costs that street, not the network. */
static void test_bad_rows_are_ignored(void **state)
{
        struct index_db *index = fixture_index(*state);
        struct road_network *network = NULL;

        import_two(index, "v");
        assert_int_equal(
                sqlite3_exec(
                        index_sqlite(index),
                        "UPDATE segments SET geom = x'4750000100' WHERE fid = 1;"
                        "INSERT INTO segments (geom, source_id, from_m, to_m, oneway, level, length_m, network_version)"
                        " VALUES (NULL, 'way/8', 0, 1, 0, 0, 1, 'v'), (7, 'way/8', 0, 1, 0, 0, 1, 'v')",
                        NULL, NULL, NULL),
                SQLITE_OK);
        assert_int_equal(roads_load(index, &network), 0);
        assert_int_equal(road_network_size(network), 1);
        road_network_destroy(network);
        assert_int_equal(sqlite3_exec(index_sqlite(index), "UPDATE segments SET geom = NULL", NULL, NULL, NULL),
                         SQLITE_OK);
        assert_int_equal(roads_load(index, &network), 0);
        assert_null(network);
        index_close(index);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, fixture_setup, fixture_teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(test_a_network_comes_back),         TEST(test_ids_last_as_long_as_their_piece),
                TEST(test_frames_of_an_earlier_network), TEST(test_ids_last_as_long_as_their_piece),
                TEST(test_the_same_piece_twice),         TEST(test_abort_and_bad_segments_change_nothing),
                TEST(test_bad_rows_are_ignored),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
