/* SPDX-License-Identifier: MIT */
#include "storage/root.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/parse.h"

#define LOCK_NAME "lock"
#define PID_TEXT_SIZE 32

struct storage_root {
        char *path;
        int fd;
        int lock_fd; /* -1 for readers */
};

/* Makes one folder and syncs its parent, so that it is there after a power cut too. path does not end in a slash. */
static int make_folder(const char *path)
{
        if (mkdir(path, 0755) < 0)
                return errno == EEXIST ? 0 : -errno;
        return fd_sync_folder_of(AT_FDCWD, path);
}

static int make_folders(const char *path)
{
        char part[PATH_MAX];
        size_t length = strlen(path);

        if (length == 0)
                return -ENOENT;
        if (length >= sizeof(part))
                return -ENAMETOOLONG;
        memcpy(part, path, length + 1);
        for (size_t i = 1; i <= length; i++) {
                char c = part[i];
                int r;

                if ((c != '/' && c != '\0') || part[i - 1] == '/')
                        continue;
                part[i] = '\0';
                r = make_folder(part);
                if (r < 0)
                        return r;
                part[i] = c;
        }
        return 0;
}

/* A lock of the open file, not of the process: it goes when the last copy of the fd is closed, however the process
 * ends, and two opens in one process exclude each other. */
static int take_lock(int dir_fd, int *ret_fd)
{
        struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
        char pid[PID_TEXT_SIZE];
        int fd, length, r;

        fd = openat(dir_fd, LOCK_NAME, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
        if (fd < 0)
                return -errno;
        if (fcntl(fd, F_OFD_SETLK, &lock) < 0) {
                r = errno == EAGAIN || errno == EACCES ? -EBUSY : -errno;
                goto out_close;
        }
        /* Only for people: a disk so full that it cannot take even this is no reason to leave what is on it unread. */
        length = snprintf(pid, sizeof(pid), "%ld\n", (long)getpid());
        if (pwrite(fd, pid, (size_t)length, 0) != length || ftruncate(fd, length) < 0)
                log_warning("cannot write the pid into the file " LOCK_NAME ", ignoring");
        *ret_fd = fd;
        return 0;

out_close:
        fd_close(fd);
        return r;
}

int storage_root_open(const char *path, enum storage_access access, bool create, struct storage_root **ret_root)
{
        struct storage_root *root;
        int r;

        if (create) {
                r = make_folders(path);
                if (r < 0)
                        return r;
        }
        root = calloc(1, sizeof(*root));
        if (!root)
                return -ENOMEM;
        root->fd = root->lock_fd = -1;
        root->path = strdup(path);
        if (!root->path) {
                r = -ENOMEM;
                goto out_close;
        }
        root->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (root->fd < 0) {
                r = -errno;
                goto out_close;
        }
        if (access == STORAGE_WRITE) {
                r = take_lock(root->fd, &root->lock_fd);
                if (r < 0)
                        goto out_close;
        }
        *ret_root = root;
        return 0;

out_close:
        storage_root_close(root);
        return r;
}

void storage_root_close(struct storage_root *root)
{
        if (!root)
                return;
        fd_close(root->lock_fd);
        fd_close(root->fd);
        free(root->path);
        free(root);
}

const char *storage_root_path(const struct storage_root *root)
{
        return root->path;
}

int storage_root_fd(const struct storage_root *root)
{
        return root->fd;
}

/* The pid in a file whose lock nobody holds is of one who is gone. */
static int pid_of_holder(int fd)
{
        struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
        char text[PID_TEXT_SIZE];
        int64_t pid;
        ssize_t n;

        if (fcntl(fd, F_OFD_GETLK, &lock) < 0 || lock.l_type == F_UNLCK)
                return 0;
        n = pread(fd, text, sizeof(text) - 1, 0);
        if (n <= 0)
                return 0;
        text[n] = '\0';
        text[strcspn(text, "\n")] = '\0';
        return parse_int64(text, &pid) == 0 && pid > 0 && pid <= INT_MAX ? (int)pid : 0;
}

int storage_root_writer(const char *path)
{
        char name[PATH_MAX];
        int fd, pid;

        if ((size_t)snprintf(name, sizeof(name), "%s/%s", path, LOCK_NAME) >= sizeof(name))
                return 0;
        fd = open(name, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return 0;
        pid = pid_of_holder(fd);
        fd_close(fd);
        return pid;
}
