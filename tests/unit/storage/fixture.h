/* SPDX-License-Identifier: MIT */
/* What the tests of storage/ share: a folder that goes away, and made-up rows. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "geotag/picture_tag.h"
#include "storage/index.h"

struct sqlite3;

/* cmocka's set-up and tear-down: *state is the path of an empty folder of its own. */
int fixture_setup(void **state);
int fixture_teardown(void **state);

/* DIR/NAME in one of 16 static buffers. */
const char *fixture_path(const char *dir, const char *name);

#define FIXTURE_START_NS INT64_C(1795428900000000000) /* 2026-11-23T10:15:00Z */

struct index_run fixture_run(const char *name);
struct picture_tag fixture_tag(const char *run, const char *camera, uint64_t sequence);
struct index_frame_file fixture_file(const char *path);
struct fix fixture_fix(int64_t utc_ns);

/* A new index in dir with one run, "a". */
struct index_db *fixture_index(const char *dir);

/* What is logged between the two goes to DIR/log. release_log gives it as text that the caller frees. */
struct catch
{
        const char *dir;
        int stderr_before;
};
void catch_log(struct catch *caught, const char *dir);
char *release_log(struct catch *caught);

/* First column of the first row; fails the test when there is none. */
int64_t fixture_int(struct sqlite3 *sqlite, const char *sql);
const char *fixture_text(struct sqlite3 *sqlite, const char *sql); /* static buffer; "" for NULL */
