/* SPDX-License-Identifier: MIT */
/* The daemon's whole flow, live: gpsd and cameras in, pictures and index out. */
#pragma once

#include "config/config.h"

/* Runs until SIGTERM or SIGINT, with those and SIGHUP (reload of config_path) blocked by the caller before any thread was made. Everything
 * that was asked for by then is stored when it returns. 0, or the negative errno of what could not be set up (logged). Blocking. */
int pipeline_run(const char *config_path, const struct config *config);
