/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "storage/export.h"
#include "storage/sha256.h"

#define CHUNK_SIZE (256 * 1024)

static int copy_bytes(int from_fd, int to_fd)
{
        char *chunk = malloc(CHUNK_SIZE);
        ssize_t got = 0;
        int r = chunk ? 0 : -ENOMEM;

        while (r == 0 && (got = read(from_fd, chunk, CHUNK_SIZE)) != 0) {
                if (got > 0)
                        r = fd_write_all(to_fd, chunk, (size_t)got);
                else if (errno != EINTR)
                        r = -errno;
        }
        free(chunk);
        return r;
}

/* 0 when it is so. */
static int check_hash(int fd, const char *sha256)
{
        char found[SHA256_TEXT_SIZE];
        uint64_t size;
        int r;

        if (!sha256)
                return 0;
        if (lseek(fd, 0, SEEK_SET) < 0)
                return -errno;
        r = sha256_fd_text(fd, found, &size);
        if (r < 0)
                return r;
        return strcmp(found, sha256) == 0 ? 0 : -EBADMSG;
}

/* Is the very picture there already? */
static bool is_there(int dir_fd, const char *name, off_t size, const char *sha256)
{
        int fd = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        struct stat status;
        bool same = fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size == size &&
                    check_hash(fd, sha256) == 0;

        fd_close(fd);
        return same;
}

/* The whole file under a temporary name, then under its own: after a cut what has that name is whole. */
static int copy_into(int from_fd, int dir_fd, const char *name, const char *sha256)
{
        char temporary[NAME_MAX + 1];
        int fd, r;

        if ((size_t)snprintf(temporary, sizeof(temporary), ".%s.tmp", name) >= sizeof(temporary))
                return -ENAMETOOLONG;
        fd = openat(dir_fd, temporary, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
        if (fd < 0)
                return -errno;
        r = copy_bytes(from_fd, fd);
        if (r == 0)
                r = check_hash(fd, sha256);
        if (r == 0 && fsync(fd) < 0)
                r = -errno;
        if (close(fd) < 0 && r == 0)
                r = -errno;
        if (r == 0 && renameat(dir_fd, temporary, dir_fd, name) < 0)
                r = -errno;
        if (r < 0)
                unlinkat(dir_fd, temporary, 0);
        return r;
}

static int open_picture(int root_fd, const char *path, int *ret_fd, struct stat *ret_status)
{
        int fd = -1, r = fd_open_below(root_fd, path, &fd);

        if (r == 0 && fstat(fd, ret_status) < 0)
                r = -errno;
        else if (r == 0 && !S_ISREG(ret_status->st_mode))
                r = -EINVAL;
        if (r < 0)
                fd_close(fd);
        else
                *ret_fd = fd;
        return r;
}

int export_picture(int root_fd, int target_fd, const char *path, int64_t bytes, const char *sha256)
{
        int from_fd, dir_fd, r;
        struct stat status;
        const char *name;

        if (!query_path_is_safe(path))
                return -EPERM;
        r = open_picture(root_fd, path, &from_fd, &status);
        if (r < 0)
                return r;
        if (bytes >= 0 && status.st_size != bytes)
                r = -EBADMSG;
        if (r == 0)
                r = fd_open_parent(target_fd, path, true, &dir_fd, &name);
        if (r == 0) {
                if (!is_there(dir_fd, name, status.st_size, sha256))
                        r = copy_into(from_fd, dir_fd, name, sha256);
                fd_close(dir_fd);
        }
        fd_close(from_fd);
        return r;
}

int export_pictures_sync(int target_fd)
{
        return syncfs(target_fd) < 0 ? -errno : 0;
}
