/* SPDX-License-Identifier: MIT */
/* What the camera sees: a pattern that moves, with the frame's number in it (frame_code.h), each frame another. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pictures;

/* tables: whether its JPEGs carry their Huffman tables, which most USB cameras leave out. 0 or -ENOMEM. */
int pictures_create(bool tables, struct pictures **ret_pictures);
void pictures_destroy(struct pictures *pictures); /* NULL allowed */

/* The frame of that number, valid until the next call: a JPEG (4:2:2, with a comment "frame NUMBER"), or YUYV. Even sizes, up to 1920x1080.
 * NULL: no memory. */
const uint8_t *pictures_jpeg(struct pictures *pictures, unsigned width, unsigned height, uint32_t number,
                             size_t *ret_size);
const uint8_t *pictures_yuyv(struct pictures *pictures, unsigned width, unsigned height, uint32_t number,
                             size_t *ret_size);
