/* SPDX-License-Identifier: MIT */
/* write and fsync are wrapped by the linker: short writes and interruptions are made here, and syncs are seen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"

static struct {
        bool fragment; /* at most 7 bytes a write, and every other write is interrupted */
        bool interrupted;
        int write_error; /* what write fails with, 0 none */
        int file_syncs, directory_syncs;
        int fsync_error;
} faults;

ssize_t __real_write(int fd, const void *data, size_t size);
ssize_t __wrap_write(int fd, const void *data, size_t size);
int __wrap_fsync(int fd);

ssize_t __wrap_write(int fd, const void *data, size_t size)
{
        if (faults.write_error) {
                errno = faults.write_error;
                return -1;
        }
        if (faults.fragment) {
                faults.interrupted = !faults.interrupted;
                if (faults.interrupted) {
                        errno = EINTR;
                        return -1;
                }
                size = size < 7 ? size : 7;
        }
        return __real_write(fd, data, size);
}

int __wrap_fsync(int fd)
{
        struct stat status;

        assert_int_equal(fstat(fd, &status), 0);
        if (faults.fsync_error) {
                errno = faults.fsync_error;
                return -1;
        }
        if (S_ISDIR(status.st_mode)) {
                /* The name is what the directory's sync makes durable: it must be there already. */
                assert_int_equal(fstatat(fd, "file", &status, 0), 0);
                faults.directory_syncs++;
        } else {
                faults.file_syncs++;
        }
        return 0;
}

struct fixture {
        char path[PATH_MAX];
        int dir_fd;
};

