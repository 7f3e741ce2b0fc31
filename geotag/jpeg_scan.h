/* SPDX-License-Identifier: MIT */
/* Walks the Huffman codes of one sequential scan (ITU-T T.81, annexes E and F) without decoding it: each code is looked up, the bits behind
 * it are skipped, blocks are counted. Pure; a part of jpeg_check.c. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "geotag/jpeg_huffman.h"

#define JPEG_SCAN_COMPONENTS 4
#define JPEG_SCAN_BLOCKS 10 /* of an MCU, at most (T.81, B.2.3) */
/* Bytes of no meaning that are put up with before a marker. Logitech's C270 and C910 put up to nine there, in every frame, and the
 * pictures are whole: what libjpeg calls "extraneous bytes before marker". */
#define JPEG_EXTRA_BYTES 16

struct jpeg_scan_component {
        const struct jpeg_huffman *dc_table, *ac_table;
        unsigned blocks; /* of an MCU */
        int dc_limit;    /* largest size of a quantised DC coefficient that a picture has */
        /* Most bits of a coefficient that a picture has, by the place behind it in zigzag order; 15 where nothing is said. */
        uint8_t ac_limit[64 + JPEG_HUFFMAN_END];
        int dc; /* in: any */
};

struct jpeg_scan {
        const uint8_t *data; /* of the whole JPEG */
        size_t size;
        size_t position; /* in: behind the scan's header; out: of the marker behind its data */
        struct jpeg_scan_component components[JPEG_SCAN_COMPONENTS];
        unsigned component_count;
        unsigned mcus;             /* more than 0 */
        unsigned restart_interval; /* MCUs; 0: none */
        unsigned extra_bytes;      /* out */
};

/* The limits of a component, from its table in zigzag order; none of its steps is 0. An 8-bit block has coefficients of 1,024 at most, DC and
 * AC alike (T.81, A.3.3: of AC, where all samples follow the cosine's sign); a quarter more is allowed for encoders that round badly. */
void jpeg_scan_set_limits(struct jpeg_scan_component *component, const uint16_t steps[static 64]);
/* Walks the scan. 0, or -EBADMSG with what is wrong in ret_problem. */
int jpeg_scan_walk(struct jpeg_scan *scan, char *ret_problem, size_t problem_size);
