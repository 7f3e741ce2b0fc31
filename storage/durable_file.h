/* SPDX-License-Identifier: MIT */
/* Files that are whole or absent after a power cut (docs/storage.md says why each step is needed). Blocking; negative
 * errno. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* The system calls that can fail for want of a disk, so that a test can make them fail. */
struct durable_calls {
        ssize_t (*write)(int fd, const void *data, size_t size);
        int (*fsync)(int fd);
        int (*fdatasync)(int fd);
        int (*syncfs)(int fd);
        int (*rename)(int dir_fd, const char *from, const char *to); /* within a folder; EEXIST when `to` is there */
};

extern const struct durable_calls durable_system_calls;

/* Writes the new file `name` of the folder dir_fd, mode 0644, under the name ".NAME.tmp" until it is whole. With sync
 * its bytes are on disk before it gets its name; the name itself is once the folder is synced (durable_sync). -EEXIST
 * when there is such a file: nothing is ever overwritten. On failure nothing is left behind. */
int durable_file_write(const struct durable_calls *calls, int dir_fd, const char *name, const void *data, size_t size,
                       bool sync);

/* As write(2), to the end: fewer bytes than size only with an error. */
int durable_write_all(const struct durable_calls *calls, int fd, const void *data, size_t size);

/* fsync, fdatasync or syncfs of calls as negative errno. */
int durable_sync(int (*call)(int fd), int fd);

/* Makes the folder `name` in dir_fd if it is not there, syncs dir_fd, and opens it. */
int durable_folder_open(const struct durable_calls *calls, int dir_fd, const char *name, int *ret_fd);
