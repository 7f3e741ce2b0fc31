/* SPDX-License-Identifier: MIT */
#include "fixture.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "storage/snapshot.h"
#include "storage/store.h"
#include "storage/verify.h"

/* readdir is wrapped by the linker: it fails after so many entries, -1 never. */
static int entries_before_failure = -1;

struct dirent64 *__real_readdir64(DIR *folder);
struct dirent64 *__wrap_readdir64(DIR *folder);

struct dirent64 *__wrap_readdir64(DIR *folder)
{
        if (entries_before_failure == 0) {
                errno = EIO;
                return NULL;
        }
        if (entries_before_failure > 0)
                entries_before_failure--;
        return __real_readdir64(folder);
}

struct told {
        char text[1024];
};

static void tell(void *userdata, const struct verify_problem *problem)
{
        struct told *told = userdata;
        size_t length = strlen(told->text);

        assert_non_null(problem->detail);
        snprintf(told->text + length, sizeof(told->text) - length, "%s: %s\n", verify_kind_text(problem->kind),
                 problem->path);
}

struct opened {
        struct storage_root *root;
        struct store *store;
};

/* Two runs of four pictures, the second one still open. */
static struct opened runs_named(const char *dir, const char *first, const char *second)
{
        struct opened o = {0};

        assert_int_equal(storage_root_open(dir, STORAGE_WRITE, true, &o.root), 0);
        assert_int_equal(store_open(o.root, STORE_BATCH, &o.store), 0);
        for (const char *name = first; name; name = name == first ? second : NULL) {
                struct index_run run = fixture_run(name);

                assert_int_equal(store_run_begin(o.store, &run), 0);
                for (uint64_t i = 1; i <= 4; i++) {
                        struct picture_tag tag = fixture_tag(name, "front", i);

                        assert_int_equal(store_picture(o.store, &tag, "a picture", 9), 0);
                }
                if (name == first)
                        assert_int_equal(store_run_end(o.store, FIXTURE_START_NS, 20), 0);
        }
        assert_int_equal(store_commit(o.store), 0);
        return o;
}

static struct opened two_runs(const char *dir)
{
        return runs_named(dir, "a", "b");
}

static void close_all(struct opened *o)
{
        store_close(o->store);
        storage_root_close(o->root);
}

static void look(struct opened *o, const char *run, bool skip_hashes, struct told *told, struct verify_result *result)
{
        struct verify_options options = {.run = run, .skip_hashes = skip_hashes, .problem = tell, .userdata = told};

        *told = (struct told){0};
        assert_int_equal(verify_run(o->root, store_index(o->store), &options, result), 0);
}

static void test_all_is_well(void **state)
{
        struct opened o = two_runs(*state);
        struct verify_result result;
        struct told told;

        look(&o, NULL, false, &told, &result);
        assert_string_equal(told.text, "");
        assert_int_equal(result.frames, 8);
        assert_int_equal(result.frames_whole, 8);
        assert_int_equal(result.bytes, 72);
        assert_int_equal(verify_problem_count(&result), 0);
        look(&o, "b", false, &told, &result);
        assert_int_equal(result.frames, 4);
        close_all(&o);
}

static void write_at(const char *dir, const char *name, const char *data)
{
        assert_int_equal(fd_write_file_atomic(AT_FDCWD, fixture_path(dir, name), data, strlen(data), 0), 0);
}

static void test_each_kind_of_problem(void **state)
{
        struct opened o = two_runs(*state);
        struct verify_result result;
        struct told told;

        assert_int_equal(unlink(fixture_path(*state, "runs/a/front/00000001.jpg")), 0);
        write_at(*state, "runs/a/front/00000002.jpg", "a pictur");
        write_at(*state, "runs/a/front/00000003.jpg", "A picture");
        assert_int_equal(unlink(fixture_path(*state, "runs/a/front/00000004.jpg")), 0);
        assert_int_equal(symlink("00000003.jpg", fixture_path(*state, "runs/a/front/00000004.jpg")), 0);
        look(&o, NULL, false, &told, &result);
        assert_string_equal(told.text,
                            "missing: runs/a/front/00000001.jpg\nwrong size: runs/a/front/00000002.jpg\n"
                            "wrong hash: runs/a/front/00000003.jpg\nunreadable: runs/a/front/00000004.jpg\n");
        assert_int_equal(result.frames, 8);
        assert_int_equal(result.frames_whole, 4);
        assert_int_equal(verify_problem_count(&result), 4);

        look(&o, "a", true, &told, &result); /* hashes are not asked for */
        assert_int_equal(result.problems[VERIFY_HASH], 0);
        assert_int_equal(result.frames_whole, 1);
        assert_int_equal(result.bytes, 0);
        close_all(&o);
}

