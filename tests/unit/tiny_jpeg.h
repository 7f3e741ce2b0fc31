/* SPDX-License-Identifier: MIT */
/* The smallest JPEG that decodes: 8 x 8, grey all over, without Huffman tables as cameras leave them out. */
#pragma once

#include <stdint.h>

#define TINY_STEPS 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1
/* DC: difference 0 (00), end of block (1010), padding. */
#define TINY_CODED 0x2b
/* Where its size is. */
#define TINY_HEIGHT 77
#define TINY_WIDTH 79
static const uint8_t tiny_jpeg[] = {
        0xff, 0xd8,                                                                                      /* SOI */
        0xff, 0xdb, 0, 67, 0, TINY_STEPS, TINY_STEPS, TINY_STEPS, TINY_STEPS,                            /* DQT */
        0xff, 0xc0, 0, 11, 8, 0,          8,          0,          8,          1, 1,          0x11, 0,    /* SOF0 */
        0xff, 0xda, 0, 8,  1, 1,          0x00,       0,          63,         0, TINY_CODED, 0xff, 0xd9, /* SOS, EOI */
};
