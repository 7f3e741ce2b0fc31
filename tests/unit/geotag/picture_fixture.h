/* SPDX-License-Identifier: MIT */
/* JPEGs made by hand, segment by segment. */
#pragma once

#include "base/text.h"

#define FIXTURE_WIDTH 160
#define FIXTURE_HEIGHT 120

/* Marker, length, payload. */
void fixture_segment(struct text *jpeg, unsigned char marker, const void *payload, size_t size);
void fixture_soi(struct text *jpeg);
void fixture_jfif(struct text *jpeg);
/* Quantisation table, frame header. */
void fixture_tables(struct text *jpeg);
/* Scan header and coded data with a stuffed zero, a restart marker and a fill byte in it. */
void fixture_scan(struct text *jpeg);
void fixture_eoi(struct text *jpeg);
/* All of the above in order. Its pixels mean nothing. */
void fixture_jpeg(struct text *jpeg);
