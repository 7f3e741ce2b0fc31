/* SPDX-License-Identifier: MIT */
#include "fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "failing_calls.h"
#include "storage/store.h"
#include "storage/verify.h"

struct opened {
        struct storage_root *root;
        struct store *store;
};

static struct opened open_store(const char *dir, enum store_mode mode)
{
        struct opened opened = {0};

        assert_int_equal(storage_root_open(dir, STORAGE_WRITE, true, &opened.root), 0);
        assert_int_equal(store_open_with(opened.root, mode, &failing_calls, &opened.store), 0);
        return opened;
}

static void close_store(struct opened *opened)
{
        store_close(opened->store);
        storage_root_close(opened->root);
}

static struct opened open_store_with_run(const char *dir, enum store_mode mode)
{
        struct opened opened;
        struct index_run run = fixture_run("a");

        see(0, 0, 0);
        opened = open_store(dir, mode);
        assert_int_equal(store_run_begin(opened.store, &run), 0);
        return opened;
}

static int put_picture(struct store *store, uint64_t sequence)
{
        struct picture_tag tag = fixture_tag("a", "front", sequence);

        return store_picture(store, &tag, "a picture, more or less", 23);
}

/* What somebody else sees of the index now: committed rows only. */
static int64_t committed(const char *dir, const char *sql)
{
        struct index_db *index = NULL;
        int64_t value;

        assert_int_equal(index_open(fixture_path(dir, "index.gpkg"), INDEX_READ_ONLY, &index), 0);
        value = fixture_int(index_sqlite(index), sql);
        index_close(index);
        return value;
}

#define FRAMES "SELECT count(*) FROM frames"

static void assert_events(const char *dir, const char *expected)
{
        char *data = NULL;
        size_t size;

        assert_int_equal(fd_read_file(AT_FDCWD, fixture_path(dir, "runs/a/events.jsonl"), 1 << 20, &data, &size), 0);
        assert_string_equal(data, expected);
        free(data);
}

static bool has_file(const char *dir, const char *name)
{
        return access(fixture_path(dir, name), F_OK) == 0;
}

/* ---- order ---- */

static void test_a_row_comes_after_its_file(void **state)
{
        struct opened o = open_store_with_run(*state, STORE_LIVE);
        struct stat status;

        assert_int_equal(put_picture(o.store, 1), 0); /* makes the camera's folder too */
        see(0, 0, 0);
        assert_int_equal(put_picture(o.store, 2), 0);
        assert_string_equal(calls_seen, "wfr");
        assert_int_equal(stat(fixture_path(*state, "runs/a/front/00000002.jpg"), &status), 0);
        assert_int_equal(status.st_size, 23);
        assert_int_equal(committed(*state, FRAMES), 0);

        see(0, 0, 0);
        assert_int_equal(store_event(o.store, "{}", 2), 0);
        assert_int_equal(store_commit(o.store), 0);
        assert_string_equal(calls_seen, "wdf"); /* events, then the folder */
        assert_int_equal(committed(*state, FRAMES), 2);
        assert_int_equal(committed(*state, "SELECT frames FROM runs"), 2);
        see(0, 0, 0);
        assert_int_equal(store_commit(o.store), 0);
        assert_string_equal(calls_seen, ""); /* nothing new, nothing to do */
        close_store(&o);
}

static void test_a_batch_syncs_once(void **state)
{
        struct opened o = open_store_with_run(*state, STORE_BATCH);

        assert_int_equal(put_picture(o.store, 1), 0);
        see(0, 0, 0);
        assert_int_equal(put_picture(o.store, 2), 0);
        assert_int_equal(store_event(o.store, "{}", 2), 0);
        assert_string_equal(calls_seen, "wr");
        assert_int_equal(store_commit(o.store), 0);
        assert_string_equal(calls_seen, "wrws");
        assert_int_equal(committed(*state, FRAMES), 2);
        close_store(&o);
        assert_events(*state, "{}\n");
}

