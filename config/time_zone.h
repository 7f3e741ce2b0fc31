/* SPDX-License-Identifier: MIT */
/* Whether a time zone is known on this machine: private to config/. */
#pragma once

#include <stdbool.h>

#define TIME_ZONE_FOLDER "/usr/share/zoneinfo"

/* An IANA name ("Europe/Paris") of the zone database of this machine; "UTC" needs no database. Blocking file I/O. */
bool time_zone_known(const char *name);
