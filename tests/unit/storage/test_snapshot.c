/* SPDX-License-Identifier: MIT */
#include "fixture.h"

#include <dirent.h>
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
#include "storage/snapshot.h"

static void add_frames(struct index_db *index, uint64_t first, uint64_t count)
{
        struct index_frame_file file = fixture_file("p");

        assert_int_equal(index_begin(index), 0);
        for (uint64_t i = first; i < first + count; i++) {
                struct picture_tag tag = fixture_tag("a", "front", i);

                assert_int_equal(index_add_frame(index, &tag, &file), 0);
        }
        assert_int_equal(index_commit(index), 0);
}

static int64_t frames_of(const char *path)
{
        struct index_db *index = NULL;
        int64_t count;

        assert_int_equal(index_open(path, INDEX_READ_ONLY, &index), 0);
        assert_string_equal(fixture_text(index_sqlite(index), "PRAGMA integrity_check"), "ok");
        count = fixture_int(index_sqlite(index), "SELECT count(*) FROM frames");
        assert_int_equal(fixture_int(index_sqlite(index), "SELECT count(*) FROM rtree_frames_geom"), count);
        index_close(index);
        return count;
}

static unsigned count_entries(const char *dir)
{
        DIR *folder = opendir(dir);
        struct dirent *entry;
        unsigned count = 0;

        assert_non_null(folder);
        while ((entry = readdir(folder)))
                count += entry->d_name[0] != '.';
        closedir(folder);
        return count;
}

static void test_snapshot_of_an_index_in_use(void **state)
{
        struct index_db *writer = fixture_index(*state);
        const char *index = fixture_path(*state, "index.gpkg"), *folder = fixture_path(*state, "out");
        const char *file = fixture_path(folder, "copy.gpkg");
        unsigned char header[20];
        struct stat status;
        int fd;

        assert_int_equal(mkdir(folder, 0755), 0);
        add_frames(writer, 1, 100); /* in the WAL only */
        assert_int_equal(snapshot_write(index, file), 0);
        assert_int_equal(frames_of(file), 100);
        assert_int_equal(count_entries(folder), 1);
        assert_int_equal(stat(file, &status), 0);
        assert_int_equal(status.st_mode & 0777, 0644);
        fd = open(file, O_RDONLY | O_CLOEXEC);
        assert_int_equal(read(fd, header, sizeof(header)), sizeof(header));
        fd_close(fd);
        assert_true(header[18] == 1 && header[19] == 1); /* 2 would be WAL */

        add_frames(writer, 101, 1);
        assert_int_equal(snapshot_write(index, file), 0); /* the next one replaces it */
        assert_int_equal(frames_of(file), 101);
        index_close(writer);
}

/* Another process commits ten frames at a time as fast as it can: each copy shows an instant between two commits. */
static void test_snapshots_while_another_process_writes(void **state)
{
        const char *index = fixture_path(*state, "index.gpkg"), *file = fixture_path(*state, "copy.gpkg");
        int64_t before = 0;
        int ready[2];
        pid_t child;
        char byte;

        assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
        child = fork();
        assert_true(child >= 0);
        if (child == 0) {
                struct index_db *writer = fixture_index(*state);

                for (uint64_t i = 0;; i++) {
                        add_frames(writer, i * 10 + 1, 10);
                        if (i == 0 && write(ready[1], "x", 1) != 1)
                                _exit(1);
                }
        }
        assert_int_equal(read(ready[0], &byte, 1), 1);
        for (int i = 0; i < 10; i++) {
                int64_t now;

                assert_int_equal(snapshot_write(index, file), 0);
                now = frames_of(file);
                assert_int_equal(now % 10, 0);
                assert_true(now >= before && now > 0);
                before = now;
        }
        assert_int_equal(kill(child, SIGKILL), 0);
        assert_int_equal(waitpid(child, NULL, 0), child);
        assert_int_equal(snapshot_write(index, file), 0); /* of what a killed writer left */
        assert_true(frames_of(file) >= before);
        fd_close(ready[0]);
        fd_close(ready[1]);
}