static void test_a_whole_run(void **state)
{
        struct opened o = open_store_with_run(*state, STORE_LIVE);
        struct fix fix = fixture_fix(FIXTURE_START_NS);
        struct gap gap = {.run = "a", .camera = "front", .number = 1, .reason = GAP_NO_FRAME, .marks = 1};
        struct verify_options options = {0};
        struct verify_result result;

        assert_int_equal(store_event(o.store, "{\"class\":\"TPV\"}", 15), 0);
        assert_int_equal(store_fix(o.store, "a", &fix, 1, "taken"), 0);
        assert_int_equal(put_picture(o.store, 1), 0);
        assert_int_equal(store_gap(o.store, &gap), 0);
        assert_int_equal(store_run_end(o.store, FIXTURE_START_NS + 60000000000, 500), 0);
        assert_int_equal(store_run_end(o.store, 0, 0), -ENOENT);
        assert_int_equal(store_checkpoint(o.store), 0);
        assert_int_equal(verify_run(o.root, store_index(o.store), &options, &result), 0);
        assert_int_equal(result.frames_whole, 1);
        assert_int_equal(verify_problem_count(&result), 0);
        close_store(&o);
        assert_events(*state, "{\"class\":\"TPV\"}\n");
        assert_int_equal(committed(*state, "SELECT state = 'ended' AND frames = 1 AND travelled_m = 500 FROM runs"), 1);
        assert_int_equal(committed(*state, "SELECT count(*) FROM fixes"), 1);
        assert_int_equal(committed(*state, "SELECT count(*) FROM gaps"), 1);
}

/* ---- names ---- */

static void test_run_names(void **state)
{
        struct opened o;
        struct index_run run;
        char name[40];

        see(0, 0, 0);
        o = open_store(*state, STORE_LIVE);
        assert_int_equal(store_run_name(o.store, FIXTURE_START_NS, name), 0);
        assert_string_equal(name, "20261123T101500Z");
        run = fixture_run(name);
        assert_int_equal(store_run_begin(o.store, &run), 0);
        assert_int_equal(store_run_begin(o.store, &run), -EBUSY);
        assert_int_equal(store_run_end(o.store, 0, 0), 0);
        assert_int_equal(store_run_begin(o.store, &run), -EEXIST);
        assert_int_equal(store_run_name(o.store, FIXTURE_START_NS, name), 0);
        assert_string_equal(name, "20261123T101500Z-2");
        /* A folder whose rows are lost is not written into. */
        assert_int_equal(mkdir(fixture_path(*state, "runs/20261123T101500Z-2"), 0755), 0);
        assert_int_equal(store_run_name(o.store, FIXTURE_START_NS, name), 0);
        assert_string_equal(name, "20261123T101500Z-3");
        run = fixture_run("../elsewhere");
        assert_int_equal(store_run_begin(o.store, &run), -EINVAL);
        close_store(&o);
}

/* Whatever stops a begin, it leaves nothing that stands in the way of the next one. */
static void test_a_begin_that_fails_leaves_its_name_free(void **state)
{
        struct index_run run = fixture_run("a");
        struct opened o;

        see(0, 0, 0);
        o = open_store(*state, STORE_LIVE);
        /* Syncs of the root, of runs, of the run's folder. */
        for (int passed = 0; passed < 3; passed++) {
                see('f', passed, EIO);
                assert_int_equal(store_run_begin(o.store, &run), -EIO);
                assert_false(has_file(*state, "runs/a"));
        }
        see('f', 3, EIO);
        assert_int_equal(store_run_begin(o.store, &run), 0);
        close_store(&o);
}

static void test_what_belongs_to_no_run(void **state)
{
        struct fix fix = fixture_fix(FIXTURE_START_NS);
        struct gap gap = {.run = "b"};
        struct picture_tag tag = fixture_tag("b", "front", 1);
        struct opened o;

        see(0, 0, 0);
        o = open_store(*state, STORE_LIVE);
        assert_int_equal(store_event(o.store, "{}", 2), -ENOENT);
        assert_int_equal(put_picture(o.store, 1), -ENOENT);
        assert_int_equal(store_fix(o.store, "a", &fix, 1, "taken"), -ENOENT);
        close_store(&o);

        o = open_store_with_run(*state, STORE_LIVE);
        assert_int_equal(store_fix(o.store, "b", &fix, 1, "taken"), -EINVAL);
        assert_int_equal(store_gap(o.store, &gap), -EINVAL);
        assert_int_equal(store_picture(o.store, &tag, "x", 1), -EINVAL);
        tag = fixture_tag("a", "../b", 1);
        assert_int_equal(store_picture(o.store, &tag, "x", 1), -EINVAL);
        tag = fixture_tag("a", "", 1);
        assert_int_equal(store_picture(o.store, &tag, "x", 1), -EINVAL);
        close_store(&o);
}

