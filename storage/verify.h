/* SPDX-License-Identifier: MIT */
/* Files against index: every frame's file is there, of its size and hash; nothing else lies under runs/. Reads only,
 * beside a writer too. Blocking: it reads every picture. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "storage/index.h"
#include "storage/root.h"

enum verify_kind {
        VERIFY_MISSING,     /* a row without its file */
        VERIFY_SIZE,        /* the file is not as long as the row says */
        VERIFY_HASH,        /* its SHA-256 is another */
        VERIFY_UNREADABLE,  /* it cannot be read */
        VERIFY_BAD_ROW,     /* the row's path is not that of its frame */
        VERIFY_NOT_INDEXED, /* a file under runs/ without a row */
        VERIFY_LEFTOVER,    /* a temporary file: a write that was cut */
        VERIFY_KIND_COUNT,
};
const char *verify_kind_text(enum verify_kind kind); /* "missing", "wrong size", ... */

struct verify_problem {
        enum verify_kind kind;
        const char *path;   /* relative to the storage root */
        const char *detail; /* for people; never NULL */
};

struct verify_options {
        const char *run;  /* only this one; NULL: all */
        bool skip_hashes; /* presence and size only */
        void (*problem)(void *userdata,
                        const struct verify_problem *problem); /* called from the thread that called verify */
        void *userdata;
};

struct verify_result {
        uint64_t frames;       /* rows */
        uint64_t frames_whole; /* rows whose file is as it should be */
        uint64_t bytes;        /* of the files that were read */
        uint64_t problems[VERIFY_KIND_COUNT];
        uint64_t newer; /* of a snapshot: pictures without a row, of a run that it has open, behind the last that it
                           knows of their camera, or of a later run: no problem */
        uint64_t open_not_indexed; /* files of the run that a writer has open, still to get their row, temporary ones
                                      too: no problem */
};

/* Sum of result->problems. */
uint64_t verify_problem_count(const struct verify_result *result);

/* 0 when all was looked at, whatever was found; negative errno when it could not be (logged). */
int verify_run(struct storage_root *root, struct index_db *index, const struct verify_options *options,
               struct verify_result *ret_result);