static void test_files_without_a_row(void **state)
{
        struct opened o = two_runs(*state);
        struct verify_result result;
        struct told told;

        write_at(*state, "runs/a/front/00000005.jpg", "x");
        look(&o, NULL, false, &told, &result);
        assert_string_equal(told.text, "not in the index: runs/a/front/00000005.jpg\n");
        unlink(fixture_path(*state, "runs/a/front/00000005.jpg"));

        write_at(*state, "runs/a/front/.00000005.jpg.tmp", "x");
        look(&o, NULL, false, &told, &result);
        assert_string_equal(told.text, "left over: runs/a/front/.00000005.jpg.tmp\n");
        unlink(fixture_path(*state, "runs/a/front/.00000005.jpg.tmp"));

        /* Of the same number, but not the file that the row speaks of. */
        write_at(*state, "runs/a/front/1.jpg", "x");
        look(&o, NULL, false, &told, &result);
        assert_string_equal(told.text, "not in the index: runs/a/front/1.jpg\n");
        unlink(fixture_path(*state, "runs/a/front/1.jpg"));

        assert_int_equal(mkdir(fixture_path(*state, "runs/c"), 0755), 0);
        assert_int_equal(mkdir(fixture_path(*state, "runs/c/front"), 0755), 0);
        write_at(*state, "runs/c/events.jsonl", "");
        write_at(*state, "runs/c/front/00000001.jpg", "x");
        look(&o, NULL, false, &told, &result);
        assert_string_equal(told.text, "not in the index: runs/c/front/00000001.jpg\n");
        look(&o, "a", false, &told, &result);
        assert_string_equal(told.text, "");
        close_all(&o);
}

/* A van that drives has files whose rows come with the next commit. */
static void test_an_open_run_is_no_problem(void **state)
{
        struct opened o = two_runs(*state);
        struct picture_tag tag = fixture_tag("b", "front", 5);
        struct verify_result result;
        struct told told;

        assert_int_equal(store_picture(o.store, &tag, "a picture", 9), 0);
        write_at(*state, "runs/b/front/.00000006.jpg.tmp", "x");
        look(&o, NULL, false, &told, &result);
        assert_string_equal(told.text, "");
        assert_int_equal(result.open_not_indexed, 2);
        assert_int_equal(store_run_end(o.store, FIXTURE_START_NS, 25), 0);
        look(&o, NULL, false, &told, &result);
        assert_string_equal(told.text, "left over: runs/b/front/.00000006.jpg.tmp\n");
        assert_int_equal(result.open_not_indexed, 0);
        assert_int_equal(result.frames, 9);
        close_all(&o);
}

/* Of a snapshot, which nobody writes to: what was taken after it was made is no problem, and is counted. */
static void test_pictures_newer_than_a_snapshot(void **state)
{
        struct opened o = runs_named(*state, "20260512T080005Z", "20260512T090000Z");
        static const char *const newer[] = {"20260512T090000Z/front/00000005.jpg",
                                            "20260512T090000Z-2/left/00000001.jpg",
                                            "20260513T090000Z/front/00000001.jpg"};
        static const char *const strays[] = {"20260512T080005Z/front/00000005.jpg",
                                             "20260512T090000Z/front (copy)/00000005.jpg",
                                             "20260512T090000Z/front/5.jpg", "backup/front/00000001.jpg"};
        struct index_db *index = NULL;
        struct verify_options options = {.problem = tell, .skip_hashes = true};
        struct verify_result result;
        struct told told = {0};

        for (size_t i = 0; i < 7; i++) {
                char path[128];

                snprintf(path, sizeof(path), "runs/%s", i < 3 ? newer[i] : strays[i - 3]);
                for (char *slash = strchr(path + 5, '/'); slash; slash = strchr(slash + 1, '/')) {
                        *slash = '\0';
                        (void)mkdir(fixture_path(*state, path), 0755);
                        *slash = '/';
                }
                write_at(*state, path, "x");
        }
        close_all(&o);
        assert_int_equal(snapshot_write(fixture_path(*state, "index.gpkg"), fixture_path(*state, "copy.gpkg")), 0);
        options.userdata = &told;
        assert_int_equal(storage_root_open(*state, STORAGE_READ, false, &o.root), 0);
        for (unsigned snapshot = 0; snapshot < 2; snapshot++) {
                const char *name = snapshot ? "copy.gpkg" : "index.gpkg";

                assert_int_equal(index_open(fixture_path(*state, name), INDEX_READ_ONLY, &index), 0);
                assert_int_equal(verify_run(o.root, index, &options, &result), 0);
                assert_int_equal(result.newer, snapshot ? 3 : 0);
                assert_int_equal(result.problems[VERIFY_NOT_INDEXED], snapshot ? 4 : 7);
                index_close(index);
        }
        storage_root_close(o.root);
        /* Once it is written to, it is an index as any. */
        assert_int_equal(index_open(fixture_path(*state, "copy.gpkg"), INDEX_READ_WRITE, &index), 0);
        assert_int_equal(fixture_int(index_sqlite(index), "SELECT is_snapshot FROM streetcap_schema"), 0);
        index_close(index);
}