/* ---- disks that fail ---- */

static void test_a_picture_that_fails_leaves_no_row(void **state)
{
        static const struct {
                char call;
                int error;
        } cases[] = {{'w', ENOSPC}, {'f', EIO}, {'r', EROFS}};
        struct opened o = open_store_with_run(*state, STORE_LIVE);

        assert_int_equal(put_picture(o.store, 1), 0);
        for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
                see(cases[i].call, 0, cases[i].error);
                assert_int_equal(put_picture(o.store, 2), -cases[i].error);
                assert_false(has_file(*state, "runs/a/front/00000002.jpg"));
                assert_false(has_file(*state, "runs/a/front/.00000002.jpg.tmp"));
                see(0, 0, 0);
                assert_int_equal(store_commit(o.store), 0);
                assert_int_equal(committed(*state, FRAMES), 1);
        }
        /* The disk is back. */
        assert_int_equal(put_picture(o.store, 2), 0);
        assert_int_equal(put_picture(o.store, 2), -EEXIST);
        assert_int_equal(store_commit(o.store), 0);
        assert_int_equal(committed(*state, FRAMES), 2);
        close_store(&o);
}

/* As long as the folder's sync fails, which with a journal that failed is for ever, there are no rows. */
static void test_no_row_before_its_folder_is_synced(void **state)
{
        struct opened o = open_store_with_run(*state, STORE_LIVE);

        assert_int_equal(put_picture(o.store, 1), 0);
        see('f', 0, EIO);
        for (int i = 0; i < 3; i++)
                assert_int_equal(store_commit(o.store), -EIO);
        assert_int_equal(committed(*state, FRAMES), 0);
        see(0, 0, 0);
        assert_int_equal(store_commit(o.store), 0);
        assert_string_equal(calls_seen, "f");
        assert_int_equal(committed(*state, FRAMES), 1);
        close_store(&o);
}

/* Whether a write stops half-way or a sync says that bytes are lost, the file has each line once in the end. */
static void test_events_are_whole_lines_whatever_fails(void **state)
{
        struct opened o = open_store_with_run(*state, STORE_LIVE);

        assert_int_equal(store_event(o.store, "{\"n\":1}", 7), 0);
        assert_int_equal(store_commit(o.store), 0);
        assert_int_equal(store_event(o.store, "{\"n\":2}", 7), 0);
        see('w', 0, ENOSPC);
        assert_int_equal(store_commit(o.store), -ENOSPC);
        assert_events(*state, "{\"n\":1}\n");
        see('d', 0, EIO);
        assert_int_equal(store_commit(o.store), -EIO);
        assert_events(*state, "{\"n\":1}\n");
        see(0, 0, 0);
        assert_int_equal(store_event(o.store, "{\"n\":3}", 7), 0);
        assert_int_equal(store_commit(o.store), 0);
        assert_events(*state, "{\"n\":1}\n{\"n\":2}\n{\"n\":3}\n");
        close_store(&o);
}

static void test_many_events_between_commits(void **state)
{
        struct opened o = open_store_with_run(*state, STORE_LIVE);
        struct stat status;
        char line[1000];

        memset(line, 'x', sizeof(line));
        for (int i = 0; i < 1000; i++)
                assert_int_equal(store_event(o.store, line, sizeof(line)), 0);
        assert_int_equal(store_commit(o.store), 0);
        assert_int_equal(stat(fixture_path(*state, "runs/a/events.jsonl"), &status), 0);
        assert_int_equal(status.st_size, 1000 * 1001);
        /* A disk that refuses for good: memory stays bounded. */
        see('w', 0, EIO);
        for (int i = 0; i < 20000; i++)
                (void)store_event(o.store, line, sizeof(line));
        assert_int_equal(store_event(o.store, line, sizeof(line)), -ENOBUFS);
        see(0, 0, 0);
        close_store(&o);
}

