/* SPDX-License-Identifier: MIT */
/* The storage root: the folder that holds index.gpkg and runs/. One writer at a time, by a lock on the file `lock`.
 * Blocking file I/O. Errors are negative errno; messages go to the log only where said. */
#pragma once

#include <stdbool.h>

#define STORAGE_INDEX_NAME "index.gpkg"
#define STORAGE_RUNS_NAME "runs"

struct storage_root;

enum storage_access {
        STORAGE_READ,  /* any number of readers, beside a writer */
        STORAGE_WRITE, /* the only writer: -EBUSY if there is another (its pid by storage_root_writer) */
};

/* create: makes the folder and its parents if absent. */
int storage_root_open(const char *path, enum storage_access access, bool create, struct storage_root **ret_root);
void storage_root_close(struct storage_root *root); /* NULL allowed; gives the lock back */
const char *storage_root_path(const struct storage_root *root);
int storage_root_fd(const struct storage_root *root); /* O_PATH-free directory fd for openat */
/* Pid of the process that holds the write lock of the root at path, or 0. */
int storage_root_writer(const char *path);