/* A run that has no end because its writer was killed: nobody will index its files. */
static void test_an_open_run_without_a_writer(void **state)
{
        struct opened o = two_runs(*state);
        struct verify_options options = {.problem = tell};
        struct index_db *index = NULL;
        struct verify_result result;
        struct told told = {0};

        write_at(*state, "runs/b/front/00000005.jpg", "x");
        write_at(*state, "runs/b/front/.00000006.jpg.tmp", "x");
        close_all(&o);
        assert_int_equal(storage_root_open(*state, STORAGE_READ, false, &o.root), 0);
        assert_int_equal(index_open(fixture_path(*state, "index.gpkg"), INDEX_READ_ONLY, &index), 0);
        assert_int_equal(fixture_int(index_sqlite(index), "SELECT state = 'open' FROM runs WHERE name = 'b'"), 1);
        options.userdata = &told;
        assert_int_equal(verify_run(o.root, index, &options, &result), 0);
        assert_int_equal(result.open_not_indexed, 0);
        assert_int_equal(result.problems[VERIFY_NOT_INDEXED], 1);
        assert_int_equal(result.problems[VERIFY_LEFTOVER], 1);
        index_close(index);
        storage_root_close(o.root);
}

/* A folder that cannot be read to its end may hold anything. */
static void test_a_folder_that_cannot_be_read(void **state)
{
        struct opened o = two_runs(*state);
        struct verify_result result;
        struct told told;

        entries_before_failure = 0;
        look(&o, NULL, false, &told, &result);
        entries_before_failure = -1;
        assert_string_equal(told.text, "unreadable: runs\n");
        assert_int_equal(verify_problem_count(&result), 1);
        close_all(&o);
}

/* Neither a camera's folder nor a run's may be a link that leads elsewhere. */
static void test_a_link_out_of_the_root_is_not_followed(void **state)
{
        struct opened o = two_runs(*state);
        struct verify_result result;
        struct told told;

        assert_int_equal(rename(fixture_path(*state, "runs/a/front"), fixture_path(*state, "elsewhere")), 0);
        assert_int_equal(symlink("../../elsewhere", fixture_path(*state, "runs/a/front")), 0);
        look(&o, "a", false, &told, &result);
        assert_string_equal(told.text,
                            "unreadable: runs/a/front/00000001.jpg\nunreadable: runs/a/front/00000002.jpg\n"
                            "unreadable: runs/a/front/00000003.jpg\nunreadable: runs/a/front/00000004.jpg\n"
                            "not in the index: runs/a/front\n");
        assert_int_equal(result.bytes, 0);
        close_all(&o);
}

static void test_a_path_out_of_the_root_is_not_followed(void **state)
{
        struct opened o = two_runs(*state);
        struct verify_result result;
        struct told told;

        assert_int_equal(
                sqlite3_exec(index_sqlite(store_index(o.store)),
                             "UPDATE frames SET path = '/etc/passwd' WHERE run = 'a' AND sequence = 1;"
                             "UPDATE frames SET path = 'runs/../lock' WHERE run = 'a' AND sequence = 2;"
                             "UPDATE frames SET path = 'runs/a/front/00000004.jpg' WHERE run = 'a' AND sequence = 3;",
                             NULL, NULL, NULL),
                SQLITE_OK);
        look(&o, "a", false, &told, &result);
        assert_string_equal(told.text,
                            "bad row: /etc/passwd\nbad row: runs/../lock\nbad row: runs/a/front/00000004.jpg\n");
        close_all(&o);
}

static void test_no_runs_yet(void **state)
{
        struct opened o = {0};
        struct verify_result result;
        struct told told;

        assert_int_equal(storage_root_open(*state, STORAGE_WRITE, true, &o.root), 0);
        assert_int_equal(store_open(o.root, STORE_LIVE, &o.store), 0);
        look(&o, NULL, false, &told, &result);
        assert_int_equal(result.frames, 0);
        assert_int_equal(verify_problem_count(&result), 0);
        close_all(&o);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, fixture_setup, fixture_teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(test_all_is_well),
                TEST(test_each_kind_of_problem),
                TEST(test_files_without_a_row),
                TEST(test_an_open_run_is_no_problem),
                TEST(test_pictures_newer_than_a_snapshot),
                TEST(test_an_open_run_without_a_writer),
                TEST(test_a_folder_that_cannot_be_read),
                TEST(test_a_link_out_of_the_root_is_not_followed),
                TEST(test_a_path_out_of_the_root_is_not_followed),
                TEST(test_no_runs_yet),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
