/* SPDX-License-Identifier: MIT */
/* Metadata of a JPEG: EXIF and XMP blocks made from a tag, put into a JPEG, and read back. No I/O. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "geotag/picture_tag.h"

/* Room for the unique id of a picture: 32 lower-case hexadecimal digits and a NUL. */
#define PICTURE_ID_SIZE 33

/* Id of a picture, the same whenever and wherever it is computed: the first 128 bits of SHA-256 over vehicle, run,
 * camera, sequence and captured_utc_ns. */
void picture_id(const struct picture_tag *tag, char ret_id[static PICTURE_ID_SIZE]);

/* EXIF 2.32 (CIPA DC-008) payload of an APP1 segment, "Exif\0\0" included. The caller frees. 0, -ENOMEM. */
int exif_build(const struct picture_tag *tag, uint8_t **ret_data, size_t *ret_size);
/* XMP packet (ISO 16684-1) payload of an APP1 segment, its name-space header included. The caller frees. */
int xmp_build(const struct picture_tag *tag, uint8_t **ret_data, size_t *ret_size);

/* Copies a JPEG with the EXIF and XMP of the tag right after SOI, dropping the JFIF and AVI1 segments, any EXIF or XMP that
 * it had, and what follows EOI. The scan data is copied byte for byte; the same input gives the same bytes. 0, -EBADMSG
 * (not a whole JPEG: no SOI, a broken segment, no EOI), -E2BIG (metadata over 65,533 bytes), -ENOMEM. The caller
 * frees. */
int picture_write(const struct picture_tag *tag, const uint8_t *jpeg, size_t jpeg_size, uint8_t **ret_data,
                  size_t *ret_size);

/* Reads back the tag that picture_write put in, every member as it was. It is for the rebuild of an index from its pictures, which is yet to
 * come: until then only tests use it. Strings may hold '?' where they held bytes that XML cannot. 0, -ENODATA (not one of ours), -EBADMSG (not a whole JPEG, or our XMP
 * is damaged). ret_tag untouched on failure. */
int picture_read(const uint8_t *jpeg, size_t jpeg_size, struct picture_tag *ret_tag);
