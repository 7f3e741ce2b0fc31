/* SPDX-License-Identifier: MIT */
/* File descriptors and whole-file helpers. Everything opened here has O_CLOEXEC. Errors are negative errno. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Closes fd if it is not negative; keeps errno. Returns -1, so that "fd = fd_close(fd)" reads well. */
int fd_close(int fd);

/* Opens the folder, below dir_fd, that the file of a relative path lies in, step by step and without following a link:
 * -ENOTDIR at one. make: makes each folder on the way that is not there, mode 0755. "." and ".." are steps as others:
 * whoever gets the path from elsewhere looks for them first. *ret_name points to the file's name in path; the caller
 * closes *ret_fd. */
int fd_open_parent(int dir_fd, const char *path, bool make, int *ret_fd, const char **ret_name);
/* Opens the file of a relative path below dir_fd for reading, likewise without following a link (-ELOOP for the file itself). Does not
 * wait for the other end of a FIFO. The caller closes *ret_fd. 0 or a negative errno. */
int fd_open_below(int dir_fd, const char *path, int *ret_fd);

/* Writes all of data, through short writes and EINTR. Returns 0 or -errno. */
int fd_write_all(int fd, const void *data, size_t size);

/* Reads a whole file of at most max_size bytes into a new, NUL-terminated buffer that the caller frees.
 * dir_fd may be AT_FDCWD. -EFBIG over max_size. */
int fd_read_file(int dir_fd, const char *path, size_t max_size, char **ret_data, size_t *ret_size);

/* Syncs the folder that path lies in: a file that was made, renamed or removed keeps or loses its name for good only then.
 * dir_fd may be AT_FDCWD. */
int fd_sync_folder_of(int dir_fd, const char *path);

/* Writes path through the name path + ".tmp" and rename, mode 0644; durable only if sync is set. Readers see the old content or the
 * new, whole. Two writers of one path at the same time are the caller's to keep apart. */
int fd_write_file_atomic(int dir_fd, const char *path, const void *data, size_t size, int sync);

/* Writes name, no path, in a folder that others may write to as well, such as /tmp: through a new file of a name that nobody knows, mode
 * 0600, and rename. What had the name is replaced; of a link, the link and never what it leads to. Not synced. -EPERM in such a folder when the
 * name is another user's. */
int fd_write_file_private(int dir_fd, const char *name, const void *data, size_t size);