/* Nobody can say which pictures of the group are whole: none gets a row, ever. */
static void test_a_batch_that_fails_ends_it(void **state)
{
        struct opened o = open_store_with_run(*state, STORE_BATCH);

        assert_int_equal(put_picture(o.store, 1), 0);
        see('s', 0, EIO);
        assert_int_equal(store_commit(o.store), -EIO);
        see(0, 0, 0);
        assert_int_equal(store_commit(o.store), -EIO);
        close_store(&o);
        assert_int_equal(committed(*state, FRAMES), 0);
}

/* A run that ends on a disk that fails is synced before its rows are committed, with the next commit or before the next
 * run, which has to wait for that. */
static void test_a_run_that_ends_on_a_bad_disk(void **state)
{
        struct opened o = open_store_with_run(*state, STORE_LIVE);
        struct index_run next = fixture_run("b");

        assert_int_equal(put_picture(o.store, 1), 0);
        assert_int_equal(store_event(o.store, "{}", 2), 0);
        see('d', 0, EIO);
        assert_int_equal(store_run_end(o.store, FIXTURE_START_NS, 5), -EIO);
        assert_int_equal(store_run_end(o.store, FIXTURE_START_NS, 5), -ENOENT);
        assert_int_equal(store_event(o.store, "{}", 2), -ENOENT);
        assert_int_equal(put_picture(o.store, 2), -ENOENT);
        see('d', 0, EIO);
        assert_int_equal(store_run_begin(o.store, &next), -EIO);
        assert_string_equal(calls_seen, "wd");
        assert_false(has_file(*state, "runs/b"));
        assert_int_equal(committed(*state, FRAMES), 0);
        see('f', 0, EIO);
        assert_int_equal(store_commit(o.store), -EIO);
        assert_string_equal(calls_seen, "wdf");
        assert_int_equal(committed(*state, FRAMES), 0);
        see(0, 0, 0);
        assert_int_equal(store_commit(o.store), 0);
        assert_string_equal(calls_seen, "f"); /* what is left */
        assert_events(*state, "{}\n");
        assert_int_equal(store_run_begin(o.store, &next), 0);
        assert_int_equal(committed(*state, "SELECT state = 'ended' AND frames = 1 FROM runs WHERE name = 'a'"), 1);
        assert_int_equal(committed(*state, "SELECT state = 'open' FROM runs WHERE name = 'b'"), 1);
        close_store(&o);
}

/* It is tried again and again: no try leaves a folder that takes its name away from the next. */
static void test_a_run_that_cannot_begin_leaves_nothing(void **state)
{
        struct opened o = open_store(*state, STORE_LIVE);
        struct index_run run = fixture_run("a");
        int r = -EIO;

        for (int let_pass = 0; r < 0 && let_pass < 10; let_pass++) {
                see('f', let_pass, EIO);
                r = store_run_begin(o.store, &run);
                assert_true(r == 0 || r == -EIO);
                assert_true(r == 0 || !has_file(*state, "runs/a"));
        }
        assert_int_equal(r, 0);
        see(0, 0, 0);
        close_store(&o);
}

/* What begins the next run syncs the one before first. */
static void test_a_run_after_one_that_ended_on_a_bad_disk(void **state)
{
        struct opened o = open_store_with_run(*state, STORE_LIVE);
        struct index_run next = fixture_run("b");

        assert_int_equal(put_picture(o.store, 1), 0);
        assert_int_equal(store_event(o.store, "{}", 2), 0);
        see('w', 0, EIO);
        assert_int_equal(store_run_end(o.store, FIXTURE_START_NS, 5), -EIO);
        see(0, 0, 0);
        assert_int_equal(store_run_begin(o.store, &next), 0);
        assert_string_equal(calls_seen, "wdf");
        assert_events(*state, "{}\n");
        assert_int_equal(committed(*state, "SELECT state = 'ended' AND frames = 1 FROM runs WHERE name = 'a'"), 1);
        close_store(&o);
}

