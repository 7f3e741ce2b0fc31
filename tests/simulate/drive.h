/* SPDX-License-Identifier: MIT */
/* A scenario made ready: its path and its van. */
#pragma once

#include "tests/simulate/scenario.h"
#include "tests/simulate/van.h"

struct drive {
        const struct scenario *scenario;
        struct path *path;
        struct van *van;
};

/* 0, -ENOMEM, or -EINVAL: the scenario goes where no street does, or against a one-way street. */
int drive_init(struct drive *drive, const struct scenario *scenario);
void drive_finish(struct drive *drive);

/* The true trajectory from drive time 0 to end_drive_ns, rate_hz times a second, as CSV: t_unix_utc, lat_deg, lon_deg, hae_m,
 * speed_mps, track_deg, travelled_m. 0 or -EIO. */
int drive_write_truth(const struct drive *drive, int64_t start_utc_ns, int64_t end_drive_ns, int rate_hz, FILE *stream);
