/* SPDX-License-Identifier: MIT */
/* Where the picture itself lies in a JPEG: what comes before it is tables and tags, which whoever stores it may write anew. Pure. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct jpeg_segment {
        uint8_t marker;      /* the byte after 0xff */
        size_t offset, size; /* of the whole segment, marker and all, in the JPEG */
};

/* The segment at *offset, which moves past it. Returns 1; 0 at the first start of scan, where *offset stays; -1 if this is no JPEG. Begin with
 * *offset 0, where the start of image is skipped. */
int jpeg_next_segment(const uint8_t *jpeg, size_t size, size_t *offset, struct jpeg_segment *ret_segment);

/* Offset of the start of scan; 0 if there is none. From there to its end a JPEG is the picture. */
size_t jpeg_scan_offset(const uint8_t *jpeg, size_t size);

/* SHA-256 of the picture in hexadecimal; "" if there is none. */
#define JPEG_SCAN_HASH_SIZE 65
void jpeg_scan_hash(const uint8_t *jpeg, size_t size, char ret_hash[JPEG_SCAN_HASH_SIZE]);