static void test_a_batch_run_that_ends_on_a_bad_disk(void **state)
{
        struct opened o = open_store_with_run(*state, STORE_BATCH);
        struct index_run next = fixture_run("b");

        assert_int_equal(put_picture(o.store, 1), 0);
        assert_int_equal(store_event(o.store, "{}", 2), 0);
        see('w', 0, ENOSPC);
        assert_int_equal(store_run_end(o.store, FIXTURE_START_NS, 5), -ENOSPC);
        assert_int_equal(committed(*state, FRAMES), 0);
        see(0, 0, 0);
        assert_int_equal(store_commit(o.store), 0);
        assert_string_equal(calls_seen, "ws");
        assert_int_equal(committed(*state, FRAMES), 1);
        assert_events(*state, "{}\n");

        /* A sync that failed is one for good. */
        assert_int_equal(store_run_begin(o.store, &next), 0);
        assert_int_equal(store_event(o.store, "{}", 2), 0);
        see('s', 0, EIO);
        assert_int_equal(store_run_end(o.store, FIXTURE_START_NS, 5), -EIO);
        see(0, 0, 0);
        assert_int_equal(store_commit(o.store), -EIO);
        next = fixture_run("c");
        assert_int_equal(store_run_begin(o.store, &next), -EIO);
        close_store(&o);
        assert_int_equal(committed(*state, "SELECT state = 'open' FROM runs WHERE name = 'b'"), 1);
}

/* An index that cannot grow: its rows wait, go in with a later commit, and go in once. */
static void test_rows_wait_for_an_index_that_fails(void **state)
{
        struct opened o = open_store_with_run(*state, STORE_LIVE);
        sqlite3 *sqlite = index_sqlite(store_index(o.store));
        struct fix fix = fixture_fix(FIXTURE_START_NS);
        char sql[64];

        snprintf(sql, sizeof(sql), "PRAGMA max_page_count = %d", (int)fixture_int(sqlite, "PRAGMA page_count"));
        assert_int_equal(sqlite3_exec(sqlite, sql, NULL, NULL, NULL), SQLITE_OK);
        for (int i = 0; i < 200; i++)
                assert_int_equal(store_fix(o.store, "a", &fix, i, "taken"), 0);
        assert_int_equal(put_picture(o.store, 1), 0);
        for (int i = 0; i < 3; i++)
                assert_int_equal(store_commit(o.store), -ENOSPC);
        assert_int_equal(committed(*state, "SELECT count(*) FROM fixes"), 0);
        assert_int_equal(sqlite3_get_autocommit(sqlite), 1); /* it does not hold the lock meanwhile */
        assert_int_equal(sqlite3_exec(sqlite, "PRAGMA max_page_count = 100000", NULL, NULL, NULL), SQLITE_OK);
        assert_int_equal(store_commit(o.store), 0);
        assert_int_equal(committed(*state, "SELECT count(*) FROM fixes"), 200);
        assert_int_equal(committed(*state, "SELECT frames FROM runs"), 1);
        close_store(&o);
}

static sqlite3 *lock_index(const char *dir)
{
        sqlite3 *other = NULL;

        assert_int_equal(sqlite3_open(fixture_path(dir, "index.gpkg"), &other), SQLITE_OK);
        assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
        return other;
}

/* Somebody who holds the index for writing holds up no picture: rows wait, and all are there when he is gone. A commit
 * that waited for him would take 5 s each time, and this test as many minutes. */
