/* SPDX-License-Identifier: MIT */
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIRST_READ_SIZE 4096
#define TEMPORARY_SUFFIX ".tmp"

int fd_close(int fd)
{
        if (fd >= 0) {
                int saved_errno = errno;

                /* Linux frees the number even when close fails: there is nothing to try again. */
                (void)close(fd);
                errno = saved_errno;
        }
        return -1;
}

static int open_step(int fd, const char *name, bool make)
{
        if (make && mkdirat(fd, name, 0755) < 0 && errno != EEXIST)
                return -1;
        return openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

int fd_open_parent(int dir_fd, const char *path, bool make, int *ret_fd, const char **ret_name)
{
        int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        const char *slash;

        while (fd >= 0 && (slash = strchr(path, '/'))) {
                char step[NAME_MAX + 1];
                int next;

                if ((size_t)snprintf(step, sizeof(step), "%.*s", (int)(slash - path), path) >= sizeof(step)) {
                        fd_close(fd);
                        return -ENAMETOOLONG;
                }
                path = slash + 1;
                if (step[0] == '\0')
                        continue;
                next = open_step(fd, step, make);
                fd_close(fd);
                fd = next;
        }
        if (fd < 0)
                return -errno;
        *ret_fd = fd;
        *ret_name = path;
        return 0;
}

int fd_open_below(int dir_fd, const char *path, int *ret_fd)
{
        const char *name;
        int parent_fd, fd, r = fd_open_parent(dir_fd, path, false, &parent_fd, &name);

        if (r < 0)
                return r;
        fd = openat(parent_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        r = fd < 0 ? -errno : 0;
        fd_close(parent_fd);
        if (r == 0)
                *ret_fd = fd;
        return r;
}

int fd_write_all(int fd, const void *data, size_t size)
{
        const char *rest = data;

        while (size > 0) {
                ssize_t n = write(fd, rest, size);

                if (n < 0) {
                        if (errno == EINTR)
                                continue;
                        return -errno;
                }
                rest += n;
                size -= (size_t)n;
        }
        return 0;
}

/* Bytes to allocate at first, terminator included: the file's size if it has one, within the bound. */
static size_t first_capacity(int fd, size_t max_size)
{
        struct stat status;
        size_t size = FIRST_READ_SIZE;

        if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0)
                size = (size_t)status.st_size + 1; /* one more, so that the read after the last byte finds the end */
        return (size < max_size ? size : max_size) + 2;
}

/* Reads until the end or until more than max_size bytes came. */
static int read_to_end(int fd, size_t max_size, char **data, size_t *capacity, size_t *ret_size)
{
        size_t size = 0;

        for (;;) {
                ssize_t n;

                if (size + 1 >= *capacity) {
                        size_t more = *capacity < max_size / 2 ? *capacity * 2 : max_size + 2;
                        char *grown = realloc(*data, more);

                        if (!grown)
                                return -ENOMEM;
                        *data = grown;
                        *capacity = more;
                }
                n = read(fd, *data + size, *capacity - size - 1);
                if (n < 0) {
                        if (errno == EINTR)
                                continue;
                        return -errno;
                }
                size += (size_t)n;
                if (size > max_size)
                        return -EFBIG;
                if (n == 0)
                        break;
        }
        (*data)[size] = '\0';
        *ret_size = size;
        return 0;
}

int fd_read_file(int dir_fd, const char *path, size_t max_size, char **ret_data, size_t *ret_size)
{
        size_t capacity, size = 0;
        char *data;
        int fd, r;

        if (max_size > SSIZE_MAX)
                max_size = SSIZE_MAX;
        fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        if (fd < 0)
                return -errno;

        capacity = first_capacity(fd, max_size);
        data = malloc(capacity);
        if (!data) {
                r = -ENOMEM;
                goto out_close;
        }
        r = read_to_end(fd, max_size, &data, &capacity, &size);
        if (r < 0) {
                free(data);
                goto out_close;
        }
        *ret_data = data;
        *ret_size = size;
out_close:
        fd_close(fd);
        return r;
}

static int write_temporary(int dir_fd, const char *name, const void *data, size_t size, int sync)
{
        int fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
        int r;

        if (fd < 0)
                return -errno;
        r = fd_write_all(fd, data, size);
        if (r == 0 && fchmod(fd, 0644) < 0) /* whatever the umask is */
                r = -errno;
        if (r == 0 && sync && fsync(fd) < 0)
                r = -errno;
        fd_close(fd);
        return r;
}

int fd_sync_folder_of(int dir_fd, const char *path)
{
        const char *slash = strrchr(path, '/');
        char folder[PATH_MAX];
        int fd, r = 0;

        if (!slash)
                strcpy(folder, ".");
        else if ((size_t)snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path) + 1, path) >= sizeof(folder))
                return -ENAMETOOLONG;
        fd = openat(dir_fd, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        if (fsync(fd) < 0)
                r = -errno;
        fd_close(fd);
        return r;
}

int fd_write_file_atomic(int dir_fd, const char *path, const void *data, size_t size, int sync)
{
        char temporary[PATH_MAX];
        int r;

        if (strlen(path) + sizeof(TEMPORARY_SUFFIX) > sizeof(temporary))
                return -ENAMETOOLONG;
        snprintf(temporary, sizeof(temporary), "%s" TEMPORARY_SUFFIX, path);

        r = write_temporary(dir_fd, temporary, data, size, sync);
        if (r < 0)
                goto out_remove;
        if (renameat(dir_fd, temporary, dir_fd, path) < 0) {
                r = -errno;
                goto out_remove;
        }
        return sync ? fd_sync_folder_of(dir_fd, path) : 0;

out_remove:
        (void)unlinkat(dir_fd, temporary, 0);
        return r;
}

int fd_write_file_private(int dir_fd, const char *name, const void *data, size_t size)
{
        char temporary[64];
        uint64_t number;
        int fd, r;

        if (getrandom(&number, sizeof(number), 0) != (ssize_t)sizeof(number))
                return -EIO;
        snprintf(temporary, sizeof(temporary), ".streetcap-%016" PRIx64 TEMPORARY_SUFFIX, number);
        fd = openat(dir_fd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0)
                return -errno;
        r = fd_write_all(fd, data, size);
        fd_close(fd);
        if (r == 0 && renameat(dir_fd, temporary, dir_fd, name) < 0)
                r = -errno;
        if (r < 0)
                (void)unlinkat(dir_fd, temporary, 0);
        return r;
}
