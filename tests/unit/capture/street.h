/* SPDX-License-Identifier: MIT */
/* A made-up photograph for tests: leaves that fall on each other in a street, under a sky that is nearly plain. Leaves of all sizes have
 * the edges and the spectrum of natural pictures (the dead leaves model). In whole numbers, the same everywhere. */
#pragma once

#include <stdint.h>

#define STREET_WIDTH 960
#define STREET_HEIGHT 540

/* Levels from 0 to 255, row by row; the caller frees. */
uint8_t *street_make(void);
/* A copy with a Gaussian blur of that sigma, in pixels. The caller frees. */
uint8_t *street_blurred(const uint8_t *street, double sigma_px);
/* The same at twice the size, each pixel four times. The caller frees. */
uint8_t *street_doubled(const uint8_t *street);
/* value * gain + offset, with white noise of that sigma added; in place. */
void street_change(uint8_t *street, double gain, double offset, double noise);
