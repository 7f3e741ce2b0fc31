/* SPDX-License-Identifier: MIT */
#include "storage/durable_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Not every file system can refuse to replace (vfat and many FUSE ones cannot): there, look first. One process writes.
 */
static int rename_new(int dir_fd, const char *from, const char *to)
{
        struct stat status;

        if (renameat2(dir_fd, from, dir_fd, to, RENAME_NOREPLACE) == 0)
                return 0;
        if (errno != EINVAL && errno != ENOSYS)
                return -1;
        if (fstatat(dir_fd, to, &status, AT_SYMLINK_NOFOLLOW) == 0) {
                errno = EEXIST;
                return -1;
        }
        return renameat(dir_fd, from, dir_fd, to);
}

const struct durable_calls durable_system_calls = {
        .write = write,
        .fsync = fsync,
        .fdatasync = fdatasync,
        .syncfs = syncfs,
        .rename = rename_new,
};

int durable_write_all(const struct durable_calls *calls, int fd, const void *data, size_t size)
{
        const char *rest = data;

        while (size > 0) {
                ssize_t n = calls->write(fd, rest, size);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                if (n == 0)
                        return -EIO;
                rest += n;
                size -= (size_t)n;
        }
        return 0;
}

int durable_sync(int (*call)(int fd), int fd)
{
        int r;

        do
                r = call(fd);
        while (r < 0 && errno == EINTR);
        return r < 0 ? -errno : 0;
}

static int write_temporary(const struct durable_calls *calls, int dir_fd, const char *name, const void *data,
                           size_t size, bool sync)
{
        int fd, r;

        fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
        if (fd < 0)
                return -errno;
        r = durable_write_all(calls, fd, data, size);
        if (r == 0 && sync)
                r = durable_sync(calls->fsync, fd);
        /* Where writing is put off to the close (network file systems), its failure is told there. */
        if (close(fd) < 0 && r == 0 && errno != EINTR)
                r = -errno;
        return r;
}

int durable_file_write(const struct durable_calls *calls, int dir_fd, const char *name, const void *data, size_t size,
                       bool sync)
{
        char temporary[NAME_MAX + 1];
        int r;

        if ((size_t)snprintf(temporary, sizeof(temporary), ".%s.tmp", name) >= sizeof(temporary))
                return -ENAMETOOLONG;
        r = write_temporary(calls, dir_fd, temporary, data, size, sync);
        if (r == 0 && calls->rename(dir_fd, temporary, name) < 0)
                r = -errno;
        if (r < 0)
                (void)unlinkat(dir_fd, temporary, 0);
        return r;
}

int durable_folder_open(const struct durable_calls *calls, int dir_fd, const char *name, int *ret_fd)
{
        int fd, r;

        if (mkdirat(dir_fd, name, 0755) < 0 && errno != EEXIST)
                return -errno;
        r = durable_sync(calls->fsync, dir_fd);
        if (r < 0)
                return r;
        fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        *ret_fd = fd;
        return 0;
}
