/* SPDX-License-Identifier: MIT */
/* Walks the segments of a JPEG in memory (ITU-T T.81, annex B) without decoding it. Pure. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum jpeg_marker {
        JPEG_SOF0 = 0xc0,
        JPEG_SOF1 = 0xc1,
        JPEG_SOF2 = 0xc2,
        JPEG_DHT = 0xc4,
        JPEG_JPG = 0xc8,
        JPEG_DAC = 0xcc,
        JPEG_SOF15 = 0xcf,
        JPEG_RST0 = 0xd0,
        JPEG_RST7 = 0xd7,
        JPEG_SOI = 0xd8,
        JPEG_EOI = 0xd9,
        JPEG_SOS = 0xda,
        JPEG_DQT = 0xdb,
        JPEG_DNL = 0xdc,
        JPEG_DRI = 0xdd,
        JPEG_APP0 = 0xe0,
        JPEG_APP1 = 0xe1,
        JPEG_APP2 = 0xe2,
        JPEG_APP15 = 0xef,
        JPEG_COM = 0xfe,
};

/* Points into the JPEG. */
struct jpeg_segment {
        uint8_t marker;       /* its second byte */
        const uint8_t *bytes; /* marker, length, payload; for SOS also the entropy-coded data behind it */
        size_t byte_count;
        const uint8_t *payload; /* behind the length; NULL for EOI */
        size_t payload_size;
};

struct jpeg_reader {
        const uint8_t *data;
        size_t size;
        size_t position; /* of the next marker, or behind EOI */
};

/* data stays the caller's and must outlive the reader. 0 or -EBADMSG (no SOI). */
int jpeg_reader_init(struct jpeg_reader *reader, const uint8_t *data, size_t size);
/* The next segment. EOI is the last one: do not call again after it. 0 or -EBADMSG. */
int jpeg_reader_next(struct jpeg_reader *reader, struct jpeg_segment *ret_segment);
/* The same without the coded data of a scan: its end is for the caller to find, who sets the reader's position. */
int jpeg_reader_next_header(struct jpeg_reader *reader, struct jpeg_segment *ret_segment);

struct jpeg_info {
        unsigned width, height; /* pixels, at least 1 */
        unsigned components;
        size_t size; /* bytes from SOI to EOI; what follows is no part of the JPEG */
};

/* Is it a whole JPEG: all segments in bounds, one frame header, a scan after it, EOI? What is coded is not looked into: that is for
 * jpeg_check_frame (jpeg_check.h). 0 or -EBADMSG. */
int jpeg_check(const uint8_t *data, size_t size, struct jpeg_info *ret_info);
