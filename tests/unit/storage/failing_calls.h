/* SPDX-License-Identifier: MIT */
/* System calls that note what is done, and fail when asked to. */
#pragma once

#include "storage/durable_file.h"

/* write, fsync, fdatasync, syncfs, rename of the last see(), in order, as the letters w f d s r; a run of the same one
 * is told once. */
extern char calls_seen[256];

/* From now on calls of that letter fail with error_number, after `let_pass` more that go well; 0: none fails. A write
 * that fails writes half of its bytes first. */
void see(char failing_call, int let_pass, int error_number);

extern const struct durable_calls failing_calls;
