/* SPDX-License-Identifier: MIT */
/* A number written into a picture so that it survives any encoder: 32 squares along the top edge, black or white, 24 of them the
 * number and 8 a check. Pure. */
#pragma once

#include <stdint.h>

#define FRAME_CODE_SQUARES 32u
#define FRAME_CODE_MAX ((1u << 24) - 1)

/* Writes it into the luma of a picture. width: at least 128. step: bytes from one pixel's luma to the next (1 planar, 2 YUYV). */
void frame_code_write(uint8_t *luma, unsigned width, unsigned stride, unsigned step, uint32_t number);

/* Reads it back; negative when there is none. */
int64_t frame_code_read(const uint8_t *luma, unsigned width, unsigned stride);