static void test_a_lock_holds_up_rows_only(void **state)
{
        struct opened o = open_store_with_run(*state, STORE_LIVE);
        sqlite3 *sqlite = index_sqlite(store_index(o.store));
        sqlite3 *other = lock_index(*state);
        struct index_run next = fixture_run("b");
        char name[64];

        assert_in_range(fixture_int(sqlite, "PRAGMA busy_timeout"), 0, 50);
        for (uint64_t i = 1; i <= 50; i++) {
                assert_int_equal(put_picture(o.store, i), 0);
                assert_int_equal(store_event(o.store, "{}", 2), 0);
                assert_int_equal(store_commit(o.store), -EBUSY);
                snprintf(name, sizeof(name), "runs/a/front/%08d.jpg", (int)i);
                assert_true(has_file(*state, name));
        }
        /* Runs end and begin all the same. */
        assert_int_equal(store_run_end(o.store, FIXTURE_START_NS, 5), -EBUSY);
        assert_int_equal(store_run_begin(o.store, &next), 0);
        assert_int_equal(store_event(o.store, "{}", 2), 0);
        assert_int_equal(store_commit(o.store), -EBUSY);
        assert_true(has_file(*state, "runs/b/events.jsonl"));
        assert_int_equal(committed(*state, FRAMES), 0);
        assert_int_equal(committed(*state, "SELECT count(*) FROM runs"), 1);

        assert_int_equal(sqlite3_exec(other, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
        sqlite3_close(other);
        assert_int_equal(store_commit(o.store), 0);
        assert_int_equal(committed(*state, FRAMES), 50);
        assert_int_equal(committed(*state, "SELECT state = 'ended' AND frames = 50 FROM runs WHERE name = 'a'"), 1);
        assert_string_equal(fixture_text(sqlite, "SELECT state || config FROM runs WHERE name = 'b'"),
                            "open[trigger]\nspacing = 5 m\n");
        close_store(&o);
}

/* What has nothing else to do waits for its turn. */
static void test_a_batch_waits_for_a_lock(void **state)
{
        struct opened o = open_store_with_run(*state, STORE_BATCH);

        assert_int_equal(fixture_int(index_sqlite(store_index(o.store)), "PRAGMA busy_timeout"), 5000);
        close_store(&o);
}

/* Rows that never got in are freed, a run's row among them. */
static void test_a_store_that_cannot_commit_at_its_end(void **state)
{
        struct opened o = open_store_with_run(*state, STORE_LIVE);
        sqlite3 *other = lock_index(*state);
        struct index_run next = fixture_run("b");

        assert_int_equal(store_run_end(o.store, FIXTURE_START_NS, 5), -EBUSY);
        assert_int_equal(store_run_begin(o.store, &next), 0);
        assert_int_equal(store_event(o.store, "{}", 2), 0);
        see('w', 0, EIO);
        close_store(&o);
        assert_int_equal(committed(*state, "SELECT count(*) FROM runs WHERE name = 'a' AND state = 'open'"), 1);
        sqlite3_close(other);
}

/* A failure that SQLite does not roll back by itself must not leave the transaction, and so the lock, behind. */
static void test_a_failed_commit_leaves_no_lock(void **state)
{
        struct opened o = open_store_with_run(*state, STORE_LIVE);
        sqlite3 *sqlite = index_sqlite(store_index(o.store));
        struct fix fix = fixture_fix(FIXTURE_START_NS);

        assert_int_equal(sqlite3_exec(sqlite, "ALTER TABLE fixes RENAME TO elsewhere", NULL, NULL, NULL), SQLITE_OK);
        assert_int_equal(put_picture(o.store, 1), 0);
        assert_int_equal(store_fix(o.store, "a", &fix, 1, "taken"), 0);
        assert_int_equal(store_commit(o.store), -EIO);
        assert_int_equal(sqlite3_get_autocommit(sqlite), 1);
        assert_int_equal(committed(*state, FRAMES), 0);
        assert_int_equal(sqlite3_exec(sqlite, "ALTER TABLE elsewhere RENAME TO fixes", NULL, NULL, NULL), SQLITE_OK);
        assert_int_equal(store_commit(o.store), 0);
        assert_int_equal(committed(*state, FRAMES), 1);
        assert_int_equal(committed(*state, "SELECT count(*) FROM fixes"), 1);
        close_store(&o);
}

/* A row that the index can never take is named and dropped: the others must not wait for it for ever. */
static void test_a_row_that_is_refused(void **state)
{
        struct opened o = open_store_with_run(*state, STORE_LIVE);
        struct picture_tag tag = fixture_tag("a", "front", 1);
        struct index_frame_file file = fixture_file("runs/a/front/00000001.jpg");
        struct fix fix = fixture_fix(FIXTURE_START_NS);
        struct catch caught;
        char *log;

        assert_int_equal(index_add_frame(store_index(o.store), &tag, &file), 0);
        assert_int_equal(put_picture(o.store, 1), 0);
        assert_int_equal(put_picture(o.store, 2), 0);
        assert_int_equal(store_fix(o.store, "a", &fix, 1, ""), 0); /* without a verdict */
        assert_int_equal(store_fix(o.store, "a", &fix, 2, "taken"), 0);
        catch_log(&caught, *state);
        assert_int_equal(store_commit(o.store), 0);
        log = release_log(&caught);
        assert_non_null(strstr(log, "run a, camera front, picture 1: its row is in the index already, ignoring it\n"));
        assert_non_null(strstr(log, "run a, a fix: its row is refused by the index, dropping it\n"));
        assert_null(strstr(log, "picture 2"));
        free(log);
        assert_int_equal(committed(*state, FRAMES), 2);
        assert_int_equal(committed(*state, "SELECT count(*) FROM fixes"), 1);
        assert_int_equal(committed(*state, "SELECT frames FROM runs"), 1);
        close_store(&o);
}

/* An index that fails for good: the rows that wait are bounded, and pictures that could have none are not written. */
static void test_rows_that_wait_are_bounded(void **state)
{
        struct opened o = open_store_with_run(*state, STORE_LIVE);
        struct fix fix = fixture_fix(FIXTURE_START_NS);
        int r = 0;

        for (int i = 0; i < 100000 && r == 0; i++)
                r = store_fix(o.store, "a", &fix, i, "taken");
        assert_int_equal(r, -ENOBUFS);
        assert_int_equal(put_picture(o.store, 1), -ENOBUFS);
        assert_false(has_file(*state, "runs/a/front/00000001.jpg"));
        assert_int_equal(store_run_end(o.store, FIXTURE_START_NS, 0), 0);
        assert_int_equal(committed(*state, "SELECT state = 'ended' FROM runs"), 1);
        close_store(&o);
}

/* ---- a real disk that is full ---- */

/* Fills the file system of dir but for `left` bytes; returns the ballast's fd. */
static int fill(const char *dir)
{
        int fd = open(fixture_path(dir, "ballast"), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
        static char block[4096];

        memset(block, 1, sizeof(block));
        while (write(fd, block, sizeof(block)) > 0)
                continue;
        return fd;
}

static void drive_on_full_disk(const char *dir)
{
        struct opened o = open_store_with_run(dir, STORE_LIVE);
        struct verify_options options = {0};
        struct verify_result result;
        int ballast;

        assert_int_equal(put_picture(o.store, 1), 0);
        assert_int_equal(store_commit(o.store), 0);
        assert_int_equal(put_picture(o.store, 2), 0);
        ballast = fill(dir);
        assert_int_equal(put_picture(o.store, 3), -ENOSPC);
        for (uint64_t i = 0; i < 3; i++)
                assert_int_equal(store_commit(o.store), -ENOSPC); /* the index cannot grow */
        assert_int_equal(store_event(o.store, "{}", 2), 0);
        for (uint64_t i = 0; i < 3; i++)
                assert_int_equal(store_commit(o.store), -ENOSPC);
        assert_int_equal(ftruncate(ballast, 0), 0);
        fd_close(ballast);

        assert_int_equal(put_picture(o.store, 3), 0);
        assert_int_equal(store_commit(o.store), 0);
        assert_int_equal(verify_run(o.root, store_index(o.store), &options, &result), 0);
        assert_int_equal(result.frames_whole, 3);
        assert_int_equal(verify_problem_count(&result), 0);
        assert_string_equal(fixture_text(index_sqlite(store_index(o.store)), "PRAGMA integrity_check"), "ok");
        close_store(&o);
        assert_events(dir, "{}\n");
}

static void test_full_disk(void **state)
{
        int status = 0;
        pid_t child = fork();

        assert_true(child >= 0);
        if (child == 0) {
                if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
                    mount("tmpfs", *state, "tmpfs", 0, "size=2m") < 0)
                        _exit(77);
                drive_on_full_disk(*state);
                _exit(0);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
                print_message("no tmpfs of our own can be mounted here\n");
                skip();
        }
        assert_int_equal(status, 0);
}

/* ---- a process that is killed ---- */

/* Stores without end, and tells each commit. */
static void drive_until_killed(const char *dir, int told)
{
        struct opened o = open_store_with_run(dir, STORE_LIVE);

        for (uint64_t i = 1;; i++) {
                if (put_picture(o.store, i) < 0 || store_event(o.store, "{\"class\":\"TPV\"}", 15) < 0)
                        _exit(1);
                if (i % 3 == 0 && (store_commit(o.store) < 0 || write(told, &i, sizeof(i)) != sizeof(i)))
                        _exit(1);
        }
}

static void test_killed_in_the_middle(void **state)
{
        struct verify_options options = {0};
        struct verify_result result;
        struct opened o;
        uint64_t last = 0, i;
        int told[2], status = 0;
        pid_t child;

        assert_int_equal(pipe2(told, O_CLOEXEC), 0);
        child = fork();
        assert_true(child >= 0);
        if (child == 0)
                drive_until_killed(*state, told[1]);
        fd_close(told[1]);
        while (last < 30 && read(told[0], &i, sizeof(i)) == sizeof(i))
                last = i;
        assert_int_equal(kill(child, SIGKILL), 0);
        while (read(told[0], &i, sizeof(i)) == sizeof(i))
                last = i;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status) && last >= 30);
        fd_close(told[0]);

        o = open_store(*state, STORE_LIVE);
        assert_string_equal(fixture_text(index_sqlite(store_index(o.store)), "PRAGMA integrity_check"), "ok");
        assert_string_equal(fixture_text(index_sqlite(store_index(o.store)), "SELECT state FROM runs"), "cut");
        assert_int_equal(verify_run(o.root, store_index(o.store), &options, &result), 0);
        assert_true(result.frames >= last);
        assert_int_equal(result.frames_whole, result.frames);
        assert_int_equal(fixture_int(index_sqlite(store_index(o.store)), "SELECT frames FROM runs"), result.frames);
        /* At most the group that was under way is without rows, and one file without its name. */
        assert_true(result.problems[VERIFY_NOT_INDEXED] <= 3 && result.problems[VERIFY_LEFTOVER] <= 1);
        assert_int_equal(verify_problem_count(&result),
                         result.problems[VERIFY_NOT_INDEXED] + result.problems[VERIFY_LEFTOVER]);
        close_store(&o);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, fixture_setup, fixture_teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(test_a_row_comes_after_its_file),
                TEST(test_a_batch_syncs_once),
                TEST(test_a_whole_run),
                TEST(test_run_names),
                TEST(test_a_begin_that_fails_leaves_its_name_free),
                TEST(test_what_belongs_to_no_run),
                TEST(test_a_picture_that_fails_leaves_no_row),
                TEST(test_no_row_before_its_folder_is_synced),
                TEST(test_events_are_whole_lines_whatever_fails),
                TEST(test_many_events_between_commits),
                TEST(test_a_batch_that_fails_ends_it),
                TEST(test_a_run_that_ends_on_a_bad_disk),
                TEST(test_a_run_that_cannot_begin_leaves_nothing),
                TEST(test_a_run_after_one_that_ended_on_a_bad_disk),
                TEST(test_a_batch_run_that_ends_on_a_bad_disk),
                TEST(test_rows_wait_for_an_index_that_fails),
                TEST(test_a_lock_holds_up_rows_only),
                TEST(test_a_batch_waits_for_a_lock),
                TEST(test_a_store_that_cannot_commit_at_its_end),
                TEST(test_a_failed_commit_leaves_no_lock),
                TEST(test_a_row_that_is_refused),
                TEST(test_rows_that_wait_are_bounded),
                TEST(test_full_disk),
                TEST(test_killed_in_the_middle),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
