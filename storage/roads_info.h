/* SPDX-License-Identifier: MIT */
/* What the road network of an index is made of, for people. Blocking. Errors as in storage/index.h. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "storage/index.h"

#define ROADS_INFO_CLASSES 16
#define ROADS_INFO_TEXT_SIZE 128

struct roads_class {
        char name[ROADS_INFO_TEXT_SIZE]; /* the source's own word; "" not known */
        int64_t segments;
        double length_m;
};

struct roads_info {
        char version[ROADS_INFO_TEXT_SIZE], source[ROADS_INFO_TEXT_SIZE],
                imported_at[ROADS_INFO_TEXT_SIZE];  /* "" not known */
        int64_t segments, lines, streets, communes; /* lines of the source; distinct names */
        int64_t one_way;                            /* segments */
        double length_m, named_length_m;
        struct roads_class classes[ROADS_INFO_CLASSES]; /* the longest first */
        size_t class_count;
        int64_t other_classes; /* that are not among them */
};

/* 0; segments is 0 when there is no network. */
int roads_info_read(struct index_db *index, struct roads_info *ret_info);