static void test_what_is_refused(void **state)
{
        const char *index = fixture_path(*state, "index.gpkg"), *file = fixture_path(*state, "copy.gpkg");
        unsigned entries;

        index_close(fixture_index(*state));
        entries = count_entries(*state);
        assert_int_equal(snapshot_write(fixture_path(*state, "none.gpkg"), file), -ENOENT);
        assert_int_equal(snapshot_write(index, index), -EINVAL);
        assert_int_equal(snapshot_write(index, *state), -EISDIR);
        assert_int_equal(snapshot_write(index, fixture_path(*state, "no/such/copy.gpkg")), -ENOENT);
        assert_int_equal(count_entries(*state), entries);

        /* A copy that another program writes to. */
        assert_int_equal(fd_write_file_atomic(AT_FDCWD, file, "theirs", 6, 0), 0);
        assert_int_equal(fd_write_file_atomic(AT_FDCWD, fixture_path(*state, "copy.gpkg-wal"), "x", 1, 0), 0);
        assert_int_equal(snapshot_write(index, file), -EBUSY);

        /* What is no index is not copied, and what was there stays. */
        assert_int_equal(unlink(fixture_path(*state, "copy.gpkg-wal")), 0);
        assert_int_equal(snapshot_write(file, fixture_path(*state, "other.gpkg")), -EPROTO);
        assert_int_equal(count_entries(*state), entries + 1);
}

/* ---- read-only media ---- */

/* Runs `look` where dir cannot be written. */
static void on_read_only_media(const char *dir, void (*look)(const char *dir))
{
        int status = 0;
        pid_t child = fork();

        assert_true(child >= 0);
        if (child == 0) {
                if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
                    mount(dir, dir, NULL, MS_BIND, NULL) < 0 ||
                    mount(NULL, dir, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL) < 0)
                        _exit(77);
                look(dir);
                _exit(0);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
                print_message("no read-only mount can be made here\n");
                skip();
        }
        assert_int_equal(status, 0);
}

static void look_at_folded(const char *dir)
{
        assert_int_equal(frames_of(fixture_path(dir, "index.gpkg")), 100);
}

static void test_a_folded_index_opens_on_read_only_media(void **state)
{
        struct index_db *writer = fixture_index(*state);

        add_frames(writer, 1, 100);
        index_close(writer);
        on_read_only_media(*state, look_at_folded);
}

/* An index whose writer could not leave WAL mode, its WAL empty; the name has what a URI must escape. */
static void look_at_wal(const char *dir)
{
        assert_int_equal(frames_of(fixture_path(dir, "a%20 b?c#.gpkg")), 100);
}

static void test_an_index_in_wal_mode_opens_on_read_only_media(void **state)
{
        struct index_db *writer = fixture_index(*state);
        const char *file = fixture_path(*state, "index.gpkg");
        sqlite3 *sqlite = NULL;

        add_frames(writer, 1, 100);
        index_close(writer);
        assert_int_equal(sqlite3_open(file, &sqlite), SQLITE_OK);
        assert_int_equal(sqlite3_exec(sqlite, "PRAGMA journal_mode = WAL", NULL, NULL, NULL), SQLITE_OK);
        sqlite3_close(sqlite);
        assert_int_equal(rename(file, fixture_path(*state, "a%20 b?c#.gpkg")), 0);
        on_read_only_media(*state, look_at_wal);
}

/* Rows in a WAL that cannot be read: an error, not an index with rows missing. */
static void look_at_unfolded(const char *dir)
{
        struct index_db *index = NULL;

        assert_int_equal(index_open(fixture_path(dir, "index.gpkg"), INDEX_READ_ONLY, &index), -EROFS);
}

static void test_rows_in_the_wal_are_not_ignored(void **state)
{
        pid_t child = fork();
        int status = 0;

        assert_true(child >= 0);
        if (child == 0) {
                add_frames(fixture_index(*state), 1, 100);
                _exit(0); /* without closing */
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
        assert_int_equal(unlink(fixture_path(*state, "index.gpkg-shm")), 0);
        on_read_only_media(*state, look_at_unfolded);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, fixture_setup, fixture_teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(test_snapshot_of_an_index_in_use),
                TEST(test_snapshots_while_another_process_writes),
                TEST(test_what_is_refused),
                TEST(test_a_folded_index_opens_on_read_only_media),
                TEST(test_an_index_in_wal_mode_opens_on_read_only_media),
                TEST(test_rows_in_the_wal_are_not_ignored),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
