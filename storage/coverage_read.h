/* SPDX-License-Identifier: MIT */
/* From the tables frames and gaps into a coverage map. For storage/coverage.c. Blocking. */
#pragma once

#include "storage/coverage.h"
#include "storage/coverage_map.h"

/* 0 or negative errno (logged). */
int coverage_read_frames(struct index_db *index, const struct coverage_settings *settings, struct coverage_map *map);
int coverage_read_gaps(struct index_db *index, const struct coverage_settings *settings,
                       const struct road_network *network, struct coverage_map *map);
