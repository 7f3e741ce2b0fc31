/* SPDX-License-Identifier: MIT */
/* Rows of 8-bit samples as cameras give them: taken apart, and made to mean what those of a JPEG file mean. Computes only. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "capture/camera.h"

/* pairs: 2 * count bytes, of which those at even places are the first's. Places must not overlap. */
void sample_rows_split_pairs(size_t count, const uint8_t *pairs, uint8_t *ret_first, uint8_t *ret_second);
/* quads: 4 * count bytes, each quad two samples of luma and one of each chroma; luma_at: where the first luma is, 0 (YUYV, YVYU) or 1 (UYVY, VYUY);
 * the other is two after it, and ret_first and ret_second get the chroma in their order. ret_luma: 2 * count. Places must not overlap. */
void sample_rows_split_quads(size_t count, const uint8_t *quads, unsigned luma_at, uint8_t *ret_luma,
                             uint8_t *ret_first, uint8_t *ret_second);

/* From a range and an encoding to those of a JPEG file: full range and BT.601 (ITU-T T.871, 7). In 1/16384:
 *
 *   Y'  = luma[0] * (Y - black) + luma[1] * (Cb - 128) + luma[2] * (Cr - 128)
 *   Cb' = 128 + cb[0] * (Cb - 128) + cb[1] * (Cr - 128)
 *   Cr' = 128 + cr[0] * (Cb - 128) + cr[1] * (Cr - 128)
 *
 * each rounded once, and clamped to 0 to 255. */
struct sample_conversion {
        int16_t black;
        int16_t luma[3], cb[2], cr[2];
};
/* NULL: the samples are what they must be. */
const struct sample_conversion *sample_conversion_of(enum frame_range range, enum frame_encoding encoding);

/* In place. count: samples of luma; cb and cr: those beside it as they were before their own conversion, (count + 1) / 2 of each, each for two
 * samples of luma: where the chroma is halved, a decoder that repeats it gets the very colour. */
void sample_rows_convert_luma(const struct sample_conversion *conversion, size_t count, uint8_t *luma,
                              const uint8_t *cb, const uint8_t *cr);
/* In place; count: samples of each. */
void sample_rows_convert_chroma(const struct sample_conversion *conversion, size_t count, uint8_t *cb, uint8_t *cr);
