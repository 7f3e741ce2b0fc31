/* SPDX-License-Identifier: MIT */
#include "fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "storage/root.h"

static void test_folder_and_parents_are_made(void **state)
{
        const char *path = fixture_path(*state, "a//b/c/");
        struct storage_root *root = NULL;
        struct stat status;

        assert_int_equal(storage_root_open(path, STORAGE_WRITE, false, &root), -ENOENT);
        assert_null(root);
        assert_int_equal(storage_root_open(path, STORAGE_WRITE, true, &root), 0);
        assert_string_equal(storage_root_path(root), path);
        assert_int_equal(fstat(storage_root_fd(root), &status), 0);
        assert_true(S_ISDIR(status.st_mode));
        storage_root_close(root);
        assert_int_equal(storage_root_open("", STORAGE_READ, true, &root), -ENOENT);
}

static void test_a_file_is_no_root(void **state)
{
        const char *path = fixture_path(*state, "file");
        struct storage_root *root = NULL;

        assert_int_equal(fd_write_file_atomic(-1, path, "x", 1, 0), 0);
        assert_int_equal(storage_root_open(path, STORAGE_READ, true, &root), -ENOTDIR);
}

static void test_one_writer_any_number_of_readers(void **state)
{
        struct storage_root *writer = NULL, *second = NULL, *reader = NULL;

        assert_int_equal(storage_root_writer(*state), 0);
        assert_int_equal(storage_root_open(*state, STORAGE_WRITE, false, &writer), 0);
        assert_int_equal(storage_root_open(*state, STORAGE_WRITE, false, &second), -EBUSY);
        assert_int_equal(storage_root_writer(*state), getpid());
        assert_int_equal(storage_root_open(*state, STORAGE_READ, false, &reader), 0);
        storage_root_close(reader);
        assert_int_equal(storage_root_writer(*state), getpid());
        storage_root_close(writer);
        assert_int_equal(storage_root_writer(*state), 0);
        assert_int_equal(storage_root_open(*state, STORAGE_WRITE, false, &second), 0);
        storage_root_close(second);
}

/* The lock of a writer that is killed goes with it, and another process is refused with its pid meanwhile. */
static void test_another_process(void **state)
{
        struct storage_root *root = NULL;
        int ready[2];
        char byte;
        pid_t child;

        assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
        child = fork();
        assert_true(child >= 0);
        if (child == 0) {
                if (storage_root_open(*state, STORAGE_WRITE, false, &root) < 0 || write(ready[1], "x", 1) != 1)
                        _exit(1);
                for (;;)
                        pause();
        }
        assert_int_equal(read(ready[0], &byte, 1), 1);
        assert_int_equal(storage_root_open(*state, STORAGE_WRITE, false, &root), -EBUSY);
        assert_int_equal(storage_root_writer(*state), child);
        assert_int_equal(kill(child, SIGKILL), 0);
        assert_int_equal(waitpid(child, NULL, 0), child);
        assert_int_equal(storage_root_writer(*state), 0);
        assert_int_equal(storage_root_open(*state, STORAGE_WRITE, false, &root), 0);
        storage_root_close(root);
        fd_close(ready[0]);
        fd_close(ready[1]);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_folder_and_parents_are_made, fixture_setup, fixture_teardown),
                cmocka_unit_test_setup_teardown(test_a_file_is_no_root, fixture_setup, fixture_teardown),
                cmocka_unit_test_setup_teardown(test_one_writer_any_number_of_readers, fixture_setup, fixture_teardown),
                cmocka_unit_test_setup_teardown(test_another_process, fixture_setup, fixture_teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
