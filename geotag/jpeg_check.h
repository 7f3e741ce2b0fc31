/* SPDX-License-Identifier: MIT */
/* Is a JPEG whole, down to its last block? A frame that a camera lost the end of, or some USB packets of, arrives as a success, and most
 * decoders make a picture of it. Its Huffman codes are walked through without decoding it: what is lost shows as blocks too few or too
 * many, as a code that is none, or as a coefficient that no picture has. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Room for what is wrong with a JPEG, with its NUL. */
#define JPEG_PROBLEM_SIZE 64

struct jpeg_checked {
        unsigned width, height; /* pixels, 1 to 65,500 */
        size_t size;            /* bytes from SOI to EOI; what follows, padding of the camera's, is no part of it */
        /* Where the Huffman tables are missing, before the first scan: cameras leave them out (jpeg_huffman.h), many readers want them.
         * 0: it has its own. */
        size_t tables_at;
        bool walked; /* false of a progressive JPEG: of that, the segments alone were looked at */
        /* Decoders will warn of what does no harm: a few bytes of no meaning before markers, a scan header that is for progressive
         * JPEGs. Some cameras do so in every frame. */
        bool odd;
};

/* Is it a whole baseline or extended sequential JPEG (ITU-T T.81: SOF0, SOF1) of 8-bit samples, grey or of three components, Huffman-coded, in
 * one scan or several, of that size (0: any), with all tables that it uses or no Huffman table at all, and with restart markers as its
 * DRI says? Progressive ones (SOF2) are taken as jpeg_check (jpeg_segments.h) takes them. Takes some 7 ms a megabyte on a PC,
 * half of what decoding takes. 0, or -EBADMSG with what is wrong in ret_problem: "truncated: 2310 of 3600 blocks". */
int jpeg_check_frame(const uint8_t *data, size_t size, unsigned width, unsigned height,
                     struct jpeg_checked *ret_checked, char ret_problem[static JPEG_PROBLEM_SIZE]);

/* What jpeg_put_whole writes, bytes. */
size_t jpeg_whole_size(const struct jpeg_checked *checked);
/* The JPEG that was checked, with the Huffman tables that it lacks and without what follows EOI. All else is copied byte for byte. */
void jpeg_put_whole(const uint8_t *data, const struct jpeg_checked *checked, uint8_t *out);