static int set_up(void **state)
{
        struct fixture *fixture = calloc(1, sizeof(*fixture));
        const char *temporary = getenv("TMPDIR");

        assert_non_null(fixture);
        memset(&faults, 0, sizeof(faults));
        snprintf(fixture->path, sizeof(fixture->path), "%s/streetcap-fd-XXXXXX", temporary ? temporary : "/tmp");
        assert_non_null(mkdtemp(fixture->path));
        fixture->dir_fd = open(fixture->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_true(fixture->dir_fd >= 0);
        *state = fixture;
        return 0;
}

/* Names in the folder, and optionally removes them. */
static int count_entries(struct fixture *fixture, bool remove_them)
{
        DIR *dir = opendir(fixture->path);
        struct dirent *entry;
        int count = 0;

        if (!dir)
                return -1;
        while ((entry = readdir(dir)) != NULL) {
                if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
                        continue;
                count++;
                if (remove_them && unlinkat(fixture->dir_fd, entry->d_name, 0) < 0)
                        assert_int_equal(unlinkat(fixture->dir_fd, entry->d_name, AT_REMOVEDIR), 0);
        }
        closedir(dir);
        return count;
}

static int tear_down(void **state)
{
        struct fixture *fixture = *state;

        count_entries(fixture, true);
        close(fixture->dir_fd);
        rmdir(fixture->path);
        free(fixture);
        return 0;
}

static void assert_content(struct fixture *fixture, const char *name, const char *content)
{
        char *data;
        size_t size;

        assert_int_equal(fd_read_file(fixture->dir_fd, name, 1 << 20, &data, &size), 0);
        assert_int_equal(size, strlen(content));
        assert_string_equal(data, content);
        free(data);
}

static void close_keeps_errno(void **state)
{
        int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

        errno = ENOSPC;
        assert_int_equal(fd_close(fd), -1);
        assert_int_equal(fcntl(fd, F_GETFD), -1);
        errno = ENOSPC;
        assert_int_equal(fd_close(-1), -1);
        assert_int_equal(fd_close(fd), -1);
        assert_int_equal(errno, ENOSPC);
}

static void write_all_survives_fragments(void **state)
{
        struct fixture *fixture = *state;
        const char *content = "a text that takes several writes of at most seven bytes";
        int fd = openat(fixture->dir_fd, "file", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

        assert_true(fd >= 0);
        faults.fragment = true;
        assert_int_equal(fd_write_all(fd, content, strlen(content)), 0);
        assert_int_equal(fd_write_all(fd, NULL, 0), 0);
        faults.fragment = false;
        assert_content(fixture, "file", content);
        faults.write_error = ENOSPC;
        assert_int_equal(fd_write_all(fd, content, 1), -ENOSPC);
        close(fd);
}

static void read_is_bounded(void **state)
{
        struct fixture *fixture = *state;
        char content[10000], *data = content;
        size_t size = 7;

        memset(content, 'x', sizeof(content));
        assert_int_equal(fd_write_file_atomic(fixture->dir_fd, "file", content, sizeof(content), 0), 0);
        assert_int_equal(fd_read_file(fixture->dir_fd, "file", sizeof(content) - 1, &data, &size), -EFBIG);
        assert_int_equal(fd_read_file(fixture->dir_fd, "file", 0, &data, &size), -EFBIG);
        assert_int_equal(fd_read_file(fixture->dir_fd, "absent", 10, &data, &size), -ENOENT);
        assert_int_equal(fd_read_file(fixture->dir_fd, ".", 10, &data, &size), -EISDIR);
        assert_ptr_equal(data, content);
        assert_int_equal(size, 7);
        assert_int_equal(fd_read_file(fixture->dir_fd, "file", sizeof(content), &data, &size), 0);
        assert_int_equal(size, sizeof(content));
        assert_memory_equal(data, content, size);
        assert_int_equal(data[size], '\0');
        free(data);
        assert_int_equal(fd_read_file(fixture->dir_fd, "file", SIZE_MAX, &data, &size), 0);
        assert_int_equal(size, sizeof(content));
        free(data);
}

/* A pipe with content, all of which fits into it; to be read by the name that is returned. */
static int make_pipe(const char *content, size_t size, char name[static 32])
{
        int fds[2];

        assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
        assert_int_equal(fd_write_all(fds[1], content, size), 0);
        close(fds[1]);
        snprintf(name, 32, "/proc/self/fd/%d", fds[0]);
        return fds[0];
}

static void reads_what_says_no_size(void **state)
{
        char content[20000], name[32], *data;
        size_t size;
        int fd;

        memset(content, 'x', sizeof(content));
        fd = make_pipe(content, sizeof(content), name);
        assert_int_equal(fd_read_file(AT_FDCWD, name, 1 << 20, &data, &size), 0);
        assert_int_equal(size, sizeof(content));
        assert_memory_equal(data, content, size);
        free(data);
        close(fd);

        fd = make_pipe(content, sizeof(content), name);
        assert_int_equal(fd_read_file(AT_FDCWD, name, sizeof(content) - 1, &data, &size), -EFBIG);
        close(fd);

        assert_int_equal(fd_read_file(AT_FDCWD, "/dev/null", 0, &data, &size), 0);
        assert_int_equal(size, 0);
        assert_string_equal(data, "");
        free(data);
}

static void atomic_write_replaces(void **state)
{
        struct fixture *fixture = *state;
        mode_t mask = umask(0077);
        struct stat status;

        assert_int_equal(fd_write_file_atomic(fixture->dir_fd, "file", "old and longer", 14, 0), 0);
        assert_int_equal(fd_write_file_atomic(fixture->dir_fd, "file", "new", 3, 0), 0);
        umask(mask);
        assert_content(fixture, "file", "new");
        assert_int_equal(fstatat(fixture->dir_fd, "file", &status, 0), 0);
        assert_int_equal(status.st_mode & 07777, 0644);
        assert_int_equal(count_entries(fixture, false), 1);
        assert_int_equal(faults.file_syncs + faults.directory_syncs, 0);
}

static void atomic_write_syncs(void **state)
{
        struct fixture *fixture = *state;
        char path[PATH_MAX + 8];

        assert_int_equal(fd_write_file_atomic(fixture->dir_fd, "file", "a", 1, 1), 0);
        assert_int_equal(faults.file_syncs, 1);
        assert_int_equal(faults.directory_syncs, 1);
        snprintf(path, sizeof(path), "%s/file", fixture->path);
        assert_int_equal(fd_write_file_atomic(AT_FDCWD, path, "b", 1, 1), 0);
        assert_int_equal(faults.file_syncs, 2);
        assert_int_equal(faults.directory_syncs, 2);
        assert_content(fixture, "file", "b");
}

static void failed_write_leaves_the_old(void **state)
{
        struct fixture *fixture = *state;

        assert_int_equal(fd_write_file_atomic(fixture->dir_fd, "file", "old", 3, 0), 0);
        faults.write_error = ENOSPC;
        assert_int_equal(fd_write_file_atomic(fixture->dir_fd, "file", "new", 3, 0), -ENOSPC);
        faults.write_error = 0;
        faults.fsync_error = EIO;
        assert_int_equal(fd_write_file_atomic(fixture->dir_fd, "file", "new", 3, 1), -EIO);
        assert_content(fixture, "file", "old");
        assert_int_equal(count_entries(fixture, false), 1);

        assert_int_equal(mkdirat(fixture->dir_fd, "folder", 0755), 0);
        assert_int_equal(fd_write_file_atomic(fixture->dir_fd, "folder", "new", 3, 0), -EISDIR);
        assert_int_equal(fd_write_file_atomic(fixture->dir_fd, "absent/file", "new", 3, 0), -ENOENT);
        assert_int_equal(count_entries(fixture, false), 2);
}

/* As in /tmp: whoever waits there with a link, or with the name, gains nothing. */
static void private_write_is_for_its_user_alone(void **state)
{
        struct fixture *fixture = *state;
        mode_t mask = umask(0);
        struct stat status;

        assert_int_equal(fd_write_file_atomic(fixture->dir_fd, "precious", "old", 3, 0), 0);
        assert_int_equal(symlinkat("precious", fixture->dir_fd, "file"), 0);
        assert_int_equal(fd_write_file_private(fixture->dir_fd, "file", "new", 3), 0);
        umask(mask);
        assert_content(fixture, "precious", "old");
        assert_content(fixture, "file", "new");
        assert_int_equal(fstatat(fixture->dir_fd, "file", &status, AT_SYMLINK_NOFOLLOW), 0);
        assert_int_equal(status.st_mode, S_IFREG | 0600);
        assert_int_equal(fd_write_file_private(fixture->dir_fd, "file", "newer", 5), 0);
        assert_content(fixture, "file", "newer");

        faults.write_error = ENOSPC;
        assert_int_equal(fd_write_file_private(fixture->dir_fd, "file", "newest", 6), -ENOSPC);
        faults.write_error = 0;
        assert_content(fixture, "file", "newer");
        assert_int_equal(mkdirat(fixture->dir_fd, "folder", 0755), 0);
        assert_int_equal(fd_write_file_private(fixture->dir_fd, "folder", "x", 1), -EISDIR);
        assert_int_equal(count_entries(fixture, false), 3);
}

static void long_path_is_an_error(void **state)
{
        char path[PATH_MAX];

        memset(path, 'x', sizeof(path) - 1);
        path[sizeof(path) - 1] = '\0';
        assert_int_equal(fd_write_file_atomic(AT_FDCWD, path, "a", 1, 0), -ENAMETOOLONG);
}

static void opens_the_folder_of_a_path(void **state)
{
        struct fixture *fixture = *state;
        int dir_fd = fixture->dir_fd, fd = -1;
        const char *name = NULL;
        char step[NAME_MAX + 8];

        assert_int_equal(fd_open_parent(dir_fd, "a/b/file", false, &fd, &name), -ENOENT);
        assert_true(fd == -1 && name == NULL);
        assert_int_equal(fd_open_parent(dir_fd, "a//b/file", true, &fd, &name), 0);
        assert_string_equal(name, "file");
        assert_int_equal(symlinkat(".", fd, "link"), 0);
        fd_close(fd);
        assert_int_equal(faccessat(dir_fd, "a/b", F_OK, 0), 0);
        assert_int_equal(fd_open_parent(dir_fd, "a/b/link/file", true, &fd, &name), -ENOTDIR);
        assert_int_equal(fd_open_parent(dir_fd, "file", false, &fd, &name), 0);
        assert_string_equal(name, "file");
        fd_close(fd);
        memset(step, 'x', sizeof(step));
        memcpy(step + sizeof(step) - 3, "/y", 3);
        assert_int_equal(fd_open_parent(dir_fd, step, true, &fd, &name), -ENAMETOOLONG);
        assert_int_equal(fd_open_below(dir_fd, "a/b/none", &fd), -ENOENT);
        assert_int_equal(fd_open_below(dir_fd, "a/b/link", &fd), -ELOOP);
        assert_int_equal(fd_open_below(dir_fd, "a/b/link/file", &fd), -ENOTDIR);
        assert_int_equal(unlinkat(dir_fd, "a/b/link", 0), 0);
        assert_int_equal(unlinkat(dir_fd, "a/b", AT_REMOVEDIR), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(close_keeps_errno),
                cmocka_unit_test_setup_teardown(write_all_survives_fragments, set_up, tear_down),
                cmocka_unit_test_setup_teardown(read_is_bounded, set_up, tear_down),
                cmocka_unit_test(reads_what_says_no_size),
                cmocka_unit_test_setup_teardown(atomic_write_replaces, set_up, tear_down),
                cmocka_unit_test_setup_teardown(atomic_write_syncs, set_up, tear_down),
                cmocka_unit_test_setup_teardown(failed_write_leaves_the_old, set_up, tear_down),
                cmocka_unit_test_setup_teardown(private_write_is_for_its_user_alone, set_up, tear_down),
                cmocka_unit_test(long_path_is_an_error),
                cmocka_unit_test_setup_teardown(opens_the_folder_of_a_path, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
