/* SPDX-License-Identifier: MIT */
/* How good a picture is, from its luma: sharpness, brightness, what of it is clipped. Pure, and in whole numbers up to the last step, so
 * that every compiler and machine gives the same.
 *
 * It is taken from a reduced plane: means of square cells, of 4 x 4 of their pixels at most, whose number along the longer side comes nearest
 * to 480 (320 to 719; a smaller picture is not reduced). So the cost is bounded but for reading some rows, the sensor's noise is averaged
 * away, cameras of different sizes are judged alike, and the few pixels of blur of a moving van do not count, as the film on a lens does.
 *
 * Sharpness is the variance of the Laplacian (J. L. Pech-Pacheco et al., "Diatom autofocusing in brightfield microscopy: a comparative
 * study", ICPR 2000; among the best of S. Pertuz et al., "Analysis of focus measure operators for shape-from-focus", Pattern Recognition
 * 46(5), 2013, and as sensitive to contrast and noise as they say) made free of both:
 *   - it is divided by the local contrast, the mean variance within blocks of 16 x 16 cells, so that neither exposure nor fog, nor a
 *     bright sky above a dark street, decides;
 *   - noise is alike everywhere and texture is not: the calmest fifth of the blocks tells the noise (as in S. I. Olsen, "Estimation of noise in
 *     images: an evaluation", CVGIP 55(4), 1993), up to 4 levels (a wall is alike everywhere too), which is taken off both.
 *   sharpness = sqrt((V - N - 1) / (C - N / 20 + 1)) / 8,   0 where that is negative
 * with the mean square V of the 4-neighbour Laplacian, that N below which a fifth of the blocks lies, and the contrast C, in squared levels
 * of 255. A Laplacian of white noise has 20 times its variance; at most, between white and black cells by turns, 64 times; hence 0 to 1. The
 * 1s are for rounding: what has no contrast is not sharp. Photographs that are in focus have 0.07 to 0.32; with a blur of 1 cell (sigma)
 * 0.03 to 0.05, of 2 cells up to 0.02. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PICTURE_QUALITY_CELLS 480 /* along the longer side, about */

/* NAN: not known. */
struct picture_quality {
        double sharpness;     /* 0 to 1, see above; NAN of a picture under 3 cells wide or high */
        double brightness;    /* mean luma: 0 black, 1 white (gamma as in the picture) */
        double clipped_share; /* of the cells, 0 to 1: those with a mean of 250 of 255 or more */
};

struct picture_luma {
        const uint8_t *data; /* the first sample */
        size_t stride;       /* bytes from row to row */
        unsigned pixel_step; /* bytes from sample to sample: 1, or 2 for packed 4:2:2 */
        unsigned width, height;
        bool limited_range; /* 16 is black, 235 white */
};

/* All unknown. */
void picture_quality_clear(struct picture_quality *ret_quality);

/* Bytes of scratch memory for a picture of that size. */
size_t picture_quality_scratch_size(const struct picture_luma *luma);
/* Width and height: 1 to 65535. scratch: of that many bytes, aligned as malloc does; what is in it does not matter. */
void picture_quality_measure(const struct picture_luma *luma, void *scratch, struct picture_quality *ret_quality);
