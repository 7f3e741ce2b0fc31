/* SPDX-License-Identifier: MIT */
/* Rows that wait for the next group commit, in order. They stay until a commit succeeds, so that a disk that refuses
 * for a while costs no row of a picture that is on it. For storage/store.c. Not thread-safe. */
#pragma once

#include "storage/index.h"

struct store_rows;

int store_rows_create(struct store_rows **ret_rows);
void store_rows_destroy(struct store_rows *rows); /* NULL allowed */

/* -ENOBUFS when so many wait that no more are taken; each add says so too. All are copied. */
int store_rows_check_room(const struct store_rows *rows);
int store_rows_add_begin(struct store_rows *rows, const struct index_run *run);
int store_rows_add_frame(struct store_rows *rows, const struct picture_tag *tag, const struct index_frame_file *file);
int store_rows_add_fix(struct store_rows *rows, const char *run, const struct fix *fix, int64_t arrival_boottime_ns,
                       const char *verdict);
int store_rows_add_gap(struct store_rows *rows, const struct gap *gap);
int store_rows_add_end(struct store_rows *rows, const char *run, int64_t end_utc_ns, double travelled_m);

/* All of them in one transaction; none is left when it returns 0. A row that the index refuses for itself (it has that
 * frame already, its tables do not allow it) is logged and dropped: the rest must not wait for it for ever. */
int store_rows_commit(struct store_rows *rows, struct index_db *index);
