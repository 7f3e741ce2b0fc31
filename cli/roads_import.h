/* SPDX-License-Identifier: MIT */
/* One import: a road map file becomes the network of a storage root. Blocking; says what it does on stdout and stderr. */
#pragma once

#include <stdbool.h>

#define ROADS_VERSION_MAX 63 /* bytes: what a picture's tag has room for */

struct roads_import_options {
        const char *file;
        const char *root;
        const char *layer;   /* NULL: found by itself */
        const char *version; /* NULL: the file's name and date */
        bool keep_paths;     /* tracks, paths and stairs too */
};

/* 0, or a negative errno: then the network is what it was, and the reason is on stderr. */
int roads_import_file(const struct roads_import_options *options);
