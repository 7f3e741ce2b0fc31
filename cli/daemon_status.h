/* SPDX-License-Identifier: MIT */
/* What the daemon that runs here says of itself (capture/status.h). */
#pragma once

#include <jansson.h>
#include <stddef.h>

#include "config/config.h"

/* Enough for what keeps it from being read, in words. */
#define DAEMON_STATUS_WHY_SIZE 512

/* 0: *ret_status is that of a running daemon, to be json_decref'd. Negative: why says what there is in its place, as the second half of a line: -ESRCH none
 * runs; else the errno of reading the file, or -EBADMSG. Blocking file I/O. */
int daemon_status_read(const struct config *config, json_t **ret_status, char why[static DAEMON_STATUS_WHY_SIZE]);
