/* SPDX-License-Identifier: MIT */
/* What is asked of an index that is not what it should be. The questions themselves are in tests/unit/cli. */
#include "fixture.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "storage/coverage.h"
#include "storage/query.h"
#include "storage/roads.h"
#include "storage/roads_info.h"
#include "storage/verify.h"

/* From here on stderr goes to DIR/log. Returns the one before. */
static int catch_log(const char *dir)
{
        int before = dup(STDERR_FILENO), fd;

        fd = open(fixture_path(dir, "log"), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        assert_true(before >= 0 && fd >= 0);
        assert_int_equal(dup2(fd, STDERR_FILENO), STDERR_FILENO);
        fd_close(fd);
        return before;
}

/* Every line of the log begins with the file's name; there are so many. */
static void release_log(const char *dir, int before, const char *file, unsigned lines)
{
        char *log = NULL, *line, *rest = NULL, expected[300];
        unsigned count = 0;
        size_t size;

        assert_int_equal(dup2(before, STDERR_FILENO), STDERR_FILENO);
        fd_close(before);
        assert_int_equal(fd_read_file(AT_FDCWD, fixture_path(dir, "log"), 1 << 16, &log, &size), 0);
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
        int before;

        add_streets(index);
        query_filter_init(&filter);
        assert_int_equal(storage_root_open(*state, STORAGE_READ, false, &root), 0);
        assert_int_equal(sqlite3_exec(index_sqlite(index), "ALTER TABLE frames RENAME TO elsewhere", NULL, NULL, NULL),
                         SQLITE_OK);
        before = catch_log(*state);
        assert_true(query_frames_open(index, &filter, &frames) < 0);
        assert_true(coverage_create(index, &settings, &coverage) < 0);
        assert_true(verify_run(root, index, &options, &result) < 0);
        sqlite3_exec(index_sqlite(index), "ALTER TABLE segments RENAME TO elsewhere_too", NULL, NULL, NULL);
        assert_true(roads_info_read(index, &info) < 0);
        release_log(*state, before, file, 4);
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
