/* SPDX-License-Identifier: MIT */
/* What is asked of an index that is not what it should be. The questions themselves are in tests/unit/cli. */
#include "fixture.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "storage/coverage.h"
#include "storage/query.h"
#include "storage/roads.h"
#include "storage/roads_info.h"
#include "storage/verify.h"

/* Every line of the log begins with the file's name; there are so many. Frees the log. */
static void assert_lines_name(char *log, const char *file, unsigned lines)
{
        char *line, *rest = NULL, expected[300];
        unsigned count = 0;

        snprintf(expected, sizeof(expected), "error: %s: ", file);
        for (line = strtok_r(log, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest), count++) {
                if (strncmp(line, expected, strlen(expected)) != 0)
                        fail_msg("\"%s\" does not begin with \"%s\"", line, expected);
        }
        assert_int_equal(count, lines);
        free(log);
}

static void add_streets(struct index_db *index)
{
        struct road_point points[2] = {{48.1, 2.1}, {48.1, 2.2}};
        struct road_segment segment = {.source_id = "way/7", .to_m = 10, .points = points, .point_count = 2};
        struct roads_import *import = NULL;

        assert_int_equal(roads_import_begin(index, "map", "town.geojson", &import), 0);
        assert_int_equal(roads_import_add(import, &segment), 0);
        assert_int_equal(roads_import_finish(import), 0);
}

/* Somebody with several indexes has to know which one is damaged. */
static void test_errors_name_the_file(void **state)
{
        struct coverage_settings settings = {.accuracy_m = 10, .spacing_m = 5, .worklist_before_utc_ns = INT64_MIN};
        const char *file = fixture_path(*state, "index.gpkg");
        struct index_db *index = fixture_index(*state);
        struct verify_options options = {0};
        struct storage_root *root = NULL;
        struct coverage *coverage = NULL;
        struct query_frames *frames = NULL;
        struct verify_result result;
        struct query_filter filter;
        struct roads_info info;
        struct catch caught;

        add_streets(index);
        query_filter_init(&filter);
        assert_int_equal(storage_root_open(*state, STORAGE_READ, false, &root), 0);
        assert_int_equal(sqlite3_exec(index_sqlite(index), "ALTER TABLE frames RENAME TO elsewhere", NULL, NULL, NULL),
                         SQLITE_OK);
        catch_log(&caught, *state);
        assert_true(query_frames_open(index, &filter, &frames) < 0);
        assert_true(coverage_create(index, &settings, &coverage) < 0);
        assert_true(verify_run(root, index, &options, &result) < 0);
        sqlite3_exec(index_sqlite(index), "ALTER TABLE segments RENAME TO elsewhere_too", NULL, NULL, NULL);
        assert_true(roads_info_read(index, &info) < 0);
        assert_lines_name(release_log(&caught), file, 4);
        storage_root_close(root);
        index_close(index);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, fixture_setup, fixture_teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(test_errors_name_the_file),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
