/* SPDX-License-Identifier: MIT */
/* Copies of pictures, on a disk that may fail. The calls are wrapped by the linker. */
#include "fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "storage/export.h"

#define PICTURE "runs/a/front/00000001.jpg"
#define SHA "92b2fa58028958317e408bd84ecfa70f5ee35b121991dbc232c49d166353708b" /* of "a picture" */

static char calls[32]; /* f: fsync of a file, r: rename, s: syncfs */
static int fsync_error;

int __real_renameat(int from_fd, const char *from, int to_fd, const char *to);
int __wrap_renameat(int from_fd, const char *from, int to_fd, const char *to);
int __wrap_fsync(int fd);
int __wrap_syncfs(int fd);

static void note(char call)
{
        size_t length = strlen(calls);

        assert_true(length + 1 < sizeof(calls));
        calls[length] = call;
        calls[length + 1] = '\0';
}

int __wrap_renameat(int from_fd, const char *from, int to_fd, const char *to)
{
        note('r');
        return __real_renameat(from_fd, from, to_fd, to);
}

static int sync_result(void)
{
        errno = fsync_error;
        return fsync_error ? -1 : 0;
}

int __wrap_fsync(int fd)
{
        struct stat status;

        assert_int_equal(fstat(fd, &status), 0);
        assert_true(S_ISREG(status.st_mode));
        note('f');
        return sync_result();
}

int __wrap_syncfs(int fd)
{
        note('s');
        return sync_result();
}

struct folders {
        int from_fd, to_fd;
};

static int open_folder(const char *dir, const char *name)
{
        assert_int_equal(mkdir(fixture_path(dir, name), 0755), 0);
        return open(fixture_path(dir, name), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static struct folders open_folders(const char *dir)
{
        struct folders folders = {open_folder(dir, "from"), open_folder(dir, "to")};
        const char *name;
        int fd;

        assert_true(folders.from_fd >= 0 && folders.to_fd >= 0);
        assert_int_equal(fd_open_parent(folders.from_fd, PICTURE, true, &fd, &name), 0);
        assert_int_equal(fd_write_file_atomic(fd, name, "a picture", 9, 0), 0);
        fd_close(fd);
        calls[0] = '\0';
        fsync_error = 0;
        return folders;
}

static void close_folders(const struct folders *folders)
{
        fd_close(folders->from_fd);
        fd_close(folders->to_fd);
}

/* A cut leaves no copy under its name that is not whole: a later export would take it for one that is there already. */
static void test_a_copy_is_synced_before_it_has_its_name(void **state)
{
        struct folders folders = open_folders(*state);
        char *data = NULL;
        size_t size = 0;

        assert_int_equal(export_picture(folders.from_fd, folders.to_fd, PICTURE, 9, SHA), 0);
        assert_string_equal(calls, "fr");
        assert_int_equal(fd_read_file(folders.to_fd, PICTURE, 100, &data, &size), 0);
        assert_string_equal(data, "a picture");
        free(data);
        assert_int_equal(export_picture(folders.from_fd, folders.to_fd, PICTURE, 9, SHA), 0);
        assert_string_equal(calls, "fr"); /* it is there */
        assert_int_equal(export_pictures_sync(folders.to_fd), 0);
        assert_string_equal(calls, "frs");
        close_folders(&folders);
}

static void test_a_copy_that_cannot_be_synced_is_none(void **state)
{
        struct folders folders = open_folders(*state);

        fsync_error = EIO;
        assert_int_equal(export_picture(folders.from_fd, folders.to_fd, PICTURE, 9, SHA), -EIO);
        assert_string_equal(calls, "f");
        assert_int_equal(faccessat(folders.to_fd, PICTURE, F_OK, 0), -1);
        assert_int_equal(faccessat(folders.to_fd, "runs/a/front/.00000001.jpg.tmp", F_OK, 0), -1);
        assert_int_equal(export_pictures_sync(folders.to_fd), -EIO);
        close_folders(&folders);
}

/* Neither its size nor its bytes may be others than the index says. */
static void test_a_damaged_picture_is_not_copied(void **state)
{
        static const char other[] = "0000000000000000000000000000000000000000000000000000000000000000";
        struct folders folders = open_folders(*state);

        assert_int_equal(export_picture(folders.from_fd, folders.to_fd, PICTURE, 10, SHA), -EBADMSG);
        assert_int_equal(export_picture(folders.from_fd, folders.to_fd, PICTURE, 9, other), -EBADMSG);
        assert_string_equal(calls, "");
        assert_int_equal(faccessat(folders.to_fd, PICTURE, F_OK, 0), -1);
        assert_int_equal(faccessat(folders.to_fd, "runs/a/front/.00000001.jpg.tmp", F_OK, 0), -1);
        assert_int_equal(export_picture(folders.from_fd, folders.to_fd, PICTURE, -1, NULL), 0); /* not known */
        close_folders(&folders);
}

/* A copy of the right size that was torn, say with its stick. */
static void test_a_damaged_copy_is_made_again(void **state)
{
        struct folders folders = open_folders(*state);
        char *data = NULL;
        size_t size = 0;

        assert_int_equal(export_picture(folders.from_fd, folders.to_fd, PICTURE, 9, SHA), 0);
        assert_int_equal(fd_write_file_atomic(folders.to_fd, PICTURE, "no pictur", 9, 0), 0);
        assert_int_equal(export_picture(folders.from_fd, folders.to_fd, PICTURE, 9, SHA), 0);
        assert_int_equal(fd_read_file(folders.to_fd, PICTURE, 100, &data, &size), 0);
        assert_string_equal(data, "a picture");
        free(data);
        close_folders(&folders);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, fixture_setup, fixture_teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(test_a_copy_is_synced_before_it_has_its_name),
                TEST(test_a_copy_that_cannot_be_synced_is_none),
                TEST(test_a_damaged_picture_is_not_copied),
                TEST(test_a_damaged_copy_is_made_again),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
