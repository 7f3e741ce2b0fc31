/* SPDX-License-Identifier: MIT */
/* A bitmap font for what the pattern camera writes into its pictures. Pure. */
#pragma once

#include <stdint.h>

#define FONT_WIDTH 5
#define FONT_HEIGHT 7

/* Seven rows from the top, five bits each, the leftmost pixel in bit 4. Small letters look like capitals; what the
 * font lacks is blank. */
const uint8_t *pattern_glyph(char c);
