/* SPDX-License-Identifier: MIT */
#include "fixture.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "storage/durable_file.h"
#include "storage/sha256.h"

/* What was called, in order: w write, f fsync, r rename; a call fails with fail_errno when its letter is fail_call. */
static char calls_seen[64];
static char fail_call;
static int fail_errno;

static int note(char call)
{
        size_t length = strlen(calls_seen);

        if (length + 1 < sizeof(calls_seen)) {
                calls_seen[length] = call;
                calls_seen[length + 1] = '\0';
        }
        if (call != fail_call)
                return 0;
        errno = fail_errno;
        return -1;
}

/* At most 4 bytes at a time, so that the rest is asked for. */
static ssize_t seen_write(int fd, const void *data, size_t size)
{
        return note('w') < 0 ? -1 : write(fd, data, size < 4 ? size : 4);
}

static int seen_fsync(int fd)
{
        return note('f') < 0 ? -1 : fsync(fd);
}

static int seen_rename(int dir_fd, const char *from, const char *to)
{
        return note('r') < 0 ? -1 : durable_system_calls.rename(dir_fd, from, to);
}

static const struct durable_calls seen_calls = {
        .write = seen_write, .fsync = seen_fsync, .fdatasync = seen_fsync, .syncfs = seen_fsync, .rename = seen_rename};

static void see(char failing_call, int failing_errno)
{
        calls_seen[0] = '\0';
        fail_call = failing_call;
        fail_errno = failing_errno;
}

static int open_folder(const char *dir)
{
        int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        assert_true(fd >= 0);
        return fd;
}

static unsigned count_entries(const char *dir)
{
        DIR *folder = opendir(dir);
        struct dirent *entry;
        unsigned count = 0;

        assert_non_null(folder);
        while ((entry = readdir(folder)))
                count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
        closedir(folder);
        return count;
}

static void test_bytes_are_synced_before_the_name(void **state)
{
        int fd = open_folder(*state);
        char *data = NULL;
        size_t size = 0;

        see(0, 0);
        assert_int_equal(durable_file_write(&seen_calls, fd, "a.jpg", "0123456789", 10, true), 0);
        assert_string_equal(calls_seen, "wwwfr");
        assert_int_equal(fd_read_file(fd, "a.jpg", 100, &data, &size), 0);
        assert_int_equal(size, 10);
        assert_memory_equal(data, "0123456789", 10);
        free(data);

        see(0, 0);
        assert_int_equal(durable_file_write(&seen_calls, fd, "b.jpg", "01", 2, false), 0);
        assert_string_equal(calls_seen, "wr");
        assert_int_equal(count_entries(*state), 2);
        fd_close(fd);
}

static void test_failure_leaves_nothing(void **state)
{
        static const struct {
                char call;
                int error;
        } cases[] = {{'w', ENOSPC}, {'w', EIO}, {'f', EIO}, {'f', ENOSPC}, {'r', EIO}, {'r', EROFS}};
        int fd = open_folder(*state);

        for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
                see(cases[i].call, cases[i].error);
                assert_int_equal(durable_file_write(&seen_calls, fd, "a.jpg", "0123456789", 10, true), -cases[i].error);
                assert_int_equal(count_entries(*state), 0);
        }
        fd_close(fd);
}

static void test_nothing_is_overwritten(void **state)
{
        int fd = open_folder(*state);
        char *data = NULL;
        size_t size = 0;

        assert_int_equal(durable_file_write(&durable_system_calls, fd, "a.jpg", "first", 5, true), 0);
        assert_int_equal(durable_file_write(&durable_system_calls, fd, "a.jpg", "second", 6, true), -EEXIST);
        assert_int_equal(fd_read_file(fd, "a.jpg", 100, &data, &size), 0);
        assert_string_equal(data, "first");
        assert_int_equal(count_entries(*state), 1);
        free(data);
        fd_close(fd);
}

/* A device that is always full: the kernel's own ENOSPC. */
static void test_full_device(void **state)
{
        int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

        (void)state;
        if (fd < 0)
                skip();
        assert_int_equal(durable_write_all(&durable_system_calls, fd, "0123456789", 10), -ENOSPC);
        fd_close(fd);
}

static void test_folder(void **state)
{
        int fd = open_folder(*state), below = -1, again = -1;

        assert_int_equal(durable_folder_open(&durable_system_calls, fd, "front", &below), 0);
        assert_int_equal(durable_folder_open(&durable_system_calls, fd, "front", &again), 0);
        see('f', EIO);
        assert_int_equal(durable_folder_open(&seen_calls, fd, "back", &again), -EIO);
        fd_close(again);
        fd_close(below);
        assert_int_equal(symlinkat("/tmp", fd, "link"), 0);
        assert_true(durable_folder_open(&durable_system_calls, fd, "link", &again) < 0);
        fd_close(fd);
}

static void test_sha256(void **state)
{
        static const char *abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"; /* FIPS 180-2 */
        char text[SHA256_TEXT_SIZE];
        int fd = open_folder(*state), file;
        uint64_t size = 0;

        assert_int_equal(sha256_text("abc", 3, text), 0);
        assert_string_equal(text, abc);
        assert_int_equal(durable_file_write(&durable_system_calls, fd, "abc", "abc", 3, false), 0);
        file = openat(fd, "abc", O_RDONLY | O_CLOEXEC);
        memset(text, 0, sizeof(text));
        assert_int_equal(sha256_fd_text(file, text, &size), 0);
        assert_string_equal(text, abc);
        assert_int_equal(size, 3);
        fd_close(file);
        assert_int_equal(sha256_fd_text(fd, text, &size), -EISDIR);
        fd_close(fd);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_bytes_are_synced_before_the_name, fixture_setup, fixture_teardown),
                cmocka_unit_test_setup_teardown(test_failure_leaves_nothing, fixture_setup, fixture_teardown),
                cmocka_unit_test_setup_teardown(test_nothing_is_overwritten, fixture_setup, fixture_teardown),
                cmocka_unit_test_setup_teardown(test_full_device, fixture_setup, fixture_teardown),
                cmocka_unit_test_setup_teardown(test_folder, fixture_setup, fixture_teardown),
                cmocka_unit_test_setup_teardown(test_sha256, fixture_setup, fixture_teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
